#include "plans/trail.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/kind.h"
#include "plans/trail_call.h"
#include "plans/trail_event.h"
#include "plans/trail_keep.h"
#include "plans/trail_known.h"
#include "plans/trail_place.h"
#include "plans/trail_scan.h"

#define DAY_S ((int64_t)24 * 60 * 60)

struct reading {
	const struct trail_request *request;
	int64_t now, from, to;
	struct trail_scan *scans;
	size_t scans_len, scans_cap;
	json_t *places; /* of the document */
	json_t *events; /* array, as it grows */
	struct trail_known *known;
};

static void reading_release(struct reading *reading)
{
	for (size_t i = 0; i < reading->scans_len; i++)
		trail_scan_release(&reading->scans[i]);
	free(reading->scans);
	json_decref(reading->places);
	json_decref(reading->events);
	trail_known_free(reading->known);
}

/* ---- what is asked where ------------------------------------------------ */

static const char *region_of(const struct place *place)
{
	return place->global ? endpoint_global_region(
				       aws_session_region(place->session))
			     : place->region;
}

static struct trail_scan *find_scan(const struct reading *reading,
				    const struct place *place)
{
	for (size_t i = 0; i < reading->scans_len; i++) {
		struct trail_scan *scan = &reading->scans[i];

		if (!strcmp(scan->account_id, place->account_id) &&
		    !strcmp(scan->region, region_of(place)))
			return scan;
	}
	return NULL;
}

static json_t *keep_known(const json_t *record)
{
	return trail_event_new(record, false);
}

static json_t *keep_all(const json_t *record)
{
	return trail_event_new(record, true);
}

/* Where a reading that is cut off is kept; NULL: nowhere. */
static struct store *keeper(const struct reading *reading)
{
	return reading->request->fresh ? NULL : reading->request->store;
}

static void save(void *ctx, struct trail_scan *scan)
{
	trail_keep_save(ctx, scan);
}

static bool is_wanted(const struct reading *reading, const struct place *place)
{
	return !reading->request->only ||
	       json_array_size(
		       json_object_get(reading->request->only, place->name));
}

/* Of which kinds the addresses are that are wanted in the place. */
static unsigned kinds_of(const struct trail_request *request,
			 const struct place *place)
{
	const json_t *wanted = json_object_get(request->only, place->name);
	unsigned kinds = 0;
	json_t *text;
	size_t i;

	if (!request->only)
		return ~0u;
	json_array_foreach(wanted, i, text) {
		CLEANUP(address_release) struct address address = { 0 };
		CLEANUP(error_release) struct error err = ERROR_INIT;

		if (!address_parse(json_string_value(text), &address, &err))
			kinds |= 1u << address.ops->kind;
	}
	return kinds;
}

/* A region may be asked for what is of it and for what is global at once. */
static int add_scan(struct reading *reading, const struct place *place,
		    struct error *err)
{
	struct trail_scan *scan = find_scan(reading, place);
	CLEANUP(json_release)
	json_t *names =
		trail_names(place->global, kinds_of(reading->request, place));
	struct aws_session *session;

	if (!scan) {
		if (aws_session_elsewhere(place->session, region_of(place),
					  &session, err))
			return -1;
		GROW(reading->scans, reading->scans_len, reading->scans_cap);
		scan = &reading->scans[reading->scans_len++];
		*scan = (struct trail_scan){
			.aws = reading->request->aws,
			.session = session,
			.account_id = xstrdup(place->account_id),
			.region = xstrdup(region_of(place)),
			.from = reading->from,
			.to = reading->to,
			.now = reading->now,
			.pace_ms = reading->request->pace_ms,
			.all_writes = reading->request->all_writes,
			.names = json_array(),
			.keep = reading->request->all_writes ? keep_all
							     : keep_known,
			.save = keeper(reading) ? save : NULL,
			.save_ctx = keeper(reading),
		};
	}
	json_array_extend(scan->names, names);
	return 0;
}

static int add_scans(struct reading *reading, struct error *err)
{
	const struct places *places = reading->request->places;

	for (size_t i = 0; i < places->len; i++) {
		if (is_wanted(reading, &places->items[i]) &&
		    add_scan(reading, &places->items[i], err))
			return -1;
	}
	for (size_t i = 0; i < reading->scans_len; i++) {
		trail_keep_load(keeper(reading), &reading->scans[i]);
		trail_scan_begin(&reading->scans[i]);
	}
	return 0;
}

/* ---- events ------------------------------------------------------------- */

/* The place of what an event touched: that of the region, or the global one. */
static const struct place *place_of(const struct reading *reading,
				    const json_t *event)
{
	const struct places *places = reading->request->places;
	const char *account = json_text(event, "account_id");
	const char *region = json_text(event, "region");
	const bool global = trail_is_global(json_text(event, "source"));

	for (size_t i = 0; account && region && i < places->len; i++) {
		const struct place *place = &places->items[i];

		if (!strcmp(place->account_id, account) &&
		    (global ? place->global : !strcmp(place->region, region)))
			return place;
	}
	return NULL;
}

static char *address_for(const json_t *event, const struct place *place)
{
	const char *source = json_text(event, "source");
	const json_t *parameters = json_object_get(event, "parameters");
	const struct trail_call *call =
		trail_call_of(source, json_text(event, "name"));

	return call ? trail_address(call, parameters, place)
		    : trail_guess_address(source, parameters, place);
}

