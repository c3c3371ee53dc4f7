/*
 * The gate: may this plan be applied? Asked of the branch that the store pins,
 * fetched anew, and never of a working copy. See docs/gate.md.
 */
#ifndef ABACK_PLANS_GATE_H
#define ABACK_PLANS_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/signature.h"
#include "plans/desired.h"
#include "plans/plan.h"
#include "state/store.h"

/* "plan.json.alice.sig" */
#define GATE_SIGNATURE_SUFFIX ".sig"

/* Name the branch and the remote where no store does so yet. */
#define GATE_BRANCH_VARIABLE "ABACK_GATE_BRANCH"
#define GATE_REMOTE_VARIABLE "ABACK_GATE_REMOTE"

/* The text of a signature's file: Ed25519 in base64, one line. */
void gate_sign(const struct private_key *key, const char *bytes, size_t len,
	       struct strbuf *out);

struct gate_request {
	struct store *store;
	const struct desired *desired; /* the file here; NULL: there is none */
	const struct plan *plan;
	const char *bytes; /* of the plan's file */
	size_t len;
	/* why a backout may pass without it; NULL: it may not */
	const char *break_glass;
	int64_t now; /* UTC seconds */
};

/* What the gate leaves for the run that it lets pass. */
struct gate_passed {
	/*
	 * For change.json: branch, remote, tip, where plan and desired file
	 * are, who signed; JSON null where the store pins no gate.
	 */
	json_t *record;
	int64_t restart_until; /* of policy_restart_until */
};
void gate_passed_release(struct gate_passed *passed);

/*
 * ERR_GATE says which condition does not hold, what was expected and found.
 * Where glass is broken nothing is asked, and no restart has to wait.
 */
MUST_CHECK int gate_check(const struct gate_request *request,
			  struct gate_passed *ret_passed, struct error *err);

#endif
