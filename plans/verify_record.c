/*
 * What the store says of a change that is to be verified: its files, what each
 * setting should be by now, and the calls of its journal.
 */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout_item.h"
#include "plans/catalogue.h"
#include "plans/verify_parts.h"
#include "state/journal.h"
#include "state/provenance.h"

void verify_subject_release(struct verify_subject *subject)
{
	record_release(&subject->record);
	plan_free(subject->plan);
	json_decref(subject->recorded);
	*subject = (struct verify_subject){ 0 };
}

/* "<account>/<region or global>" of a target of the plan. Owned. */
static char *path_of(const struct plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->targets_len; i++) {
		if (!strcmp(plan->targets[i].name, target))
			return xasprintf("%s/%s", plan->targets[i].account_id,
					 plan->targets[i].region);
	}
	return xstrdup(target);
}

/* Whatever a target is called, the same setting has the same key. Owned. */
static char *key_of(const struct plan *plan, const struct plan_change *change)
{
	CLEANUP(free_ptr) char *path = path_of(plan, change->target);

	return past_key(path, change->address, change->setting);
}

/* ---- what each setting should be ---------------------------------------- */

struct gathering {
	struct store *store;
	const char *until; /* RFC 3339 */
	json_t *settings;  /* the array */
	json_t *by_key;    /* key → its entry */
};

/* Did a call of it leave, or may one have? */
static bool was_sent(const json_t *result, const struct plan_change *change)
{
	const json_t *steps = json_object_get(result, "steps");

	for (size_t i = 0; i < change->steps_len; i++) {
		/* results stand in the order of their indexes */
		const json_t *step = json_array_get(steps, change->steps[i]);

		if (json_is_true(json_object_get(step, "sent")))
			return true;
	}
	return false;
}

/* Was it taken back within the run, by --on-failure backout? */
static bool was_undone(const json_t *result, const struct plan_change *change)
{
	json_t *undo;
	size_t i;

	json_array_foreach(json_object_get(result, "backout"), i, undo) {
		const json_t *index = json_object_get(undo, "index");

		if (!verify_is(undo, "state", "done") &&
		    !verify_is(undo, "state", "waiting"))
			continue;
		for (size_t k = 0; k < change->steps_len; k++) {
			if (json_integer_value(index) ==
			    (json_int_t)change->steps[k])
				return true;
		}
	}
	return false;
}

static bool is_foretold(const struct plan_change *change)
{
	const struct setting *row =
		setting_at(change->address, change->setting);

	return row && row->foretold;
}

/* What waits will be what was planned; all else is what was read. */
static json_t *value_left(const struct record *record,
			  const struct plan_change *change, const json_t *end)
{
	json_t *value = json_object_get(end, "value");

	if (verify_is(end, "state", "waiting") &&
	    !was_undone(record->result, change))
		return change->after;
	return value ? value : json_null();
}

/* What only followed from changes that were taken back is nobody's any more. */
static const char *state_left(const struct record *record,
			      const struct plan_change *change,
			      const json_t *end)
{
	const json_t *undo = json_object_get(record->result, "backout");

	return undo && is_foretold(change) ? "moot" : verify_text(end, "state");
}

/* What its steps say of why they did not do it, or JSON null. */
static json_t *reason_of(const struct record *record,
			 const struct plan_change *change)
{
	const json_t *steps = json_object_get(record->result, "steps");

	for (size_t i = 0; i < change->steps_len; i++) {
		const json_t *step = json_array_get(steps, change->steps[i]);

		if (json_text(step, "reason"))
			return json_incref(json_object_get(step, "reason"));
	}
	return json_null();
}

/* What a change of a record left, as an object. */
static json_t *left_by(const struct record *record,
		       const struct plan_change *change, const json_t *end)
{
	return json_pack("{s:s, s:s, s:O, s:O?, s:o}", "change", record->id,
			 "state", state_left(record, change, end), "value",
			 value_left(record, change, end), "at",
			 json_object_get(record->result, "finished_at"),
			 "reason", reason_of(record, change));
}

static const json_t *end_of(const struct record *record,
			    const struct plan_change *change)
{
	return plan_find_entry(json_object_get(record->result, "changes"),
			       change->target, change->address,
			       change->setting);
}

static void add_setting(struct gathering *gathering,
			const struct verify_subject *subject,
			const struct plan_change *change)
{
	CLEANUP(free_ptr) char *key = key_of(subject->plan, change);
	const json_t *end = end_of(&subject->record, change);
	json_t *left = left_by(&subject->record, change, end);
	json_t *entry = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:O, s:o, s:o, s:n}", "target",
		change->target, "address", change->address, "setting",
		change->setting, "resource_id", change->resource_id, "unit",
		json_from_text(change->unit), "before", change->before, "own",
		left, "decided", json_incref(left), "unfinished");

	(void)json_object_set(gathering->by_key, key, entry);
	(void)json_array_append_new(gathering->settings, entry);
}

/* A later change: what it set again counts from then on. */
static void add_later(struct gathering *gathering, const struct record *record,
		      const struct plan *plan, bool has_ended)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(free_ptr) char *key = key_of(plan, change);
		json_t *entry = json_object_get(gathering->by_key, key);

		if (!entry)
			continue;
		if (!has_ended)
			(void)json_object_set_new(entry, "unfinished",
						  json_string(record->id));
		else if (was_sent(record->result, change) ||
			 is_foretold(change))
			(void)json_object_set_new(
				entry, "decided",
				left_by(record, change,
					end_of(record, change)));
	}
}

