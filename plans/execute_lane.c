/*
 * The state machine of one lane: IDLE → READY → CALL → SETTLE → IDLE … OVER.
 * Each transition happens on a look (lane_looked), on the end of a call, or in
 * lane_tick.
 */
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/value.h"

#define BLIND_MAX 5 /* looks before the first write that may fail in a row */
/* Nothing to undo, seen this often and for that long. */
#define NOTHING_LOOKS 4
#define NOTHING_MS INT64_C(5000)

/* ---- time ------------------------------------------------------------- */

void lane_look_after(struct lane *lane, int64_t delay_ms)
{
	const int64_t now = clock_monotonic_ms();
	const int64_t deadline = lane->run->deadline_ms;
	double jitter = 0.9 + 0.2 * random_fraction();

	lane->delay_ms = delay_ms;
	lane->due_ms = now + (int64_t)((double)delay_ms * jitter);
	if (lane->due_ms > deadline && now < deadline)
		lane->due_ms = deadline; /* the last look */
}

void lane_back_off(struct lane *lane, int64_t longest_ms)
{
	int64_t delay = lane->delay_ms > 0 ? lane->delay_ms * 2 : FIRST_LOOK_MS;

	lane_look_after(lane, delay < longest_ms ? delay : longest_ms);
}

void lane_enter(struct lane *lane, enum lane_phase phase, int64_t delay_ms)
{
	lane->phase = phase;
	lane->blind = 0;
	lane->verdict = VERDICT_NONE;
	lane->agreeing = 0;
	lane_look_after(lane, delay_ms);
}

bool lane_past_deadline(const struct lane *lane)
{
	return clock_monotonic_ms() >= lane->run->deadline_ms;
}

struct run_step *lane_step(const struct lane *lane)
{
	return lane->steps[lane->next];
}

/* ---- ending a step ---------------------------------------------------- */

void step_end(struct run *run, struct run_step *step, enum step_state state,
	      const char *fmt, ...)
{
	va_list ap;
	json_t *fields = json_object();

	free(step->reason);
	va_start(ap, fmt);
	step->reason = xvasprintf(fmt, ap);
	va_end(ap);
	if (!*step->reason)
		free(TAKE(step->reason)); /* nothing to say */
	run->ended += !step->undo && step->state == STEP_OPEN;
	step->state = state;
	json_object_set_new(fields, "state",
			    json_string(step_state_name(state)));
	if (step->reason)
		json_object_set_new(fields, "reason",
				    json_from_text(step->reason));
	if (state != STEP_SKIPPED)
		(void)run_journal(run, step, "settled", fields); /* halts */
	else
		json_decref(fields); /* what was not sent needs no line */
	run_progress(run, step, step_state_name(state), step->reason);
	if ((state == STEP_FAILED || state == STEP_UNKNOWN) && !run->undoing)
		run_failed(run, step);
}

void step_skip(struct run *run, struct run_step *step, const char *reason)
{
	free(step->reason);
	step->reason = xstrdup(reason);
	step->state = STEP_SKIPPED;
	run->ended++;
}

void step_leave(struct run *run, struct run_step *step, const char *why)
{
	/* a call without an answer may still come about: it is no unsent one */
	if (step->doubted)
		step_end(run, step, STEP_FAILED,
			 "AWS did not answer, nothing changed, and it is not "
			 "sent again: %s",
			 why);
	else
		step_end(run, step, STEP_SKIPPED, "not sent: %s", why);
}

/* The lane goes on with its next step; that one begins on the same look. */
void lane_next(struct lane *lane)
{
	lane->next++;
	lane->phase = lane->next < lane->len ? LANE_IDLE : LANE_OVER;
}

/* ---- reading what a look shows ---------------------------------------- */

static void see(struct step_value *value, const struct resource *resource)
{
	json_t *seen = resource_value(resource, value->setting);

	json_decref(value->seen);
	value->seen = seen ? json_incref(seen) : NULL;
}

static enum verdict value_verdict(const struct step_value *value,
				  const struct resource *resource)
{
	const struct setting *setting = value->setting;
	const json_t *pending = resource_pending(resource, setting);

	if (pending && value->seen &&
	    value_equal(setting, pending, value->seen))
		pending = NULL; /* it changes nothing */
	if (pending && value_equal(setting, pending, value->after))
		return VERDICT_PENDING;
	/* what the step is to take back is still there */
	if (pending && value_equal(setting, pending, value->takes_back))
		return VERDICT_BEFORE;
	if (value->seen && value_equal(setting, value->seen, value->after))
		return pending ? VERDICT_OTHER : VERDICT_AFTER;
	if (value->seen && value_equal(setting, value->seen, value->before))
		return VERDICT_BEFORE;
	return VERDICT_OTHER;
}

