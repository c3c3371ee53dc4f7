/* What one change left to be undone, and what became of it since. */
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout_trace.h"
#include "plans/document_map.h"
#include "state/record.h"

static void say_no_effect(struct tracing *tracing, const struct past *past,
			  const struct plan_change *change, const char *state)
{
	CLEANUP(free_ptr)
	char *line = xasprintf("change %s never took effect on it (%s)",
			       past->record->id, state);

	(void)plan_note(tracing->backout->skipped, change->target,
			change->address, change->setting, line);
}

static int trace_change(struct tracing *tracing, const struct past *past,
			struct error *err)
{
	for (size_t i = 0; i < past->plan->changes_len; i++) {
		const struct plan_change *change = &past->plan->changes[i];
		CLEANUP(past_effect_release) struct past_effect effect = { 0 };

		if (past_effect_of(past, change, &effect, err))
			return -1;
		if (effect.took)
			tracing_add(tracing, past, change, &effect);
		else
			say_no_effect(tracing, past, change, effect.why_not);
	}
	return tracing_add_targets(tracing, past, err);
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
 * A backout that was cut off half-way leaves some of ours in place: it does not
 * count as having undone it, and live decides what is left to do.
 */
static void follow(struct tracing *tracing, size_t position,
		   const struct past *past, const struct plan_change *change,
		   const struct past_effect *effect)
{
	struct backout_item *item = &tracing->backout->items[position];
	json_t *standing = json_array_get(tracing->standing, position);
	const char *undone = undone_of(past, change);
	const bool one = (json_is_array(change->after) ||
			  is_document_map(change->after)) &&
			 past->plan->reverses;
	const bool whole = json_equal(effect->set, change->after);
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
	if (!whole)
		return;
	if (ours && effect->sure && !item->undone_by)
		item->undone_by = xstrdup(past->record->id);
	unstand(standing, undone, !one);
}

static int trace_later(struct tracing *tracing, const struct record *record,
		       struct error *err)
{
	CLEANUP(past_release) struct past past = { 0 };

	if (past_load(tracing->store, record, &past, err))
		return -1;
	/* what it restored is what our changes before it had left */
	if (!strcmp(past.plan->kind, "restore"))
		return 0;
	for (size_t i = 0; i < past.plan->changes_len; i++) {
		const struct plan_change *change = &past.plan->changes[i];
		CLEANUP(past_effect_release) struct past_effect effect = { 0 };
		size_t position;

		if (!tracing_find(tracing, change, &position))
			continue;
		if (past_effect_of(&past, change, &effect, err))
			return -1;
		if (effect.took)
			follow(tracing, position, &past, change, &effect);
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

		if (!tracing_find(tracing, &plan->changes[i], &position))
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

static int trace_if_later(const struct record *record, void *tracing,
			  struct error *err)
{
	return record->result ? trace_later(tracing, record, err)
			      : check_unfinished(tracing, record, err);
}

static int trace_one(struct tracing *tracing, const struct record *record,
		     struct error *err)
{
	CLEANUP(past_release) struct past past = { 0 };

	if (past_load(tracing->store, record, &past, err) ||
	    trace_change(tracing, &past, err) ||
	    records_each(tracing->store, record->id, trace_if_later, tracing,
			 err))
		return -1;
	note_standing(tracing);
	return 0;
}

int backout_of_change(struct store *store, const char *change_id,
		      struct backout **ret_backout, struct error *err)
{
	CLEANUP(record_release) struct record record = { 0 };
	CLEANUP(tracing_release) struct tracing tracing = tracing_begin(store);

	if (record_load(store, change_id, &record, err) ||
	    trace_one(&tracing, &record, err))
		return -1;
	tracing.backout->reverses = xstrdup(record.id);
	*ret_backout = tracing_finish(&tracing);
	return 0;
}
