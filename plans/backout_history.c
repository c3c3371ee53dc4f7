/* What the records of our changes leave to be undone. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout_item.h"
#include "plans/value.h"

DEFINE_CLEANUP(plan_cleanup, struct plan *, plan_free)

/* A backout under way: its items are found by key. */
struct tracing {
	struct store *store;
	struct backout *backout;
	json_t *index; /* past_key → position in items */
	/* by item: ids of later changes of the setting that still stand */
	json_t *standing;
	struct target *targets; /* of all plans read, by name */
	size_t targets_len, targets_cap;
};

static void tracing_release(struct tracing *tracing)
{
	backout_free(tracing->backout);
	json_decref(tracing->index);
	json_decref(tracing->standing);
	for (size_t i = 0; i < tracing->targets_len; i++)
		target_release(&tracing->targets[i]);
	free(tracing->targets);
}

static struct tracing tracing_begin(struct store *store)
{
	return (struct tracing){ .store = store,
				 .backout = backout_new(),
				 .index = json_object(),
				 .standing = json_array() };
}

/* The position of the item of that setting; false: there is none. */
static bool find_item(const struct tracing *tracing,
		      const struct plan_change *change, size_t *ret_position)
{
	CLEANUP(free_ptr)
	char *key = past_key(change->target, change->address, change->setting);
	const json_t *position = json_object_get(tracing->index, key);

	if (!position)
		return false;
	*ret_position = (size_t)json_integer_value(position);
	return true;
}

static void add_item(struct tracing *tracing, const struct past *past,
		     const struct plan_change *change,
		     const struct past_effect *effect)
{
	CLEANUP(free_ptr)
	char *key = past_key(change->target, change->address, change->setting);

	(void)json_object_set_new(
		tracing->index, key,
		json_integer((json_int_t)tracing->backout->len));
	(void)json_array_append_new(tracing->standing, json_array());
	(void)backout_add(tracing->backout, change, past->record->id, effect,
			  past_is_redo(past, change));
}

static void say_no_effect(struct tracing *tracing, const struct past *past,
			  const struct plan_change *change, const char *state)
{
	CLEANUP(free_ptr)
	char *line = xasprintf("change %s never took effect on it (%s)",
			       past->record->id, state);

	(void)plan_note(tracing->backout->skipped, change->target,
			change->address, change->setting, line);
}

/* ---- targets ---- */

static struct target copy_target(const struct target *target)
{
	return (struct target){ .name = xstrdup(target->name),
				.account_id = xstrdup(target->account_id),
				.region = xstrdup(target->region),
				.role_arn = xstrdup(target->role_arn) };
}

/* Take over a plan's targets; the newest role of a name counts. */
static int add_targets(struct tracing *tracing, const struct past *past,
		       struct error *err)
{
	for (size_t i = 0; i < past->plan->targets_len; i++) {
		const struct target *target = &past->plan->targets[i];
		struct target *known = NULL;

		for (size_t k = 0; !known && k < tracing->targets_len; k++) {
			if (!strcmp(tracing->targets[k].name, target->name))
				known = &tracing->targets[k];
		}
		if (!known) {
			GROW(tracing->targets, tracing->targets_len,
			     tracing->targets_cap);
			tracing->targets[tracing->targets_len++] =
				copy_target(target);
			continue;
		}
		if (strcmp(known->account_id, target->account_id) != 0 ||
		    strcmp(known->region, target->region) != 0) {
			(void)error_set(
				err, ERR_CONFLICT,
				"the target '%s' is %s/%s in one change and "
				"%s/%s in change %s",
				target->name, known->account_id, known->region,
				target->account_id, target->region,
				past->record->id);
			error_hint(err, "back the changes out one by one");
			return -1;
		}
		free(known->role_arn);
		known->role_arn = xstrdup(target->role_arn);
	}
	return 0;
}