/* All values of a step as one: how many are where. */
static enum verdict step_verdict(const struct run_step *step,
				 const struct resource *resource)
{
	size_t count[VERDICT_OTHER + 1] = { 0 };

	for (size_t i = 0; i < step->values_len; i++)
		count[value_verdict(&step->values[i], resource)]++;
	if (count[VERDICT_OTHER] > 0)
		return VERDICT_OTHER;
	if (count[VERDICT_BEFORE] == step->values_len)
		return VERDICT_BEFORE;
	if (count[VERDICT_BEFORE] > 0)
		return VERDICT_PARTLY;
	return count[VERDICT_PENDING] > 0 ? VERDICT_PENDING : VERDICT_AFTER;
}

const struct resource *step_resource(const struct run_step *step,
				     const struct live *live)
{
	const struct resource *resource =
		live_find(live, step->plan->target, step->plan->address);

	if (resource &&
	    strcmp(resource->resource_id, step->plan->resource_id) == 0)
		return resource;
	return NULL;
}

enum verdict lane_verdict(const struct lane *lane, struct run_step *step,
			  const struct resource *resource)
{
	if (!resource)
		return VERDICT_GONE;
	for (size_t i = 0; i < step->values_len; i++)
		see(&step->values[i], resource);
	if (lane->condition == CONDITION_FAILED ||
	    lane->condition == CONDITION_STOPPED)
		return VERDICT_BROKEN;
	if (lane->condition == CONDITION_BUSY)
		return VERDICT_BUSY;
	return step_verdict(step, resource);
}

/* Remember it; how often and since when it has been so. */
void lane_note(struct lane *lane, enum verdict verdict)
{
	if (lane->verdict != verdict) {
		lane->verdict = verdict;
		lane->agreeing = 0;
		lane->since_ms = clock_monotonic_ms();
	}
	lane->agreeing++;
}

bool lane_stands(const struct lane *lane, unsigned looks, int64_t ms)
{
	return lane->agreeing >= looks &&
	       clock_monotonic_ms() - lane->since_ms >= ms;
}

/* ---- READY ------------------------------------------------------------ */

static void not_ready(struct lane *lane, struct run_step *step)
{
	if (lane_past_deadline(lane)) {
		step_end(lane->run, step, STEP_FAILED,
			 "not sent: not modifiable by the deadline: %s",
			 lane->why ? lane->why : "in progress");
		lane_next(lane);
		return;
	}
	if (lane->agreeing == 1)
		run_progress(lane->run, step, "waiting", lane->why);
	lane_back_off(lane, LONGEST_DELAY_MS);
}

/*
 * What is to be undone may never have happened, and what other steps were to
 * bring about may not have come: then nothing is sent. It may still come, so
 * that has to last.
 */
static void nothing_to_do(struct lane *lane, struct run_step *step,
			  const struct live *live)
{
	if (!lane_stands(lane, NOTHING_LOOKS, NOTHING_MS)) {
		lane_look_after(lane, NOTHING_MS / NOTHING_LOOKS);
		return;
	}
	step_end(lane->run, step, STEP_DONE, "%s",
		 step->undo ? "nothing of it is there"
			    : "not sent: it is so already");
	step_end_causes(lane->run, step, live);
	lane_next(lane);
}

/* The lane may be modified: compare on this very look, then send. */
static void ready(struct lane *lane, struct run_step *step,
		  const struct resource *resource, const struct live *live)
{
	struct strbuf CLEANUP(strbuf_release) why = STRBUF_INIT(LIMIT_MESSAGE);
	enum verdict verdict = step_verdict(step, resource);

	if ((step->maybe || (step->foretold && !step->doubted)) &&
	    !step->sent && verdict == VERDICT_AFTER) {
		nothing_to_do(lane, step, live);
		return;
	}
	if (step->doubted &&
	    (verdict == VERDICT_AFTER || verdict == VERDICT_PENDING)) {
		/* the call of unknown outcome came into effect late */
		step->sent = true;
		lane_enter(lane, LANE_SETTLE, SECOND_LOOK_MS);
		return;
	}
	step_misfit(lane->run->plan, step, resource, live, &why);
	if (why.len > 0) {
		step_end(lane->run, step, STEP_FAILED,
			 "not sent: changed by somebody since the plan: %s",
			 why.buf);
		lane_next(lane);
		return;
	}
	if (step_is_late(lane, step))
		return;
	if (!watch_take(lane->watch, clock_monotonic_ms())) {
		lane_look_after(lane, SECOND_LOOK_MS);
		return;
	}
	lane_send(lane, step);
}

