/*
 * Looking at lanes: one reading answers for all lanes of a kind and place that
 * are due, and reads and writes together stay below what AWS allows a place.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/execute_run.h"

/* RDS allows 12 requests a second and a burst of 300, for everybody. */
#define TOKENS_A_SECOND 10.0
#define TOKENS_MAX 100.0
#define LOOK_TOKENS 2.0 /* clusters and their instances */
/* Between two looks, and while writes are short of tokens. */
#define LOOK_GAP_MS 100
#define SHORT_GAP_MS 1000
/* Writes that are worth a look of their own. */
#define READY_WORTH 10.0

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
	if (watch->tokens < 1.0) {
		watch->starved = true;
		return false;
	}
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
 * delay: they share the requests. A lane that waits to send something is asked
 * only when there is a token left for that, so that it is compared right before
 * it is sent.
 */
static void look(struct watch *watch, int64_t now_ms)
{
	double left = watch->tokens - LOOK_TOKENS;

	if (!watch->asked) {
		watch->asked = xcalloc(watch->len, sizeof(*watch->asked));
		watch->names = xcalloc(watch->len, sizeof(*watch->names));
	}
	watch->asked_len = 0;
	watch->starved = false;
	for (size_t i = 0; i < watch->len; i++) {
		struct lane *lane = &watch->lanes[i];

		if (!wants_look(lane) ||
		    lane->due_ms > now_ms + lane->delay_ms / 2)
			continue;
		if (lane->phase == LANE_READY && left < 1.0) {
			watch->starved = true;
			continue;
		}
		if (lane->phase == LANE_READY)
			left -= 1.0;
		watch->names[watch->asked_len] = lane->name;
		watch->asked[watch->asked_len++] = lane;
	}
	watch->looking = true;
	watch->looked_ms = now_ms;
	watch->tokens -= LOOK_TOKENS;
	live_observe(watch->run->aws, watch->place, watch->lane_kind,
		     watch->names, watch->asked_len, looked, watch);
}

/* When the next look is due, and how many tokens it takes. */
static int64_t next_look(const struct watch *watch, int64_t now_ms,
			 double *ret_tokens)
{
	int64_t due = INT64_MAX;
	int64_t gap = watch->starved ? SHORT_GAP_MS : LOOK_GAP_MS;
	double ready = 0.0;
	bool settling = false;

	for (size_t i = 0; i < watch->len; i++) {
		const struct lane *lane = &watch->lanes[i];

		if (!wants_look(lane))
			continue;
		due = lane->due_ms < due ? lane->due_ms : due;
		if (lane->due_ms > now_ms)
			continue;
		settling |= lane->phase == LANE_SETTLE;
		ready += lane->phase == LANE_READY;
	}
	ready = ready < READY_WORTH ? ready : READY_WORTH;
	*ret_tokens = LOOK_TOKENS + (settling ? 0.0 : ready);
	if (due != INT64_MAX && watch->looked_ms > 0 &&
	    due < watch->looked_ms + gap)
		due = watch->looked_ms + gap;
	return due;
}

int64_t watch_tick(struct watch *watch, int64_t now_ms)
{
	double tokens;
	int64_t due;

	if (watch->looking)
		return INT64_MAX;
	due = next_look(watch, now_ms, &tokens);
	if (due > now_ms)
		return due;
	refill(watch, now_ms);
	if (watch->tokens < tokens)
		return now_ms + 1 +
		       (int64_t)((tokens - watch->tokens) * 1000.0 /
				 TOKENS_A_SECOND);
	look(watch, now_ms);
	return INT64_MAX;
}
