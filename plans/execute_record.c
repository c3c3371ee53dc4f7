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
#include "plans/rollout.h"
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

	if (options->automatic)
		json_object_set_new(change, "automatic", json_true());
	if (json_is_object(options->gate))
		json_object_set(change, "gate",
				(json_t *)(uintptr_t)options->gate);
	if (options->restart_until)
		json_object_set_new(change, "restart_until",
				    json_string(clock_rfc3339(
					    options->restart_until, now)));
	if (run->preflight)
		json_object_set(change, "preflight", run->preflight);
	if (execute_undoes_itself(options))
		json_object_set_new(change, "undoes_itself", json_true());
	if (run->waves)
		json_object_set_new(change, "waves", waves_change(run));
	/* not which: it may have a secret in it */
	if (options->rollout && options->rollout->health_check)
		json_object_set_new(change, "health_check", json_true());
	if (json_array_size(run->sessions))
		json_object_set(change, "sessions", run->sessions);
	if (run->confirm_by)
		json_object_set_new(
			change, "confirm_by",
			json_string(clock_rfc3339(run->confirm_by, now)));
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

static char *resource_path(const struct run *run,
			   const struct plan_change *change)
{
	const struct place *place = places_find(run->places, change->target);

	return xasprintf("%s/%s.json", place->path, change->address);
}

/*
 * What the end of the run will read and write must not fail when the calls have
 * been made.
 */
static int check_resources(const struct run *run, struct error *err)
{
	for (size_t i = 0; i < run->plan->changes_len; i++) {
		const struct plan_change *change = &run->plan->changes[i];
		char CLEANUP(free_ptr) *path = resource_path(run, change);
		json_t CLEANUP(json_release) *file = NULL;

		if (i && strcmp(change->address, change[-1].address) == 0 &&
		    strcmp(change->target, change[-1].target) == 0)
			continue;
		if (store_check_path(run->store, path, err) < 0 ||
		    store_read_json(run->store, path, &file, err) < 0)
			return -1;
	}
	return 0;
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
	if (check_resources(run, err) < 0)
		return -1;
	return commit(run, subject, &edits, STORE_PUSH_REQUIRED, NULL, err);
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
	char CLEANUP(free_ptr) *path = resource_path(run, change);
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

static int put_holds(struct run *run, struct store_edits *edits,
		     const json_t *result, struct error *err)
{
	struct holds CLEANUP(holds_release) holds = { 0 };
	const char *reason = json_text(run->change, "reason");
	char now[CLOCK_TEXT_MAX];

	if (holds_load(run->store, &holds, err) < 0)
		return -1;
	holds_record(&holds, run->plan, run->change_id,
		     json_text(run->change, "caller"),
		     clock_rfc3339(clock_now(), now),
		     reason ? reason : run->stopped,
		     json_object_get(result, "changes"), edits);
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
		    put_holds(run, &edits, result, err) < 0)
			return -1;
	}
	if (commit(run, subject, &edits, STORE_PUSH_LATER, ret_pushed, err) < 0)
		return -1;
	return finished ? journal_remove(run->store, run->change_id, err) : 0;
}
