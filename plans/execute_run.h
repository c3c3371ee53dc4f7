/*
 * The inside of the executor; nobody else includes it.
 *
 * A run is a plan's steps in lanes. Lanes go side by side, the steps of one
 * lane one after another: wait until the lane may be modified, compare live
 * with the plan on that very look, journal the intent, call, journal the
 * outcome, look until the value reads back twice. Everything happens on one
 * thread, in callbacks of aws_step.
 *
 * Killed between any two of these, the journal shows an intent without an
 * outcome (found out by reading), an outcome without an end (looked at again),
 * or nothing for the step (it was not sent).
 */
#ifndef ABACK_PLANS_EXECUTE_RUN_H
#define ABACK_PLANS_EXECUTE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/catalogue.h"
#include "plans/execute.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/place.h"
#include "plans/plan.h"
#include "state/journal.h"
#include "state/lock.h"
#include "state/store.h"

enum step_state {
	STEP_OPEN, /* not begun, or begun and not settled */
	STEP_DONE,
	STEP_WAITING,
	STEP_FAILED,
	STEP_SKIPPED,
	STEP_UNKNOWN
};
const char *step_state_name(enum step_state state);
/* STEP_OPEN for a name that is none. */
enum step_state step_state_of(const char *name);

/* One change's value around one step. */
struct step_value {
	const struct plan_change *change;
	const struct setting *setting;
	json_t *before; /* must be live before the step */
	json_t *after;  /* what the step makes of it */
	/* what is pending of ours and goes with the step; JSON null: nothing */
	const json_t *takes_back;
	json_t *seen; /* as last read; NULL: never */
};

struct lane;
struct unit;
struct waves;

struct run_step {
	size_t index; /* of the plan's steps */
	const struct plan_step *plan;
	bool undo;     /* of --on-failure backout: the plan's backout call */
	bool maybe;    /* an undo of what may have been done, or in part */
	bool stored;   /* it reads back, and waits for nothing but a reboot */
	bool foretold; /* of settings that are: done before, it is not sent */
	bool once;     /* of settings that are: asked about, not repeated */
	bool left_out; /* its consent was not given, and nobody has to */
	bool left_behind; /* an undo of what stays, and harms nobody */
	int64_t sent_at;  /* UTC seconds, of the first intent; 0: never */
	/* that it is sent in; NULL: its place's */
	struct aws_session *session;
	const char *call; /* "rds:ModifyDBCluster" */
	char *service;    /* "rds" */
	const char *action;
	const json_t *parameters;
	const struct kind_ops *ops;
	struct step_value *values;
	size_t values_len;
	struct run_step **needs;
	size_t needs_len;
	struct lane *lane;
	struct unit *unit; /* the cluster of the plan whose it is; or NULL */
	size_t stage;      /* of the waves; 0 where there are none */

	enum step_state state;
	char *reason;     /* NULL: nothing to say */
	char *request_id; /* of the last call; NULL */
	bool sent;        /* a call may have reached AWS */
	bool doubted;     /* its outcome is not known */
	bool guessed;  /* nor whether it was ever sent: there is no journal */
	char *refusal; /* AWS said "exists" or "not found"; reading decides */
	bool missed;   /* AWS said that it did not find something */
	/* of a resumed run: its last intent has no outcome in the journal */
	bool unanswered;
	unsigned doubts;     /* how many calls ended without an answer */
	int64_t eventual_ms; /* when IAM first was not there yet; 0: never */
};

/* What a look at a step's resource and lane shows. */
enum verdict {
	VERDICT_NONE,
	VERDICT_BUSY,    /* in progress */
	VERDICT_BROKEN,  /* a status that no waiting mends */
	VERDICT_GONE,    /* no such resource any more */
	VERDICT_BEFORE,  /* settled, the value from before */
	VERDICT_PARTLY,  /* settled, some of its values changed */
	VERDICT_PENDING, /* settled, what is not changed yet is pending */
	VERDICT_AFTER,   /* settled as planned */
	VERDICT_OTHER    /* settled at what nobody planned */
};

enum lane_phase {
	LANE_IDLE,   /* between steps */
	LANE_READY,  /* waits until the step may be sent */
	LANE_CALL,   /* the call is in flight */
	LANE_SETTLE, /* waits until the step's effect is seen */
	LANE_ASK,    /* AWS is being asked whether the call took place */
	LANE_OVER
};

