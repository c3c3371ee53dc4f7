/* What is wanted: the values that settings of resources should have. */
#ifndef ABACK_PLANS_WANTS_H
#define ABACK_PLANS_WANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

/* By place, then address: below, equal to or above 0. */
int resource_order(const struct resource *x, const struct resource *y);

/* One setting of one resource that should have this value. */
struct want {
	const struct resource *resource;
	const struct setting *setting;
	json_t *after; /* the whole value; owned by the list */
	/*
	 * What other changes of the plan leave it at, where that counts instead
	 * of what is live; owned by the list. NULL: live counts.
	 */
	json_t *before;
	bool window;
	const char *rule_name; /* NULL: of a backout */
	long rule_line;
	const char *via; /* NULL */
	/* why it cannot be without what the plan lacks; owned by the list.
	 * NULL: it can, or has not been looked at (plans/planner_unmet.h) */
	char *unmet;
	char *lacks; /* then: the address that is not there; or NULL */
	/*
	 * A pending value of this setting that is ours and may be replaced;
	 * NULL: whatever is pending is somebody else's. Borrowed.
	 */
	const json_t *pending;
	const json_t *undoes; /* plan_change's; NULL: none. Borrowed. */
};
struct wants {
	struct want *items;
	size_t len, cap;
};
/* Steals after and before. */
void wants_add(struct wants *wants, const struct want *want);
/* By place, address and setting. */
void wants_sort(struct wants *wants);
/* Of sorted ones, that of this setting, or NULL. Borrowed. */
const struct want *wants_find(const struct wants *wants, const char *place,
			      const char *address, const char *setting);
/* Of sorted ones, where those of the resource begin, or would. */
size_t wants_first(const struct wants *wants, const struct resource *resource);
/* The value that the change begins at; NULL: not read. Borrowed. */
json_t *want_before(const struct want *want);
void wants_release(struct wants *wants);

#endif