/* Is the place one of the target's: its own, or its account's global one? */
static bool is_place_of(const struct target *target, const char *place)
{
	CLEANUP(free_ptr)
	char *global = xasprintf("%s/global", target->account_id);

	return !strcmp(target->name, place) || !strcmp(global, place);
}

static bool is_needed(const struct backout *backout,
		      const struct target *target)
{
	for (size_t i = 0; i < backout->len; i++) {
		if (is_place_of(target, backout->items[i].target))
			return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct target *)a)->name,
		      ((const struct target *)b)->name);
}

static int by_key(const void *a, const void *b)
{
	const struct backout_item *x = a, *y = b;
	int order = strcmp(x->target, y->target);

	if (!order)
		order = strcmp(x->address, y->address);
	return order ? order : strcmp(x->setting, y->setting);
}

/* Sort, keep only the targets that are needed, and hand it over. */
static struct backout *finish(struct tracing *tracing)
{
	struct backout *backout = TAKE(tracing->backout);

	backout->targets =
		xcalloc(tracing->targets_len + 1, sizeof(*backout->targets));
	for (size_t i = 0; i < tracing->targets_len; i++) {
		if (is_needed(backout, &tracing->targets[i]))
			backout->targets[backout->targets_len++] =
				copy_target(&tracing->targets[i]);
	}
	qsort(backout->targets, backout->targets_len, sizeof(*backout->targets),
	      by_name);
	if (backout->len)
		qsort(backout->items, backout->len, sizeof(*backout->items),
		      by_key);
	return backout;
}

/* ---- one change, and what came after it ---- */

static int trace_change(struct tracing *tracing, const struct past *past,
			struct error *err)
{
	for (size_t i = 0; i < past->plan->changes_len; i++) {
		const struct plan_change *change = &past->plan->changes[i];
		CLEANUP(past_effect_release) struct past_effect effect = { 0 };

		if (past_effect_of(past, change, &effect, err))
			return -1;
		if (effect.took)
			add_item(tracing, past, change, &effect);
		else
			say_no_effect(tracing, past, change, effect.why_not);
	}
	return add_targets(tracing, past, err);
}

/* The change that a backout's change undid; NULL: it was no backout. */
static const char *undone_of(const struct past *past,
			     const struct plan_change *change)
{
	const char *undone = json_text(change->undoes, "change");

	return undone ? undone : past->plan->reverses;
}

/* Take ids out of the array: `id` alone, or it and all later ones. */
static void unstand(json_t *standing, const char *id, bool and_later)
{
	for (size_t i = json_array_size(standing); i-- > 0;) {
		const int order = strcmp(
			json_string_value(json_array_get(standing, i)), id);

		if (!order || (and_later && order > 0))
			(void)json_array_remove(standing, i);
	}
}

/*
 * A later change of ours touched the item's setting. A backout brings the
 * setting to where it was before what it undid, so that and all that followed
 * no longer stands; but where it undid one change of a set, only that one's
 * members are gone. Undoing the backout that undid ours makes ours stand again.
 */
static void follow(struct tracing *tracing, size_t position,
		   const struct past *past, const struct plan_change *change,
		   bool sure)
{
	struct backout_item *item = &tracing->backout->items[position];
	json_t *standing = json_array_get(tracing->standing, position);
	const char *undone = undone_of(past, change);
	const bool one = json_is_array(change->after) && past->plan->reverses;
	bool ours;

	if (!undone) {
		(void)json_array_append_new(standing,
					    json_string(past->record->id));
		return;
	}
	if (item->undone_by && !strcmp(item->undone_by, undone)) {
		free(TAKE(item->undone_by));
		return;
	}
	ours = one ? !strcmp(undone, item->change)
		   : strcmp(undone, item->change) <= 0;
	if (ours && sure && !item->undone_by)
		item->undone_by = xstrdup(past->record->id);
	unstand(standing, undone, !one);
}

