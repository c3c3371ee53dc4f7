/* What all our changes since a moment left to be undone. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/backout_trace.h"
#include "plans/document_map.h"
#include "plans/value.h"
#include "state/record.h"

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
	if (is_document_map(item->set) && is_document_map(effect->set)) {
		CLEANUP(json_release)
		json_t *between = document_map_restored(
			effect->set, effect->set, effect->prior);

		replace_value(
			&item->prior,
			document_map_restored(between, item->set, item->prior));
		replace_value(&item->set, json_incref(effect->set));
		return;
	}
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
		if (!tracing_find(tracing, change, &position)) {
			tracing_add(tracing, past, change, &effect);
			continue;
		}
		item = &tracing->backout->items[position];
		if (strcmp(item->resource_id, effect.resource_id) != 0)
			start_again(item, past, &effect, redo);
		else
			merge(item, &effect, redo);
	}
	return tracing_add_targets(tracing, past, err);
}

struct since {
	struct tracing *tracing;
	int64_t when;
	size_t found;
};

static int trace_since(const struct record *record, void *ctx,
		       struct error *err)
{
	struct since *since = ctx;
	const char *started = json_text(record->change, "started_at");
	CLEANUP(past_release) struct past past = { 0 };
	int64_t began = 0;

	if (!started || clock_parse(started, &began, err))
		return error_set(err, ERR_STATE,
				 "change %s does not say when it began",
				 record->id);
	if (began <= since->when)
		return 0;
	since->found++;
	if (past_load(since->tracing->store, record, &past, err))
		return -1;
	return add_since(since->tracing, &past, err);
}

int backout_to_time(struct store *store, int64_t when,
		    struct backout **ret_backout, struct error *err)
{
	CLEANUP(tracing_release) struct tracing tracing = tracing_begin(store);
	struct since since = { .tracing = &tracing, .when = when };
	char text[CLOCK_TEXT_MAX];

	if (records_each(store, NULL, trace_since, &since, err))
		return -1;
	if (!since.found) {
		(void)error_set(err, ERR_NOT_FOUND,
				"no change of ours began after %s",
				clock_rfc3339(when, text));
		error_hint(err, "see when they began: aback history");
		return -1;
	}
	*ret_backout = tracing_finish(&tracing);
	return 0;
}
