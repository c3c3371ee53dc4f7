/*
 * Reading the event history of one account and region, for plans/trail.c: one
 * request at a time, the newest events first, at the pace that AWS allows.
 *
 * It begins with every write. Where its pages show that this takes more
 * requests than to ask for each event name, it goes over to that, for the time
 * that is left (docs/decisions.md).
 */
#ifndef ABACK_PLANS_TRAIL_SCAN_H
#define ABACK_PLANS_TRAIL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

#define TRAIL_EVERY_WRITE "" /* in place of an event name */

/* What was read: all that a filter gives, from second to second. */
struct trail_span {
	char *filter; /* TRAIL_EVERY_WRITE, or an event name */
	int64_t from, to;
};

struct trail_scan {
	/* given */
	struct aws *aws;
	struct aws_session *session;
	char *account_id, *region;
	int64_t from, to, now;
	int64_t pace_ms;
	bool all_writes; /* never go over to event names */
	json_t *names;   /* array: the event names that matter */
	/* what is to be kept of a record; a new reference, NULL: nothing */
	json_t *(*keep)(const json_t *record);

	/*
	 * There is something to be kept in case that the reading is cut off:
	 * spans from spans_kept on, and fresh. May be NULL.
	 */
	void (*save)(void *ctx, struct trail_scan *scan);
	void *save_ctx;

	/* of this reading, and of one before that was cut off */
	struct trail_span *spans; /* done */
	size_t spans_len, spans_cap;
	size_t spans_kept; /* of these, those that are kept already */
	json_t *events;    /* object: event id → what keep gave */
	json_t *fresh;     /* array: what of it is not kept yet */

	/* how it went */
	size_t requests;
	bool by_name; /* it went over to event names */
	bool complete;
	bool resumable; /* another time it may go on */
	struct error err;
	char *code, *request_id; /* of a refusal; or NULL */

	/* under way */
	struct trail_span *tasks;
	size_t tasks_len, tasks_cap, task;
	int64_t reached; /* down to here the task is done */
	int64_t due_ms;  /* when the next request may be sent */
	char *token;     /* of the next page */
	bool repeats;    /* which is the one that was asked for */
	json_t *page;    /* its records, as they come */
	bool flying, finished;
	size_t pages; /* of the task */
};

/* Every member above that is given is set, or zero. */
void trail_scan_begin(struct trail_scan *scan);
/* That all of it was read; filter is copied. */
void trail_scan_add_span(struct trail_scan *scan, const char *filter,
			 int64_t from, int64_t to);
/*
 * Work on all of them until each is finished; blocks. progress (may be NULL) is
 * asked for before each wait.
 */
void trail_scans_run(struct aws *aws, struct trail_scan *scans, size_t len,
		     void (*progress)(void *ctx), void *ctx);
void trail_scan_release(struct trail_scan *scan);

#endif
