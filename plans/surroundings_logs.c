/*
 * When the newest event of a log group came. AWS wants to be asked for each
 * group by itself, 25 times a second at most, so few are asked at a time.
 */
#include <string.h>

#include "core/clock.h"
#include "core/compiler.h"
#include "plans/surroundings_private.h"

#define AT_A_TIME 2
#define NAME "logGroupName"

static void ask_next(struct part *part);

/* Each group was asked for by a request of its own. */
static void answered(struct part *part, const json_t *subject, json_t *entry)
{
	char text[CLOCK_TEXT_MAX];

	json_object_set_new(entry, "call", json_string(part->row->call));
	json_object_set_new(entry, "read_at",
			    json_string(clock_rfc3339(part->read_at, text)));
	json_object_set_new(entry, "request_id", json_from_text(part->last_id));
	json_object_set_new(part->value, json_text(subject, NAME), entry);
	ask_next(part);
}

static void add_newest(struct part *part, json_t *subject,
		       const json_t *streams)
{
	const json_t *newest = json_array_get(streams, 0);

	answered(part, subject,
		 json_pack("{so so}", "lastEventTimestamp",
			   part_time(json_object_get(newest,
						     "lastEventTimestamp"),
				     1000),
			   "stream", part_member(newest, "logStreamName")));
}

static void no_newest(struct part *part, json_t *subject, json_t *unread)
{
	const char *code = json_text(unread, "code");

	answered(part, subject,
		 code && !strcmp(code, "ResourceNotFoundException")
			 ? json_pack("{sb}", "missing", true)
			 : json_pack("{sO}", "unread", unread));
}

static const struct part_listing streams_listing = {
	.service = "logs",
	.action = "DescribeLogStreams",
	.items = "logStreams",
	.whole = add_newest,
	.failed = no_newest,
};

static void ask_next(struct part *part)
{
	CLEANUP(json_release) json_t *parameters = NULL;
	CLEANUP(json_release) json_t *subject = NULL;
	json_t *name = json_array_get(part->waiting, 0);

	if (!name)
		return;
	subject = json_pack("{sO}", NAME, name);
	json_array_remove(part->waiting, 0);
	parameters = json_pack("{sO ss sb si}", NAME,
			       json_object_get(subject, NAME), "orderBy",
			       "LastEventTime", "descending", true, "limit", 1);
	part_list(part, &streams_listing, parameters, subject);
}

void log_groups_start(struct part *part)
{
	part->value = json_object();
}

void log_groups_ask(struct part *part, const json_t *names)
{
	part->waiting = json_sorted_set(names);
	for (int i = 0; i < AT_A_TIME; i++)
		ask_next(part);
}
