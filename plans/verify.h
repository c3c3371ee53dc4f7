/*
 * Proving that a change, or a backout, holds: from live state, CloudTrail's
 * event history, and what RDS and CloudWatch say. The result is a document,
 * "aback-proof/1" (docs/verify.md), that is kept beside the change and can be
 * checked again.
 *
 * It has three parts. `record` is what the store says: the files of the change
 * with their digests and commits, what each setting should be, the calls of
 * the journal. `evidence` is what AWS said. All else is judged from those two
 * by proof_judge, which reads nothing: so whoever has the proof and the store
 * can judge again (proof_check).
 *
 * Sequence: verify_load; open the places of plan->targets; verify_run;
 * proof_store.
 */
#ifndef ABACK_PLANS_VERIFY_H
#define ABACK_PLANS_VERIFY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/place.h"
#include "plans/plan.h"
#include "plans/render.h"
#include "state/record.h"
#include "state/store.h"

#define PROOF_FORMAT "aback-proof/1"

#define PROOF_PROVEN "proven"
#define PROOF_NOT_PROVEN "not_proven"
#define PROOF_REFUTED "refuted"

/* ---- verify_record.c ---- */

/* A finished change that is to be verified. */
struct verify_subject {
	struct record record;
	struct plan *plan;
	json_t *recorded; /* the proof's `record` */
};
void verify_subject_release(struct verify_subject *subject);

/*
 * change_id: an id or its beginning. until: as the store was at that time
 * (UTC seconds): what other changes did later is left out. ERR_NOT_FOUND;
 * ERR_UNFINISHED: it has not ended; ERR_STATE: its record is damaged.
 */
MUST_CHECK int verify_load(struct store *store, const char *change_id,
			   int64_t until, struct verify_subject *ret_subject,
			   struct error *err);

/* ---- verify.c ---- */

struct verify_options {
	int64_t wait_s; /* for event history, at most; 0: not at all */
	const volatile sig_atomic_t *interrupted; /* may be NULL */
	/* what is being waited for; may be NULL */
	void (*progress)(void *ctx, const char *line);
	void *progress_ctx;
};

/*
 * Gather the evidence, judge, and make the document. What cannot be read is
 * told in it. ERR_INTERRUPTED; ERR_STATE: the store cannot be read.
 */
MUST_CHECK int verify_run(struct aws *aws, const struct places *places,
			  struct store *store,
			  const struct verify_subject *subject,
			  const struct verify_options *options,
			  json_t **ret_proof, struct error *err);

/* ---- verify_judge.c ---- */

/*
 * Put `settings`, `calls`, `claim`, `findings` and `verdict` into a proof that
 * has its record and evidence. Reads nothing else.
 */
void proof_judge(json_t *proof);

/* ---- verify_store.c ---- */

/*
 * Commit the proof as changes/<change>/verify-<time>.json. *ret_path is owned;
 * *ret_pushed: was it pushed, where there is a remote?
 */
MUST_CHECK int proof_store(struct store *store, const json_t *proof,
			   char **ret_path, bool *ret_pushed,
			   struct error *err);
/*
 * The newest proof of a change, a new reference; NULL: there is none. ret_path
 * (may be NULL) is then owned.
 */
MUST_CHECK int proof_newest(struct store *store, const char *change_id,
			    json_t **ret_proof, char **ret_path,
			    struct error *err);

/*
 * In short: {"verdict", "at", "path"} of the newest proof, or JSON null. New
 * reference.
 */
MUST_CHECK int proof_summary(struct store *store, const char *change_id,
			     json_t **ret_summary, struct error *err);

/* ---- verify_check.c ---- */

/*
 * Does a proof follow from the store, and its verdict from its evidence? word
 * is a file, or a change, whose newest proof is taken. *ret_check is a new
 * {"format": "aback-proof-check/1", "proof": where it is, "change", "verdict",
 * "verified_at", "holds": bool, "checked": [lines], "problems": [{"path",
 * "expected", "found", "text"}]}. ERR_FORMAT: it is no proof; ERR_NOT_FOUND.
 */
MUST_CHECK int proof_check(struct store *store, const char *word,
			   json_t **ret_check, struct error *err);

/* ---- render_verify*.c ---- */

void render_proof_text(const json_t *proof, const struct render_style *style,
		       struct strbuf *out);
void render_proof_markdown(const json_t *proof, struct strbuf *out);
void render_proof_html(const json_t *proof, struct strbuf *out);
/* "2026-11-24T02:30:00Z: not proven" of a summary; nothing of null. Raw. */
void proof_summary_text(const json_t *summary, struct strbuf *out);
/*
 * "merged into 'main', signed by alice, bob", of the `gate` of a change's
 * record, or why the gate was passed by; nothing where there was none.
 */
void gate_text(const json_t *gate, struct strbuf *out);
void render_proof_check_text(const json_t *check,
			     const struct render_style *style,
			     struct strbuf *out);

#endif
