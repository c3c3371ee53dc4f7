/*
 * A change that was cut off: what its journal knows is taken over, what it does
 * not know is found out by reading, and nothing is sent. Where the journal is
 * lost, all of it is found out by reading.
 */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "state/record.h"

/* ---- the journal ------------------------------------------------------ */

static void replay_outcome(struct run_step *step, const json_t *event)
{
	const char *outcome = json_text(event, "outcome");
	const char *id = json_text(event, "request_id");
	const char *code = json_text(event, "code");
	const char *message = json_text(event, "message");
	const bool missed = json_is_true(json_object_get(event, "missed"));

	if (id && *id) {
		free(step->request_id);
		step->request_id = xstrdup(id);
	}
	step->unanswered = false;
	if (outcome && strcmp(outcome, "ok") == 0 && !missed) {
		step->doubted = false;
		step->sent = true;
	} else {
		/* an earlier call without an answer may still come about */
		step->doubted |= !outcome || strcmp(outcome, "unknown") == 0;
		step->sent = step->doubted;
	}
	free(step->reason);
	step->reason = step->sent ? NULL
				  : xasprintf("%s%s%s", code ? code : "",
					      code && *code ? ": " : "",
					      message ? message : "");
}

/* The first time that it may have left. */
static void replay_time(struct run_step *step, const char *at)
{
	struct error CLEANUP(error_release) err = ERROR_INIT;
	int64_t when;

	if (!step->sent_at && at && clock_parse(at, &when, &err) == 0)
		step->sent_at = when;
}

/* One line of the journal on its step. Lines come in order. */
static void replay(struct run_step *step, const char *event, const json_t *line)
{
	const char *reason = json_text(line, "reason");

	if (strcmp(event, "intent") == 0) {
		step->sent = step->unanswered = true;
		replay_time(step, json_text(line, "at"));
		free(step->reason);
		step->reason = NULL;
	} else if (strcmp(event, "outcome") == 0) {
		replay_outcome(step, line);
	} else if (strcmp(event, "not_applied") == 0) {
		/* by then: it may have come late, and is looked at again */
		step->doubted = true;
	} else if (strcmp(event, "settled") == 0) {
		step->state = step_state_of(json_text(line, "state"));
		free(step->reason);
		step->reason = xstrdup(reason);
	}
}

/* The step that the line is about, of the plan or of its backout, or NULL. */
static struct run_step *step_of(const struct run *run, bool undo,
				const json_t *line)
{
	const json_t *step = json_object_get(line, "step");
	const size_t index = (size_t)json_integer_value(step);

	if (!json_is_integer(step) || json_integer_value(step) < 0)
		return NULL;
	if (undo)
		return undo_of(run, index);
	return index < run->steps_len ? &run->steps[index] : NULL;
}

#define UNDO_PREFIX "backout_"

/* The forward events (undo false), or those of the backout. */
static int replay_all(struct run *run, const json_t *events, bool undo,
		      struct error *err)
{
	size_t i, skip = strlen(UNDO_PREFIX);
	const json_t *line;

	json_array_foreach(events, i, line) {
		const char *event = json_text(line, "event");
		struct run_step *step;

		if (!event)
			return error_set(err, ERR_STATE,
					 "the journal of %s has a line without "
					 "an event",
					 run->change_id);
		if (waves_replay(run, event, line) ||
		    (strncmp(event, UNDO_PREFIX, skip) == 0) != undo)
			continue;
		step = step_of(run, undo, line);
		if (!step)
			return error_set(err, ERR_STATE,
					 "the journal of %s names a step that "
					 "its plan does not have",
					 run->change_id);
		replay(step, undo ? event + skip : event, line);
	}
	return 0;
}

static bool has_undo(const json_t *events)
{
	size_t i;
	const json_t *line;

	json_array_foreach(events, i, line) {
		const char *event = json_text(line, "event");

		if (event &&
		    strncmp(event, UNDO_PREFIX, strlen(UNDO_PREFIX)) == 0)
			return true;
	}
	return false;
}

/*
 * Without a journal, as after the loss of the machine that had it, any step may
 * have been sent.
 */
static void guess_all(struct run *run)
{
	for (size_t i = 0; i < run->steps_len; i++) {
		struct run_step *step = &run->steps[i];

		if (step->state != STEP_OPEN)
			continue; /* left out */
		step->sent = step->doubted = step->guessed = true;
		replay_time(step, json_text(run->change, "started_at"));
	}
}

/* A step that was refused, or never sent, has ended. */
static void end_unsent(struct run_step *steps, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct run_step *step = &steps[i];

		step->doubted |= step->unanswered;
		if (step->state != STEP_OPEN || step->sent)
			continue;
		step->state = step->reason ? STEP_FAILED : STEP_SKIPPED;
		if (!step->reason)
			step->reason = xstrdup("not sent: the run was cut off");
	}
}

/*
 * What a settled step's values are: as it left them where it was done, else as
 * they are now.
 */
