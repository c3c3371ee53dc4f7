/* A plan's steps, their values, and the lanes that they go in. */
#include <assert.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"

static const char *const state_names[] = {
	[STEP_OPEN] = "open",       [STEP_DONE] = "done",
	[STEP_WAITING] = "waiting", [STEP_FAILED] = "failed",
	[STEP_SKIPPED] = "skipped", [STEP_UNKNOWN] = "unknown",
};

const char *step_state_name(enum step_state state)
{
	return state_names[state];
}

enum step_state step_state_of(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(state_names); i++)
		if (strcmp(state_names[i], name) == 0)
			return (enum step_state)i;
	return STEP_OPEN;
}

/* ---- steps ------------------------------------------------------------ */

/* The change's value before and after the step: what came earlier is done. */
static int value_around(const struct plan *plan,
			const struct plan_change *change,
			const struct run_step *step, struct step_value *ret,
			struct error *err)
{
	const struct setting *setting;
	json_t CLEANUP(json_release) *value = json_incref(change->before);

	if (catalogue_find(step->ops->kind, change->setting, &setting, err) < 0)
		return -1;
	for (size_t i = 0; i < change->steps_len; i++) {
		const struct plan_step *call = &plan->steps[change->steps[i]];
		json_t *next;

		if (change->steps[i] > step->index)
			continue;
		next = kind_after(step->ops, change->facts, call->call,
				  call->parameters, setting, value);
		if (!next)
			return error_set(err, ERR_EDITED,
					 "step %zu of the plan is no call that "
					 "%s can have",
					 change->steps[i], change->address);
		if (change->steps[i] == step->index) {
			*ret = (struct step_value){ .change = change,
						    .setting = setting,
						    .before = TAKE(value),
						    .after = next,
						    .takes_back =
							    change->pending };
			return 0;
		}
		json_decref(value);
		value = next;
	}
	assert(false && "a change names the step");
	return -1;
}

static int add_value(const struct plan *plan, const struct plan_change *change,
		     struct run_step *step, struct error *err)
{
	size_t cap = step->values_len;

	if (strcmp(change->target, step->plan->target) != 0 ||
	    strcmp(change->address, step->plan->address) != 0)
		return error_set(err, ERR_EDITED,
				 "the change of %s:%s names step %zu, "
				 "which is of %s",
				 change->address, change->setting, step->index,
				 step->plan->address);
	GROW(step->values, step->values_len, cap);
	if (value_around(plan, change, step, &step->values[step->values_len],
			 err) < 0)
		return -1;
	step->foretold = step->values[step->values_len].setting->foretold;
	step->once = step->values[step->values_len].setting->once;
	step->values_len++;
	return 0;
}

/* Each change to the steps that it names. */
static int steps_values(struct run *run, struct error *err)
{
	const struct plan *plan = run->plan;

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		for (size_t k = 0; k < change->steps_len; k++)
			if (add_value(plan, change,
				      &run->steps[change->steps[k]], err) < 0)
				return -1;
	}
	for (size_t i = 0; i < run->steps_len; i++)
		if (run->steps[i].values_len == 0)
			return error_set(
				err, ERR_EDITED,
				"step %zu of the plan serves no change", i);
	return 0;
}

/*
 * Steps of changes that only follow from others, and whose consent was not
 * given, are left out.
 */
static void leave_out(struct run *run)
{
	const json_t *allow = run->change
				      ? json_object_get(run->change, "allow")
				      : run->options->allow;

	if (json_array_has(allow, "restart"))
		return;
	for (size_t i = 0; i < run->plan->changes_len; i++) {
		const struct plan_change *change = &run->plan->changes[i];

		if (!json_array_has(change->consent, "restart") ||
		    !plan_change_follows(change))
			continue;
		for (size_t k = 0; k < change->steps_len; k++) {
			struct run_step *step = &run->steps[change->steps[k]];

			step->left_out = true;
			step->state = STEP_SKIPPED;
			step->reason = xasprintf(
				"left out, since it restarts %s and '--allow "
				"restart' was not given; a rule with '%s: "
				"false' plans it again",
				change->address, change->setting);
		}
	}
}

int step_call(struct run_step *step, const char *call, const json_t *parameters,
	      struct error *err)
{
	const char *colon = strchr(call, ':');

	if (!colon)
		return error_set(err, ERR_EDITED,
				 "step %zu has the call '%s', which is not "
				 "of the form service:Action",
				 step->index, call);
	step->call = call;
	step->service = xstrndup(call, (size_t)(colon - call));
	step->action = colon + 1;
	step->parameters = parameters;
	return 0;
}

