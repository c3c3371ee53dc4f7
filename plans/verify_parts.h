/* What the files verify*.c share and nobody else sees. */
#ifndef ABACK_PLANS_VERIFY_PARTS_H
#define ABACK_PLANS_VERIFY_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/json.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/verify.h"

/* The string under key, or "". Borrowed. */
const char *verify_text(const json_t *object, const char *key);
/* Is it that string? */
bool verify_is(const json_t *object, const char *key, const char *text);

/* ---- verify_calls.c ---- */

/*
 * The calls of a journal: [{"step", "backout": is it one that takes a step
 * back?, "target", "address", "call", "parameters", "line": of the journal,
 * "sent_at", "outcome": "ok", "refused", "not_sent", "unknown", or "none"
 * where the process was gone before it came, "code", "request_id", "ended": the
 * state of its step in the end}].
 */
json_t *verify_calls_of(const struct plan *plan, const json_t *journal,
			const json_t *result);
/* Judge them: the proof's `calls`. Those events that are ours are added to
 * ours, by id. New reference. */
json_t *verify_judge_calls(const json_t *proof, json_t *ours);
/* Does the event say that this change made it? Anybody could say so. */
bool verify_names_change(const json_t *event, const char *change);

/* ---- verify_claim.c ---- */

/*
 * The negative claim: no other write on these resources. ours: ids of the
 * events that are calls of this change. New reference.
 */
json_t *verify_judge_claim(json_t *proof, const json_t *ours);
/* Do the log groups receive events? The proof's `logs`. New reference. */
json_t *verify_judge_logs(json_t *proof);

/* ---- verify_judge.c ---- */

/*
 * Something that keeps the proof from being whole: verdict is PROOF_REFUTED or
 * PROOF_NOT_PROVEN; of: what has target, address and setting, each of which may
 * be missing.
 */
void proof_add_finding(json_t *proof, const char *verdict, const char *about,
		       const json_t *of, const char *fmt, ...)
	PRINTF_LIKE(5, 6);

/* ---- verify_parameters.c ---- */

/*
 * How CloudTrail's requestParameters differ from what was sent: an array of
 * lines, empty where they say the same.
 */
json_t *verify_parameters_differ(const json_t *sent, const json_t *shown);

/* ---- verify_live.c ---- */

/*
 * Read the change's resources: {"read_at", "unread": why they could not be, or
 * null, "resources": [{"target", "address", "present", "resource_id", "status",
 * "condition", "reason", "pending_elements", "values": {setting: value},
 * "pending": {setting: value}, "awaits_reboot": [settings]}]}. *ret_live is
 * NULL where they could not be.
 */
MUST_CHECK int verify_read_live(struct aws *aws, const struct places *places,
				const struct plan *plan, json_t **ret_evidence,
				struct live **ret_live, struct error *err);

/* What could not be read, and why. New reference. */
json_t *verify_unread(const struct error *why);

/* ---- verify_logs.c ---- */

/*
 * What CloudWatch and RDS have to say since the change:
 * {"log_groups": [{"target", "address", "log_group", "newest": RFC 3339 or
 * null, "stream", "unread"}], "rds_events": [{"target", "address", "from",
 * "events": [{"at", "message"}], "unread"}]}.
 */
MUST_CHECK int verify_read_logs(struct aws *aws, const struct places *places,
				const struct live *live,
				const struct verify_subject *subject,
				json_t **ret_logs, struct error *err);

/* ---- verify_history.c ---- */

/* AWS takes two look-ups a second of an account and region. */
#define VERIFY_PACE_MS 510
/* Between looks, at most. */
#define VERIFY_DELAY_MS 15000
/* Clocks that AWS accepts may be so much apart. */
#define VERIFY_SKEW_S 300

/* How long may be waited. */
struct verify_patience {
	const struct verify_options *options;
	int64_t began_ms, until_ms; /* of clock_monotonic_ms */
};
/* Twice as long, at most VERIFY_DELAY_MS. */
int64_t verify_longer(int64_t delay_ms);
/* Sleep until then; false: a signal came. */
bool verify_sleep(const struct verify_patience *patience, int64_t until_ms);
/* Did a signal come? Then err says so. */
bool verify_is_interrupted(const struct verify_patience *patience,
			   struct error *err);
/* Tell who waits what for. */
void verify_say(const struct verify_patience *patience, const char *what);

/* Wait until event history has caught up, at most so long, and read it. */
MUST_CHECK int verify_read_history(struct aws *aws, const struct places *places,
				   struct store *store, json_t *proof,
				   const struct verify_options *options,
				   struct error *err);

/* ---- verify_mark.c ---- */

/*
 * Wait until event history shows a call of now in the account and region of
 * each place that `only` names: [{"account_id", "region", "asked_at",
 * "request_id", "caught_up": "seen", "waited" or null, "unread"}].
 */
MUST_CHECK int verify_wait_for_marks(struct aws *aws,
				     const struct places *places,
				     const json_t *only,
				     const struct verify_patience *patience,
				     json_t **ret_history, struct error *err);

/* ---- verify_store.c ---- */

/* Is it changes/<change>/verify-<time>.json? */
bool proof_is_path(const char *path);

#endif
