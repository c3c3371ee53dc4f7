/*
 * Resources that would be created for nothing: what was to use them cannot be
 * changed. Those that are to use others are planned before these, since their
 * kinds' names come first ("cluster" before "log_group").
 */
#ifndef ABACK_PLANS_PLANNER_VAIN_H
#define ABACK_PLANS_PLANNER_VAIN_H

#include "plans/plan.h"
#include "plans/planner.h"

struct vain {
	/* "<place>\n<address>" of what changes need → what needs it, those that
	 * are made and those that cannot be */
	json_t *made, *blocked;
};
struct vain vain_begin(void);
void vain_release(struct vain *vain);

/*
 * The wants items[first] up to items[next], of one resource, have been planned;
 * `blocked` entries stood in plan->blocked before.
 */
void vain_planned(struct vain *vain, const struct plan *plan,
		  const struct wants *wants, size_t first, size_t next,
		  size_t blocked);

/*
 * Why the resource need not be created: the blocked change that alone needs it,
 * as "address:setting". Borrowed; NULL: it is there, something needs it, or a
 * rule names it exactly. desired: NULL: nothing is created in vain.
 */
const char *vain_because(const struct vain *vain, const struct desired *desired,
			 const struct resource *resource);

#endif