static void fill_seen(struct run_step *steps, size_t len,
		      const struct live *live)
{
	for (size_t i = 0; i < len; i++) {
		struct run_step *step = &steps[i];
		const struct resource *resource = step_resource(step, live);

		if (step->state == STEP_OPEN || !(step->sent || step->doubted))
			continue;
		for (size_t k = 0; k < step->values_len; k++) {
			struct step_value *value = &step->values[k];
			json_t *seen = step->state == STEP_DONE ? value->after
				       : resource
					       ? resource_value(resource,
								value->setting)
					       : NULL;

			json_decref(value->seen);
			value->seen = json_incref(seen);
		}
	}
}

/* ---- resuming --------------------------------------------------------- */

static int is_finished(const struct record *record, struct error *err)
{
	return error_set(err, ERR_NOT_FOUND,
			 "the change %s is finished (%s): there is nothing to "
			 "resume",
			 record->id, json_text(record->result, "state"));
}

/* With the lock came what others did since it was loaded. */
static int still_unfinished(struct run *run, struct error *err)
{
	struct record CLEANUP(record_release) record = { 0 };
	struct error CLEANUP(error_release) second = ERROR_INIT;
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);

	if (record_load(run->store, run->change_id, &record, err) < 0)
		return -1;
	if (!record.result)
		return 0;
	(void)is_finished(&record, err);
	if (lock_release(run->lock, &second) < 0) {
		error_message(&second, &text);
		error_hint(err, "the lock stays: %s", text.buf);
	}
	return -1;
}

static int load(struct store *store, const char *change_id,
		struct record *ret_record, struct plan **ret_plan,
		struct error *err)
{
	struct strbuf CLEANUP(strbuf_release) bytes =
		STRBUF_INIT(LIMIT_PLAN_FILE);

	if (record_load(store, change_id, ret_record, err) < 0)
		return -1;
	if (ret_record->result)
		return is_finished(ret_record, err);
	if (record_plan(store, ret_record->id, &bytes, err) < 0)
		return -1;
	return plan_parse_recorded(ret_record->id, bytes.buf, bytes.len,
				   ret_plan, err);
}

/* Read live, and make of plan and journal what was under way. */
static int rebuild(struct run *run, struct live **ret_live, struct error *err)
{
	json_t CLEANUP(json_release) *events = NULL;
	struct live CLEANUP(live_cleanup) *live = NULL;
	bool known;

	if (journal_exists(run->store, run->change_id, &known, err) < 0 ||
	    journal_read(run->store, run->change_id, &events, err) < 0 ||
	    plan_observe(run->aws, run->places, run->plan, &live, err) < 0 ||
	    run_init(run, live, err) < 0)
		return -1;
	waves_restore(run);
	if (replay_all(run, events, false, err) < 0)
		return -1;
	if (!known)
		guess_all(run);
	end_unsent(run->steps, run->steps_len);
	fill_seen(run->steps, run->steps_len, live);
	if (has_undo(events)) {
		if (undo_make(run, err) < 0 ||
		    replay_all(run, events, true, err) < 0)
			return -1;
		end_unsent(run->undo, run->undo_len);
		fill_seen(run->undo, run->undo_len, live);
	}
	*ret_live = TAKE(live);
	return 0;
}

/* All that was sent may be done, but what was to say so was cut off. */
static void say_unchecked(struct run *run)
{
	for (size_t i = 0; i < run->steps_len; i++)
		if (run->steps[i].state != STEP_DONE)
			return;
	if (run->halt || run->breached || !run_is_unchecked(run))
		return;
	free(TAKE(run->stop));
	run_stop(run, "cut off before the health check was over: whether all "
		      "is well is not known");
	run_progress(run, NULL, "unhealthy", run->stop);
}

/* Look until every step that was sent is settled. */
static int settle_all(struct run *run, const struct live *live,
		      struct error *err)
{
	if (journal_open(run->store, run->change_id, &run->journal, err) < 0)
		return -1;
	run_stop(run, "the run was cut off");
	if (run_lanes(run, run->steps, run->steps_len, live, false, err) < 0)
		return -1;
	run_drive(run);
	say_unchecked(run);
	if (!run->undo || run->halt)
		return 0;
	run->undoing = true;
	if (run_lanes(run, run->undo, run->undo_len, live, true, err) < 0)
		return -1;
	run_drive(run);
	return 0;
}

int execute_resume(struct aws *aws, const struct places *places,
		   struct store *store, const char *change_id,
		   const struct execute_options *options,
		   struct execute_result *ret_result, struct error *err)
{
	struct record CLEANUP(record_release) record = { 0 };
	struct plan CLEANUP(plan_cleanup) *plan = NULL;
	struct live CLEANUP(live_cleanup) *live = NULL;

	*ret_result = (struct execute_result){ 0 };
	if (load(store, change_id, &record, &plan, err) < 0)
		return -1;
	struct run CLEANUP(run_release) run = {
		.aws = aws,
		.places = places,
		.plan = plan,
		.store = store,
		.options = options,
		.change_id = record.id,
		.change = json_incref(record.change),
		.resuming = true,
	};

	if (run_lock(&run, json_object_get(record.change, "places"), err) < 0 ||
	    still_unfinished(&run, err) < 0)
		return -1;
	aws_set_change(aws, record.id);
	/* where it fails, the lock stays with the unfinished change */
	if (rebuild(&run, &live, err) < 0 || settle_all(&run, live, err) < 0)
		return -1;
	run_finish(&run, ret_result);
	return 0;
}