static int look_at_later(const struct record *record, void *ctx,
			 struct error *err)
{
	struct gathering *gathering = ctx;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	const char *finished = json_text(record->result, "finished_at");

	if (strcmp(verify_text(record->change, "started_at"),
		   gathering->until) > 0)
		return 0;
	if (record_plan(gathering->store, record->id, &bytes, err) ||
	    plan_parse_recorded(record->id, bytes.buf, bytes.len, &plan, err))
		return error_wrap(err, "change '%s'", record->id);
	add_later(gathering, record, plan,
		  finished && strcmp(finished, gathering->until) <= 0);
	return 0;
}

/* ---- all of it ---------------------------------------------------------- */

static bool is_needed(const struct plan *plan, const struct target *target)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (target_has_place(target, plan->changes[i].target))
			return true;
	}
	return false;
}

/* A plan names all targets that were read for it; the others are no concern. */
static void keep_needed_targets(struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->targets_len; i++) {
		if (is_needed(plan, &plan->targets[i]))
			plan->targets[kept++] = plan->targets[i];
		else
			target_release(&plan->targets[i]);
	}
	plan->targets_len = kept;
}

static json_t *targets_of(const struct plan *plan)
{
	json_t *targets = json_array();

	for (size_t i = 0; i < plan->targets_len; i++)
		(void)json_array_append_new(
			targets, json_pack("{s:s, s:s, s:s}", "name",
					   plan->targets[i].name, "account_id",
					   plan->targets[i].account_id,
					   "region", plan->targets[i].region));
	return targets;
}

/* The change's files, without the proofs themselves. */
static int files_of(struct store *store, const char *id, json_t **ret_files,
		    struct error *err)
{
	CLEANUP(free_ptr) char *directory = record_path(id, "");
	CLEANUP(json_release) json_t *all = NULL;
	json_t *files, *file;
	size_t i;

	directory[strlen(directory) - 1] = '\0'; /* its slash */
	if (store_provenance(store, directory, &all, err))
		return -1;
	files = json_array();
	json_array_foreach(all, i, file) {
		if (!proof_is_path(json_text(file, "path")))
			(void)json_array_append(files, file);
	}
	*ret_files = files;
	return 0;
}

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? value : json_null();
}

static json_t *head_of(const struct verify_subject *subject)
{
	static const char *const keys[] = { "kind",   "reverses",   "caller",
					    "reason", "plan_id",    "host",
					    "user",   "started_at", "tool",
					    "gate" };
	json_t *head = json_pack("{s:s}", "change", subject->record.id);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set(head, keys[i],
				      member(subject->record.change, keys[i]));
	(void)json_object_set(head, "state",
			      member(subject->record.result, "state"));
	(void)json_object_set(head, "finished_at",
			      member(subject->record.result, "finished_at"));
	(void)json_object_set_new(head, "targets", targets_of(subject->plan));
	return head;
}

static int gather(struct store *store, struct verify_subject *subject,
		  int64_t until, struct error *err)
{
	char text[CLOCK_TEXT_MAX];
	CLEANUP(json_release) json_t *by_key = json_object();
	CLEANUP(json_release) json_t *files = NULL;
	CLEANUP(json_release) json_t *journal = NULL;
	struct gathering gathering = {
		.store = store,
		.until = clock_rfc3339(until, text),
		.settings = json_array(),
		.by_key = by_key,
	};

	subject->recorded = head_of(subject);
	(void)json_object_set_new(subject->recorded, "read_at",
				  json_string(gathering.until));
	(void)json_object_set_new(subject->recorded, "settings",
				  gathering.settings);
	for (size_t i = 0; i < subject->plan->changes_len; i++)
		add_setting(&gathering, subject, &subject->plan->changes[i]);
	if (records_each(store, subject->record.id, look_at_later, &gathering,
			 err) ||
	    files_of(store, subject->record.id, &files, err) ||
	    journal_read(store, subject->record.id, &journal, err))
		return -1;
	(void)json_object_set(subject->recorded, "files", files);
	(void)json_object_set_new(subject->recorded, "calls",
				  verify_calls_of(subject->plan, journal,
						  subject->record.result));
	return 0;
}

int verify_load(struct store *store, const char *change_id, int64_t until,
		struct verify_subject *ret_subject, struct error *err)
{
	CLEANUP(verify_subject_release) struct verify_subject subject = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);

	if (record_load(store, change_id, &subject.record, err))
		return -1;
	if (!subject.record.result) {
		(void)error_set(err, ERR_UNFINISHED,
				"change %s has not ended: there is nothing yet "
				"to verify",
				subject.record.id);
		error_hint(err,
			   "wait until it is done; if its process is gone: "
			   "aback resume %s",
			   subject.record.id);
		return -1;
	}
	if (record_plan(store, subject.record.id, &bytes, err) ||
	    plan_parse_recorded(subject.record.id, bytes.buf, bytes.len,
				&subject.plan, err))
		return -1;
	keep_needed_targets(subject.plan);
	if (gather(store, &subject, until, err))
		return -1;
	*ret_subject = subject;
	memset(&subject, 0, sizeof(subject)); /* it is the caller's now */
	return 0;
}
