#include "plans/trail_known.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/trail_call.h"
#include "plans/trail_event.h"
#include "state/journal.h"
#include "state/record.h"

/* A clock of ours that is behind AWS's must not lose us a change. */
#define MARGIN_S ((int64_t)24 * 60 * 60)

struct trail_known {
	json_t *changes; /* object: request id → change id */
	json_t *values; /* object: "<target>\n<address>\n<setting>" → value */
};

/* ---- what the store has ------------------------------------------------- */

struct loading {
	struct store *store;
	int64_t from;
	struct trail_known *known;
};

static int add_journal(struct loading *loading, const char *change,
		       struct error *err)
{
	CLEANUP(json_release) json_t *lines = NULL;
	size_t i;
	json_t *line;

	if (journal_read(loading->store, change, &lines, err))
		return -1;
	json_array_foreach(lines, i, line) {
		const char *id = json_text(line, "request_id");

		if (id && *id)
			json_object_set_new(loading->known->changes, id,
					    json_from_text(change));
	}
	return 0;
}

static int each_record(const struct record *record, void *ctx,
		       struct error *err)
{
	struct loading *loading = ctx;
	const char *finished = json_text(record->result, "finished_at");
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	int64_t when;

	/* a time that cannot be read is no reason to pass it over */
	if (finished && !clock_parse(finished, &when, &ignored) &&
	    when < loading->from - MARGIN_S)
		return 0;
	return add_journal(loading, record->id, err);
}

static void known_free(struct trail_known **known)
{
	trail_known_free(*known);
}

int trail_known_load(struct store *store, int64_t from,
		     struct trail_known **ret_known, struct error *err)
{
	CLEANUP(known_free)
	struct trail_known *known = xcalloc(1, sizeof(*known));
	struct loading loading = { .store = store,
				   .from = from,
				   .known = known };

	known->changes = json_object();
	known->values = json_object();
	if (store && records_each(store, NULL, each_record, &loading, err))
		return -1;
	*ret_known = TAKE(known);
	return 0;
}

void trail_known_free(struct trail_known *known)
{
	if (!known)
		return;
	json_decref(known->changes);
	json_decref(known->values);
	free(known);
}

/* ---- what events make of it --------------------------------------------- */

static char *key_of(const json_t *event, const char *address,
		    const char *setting)
{
	return xasprintf("%s\n%s\n%s", json_text(event, "target"), address,
			 setting);
}

static void add_setting(struct trail_known *known,
			const struct trail_call *call, const json_t *wire,
			const struct setting *setting, const char *address,
			json_t *event)
{
	CLEANUP(free_ptr) char *key = key_of(event, address, setting->name);
	json_t *before = json_object_get(known->values, key);
	CLEANUP(json_release) json_t *after = NULL;
	json_t *entry;

	if (!trail_event_touches(call, wire, setting, before, &after))
		return;
	entry = json_pack("{ss ss}", "address", address, "setting",
			  setting->name);
	if (before)
		json_object_set(entry, "before", before);
	if (after) {
		json_object_set(entry, "after", after);
		json_object_set(known->values, key, after);
	} else {
		json_object_del(known->values, key);
	}
	json_array_append_new(json_object_get(event, "settings"), entry);
}

static void add_settings(struct trail_known *known, json_t *event)
{
	const char *address = json_string_value(
		json_array_get(json_object_get(event, "addresses"), 0));
	const struct trail_call *call = trail_call_of(
		json_text(event, "source"), json_text(event, "name"));
	CLEANUP(address_release) struct address parsed = { .ops = NULL };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *wire = NULL;
	const struct setting *rows;
	size_t len;

	if (!call || json_text(event, "error_code") ||
	    address_parse(address, &parsed, &err))
		return;
	wire = trail_to_wire(call->call, json_object_get(event, "parameters"));
	rows = catalogue_rows(parsed.ops->kind, &len);
	for (size_t i = 0; i < len; i++)
		add_setting(known, call, wire, &rows[i], address, event);
}

void trail_known_settings(struct trail_known *known, json_t *events)
{
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event) {
		const char *id = json_text(event, "request_id");
		json_t *change =
			id ? json_object_get(known->changes, id) : NULL;

		json_object_set_new(event, "settings", json_array());
		json_object_set_new(event, "change",
				    change ? json_incref(change) : json_null());
		add_settings(known, event);
	}
}
