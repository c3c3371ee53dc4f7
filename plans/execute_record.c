/*
 * What a run leaves in the store: the commit before the first call, and the one
 * at the end. Killed before the first, nothing was begun; killed between the
 * two, the change has no result.json and `aback resume` accounts for it.
 */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"
#include "plans/hold.h"
#include "plans/value.h"
#include "state/record.h"

/* ---- before the first call -------------------------------------------- */

static const char *user_name(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? user->pw_name : "";
}

json_t *record_change(const struct run *run)
{
	const struct plan *plan = run->plan;
	const struct execute_options *options = run->options;
	char now[CLOCK_TEXT_MAX], host[256] = "";

	(void)gethostname(host, sizeof(host) - 1); /* "" where there is none */
	json_t *change = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:s, s:s,"
		" s:o, s:I, s:s, s:o}",
		"format", "aback-change/1", "id", run->change_id, "plan_id",
		plan->id, "kind", plan->kind, "reverses",
		json_from_text(plan->reverses), "reason",
		json_from_text(options->reason), "caller",
		json_from_text(run->places->caller_arn), "host",
		json_from_text(host), "user", json_from_text(user_name()),
		"pid", (json_int_t)getpid(), "tool", "aback " ABACK_VERSION,
		"started_at", clock_rfc3339(clock_now(), now), "allow",
		options->allow ? json_sorted_set(options->allow) : json_array(),
		"deadline",
		(json_int_t)(options->deadline_s > 0 ? options->deadline_s
						     : 3600),
		"on_failure",
		options->on_failure == ON_FAILURE_BACKOUT ? "backout" : "stop",
		"places", plan_paths(plan, run->places));

	return change;
}

/* The plan's changes are sorted, and so are these. */
static json_t *prior_values(const struct plan *plan)
{
	json_t *values = json_array();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		json_array_append_new(
			values,
			json_pack("{s:s, s:s, s:s, s:s, s:O}", "target",
				  change->target, "address", change->address,
				  "resource_id", change->resource_id, "setting",
				  change->setting, "value", change->before));
	}
	return json_pack("{s:s, s:o}", "format", "aback-prior/1", "values",
			 values);
}

static int commit(struct run *run, const char *subject,
		  const struct store_edits *edits, enum store_push push,
		  bool *ret_pushed, struct error *err)
{
	const struct store_trailer trailers[] = {
		{ "Aback-Change", run->change_id },
		{ "Aback-Plan", run->plan->id },
		{ "Aback-Caller", json_text(run->change, "caller") },
		{ NULL, NULL },
	};

	return store_commit(run->store, subject, trailers, edits, push,
			    ret_pushed, err);
}

static void put_json(struct run *run, struct store_edits *edits,
		     const char *file, const json_t *value)
{
	char CLEANUP(free_ptr) *path = record_path(run->change_id, file);

	store_edits_put_json(edits, path, value);
}

int record_begin(struct run *run, const char *bytes, size_t len,
		 struct error *err)
{
	struct store_edits CLEANUP(store_edits_release) edits = { 0 };
	json_t CLEANUP(json_release) *prior = prior_values(run->plan);
	char CLEANUP(free_ptr) *path = record_path(run->change_id, "plan.json");
	char CLEANUP(free_ptr) *subject = xasprintf(
		"%s %s: record the prior state of %zu setting%s",
		run->plan->kind, run->change_id, run->plan->changes_len,
		run->plan->changes_len == 1 ? "" : "s");

	put_json(run, &edits, "change.json", run->change);
	put_json(run, &edits, "prior.json", prior);
	store_edits_put(&edits, path, bytes, len);
	return commit(run, subject, &edits, STORE_PUSH_REQUIRED, NULL, err);
}

/* ---- how it ended ----------------------------------------------------- */

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

/* Nothing that was sent is left: all that was done is taken back. */
static bool backed_out(const struct run *run)
{
	return run->undo_len > 0 && all(run->undo, run->undo_len, STEP_DONE) &&
	       !any(run->steps, run->steps_len, STEP_WAITING) &&
	       !any(run->steps, run->steps_len, STEP_UNKNOWN);
}

const char *record_state(const struct run *run)
{
	if (any(run->steps, run->steps_len, STEP_OPEN) ||
	    any(run->undo, run->undo_len, STEP_OPEN))
		return "unfinished";
	if (run->undo)
		return backed_out(run) ? "backed_out" : "failed";
	if (all(run->steps, run->steps_len, STEP_DONE))
		return "done";
	for (size_t i = 0; i < run->steps_len; i++)
		if (run->steps[i].state != STEP_DONE &&
		    run->steps[i].state != STEP_WAITING)
			return "failed";
	return "waiting";
}

