/*
 * Does a backout's plan restore what this store recorded? A digest does not
 * show who made a plan; what a backout may do is bounded by the records.
 */
#include <string.h>

#include "core/mem.h"
#include "plans/backout.h"
#include "plans/backout_item.h"
#include "plans/catalogue.h"
#include "plans/value.h"

static int unknown_change(const char *id, struct error *err)
{
	(void)error_set(err, ERR_EDITED,
			"it backs out the change '%s', which this state "
			"repository has no record of",
			id);
	error_hint(err, "is it the right repository? see: aback history");
	return -1;
}

static int unlike_record(const struct plan_change *change, const char *what,
			 struct error *err)
{
	(void)error_set(err, ERR_EDITED,
			"its change of '%s:%s' %s what change %s recorded",
			change->address, change->setting, what,
			json_text(change->undoes, "change"));
	error_hint(err, "make the plan again with: aback backout");
	return -1;
}

static const struct plan_change *same_setting(const struct past *past,
					      const struct plan_change *change)
{
	for (size_t i = 0; i < past->plan->changes_len; i++) {
		const struct plan_change *of = &past->plan->changes[i];

		if (!strcmp(of->target, change->target) &&
		    !strcmp(of->address, change->address) &&
		    !strcmp(of->setting, change->setting))
			return of;
	}
	return NULL;
}

/* Where others' members stay: live, ours out of it, and what we took back. */
static json_t *restored(const struct plan_change *change)
{
	const json_t *set = json_object_get(change->undoes, "set");
	const json_t *prior = json_object_get(change->undoes, "prior");
	CLEANUP(json_release) json_t *added = NULL, *removed = NULL;
	CLEANUP(json_release) json_t *without = NULL;

	if (!json_is_array(set) || !json_is_array(prior))
		return json_deep_copy(prior);
	added = set_minus(set, prior);
	removed = set_minus(prior, set);
	without = set_minus(change->before, added);
	return set_union(without, removed);
}

/*
 * Undoing all since a moment puts several changes together: of them, what the
 * oldest one found is what a value goes back to, and of a set live decides.
 */
static int check_change(const struct past *past, const struct plan *plan,
			const struct plan_change *change, struct error *err)
{
	const struct plan_change *of = same_setting(past, change);
	const json_t *set = json_object_get(change->undoes, "set");
	const json_t *prior = json_object_get(change->undoes, "prior");
	CLEANUP(past_effect_release) struct past_effect effect = { 0 };
	CLEANUP(json_release) json_t *after = restored(change);

	if (!of)
		return unlike_record(change, "is none of", err);
	if (past_effect_of(past, of, &effect, err))
		return -1;
	if (!effect.took || strcmp(effect.resource_id, change->resource_id))
		return unlike_record(change, "is none of", err);
	if ((plan->reverses || !json_is_array(prior)) &&
	    !json_equal(prior, effect.prior))
		return unlike_record(change, "goes back to another value than",
				     err);
	if (plan->reverses && !json_equal(set, effect.set))
		return unlike_record(change, "undoes another value than", err);
	if (!json_equal(after, change->after))
		return unlike_record(change, "does not restore", err);
	return 0;
}

static int load_past(struct store *store, const char *id,
		     struct record *ret_record, struct past *ret_past,
		     struct error *err)
{
	if (record_load(store, id, ret_record, err)) {
		if (err->code == ERR_NOT_FOUND)
			return unknown_change(id, err);
		return -1;
	}
	if (strcmp(ret_record->id, id) != 0)
		return unknown_change(id, err);
	return past_load(store, ret_record, ret_past, err);
}

/* All of the plan's changes, from the i-th on, that undo the same change. */
static int check_same(const struct plan *plan, struct store *store, size_t i,
		      json_t *checked, struct error *err)
{
	const char *id = json_text(plan->changes[i].undoes, "change");
	CLEANUP(record_release) struct record record = { 0 };
	CLEANUP(past_release) struct past past = { 0 };

	json_array_add_unique(checked, id);
	if (load_past(store, id, &record, &past, err))
		return -1;
	for (; i < plan->changes_len; i++) {
		const char *other =
			json_text(plan->changes[i].undoes, "change");

		if (other && !strcmp(other, id) &&
		    check_change(&past, plan, &plan->changes[i], err))
			return -1;
	}
	return 0;
}

int backout_check(const struct plan *plan, struct store *store,
		  struct error *err)
{
	CLEANUP(json_release) json_t *checked = json_array();

	for (size_t i = 0; i < plan->changes_len; i++) {
		const char *id = json_text(plan->changes[i].undoes, "change");

		if (!id || json_array_has(checked, id))
			continue;
		if (plan->reverses && strcmp(plan->reverses, id) != 0)
			return error_set(err, ERR_EDITED,
					 "it reverses change %s, but its "
					 "change of '%s:%s' undoes change %s",
					 plan->reverses,
					 plan->changes[i].address,
					 plan->changes[i].setting, id);
		if (check_same(plan, store, i, checked, err))
			return error_wrap(err, "the plan is no backout that "
					       "follows from the records");
	}
	return 0;
}
