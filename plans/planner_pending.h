/*
 * What is pending already where a plan changes something: whose is it, and
 * would a call set it off?
 */
#ifndef ABACK_PLANS_PLANNER_PENDING_H
#define ABACK_PLANS_PLANNER_PENDING_H

#include <stddef.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/live.h"
#include "plans/wants.h"

/* A resource with something pending, and the lane that it is in. */
struct pending_resource {
	const struct resource *resource;
	char *lane;
};

struct pending {
	const struct wants *wants; /* sorted; borrowed */
	const json_t *awaited;     /* of awaited_load; borrowed; may be NULL */
	struct pending_resource *items; /* sorted by place, then lane */
	size_t len, cap;
};
/* live: where else something may be pending; NULL: what is wanted is all. */
struct pending pending_find(const struct live *live, const struct wants *wants,
			    const json_t *awaited);
void pending_release(struct pending *pending);

/*
 * What ApplyImmediately on this resource would set off besides: AWS says that
 * it applies "any pending modifications". Whether that of a cluster reaches
 * its instances is not said, so it is taken to. A line for each; new array.
 */
json_t *pending_foreign(const struct pending *pending,
			const struct resource *resource);
/* Add ", which our change … left to the window", as far as that is known. */
void pending_who(const struct pending *pending, const char *change,
		 struct strbuf *text);

#endif
