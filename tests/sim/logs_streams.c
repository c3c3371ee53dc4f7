/* What is in log groups, as far as anybody may see: when events came. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/logs.h"
#include "tests/sim/paging.h"
#include "tests/sim/sections.h"
#include "tests/sim/throttle.h"

#define NAME "logStreamName"
#define LAST "lastEventTimestamp"
#define AGO "secondsAgo"
#define PER_SECOND 25.0 /* DescribeLogStreams, of an account and region */
#define BECAME ((json_int_t)1767225600000) /* the first events: 2026 */

/* ---- the fleet ---------------------------------------------------------- */

/* Without a time the newest event has just come, whenever somebody asks. */
int logs_load_streams(json_t *group, struct error *err)
{
	json_t *streams = json_object_get(group, LOGS_STREAMS), *stream;
	size_t i;

	if (streams && !json_is_array(streams))
		return error_set(err, ERR_FORMAT, "'%s' is not a list",
				 LOGS_STREAMS);
	json_array_foreach(streams, i, stream) {
		const json_t *ago = json_object_get(stream, AGO);

		if (!json_text(stream, NAME))
			return error_set(err, ERR_FORMAT,
					 "a log stream has no %s", NAME);
		if (!ago)
			continue;
		json_object_set_new(
			stream, LAST,
			json_integer(clock_now_ms() -
				     json_integer_value(ago) * 1000));
		json_object_del(stream, AGO);
	}
	return 0;
}

void metric_filter_defaults(const struct place *place, json_t *filter)
{
	(void)place;
	json_default(filter, "logGroupName", json_string("cloudtrail"));
	json_default(filter, "filterPattern", json_string(""));
	json_default(filter, "creationTime", json_integer(BECAME));
	json_default(filter, "metricTransformations",
		     json_pack("[{sO ss ss}]", "metricName",
			       json_object_get(filter, "filterName"),
			       "metricNamespace", "CloudTrailMetrics",
			       "metricValue", "1"));
}

/* ---- streams ------------------------------------------------------------ */

static json_t *show_stream(const struct json_call *call, const char *group,
			   const json_t *stream)
{
	json_t *shown = json_copy((json_t *)(uintptr_t)stream);
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:logs:%s:%s:log-group:%s:log-stream:%s",
			      call->place->region, call->place->account->id,
			      group, json_text(stream, NAME));

	json_default(shown, LAST, json_integer(clock_now_ms()));
	json_default(shown, "firstEventTimestamp", json_integer(BECAME));
	json_default(shown, "creationTime", json_integer(BECAME));
	json_default(shown, "lastIngestionTime",
		     json_incref(json_object_get(shown, LAST)));
	json_default(shown, "storedBytes", json_integer(0));
	json_object_set_new(shown, "arn", json_string(arn));
	return shown;
}

static int by_last(const void *a, const void *b)
{
	const json_t *const *left = a, *const *right = b;
	json_int_t one = json_integer_value(json_object_get(*left, LAST));
	json_int_t two = json_integer_value(json_object_get(*right, LAST));

	return one < two ? -1 : one > two;
}

static int by_name(const void *a, const void *b)
{
	const json_t *const *left = a, *const *right = b;

	return strcmp(json_text(*left, NAME), json_text(*right, NAME));
}

/* A new array of the group's streams in the order that is asked for. */
static json_t *ordered(const struct json_call *call, const json_t *group)
{
	const json_t *parameters = call->request->parameters;
	const char *order = json_text(parameters, "orderBy");
	const json_t *streams = json_object_get(group, LOGS_STREAMS);
	const bool down =
		json_is_true(json_object_get(parameters, "descending"));
	const size_t len = json_array_size(streams);
	CLEANUP(free_ptr) json_t **sorted = xcalloc(len, sizeof(*sorted));
	json_t *list = json_array();

	for (size_t i = 0; i < len; i++)
		sorted[i] = show_stream(call, json_text(group, "logGroupName"),
					json_array_get(streams, i));
	if (len)
		qsort(sorted, len, sizeof(*sorted),
		      order && !strcmp(order, "LastEventTime") ? by_last
							       : by_name);
	for (size_t i = 0; i < len; i++)
		json_array_append_new(list, sorted[down ? len - 1 - i : i]);
	return list;
}

