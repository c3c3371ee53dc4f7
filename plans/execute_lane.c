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

#define FIRST_LOOK_MS 150
#define SECOND_LOOK_MS 300 /* after a look that was good */
#define LONGEST_DELAY_MS 10000
#define STALL_MS (5 * 60 * 1000)    /* READY for that long and unchanged */
#define EVENTUAL_MS (4 * 60 * 1000) /* IAM takes its time */
#define CONFLICT_MS (10 * 1000)     /* at what nobody planned */
#define NOT_APPLIED_MS (5 * 1000)   /* unchanged after an unknown outcome */
#define NOT_APPLIED_LOOKS 4
#define DOUBTS_MAX 3 /* calls of one step that end without an answer */
#define BLIND_MAX 5  /* looks before the first write that may fail in a row */

/* ---- time ------------------------------------------------------------- */

static void look_after(struct lane *lane, int64_t delay_ms)
{
	double jitter = 0.9 + 0.2 * random_fraction();

	lane->delay_ms = delay_ms;
	lane->due_ms =
		clock_monotonic_ms() + (int64_t)((double)delay_ms * jitter);
}

static void back_off(struct lane *lane)
{
	int64_t delay = lane->delay_ms > 0 ? lane->delay_ms * 2 : FIRST_LOOK_MS;

	look_after(lane, delay < LONGEST_DELAY_MS ? delay : LONGEST_DELAY_MS);
}

static void enter(struct lane *lane, enum lane_phase phase, int64_t delay_ms)
{
	lane->phase = phase;
	lane->blind = 0;
	lane->verdict = VERDICT_NONE;
	lane->agreeing = 0;
	look_after(lane, delay_ms);
}

static bool past_deadline(const struct lane *lane)
{
	return clock_monotonic_ms() >= lane->run->deadline_ms;
}

static struct run_step *current(const struct lane *lane)
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
	step->reason = *fmt ? xvasprintf(fmt, ap) : NULL;
	va_end(ap);
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
		run_stop(run, "step %zu on %s failed", step->index,
			 step->plan->address);
}

/* The lane goes on with its next step; that one begins on the same look. */
static void lane_next(struct lane *lane)
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
	const json_t *pending = resource_pending(resource, value->setting);

	if (pending && value_equal(value->setting, pending, value->after))
		return VERDICT_PENDING;
	if (value->seen &&
	    value_equal(value->setting, value->seen, value->after))
		return pending ? VERDICT_OTHER : VERDICT_AFTER;
	if (value->seen &&
	    value_equal(value->setting, value->seen, value->before))
		return VERDICT_BEFORE;
	return VERDICT_OTHER;
}

