/* How a run ended: of each step, of each change, and as a whole. */
#include <string.h>

#include "core/clock.h"
#include "plans/execute_run.h"

static bool any(const struct run_step *steps, size_t len, enum step_state state)
{
	for (size_t i = 0; i < len; i++)
		if (steps[i].state == state)
			return true;
	return false;
}

static bool all(const struct run_step *steps, size_t len, enum step_state state)
{
	for (size_t i = 0; i < len; i++)
		if (steps[i].state != state)
			return false;
	return true;
}

/* All that a step may have done is taken back, or was seen not to be there. */
static bool backed_out(const struct run *run)
{
	for (size_t i = 0; i < run->undo_len; i++)
		if (run->undo[i].state != STEP_DONE &&
		    run->undo[i].state != STEP_WAITING &&
		    !run->undo[i].left_behind)
			return false;
	return run->undo_len > 0;
}

const char *record_state(const struct run *run)
{
	if (any(run->steps, run->steps_len, STEP_OPEN) ||
	    any(run->undo, run->undo_len, STEP_OPEN))
		return "unfinished";
	if (run->undo && backed_out(run))
		return any(run->undo, run->undo_len, STEP_WAITING)
			       ? "waiting"
			       : "backed_out";
	if (run->undo)
		return "failed";
	/* such as by its health check, whose word is missing where it was cut
	 * off */
	if (run->breached || run_is_unchecked(run))
		return "failed";
	if (all(run->steps, run->steps_len, STEP_DONE))
		return "done";
	for (size_t i = 0; i < run->steps_len; i++)
		if (run->steps[i].state != STEP_DONE &&
		    run->steps[i].state != STEP_WAITING &&
		    !run->steps[i].left_out)
			return "failed";
	return "waiting";
}

/* Of an unfinished run, a step may be open that never left. */
static enum step_state known_state(const struct run_step *step)
{
	if (step->state != STEP_OPEN)
		return step->state;
	return step->sent ? STEP_UNKNOWN : STEP_SKIPPED;
}

static json_t *step_result(const struct run *run, const struct run_step *step)
{
	const char *reason = step->reason;
	json_t *result;

	if (step->state == STEP_OPEN && !step->sent)
		reason = run->stop ? run->stop : "not sent";
	result = json_pack("{s:I, s:s, s:o, s:o, s:b}", "index",
			   (json_int_t)step->index, "state",
			   step_state_name(known_state(step)), "reason",
			   json_from_text(reason), "request_id",
			   json_from_text(step->request_id), "sent",
			   (int)(step->sent || step->doubted));
	if (run->waves && !step->undo)
		json_object_set_new(result, "wave",
				    json_integer((json_int_t)step_wave(step)));
	return result;
}

static json_t *steps_result(const struct run *run, const struct run_step *steps,
			    size_t len)
{
	json_t *result = json_array();

	for (size_t i = 0; i < len; i++)
		json_array_append_new(result, step_result(run, &steps[i]));
	return result;
}

/* ---- one change over all its steps ------------------------------------- */

static const struct step_value *value_of(const struct run_step *step,
					 const struct plan_change *change)
{
	for (size_t i = 0; i < step->values_len; i++)
		if (step->values[i].change == change)
			return &step->values[i];
	return NULL;
}

static void count_step(struct change_end *end, const struct run_step *step)
{
	switch (known_state(step)) {
	case STEP_DONE:
		end->done++;
		break;
	case STEP_WAITING:
		end->waiting++;
		break;
	case STEP_FAILED:
		end->failed++;
		break;
	case STEP_SKIPPED:
		end->skipped++;
		break;
	case STEP_OPEN:
	case STEP_UNKNOWN:
		end->unknown++;
		break;
	}
}

struct change_end change_end(const struct run *run,
			     const struct plan_change *change)
{
	struct change_end end = { 0 };

	for (size_t i = 0; i < change->steps_len; i++) {
		const struct run_step *step = &run->steps[change->steps[i]];
		const struct step_value *value = value_of(step, change);

		if (!value)
			continue;
		count_step(&end, step);
		end.was_sent |= step->sent || step->doubted;
		if (value->seen)
			end.seen = value->seen;
	}
	for (size_t i = change->steps_len; i-- > 0;) {
		const struct run_step *undo = undo_of(run, change->steps[i]);
		const struct step_value *value =
			undo ? value_of(undo, change) : NULL;

		if (!value)
			continue;
		if (undo->left_behind)
			continue;
		if (undo->state == STEP_WAITING)
			end.undone_waiting++;
		else if (undo->state == STEP_DONE)
			end.undone++;
		else
			end.not_undone++;
		if (value->seen)
			end.seen = value->seen;
	}
	return end;
}

/* "done", "failed", "waiting", "skipped", "unknown", "backed_out" */
static const char *change_state(const struct change_end *end)
{
	if (end->undone_waiting > 0 && end->not_undone == 0)
		return "waiting";
	if (end->undone > 0 && end->not_undone == 0)
		return "backed_out";
	if (end->failed > 0)
		return "failed";
	if (end->unknown > 0)
		return "unknown";
	if (end->skipped > 0)
		return end->done + end->waiting > 0 ? "failed" : "skipped";
	return end->waiting > 0 ? "waiting" : "done";
}

static json_t *changes_result(const struct run *run)
{
	json_t *result = json_array();

	for (size_t i = 0; i < run->plan->changes_len; i++) {
		const struct plan_change *change = &run->plan->changes[i];
		struct change_end end = change_end(run, change);

		json_array_append_new(
			result,
			json_pack("{s:s, s:s, s:s, s:s, s:O}", "target",
				  change->target, "address", change->address,
				  "setting", change->setting, "state",
				  change_state(&end), "value",
				  end.seen ? end.seen : change->before));
	}
	return result;
}

json_t *record_result(const struct run *run)
{
	char now[CLOCK_TEXT_MAX];
	json_t *result = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o}", "format", "aback-result/1",
		"change", run->change_id, "state", record_state(run),
		"finished_at", clock_rfc3339(clock_now(), now), "steps",
		steps_result(run, run->steps, run->steps_len), "changes",
		changes_result(run));

	if (run->resuming)
		json_object_set_new(result, "resumed", json_true());
	if (run_tolerates(run))
		json_object_set_new(result, "tolerated", json_true());
	if (run->waves)
		json_object_set_new(result, "waves", waves_result(run));
	if ((run->waves || run->confirm_by) && (run->stopped || run->stop))
		json_object_set_new(result, "stopped",
				    json_from_text(run->stopped ? run->stopped
								: run->stop));
	if (run->undo)
		json_object_set_new(
			result, "backout",
			steps_result(run, run->undo, run->undo_len));
	return result;
}
