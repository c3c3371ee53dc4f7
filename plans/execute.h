/*
 * Carry out exactly a plan: lock, re-read and compare, commit the prior state,
 * then per step: journal the intent, call, journal the outcome, wait until it
 * reads back; at the end commit journal, result and new values, unlock.
 * Lanes (a cluster with its instances; a role) run side by side, the steps of
 * one lane one after another.
 */
#ifndef ABACK_PLANS_EXECUTE_H
#define ABACK_PLANS_EXECUTE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/desired.h"
#include "plans/place.h"
#include "plans/plan.h"
#include "state/store.h"

struct live;
struct resource;

struct rollout;

enum on_failure { ON_FAILURE_STOP, ON_FAILURE_BACKOUT };

struct execute_progress {
	const char *target, *address; /* NULL: about the whole change */
	const char *state;  /* "waiting", "sent", "settling", "done", "failed",
			     * "skipped", "unknown", "recorded", "pending",
			     * "warning" */
	const char *text;   /* one line for people */
	size_t done, total; /* steps */
};

struct execute_options {
	const json_t *allow; /* array of consent classes given */
	int64_t deadline_s;  /* 0: 60 minutes */
	enum on_failure on_failure;
	const char *reason; /* --reason of a backout; NULL */
	/* of gate_check; NULL: the gate was not asked */
	const json_t *gate;
	bool automatic; /* a backout that nobody asked for now */
	/* assume roles as they are, not held to the plan by AWS */
	bool no_session_policy;
	/*
	 * Of a resume: also from a process of another host, which nobody here
	 * can see to be gone.
	 */
	bool take_over;
	/*
	 * UTC seconds from which no step that restarts something is begun, as
	 * policy_restart_until has it; 0: no matter when.
	 */
	int64_t restart_until;
	/*
	 * How long after its beginning the change can be confirmed, after
	 * which it undoes itself; 0: it needs no confirmation.
	 */
	int64_t confirm_within_s;
	const struct rollout *rollout; /* waves, health check; NULL: none */
	const volatile sig_atomic_t *interrupted; /* may be NULL */
	void (*progress)(void *ctx, const struct execute_progress *progress);
	void *progress_ctx;
};

struct execute_result {
	char *change_id; /* NULL: nothing was begun */
	/* "done", "failed", "waiting", "backed_out" or "unfinished" */
	const char *state;
	/* result.json: {"state", "steps": [{"index","state","reason",
	 * "request_id"}], "changes": [{"target","address","setting","state",
	 * "value"}], …} */
	json_t *result;
	bool pushed;
	/* what kept it from being finished or recorded; code ERR_NONE: nothing
	 */
	struct error trouble;
};
void execute_result_release(struct execute_result *result);

/* Will the change back itself out where nobody confirms it, or it fails? */
bool execute_undoes_itself(const struct execute_options *options);

/*
 * Everything that can be refused before AWS is asked: digest (by plan_load),
 * desired file, gate, consent, already run, holds, unfinished changes, and
 * whether it may undo itself.
 */
MUST_CHECK int execute_check(const struct plan *plan,
			     const struct desired *desired, struct store *store,
			     const struct execute_options *options,
			     struct error *err);

/*
 * Run it. 0 whenever a change was begun and recorded (look at
 * ret_result->state); -1 with err when it was refused or nothing was changed.
 */
MUST_CHECK int execute_plan(struct aws *aws, const struct places *places,
			    const struct plan *plan, const char *bytes,
			    size_t len, const struct desired *desired,
			    struct store *store,
			    const struct execute_options *options,
			    struct execute_result *ret_result,
			    struct error *err);

/*
 * Finish, or account for, an unfinished change: steps whose outcome is unknown
 * are settled by reading; what was not sent stays unsent. ERR_NOT_FOUND: it is
 * finished, or somebody else did that meanwhile.
 */
MUST_CHECK int execute_resume(struct aws *aws, const struct places *places,
			      struct store *store, const char *change_id,
			      const struct execute_options *options,
			      struct execute_result *ret_result,
			      struct error *err);

/* Does the plan still fit live? ERR_STALE names each setting that moved. */
MUST_CHECK int plan_fits(const struct plan *plan, const struct live *live,
			 struct error *err);
/* What must be read to know. */
MUST_CHECK int plan_observe(struct aws *aws, const struct places *places,
			    const struct plan *plan, struct live **ret_live,
			    struct error *err);

/* Is what this change set stored but not effective before a reboot? */
bool awaits_reboot(const struct resource *resource,
		   const struct plan_change *change);

#endif