struct watch;

struct lane {
	struct run *run;
	struct watch *watch;
	char *name; /* "cluster/orders" */
	struct run_step **steps;
	size_t len, cap, next;
	enum lane_phase phase;
	int64_t due_ms; /* of the next look */
	int64_t delay_ms;
	unsigned blind; /* looks in a row that failed */
	enum verdict verdict;
	unsigned agreeing; /* looks in a row with that verdict */
	int64_t since_ms;  /* of the first of them */
	/* of the look that is being judged */
	enum condition condition;
	char *why;
	size_t members;
};

/* The lanes of one kind in one place: one look serves all that are due. */
struct watch {
	struct run *run;
	const struct place *place;
	enum kind lane_kind;
	struct lane *lanes; /* sorted by name */
	size_t len, cap;
	bool looking;
	struct lane **asked; /* by the look in flight; room for all lanes */
	const char **names;  /* theirs */
	size_t asked_len;
	double tokens; /* requests that may be sent now; refilled */
	int64_t filled_ms;
	int64_t looked_ms; /* when the last look began; 0: never */
	bool starved;      /* something to be sent waits for a token */
};

struct run {
	struct aws *aws;
	const struct places *places;
	const struct plan *plan;
	struct store *store;
	const struct execute_options *options;
	const char *change_id;
	json_t *sessions; /* [{"role_arn","region","policy","sessions"}]; NULL
			   */
	json_t *change;   /* change.json */
	struct lock *lock;
	int64_t lock_seen; /* to be ours; UTC seconds */
	bool lost;         /* it is not ours any more: nothing is recorded */
	struct journal *journal;
	struct run_step *steps; /* by the plan's index */
	struct run_step *undo;  /* NULL until --on-failure backout begins */
	size_t steps_len, undo_len;
	size_t ended;          /* of the steps, those that are not open */
	struct watch *watches; /* of the present phase */
	size_t watches_len, watches_cap;
	int64_t deadline_ms;
	int64_t confirm_by;  /* UTC seconds; 0: it needs no confirmation */
	struct waves *waves; /* NULL: everything at once */
	size_t stage;        /* steps of later stages stay out of the lanes */
	bool breached;       /* it failed, beyond what --max-failures allows */
	bool expired;        /* its time to be confirmed is over */
	bool undoing;
	bool resuming;        /* nothing is ever sent */
	char *stop;           /* why nothing new is started; NULL */
	char *stopped;        /* why nothing new was, before it was undone */
	json_t *preflight;    /* of change.json; NULL: nothing was asked */
	bool halt;            /* nor are steps in flight looked at any more */
	struct error trouble; /* what keeps the run from being finished */
};

/* ---- execute_run.c: building and driving ------------------------------ */

/*
 * A run of plan whose lanes are those of live. ERR_STALE: a resource is not
 * there; ERR_EDITED: steps and changes do not fit together.
 */
MUST_CHECK int run_init(struct run *run, const struct live *live,
			struct error *err);
void run_release(struct run *run);
/* Put these steps into lanes, in the order given; those settled stay out. */
MUST_CHECK int run_lanes(struct run *run, struct run_step *steps, size_t len,
			 const struct live *live, bool backwards,
			 struct error *err);
