#include "plans/planner_link.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

/* A change and the steps that are to wait. */
struct linking {
	struct plan *plan;
	const json_t *created; /* "<target>\n<address>" → [indexes of steps] */
	const struct plan_change *change;
	const struct place *place;
};

static char *key_of(const char *target, const char *address)
{
	return xasprintf("%s\n%s", target, address);
}

/* The steps of every resource that the plan creates. */
static json_t *find_created(const struct plan *plan)
{
	json_t *created = json_object();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(free_ptr) char *key = NULL;

		if (strcmp(change->setting, "exists") != 0 ||
		    !json_is_true(change->after))
			continue;
		key = key_of(change->target, change->address);
		(void)json_object_set_new(created, key, json_array());
	}
	for (size_t i = 0; json_object_size(created) && i < plan->steps_len;
	     i++) {
		CLEANUP(free_ptr)
		char *key =
			key_of(plan->steps[i].target, plan->steps[i].address);

		json_array_append_new(json_object_get(created, key),
				      json_integer((json_int_t)i));
	}
	return created;
}

static void add_need(struct plan_step *step, size_t needed)
{
	for (size_t i = 0; i < step->needs_len; i++) {
		if (step->needs[i] == needed)
			return;
	}
	step->needs = xreallocarray(step->needs, step->needs_len + 1,
				    sizeof(*step->needs));
	step->needs[step->needs_len++] = needed;
}

static void on_need(void *ctx, enum kind kind, const char *id)
{
	const struct linking *linking = ctx;
	CLEANUP(free_ptr) char *address = address_of(kind, id);
	CLEANUP(free_ptr)
	char *global = xasprintf("%s/global", linking->place->account_id);
	CLEANUP(free_ptr)
	char *key = key_of(kind_ops(kind)->global ? global
						  : linking->change->target,
			   address);
	json_t *index;
	size_t i;

	json_array_foreach(json_object_get(linking->created, key), i, index) {
		for (size_t s = 0; s < linking->change->steps_len; s++)
			add_need(&linking->plan
					  ->steps[linking->change->steps[s]],
				 (size_t)json_integer_value(index));
	}
}

static bool is_change_of(const struct plan_change *change,
			 const struct want *want)
{
	return !strcmp(change->setting, want->setting->name) &&
	       !strcmp(change->address, want->resource->address) &&
	       !strcmp(change->target, want->resource->place->name);
}

void planner_link(struct plan *plan, const struct wants *wants)
{
	CLEANUP(json_release) json_t *created = find_created(plan);
	struct linking linking = { .plan = plan, .created = created };

	size_t at = 0;

	/* changes stand in the order of their wants, of which some have none */
	for (size_t i = 0; json_object_size(created) && i < wants->len &&
			   at < plan->changes_len;
	     i++) {
		const struct want *want = &wants->items[i];
		const struct kind_ops *ops = kind_ops(want->resource->kind);
		struct call_change change = {
			.setting = want->setting,
			.before = resource_value(want->resource, want->setting),
			.after = want->after,
			.window = want->window,
		};

		if (!is_change_of(&plan->changes[at], want))
			continue;
		linking.change = &plan->changes[at++];
		linking.place = want->resource->place;
		if (ops->needs)
			ops->needs(want->resource, &change, on_need, &linking);
	}
}