static int trace_later(struct tracing *tracing, const struct record *record,
		       struct error *err)
{
	CLEANUP(past_release) struct past past = { 0 };

	if (past_load(tracing->store, record, &past, err))
		return -1;
	for (size_t i = 0; i < past.plan->changes_len; i++) {
		const struct plan_change *change = &past.plan->changes[i];
		CLEANUP(past_effect_release) struct past_effect effect = { 0 };
		size_t position;

		if (!find_item(tracing, change, &position))
			continue;
		if (past_effect_of(&past, change, &effect, err))
			return -1;
		if (effect.took)
			follow(tracing, position, &past, change, effect.sure);
	}
	return 0;
}

/* Does an unfinished later change touch what is to be undone? */
static int check_unfinished(const struct tracing *tracing,
			    const struct record *record, struct error *err)
{
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);

	if (record_plan(tracing->store, record->id, &bytes, err) ||
	    plan_parse_recorded(record->id, bytes.buf, bytes.len, &plan, err))
		return -1;
	for (size_t i = 0; i < plan->changes_len; i++) {
		size_t position;

		if (!find_item(tracing, &plan->changes[i], &position))
			continue;
		(void)error_set(err, ERR_UNFINISHED,
				"change %s set '%s:%s' again, was cut off and "
				"is unfinished",
				record->id, plan->changes[i].address,
				plan->changes[i].setting);
		error_hint(err, "first find out what happened: aback resume %s",
			   record->id);
		return -1;
	}
	return 0;
}

static void note_standing(struct tracing *tracing)
{
	for (size_t i = 0; i < tracing->backout->len; i++) {
		const json_t *standing = json_array_get(tracing->standing, i);
		const size_t len = json_array_size(standing);

		if (len)
			tracing->backout->items[i].later =
				xstrdup(json_string_value(
					json_array_get(standing, len - 1)));
	}
}

static int trace_one(struct tracing *tracing, const struct records *records,
		     const char *id, struct error *err)
{
	CLEANUP(past_release) struct past past = { 0 };
	size_t at = 0;

	while (at < records->len && strcmp(records->items[at].id, id) != 0)
		at++;
	if (at == records->len)
		return error_set(err, ERR_NOT_FOUND, "there is no change %s",
				 id);
	if (past_load(tracing->store, &records->items[at], &past, err) ||
	    trace_change(tracing, &past, err))
		return -1;
	for (at++; at < records->len; at++) {
		const struct record *later = &records->items[at];

		if (later->result ? trace_later(tracing, later, err)
				  : check_unfinished(tracing, later, err))
			return -1;
	}
	note_standing(tracing);
	return 0;
}

int backout_of_change(struct store *store, const char *change_id,
		      struct backout **ret_backout, struct error *err)
{
	CLEANUP(record_release) struct record record = { 0 };
	CLEANUP(records_release) struct records records = { 0 };
	CLEANUP(tracing_release) struct tracing tracing = tracing_begin(store);

	if (record_load(store, change_id, &record, err) ||
	    records_load(store, &records, err) ||
	    trace_one(&tracing, &records, record.id, err))
		return -1;
	tracing.backout->reverses = xstrdup(record.id);
	*ret_backout = finish(&tracing);
	return 0;
}

/* ---- all since a moment ---- */

static void replace_value(json_t **slot, json_t *value)
{
	json_decref(*slot);
	*slot = value;
}

/*
 * Members that went this way in the end: those that had, less those that the
 * later change brought the other way, and those that it sent this way anew.
 */
static json_t *net(const json_t *had, const json_t *had_other,
		   const json_t *now, const json_t *now_other)
{
	CLEANUP(json_release) json_t *left = set_minus(had, now_other);
	CLEANUP(json_release) json_t *more = set_minus(now, had_other);

	return set_union(left, more);
}

