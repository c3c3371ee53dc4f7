#include "plans/trail_place.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/trail.h"

static json_t *time_text(int64_t when)
{
	char text[CLOCK_TEXT_MAX];

	return json_string(clock_rfc3339(when, text));
}

/* Why it is not complete; NULL: it is. Owned. */
static char *reason_of(const struct trail_scan *scan, int64_t asked_from)
{
	CLEANUP(strbuf_release)
	struct strbuf message = STRBUF_INIT(LIMIT_MESSAGE);
	char text[CLOCK_TEXT_MAX];

	if (error_is_set(&scan->err))
		error_message(&scan->err, &message);
	if (!scan->complete && scan->code && !scan->resumable)
		return xasprintf("CloudTrail refused cloudtrail:LookupEvents: "
				 "%s",
				 message.buf);
	if (!scan->complete)
		return xasprintf("reading the event history was cut off: %s",
				 message.buf);
	if (scan->from > asked_from)
		return xasprintf("CloudTrail keeps its event history for %d "
				 "days: before %s nothing is known",
				 TRAIL_DAYS, clock_rfc3339(scan->from, text));
	return NULL;
}

static json_t *lag_of(const struct trail_scan *scan)
{
	CLEANUP(free_ptr) char *lag = NULL;
	char text[CLOCK_TEXT_MAX];

	if (scan->to <= scan->now - TRAIL_LAG_S)
		return json_null();
	lag = xasprintf("CloudTrail shows calls some minutes late: of what was "
			"called after %s some may still be missing",
			clock_rfc3339(scan->now - TRAIL_LAG_S, text));
	return json_string(lag);
}

json_t *trail_place(const struct trail_scan *scan, const struct place *place,
		    int64_t asked_from)
{
	CLEANUP(free_ptr) char *reason = reason_of(scan, asked_from);
	json_t *entry = json_pack(
		"{ss ss ss sb sI ss}", "target", place->name, "account_id",
		place->account_id, "region", scan->region, "complete",
		reason == NULL, "requests", (json_int_t)scan->requests,
		"filter", scan->by_name ? "event names" : "every write");

	json_object_set_new(entry, "from", time_text(scan->from));
	json_object_set_new(entry, "to", time_text(scan->to));
	json_object_set_new(entry, "reason", json_from_text(reason));
	json_object_set_new(entry, "lag", lag_of(scan));
	if (scan->code)
		json_object_set_new(entry, "code", json_from_text(scan->code));
	if (scan->request_id)
		json_object_set_new(entry, "request_id",
				    json_from_text(scan->request_id));
	return entry;
}
