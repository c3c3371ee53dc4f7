/*
 * Looking at lanes: one reading answers for all lanes of a kind and place that
 * are due, and reads and writes together stay below what AWS allows a place.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/execute_run.h"

/* RDS allows 12 requests a second and a burst of 300, for everybody. */
#define TOKENS_A_SECOND 10.0
#define TOKENS_MAX 40.0
#define LOOK_TOKENS 2.0 /* clusters and their instances */

static void refill(struct watch *watch, int64_t now_ms)
{
	if (watch->filled_ms == 0)
		watch->tokens = TOKENS_MAX;
	else
		watch->tokens += (double)(now_ms - watch->filled_ms) *
				 TOKENS_A_SECOND / 1000.0;
	if (watch->tokens > TOKENS_MAX)
		watch->tokens = TOKENS_MAX;
	watch->filled_ms = now_ms;
}

bool watch_take(struct watch *watch, int64_t now_ms)
{
	refill(watch, now_ms);
	if (watch->tokens < 1.0)
		return false;
	watch->tokens -= 1.0;
	return true;
}

static bool wants_look(const struct lane *lane)
{
	return lane->phase == LANE_READY || lane->phase == LANE_SETTLE;
}

static int by_name(const void *key, const void *lane)
{
	return strcmp(key, ((const struct lane *)lane)->name);
}

/* What one resource says about its lane: the worst of them counts. */
static void lane_member(struct lane *lane, const struct resource *resource)
{
	static const int order[] = { [CONDITION_READY] = 0,
				     [CONDITION_BUSY] = 1,
				     [CONDITION_STOPPED] = 2,
				     [CONDITION_FAILED] = 3 };
	const char *why = NULL;
	enum condition condition =
		kind_ops(resource->kind)->condition(resource, &why);

	lane->members++;
	if (order[condition] <= order[lane->condition])
		return;
	lane->condition = condition;
	free(lane->why);
	/* the kind's word for it is mostly the status itself */
	lane->why =
		why && (!resource->status || strcmp(why, resource->status) != 0)
			? xasprintf("%s: %s", resource->address, why)
			: xasprintf("%s is '%s'", resource->address,
				    resource->status ? resource->status
						     : "in no status");
}

static void fold_conditions(struct watch *watch, const struct live *live)
{
	for (size_t i = 0; i < watch->asked_len; i++) {
		struct lane *lane = watch->asked[i];

		lane->condition = CONDITION_READY;
		lane->members = 0;
		free(lane->why);
		lane->why = NULL;
	}
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];
		char CLEANUP(free_ptr) *name =
			kind_ops(resource->kind)->lane(resource);
		struct lane *lane = bsearch(name, watch->lanes, watch->len,
					    sizeof(*watch->lanes), by_name);

		if (lane)
			lane_member(lane, resource);
	}
}

static void looked(void *ctx, struct live *live, const struct error *err)
{
	struct watch *watch = ctx;

	watch->looking = false;
	if (live)
		fold_conditions(watch, live);
	for (size_t i = 0; i < watch->asked_len; i++) {
		if (live)
			lane_looked(watch->asked[i], live);
		else
			lane_blind(watch->asked[i], err);
	}
	live_free(live);
}

/*
 * All lanes that are due, and those that will be within half of their own
 * delay: they share the requests.
 */
static void look(struct watch *watch, int64_t now_ms)
{
	if (!watch->asked) {
		watch->asked = xcalloc(watch->len, sizeof(*watch->asked));
		watch->names = xcalloc(watch->len, sizeof(*watch->names));
	}
	watch->asked_len = 0;
	for (size_t i = 0; i < watch->len; i++) {
		struct lane *lane = &watch->lanes[i];

		if (!wants_look(lane) ||
		    lane->due_ms > now_ms + lane->delay_ms / 2)
			continue;
		watch->names[watch->asked_len] = lane->name;
		watch->asked[watch->asked_len++] = lane;
	}
	watch->looking = true;
	watch->tokens -= LOOK_TOKENS;
	live_observe(watch->run->aws, watch->place, watch->lane_kind,
		     watch->names, watch->asked_len, looked, watch);
}

int64_t watch_tick(struct watch *watch, int64_t now_ms)
{
	int64_t due = INT64_MAX;

	if (watch->looking)
		return INT64_MAX;
	for (size_t i = 0; i < watch->len; i++)
		if (wants_look(&watch->lanes[i]) &&
		    watch->lanes[i].due_ms < due)
			due = watch->lanes[i].due_ms;
	if (due > now_ms)
		return due;
	refill(watch, now_ms);
	if (watch->tokens < LOOK_TOKENS)
		return now_ms +
		       (int64_t)((LOOK_TOKENS - watch->tokens) * 1000.0 /
				 TOKENS_A_SECOND) +
		       1;
	look(watch, now_ms);
	return INT64_MAX;
}