/* All values of a step as one: how many are where. */
static enum verdict values_verdict(const struct run_step *step,
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

static const struct resource *step_resource(const struct run_step *step,
					    const struct live *live)
{
	const struct resource *resource =
		live_find(live, step->plan->target, step->plan->address);

	if (resource &&
	    strcmp(resource->resource_id, step->plan->resource_id) == 0)
		return resource;
	return NULL;
}

static enum verdict look_verdict(const struct lane *lane, struct run_step *step,
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
	return values_verdict(step, resource);
}

/* Remember it; how often and since when it has been so. */
static void note_verdict(struct lane *lane, enum verdict verdict)
{
	if (lane->verdict != verdict) {
		lane->verdict = verdict;
		lane->agreeing = 0;
		lane->since_ms = clock_monotonic_ms();
	}
	lane->agreeing++;
}

static bool stands(const struct lane *lane, unsigned looks, int64_t ms)
{
	return lane->agreeing >= looks &&
	       clock_monotonic_ms() - lane->since_ms >= ms;
}

/* "deletion_protection is false" for each value that is not as planned. */
static void show_seen(const struct run_step *step, struct strbuf *out)
{
	for (size_t i = 0; i < step->values_len; i++) {
		const struct step_value *value = &step->values[i];

		if (value->seen &&
		    value_equal(value->setting, value->seen, value->after))
			continue;
		if (out->len > 0)
			strbuf_adds(out, ", ");
		strbuf_addf(out, "%s is ", value->setting->name);
		value_show(value->setting, value->seen, out);
	}
}

/* ---- SETTLE ----------------------------------------------------------- */

static bool sends_now(const struct run_step *step)
{
	const char *now = json_text(step->parameters, "ApplyImmediately");

	return now && strcmp(now, "true") == 0;
}

/* The value reads back twice: done, unless it takes a reboot. */
static void settle_after(struct lane *lane, struct run_step *step,
			 const struct resource *resource)
{
	if (!stands(lane, 2, 0)) {
		look_after(lane, SECOND_LOOK_MS);
		return;
	}
	for (size_t i = 0; i < step->values_len; i++)
		if (awaits_reboot(resource, step->values[i].setting)) {
			step_end(lane->run, step, STEP_WAITING,
				 "%s takes effect when the instances are "
				 "rebooted",
				 step->values[i].setting->name);
			lane_next(lane);
			return;
		}
	step_end(lane->run, step, STEP_DONE, "%s",
		 step->doubted ? "found done by reading" : "");
	lane_next(lane);
}

static void settle_pending(struct lane *lane, struct run_step *step)
{
	bool over = past_deadline(lane) || stands(lane, 2, STALL_MS);

	if (!over && (sends_now(step) || !stands(lane, 2, 0))) {
		if (lane->agreeing == 1)
			look_after(lane, SECOND_LOOK_MS);
		else
			back_off(lane);
		return;
	}
	step_end(lane->run, step, STEP_WAITING, "%s",
		 sends_now(step) ? "AWS took it, and still holds it as pending"
				 : "waits for the maintenance window");
	lane_next(lane);
}

/* The call of unknown outcome had no effect: so it may be sent again. */
static void not_applied(struct lane *lane, struct run_step *step)
{
	struct run *run = lane->run;

	if (run_journal(run, step, "not_applied", NULL) < 0)
		return;
	step->sent = false;
	if (run->resuming || step->doubts >= DOUBTS_MAX) {
		step_end(run, step, run->resuming ? STEP_SKIPPED : STEP_FAILED,
			 "%s",
			 run->resuming
				 ? "did not happen: the run was cut off"
				 : "AWS did not answer, and nothing changed");
		lane_next(lane);
		return;
	}
	/* stays doubted: should it come late, READY finds it done */
	enter(lane, LANE_READY, 0);
}

static void settle_unchanged(struct lane *lane, struct run_step *step)
{
	struct strbuf CLEANUP(strbuf_release) seen = STRBUF_INIT(LIMIT_MESSAGE);

	if (step->refusal && stands(lane, 2, 0)) {
		step_end(lane->run, step, STEP_FAILED, "%s", step->refusal);
		lane_next(lane);
		return;
	}
	if (step->doubted && lane->verdict == VERDICT_BEFORE &&
	    stands(lane, NOT_APPLIED_LOOKS, NOT_APPLIED_MS)) {
		not_applied(lane, step);
		return;
	}
	if (!stands(lane, 2, STALL_MS) && !past_deadline(lane)) {
		back_off(lane);
		return;
	}
	show_seen(step, &seen);
	step_end(lane->run, step, step->doubted ? STEP_UNKNOWN : STEP_FAILED,
		 "%s: %s",
		 step->doubted
			 ? "AWS did not answer, and the value did not change"
			 : "AWS accepted the call but the value did not change",
		 seen.buf);
	lane_next(lane);
}

static void settle_other(struct lane *lane, struct run_step *step)
{
	struct strbuf CLEANUP(strbuf_release) seen = STRBUF_INIT(LIMIT_MESSAGE);

	if (!stands(lane, 3, CONFLICT_MS) && !past_deadline(lane)) {
		back_off(lane);
		return;
	}
	show_seen(step, &seen);
	step_end(lane->run, step, STEP_FAILED,
		 "%s, which is neither what was there nor what was planned: "
		 "somebody else changed it",
		 seen.len > 0 ? seen.buf : "another change is pending");
	lane_next(lane);
}

static void settle_lost(struct lane *lane, struct run_step *step)
{
	if (!stands(lane, 2, 0) && !past_deadline(lane)) {
		back_off(lane);
		return;
	}
	if (lane->verdict == VERDICT_GONE)
		step_end(lane->run, step, STEP_FAILED,
			 "%s is not there any more", step->plan->address);
	else
		step_end(lane->run, step, STEP_FAILED, "%s",
			 lane->why ? lane->why : "cannot be modified");
	lane_next(lane);
}

static void settle_busy(struct lane *lane, struct run_step *step)
{
	if (!past_deadline(lane)) {
		back_off(lane);
		return;
	}
	step_end(lane->run, step, step->doubted ? STEP_UNKNOWN : STEP_FAILED,
		 "not settled by the deadline: %s",
		 lane->why ? lane->why : "in progress");
	lane_next(lane);
}

static void settle(struct lane *lane, const struct live *live)
{
	struct run_step *step = current(lane);
	const struct resource *resource = step_resource(step, live);

	note_verdict(lane, look_verdict(lane, step, resource));
	switch (lane->verdict) {
	case VERDICT_AFTER:
		settle_after(lane, step, resource);
		break;
	case VERDICT_PENDING:
		settle_pending(lane, step);
		break;
	case VERDICT_BEFORE:
	case VERDICT_PARTLY:
		settle_unchanged(lane, step);
		break;
	case VERDICT_OTHER:
		settle_other(lane, step);
		break;
	case VERDICT_GONE:
	case VERDICT_BROKEN:
		settle_lost(lane, step);
		break;
	case VERDICT_BUSY:
	case VERDICT_NONE:
		settle_busy(lane, step);
		break;
	}
}

/* ---- CALL ------------------------------------------------------------- */

static const char *const outcome_names[] = {
	[AWS_OK] = "ok",
	[AWS_REFUSED] = "refused",
	[AWS_NOT_SENT] = "not_sent",
	[AWS_UNKNOWN] = "unknown",
};

static int journal_outcome(struct run *run, const struct run_step *step,
			   const struct aws_result *result)
{
	json_t *fields = json_object();

	json_object_set_new(fields, "outcome",
			    json_string(outcome_names[result->outcome]));
	json_object_set_new(fields, "status",
			    json_integer(result->http_status));
	json_object_set_new(fields, "code", json_from_text(result->code));
	json_object_set_new(fields, "message", json_from_text(result->message));
	json_object_set_new(fields, "request_id",
			    json_from_text(result->request_id));
	return run_journal(run, step, "outcome", fields);
}

/* "AccessDenied: not authorized to …", or what the client says. */
static char *refusal_text(const struct aws_result *result)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);

	if (*result->code)
		return xasprintf("%s: %s", result->code, result->message);
	if (result->error)
		error_message(result->error, &text);
	return xstrdup(text.buf);
}