static json_t *steps_result(const struct run_step *steps, size_t len)
{
	json_t *result = json_array();

	for (size_t i = 0; i < len; i++)
		json_array_append_new(
			result,
			json_pack("{s:I, s:s, s:o, s:o}", "index",
				  (json_int_t)steps[i].index, "state",
				  steps[i].state == STEP_OPEN
					  ? "unknown"
					  : step_state_name(steps[i].state),
				  "reason", json_from_text(steps[i].reason),
				  "request_id",
				  json_from_text(steps[i].request_id)));
	return result;
}

/* One change over all its steps. */
struct change_end {
	size_t done, waiting, failed, skipped, unknown;
	size_t undone, not_undone;
	json_t *seen;  /* as last read; borrowed; NULL: never */
	bool was_sent; /* a call for it may have had effect */
};

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
	switch (step->state) {
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

static struct change_end change_end(const struct run *run,
				    const struct plan_change *change)
{
	struct change_end end = { 0 };

	for (size_t i = 0; i < run->steps_len; i++) {
		const struct run_step *step = &run->steps[i];
		const struct step_value *value = value_of(step, change);

		if (!value)
			continue;
		count_step(&end, step);
		end.was_sent |= step->sent;
		if (value->seen)
			end.seen = value->seen;
	}
	for (size_t i = 0; i < run->undo_len; i++) {
		const struct step_value *value =
			value_of(&run->undo[run->undo_len - 1 - i], change);

		if (!value)
			continue;
		if (run->undo[run->undo_len - 1 - i].state == STEP_DONE)
			end.undone++;
		else
			end.not_undone++;
		if (value->seen)
			end.seen = value->seen;
	}
	return end;
}

static const char *change_state(const struct change_end *end)
{
	if (end->undone > 0 && end->undone == end->done)
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
	json_t *result = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "format",
				   "aback-result/1", "change", run->change_id,
				   "state", record_state(run), "finished_at",
				   clock_rfc3339(clock_now(), now), "steps",
				   steps_result(run->steps, run->steps_len),
				   "changes", changes_result(run));

	if (run->undo)
		json_object_set_new(result, "backout",
				    steps_result(run->undo, run->undo_len));
	return result;
}

/* ---- last recorded values --------------------------------------------- */

/* The resource's file as it is, or a new one; a new reference. */
static int resource_file(struct run *run, const char *path,
			 const struct plan_change *change, json_t **ret_file,
			 struct error *err)
{
	json_t CLEANUP(json_release) *file = NULL;
	const char *id;

	if (store_read_json(run->store, path, &file, err) < 0)
		return -1;
	id = file ? json_text(file, "resource_id") : NULL;
	/* another resource under the same name: its values are not these */
	if (!id || strcmp(id, change->resource_id) != 0 ||
	    !json_is_object(json_object_get(file, "values"))) {
		json_decref(file);
		file = json_pack("{s:s, s:s, s:s, s:{}}", "format",
				 "aback-resource/1", "address", change->address,
				 "resource_id", change->resource_id, "values");
	}
	*ret_file = TAKE(file);
	return 0;
}

static void stamp(const struct run *run, json_t *file)
{
	char now[CLOCK_TEXT_MAX];

	json_object_set_new(file, "recorded_at",
			    json_string(clock_rfc3339(clock_now(), now)));
	json_object_set_new(file, "change", json_string(run->change_id));
}

/*
 * Changes first…last are of one resource: what was read of those that were
 * sent is its file's new content.
 */
static int put_resource(struct run *run, struct store_edits *edits,
			size_t first, size_t last, struct error *err)
{
	const struct plan_change *change = &run->plan->changes[first];
	const struct place *place = places_find(run->places, change->target);
	char CLEANUP(free_ptr) *path =
		xasprintf("%s/%s.json", place->path, change->address);
	json_t CLEANUP(json_release) *file = NULL;
	bool any_sent = false;

	if (resource_file(run, path, change, &file, err) < 0)
		return -1;
	for (size_t i = first; i < last; i++) {
		struct change_end end = change_end(run, &run->plan->changes[i]);

		if (!end.was_sent || !end.seen)
			continue;
		json_object_set(json_object_get(file, "values"),
				run->plan->changes[i].setting, end.seen);
		any_sent = true;
	}
	if (any_sent) {
		stamp(run, file);
		store_edits_put_json(edits, path, file);
	}
	return 0;
}

