#include "plans/trail_known.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/backout_item.h"
#include "plans/catalogue.h"
#include "plans/trail_call.h"
#include "plans/trail_event.h"
#include "state/journal.h"
#include "state/record.h"

/* A clock of ours that is behind AWS's must not lose us a change. */
#define MARGIN_S ((int64_t)24 * 60 * 60)

/* That a setting had this value at that moment. */
struct point {
	char at[CLOCK_TEXT_MAX];
	size_t order; /* of several in one second */
	char *key;    /* past_key */
	json_t *value;
};

struct trail_known {
	int64_t from;
	json_t *changes; /* object: request id → change id */
	json_t *priors; /* change id → key → value, until its call is seen */
	struct point *points; /* by time; those before `next` are in values */
	size_t points_len, points_cap, next;
	json_t *values; /* key → value, as events and points go by */
};

/* ---- what the store has ------------------------------------------------- */

struct loading {
	struct store *store;
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

/*
 * What was so before the time that events are of may have changed unseen, so
 * only later moments count.
 */
static void add_point(struct trail_known *known, const char *at,
		      const json_t *entry)
{
	const char *target = json_text(entry, "target");
	const char *address = json_text(entry, "address");
	const char *setting = json_text(entry, "setting");
	json_t *value = json_object_get(entry, "value");
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	struct point *point;
	int64_t when;

	if (!target || !address || !setting || !value || !at ||
	    clock_parse(at, &when, &ignored) || when < known->from)
		return;
	GROW(known->points, known->points_len, known->points_cap);
	point = &known->points[known->points_len++];
	point->order = known->points_len;
	point->key = past_key(target, address, setting);
	point->value = json_incref(value);
	(void)clock_rfc3339(when, point->at);
}

static int add_priors(struct loading *loading, const struct record *record,
		      struct error *err)
{
	CLEANUP(json_release) json_t *prior = NULL, *by_key = json_object();
	const char *at = json_text(record->change, "started_at");
	json_t *entry;
	size_t i;

	if (record_prior(loading->store, record->id, &prior, err))
		return -1;
	json_array_foreach(json_object_get(prior, "values"), i, entry) {
		const char *target = json_text(entry, "target");
		const char *address = json_text(entry, "address");
		const char *setting = json_text(entry, "setting");
		CLEANUP(free_ptr) char *key = NULL;

		if (!target || !address || !setting)
			continue;
		key = past_key(target, address, setting);
		json_object_set(by_key, key, json_object_get(entry, "value"));
		add_point(loading->known, at, entry);
	}
	json_object_set(loading->known->priors, record->id, by_key);
	return 0;
}

static int each_record(const struct record *record, void *ctx,
		       struct error *err)
{
	struct loading *loading = ctx;
	const char *finished = json_text(record->result, "finished_at");
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	int64_t when;
	json_t *entry;
	size_t i;

	/* a time that cannot be read is no reason to pass it over */
	if (finished && !clock_parse(finished, &when, &ignored) &&
	    when < loading->known->from - MARGIN_S)
		return 0;
	if (add_journal(loading, record->id, err) ||
	    add_priors(loading, record, err))
		return -1;
	json_array_foreach(json_object_get(record->result, "changes"), i, entry)
		add_point(loading->known, finished, entry);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	const int order = strcmp(x->at, y->at);

	return order ? order : (x->order > y->order) - (x->order < y->order);
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
	struct loading loading = { .store = store, .known = known };

	known->from = from;
	known->changes = json_object();
	known->priors = json_object();
	known->values = json_object();
	if (store && records_each(store, NULL, each_record, &loading, err))
		return -1;
	if (known->points_len)
		qsort(known->points, known->points_len, sizeof(*known->points),
		      by_time);
	*ret_known = TAKE(known);
	return 0;
}

void trail_known_free(struct trail_known *known)
{
	if (!known)
		return;
	for (size_t i = 0; i < known->points_len; i++) {
		free(known->points[i].key);
		json_decref(known->points[i].value);
	}
	free(known->points);
	json_decref(known->changes);
	json_decref(known->priors);
	json_decref(known->values);
	free(known);
}

/* ---- what events make of it --------------------------------------------- */

/* Moments before the event's second; within it, nobody knows the order. */
static void go_on(struct trail_known *known, const char *at)
{
	for (; known->next < known->points_len; known->next++) {
		const struct point *point = &known->points[known->next];

		if (strcmp(point->at, at) >= 0)
			return;
		json_object_set(known->values, point->key, point->value);
	}
}

/* What our change had found is what was there before its first call. */
static void take_prior(struct trail_known *known, const char *change,
		       const char *key)
{
	json_t *priors = change ? json_object_get(known->priors, change) : NULL;
	json_t *prior = json_object_get(priors, key);

	if (!prior)
		return;
	json_object_set(known->values, key, prior);
	json_object_del(priors, key);
}

struct settling {
	struct trail_known *known;
	const struct trail_call *call;
	const json_t *wire;
	const char *address, *change;
	json_t *event;
};

static void add_setting(const struct settling *s, const struct setting *setting)
{
	CLEANUP(free_ptr)
	char *key = past_key(json_text(s->event, "target"), s->address,
			     setting->name);
	CLEANUP(json_release) json_t *after = NULL, *before = NULL;
	json_t *entry;

	if (!trail_event_touches(s->call, s->wire, setting, NULL, &after))
		return;
	take_prior(s->known, s->change, key);
	before = json_incref(json_object_get(s->known->values, key));
	entry = json_pack("{ss ss}", "address", s->address, "setting",
			  setting->name);
	if (before) {
		json_decref(after);
		after = NULL;
		(void)trail_event_touches(s->call, s->wire, setting, before,
					  &after);
		json_object_set(entry, "before", before);
	}
	if (after) {
		json_object_set(entry, "after", after);
		json_object_set(s->known->values, key, after);
	} else {
		json_object_del(s->known->values, key);
	}
	if (trail_event_defers(s->call, s->wire, setting))
		json_object_set_new(entry, "deferred", json_true());
	json_array_append_new(json_object_get(s->event, "settings"), entry);
}

static void add_row(void *ctx, const struct setting *setting)
{
	add_setting(ctx, setting);
}

static void add_settings(struct trail_known *known, const char *change,
			 json_t *event)
{
	const json_t *addresses = json_object_get(event, "addresses");
	struct settling s = {
		.known = known,
		.call = trail_call_of(json_text(event, "source"),
				      json_text(event, "name")),
		.address = json_string_value(json_array_get(addresses, 0)),
		.change = change,
		.event = event,
	};
	CLEANUP(address_release) struct address parsed = { .ops = NULL };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *wire = NULL;

	if (!s.call || json_text(event, "error_code") ||
	    address_parse(s.address, &parsed, &err))
		return;
	wire = trail_to_wire(s.call->call, json_object_get(event, "parameters"),
			     json_text(event, "account_id"));
	s.wire = wire;
	trail_event_rows(parsed.ops->kind, wire, add_row, &s);
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
		go_on(known, json_text(event, "at"));
		add_settings(known, json_string_value(change), event);
	}
}
