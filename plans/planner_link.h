/* Which steps of a plan must wait for steps of other changes. */
#ifndef ABACK_PLANS_PLANNER_LINK_H
#define ABACK_PLANS_PLANNER_LINK_H

#include "plans/plan.h"
#include "plans/planner.h"

/*
 * What a change needs (kind_ops.needs) and the same plan does comes first: the
 * change's steps need those steps; and what it lets go of and the plan deletes
 * comes after it. wants are those that the plan was made of, sorted.
 */
void planner_link(struct plan *plan, const struct wants *wants);

#endif
