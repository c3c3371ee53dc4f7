#include "plans/drift.h"

#include <string.h>

#include "core/clock.h"
#include "plans/awaited.h"
#include "plans/drift_find.h"
#include "plans/drift_who.h"
#include "plans/trail.h"

/* ---- what is asked of CloudTrail ---------------------------------------- */

/* The oldest time at which anything that differs was recorded. */
static int64_t since(const json_t *differences, int64_t now)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t from = now, when;
	json_t *difference;
	size_t i;

	json_array_foreach(differences, i, difference) {
		const char *at = json_text(difference, "recorded_at");

		if (at && !clock_parse(at, &when, &err) && when < from)
			from = when;
	}
	return from;
}

/* {"<target>": ["<address>", …]} */
static json_t *addresses_of(const json_t *differences)
{
	json_t *only = json_object(), *difference;
	size_t i;

	json_array_foreach(differences, i, difference) {
		const char *target = json_text(difference, "target");
		json_t *list = json_object_get(only, target);

		if (!list) {
			list = json_array();
			json_object_set_new(only, target, list);
		}
		json_array_add_unique(list, json_text(difference, "address"));
	}
	return only;
}

static int ask_trail(const struct drift_request *request,
		     const struct live *live, json_t *differences, int64_t now,
		     json_t **ret_places, struct error *err)
{
	CLEANUP(json_release) json_t *only = addresses_of(differences);
	CLEANUP(json_release) json_t *events = NULL;
	const struct trail_request trail = {
		.aws = request->aws,
		.places = request->places,
		.from = since(differences, now),
		.now = now,
		.store = request->store,
		.only = only,
		.progress = request->progress,
		.progress_ctx = request->progress_ctx,
		.pace_ms = request->pace_ms,
	};

	if (trail_read(&trail, &events, err))
		return -1;
	drift_attribute(events, live, differences);
	*ret_places = json_incref(json_object_get(events, "places"));
	return 0;
}

/* ---- the document ------------------------------------------------------- */

static void count(const json_t *differences, json_t *summary)
{
	static const char *const classes[] = { "changed", "pending", "gone",
					       "replaced", "unread" };
	json_int_t counts[ARRAY_SIZE(classes)] = { 0 }, attributed = 0;
	json_t *difference;
	size_t i;

	json_array_foreach(differences, i, difference) {
		const char *class = json_text(difference, "class");

		for (size_t c = 0; c < ARRAY_SIZE(classes); c++)
			counts[c] += !strcmp(class, classes[c]);
		attributed +=
			json_is_object(json_object_get(difference, "event"));
	}
	for (size_t c = 0; c < ARRAY_SIZE(classes); c++)
		json_object_set_new(summary, classes[c],
				    json_integer(counts[c]));
	json_object_set_new(summary, "attributed", json_integer(attributed));
}

/* Each --only must be of something. */
static int check_only(const struct drift_request *request,
		      const struct only *only, struct error *err)
{
	const struct backout *all = request->drift->backout;
	CLEANUP(json_release) json_t *addresses = json_array();

	for (size_t i = 0; i < all->len; i++)
		json_array_append_new(addresses,
				      json_from_text(all->items[i].address));
	return only_check(only, "nothing is recorded at", addresses, err);
}

static void say(const struct drift_request *request, const char *line)
{
	if (request->progress)
		request->progress(request->progress_ctx, line);
}

int drift_read(const struct drift_request *request, struct live **ret_live,
	       json_t **ret_document, struct error *err)
{
	const int64_t now = request->now ? request->now : clock_now();
	CLEANUP(json_release) json_t *differences = NULL, *ours = NULL;
	CLEANUP(json_release) json_t *summary = NULL, *places = json_array();
	CLEANUP(json_release) json_t *awaited = NULL, *asked = NULL;
	CLEANUP(only_release) struct only only = { .items = NULL };
	char text[CLOCK_TEXT_MAX];

	if (only_parse(&request->only, false, &only, err) ||
	    awaited_load(request->store, &awaited, err))
		return -1;
	say(request, "reading live state");
	if (backout_observe(request->aws, request->places,
			    request->drift->backout, ret_live, err))
		return -1;
	drift_find(request->drift, *ret_live, awaited, &only, &differences,
		   &ours, &summary);
	if (check_only(request, &only, err))
		return -1;
	say(request, "asking CloudTrail who it was");
	if (json_array_size(differences) &&
	    ask_trail(request, *ret_live, differences, now, &asked, err))
		return -1;
	count(differences, summary);
	json_object_set_new(summary, "ours",
			    json_integer((json_int_t)json_array_size(ours)));
	*ret_document =
		json_pack("{ss ss so sO sO sO sO}", "format", DRIFT_FORMAT,
			  "at", clock_rfc3339(now, text), "caller",
			  json_from_text(request->places->caller_arn),
			  "summary", summary, "places", asked ? asked : places,
			  "differences", differences, "ours", ours);
	return 0;
}

size_t drift_count(const json_t *document)
{
	return json_array_size(json_object_get(document, "differences"));
}
