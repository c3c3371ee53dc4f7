/* SETTLE: looking at what was sent until it is done, or cannot be. */
#include "core/limits.h"
#include "plans/execute_run.h"
#include "plans/value.h"

#define STALL_MS                                                            \
	(5 * INT64_C(60000))         /* settled for that long and unchanged \
				      */
#define CONFLICT_MS INT64_C(10000)   /* at what nobody planned */
#define NOT_APPLIED_MS INT64_C(5000) /* unchanged after an unknown outcome */
#define NOT_APPLIED_LOOKS 4
#define STATUS_MS INT64_C(5000) /* until members tell that they wait */
#define DOUBT_DELAY_MS 1250     /* between looks while that is found out */
#define DOUBTS_MAX 3 /* calls of one step that end without an answer */

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

/* Are all steps done that make effective what this one set? */
static bool is_served(const struct run *run, const struct run_step *cause)
{
	for (size_t i = 0; i < run->steps_len; i++) {
		const struct run_step *step = &run->steps[i];

		if (!step->foretold || step->state == STEP_DONE)
			continue;
		for (size_t n = 0; n < step->needs_len; n++)
			if (step->needs[n] == cause)
				return false;
	}
	return true;
}

/* Does live, as far as it was looked at, show the step's values waiting? */
static bool still_awaits(const struct run_step *step, const struct live *live)
{
	const struct resource *resource = step_resource(step, live);

	for (size_t i = 0; resource && i < step->values_len; i++)
		if (awaits_reboot(resource, step->values[i].change))
			return true;
	return false;
}

void step_end_causes(struct run *run, const struct run_step *step,
		     const struct live *live)
{
	for (size_t i = 0; step->foretold && i < step->needs_len; i++) {
		struct run_step *cause = step->needs[i];

		if (cause->state == STEP_WAITING && is_served(run, cause) &&
		    !still_awaits(cause, live))
			step_end(run, cause, STEP_DONE, "%s", "");
	}
}

/* Why what the step set does not work, as AWS says; NULL: it does. */
static const char *unhealthy(const struct run_step *step,
			     const struct resource *resource)
{
	const char *why = NULL;

	for (size_t i = 0; i < step->values_len && !why; i++)
		why = resource_unhealthy(resource, step->values[i].setting,
					 step->values[i].before,
					 step->values[i].after);
	return why;
}

/* It is as planned, but of no use; that may pass. */
static void settle_unhealthy(struct lane *lane, struct run_step *step,
			     const char *why)
{
	if (!lane_stands(lane, 3, CONFLICT_MS) && !lane_past_deadline(lane)) {
		lane_back_off(lane, DOUBT_DELAY_MS);
		return;
	}
	step_end(lane->run, step, STEP_FAILED, "it is set, but %s", why);
	lane_next(lane);
}

/* The value reads back twice: done, unless it takes a reboot. */
static void settle_after(struct lane *lane, struct run_step *step,
			 const struct resource *resource,
			 const struct live *live)
{
	if (!lane_stands(lane, 2, 0)) {
		lane_look_after(lane, SECOND_LOOK_MS);
		return;
	}
	if (step->refusal && !step->doubted) {
		/* ours to take back it is not: who did it knows why */
		step_end(lane->run, step, STEP_FAILED,
			 "somebody else did it meanwhile: %s", step->refusal);
		lane_next(lane);
		return;
	}
	const char *why = unhealthy(step, resource);

	if (why) {
		settle_unhealthy(lane, step, why);
		return;
	}
	for (size_t i = 0; i < step->values_len; i++)
		if (awaits_reboot(resource, step->values[i].change)) {
			step->stored = true;
			step_end(lane->run, step, STEP_WAITING,
				 "%s takes effect when the instances are "
				 "rebooted",
				 step->values[i].setting->name);
			lane_next(lane);
			return;
		}
	for (size_t i = 0; i < step->values_len; i++)
		if (might_await_reboot(resource, step->values[i].change) &&
		    !lane_stands(lane, 2, STATUS_MS) &&
		    !lane_past_deadline(lane)) {
			lane_look_after(lane, SECOND_LOOK_MS);
			return;
		}
	step_end(lane->run, step, STEP_DONE, "%s",
		 step->doubted ? "found done by reading" : "");
	step_end_causes(lane->run, step, live);
	lane_next(lane);
}

static bool is_slow(const struct run_step *step)
{
	for (size_t i = 0; i < step->values_len; i++)
		if (step->values[i].setting->slow)
			return true;
	return false;
}

static void settle_pending(struct lane *lane, struct run_step *step)
{
	bool over = lane_past_deadline(lane) ||
		    (!is_slow(step) && lane_stands(lane, 2, STALL_MS));

	if (!over && (applies_immediately(step->parameters) ||
		      !lane_stands(lane, 2, 0))) {
		if (lane->agreeing == 1)
			lane_look_after(lane, SECOND_LOOK_MS);
		else
			lane_back_off(lane, LONGEST_DELAY_MS);
		return;
	}
	step_end(lane->run, step, STEP_WAITING, "%s",
		 applies_immediately(step->parameters)
			 ? "AWS took it, and still holds it as pending"
			 : "waits for the maintenance window");
	lane_next(lane);
}

