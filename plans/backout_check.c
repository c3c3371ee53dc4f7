/*
 * Does a backout's plan restore what this store recorded? A digest does not
 * show who made a plan, and no desired file stands behind a backout: what it
 * may do is bounded by the records, which are read anew.
 */
#include <string.h>

#include "core/clock.h"
#include "plans/backout.h"
#include "plans/document_map.h"
#include "plans/value.h"
#include "state/record.h"

/* The oldest change that the plan undoes; ids sort by time. NULL: none. */
static const char *oldest(const struct plan *plan)
{
	const char *found = NULL;

	for (size_t i = 0; i < plan->changes_len; i++) {
		const char *id = json_text(plan->changes[i].undoes, "change");

		if (id && (!found || strcmp(id, found) < 0))
			found = id;
	}
	return found;
}

/*
 * What the records leave to be undone. A plan without `reverses` goes back to a
 * moment, and right before the oldest of its changes is such a moment.
 */
static int trace(const struct plan *plan, const char *first,
		 struct store *store, struct backout **ret_backout,
		 struct error *err)
{
	CLEANUP(record_release) struct record record = { 0 };
	const char *started;
	int64_t began = 0;

	if (plan->reverses)
		return backout_of_change(store, plan->reverses, ret_backout,
					 err);
	if (record_load(store, first, &record, err))
		return -1;
	started = json_text(record.change, "started_at");
	if (!started || clock_parse(started, &began, err))
		return error_set(err, ERR_STATE,
				 "change %s does not say when it began", first);
	return backout_to_time(store, began - 1, ret_backout, err);
}

static bool is_recorded(const struct plan_change *change,
			const struct backout *backout)
{
	const json_t *undoes = change->undoes;
	const char *id = json_text(undoes, "change");
	const struct backout_item *item = backout_find(backout, change);

	return item && !strcmp(change->resource_id, item->resource_id) && id &&
	       !strcmp(id, item->change) &&
	       json_equal(json_object_get(undoes, "set"), item->set) &&
	       json_equal(json_object_get(undoes, "prior"), item->prior) &&
	       json_is_true(json_object_get(undoes, "redo")) == item->redo;
}

static int not_recorded(const struct plan_change *change, struct error *err)
{
	(void)error_set(err, ERR_EDITED,
			"its change of '%s:%s' goes back to another value than "
			"change %s recorded, or from another",
			change->address, change->setting,
			json_text(change->undoes, "change"));
	error_hint(err, "make the plan again with: aback backout");
	return -1;
}

/* Is it a set that is put back as a whole? */
static bool is_whole(const struct plan_change *change)
{
	CLEANUP(address_release) struct address address = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const struct setting *setting = NULL;

	if (!address_parse(change->address, &address, &err))
		setting = catalogue_lookup(address.ops->kind, change->setting);
	return setting && setting->whole_only;
}

/* A scalar as it was; of a set what we added goes, what we took returns. */
static json_t *restored(const struct plan_change *change)
{
	const json_t *set = json_object_get(change->undoes, "set");
	json_t *prior = json_object_get(change->undoes, "prior");
	CLEANUP(json_release) json_t *added = NULL;
	CLEANUP(json_release) json_t *removed = NULL;
	CLEANUP(json_release) json_t *without = NULL;
	CLEANUP(json_release) json_t *both = NULL;

	if (is_document_map(set) && is_document_map(prior))
		return document_map_restored(change->before, set, prior);
	if (!json_is_array(set) || !json_is_array(prior) || is_whole(change))
		return json_incref(prior);
	added = set_minus(set, prior);
	removed = set_minus(prior, set);
	without = set_minus(change->before, added);
	both = set_union(without, removed);
	return value_adopt(change->before, both);
}

static int check_change(const struct plan_change *change,
			const struct backout *backout, struct error *err)
{
	CLEANUP(json_release) json_t *after = NULL;

	if (json_is_null(change->undoes))
		return 0;
	if (!is_recorded(change, backout))
		return not_recorded(change, err);
	after = restored(change);
	if (json_equal(after, change->after))
		return 0;
	(void)error_set(err, ERR_EDITED,
			"its change of '%s:%s' does not restore what was there "
			"before",
			change->address, change->setting);
	error_hint(err, "make the plan again with: aback backout");
	return -1;
}

static int check_all(const struct plan *plan, const char *first,
		     struct store *store, struct error *err)
{
	CLEANUP(backout_cleanup) struct backout *backout = NULL;

	if (trace(plan, first, store, &backout, err)) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		err->code = ERR_EDITED; /* or another store's */
		error_hint(err, "is it the right state repository? see: aback "
				"history");
		return error_wrap(err, "this state repository has no record "
				       "of what it backs out");
	}
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (check_change(&plan->changes[i], backout, err))
			return -1;
	}
	return 0;
}

int backout_check(const struct plan *plan, struct store *store,
		  struct error *err)
{
	const char *first = strcmp(plan->kind, "restore") ? oldest(plan) : NULL;

	if (first && check_all(plan, first, store, err))
		return error_wrap(err, "the plan is no backout that follows "
				       "from the records");
	return 0;
}
