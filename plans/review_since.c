#include "plans/review_since.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/history.h"
#include "plans/kind.h"
#include "plans/review_store.h"
#include "plans/trail.h"

#define DAY_S ((int64_t)24 * 60 * 60)

/* ---- since when --------------------------------------------------------- */

static json_t *targets_of(const struct places *places)
{
	json_t *targets = json_array();

	for (size_t i = 0; i < places->len; i++) {
		const struct place *place = &places->items[i];

		if (!place->global)
			json_array_append_new(
				targets, json_pack("{ss ss}", "account_id",
						   place->account_id, "region",
						   place->region));
	}
	return targets;
}

static bool read_time(const char *text, int64_t *ret_when)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	return text && !clock_parse(text, ret_when, &err);
}

/* When what the review has seen ends; false: it does not say. */
static bool seen_until(const json_t *review, int64_t *ret_when)
{
	const json_t *events = json_object_get(review, "events");

	if (!json_is_object(events))
		return read_time(json_text(review, "started_at"), ret_when);
	return read_time(
		json_text(events, trail_is_complete(events) ? "to" : "from"),
		ret_when);
}

static int find_start(const struct review_since *since, int64_t *ret_from,
		      struct error *err)
{
	CLEANUP(json_release) json_t *targets = targets_of(since->places);
	CLEANUP(json_release) json_t *before = NULL;
	const int64_t back =
		since->every_s && since->every_s < TRAIL_DAYS * DAY_S
			? since->every_s
			: TRAIL_DAYS * DAY_S;
	int64_t until;

	*ret_from = since->now - back;
	if (since->store &&
	    review_store_before(since->store, targets, &before, err))
		return -1;
	if (before && seen_until(before, &until) && until <= since->now)
		*ret_from = until - TRAIL_LAG_S;
	return 0;
}

/* ---- whose events ------------------------------------------------------- */

/* Kinds that roles, keys and groups of everybody are of: only those in use. */
static bool is_everybodys(const char *address)
{
	CLEANUP(address_release) struct address parsed = { .ops = NULL };
	CLEANUP(error_release) struct error err = ERROR_INIT;

	return address_parse(address, &parsed, &err) ||
	       parsed.ops->by_reference;
}

static bool was_skipped(const struct live *live, const char *target,
			const char *address)
{
	json_t *line;
	size_t i;

	json_array_foreach(live->skipped, i, line) {
		const char *of = json_text(line, "target");
		const char *what = json_text(line, "address");

		if (of && what && !strcmp(of, target) && !strcmp(what, address))
			return true;
	}
	return false;
}

static int add_recorded(const char *path, bool is_directory, void *ctx,
			struct error *err)
{
	(void)err;
	if (!is_directory)
		json_object_set_new(ctx, path, json_true());
	return 0;
}

/* Whatever a change of ours touched: the paths of its record, in *recorded. */
static int find_recorded(const struct review_since *since, json_t *recorded,
			 struct error *err)
{
	for (size_t i = 0; since->store && i < since->places->len; i++) {
		if (store_walk(since->store, since->places->items[i].path,
			       add_recorded, recorded, err))
			return -1;
	}
	return 0;
}

static bool is_recorded(const struct review_since *since,
			const json_t *recorded, const char *target,
			const char *address)
{
	const struct place *place = places_find(since->places, target);
	CLEANUP(free_ptr)
	char *path =
		place ? xasprintf("%s/%s.json", place->path, address) : NULL;

	return path && json_object_get(recorded, path);
}

/* Of what is there, or was and is gone by now, or of what we changed once. */
static bool is_ours(const struct review_since *since, const json_t *recorded,
		    const json_t *event)
{
	const char *target = json_text(event, "target");
	const struct live *live = since->live;
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(event, "addresses"), i, address) {
		const char *text = json_string_value(address);

		if (json_text(event, "change") ||
		    is_recorded(since, recorded, target, text) ||
		    live_find(live, target, text) ||
		    (!is_everybodys(text) && !was_skipped(live, target, text)))
			return true;
	}
	return false;
}

static int keep_ours(const struct review_since *since, json_t *document,
		     struct error *err)
{
	CLEANUP(json_release) json_t *recorded = json_object();
	json_t *kept, *event;
	size_t i;

	if (find_recorded(since, recorded, err))
		return -1;
	kept = json_array();
	json_array_foreach(json_object_get(document, "events"), i, event) {
		if (is_ours(since, recorded, event))
			json_array_append(kept, event);
	}
	json_object_set_new(document, "events", kept);
	return 0;
}

/* ---- our changes -------------------------------------------------------- */

static int changes_since(struct store *store, int64_t from,
			 json_t **ret_changes, struct error *err)
{
	static const char *const keys[][2] = {
		{ "id", "change" },   { "started_at", "at" },
		{ "state", "state" }, { "kind", "kind" },
		{ "caller", "by" },   { "reason", "reason" },
	};
	CLEANUP(json_release) json_t *history = NULL;
	json_t *changes = json_array();
	int64_t when;

	*ret_changes = changes;
	if (store && history_read(store, NULL, &history, err)) {
		json_decref(changes);
		return -1;
	}
	/* the oldest first, as events are */
	for (size_t i = json_array_size(history); i-- > 0;) {
		const json_t *entry = json_array_get(history, i);
		json_t *change;

		if (read_time(json_text(entry, "at"), &when) && when < from)
			continue;
		change = json_object();
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			json_object_set(change, keys[k][0],
					json_object_get(entry, keys[k][1]));
		json_array_append_new(changes, change);
	}
	return 0;
}

int review_since(const struct review_since *since, json_t **ret_events,
		 json_t **ret_changes, struct error *err)
{
	CLEANUP(json_release) json_t *events = NULL;
	struct trail_request request = { .aws = since->aws,
					 .places = since->places,
					 .now = since->now,
					 .store = since->store,
					 .progress = since->progress,
					 .progress_ctx = since->progress_ctx };

	if (find_start(since, &request.from, err) ||
	    trail_read(&request, &events, err) ||
	    keep_ours(since, events, err) ||
	    changes_since(since->store, request.from, ret_changes, err))
		return -1;
	*ret_events = TAKE(events);
	return 0;
}
