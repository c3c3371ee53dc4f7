/* Carrying out a plan, from the lock to the last commit. */
#include "plans/execute.h"

#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/preflight.h"
#include "state/record.h"

void execute_result_release(struct execute_result *result)
{
	free(result->change_id);
	json_decref(result->result);
	error_release(&result->trouble);
	*result = (struct execute_result){ 0 };
}

/* ---- places ----------------------------------------------------------- */

json_t *plan_paths(const struct plan *plan, const struct places *places)
{
	json_t CLEANUP(json_release) *paths = json_array();

	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct place *place =
			places_find(places, plan->steps[i].target);

		if (place)
			json_array_append_new(paths, json_string(place->path));
	}
	return json_sorted_set(paths);
}

/* The plan's places are those that were opened: same account, same region. */
static int check_places(const struct plan *plan, const struct places *places,
			struct error *err)
{
	for (size_t i = 0; i < plan->targets_len; i++) {
		const struct target *target = &plan->targets[i];
		const struct place *place = places_find(places, target->name);

		if (!place ||
		    strcmp(place->account_id, target->account_id) != 0 ||
		    strcmp(place->region, target->region) != 0)
			return error_set(err, ERR_WRONG_PLACE,
					 "the plan is for account %s in %s "
					 "(target '%s')%s%s%s%s",
					 target->account_id, target->region,
					 target->name,
					 place ? ", this is account "
					       : ", which was not opened",
					 place ? place->account_id : "",
					 place ? " in " : "",
					 place ? place->region : "");
	}
	for (size_t i = 0; i < plan->steps_len; i++)
		if (!places_find(places, plan->steps[i].target))
			return error_set(err, ERR_WRONG_PLACE,
					 "the plan has a step in '%s', which "
					 "is no place of its targets",
					 plan->steps[i].target);
	return 0;
}

/* ---- before the first call -------------------------------------------- */

/*
 * Under the lock, and once more, for with it came what others did since the
 * check. Then live, and whether the plan still fits it.
 */
static int still_fits(struct run *run, const struct desired *desired,
		      struct live **ret_live, struct error *err)
{
	struct live CLEANUP(live_cleanup) *live = NULL;

	if (execute_check(run->plan, desired, run->store, run->options, err) <
	    0)
		return -1;
	if (plan_observe(run->aws, run->places, run->plan, &live, err) < 0)
		return -1;
	if (check_waiting(run->store, run->plan, live, err) < 0 ||
	    plan_fits(run->plan, live, err) < 0 ||
	    check_limit(run->plan, desired, live, err) < 0 ||
	    run_init(run, live, err) < 0 || waves_make(run, live, err) < 0)
		return -1;
	if (run_interrupted(run))
		return error_set(err, ERR_INTERRUPTED,
				 "interrupted before anything was changed");
	*ret_live = TAKE(live);
	return 0;
}

/* The way back becomes durable; from here on the change exists. */
static int begin(struct run *run, const struct live *live, const char *bytes,
		 size_t len, struct error *err)
{
	if (run->options->confirm_within_s > 0)
		run->confirm_by = clock_onward_ms() / 1000 +
				  run->options->confirm_within_s;
	aws_set_change(run->aws, run->change_id);
	if (run_narrow(run, live, err) < 0)
		return -1;
	run->change = record_change(run);
	if (record_begin(run, bytes, len, err) < 0)
		return error_wrap(err, "recording the prior state; nothing was "
				       "changed");
	run_progress(run, NULL, "recorded", run->change_id);
	return 0;
}

/* ---- the run ---------------------------------------------------------- */

/*
 * It failed and is to be taken back then, or nobody can confirm it any more;
 * and something may be done.
 */
static bool wants_undo(const struct run *run)
{
	if (!run->breached || run->halt ||
	    (run->options->on_failure != ON_FAILURE_BACKOUT && !run->expired))
		return false;
	for (size_t i = 0; i < run->steps_len; i++)
		if (step_acted(&run->steps[i]))
			return true;
	return false;
}