static void become_ready(struct lane *lane, const struct live *live)
{
	struct run_step *step = lane_step(lane);
	const struct resource *resource = step_resource(step, live);

	lane_note(lane, lane_verdict(lane, step, resource));
	switch (lane->verdict) {
	case VERDICT_GONE:
		step_end(lane->run, step, STEP_FAILED,
			 "not sent: %s is not there any more",
			 step->plan->address);
		lane_next(lane);
		break;
	case VERDICT_BROKEN:
		step_end(lane->run, step, STEP_FAILED, "not sent: %s",
			 lane->why ? lane->why : "cannot be modified");
		lane_next(lane);
		break;
	case VERDICT_BUSY:
		not_ready(lane, step);
		break;
	default:
		ready(lane, step, resource, live);
		break;
	}
}

/* ---- the lane --------------------------------------------------------- */

/* The step that this one needs and that is not done, or NULL. */
static const struct run_step *missing_need(const struct run_step *step)
{
	for (size_t i = 0; i < step->needs_len; i++) {
		const struct run_step *need = step->needs[i];

		/* a reboot is what they wait for, or it reads back already */
		if (need->state != STEP_DONE &&
		    !(need->state == STEP_WAITING &&
		      (step->foretold || need->stored)))
			return need;
	}
	return NULL;
}

/* Begin the present step, or skip it; false: its needs are still open. */
static bool begin(struct lane *lane)
{
	struct run_step *step = lane_step(lane);
	const struct run_step *need = missing_need(step);

	if (step->guessed && need && need->state == STEP_OPEN) {
		return false;
	} else if (step->guessed && need) {
		step_end(lane->run, step, STEP_SKIPPED,
			 "not sent: step %zu, which it needs, is %s",
			 need->index, step_state_name(need->state));
		lane_next(lane);
	} else if (step->sent) { /* of a resumed run */
		lane_enter(lane, LANE_SETTLE, 0);
	} else if (lane->run->stop) {
		step_end(lane->run, step, STEP_SKIPPED, "not sent: %s",
			 lane->run->stop);
		lane_next(lane);
	} else if (unit_failure(step)) {
		step_end(lane->run, step, STEP_SKIPPED,
			 "not sent: step %zu on the same cluster failed",
			 unit_failure(step)->index);
		lane_next(lane);
	} else if (need && need->state == STEP_OPEN) {
		return false;
	} else if (need) {
		step_end(lane->run, step, STEP_SKIPPED,
			 "not sent: step %zu, which it needs, is %s",
			 need->index, step_state_name(need->state));
		lane_next(lane);
	} else {
		lane_enter(lane, LANE_READY, 0);
	}
	return true;
}

void lane_tick(struct lane *lane)
{
	if (lane->phase == LANE_READY && lane->run->stop) {
		step_leave(lane->run, lane_step(lane), lane->run->stop);
		lane_next(lane);
	}
	while (lane->phase == LANE_IDLE)
		if (!begin(lane))
			return;
}

void lane_looked(struct lane *lane, const struct live *live)
{
	lane->blind = 0;
	if (lane->run->halt)
		return;
	if (lane->phase == LANE_SETTLE)
		lane_settle(lane, live);
	lane_tick(lane);
	/* a step that has just begun takes this look as its first */
	if (lane->phase == LANE_READY)
		become_ready(lane, live);
}

void lane_blind(struct lane *lane, const struct error *err)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);
	struct run_step *step;

	if (lane->run->halt || lane->phase == LANE_OVER)
		return;
	step = lane_step(lane);
	if (err->code == ERR_CREDENTIALS || err->code == ERR_INTERRUPTED) {
		run_halt(lane->run, err);
		return;
	}
	error_message(err, &text);
	lane->blind++;
	lane->agreeing = 0;
	if (lane->phase == LANE_READY &&
	    (lane->blind >= BLIND_MAX || lane_past_deadline(lane))) {
		step_end(lane->run, step, STEP_FAILED,
			 "not sent: cannot read it: %s", text.buf);
		lane_next(lane);
	} else if (lane_past_deadline(lane)) {
		step_end(lane->run, step, STEP_UNKNOWN,
			 "cannot be read by the deadline: %s", text.buf);
		lane_next(lane);
	} else {
		lane_back_off(lane, LONGEST_DELAY_MS);
	}
}
