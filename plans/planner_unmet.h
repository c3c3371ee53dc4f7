/*
 * Wanted changes that make no sense without another one that the plan does not
 * have: to use what is not there and is not made either, and to delete what
 * somebody still uses.
 */
#ifndef ABACK_PLANS_PLANNER_UNMET_H
#define ABACK_PLANS_PLANNER_UNMET_H

#include <stdbool.h>

#include "plans/live.h"
#include "plans/plan.h"
#include "plans/planner.h"

/*
 * Say in the wants that the plan was made of, which are sorted, why those
 * cannot be (want.unmet). false: there was nothing more to say; else the plan
 * is to be made again.
 */
bool planner_unmet(const struct plan *plan, struct wants *wants,
		   const struct live *live);

#endif
