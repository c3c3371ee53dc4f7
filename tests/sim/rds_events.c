#include "tests/sim/rds_events.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/paging.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define DEFAULT_MINUTES 60
#define MOST_MINUTES 20160 /* the 14 days for which RDS keeps events */

/* ---- writing ------------------------------------------------------------ */

static void write_event(struct place *place, const char *type, const char *id,
			const char *arn, const char *category,
			const char *message)
{
	char second[CLOCK_TEXT_MAX];
	int64_t now_ms = clock_now_ms();

	clock_rfc3339(now_ms / 1000, second);
	second[strlen(second) - 1] = '\0'; /* its Z */
	CLEANUP(free_ptr)
	char *date = xasprintf("%s.%03dZ", second, (int)(now_ms % 1000));
	if (json_array_size(place->events) == RDS_EVENTS_MAX)
		json_array_remove(place->events, 0);
	json_array_append_new(
		place->events,
		json_pack("{sI sI s{ss ss ss s[s] ss ss}}", "serial",
			  ++place->event_serial, "when_ms", now_ms, "Event",
			  "SourceIdentifier", id, "SourceType", type, "Message",
			  message, "EventCategories", category, "Date", date,
			  "SourceArn", arn));
}

void rds_event(struct place *place, const char *type, const char *id,
	       const char *arn, const char *category, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP(free_ptr) char *message = xvasprintf(fmt, ap);
	va_end(ap);

	write_event(place, type, id, arn, category, message);
}

void resource_event(const struct resource *resource, const char *category,
		    const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP(free_ptr) char *message = xvasprintf(fmt, ap);
	va_end(ap);
	CLEANUP(free_ptr) char *arn = resource_arn(resource);

	write_event(resource->place,
		    resource->is_cluster ? "db-cluster" : "db-instance",
		    resource->id, arn, category, message);
}

/* ---- DescribeEvents ----------------------------------------------------- */

struct query {
	const char *type, *id;
	int64_t from_ms, to_ms;
	json_t *categories; /* empty: every one */
	json_int_t after;   /* serial of the last one on the page before */
};

static void query_release(struct query *query)
{
	json_decref(query->categories);
}

static bool refuse(struct rds_call *call, const char *code, const char *message)
{
	answer_error(call->answer, call->request, 400, code, "%s", message);
	return false;
}

/* "2026-11-24T02:15:30Z", with or without a fraction; ends that many ms off. */
static bool parse_time(const char *text, int64_t *ret_ms)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M", &tm);
	int64_t ms = 0, unit = 100;

	if (end && *end == ':')
		end = strptime(end, ":%S", &tm);
	if (end && *end == '.')
		for (end++; isdigit((unsigned char)*end); end++, unit /= 10)
			ms += (*end - '0') * unit;
	if (!end || strcmp(end, "Z") != 0)
		return false;
	*ret_ms = (int64_t)timegm(&tm) * 1000 + ms;
	return true;
}

static bool read_times(struct rds_call *call, struct query *query)
{
	const char *start = request_get(call->request, "StartTime");
	const char *stop = request_get(call->request, "EndTime");
	const char *duration = request_get(call->request, "Duration");
	char *end = NULL;
	long minutes = DEFAULT_MINUTES;

	errno = 0;
	if (duration)
		minutes = strtol(duration, &end, 10);
	if (duration && (errno || !isdigit((unsigned char)*duration) || *end ||
			 minutes < 1 || minutes > MOST_MINUTES))
		return refuse(call, "InvalidParameterValue",
			      "Invalid value for Duration.");
	query->to_ms = clock_now_ms();
	if (stop && !parse_time(stop, &query->to_ms))
		return refuse(call, "InvalidParameterValue",
			      "Invalid value for EndTime.");
	query->from_ms = query->to_ms - (int64_t)minutes * 60000;
	if (start && !parse_time(start, &query->from_ms))
		return refuse(call, "InvalidParameterValue",
			      "Invalid value for StartTime.");
	if (start && duration && stop)
		return refuse(call, "InvalidParameterCombination",
			      "Duration cannot be used with both StartTime and "
			      "EndTime.");
	if (start && duration)
		query->to_ms = query->from_ms + (int64_t)minutes * 60000;
	return query->from_ms <= query->to_ms ||
	       refuse(call, "InvalidParameterCombination",
		      "The end time is before the start time.");
}

