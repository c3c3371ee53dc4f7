/* What has to be read to know whether a plan still fits. */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/execute_run.h"

/* What the plan's addresses are, by place and kind. */
struct observation {
	struct aws *aws;
	size_t open; /* looks not answered yet */
	struct live *live;
	struct error error; /* the first failure */
};

static void observed(void *ctx, struct live *live, const struct error *err)
{
	struct observation *all = ctx;

	all->open--;
	if (!live) {
		if (!error_is_set(&all->error))
			error_copy(&all->error, err);
		return;
	}
	live_free(all->live);
	all->live = live;
}

/* The kinds that share a lane with `kind`, and what the plan names of them. */
static void want_kind(struct live_wanted *wanted, enum kind kind)
{
	enum kind lane = kind_ops(kind)->lane_kind;

	for (int k = 0; k < KIND_COUNT; k++)
		if (kind_ops((enum kind)k)->lane_kind == lane)
			wanted->kinds[k] = true;
}

static void want_id(json_t *ids, const char *place, const struct address *at)
{
	json_t *of_place = json_object_get(ids, place);

	if (!of_place) {
		of_place = json_object();
		json_object_set_new(ids, place, of_place);
	}
	json_t *of_kind = json_object_get(of_place, at->ops->name);

	if (!of_kind) {
		of_kind = json_array();
		json_object_set_new(of_place, at->ops->name, of_kind);
	}
	json_array_add_unique(of_kind, at->id);
}

/* What must be looked up again; false: nothing. */
static bool add_lookups(const struct plan *plan, struct live_wanted *wanted)
{
	bool any = false;

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		struct address CLEANUP(address_release) at = { 0 };
		struct error CLEANUP(error_release) err = ERROR_INIT;
		const struct setting *row;

		if (address_parse(change->address, &at, &err) < 0)
			continue;
		row = catalogue_get(at.ops->kind, change->setting);
		if (!row ||
		    !(change->facts ||
		      setting_opens_window(row, change->after, clock_now())))
			continue;
		wanted->lookups[row->kind] |= row->lookups;
		any = any || row->lookups;
	}
	return any;
}

static int add_wanted(const struct plan_step *step, struct live_wanted *wanted,
		      json_t *ids, struct error *err)
{
	struct address CLEANUP(address_release) at = { 0 };

	if (address_parse(step->address, &at, err) < 0)
		return -1;
	want_kind(wanted, at.ops->kind);
	if (at.ops->by_reference)
		want_id(ids, step->target, &at);
	return 0;
}

/* The rest of a plan's places needs no reading. */
static bool plan_touches(const struct plan *plan, const char *place)
{
	for (size_t i = 0; i < plan->steps_len; i++)
		if (strcmp(plan->steps[i].target, place) == 0)
			return true;
	return false;
}

/*
 * One lane, whose name is the steps' own address: looked at alone. Anything
 * else is read by pages.
 */
static const char *only_lane(const struct plan *plan)
{
	const struct plan_step *first = plan->steps;

	for (size_t i = 1; i < plan->steps_len; i++)
		if (strcmp(plan->steps[i].target, first->target) != 0 ||
		    strcmp(plan->steps[i].address, first->address) != 0)
			return NULL;
	return plan->steps_len > 0 ? first->address : NULL;
}

static int observe_lane(struct aws *aws, const struct place *place,
			enum kind kind, const char *lane,
			struct live **ret_live, struct error *err)
{
	struct observation all = { .aws = aws, .open = 1 };

	live_observe(aws, place, kind, &lane, 1, observed, &all);
	while (all.open > 0)
		aws_step(aws, INT64_MAX);
	if (error_is_set(&all.error)) {
		error_copy(err, &all.error);
		error_release(&all.error);
		return -1;
	}
	*ret_live = all.live;
	return 0;
}

static int observe_all(struct aws *aws, const struct places *places,
		       const struct plan *plan,
		       const struct live_wanted *wanted, struct live **ret_live,
		       struct error *err)
{
	struct places touched = { .aws = places->aws,
				  .caller_arn = places->caller_arn };
	int result;

	for (size_t i = 0; i < places->len; i++) {
		if (!plan_touches(plan, places->items[i].name))
			continue;
		GROW(touched.items, touched.len, touched.cap);
		touched.items[touched.len++] = places->items[i];
	}
	result = live_read(aws, &touched, wanted, ret_live, err);
	/*
	 * Resources point to their place: to the one that outlives this call.
	 */
	if (result == 0)
		for (size_t i = 0; i < (*ret_live)->len; i++) {
			struct resource *resource = (*ret_live)->items[i];

			resource->place =
				places_find(places, resource->place->name);
		}
	free(touched.items);
	return result;
}

/* Is something to be created? Then more than its lane says what it will be. */
static bool creates(const struct plan *plan)
{
	for (size_t i = 0; i < plan->changes_len; i++)
		if (!strcmp(plan->changes[i].setting, "exists") &&
		    json_is_true(plan->changes[i].after))
			return true;
	return false;
}

/* What the plan makes of the rows that others depend on. */
static void foresee(void *ctx, const struct resource *resource, json_t **values)
{
	const struct plan *plan = ctx;
	size_t len;
	const struct setting *rows = catalogue_rows(resource->kind, &len);

	for (size_t i = 0; i < len; i++) {
		const struct plan_change *change =
			rows[i].refers
				? plan_find_change(plan, resource->place->name,
						   resource->address,
						   rows[i].name)
				: NULL;

		if (!change)
			continue;
		json_decref(values[i]);
		values[i] = json_incref(change->after);
	}
}

int plan_observe(struct aws *aws, const struct places *places,
		 const struct plan *plan, struct live **ret_live,
		 struct error *err)
{
	struct live_wanted wanted = {
		.foresee = foresee,
		.foresee_ctx = (struct plan *)(uintptr_t)plan,
	};
	json_t CLEANUP(json_release) *ids = json_object();
	const char *lane = creates(plan) ? NULL : only_lane(plan);

	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (!places_find(places, step->target))
			return error_set(err, ERR_WRONG_PLACE,
					 "the plan has a step in '%s', which "
					 "is no place that was opened",
					 step->target);
		if (add_wanted(step, &wanted, ids, err) < 0)
			return -1;
	}
	if (!add_lookups(plan, &wanted) && lane) {
		struct address CLEANUP(address_release) at = { 0 };

		if (address_parse(lane, &at, err) < 0)
			return -1;
		if (at.ops->lane_kind == at.ops->kind)
			return observe_lane(
				aws, places_find(places, plan->steps[0].target),
				at.ops->kind, lane, ret_live, err);
	}
	wanted.ids = ids;
	return observe_all(aws, places, plan, &wanted, ret_live, err);
}
