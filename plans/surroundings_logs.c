/*
 * When the newest event of a log group came. AWS wants to be asked for each
 * group by itself, and not more than 25 times a second. Who asks faster is
 * throttled, and uses up the retries that other calls need too.
 */
#include <stdint.h>
#include <string.h>

#include "core/clock.h"
#include "core/compiler.h"
#include "plans/surroundings_private.h"

#define AT_ONCE 20  /* before the first wait */
#define EVERY_MS 45 /* 22 a second */
#define NAME "logGroupName"

/* Each group was asked for by a request of its own. */
static void answered(struct part *part, const json_t *subject, json_t *entry)
{
	char text[CLOCK_TEXT_MAX];

	json_object_set_new(entry, "call", json_string(part->row->call));
	json_object_set_new(entry, "read_at",
			    json_string(clock_rfc3339(part->read_at, text)));
	json_object_set_new(entry, "request_id", json_from_text(part->last_id));
	json_object_set_new(part->value, json_text(subject, NAME), entry);
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

static void ask(struct part *part, json_t *name)
{
	CLEANUP(json_release) json_t *subject = json_pack("{sO}", NAME, name);
	CLEANUP(json_release)
	json_t *parameters =
		json_pack("{sO ss sb si}", NAME, name, "orderBy",
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
	part->due_ms = clock_monotonic_ms() - (int64_t)AT_ONCE * EVERY_MS;
	(void)log_groups_more(part, clock_monotonic_ms());
}

int64_t log_groups_more(struct part *part, int64_t now_ms)
{
	size_t asked = 0;

	while (asked < json_array_size(part->waiting) &&
	       part->due_ms <= now_ms) {
		ask(part, json_array_get(part->waiting, asked++));
		part->due_ms += EVERY_MS;
	}
	for (; asked; asked--)
		json_array_remove(part->waiting, 0);
	return json_array_size(part->waiting) ? part->due_ms : INT64_MAX;
}
