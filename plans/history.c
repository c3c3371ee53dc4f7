#include "plans/history.h"

#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "plans/confirm.h"
#include "plans/kind.h"
#include "plans/plan.h"
#include "plans/verify.h"
#include "state/record.h"

/* The member of object under key as it is, or null. Borrowed. */
static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? value : json_null();
}

/* What the result says about a change of the plan; null: nothing. */
static json_t *state_of(const json_t *result, const json_t *change)
{
	const char *target = json_text(change, "target");
	const char *address = json_text(change, "address");
	const char *setting = json_text(change, "setting");

	if (!target || !address || !setting)
		return json_null();
	return member(plan_find_entry(json_object_get(result, "changes"),
				      target, address, setting),
		      "state");
}

static bool is_asked_for(const json_t *change, const struct address *address)
{
	const char *of = json_text(change, "address");
	const char *setting = json_text(change, "setting");

	if (!address->resource)
		return true;
	if (!of || !setting || strcmp(of, address->resource) != 0)
		return false;
	return !address->setting || !strcmp(setting, address->setting);
}

/* The settings of one change that are asked for. New reference. */
static json_t *settings_of(const json_t *plan, const json_t *result,
			   const struct address *address)
{
	static const char *const keys[] = { "target", "address", "setting",
					    "before", "after",   "unit" };
	json_t *settings = json_array();
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(plan, "changes"), i, change) {
		json_t *entry;

		if (!is_asked_for(change, address))
			continue;
		entry = json_object();
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			(void)json_object_set(entry, keys[k],
					      member(change, keys[k]));
		(void)json_object_set(entry, "state", state_of(result, change));
		(void)json_array_append_new(settings, entry);
	}
	return settings;
}

/* One change as an entry of the list; NULL where none of it is asked for. */
static json_t *entry_of(const struct record *record, const json_t *plan,
			const struct address *address)
{
	CLEANUP(json_release)
	json_t *settings = settings_of(plan, record->result, address);
	const char *state = json_text(record->result, "state");
	json_t *entry;

	if (address->resource && !json_array_size(settings))
		return NULL;
	entry = json_object();
	(void)json_object_set_new(entry, "change", json_from_text(record->id));
	(void)json_object_set(entry, "kind", member(record->change, "kind"));
	(void)json_object_set_new(entry, "state",
				  json_from_text(state ? state : "unfinished"));
	(void)json_object_set(entry, "at",
			      member(record->change, "started_at"));
	(void)json_object_set(entry, "by", member(record->change, "caller"));
	(void)json_object_set(entry, "reason",
			      member(record->change, "reason"));
	(void)json_object_set(entry, "reverses",
			      member(record->change, "reverses"));
	(void)json_object_set(entry, "gate", member(record->change, "gate"));
	(void)json_object_set(entry, "plan_id",
			      member(record->change, "plan_id"));
	(void)json_object_set(entry, "settings", settings);
	return entry;
}

struct reading {
	struct store *store;
	struct address address; /* resource NULL: everything */
	json_t *entries;        /* oldest first */
};

static void reading_release(struct reading *reading)
{
	address_release(&reading->address);
	json_decref(reading->entries);
}

static void release_confirm(struct confirm *confirm)
{
	confirm_release(confirm);
}

int history_confirm(struct store *store, const struct record *record,
		    json_t **ret_confirm, struct error *err)
{
	static const char *const states[] = { [CONFIRM_NONE] = NULL,
					      [CONFIRM_OPEN] = "open",
					      [CONFIRM_KEPT] = "kept",
					      [CONFIRM_DUE] = "due",
					      [CONFIRM_UNDONE] = "undone" };
	CLEANUP(release_confirm) struct confirm confirm = { 0 };

	if (confirm_read(store, record, clock_now(), &confirm, err))
		return -1;
	if (!states[confirm.state]) {
		*ret_confirm = json_null();
		return 0;
	}
	*ret_confirm = json_pack(
		"{s:s, s:O, s:o, s:o, s:o}", "state", states[confirm.state],
		"until", member(record->change, "confirm_by"), "by",
		json_from_text(json_text(confirm.verdict, "by")), "backout",
		json_from_text(json_text(confirm.undone, "backout")), "outcome",
		json_from_text(json_text(confirm.undone, "outcome")));
	return 0;
}

static int add_confirm(struct store *store, const struct record *record,
		       json_t *entry, struct error *err)
{
	CLEANUP(json_release) json_t *confirm = NULL;

	if (history_confirm(store, record, &confirm, err))
		return -1;
	if (!json_is_null(confirm))
		(void)json_object_set(entry, "confirm", confirm);
	return 0;
}

/* Of a change that was verified: when last, and what came of it. */
static int add_verified(struct store *store, const struct record *record,
			json_t *entry, struct error *err)
{
	CLEANUP(json_release) json_t *verified = NULL;

	if (proof_summary(store, record->id, &verified, err))
		return -1;
	if (!json_is_null(verified))
		(void)json_object_set(entry, "verified", verified);
	return 0;
}

static int add_record(const struct record *record, void *ctx, struct error *err)
{
	const struct reading *reading = ctx;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(json_release) json_t *plan = NULL;
	json_t *entry;

	if (record_plan(reading->store, record->id, &bytes, err) ||
	    json_parse("plan.json", bytes.buf, bytes.len, &plan, err))
		return error_wrap(err, "change '%s'", record->id);
	entry = entry_of(record, plan, &reading->address);
	if (!entry)
		return 0;
	(void)json_array_append_new(reading->entries, entry);
	if (add_verified(reading->store, record, entry, err))
		return -1;
	return add_confirm(reading->store, record, entry, err);
}

int history_read(struct store *store, const char *text, json_t **ret_history,
		 struct error *err)
{
	CLEANUP(reading_release)
	struct reading reading = { .store = store, .entries = json_array() };
	CLEANUP(json_release) json_t *history = json_array();

	if (text && address_parse(text, &reading.address, err))
		return -1;
	if (records_each(store, NULL, add_record, &reading, err))
		return -1;
	for (size_t i = json_array_size(reading.entries); i-- > 0;)
		(void)json_array_append(history,
					json_array_get(reading.entries, i));
	*ret_history = TAKE(history);
	return 0;
}

static int say_nothing(const struct store *store, struct error *err)
{
	(void)error_set(err, ERR_NOT_FOUND,
			"nothing was changed so far, says '%s'",
			store_path(store));
	error_hint(err, "is it the right state repository? --state names "
			"another");
	return -1;
}

int history_newest(struct store *store, char **ret_id, struct error *err)
{
	if (record_newest(store, ret_id, err))
		return -1;
	if (!*ret_id)
		return say_nothing(store, err);
	return 0;
}