/* The same codes, but nothing that waiting mends (catalogue: TF#30131). */
static bool hopeless_state(const char *message)
{
	return strstr(message, "healthy primary") ||
	       strstr(message, "pending orderable config change");
}

static void fail_call(struct lane *lane, struct run_step *step,
		      const struct aws_result *result)
{
	char CLEANUP(free_ptr) *text = refusal_text(result);

	step_end(lane->run, step, STEP_FAILED, "%s", text);
	if (result->class == AWS_CLASS_CREDENTIALS)
		run_stop(lane->run, "%s", text);
	lane_next(lane);
}

/* Refused for a reason that may pass: look again, then send again. */
static void call_again(struct lane *lane, struct run_step *step,
		       const struct aws_result *result)
{
	if (past_deadline(lane)) {
		fail_call(lane, step, result);
		return;
	}
	run_progress(lane->run, step, "waiting",
		     *result->code ? result->code : "AWS is busy");
	lane->phase = LANE_READY;
	back_off(lane);
}

static void call_refused(struct lane *lane, struct run_step *step,
			 const struct aws_result *result)
{
	int64_t now = clock_monotonic_ms();

	step->sent = false;
	if (result->class == AWS_CLASS_STATE &&
	    !hopeless_state(result->message)) {
		call_again(lane, step, result);
	} else if (result->class == AWS_CLASS_EVENTUAL &&
		   (step->eventual_ms == 0 ||
		    now - step->eventual_ms < EVENTUAL_MS)) {
		if (step->eventual_ms == 0)
			step->eventual_ms = now;
		call_again(lane, step, result);
	} else if (result->class == AWS_CLASS_EXISTS ||
		   result->class == AWS_CLASS_NOT_FOUND) {
		free(step->refusal);
		step->refusal = refusal_text(result);
		enter(lane, LANE_SETTLE, FIRST_LOOK_MS);
	} else {
		fail_call(lane, step, result);
	}
}

static void call_not_sent(struct lane *lane, struct run_step *step,
			  const struct aws_result *result)
{
	step->sent = false;
	if (run_interrupted(lane->run)) {
		step_end(lane->run, step, STEP_SKIPPED,
			 "not sent: interrupted");
		lane_next(lane);
	} else if (result->class == AWS_CLASS_THROTTLING) {
		call_again(lane, step, result);
	} else {
		fail_call(lane, step, result);
	}
}

static void call_done(void *ctx, const struct aws_result *result)
{
	struct lane *lane = ctx;
	struct run_step *step = current(lane);

	if (*result->request_id) {
		free(step->request_id);
		step->request_id = xstrdup(result->request_id);
	}
	/* a line that cannot be written halts the run; the step is then open */
	(void)journal_outcome(lane->run, step, result);
	switch (result->outcome) {
	case AWS_OK:
		step->doubted = false;
		enter(lane, LANE_SETTLE, FIRST_LOOK_MS);
		break;
	case AWS_UNKNOWN:
		step->doubted = true;
		step->doubts++;
		run_progress(lane->run, step, "unknown",
			     "no answer from AWS: finding out by reading");
		enter(lane, LANE_SETTLE, FIRST_LOOK_MS);
		break;
	case AWS_REFUSED:
		call_refused(lane, step, result);
		break;
	case AWS_NOT_SENT:
		call_not_sent(lane, step, result);
		break;
	}
}