static int step_init(struct run *run, size_t index, struct error *err)
{
	struct run_step *step = &run->steps[index];
	const struct plan_step *of = &run->plan->steps[index];
	struct address CLEANUP(address_release) at = { 0 };

	if (address_parse(of->address, &at, err) < 0)
		return -1;
	step->index = index;
	step->plan = of;
	step->ops = at.ops;
	if (step_call(step, of->call, of->parameters, err) < 0)
		return -1;
	if (of->needs_len > 0)
		step->needs = xcalloc(of->needs_len, sizeof(*step->needs));
	for (size_t i = 0; i < of->needs_len; i++) {
		if (of->needs[i] >= index)
			return error_set(err, ERR_EDITED,
					 "step %zu of the plan needs a step "
					 "that does not come before it",
					 index);
		step->needs[step->needs_len++] = &run->steps[of->needs[i]];
	}
	return 0;
}

static void steps_release(struct run_step *steps, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct run_step *step = &steps[i];

		for (size_t k = 0; k < step->values_len; k++) {
			json_decref(step->values[k].before);
			json_decref(step->values[k].after);
			json_decref(step->values[k].seen);
		}
		free(step->values);
		free(step->needs);
		free(step->service);
		free(step->reason);
		free(step->request_id);
		free(step->refusal);
	}
	free(steps);
}

int run_init(struct run *run, const struct live *live, struct error *err)
{
	const struct plan *plan = run->plan;
	int64_t seconds = run->options->deadline_s;

	seconds = seconds > 0 ? seconds : 3600;
	if (run->options->confirm_within_s > 0 &&
	    run->options->confirm_within_s < seconds)
		seconds = run->options->confirm_within_s;
	run->deadline_ms = clock_monotonic_ms() + seconds * 1000;
	run->steps = xcalloc(plan->steps_len + 1, sizeof(*run->steps));
	run->steps_len = plan->steps_len;
	for (size_t i = 0; i < plan->steps_len; i++)
		if (step_init(run, i, err) < 0)
			return -1;
	if (steps_values(run, err) < 0)
		return -1;
	leave_out(run);
	return run_lanes(run, run->steps, run->steps_len, live, false, err);
}

static void lanes_release(struct run *run)
{
	for (size_t i = 0; i < run->watches_len; i++) {
		struct watch *watch = &run->watches[i];

		for (size_t k = 0; k < watch->len; k++) {
			free(watch->lanes[k].name);
			free(watch->lanes[k].steps);
			free(watch->lanes[k].why);
		}
		free(watch->lanes);
		free(watch->asked);
		free(watch->names);
	}
	free(run->watches);
	run->watches = NULL;
	run->watches_len = run->watches_cap = 0;
}

void run_release(struct run *run)
{
	lanes_release(run);
	steps_release(run->steps, run->steps_len);
	steps_release(run->undo, run->undo_len);
	waves_free(run->waves);
	free(run->stop);
	free(run->stopped);
	json_decref(run->sessions);
	json_decref(run->change);
	json_decref(run->preflight);
	journal_free(run->journal);
	lock_free(run->lock);
	error_release(&run->trouble);
}

/* ---- lanes ------------------------------------------------------------ */

static struct watch *watch_of(struct run *run, const struct place *place,
			      enum kind lane_kind)
{
	for (size_t i = 0; i < run->watches_len; i++)
		if (run->watches[i].place == place &&
		    run->watches[i].lane_kind == lane_kind)
			return &run->watches[i];
	GROW(run->watches, run->watches_len, run->watches_cap);
	struct watch *watch = &run->watches[run->watches_len++];

	*watch = (struct watch){ .run = run,
				 .place = place,
				 .lane_kind = lane_kind };
	return watch;
}

/* Takes name. The lanes stay sorted by name, so that a look finds them. */
static struct lane *lane_of(struct watch *watch, char *name)
{
	size_t low = 0, high = watch->len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(watch->lanes[middle].name, name);