static bool good_order(struct json_call *call)
{
	const char *order = request_get(call->request, "orderBy");
	const char *wrong = NULL;

	if (order && strcmp(order, "LastEventTime") != 0 &&
	    strcmp(order, "LogStreamName") != 0)
		wrong = "orderBy is none of LogStreamName and LastEventTime";
	else if (order && !strcmp(order, "LastEventTime") &&
		 request_get(call->request, "logStreamNamePrefix"))
		wrong = "Cannot order by LastEventTime with a "
			"logStreamNamePrefix.";
	if (wrong)
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterException", "%s", wrong);
	return !wrong;
}

void logs_describe_streams(struct json_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	const char *prefix = request_get(call->request, "logStreamNamePrefix");
	const json_t *group;
	CLEANUP(json_release) json_t *streams = NULL;
	CLEANUP(free_ptr) char *marker = NULL;
	json_t *list, *stream;
	const char *last = NULL;
	bool begun;
	size_t i;

	if (call->sim->throttle &&
	    !throttle_take(&call->place->streams, PER_SECOND, PER_SECOND)) {
		answer_error(call->answer, call->request, 400,
			     "ThrottlingException", "Rate exceeded");
		return;
	}
	if (!good_order(call) || !(group = logs_find_group(call)) ||
	    !page_logs(call->request, call->sim->page_size, &page,
		       call->answer))
		return;
	streams = ordered(call, group);
	list = json_array();
	begun = !page.after;
	json_array_foreach(streams, i, stream) {
		const char *name = json_text(stream, NAME);

		if (!begun) {
			begun = !strcmp(name, page.after);
			continue;
		}
		if (prefix && strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		if (json_array_size(list) == (size_t)page.size) {
			marker = page_marker(call->request, last);
			break;
		}
		json_array_append(list, stream);
		last = name;
	}
	answer_object(call->answer, json_pack("{so ss*}", LOGS_STREAMS, list,
					      "nextToken", marker));
}

/* ---- metric filters ----------------------------------------------------- */

size_t logs_count_filters(const struct place *place, const char *group)
{
	size_t count = 0, i;
	json_t *filter;

	json_array_foreach(section(place, "metric_filters"), i, filter)
		count += !strcmp(json_text(filter, "logGroupName"), group);
	return count;
}

static bool makes(const json_t *filter, const char *metric, const char *space)
{
	size_t i;
	json_t *made;

	json_array_foreach(json_object_get(filter, "metricTransformations"), i,
			   made)
		if (!strcmp(json_text(made, "metricName"), metric) &&
		    !strcmp(json_text(made, "metricNamespace"), space))
			return true;
	return false;
}

static bool wanted(const struct request *request, const json_t *filter)
{
	const char *group = request_get(request, "logGroupName");
	const char *prefix = request_get(request, "filterNamePrefix");
	const char *metric = request_get(request, "metricName");
	const char *space = request_get(request, "metricNamespace");
	const char *name = json_text(filter, "filterName");

	return (!group || !strcmp(group, json_text(filter, "logGroupName"))) &&
	       (!prefix || !strncmp(name, prefix, strlen(prefix))) &&
	       (!metric || !space || makes(filter, metric, space));
}

void logs_describe_filters(struct json_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(json_release)
	json_t *sorted =
		sorted_by(section(call->place, "metric_filters"), "filterName");
	CLEANUP(free_ptr) char *marker = NULL;
	json_t *list, *filter;
	const char *last = NULL;
	size_t i;

	if ((request_get(call->request, "logGroupName") &&
	     !logs_find_group(call)) ||
	    !page_logs(call->request, call->sim->page_size, &page,
		       call->answer))
		return;
	list = json_array();
	json_array_foreach(sorted, i, filter) {
		const char *name = json_text(filter, "filterName");

		if ((page.after && strcmp(name, page.after) <= 0) ||
		    !wanted(call->request, filter))
			continue;
		if (json_array_size(list) == (size_t)page.size) {
			marker = page_marker(call->request, last);
			break;
		}
		json_array_append(list, filter);
		last = name;
	}
	answer_object(call->answer, json_pack("{so ss*}", "metricFilters", list,
					      "nextToken", marker));
}