/*
 * A later change of the same setting: what we left is now what it left. Of a
 * set, what we found is what we left without the members that our changes
 * added in the end, and with those that they removed: what others added or
 * removed in between is theirs.
 */
static void merge(struct backout_item *item, const struct past_effect *effect,
		  bool redo)
{
	CLEANUP(json_release) json_t *had_added = NULL, *had_removed = NULL;
	CLEANUP(json_release) json_t *now_added = NULL, *now_removed = NULL;
	CLEANUP(json_release) json_t *added = NULL, *removed = NULL;
	CLEANUP(json_release) json_t *kept = NULL;

	item->redo = redo;
	if (!json_is_array(item->set) || !json_is_array(effect->set)) {
		replace_value(&item->set, json_incref(effect->set));
		return;
	}
	had_added = set_minus(item->set, item->prior);
	had_removed = set_minus(item->prior, item->set);
	now_added = set_minus(effect->set, effect->prior);
	now_removed = set_minus(effect->prior, effect->set);
	added = net(had_added, had_removed, now_added, now_removed);
	removed = net(had_removed, had_added, now_removed, now_added);
	kept = set_minus(effect->set, added);
	replace_value(&item->set, json_incref(effect->set));
	replace_value(&item->prior, set_union(kept, removed));
}

/* The resource was replaced in between: only the new one is still there. */
static void start_again(struct backout_item *item, const struct past *past,
			const struct past_effect *effect, bool redo)
{
	free(item->change);
	item->change = xstrdup(past->record->id);
	free(item->resource_id);
	item->resource_id = xstrdup(effect->resource_id);
	replace_value(&item->set, json_incref(effect->set));
	replace_value(&item->prior, json_incref(effect->prior));
	item->redo = redo;
}

static int add_since(struct tracing *tracing, const struct past *past,
		     struct error *err)
{
	for (size_t i = 0; i < past->plan->changes_len; i++) {
		const struct plan_change *change = &past->plan->changes[i];
		CLEANUP(past_effect_release) struct past_effect effect = { 0 };
		const bool redo = past_is_redo(past, change);
		struct backout_item *item;
		size_t position;

		if (past_effect_of(past, change, &effect, err))
			return -1;
		if (!effect.took)
			continue;
		if (!find_item(tracing, change, &position)) {
			add_item(tracing, past, change, &effect);
			continue;
		}
		item = &tracing->backout->items[position];
		if (strcmp(item->resource_id, effect.resource_id) != 0)
			start_again(item, past, &effect, redo);
		else
			merge(item, &effect, redo);
	}
	return add_targets(tracing, past, err);
}

static int trace_since(struct tracing *tracing, const struct records *records,
		       int64_t when, struct error *err)
{
	char text[CLOCK_TEXT_MAX];
	size_t found = 0;

	for (size_t i = 0; i < records->len; i++) {
		const struct record *record = &records->items[i];
		const char *started = json_text(record->change, "started_at");
		CLEANUP(past_release) struct past past = { 0 };
		int64_t began = 0;

		if (!started || clock_parse(started, &began, err))
			return error_set(err, ERR_STATE,
					 "change %s does not say when it began",
					 record->id);
		if (began <= when)
			continue;
		found++;
		if (past_load(tracing->store, record, &past, err) ||
		    add_since(tracing, &past, err))
			return -1;
	}
	if (found)
		return 0;
	(void)error_set(err, ERR_NOT_FOUND, "no change of ours began after %s",
			clock_rfc3339(when, text));
	error_hint(err, "see when they began: aback history");
	return -1;
}

int backout_to_time(struct store *store, int64_t when,
		    struct backout **ret_backout, struct error *err)
{
	CLEANUP(records_release) struct records records = { 0 };
	CLEANUP(tracing_release) struct tracing tracing = tracing_begin(store);

	if (records_load(store, &records, err) ||
	    trace_since(&tracing, &records, when, err))
		return -1;
	*ret_backout = finish(&tracing);
	return 0;
}
