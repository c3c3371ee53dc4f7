/* The streams of log groups, of which a fleet file says what they hold. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/json_call.h"
#include "tests/sim/logs.h"
#include "tests/sim/paging.h"

#define STREAM "logStreamName"

static int by_name(const void *a, const void *b)
{
	return strcmp(json_text(*(json_t *const *)a, STREAM),
		      json_text(*(json_t *const *)b, STREAM));
}

static int by_time(const void *a, const void *b)
{
	json_int_t x = json_integer_value(
		json_object_get(*(json_t *const *)a, "lastEventTimestamp"));
	json_int_t y = json_integer_value(
		json_object_get(*(json_t *const *)b, "lastEventTimestamp"));

	return x < y ? -1 : x > y ? 1 : by_name(a, b);
}

/* In the order that is asked for. The caller frees it. */
static json_t **sorted_streams(const json_t *group, bool by_event,
			       bool descending, size_t *ret_len)
{
	const json_t *streams = json_object_get(group, LOGS_STREAMS);
	size_t len = *ret_len = json_array_size(streams);
	json_t **items = xcalloc(len + 1, sizeof(json_t *));

	for (size_t i = 0; i < len; i++)
		items[i] = json_array_get(streams, i);
	qsort(items, len, sizeof(json_t *), by_event ? by_time : by_name);
	for (size_t i = 0; descending && i < len / 2; i++) {
		json_t *item = items[i];
		items[i] = items[len - 1 - i];
		items[len - 1 - i] = item;
	}
	return items;
}

/* From a position on, which is what tokens hold. */
static void answer_streams(struct json_call *call, json_t **streams, size_t len,
			   const struct page *page)
{
	size_t from = page->after ? strtoul(page->after, NULL, 10) : 0;
	size_t end = len - from > (size_t)page->size ? from + (size_t)page->size
						     : len;
	CLEANUP(free_ptr) char *next = xasprintf("%zu", end);
	CLEANUP(free_ptr)
	char *marker = end < len ? page_marker(call->request, next) : NULL;
	json_t *list = json_array();

	for (size_t i = from; i < end; i++)
		json_array_append(list, streams[i]);
	answer_object(call->answer, json_pack("{so ss*}", "logStreams", list,
					      "nextToken", marker));
}

void logs_describe_streams(struct json_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	const json_t *parameters = call->request->parameters;
	const char *order = request_get(call->request, "orderBy");
	const json_t *group = logs_find_group(call);
	bool by_event = order && !strcmp(order, "LastEventTime");
	size_t len;

	if (!group)
		return;
	if (order && !by_event && strcmp(order, "LogStreamName") != 0) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterException", "Unknown order '%s'",
			     order);
		return;
	}
	if (!page_logs(call->request, call->sim->page_size, &page,
		       call->answer))
		return;
	CLEANUP(free_ptr)
	json_t **streams = sorted_streams(
		group, by_event,
		json_is_true(json_object_get(parameters, "descending")), &len);
	answer_streams(call, streams, len, &page);
}
