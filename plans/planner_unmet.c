#include "plans/planner_unmet.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/kind.h"

/* One change, and why it cannot be. */
struct searching {
	const struct plan *plan;
	const struct live *live;
	const struct want *want;
	char *why, *lacks;
};

static bool has_change(const struct plan *plan, const char *target,
		       const char *address, const char *setting)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		if (!strcmp(change->address, address) &&
		    !strcmp(change->setting, setting) &&
		    !strcmp(change->target, target))
			return true;
	}
	return false;
}

/* ---- what a change is to use, and nobody makes ---- */

static void on_need(void *ctx, enum kind kind, const char *id,
		    const char *setting)
{
	struct searching *searching = ctx;
	const char *target = searching->want->resource->place->name;
	CLEANUP(free_ptr) char *address = address_of(kind, id);
	const struct resource *needed;

	if (setting || searching->why)
		return;
	needed = live_find(searching->live, target, address);
	if (!needed || !resource_is_missing(needed) ||
	    has_change(searching->plan, target, address, "exists"))
		return;
	searching->why = xasprintf(
		"'%s' is not there, and the plan does not create it", address);
	searching->lacks = TAKE(address);
}

static void find_missing(struct searching *searching)
{
	const struct want *want = searching->want;
	const struct kind_ops *ops = kind_ops(want->resource->kind);

	if (ops->needs)
		ops->needs(want->resource,
			   &(struct call_change){ .setting = want->setting,
						  .before = want_before(want),
						  .after = want->after,
						  .window = want->window },
			   on_need, searching);
}

/* ---- what is deleted and still used ---- */

static void on_user(void *ctx, enum kind kind, const char *id,
		    const char *setting)
{
	struct searching *searching = ctx;
	CLEANUP(free_ptr) char *address = address_of(kind, id);

	if (!searching->why &&
	    !has_change(searching->plan, searching->want->resource->place->name,
			address, setting))
		searching->why = xasprintf("'%s' uses it", address);
}

static void find_used(struct searching *searching)
{
	const struct want *want = searching->want;
	const struct kind_ops *ops = kind_ops(want->resource->kind);

	if (!strcmp(want->setting->name, "exists") &&
	    !json_is_true(want->after) && ops->used_by)
		ops->used_by(want->resource, on_user, searching);
}

/* What is deleted goes whole, or stays as it is. */
static void mark_all(struct wants *wants, const struct resource *resource,
		     const char *why)
{
	for (size_t i = 0; i < wants->len; i++) {
		struct want *want = &wants->items[i];

		if (want->resource == resource && !want->unmet)
			want->unmet = xstrdup(why);
	}
}

bool planner_unmet(const struct plan *plan, struct wants *wants,
		   const struct live *live)
{
	bool any = false;

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const struct want *want =
			wants_find(wants, change->target, change->address,
				   change->setting);
		struct searching searching = { .plan = plan,
					       .live = live,
					       .want = want };

		if (!want || want->unmet) /* AWS changes it by itself */
			continue;
		find_used(&searching);
		if (searching.why)
			mark_all(wants, want->resource, searching.why);
		else
			find_missing(&searching);
		any = any || searching.why;
		if (searching.why && !want->unmet) {
			struct want *mine = &wants->items[want - wants->items];

			mine->unmet = TAKE(searching.why);
			mine->lacks = TAKE(searching.lacks);
		}
		free(searching.why);
		free(searching.lacks);
	}
	return any;
}
