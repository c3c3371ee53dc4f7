/*
 * Does a plan hang together? Its changes are planned anew, as if what they say
 * of live were all that is live: the steps must come out the same, and so must
 * what each change costs. Nothing that no change accounts for can then hide in
 * a step, and nobody can take a consent out of a plan.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/plan.h"
#include "plans/planner.h"
#include "plans/way_back.h"

static int edited(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int edited(struct error *err, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	(void)error_set(err, ERR_EDITED, "%s", message);
	error_hint(err, "it was edited, or made by another version of aback: "
			"plan again");
	return -1;
}

/* ---- order ---- */

static int compare(const char *target, const char *address,
		   const char *other_target, const char *other_address)
{
	const int order = strcmp(target, other_target);

	return order ? order : strcmp(address, other_address);
}

static int check_order(const struct plan *plan, struct error *err)
{
	for (size_t i = 1; i < plan->changes_len; i++) {
		const struct plan_change *a = &plan->changes[i - 1],
					 *b = &plan->changes[i];
		int order =
			compare(a->target, a->address, b->target, b->address);

		if (!order)
			order = strcmp(a->setting, b->setting);
		if (order >= 0)
			return edited(err,
				      "changes[%zu] repeats the one before it "
				      "or is out of order",
				      i);
	}
	return 0; /* that of the steps shows when they are made anew */
}

/* ---- the kind of plan ---- */

/*
 * What is made from a desired file is checked against it when it is applied,
 * and what is made from records against holds: neither may pass as the other.
 */
static int check_kind(const struct plan *plan, struct error *err)
{
	const bool is_restore = !strcmp(plan->kind, "restore");
	const bool is_backout = is_restore || !strcmp(plan->kind, "backout");

	if (!is_backout && strcmp(plan->kind, "apply") != 0)
		return edited(err, "this aback makes no plans of kind '%s'",
			      plan->kind);
	if (is_backout != json_is_null(plan->desired))
		return edited(err,
			      is_backout ? "a plan of its kind is made from no "
					   "desired file"
					 : "it does not say which desired file "
					   "it was made from");
	if ((!is_backout || is_restore) && plan->reverses)
		return edited(err, "only a backout reverses a change");
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		const bool follows = plan_change_follows(change);

		if ((is_backout && !follows) == json_is_null(change->undoes) ||
		    is_backout == (change->rule_name != NULL) ||
		    (!is_backout && !json_is_null(change->pending)))
			return edited(err,
				      "changes[%zu] ('%s:%s') is none of a "
				      "plan of kind '%s'",
				      i, change->address, change->setting,
				      plan->kind);
	}
	return 0;
}

/* ---- places ---- */

static bool is_global_of(const char *place, const char *account_id)
{
	CLEANUP(free_ptr) char *global = xasprintf("%s/global", account_id);

	return !strcmp(place, global);
}

/* The target that has the place, or NULL. */
static const struct target *target_of(const struct plan *plan,
				      const char *place, bool global)
{
	for (size_t i = 0; i < plan->targets_len; i++) {
		const struct target *target = &plan->targets[i];

		if (global ? is_global_of(place, target->account_id)
			   : !strcmp(place, target->name))
			return target;
	}
	return NULL;
}

/* ---- planning anew ---- */

struct anew {
	const struct plan *plan;
	struct place *places; /* one a resource, as many as changes */
	struct live live;     /* owns the resources */
	struct wants wants;
};

static void anew_release(struct anew *anew)
{
	wants_release(&anew->wants);
	for (size_t i = 0; i < anew->live.len; i++)
		resource_free(anew->live.items[i]);
	free(anew->live.items);
	free(anew->places);
}

/* A resource for changes[i], as empty as it comes; NULL with err set. */
static struct resource *new_resource(struct anew *anew, size_t i,
				     struct error *err)
{
	const struct plan_change *change = &anew->plan->changes[i];
	CLEANUP(address_release) struct address address = { 0 };
	const struct target *target;
	struct resource *resource;