static int drive_steps(struct run *run, const struct live *live,
		       struct error *err)
{
	if (run->waves)
		return waves_drive(run, live, err);
	run_drive(run);
	return 0;
}

static void drive(struct run *run, const struct live *live)
{
	struct error CLEANUP(error_release) err = ERROR_INIT;

	/*
	 * Without a journal nothing may be sent: the change is left to resume,
	 * which finds that nothing was.
	 */
	if (journal_open(run->store, run->change_id, &run->journal, &err) < 0 ||
	    drive_steps(run, live, &err) < 0) {
		run_halt(run, &err);
		return;
	}
	if (wants_undo(run)) {
		char CLEANUP(free_ptr) *text =
			xasprintf("what was done is taken back: %s", run->stop);

		run_progress(run, NULL, "backing out", text);
		if (undo_make(run, &err) < 0 || undo_drive(run, live, &err) < 0)
			run_halt(run, &err);
	}
}

/*
 * What was accounted for by somebody else stays as they recorded it; what only
 * we know stays in the running journal.
 */
static int record_ours(struct run *run, const json_t *result, bool *ret_pushed,
		       struct error *err)
{
	*ret_pushed = true;
	if (!run_is_ours(run, true))
		return -1;
	if (record_end(run, result, ret_pushed, err) < 0)
		return error_wrap(err, "recording how the change %s ended",
				  run->change_id);
	return 0;
}

void run_finish(struct run *run, struct execute_result *ret_result)
{
	struct error CLEANUP(error_release) err = ERROR_INIT;
	json_t *result = ret_result->result = record_result(run);

	ret_result->change_id = xstrdup(run->change_id);
	ret_result->state = record_state(run);
	if (record_ours(run, result, &ret_result->pushed, &err) < 0) {
		ret_result->state = "unfinished";
		json_object_set_new(result, "state",
				    json_string(ret_result->state));
	} else if (strcmp(ret_result->state, "unfinished") != 0 &&
		   lock_release(run->lock, &err) < 0) {
		error_wrap(&err, "the change %s is recorded", run->change_id);
	}
	if (error_is_set(&err) && !error_is_set(&run->trouble))
		error_copy(&run->trouble, &err);
	error_copy(&ret_result->trouble, &run->trouble);
}

int execute_plan(struct aws *aws, const struct places *places,
		 const struct plan *plan, const char *bytes, size_t len,
		 const struct desired *desired, struct store *store,
		 const struct execute_options *options,
		 struct execute_result *ret_result, struct error *err)
{
	char CLEANUP(free_ptr) *id = NULL;
	json_t CLEANUP(json_release) *paths = plan_paths(plan, places);
	struct live CLEANUP(live_cleanup) *live = NULL;
	struct error CLEANUP(error_release) second = ERROR_INIT;
	struct run CLEANUP(run_release) run = { .aws = aws,
						.places = places,
						.plan = plan,
						.store = store,
						.options = options };

	*ret_result = (struct execute_result){ 0 };
	if (plan->steps_len == 0)
		return error_set(err, ERR_USAGE,
				 "the plan has no steps: there is nothing to "
				 "apply");
	if (record_next_id(store, clock_now(), &id, err) < 0)
		return -1;
	run.change_id = id;
	if (execute_check(plan, desired, store, options, err) < 0 ||
	    check_places(plan, places, err) < 0 ||
	    run_lock(&run, paths, err) < 0)
		return -1;
	if (still_fits(&run, desired, &live, err) < 0 ||
	    preflight(&run, live, err) < 0 ||
	    begin(&run, live, bytes, len, err) < 0) {
		run_widen(&run);
		if (lock_release(run.lock, &second) < 0) {
			struct strbuf CLEANUP(strbuf_release) text =
				STRBUF_INIT(LIMIT_MESSAGE);

			if (err->hint)
				strbuf_addf(&text, "%s; ", err->hint);
			strbuf_adds(&text, "the lock stays: ");
			error_message(&second, &text);
			error_hint(err, "%s", text.buf);
		}
		return -1;
	}
	drive(&run, live);
	run_finish(&run, ret_result);
	run_widen(&run);
	return 0;
}