/* Where it belongs, if anybody asked for that. */
static bool add_addresses(const struct reading *reading, json_t *event)
{
	const json_t *only = reading->request->only;
	const struct place *place = place_of(reading, event);
	CLEANUP(free_ptr)
	char *address = place ? address_for(event, place) : NULL;

	if (!address ||
	    (only &&
	     !json_array_has(json_object_get(only, place->name), address)))
		return false;
	json_object_set_new(event, "target", json_from_text(place->name));
	json_object_set_new(event, "addresses",
			    json_pack("[o]", json_from_text(address)));
	return true;
}

/* An event while the list is made, and the place where it came in. */
struct arrival {
	json_t *event;
	size_t at; /* the newest of a region came first */
};

static int by_arrival(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;
	const int order =
		strcmp(json_text(x->event, "at"), json_text(y->event, "at"));

	return order ? order : (x->at < y->at) - (x->at > y->at);
}

static int by_id(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;
	const int order =
		strcmp(json_text(x->event, "at"), json_text(y->event, "at"));

	return order ? order
		     : strcmp(json_text(x->event, "id"),
			      json_text(y->event, "id"));
}

/* A new array. */
static json_t *sorted(json_t *events,
		      int (*compare)(const void *a, const void *b))
{
	const size_t len = json_array_size(events);
	CLEANUP(free_ptr)
	struct arrival *items = xcalloc(len + 1, sizeof(*items));
	json_t *list = json_array();

	for (size_t i = 0; i < len; i++)
		items[i] = (struct arrival){ json_array_get(events, i), i };
	qsort(items, len, sizeof(*items), compare);
	for (size_t i = 0; i < len; i++)
		json_array_append(list, items[i].event);
	return list;
}

/*
 * Within a second, which is as exact as CloudTrail is, they happened in the
 * order in which they came, the last one first; the document has them by id.
 */
static json_t *collect(const struct reading *reading)
{
	CLEANUP(json_release) json_t *all = json_array(), *in_order = NULL;

	for (size_t i = 0; i < reading->scans_len; i++) {
		const char *id;
		json_t *event;

		json_object_foreach(reading->scans[i].events, id, event) {
			if (add_addresses(reading, event))
				json_array_append(all, event);
		}
	}
	in_order = sorted(all, by_arrival);
	trail_known_settings(reading->known, in_order);
	return sorted(in_order, by_id);
}

/* ---- all of it ---------------------------------------------------------- */

static int check_interrupted(const struct reading *reading, struct error *err)
{
	for (size_t i = 0; i < reading->scans_len; i++) {
		if (reading->scans[i].err.code != ERR_INTERRUPTED)
			continue;
		error_copy(err, &reading->scans[i].err);
		return -1;
	}
	return 0;
}

/* As long as one of them has to go on, what the others have is kept as well. */
static void keep_or_drop(const struct reading *reading)
{
	struct store *store = keeper(reading);
	bool go_on = false;

	for (size_t i = 0; i < reading->scans_len; i++)
		go_on |= reading->scans[i].resumable;
	for (size_t i = 0; store && i < reading->scans_len; i++) {
		if (!go_on)
			trail_keep_drop(store, &reading->scans[i]);
		else if (reading->scans[i].complete)
			trail_keep_save(store, &reading->scans[i]);
	}
}

/* Waiting, and how far it is: the one that has most to do. */
static void show_progress(void *ctx)
{
	const struct reading *reading = ctx;
	size_t requests = 0, running = 0;
	CLEANUP(free_ptr) char *line = NULL;

	for (size_t i = 0; i < reading->scans_len; i++) {
		requests += reading->scans[i].requests;
		running += !reading->scans[i].finished;
	}
	if (requests == 0 || !reading->request->progress)
		return;
	line = xasprintf("asking CloudTrail: %zu requests so far, %zu of %zu "
			 "regions to go",
			 requests, running, reading->scans_len);
	reading->request->progress(reading->request->progress_ctx, line);
}

static json_t *document_of(const struct reading *reading)
{
	const struct places *places = reading->request->places;
	json_t *entries = json_array();
	json_t *document =
		json_pack("{ss so}", "format", TRAIL_FORMAT, "places", entries);
	json_t *events = collect(reading);
	char text[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < places->len; i++) {
		const struct place *place = &places->items[i];

		if (is_wanted(reading, place))
			json_array_append_new(
				entries,
				trail_place(find_scan(reading, place), place,
					    reading->request->from));
	}
	json_object_set_new(document, "from",
			    json_string(clock_rfc3339(reading->from, text)));
	json_object_set_new(document, "to",
			    json_string(clock_rfc3339(reading->to, text)));
	json_object_set_new(document, "events", events);
	return document;
}

int trail_read(const struct trail_request *request, json_t **ret_events,
	       struct error *err)
{
	const int64_t now = request->now ? request->now : clock_now();
	CLEANUP(reading_release)
	struct reading reading = { .request = request,
				   .now = now,
				   .from = request->from,
				   .to = request->to ? request->to : now };

	if (reading.from < now - TRAIL_DAYS * DAY_S)
		reading.from = now - TRAIL_DAYS * DAY_S;
	if (reading.to < reading.from)
		reading.to = reading.from;
	if (trail_known_load(request->store, reading.from, &reading.known,
			     err) ||
	    add_scans(&reading, err))
		return -1;
	trail_scans_run(request->aws, reading.scans, reading.scans_len,
			show_progress, &reading);
	keep_or_drop(&reading);
	if (check_interrupted(&reading, err))
		return -1;
	*ret_events = document_of(&reading);
	return 0;
}