		if (order == 0) {
			free(name);
			return &watch->lanes[middle];
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	GROW(watch->lanes, watch->len, watch->cap);
	memmove(&watch->lanes[low + 1], &watch->lanes[low],
		(watch->len - low) * sizeof(*watch->lanes));
	watch->len++;
	watch->lanes[low] = (struct lane){ .run = watch->run, .name = name };
	return &watch->lanes[low];
}

static int add_to_lane(struct run *run, struct run_step *step,
		       const struct live *live, struct error *err)
{
	const struct plan_step *of = step->plan;
	const struct place *place = places_find(run->places, of->target);
	const struct resource *resource =
		live_find(live, of->target, of->address);

	if (!place)
		return error_set(err, ERR_WRONG_PLACE,
				 "the plan has a step in '%s', which is no "
				 "place that was opened",
				 of->target);
	/* whoever resumes may find that a resource is gone: a lane of its own
	 */
	char *name =
		resource ? step->ops->lane(resource) : xstrdup(of->address);
	struct watch *watch = watch_of(run, place, step->ops->lane_kind);
	struct lane *lane = lane_of(watch, name);

	GROW(lane->steps, lane->len, lane->cap);
	lane->steps[lane->len++] = step;
	return 0;
}

/* Lanes and watches have stopped moving: point back at them. */
static void link_lanes(struct run *run)
{
	for (size_t i = 0; i < run->watches_len; i++) {
		struct watch *watch = &run->watches[i];

		for (size_t k = 0; k < watch->len; k++) {
			struct lane *lane = &watch->lanes[k];

			lane->watch = watch;
			for (size_t n = 0; n < lane->len; n++)
				lane->steps[n]->lane = lane;
		}
	}
}

int run_lanes(struct run *run, struct run_step *steps, size_t len,
	      const struct live *live, bool backwards, struct error *err)
{
	lanes_release(run);
	run->ended = 0;
	for (size_t i = 0; i < run->steps_len; i++)
		run->ended += run->steps[i].state != STEP_OPEN;
	for (size_t i = 0; i < len; i++) {
		struct run_step *step = &steps[backwards ? len - 1 - i : i];

		if (step->state == STEP_OPEN && step->stage <= run->stage &&
		    add_to_lane(run, step, live, err) < 0)
			return -1;
	}
	link_lanes(run);
	return 0;
}

/* ---- driving ---------------------------------------------------------- */

void run_stop(struct run *run, const char *fmt, ...)
{
	va_list ap;

	if (run->stop)
		return;
	va_start(ap, fmt);
	run->stop = xvasprintf(fmt, ap);
	va_end(ap);
}

void run_halt(struct run *run, const struct error *err)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);

	error_message(err, &text);
	run_stop(run, "%s", text.buf);
	run->halt = true;
	if (!error_is_set(&run->trouble))
		error_copy(&run->trouble, err);
}

bool run_interrupted(const struct run *run)
{
	return run->options->interrupted && *run->options->interrupted;
}

void run_progress(const struct run *run, const struct run_step *step,
		  const char *state, const char *text)
{
	struct execute_progress progress = { .state = state,
					     .text = text ? text : "",
					     .done = run->ended,
					     .total = run->steps_len };

	if (!run->options->progress)
		return;
	if (step) {
		progress.target = step->plan->target;
		progress.address = step->plan->address;
	}
	run->options->progress(run->options->progress_ctx, &progress);
}

int run_journal_line(struct run *run, const char *event, bool durable,
		     json_t *fields)
{
	char now[CLOCK_TEXT_MAX];
	json_t CLEANUP(json_release) *line = fields;
	struct error CLEANUP(error_release) err = ERROR_INIT;

	json_object_set_new(line, "event", json_string(event));
	json_object_set_new(line, "at",
			    json_string(clock_rfc3339(clock_now(), now)));
	if ((durable ? journal_append(run->journal, line, &err)
		     : journal_note(run->journal, line, &err)) == 0)
		return 0;
	error_wrap(&err,
		   "nothing further is sent, for the journal of %s "
		   "cannot be written",
		   run->change_id);
	run_halt(run, &err);
	return -1;
}

int run_journal(struct run *run, const struct run_step *step, const char *event,
		json_t *fields)
{
	json_t *line = fields ? fields : json_object();
	/* how a step ended can be found out again, but never whether it began
	 */
	bool durable = strcmp(event, "settled") != 0;
	char CLEANUP(free_ptr) *name =
		xasprintf("%s%s", step->undo ? "backout_" : "", event);

	json_object_set_new(line, "step",
			    json_integer((json_int_t)step->index));
	return run_journal_line(run, name, durable, line);
}

static bool lanes_tick(struct run *run)
{
	bool calling = false, open = false;

	for (size_t i = 0; i < run->watches_len; i++)
		for (size_t k = 0; k < run->watches[i].len; k++) {
			struct lane *lane = &run->watches[i].lanes[k];

			lane_tick(lane);
			calling |= lane->phase == LANE_CALL ||
				   lane->phase == LANE_ASK;
			open |= lane->phase != LANE_OVER;
		}
	return run->halt ? calling : open;
}

static bool looking(const struct run *run)
{
	for (size_t i = 0; i < run->watches_len; i++)
		if (run->watches[i].looking)
			return true;
	return false;
}

static void say_interrupted(const struct run *run)
{
	if (aws_in_flight(run->aws))
		run_progress(
			run, NULL, "interrupted",
			"interrupted: waiting a moment for the answer to "
			"what is under way; a second Ctrl-C stops at once");
}

void run_drive(struct run *run)
{
	while (lanes_tick(run) || looking(run)) {
		int64_t now = clock_monotonic_ms(), due = INT64_MAX;

		run_expire(run);
		if (run_interrupted(run) && !run->halt) {
			struct error CLEANUP(error_release) err = ERROR_INIT;

			error_set(&err, ERR_INTERRUPTED, "interrupted");
			run_halt(run, &err);
			say_interrupted(run);
			continue;
		}
		for (size_t i = 0; i < run->watches_len && !run->halt; i++) {
			int64_t next = watch_tick(&run->watches[i], now);

			due = next < due ? next : due;
		}
		if (aws_in_flight(run->aws) > 0)
			aws_step(run->aws, due);
		else if (due != INT64_MAX && due > now)
			clock_sleep_ms(due - now);
	}
}
