/*
 * CloudTrail's event history: who changed what in our places between two
 * times, whether that was aback, and what it made of which settings.
 *
 * It takes two requests a second of an account and region, which are paced
 * here, so reading a long window of a busy account takes minutes. A reading
 * that is cut off leaves what it had below <store>/aback/trail/, and the next
 * one of that window, or of one that overlaps it, goes on from there; one that
 * comes to its end leaves nothing. Neither is part of the state repository.
 */
#ifndef ABACK_PLANS_TRAIL_H
#define ABACK_PLANS_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/place.h"
#include "state/store.h"

#define TRAIL_FORMAT "aback-events/1"

/* As long as AWS keeps its event history. */
#define TRAIL_DAYS 90
/*
 * How long after a call its event may not be there yet: no figure is promised,
 * and this is more than AWS's average of five minutes.
 */
#define TRAIL_LAG_S ((int64_t)15 * 60)

struct trail_request {
	struct aws *aws;
	const struct places *places;
	int64_t from, to; /* UTC seconds, both included; to 0: now */
	int64_t now;      /* 0: as the clock has it */
	/*
	 * Its journals tell which events are ours, its records what was there
	 * before, and an interrupted reading is kept below it. NULL: nobody
	 * knows, and nothing is kept.
	 */
	struct store *store;
	/* what was kept does not count: all of it is to come from AWS now */
	bool fresh;
	/*
	 * Only what touched these: {"<target>": ["cluster/orders", …]}, global
	 * resources under "<account>/global". No other place is asked then.
	 * NULL: whatever touched a resource of a kind that aback knows.
	 */
	const json_t *only;
	/*
	 * Ask for every write, so that "nothing else touched them" holds for
	 * calls that nobody here has heard of too, and not only for the event
	 * names that change settings (docs/decisions.md). Costs pages in busy
	 * accounts.
	 */
	bool all_writes;
	/* what is being waited for, one line; may be NULL */
	void (*progress)(void *ctx, const char *line);
	void *progress_ctx;
	/* between two requests of one account and region; 0: AWS's limit */
	int64_t pace_ms;
};

/*
 * Read it; blocks. *ret_events is a new "aback-events/1" document: places,
 * sorted by name, each with "complete", and false with the "reason" where AWS
 * did not let us, does not keep it so long, or broke off; events sorted by
 * "at" and "id". That is no failure: only ERR_INTERRUPTED is, and a store that
 * cannot be read.
 *
 * Of a place there are also "filter" ("every write", "event names"), and where
 * AWS refused "code" and "request_id". An event's "settings" are empty where
 * the call failed ("error_code"); "before" and "after" are not there where
 * nobody can know them. "deferred": true stands in a setting that the call
 * only put in line for the maintenance window.
 */
MUST_CHECK int trail_read(const struct trail_request *request,
			  json_t **ret_events, struct error *err);

/* Is every place of the document complete? */
bool trail_is_complete(const json_t *events);

/*
 * Did the event's call set this setting (NULL: touch the address at all), and
 * not fail?
 */
bool trail_touches(const json_t *event, const char *target, const char *address,
		   const char *setting);
/*
 * The newest event of the document that set this setting (NULL: that touched
 * the address at all) and did not fail; NULL: none did. Of several within the
 * newest second, which nobody can order, one that fits (NULL: any); where none
 * of them fits, NULL. Borrowed.
 */
const json_t *trail_newest(const json_t *events, const char *target,
			   const char *address, const char *setting,
			   bool (*fits)(const void *ctx, const json_t *event),
			   const void *ctx);

#endif