static int put_resources(struct run *run, struct store_edits *edits,
			 struct error *err)
{
	const struct plan *plan = run->plan;

	for (size_t i = 0, next; i < plan->changes_len; i = next) {
		const struct plan_change *change = &plan->changes[i];

		for (next = i + 1; next < plan->changes_len; next++)
			if (strcmp(plan->changes[next].target,
				   change->target) != 0 ||
			    strcmp(plan->changes[next].address,
				   change->address) != 0)
				break;
		if (put_resource(run, edits, i, next, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- holds ------------------------------------------------------------ */

/*
 * Does this backout restore what rules do not want? The backout of an apply
 * does; the backout of that one brings the rules' values back; and so on.
 */
static int restores_against_rules(struct run *run, bool *ret_holds,
				  struct error *err)
{
	char CLEANUP(free_ptr) *id = xstrdup(run->plan->reverses);
	bool holds = true;

	while (id) {
		struct record CLEANUP(record_release) record = { 0 };
		const char *kind, *reverses;

		if (record_load(run->store, id, &record, err) < 0)
			return -1;
		kind = json_text(record.change, "kind");
		if (!kind || strcmp(kind, "backout") != 0)
			break;
		holds = !holds;
		reverses = json_text(record.change, "reverses");
		/* older each time: a chain that does not go back is damage */
		if (reverses && strcmp(reverses, record.id) >= 0)
			return error_set(err, ERR_STATE,
					 "the change %s reverses %s, which is "
					 "not older",
					 record.id, reverses);
		free(id);
		id = xstrdup(reverses);
	}
	*ret_holds = holds;
	return 0;
}

static json_t *new_hold(const struct run *run, const struct plan_change *change)
{
	char now[CLOCK_TEXT_MAX];
	const char *reason = json_text(run->change, "reason");

	return json_pack("{s:s, s:o, s:s, s:o, s:O, s:O}", "change",
			 run->change_id, "by",
			 json_from_text(json_text(run->change, "caller")), "at",
			 clock_rfc3339(clock_now(), now), "reason",
			 json_from_text(reason), "rule_value", change->before,
			 "restored", change->after);
}

static int put_holds(struct run *run, struct store_edits *edits,
		     struct error *err)
{
	struct holds CLEANUP(holds_release) holds = { 0 };
	bool put = strcmp(run->plan->kind, "backout") == 0;

	if (put && restores_against_rules(run, &put, err) < 0)
		return -1;
	if (holds_load(run->store, &holds, err) < 0)
		return -1;
	for (size_t i = 0; i < run->plan->changes_len; i++) {
		const struct plan_change *change = &run->plan->changes[i];
		struct change_end end = change_end(run, change);
		const char *state = change_state(&end);
		json_t CLEANUP(json_release) *hold =
			put ? new_hold(run, change) : NULL;

		if (strcmp(state, "done") != 0 && strcmp(state, "waiting") != 0)
			continue;
		if (hold || holds_find(&holds, change->target, change->address,
				       change->setting))
			holds_change(&holds, edits, change->target,
				     change->address, change->setting, hold);
	}
	return 0;
}

/* ---- the end ---------------------------------------------------------- */

static int put_journal(struct run *run, struct store_edits *edits,
		       struct error *err)
{
	struct strbuf CLEANUP(strbuf_release) text =
		STRBUF_INIT(LIMIT_STORE_FILE);
	char CLEANUP(free_ptr) *path =
		record_path(run->change_id, "journal.jsonl");

	if (journal_text(run->store, run->change_id, &text, err) < 0)
		return -1;
	store_edits_put(edits, path, text.buf, text.len);
	return 0;
}

int record_end(struct run *run, const json_t *result, bool *ret_pushed,
	       struct error *err)
{
	struct store_edits CLEANUP(store_edits_release) edits = { 0 };
	const char *state = json_text(result, "state");
	bool finished = strcmp(state, "unfinished") != 0;
	char CLEANUP(free_ptr) *subject =
		xasprintf("%s %s: %s", run->plan->kind, run->change_id, state);

	if (put_journal(run, &edits, err) < 0)
		return -1;
	if (finished) {
		put_json(run, &edits, "result.json", result);
		if (put_resources(run, &edits, err) < 0 ||
		    put_holds(run, &edits, err) < 0)
			return -1;
	}
	if (commit(run, subject, &edits, STORE_PUSH_LATER, ret_pushed, err) < 0)
		return -1;
	return finished ? journal_remove(run->store, run->change_id, err) : 0;
}