static bool read_source(struct rds_call *call, struct query *query)
{
	static const char *const types[] = { "db-instance",
					     "db-parameter-group",
					     "db-security-group",
					     "db-snapshot",
					     "db-cluster",
					     "db-cluster-snapshot",
					     "custom-engine-version",
					     "db-proxy",
					     "blue-green-deployment",
					     "db-shard-group",
					     "zero-etl" };

	query->type = request_get(call->request, "SourceType");
	query->id = request_get(call->request, "SourceIdentifier");
	if (query->id && !query->type)
		return refuse(call, "InvalidParameterCombination",
			      "Source type must be provided with a source "
			      "identifier.");
	for (size_t i = 0; query->type && i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], query->type))
			return true;
	return !query->type || refuse(call, "InvalidParameterValue",
				      "Unrecognized source type.");
}

static void read_categories(const struct request *request, struct query *query)
{
	query->categories = json_array();
	for (size_t n = 1;; n++) {
		CLEANUP(free_ptr)
		char *name = xasprintf("EventCategories.EventCategory.%zu", n);
		const char *text = request_get(request, name);
		if (!text)
			return;
		json_array_append_new(query->categories, json_string(text));
	}
}

static bool wanted(const struct query *query, const json_t *entry)
{
	const json_t *event = json_object_get(entry, "Event");
	int64_t when_ms = json_integer_value(json_object_get(entry, "when_ms"));
	const json_t *category =
		json_array_get(json_object_get(event, "EventCategories"), 0);

	return json_integer_value(json_object_get(entry, "serial")) >
		       query->after &&
	       when_ms >= query->from_ms && when_ms <= query->to_ms &&
	       (!query->type ||
		!strcmp(query->type, json_text(event, "SourceType"))) &&
	       (!query->id ||
		!strcasecmp(query->id, json_text(event, "SourceIdentifier"))) &&
	       (!json_array_size(query->categories) ||
		json_array_has(query->categories, json_string_value(category)));
}

static void answer_events(struct rds_call *call, const struct query *query,
			  long size)
{
	CLEANUP(json_release) json_t *found = json_array();
	CLEANUP(free_ptr) char *marker = NULL;
	json_int_t last = 0;
	size_t index;
	json_t *entry;

	json_array_foreach(call->place->events, index, entry) {
		if (!wanted(query, entry))
			continue;
		if (json_array_size(found) == (size_t)size) {
			CLEANUP(free_ptr)
			char *text = xasprintf("%lld", (long long)last);
			marker = page_marker(call->request, text);
			break;
		}
		json_array_append(found, json_object_get(entry, "Event"));
		last = json_integer_value(json_object_get(entry, "serial"));
	}
	answer_begin(call->answer, call->request);
	xml_value(&call->answer->body, "Events", found);
	if (marker)
		xml_text(&call->answer->body, "Marker", marker);
	answer_end(call->answer, call->request);
}

void rds_describe_events(struct rds_call *call)
{
	static const char *const names[] = {
		"SourceIdentifier", "SourceType", "StartTime",
		"EndTime",          "Duration",   "Marker",
		"MaxRecords",       "Filters.",   "EventCategories.",
	};
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(query_release) struct query query = { .after = 0 };

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !read_source(call, &query) || !read_times(call, &query))
		return;
	read_categories(call->request, &query);
	if (page.after)
		query.after = strtoll(page.after, NULL, 10);
	answer_events(call, &query, page.size);
}