/* Work until every lane is over, or the run was halted. */
void run_drive(struct run *run);
/* Start nothing new from here on; the first reason is kept. */
void run_stop(struct run *run, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* And look at nothing any more; err says why. */
void run_halt(struct run *run, const struct error *err);
bool run_interrupted(const struct run *run);
void run_progress(const struct run *run, const struct run_step *step,
		  const char *state, const char *text);
/*
 * Append {"event", "step", "at"} and fields (stolen; NULL: none). Where that
 * fails the run is halted; only who is about to send must look at -1.
 */
int run_journal(struct run *run, const struct run_step *step, const char *event,
		json_t *fields);
/* The same of no step: {"event", "at"} and fields. */
int run_journal_line(struct run *run, const char *event, bool durable,
		     json_t *fields);

/* The call of a step; ERR_EDITED for what is no "service:Action". */
MUST_CHECK int step_call(struct run_step *step, const char *call,
			 const json_t *parameters, struct error *err);

/* ---- execute_permits.c ------------------------------------------------ */

/*
 * What AWS asks of who sends the step's call (WAY_FORWARD) or the one that
 * takes it back (WAY_BACK; empty where there is none), as permits_of_call has
 * it. New array.
 */
json_t *step_permits(const struct run *run, const struct run_step *step,
		     const struct live *live, unsigned way, bool exact);
/* The same on all resources of its kind in its place. */
json_t *step_permits_of_kind(const struct run *run, const struct run_step *step,
			     unsigned way);

/* ---- execute_session.c ------------------------------------------------ */

/*
 * Where a role is assumed, hold AWS to the plan: what reads may only read, and
 * each step is sent in a session that may make the calls of a few steps, or
 * take them back. Asks AWS for those sessions; fills run->sessions for
 * change.json. Restricted until run_widen.
 */
MUST_CHECK int run_narrow(struct run *run, const struct live *live,
			  struct error *err);
void run_widen(const struct run *run);

/* ---- execute_units.c, execute_waves.c, execute_waves_account.c -------- */

/*
 * Give each step its stage by the options' rollout; nothing where there is
 * none. ERR_USAGE: the waves do not reach all clusters.
 */
MUST_CHECK int waves_make(struct run *run, const struct live *live,
			  struct error *err);
void waves_free(struct waves *waves);
/* Drive them, one after another, until all are over or something stops it. */
MUST_CHECK int waves_drive(struct run *run, const struct live *live,
			   struct error *err);
/* Count a step that failed, and stop the run where that is too much. */
void run_failed(struct run *run, const struct run_step *step);
/* The step of the same cluster that failed before, or NULL. */
const struct run_step *unit_failure(const struct run_step *step);
/* Did something fail that --max-failures lets pass? */
bool run_tolerates(const struct run *run);
/* Has a health check not come to its end, and nobody knows whether all is well?
 */
bool run_is_unchecked(const struct run *run);
/* Stop the run where its time to be confirmed is over. */
void run_expire(struct run *run);
/* From 1. */
size_t step_wave(const struct run_step *step);
/* [{"wave","clusters","steps"}], for change.json. New reference. */
json_t *waves_change(const struct run *run);
/* Of a run that is resumed, those that its change.json names. */
void waves_restore(struct run *run);
/* Is a line of the journal about a wave? Then it is taken over. */
bool waves_replay(struct run *run, const char *event, const json_t *line);
/* [{"wave","clusters","state","health"}]. New reference. */
json_t *waves_result(const struct run *run);

/* ---- execute_undo.c --------------------------------------------------- */

/* May the step have changed something, even if it failed? */
bool step_acted(const struct run_step *step);
/* Steps that take back those that acted, made but not driven. */
MUST_CHECK int undo_make(struct run *run, struct error *err);
/* The one of them that takes the plan's step back, or NULL. */
struct run_step *undo_of(const struct run *run, size_t index);
/* Drive them, last first. */
MUST_CHECK int undo_drive(struct run *run, const struct live *live,
			  struct error *err);

/* ---- execute_look.c --------------------------------------------------- */

/* Look at what is due; returns when the next look is. */
int64_t watch_tick(struct watch *watch, int64_t now_ms);
/* May one more call be sent now? Takes it from the place's allowance. */
bool watch_take(struct watch *watch, int64_t now_ms);

/* ---- execute_lane.c --------------------------------------------------- */

#define FIRST_LOOK_MS 150  /* after a call */
#define SECOND_LOOK_MS 300 /* after a look that was good */
#define LONGEST_DELAY_MS 10000

/* Start the lane's next step where it is idle; skip what is not to start. */
void lane_tick(struct lane *lane);
/* A look at the lane succeeded (its condition is in the lane) or failed. */
void lane_looked(struct lane *lane, const struct live *live);
void lane_blind(struct lane *lane, const struct error *err);

/* The step that the lane is at. */
struct run_step *lane_step(const struct lane *lane);
/* It has ended: on to the next one, which begins on the same look. */
void lane_next(struct lane *lane);
void lane_enter(struct lane *lane, enum lane_phase phase, int64_t delay_ms);
void lane_look_after(struct lane *lane, int64_t delay_ms);
/* Twice as long as last time, at most longest_ms. */
void lane_back_off(struct lane *lane, int64_t longest_ms);
bool lane_past_deadline(const struct lane *lane);
/* The step's resource under its own id; NULL: not there. */
const struct resource *step_resource(const struct run_step *step,
				     const struct live *live);
/* Where the step's values are; what was seen is kept in them. */
enum verdict lane_verdict(const struct lane *lane, struct run_step *step,
			  const struct resource *resource);
/* Remember the verdict, how often in a row and since when it has been so. */
void lane_note(struct lane *lane, enum verdict verdict);
bool lane_stands(const struct lane *lane, unsigned looks, int64_t ms);
/* End a step: journal, progress, and stop the run where it failed. */
void step_end(struct run *run, struct run_step *step, enum step_state state,
	      const char *fmt, ...) PRINTF_LIKE(4, 5);
/* It is not sent (again), and why. */
void step_leave(struct run *run, struct run_step *step, const char *why);
/* End one that was not begun and is told of with others. */
void step_skip(struct run *run, struct run_step *step, const char *reason);

/* ---- execute_settle.c, execute_call.c --------------------------------- */

/*
 * The step is done: so is what waited for it alone, or for others that are done
 * too, as far as live shows.
 */
void step_end_causes(struct run *run, const struct run_step *step,
		     const struct live *live);
/* A look at a lane that settles. */
void lane_settle(struct lane *lane, const struct live *live);
/* Journal the intent and send the step. */
void lane_send(struct lane *lane, struct run_step *step);

/* ---- fits.c ----------------------------------------------------------- */

/*
 * Why a step must not be sent on this resource, one line, parts separated by
 * "; "; nothing is added when all fits: identity, each value's `before`,
 * companions, and what is pending on it or, of a cluster, on its members.
 */
void step_misfit(const struct plan *plan, const struct run_step *step,
		 const struct resource *resource, const struct live *live,
		 struct strbuf *out);
/* Does a call ask for everything that is pending to happen now? */
bool applies_immediately(const json_t *parameters);
/*
 * Is it of that sort, though nothing shows that it waits? What uses it may be
 * told only later.
 */
bool might_await_reboot(const struct resource *resource,
			const struct plan_change *change);

/* ---- execute_record.c ------------------------------------------------- */

/* change.json of a run that begins now. New reference. */
json_t *record_change(const struct run *run);
/* change.json, plan.json and prior.json: the commit before the first call. */
MUST_CHECK int record_begin(struct run *run, const char *bytes, size_t len,
			    struct error *err);
/*
 * Commit journal.jsonl and, unless the run is unfinished, result.json, the
 * recorded values and the holds; then the running journal is removed.
 */
MUST_CHECK int record_end(struct run *run, const json_t *result,
			  bool *ret_pushed, struct error *err);

/* ---- execute_outcome.c ------------------------------------------------ */

/* "done", "failed", "waiting", "backed_out"; "unfinished": a step is open. */
const char *record_state(const struct run *run);
/* result.json as things stand. New reference. */
json_t *record_result(const struct run *run);

/* One change over all its steps. */
struct change_end {
	size_t done, waiting, failed, skipped, unknown;
	size_t undone, undone_waiting, not_undone;
	json_t *seen;  /* as last read; borrowed; NULL: never */
	bool was_sent; /* a call for it may have had effect */
};
struct change_end change_end(const struct run *run,
			     const struct plan_change *change);

/* ---- execute.c -------------------------------------------------------- */

/* "<account>/<region or global>" of all steps, sorted, each once. Owned. */
json_t *plan_paths(const struct plan *plan, const struct places *places);
/* Record how the run ended, let go of the lock, fill in the result. */
void run_finish(struct run *run, struct execute_result *ret_result);

/* ---- execute_lock.c --------------------------------------------------- */

/* run->lock: of these places, under this user's name. */
MUST_CHECK int run_lock(struct run *run, const json_t *paths,
			struct error *err);
/*
 * Is it still ours, as far as was seen in the last minute, or, where that is
 * the end of the run, now? false: the run is halted, and lost.
 */
bool run_is_ours(struct run *run, bool at_the_end);

/* ---- execute_check.c -------------------------------------------------- */

/* A change that waits for its window on a resource of the plan. */
MUST_CHECK int check_waiting(struct store *store, const struct plan *plan,
			     const struct live *live, struct error *err);

/* ---- execute_limit.c -------------------------------------------------- */

/* ERR_EDITED: it changes more clusters than it has consent for ("many"). */
MUST_CHECK int check_limit(const struct plan *plan,
			   const struct desired *desired,
			   const struct live *live, struct error *err);
/* It restarts something, and the window for that has closed: it is ended. */
bool step_is_late(struct lane *lane, struct run_step *step);

#endif
