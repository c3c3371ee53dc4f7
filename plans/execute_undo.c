/*
 * --on-failure backout: what the steps of a failed run did, taken back. That
 * is also what a step left to the window, and what one did that failed or of
 * which nobody knows: live says what of it is there.
 */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/value.h"

bool step_acted(const struct run_step *step)
{
	switch (step->state) {
	case STEP_DONE:
	case STEP_WAITING:
	case STEP_UNKNOWN:
		return true;
	case STEP_FAILED:
		/* a doubted call may have come into effect late */
		return step->sent || step->doubted;
	case STEP_OPEN:
	case STEP_SKIPPED:
		break;
	}
	return false;
}

/* What the backout call makes of the value that the step left. */
static int undo_value(struct run_step *undo, const struct step_value *done,
		      struct step_value *ret, struct error *err)
{
	json_t *after =
		kind_after(undo->ops, done->change->facts, undo->call,
			   undo->parameters, done->setting, done->after);

	if (!after || !value_equal(done->setting, after, done->before)) {
		json_decref(after);
		return error_set(err, ERR_EDITED,
				 "the backout of step %zu does not bring back "
				 "%s",
				 undo->index, done->setting->name);
	}
	*ret = (struct step_value){ .change = done->change,
				    .setting = done->setting,
				    .before = json_incref(done->after),
				    .after = after,
				    .takes_back = done->after };
	return 0;
}

/* Is all that the step did of what a backout leaves? */
static bool stays(const struct run_step *done)
{
	for (size_t i = 0; i < done->values_len; i++)
		if (!done->values[i].setting->left_behind)
			return false;
	return true;
}

static int undo_step(struct run_step *undo, const struct run_step *done,
		     struct error *err)
{
	const struct plan_step *of = done->plan;

	undo->index = done->index;
	undo->plan = of;
	undo->undo = true;
	undo->maybe = done->state != STEP_DONE;
	undo->ops = done->ops;
	undo->session = done->session;
	undo->values = xcalloc(done->values_len, sizeof(*undo->values));
	if (!of->backout_call) {
		undo->state = STEP_SKIPPED;
		undo->left_behind = stays(done);
		undo->reason = xstrdup(of->backout_reason
					       ? of->backout_reason
					       : "the plan has no way back");
		return 0;
	}
	if (step_call(undo, of->backout_call, of->backout_parameters, err) < 0)
		return -1;
	for (; undo->values_len < done->values_len; undo->values_len++)
		if (undo_value(undo, &done->values[undo->values_len],
			       &undo->values[undo->values_len], err) < 0)
			return -1;
	return 0;
}

/* They are in the order of the plan's steps. */
struct run_step *undo_of(const struct run *run, size_t index)
{
	size_t low = 0, high = run->undo_len;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (run->undo[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < run->undo_len && run->undo[low].index == index
		       ? &run->undo[low]
		       : NULL;
}

/* What needed a step is taken back before it. */
static void undo_needs(struct run *run)
{
	for (size_t i = 0; i < run->undo_len; i++) {
		struct run_step *later = &run->undo[i];
		const struct run_step *done = &run->steps[later->index];

		for (size_t n = 0; n < done->needs_len; n++) {
			struct run_step *undo =
				undo_of(run, done->needs[n]->index);
			size_t cap = undo ? undo->needs_len : 0;

			if (!undo || later->left_behind)
				continue;
			GROW(undo->needs, undo->needs_len, cap);
			undo->needs[undo->needs_len++] = later;
		}
	}
}

int undo_make(struct run *run, struct error *err)
{
	run->undo = xcalloc(run->steps_len + 1, sizeof(*run->undo));
	for (size_t i = 0; i < run->steps_len; i++) {
		if (!step_acted(&run->steps[i]))
			continue;
		if (undo_step(&run->undo[run->undo_len++], &run->steps[i],
			      err) < 0)
			return -1;
	}
	undo_needs(run);
	return 0;
}

int undo_drive(struct run *run, const struct live *live, struct error *err)
{
	int64_t seconds = run->options->deadline_s;

	run->undoing = true;
	run->deadline_ms =
		clock_monotonic_ms() + (seconds > 0 ? seconds : 3600) * 1000;
	run->stopped = TAKE(run->stop);
	if (run_lanes(run, run->undo, run->undo_len, live, true, err) < 0)
		return -1;
	run_drive(run);
	return 0;
}
