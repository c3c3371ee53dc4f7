/* What the files of the gate share; nobody else includes it. */
#ifndef ABACK_PLANS_GATE_PRIVATE_H
#define ABACK_PLANS_GATE_PRIVATE_H

#include "plans/gate.h"
#include "state/gate_branch.h"

/* A gate that is being passed. */
struct gating {
	const struct gate_request *request;
	const struct gate_pin *pin;
	struct gate_branch *branch;
	const struct desired *desired; /* the one on the branch */
	char blob[41];                 /* the plan's bytes, as git names them */
};

/*
 * Is the store the one that `desired` names, and does git reach that one?
 * whose: "", or which file that is.
 */
MUST_CHECK int gate_check_store(const struct gate_request *request,
				const struct desired *desired,
				const char *whose, struct error *err);
/* That on the branch, the desired file, the plan's age, and no freeze. */
MUST_CHECK int gate_check_conditions(const struct gating *gating,
				     struct error *err);

/*
 * Enough signatures beside the plan at `path` of the branch? ret_signed: an
 * entry for each that counts.
 */
MUST_CHECK int gate_check_signatures(const struct gating *gating,
				     const char *path, json_t *ret_signed,
				     struct error *err);

#endif