/* The call of unknown outcome had no effect: so it may be sent again. */
static void had_no_effect(struct lane *lane, struct run_step *step)
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
	lane_enter(lane, LANE_READY, 0);
}

/* What AWS says of a call that live shows no effect of. */
static void on_evidence(void *ctx, const char *evidence,
			const struct error *err)
{
	struct lane *lane = ctx;
	struct run_step *step = lane_step(lane);
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!evidence && !err) {
		had_no_effect(lane, step);
		return;
	}
	if (err)
		error_message(err, &text);
	step_end(lane->run, step, err ? STEP_UNKNOWN : STEP_FAILED,
		 err ? "AWS did not answer, and whether it was done cannot be "
		       "found out: %s"
		     : "AWS did it (%s), and still it is as before: it is not "
		       "done again",
		 err ? text.buf : evidence);
	lane_next(lane);
}

/* Where doing it again would do harm, live alone does not settle it. */
static void not_applied(struct lane *lane, struct run_step *step)
{
	if (!step->once) {
		had_no_effect(lane, step);
		return;
	}
	lane->phase = LANE_ASK;
	step->ops->happened(lane->run->aws, lane->watch->place,
			    step->parameters, step->sent_at, on_evidence, lane);
}

static void settle_unchanged(struct lane *lane, struct run_step *step)
{
	struct strbuf CLEANUP(strbuf_release) seen = STRBUF_INIT(LIMIT_MESSAGE);

	if (step->refusal && lane_stands(lane, 2, 0)) {
		step_end(lane->run, step, STEP_FAILED, "%s", step->refusal);
		lane_next(lane);
		return;
	}
	if (step->doubted && lane->verdict == VERDICT_BEFORE &&
	    lane_stands(lane, NOT_APPLIED_LOOKS, NOT_APPLIED_MS)) {
		not_applied(lane, step);
		return;
	}
	if (!lane_stands(lane, 2, STALL_MS) && !lane_past_deadline(lane)) {
		lane_back_off(lane, step->doubted ? DOUBT_DELAY_MS
						  : LONGEST_DELAY_MS);
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

/* Is what was seen what a later step makes of the same change? */
static bool later_left(const struct run *run, const struct run_step *step,
		       const struct step_value *value)
{
	for (size_t i = step->index + 1; value->seen && i < run->steps_len;
	     i++) {
		const struct run_step *later = &run->steps[i];

		for (size_t k = 0; k < later->values_len; k++)
			if (later->values[k].change == value->change &&
			    value_equal(value->setting, value->seen,
					later->values[k].after))
				return true;
	}
	return false;
}

/*
 * Without a journal nobody knows how far the run came. What a later step made
 * of the value shows that this one came before it.
 */
static bool was_overtaken(const struct run *run, const struct run_step *step)
{
	for (size_t i = 0; i < step->values_len; i++) {
		const struct step_value *value = &step->values[i];

		if (!(value->seen &&
		      value_equal(value->setting, value->seen, value->after)) &&
		    !later_left(run, step, value))
			return false;
	}
	return true;
}

static void settle_other(struct lane *lane, struct run_step *step)
{
	struct strbuf CLEANUP(strbuf_release) seen = STRBUF_INIT(LIMIT_MESSAGE);

	if (step->guessed && was_overtaken(lane->run, step) &&
	    lane_stands(lane, 2, 0)) {
		step_end(lane->run, step, STEP_DONE,
			 "found done by reading: what follows it is there");
		lane_next(lane);
		return;
	}
	if (!lane_stands(lane, 3, CONFLICT_MS) && !lane_past_deadline(lane)) {
		lane_back_off(lane, DOUBT_DELAY_MS);
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
	if (!lane_stands(lane, 2, 0) && !lane_past_deadline(lane)) {
		lane_back_off(lane, LONGEST_DELAY_MS);
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
	if (!lane_past_deadline(lane)) {
		lane_back_off(lane, LONGEST_DELAY_MS);
		return;
	}
	step_end(lane->run, step, step->doubted ? STEP_UNKNOWN : STEP_FAILED,
		 "not settled by the deadline: %s",
		 lane->why ? lane->why : "in progress");
	lane_next(lane);
}

void lane_settle(struct lane *lane, const struct live *live)
{
	struct run_step *step = lane_step(lane);
	const struct resource *resource = step_resource(step, live);

	lane_note(lane, lane_verdict(lane, step, resource));
	switch (lane->verdict) {
	case VERDICT_AFTER:
		settle_after(lane, step, resource, live);
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
