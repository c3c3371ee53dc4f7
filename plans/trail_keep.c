#include "plans/trail_keep.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/trail.h"
#include "state/scratch.h"

#define DIRECTORY "trail"

static char *name_of(const struct trail_scan *scan)
{
	return xasprintf("%s-%s.jsonl", scan->account_id, scan->region);
}

/* ---- keeping ------------------------------------------------------------ */

static json_t *line_of(const struct trail_scan *scan)
{
	json_t *spans = json_array();

	for (size_t i = scan->spans_kept; i < scan->spans_len; i++)
		json_array_append_new(
			spans,
			json_pack("{ss sI sI}", "filter", scan->spans[i].filter,
				  "from", (json_int_t)scan->spans[i].from, "to",
				  (json_int_t)scan->spans[i].to));
	return json_pack("{sI sb so sO}", "read_at", (json_int_t)scan->now,
			 "all", scan->all_writes, "spans", spans, "events",
			 scan->fresh);
}

void trail_keep_save(struct store *store, const struct trail_scan *scan)
{
	CLEANUP(free_ptr) char *name = name_of(scan);
	CLEANUP(json_release) json_t *line = line_of(scan);
	CLEANUP(error_release) struct error err = ERROR_INIT;

	/* it saves work, and nothing depends on it */
	if (scratch_add(store, DIRECTORY, name, line, &err))
		return;
}

void trail_keep_drop(struct store *store, const struct trail_scan *scan)
{
	CLEANUP(free_ptr) char *name = name_of(scan);

	scratch_remove(store, DIRECTORY, name);
}

/* ---- going on ----------------------------------------------------------- */

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void add_spans(struct trail_scan *scan, const json_t *line)
{
	const int64_t settled = number(line, "read_at") - TRAIL_LAG_S;
	json_t *span;
	size_t i;

	json_array_foreach(json_object_get(line, "spans"), i, span) {
		const char *filter = json_text(span, "filter");
		int64_t from = number(span, "from"), to = number(span, "to");

		if (to > settled)
			to = settled;
		if (filter)
			trail_scan_add_span(scan, filter, from, to);
	}
}

static bool is_within(const struct trail_scan *scan, const json_t *event)
{
	const char *at = json_text(event, "at");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t when;

	return at && !clock_parse(at, &when, &err) && when >= scan->from &&
	       when <= scan->to;
}

static void add_events(struct trail_scan *scan, const json_t *line)
{
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(line, "events"), i, event) {
		const char *id = json_text(event, "id");

		if (id && json_text(event, "source") &&
		    json_text(event, "name") && is_within(scan, event))
			json_object_set(scan->events, id, event);
	}
}

void trail_keep_load(struct store *store, struct trail_scan *scan)
{
	CLEANUP(free_ptr) char *name = name_of(scan);
	CLEANUP(json_release) json_t *lines = NULL;
	json_t *line;
	size_t i;

	if (!scan->events)
		scan->events = json_object();
	if (!store)
		return;
	lines = scratch_read(store, DIRECTORY, name);
	json_array_foreach(lines, i, line) {
		/* the one has fewer events in the same spans than the other */
		if (json_is_true(json_object_get(line, "all")) !=
		    scan->all_writes)
			continue;
		add_spans(scan, line);
		add_events(scan, line);
	}
}
