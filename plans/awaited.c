#include "plans/awaited.h"

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout_item.h"
#include "plans/catalogue.h"
#include "plans/plan.h"
#include "plans/value.h"
#include "state/record.h"

static bool is_waiting(const json_t *change)
{
	const char *state = json_text(change, "state");

	return state && !strcmp(state, "waiting");
}

static bool waits_at_all(const struct record *record)
{
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(record->result, "changes"), i,
			   change) {
		if (is_waiting(change))
			return true;
	}
	return false;
}

/* The result's changes are in the plan's order. */
static int add_record(struct store *store, const struct record *record,
		      json_t *awaited, struct error *err)
{
	const json_t *ends = json_object_get(record->result, "changes");
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(plan_cleanup) struct plan *plan = NULL;

	if (!waits_at_all(record))
		return 0;
	if (record_plan(store, record->id, &bytes, err) ||
	    plan_parse_recorded(record->id, bytes.buf, bytes.len, &plan, err))
		return -1;
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(free_ptr)
		char *key = past_key(change->target, change->address,
				     change->setting);
		json_t *entry;

		if (!is_waiting(json_array_get(ends, i)))
			continue;
		entry = json_object();
		(void)json_object_set_new(entry, "change",
					  json_string(record->id));
		(void)json_object_set(entry, "value", change->after);
		(void)json_object_set_new(awaited, key, entry);
	}
	return 0;
}

int awaited_load(struct store *store, json_t **ret_awaited, struct error *err)
{
	CLEANUP(json_release) json_t *awaited = json_object();
	CLEANUP(records_release) struct records records = { 0 };

	if (!store) {
		*ret_awaited = json_null();
		return 0;
	}
	if (records_load(store, &records, err))
		return -1;
	for (size_t i = 0; i < records.len; i++) {
		if (add_record(store, &records.items[i], awaited, err))
			return -1;
	}
	*ret_awaited = TAKE(awaited);
	return 0;
}

const char *awaited_change(const json_t *awaited,
			   const struct resource *resource,
			   const struct setting *setting)
{
	CLEANUP(free_ptr)
	char *key = past_key(resource->place->name, resource->address,
			     setting->name);
	const json_t *entry = json_object_get(awaited, key);
	const json_t *pending = resource_pending(resource, setting);

	if (!entry)
		return NULL;
	/* a row that no rule names is not read, but that it waits is known */
	if (resource_value(resource, setting) &&
	    (!pending ||
	     !value_equal(setting, pending, json_object_get(entry, "value"))))
		return NULL;
	return json_text(entry, "change");
}
