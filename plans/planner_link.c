#include "plans/planner_link.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

/* A change whose steps are to wait. */
struct linking {
	struct plan *plan;
	/*
	 * "<target>\n<address>" → {"<setting>": [indexes of steps]}; NULL until
	 * something is needed.
	 */
	json_t *steps;
	/* the same of resources that the plan deletes: [indexes of steps] */
	json_t *deletions;
	const struct plan_change *change;
	const struct place *place;
};

static char *key_of(const char *target, const char *address)
{
	return xasprintf("%s\n%s", target, address);
}

static json_t *indexes(const struct plan_change *change)
{
	json_t *array = json_array();

	for (size_t i = 0; i < change->steps_len; i++)
		json_array_append_new(
			array, json_integer((json_int_t)change->steps[i]));
	return array;
}

static void find_steps(struct linking *linking)
{
	const struct plan *plan = linking->plan;
	json_t *steps = json_object();

	linking->steps = steps;
	linking->deletions = json_object();
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(free_ptr)
		char *key = key_of(change->target, change->address);
		json_t *of = json_object_get(steps, key);

		/* nobody waits for something to be gone */
		if (!strcmp(change->setting, "exists") &&
		    !json_is_true(change->after)) {
			(void)json_object_set_new(linking->deletions, key,
						  indexes(change));
			continue;
		}
		if (!of) {
			of = json_object();
			(void)json_object_set_new(steps, key, of);
		}
		(void)json_object_set_new(of, change->setting, indexes(change));
	}
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

/* Is it a step that deletes the resource? Nobody waits for that. */
static bool deletes(const json_t *deletion, const json_t *step)
{
	size_t i;
	json_t *index;

	json_array_foreach(deletion, i, index) {
		if (json_equal(index, step))
			return true;
	}
	return false;
}

static void need_all(const struct linking *linking, const json_t *of,
		     const json_t *deletion)
{
	const struct plan_change *change = linking->change;
	json_t *index;
	size_t i;

	json_array_foreach(of, i, index) {
		if (deletes(deletion, index))
			continue;
		for (size_t s = 0; s < change->steps_len; s++)
			add_need(&linking->plan->steps[change->steps[s]],
				 (size_t)json_integer_value(index));
	}
}

/* The key of what a change names. Owned. */
static char *key_named(struct linking *linking, enum kind kind, const char *id)
{
	CLEANUP(free_ptr) char *address = address_of(kind, id);
	CLEANUP(free_ptr)
	char *global = xasprintf("%s/global", linking->place->account_id);

	if (!linking->steps)
		find_steps(linking);
	return key_of(kind_ops(kind)->global ? global : linking->change->target,
		      address);
}

/* What the change lets go of is deleted after it. */
static void on_release(void *ctx, enum kind kind, const char *id,
		       const char *setting)
{
	struct linking *linking = ctx;
	CLEANUP(free_ptr) char *key = key_named(linking, kind, id);
	const struct plan_change *change = linking->change;
	json_t *index;
	size_t i;

	if (setting && strcmp(setting, "exists") != 0)
		return;
	json_array_foreach(json_object_get(linking->deletions, key), i, index) {
		for (size_t s = 0; s < change->steps_len; s++)
			add_need(&linking->plan
					  ->steps[json_integer_value(index)],
				 change->steps[s]);
	}
}

static void on_need(void *ctx, enum kind kind, const char *id,
		    const char *setting)
{
	struct linking *linking = ctx;
	CLEANUP(free_ptr) char *key = key_named(linking, kind, id);
	const char *name;
	json_t *changes, *of, *deletion;

	changes = json_object_get(linking->steps, key);
	deletion = json_object_get(linking->deletions, key);
	if (setting && strcmp(setting, "exists") != 0) {
		need_all(linking, json_object_get(changes, setting), deletion);
		return;
	}
	if (setting && !json_object_get(changes, setting))
		return;
	json_object_foreach(changes, name, of)
		need_all(linking, of, deletion);
}

void planner_link(struct plan *plan, const struct wants *wants)
{
	struct linking linking = { .plan = plan };

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		const struct want *want =
			wants_find(wants, change->target, change->address,
				   change->setting);
		const struct kind_ops *ops;

		if (!want) /* AWS changes it by itself */
			continue;
		ops = kind_ops(want->resource->kind);
		linking.change = change;
		linking.place = want->resource->place;
		if (!ops->needs)
			continue;
		ops->needs(want->resource,
			   &(struct call_change){ .setting = want->setting,
						  .before = want_before(want),
						  .after = want->after,
						  .window = want->window },
			   on_need, &linking);
		ops->needs(want->resource,
			   &(struct call_change){ .setting = want->setting,
						  .before = want->after,
						  .after = want_before(want),
						  .window = want->window },
			   on_release, &linking);
	}
	json_decref(linking.steps);
	json_decref(linking.deletions);
}