	if (address_parse(change->address, &address, err)) {
		(void)error_wrap(err, "changes[%zu]", i);
		return NULL;
	}
	if (address.setting || strcmp(address.resource, change->address) != 0) {
		(void)edited(err, "'%s' is not the address of a resource",
			     change->address);
		return NULL;
	}
	target = target_of(anew->plan, change->target, address.ops->global);
	if (!target) {
		(void)edited(err,
			     "changes[%zu] is in '%s', which is no target of "
			     "the plan",
			     i, change->target);
		return NULL;
	}
	anew->places[i] = (struct place){
		.name = change->target,
		.account_id = target->account_id,
		.region = address.ops->global ? NULL : target->region,
		.global = address.ops->global,
	};
	resource = resource_new(address.ops->kind, &anew->places[i]);
	resource->id = TAKE(address.id);
	resource->address = xstrdup(change->address);
	resource->resource_id = xstrdup(change->resource_id);
	GROW(anew->live.items, anew->live.len, anew->live.cap);
	anew->live.items[anew->live.len++] = resource;
	return resource;
}

/* The last one made, or a new one; NULL with err set. */
static struct resource *resource_for(struct anew *anew, size_t i,
				     struct error *err)
{
	const struct plan_change *change = &anew->plan->changes[i];
	struct resource *last =
		anew->live.len ? anew->live.items[anew->live.len - 1] : NULL;

	if (!last || compare(last->place->name, last->address, change->target,
			     change->address))
		return new_resource(anew, i, err);
	if (!strcmp(last->resource_id, change->resource_id))
		return last;
	(void)edited(err, "'%s' has two resource ids", change->address);
	return NULL;
}

static int add_companions(const struct plan_step *step,
			  struct resource *resource, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(step->companions, name, value) {
		const struct setting *row =
			catalogue_lookup(resource->kind, name);

		if (!row)
			return edited(err,
				      "there is no setting '%s' to go along "
				      "with a change of '%s'",
				      name, resource->address);
		resource_set_value(resource, row, json_incref(value));
	}
	return 0;
}

/* What the change's cost and call rest on, of what its row may rest on. */
static int add_facts(const struct plan_change *change,
		     const struct setting *row, struct resource *resource,
		     struct error *err)
{
	CLEANUP(json_release)
	json_t *rested_on = setting_facts(row, change->facts);
	const char *fact;
	json_t *value;

	json_object_foreach(change->facts, fact, value) {
		if (!json_object_get(rested_on, fact))
			return edited(err,
				      "a change of '%s:%s' does not rest on "
				      "'%s'",
				      change->address, change->setting, fact);
		if (!resource->facts)
			resource->facts = json_object();
		(void)json_object_set(resource->facts, fact, value);
	}
	return 0;
}

/* Does none of the change's steps make it at once? */
static bool in_window(const struct plan *plan, const struct plan_change *change,
		      const struct setting *row)
{
	for (size_t i = 0; i < change->steps_len; i++) {
		const struct plan_step *step = &plan->steps[change->steps[i]];

		if (kind_at_once(kind_ops(row->kind), step->call,
				 step->parameters, row))
			return false;
	}
	return true;
}

static int add_change(struct anew *anew, size_t i, struct error *err)
{
	const struct plan_change *change = &anew->plan->changes[i];
	struct resource *resource = resource_for(anew, i, err);
	const struct setting *row;

	if (!resource ||
	    catalogue_find(resource->kind, change->setting, &row, err))
		return -1;
	if (!change->steps_len)
		return edited(err, "no step makes the change of '%s:%s'",
			      change->address, change->setting);
	for (size_t s = 0; s < change->steps_len; s++) {
		if (add_companions(&anew->plan->steps[change->steps[s]],
				   resource, err))
			return -1;
	}
	if (row->removable && json_is_false(change->after) &&
	    json_is_null(change->undoes))
		return edited(err,
			      "'%s' may only be deleted by the backout of the "
			      "change that created it",
			      change->address);
	if (add_facts(change, row, resource, err))
		return -1;
	resource_set_value(resource, row, json_incref(change->before));
	if (!json_is_null(change->pending))
		resource_set_pending(resource, row,
				     json_incref(change->pending));
	wants_add(&anew->wants,
		  &(struct want){
			  .resource = resource,
			  .setting = row,
			  .after = json_incref(change->after),
			  .window = in_window(anew->plan, change, row),
			  .pending = json_is_null(change->pending)
					     ? NULL
					     : change->pending,
		  });
	return 0;
}

/* ---- comparing ---- */

static bool has_all(const json_t *array, const json_t *members)
{
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member) {
		if (!json_array_has(array, json_string_value(member)))
			return false;
	}
	return true;
}

static bool has_way_back(const struct plan *plan,
			 const struct plan_change *change)
{
	const struct setting *setting =
		setting_at(change->address, change->setting);

	for (size_t i = 0; i < change->steps_len; i++) {
		if (!way_back_known(&plan->steps[change->steps[i]]))
			return setting && setting->left_behind;
	}
	return true;
}

