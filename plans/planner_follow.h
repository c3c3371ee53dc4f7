/*
 * What follows from the changes of a plan: a group of parameters that is
 * associated takes effect when the instances are rebooted, so the plan has the
 * reboots too, each as a change of its own, `via` what makes it necessary.
 */
#ifndef ABACK_PLANS_PLANNER_FOLLOW_H
#define ABACK_PLANS_PLANNER_FOLLOW_H

#include <stddef.h>

#include "plans/live.h"
#include "plans/plan.h"
#include "plans/planner.h"

struct followed {
	struct wants wants; /* sorted */
	char **vias;        /* what the wants point to */
	size_t vias_len;
	json_t *notes; /* for the plan's; NULL: none */
};
void followed_release(struct followed *followed);

/*
 * Find what follows (kind_ops.follows) from the plan's changes, those of wants,
 * which are sorted. What wants have already is not asked for again. From a
 * change that is left to a window nothing follows, and a note says so. live
 * NULL: nobody knows, so nothing follows.
 */
void planner_follow(const struct plan *plan, const struct wants *wants,
		    const struct live *live, struct followed *ret_followed);

#endif
