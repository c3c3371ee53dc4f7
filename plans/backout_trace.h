/*
 * A backout being put together out of change records, for
 * plans/backout_history.c and plans/backout_since.c.
 */
#ifndef ABACK_PLANS_BACKOUT_TRACE_H
#define ABACK_PLANS_BACKOUT_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/backout.h"
#include "plans/backout_item.h"
#include "plans/place.h"
#include "plans/plan.h"
#include "state/store.h"

/* Its items are found by key. */
struct tracing {
	struct store *store;
	struct backout *backout;
	json_t *index; /* past_key → position in items */
	/* by item: ids of later changes of the setting that still stand */
	json_t *standing;
	struct target *targets; /* of all plans read, by name */
	size_t targets_len, targets_cap;
};

struct tracing tracing_begin(struct store *store);
void tracing_release(struct tracing *tracing);

/* The position of the item of that setting; false: there is none. */
bool tracing_find(const struct tracing *tracing,
		  const struct plan_change *change, size_t *ret_position);
void tracing_add(struct tracing *tracing, const struct past *past,
		 const struct plan_change *change,
		 const struct past_effect *effect);
/*
 * Take over a plan's targets; the newest role of a name counts. ERR_CONFLICT:
 * a name means another place than in a plan before.
 */
MUST_CHECK int tracing_add_targets(struct tracing *tracing,
				   const struct past *past, struct error *err);
/* Sort, keep only the targets that are needed, and hand the backout over. */
struct backout *tracing_finish(struct tracing *tracing);

#endif