static void send_step(struct lane *lane, struct run_step *step)
{
	/* the client keeps the pointers until the call is done */
	struct aws_call call = { .session = lane->watch->place->session,
				 .service = step->service,
				 .action = step->action,
				 .parameters = step->parameters,
				 .mutating = true,
				 .done = call_done,
				 .ctx = lane };

	if (run_journal(lane->run, step, "intent", NULL) < 0)
		return;
	step->sent = true;
	free(step->refusal);
	step->refusal = NULL;
	lane->phase = LANE_CALL;
	run_progress(lane->run, step, "sent", step->call);
	aws_start(lane->run->aws, &call);
}

/* ---- READY ------------------------------------------------------------ */

static void not_ready(struct lane *lane, struct run_step *step)
{
	if (past_deadline(lane)) {
		step_end(lane->run, step, STEP_FAILED,
			 "not sent: not modifiable by the deadline: %s",
			 lane->why ? lane->why : "in progress");
		lane_next(lane);
		return;
	}
	if (lane->agreeing == 1)
		run_progress(lane->run, step, "waiting", lane->why);
	back_off(lane);
}

/* The lane may be modified: compare on this very look, then send. */
static void ready(struct lane *lane, struct run_step *step,
		  const struct resource *resource)
{
	struct strbuf CLEANUP(strbuf_release) why = STRBUF_INIT(LIMIT_MESSAGE);
	enum verdict verdict = values_verdict(step, resource);

	if (step->doubted &&
	    (verdict == VERDICT_AFTER || verdict == VERDICT_PENDING)) {
		/* the call of unknown outcome came into effect late */
		step->sent = true;
		enter(lane, LANE_SETTLE, SECOND_LOOK_MS);
		return;
	}
	step_misfit(lane->run->plan, step, resource, &why);
	if (why.len > 0) {
		step_end(lane->run, step, STEP_FAILED,
			 "not sent: changed by somebody since the plan: %s",
			 why.buf);
		lane_next(lane);
		return;
	}
	if (!watch_take(lane->watch, clock_monotonic_ms())) {
		look_after(lane, 200);
		return;
	}
	send_step(lane, step);
}

static void become_ready(struct lane *lane, const struct live *live)
{
	struct run_step *step = current(lane);
	const struct resource *resource = step_resource(step, live);

	note_verdict(lane, look_verdict(lane, step, resource));
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
		ready(lane, step, resource);
		break;
	}
}

/* ---- the lane --------------------------------------------------------- */

/* The step that this one needs and that is not done, or NULL. */
static const struct run_step *missing_need(const struct run_step *step)
{
	for (size_t i = 0; i < step->needs_len; i++)
		if (step->needs[i]->state != STEP_DONE)
			return step->needs[i];
	return NULL;
}

/* Begin the present step, or skip it; false: its needs are still open. */
static bool begin(struct lane *lane)
{
	struct run_step *step = current(lane);
	const struct run_step *need = missing_need(step);

	if (step->sent) { /* of a resumed run */
		enter(lane, LANE_SETTLE, 0);
	} else if (lane->run->stop) {
		step_end(lane->run, step, STEP_SKIPPED, "not sent: %s",
			 lane->run->stop);
		lane_next(lane);
	} else if (need && need->state == STEP_OPEN) {
		return false;
	} else if (need) {
		step_end(lane->run, step, STEP_SKIPPED,
			 "not sent: step %zu, which it needs, is %s",
			 need->index, step_state_name(need->state));
		lane_next(lane);
	} else {
		enter(lane, LANE_READY, 0);
	}
	return true;
}

void lane_tick(struct lane *lane)
{
	if (lane->phase == LANE_READY && lane->run->stop) {
		step_end(lane->run, current(lane), STEP_SKIPPED, "not sent: %s",
			 lane->run->stop);
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
		settle(lane, live);
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
	step = current(lane);
	if (err->code == ERR_CREDENTIALS || err->code == ERR_INTERRUPTED) {
		run_halt(lane->run, err);
		return;
	}
	error_message(err, &text);
	lane->blind++;
	lane->agreeing = 0;
	if (lane->phase == LANE_READY &&
	    (lane->blind >= BLIND_MAX || past_deadline(lane))) {
		step_end(lane->run, step, STEP_FAILED,
			 "not sent: cannot read it: %s", text.buf);
		lane_next(lane);
	} else if (past_deadline(lane)) {
		step_end(lane->run, step, STEP_UNKNOWN,
			 "cannot be read by the deadline: %s", text.buf);
		lane_next(lane);
	} else {
		back_off(lane);
	}
}
