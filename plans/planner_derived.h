/*
 * What AWS changes besides: with a setting that is turned off, those go that
 * mean nothing without it. They are changes of the plan as well, so that it
 * shows them, and their values are recorded and come back with it. Nothing of
 * that is derived in a backout, which puts back what was recorded and nothing
 * else. With a resource that is created comes what AWS gives it where nobody
 * says (setting.created), so that its backout knows all of what it takes away.
 */
#ifndef ABACK_PLANS_PLANNER_DERIVED_H
#define ABACK_PLANS_PLANNER_DERIVED_H

#include <stdbool.h>
#include <stddef.h>

#include "plans/planner.h"

struct derived {
	struct want *items; /* room for one a row of the kind */
	size_t len;
};
void derived_init(struct derived *derived, enum kind kind);
void derived_release(struct derived *derived);

/* Is the want one of those? */
bool is_derived(const struct derived *derived, const struct want *want);
/*
 * Forget the derived among the wants, find those that the others entail, and
 * add them. wants has room for all rows of the kind. Returns the new length.
 */
size_t derived_find(struct derived *derived, const struct want **wants,
		    size_t len);

#endif