/*
 * `many` depends on the desired file and comes on top. Whether there is a way
 * back may depend on more of live than the plan says, so a plan may state that
 * there is none; but then it costs that.
 */
static bool same_cost(const struct plan *plan, const struct plan_change *stated,
		      const struct plan_change *anew)
{
	if (strcmp(stated->effect, anew->effect) != 0 ||
	    !has_all(stated->consent, anew->consent) ||
	    !has_all(stated->backout_consent, anew->backout_consent))
		return false;
	if (!has_way_back(plan, stated))
		return !strcmp(stated->reversibility, "one-way") &&
		       json_array_has(stated->consent, "one-way");
	return !strcmp(stated->reversibility, anew->reversibility);
}

/* A step may state that no call takes it back; else all of it is the same. */
static bool same_step(const struct plan_step *stated,
		      const struct plan_step *anew, size_t index)
{
	CLEANUP(strbuf_release)
	struct strbuf a = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release)
	struct strbuf b = STRBUF_INIT(LIMIT_PLAN_FILE);
	struct plan_step expected = *anew;

	if (!way_back_known(stated)) {
		expected.backout_call = NULL;
		expected.backout_reason = stated->backout_reason;
	}
	plan_write_step(stated, index, &a);
	plan_write_step(&expected, index, &b);
	return !strcmp(a.buf, b.buf);
}

static bool same_steps(const struct plan_change *stated,
		       const struct plan_change *anew)
{
	return stated->steps_len == anew->steps_len &&
	       !memcmp(stated->steps, anew->steps,
		       anew->steps_len * sizeof(*anew->steps));
}

static int say_blocked(const struct plan *anew, struct error *err)
{
	const json_t *first = json_array_get(anew->blocked, 0);

	if (!first)
		return edited(err, "it has a change from a value to itself");
	return edited(err, "its change of '%s:%s' cannot be made: %s",
		      json_text(first, "address"), json_text(first, "setting"),
		      json_text(first, "reason"));
}

static int compare_plans(const struct plan *plan, const struct plan *anew,
			 struct error *err)
{
	if (anew->changes_len != plan->changes_len)
		return say_blocked(anew, err);
	for (size_t i = 0; i < plan->steps_len && i < anew->steps_len; i++) {
		if (!same_step(&plan->steps[i], &anew->steps[i], i))
			return edited(err,
				      "steps[%zu] (%s of '%s') is not the call "
				      "that its changes amount to",
				      i, plan->steps[i].call,
				      plan->steps[i].address);
	}
	if (plan->steps_len != anew->steps_len)
		return edited(err,
			      "it has %zu steps where its changes amount to "
			      "%zu",
			      plan->steps_len, anew->steps_len);
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];

		if (!same_steps(change, &anew->changes[i]))
			return edited(err,
				      "changes[%zu] ('%s:%s') does not name "
				      "the steps that make it",
				      i, change->address, change->setting);
		if (!same_cost(plan, change, &anew->changes[i]))
			return edited(err,
				      "changes[%zu] ('%s:%s') does not state "
				      "what it costs",
				      i, change->address, change->setting);
	}
	return 0;
}

/* What is said to follow from others waits for one of them at least. */
static int check_causes(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		size_t needs = 0;

		if (!plan_change_follows(change))
			continue;
		for (size_t s = 0; s < change->steps_len; s++)
			needs += plan->steps[change->steps[s]].needs_len;
		if (!needs)
			return edited(err,
				      "changes[%zu] ('%s:%s') follows from no "
				      "other change",
				      i, change->address, change->setting);
	}
	return 0;
}

int plan_check(const struct plan *plan, struct error *err)
{
	CLEANUP(anew_release)
	struct anew anew = { .plan = plan,
			     .places = xcalloc(plan->changes_len + 1,
					       sizeof(*anew.places)) };
	const struct planner_input input = { .kind = "apply",
					     .created_by = "" };
	CLEANUP(plan_cleanup) struct plan *made = NULL;

	if (check_kind(plan, err) || check_order(plan, err))
		return -1;
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (add_change(&anew, i, err))
			return -1;
	}
	made = planner_plan(&input, &anew.wants);
	plan_sort(made);
	if (compare_plans(plan, made, err))
		return -1;
	return check_causes(plan, err);
}
