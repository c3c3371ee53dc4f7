/*
 * From the wanted changes of one resource to steps: the calls that make them,
 * the calls that take them back, and what each costs. For plans/planner.c.
 */
#ifndef ABACK_PLANS_PLANNER_STEPS_H
#define ABACK_PLANS_PLANNER_STEPS_H

#include <stddef.h>

#include "core/json.h"
#include "plans/kind.h"
#include "plans/plan.h"
#include "plans/planner.h"

/*
 * Add the changes and steps that bring the wanted values about, all of
 * `resource`, sorted by setting, each different from what is live or pending.
 * foreign: texts that say what of others is pending and would be set off by
 * ApplyImmediately, or by a maintenance window that now is in; such calls are
 * not made. What no call can make goes to the plan's `blocked`.
 */
void planner_steps(struct plan *plan, const struct resource *resource,
		   const struct want *const *wants, size_t wants_len,
		   const json_t *foreign, int64_t now);

/* A `blocked` entry for a want. */
void planner_block(struct plan *plan, const struct want *want,
		   const char *reason, const char *remedy);

#endif
