#include "plans/backout_item.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

void past_release(struct past *past)
{
	plan_free(past->plan);
	json_decref(past->prior);
	json_decref(past->states);
	*past = (struct past){ 0 };
}

char *past_key(const char *target, const char *address, const char *setting)
{
	return xasprintf("%s\n%s\n%s", target, address, setting);
}

static int damaged(const struct record *record, const char *what,
		   struct error *err)
{
	(void)error_set(err, ERR_STATE,
			"the record of change %s is damaged: %s", record->id,
			what);
	error_hint(err, "look at it with git: git show main:changes/%s/",
		   record->id);
	return -1;
}

static int load_prior(struct store *store, struct past *past, struct error *err)
{
	CLEANUP(json_release) json_t *file = NULL;
	json_t *values, *value;
	size_t i;

	if (record_prior(store, past->record->id, &file, err) ||
	    json_get_array(file, "prior.json", "values", &values, err))
		return error_wrap(err, "change %s", past->record->id);
	past->prior = json_object();
	json_array_foreach(values, i, value) {
		const char *target = json_text(value, "target"),
			   *address = json_text(value, "address"),
			   *setting = json_text(value, "setting");
		CLEANUP(free_ptr) char *key = NULL;

		if (!target || !address || !setting ||
		    !json_text(value, "resource_id") ||
		    !json_object_get(value, "value"))
			return damaged(past->record,
				       "an entry of prior.json is incomplete",
				       err);
		key = past_key(target, address, setting);
		(void)json_object_set(past->prior, key, value);
	}
	return 0;
}

/*
 * What a step came to. One that failed after it was sent may have done some of
 * its work, or may still do it, and so may one that was cut off without an
 * answer and whose effect was not seen: as with an unknown outcome, live
 * decides.
 */
static json_t *step_came_to(const json_t *step)
{
	json_t *state = json_object_get(step, "state");

	if (json_is_string(state) &&
	    (!strcmp(json_string_value(state), "failed") ||
	     !strcmp(json_string_value(state), "skipped")) &&
	    json_is_true(json_object_get(step, "sent")))
		return json_string("unknown");
	return json_incref(state);
}

/* Of all steps; those that were taken back again count as failed. */
static int load_states(struct past *past, struct error *err)
{
	json_t *result = past->record->result, *step;
	size_t i;

	past->states = json_array();
	if (!json_is_array(json_object_get(result, "steps")))
		return damaged(past->record, "result.json has no steps", err);
	for (i = 0; i < past->plan->steps_len; i++)
		(void)json_array_append_new(past->states,
					    json_string("skipped"));
	json_array_foreach(json_object_get(result, "steps"), i, step) {
		const json_t *index = json_object_get(step, "index");
		CLEANUP(json_release) json_t *state = step_came_to(step);

		if (!json_is_integer(index) || !json_is_string(state) ||
		    json_array_set(past->states,
				   (size_t)json_integer_value(index), state))
			return damaged(past->record,
				       "result.json names no step of its plan",
				       err);
	}
	json_array_foreach(json_object_get(result, "backout"), i, step) {
		const char *state = json_text(step, "state");

		/* what is set back and waits for a reboot is set back */
		if (state &&
		    (!strcmp(state, "done") || !strcmp(state, "waiting")))
			(void)json_array_set_new(
				past->states,
				(size_t)json_integer_value(
					json_object_get(step, "index")),
				json_string("backed out"));
	}
	return 0;
}

int past_load(struct store *store, const struct record *record,
	      struct past *ret_past, struct error *err)
{
	CLEANUP(past_release) struct past past = { .record = record };
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(free_ptr) char *name = record_path(record->id, "plan.json");

	if (!record->result) {
		(void)error_set(
			err, ERR_UNFINISHED,
			"change %s is unfinished: it still runs, or was cut "
			"off",
			record->id);
		error_hint(err, "first find out what happened: aback resume %s",
			   record->id);
		return -1;
	}
	if (record_plan(store, record->id, &bytes, err) ||
	    plan_parse_recorded(name, bytes.buf, bytes.len, &past.plan, err) ||
	    load_prior(store, &past, err) || load_states(&past, err))
		return -1;
	*ret_past = past;
	past = (struct past){ 0 };
	return 0;
}

/* ---- one setting ---- */

void past_effect_release(struct past_effect *effect)
{
	json_decref(effect->prior);
	json_decref(effect->set);
	*effect = (struct past_effect){ 0 };
}

static bool took_effect(const char *state)
{
	return !strcmp(state, "done") || !strcmp(state, "waiting") ||
	       !strcmp(state, "unknown");
}

/* What the steps that took effect made of prior. New reference. */
static json_t *value_left(const struct past *past,
			  const struct plan_change *change,
			  const struct setting *row, json_t *prior)
{
	const struct kind_ops *ops = kind_ops(row->kind);
	json_t *value = json_incref(prior);

	for (size_t i = 0; i < change->steps_len; i++) {
		const struct plan_step *step =
			&past->plan->steps[change->steps[i]];
		json_t *next;

		if (!took_effect(json_string_value(
			    json_array_get(past->states, change->steps[i]))))
			continue;
		next = kind_after(ops, change->facts, step->call,
				  step->parameters, row, value);
		if (!next)
			continue;
		json_decref(value);
		value = next;
	}
	return value;
}

int past_effect_of(const struct past *past, const struct plan_change *change,
		   struct past_effect *ret_effect, struct error *err)
{
	CLEANUP(free_ptr)
	char *key = past_key(change->target, change->address, change->setting);
	const json_t *entry = json_object_get(past->prior, key);
	const struct setting *row =
		setting_at(change->address, change->setting);
	struct past_effect effect = { .sure = true };
	size_t took = 0;

	if (!entry)
		return damaged(past->record,
			       "prior.json lacks a setting of its plan", err);
	if (!json_equal(json_object_get(entry, "value"), change->before) ||
	    strcmp(json_text(entry, "resource_id"), change->resource_id) != 0)
		return damaged(past->record,
			       "prior.json and plan.json differ in what was "
			       "there before",
			       err);
	for (size_t i = 0; i < change->steps_len; i++) {
		const char *state = json_string_value(
			json_array_get(past->states, change->steps[i]));

		if (!took_effect(state)) {
			effect.why_not = state;
			continue;
		}
		took++;
		if (!strcmp(state, "unknown"))
			effect.sure = false;
	}
	effect.took = took > 0;
	effect.resource_id = json_text(entry, "resource_id");
	/* what took back something pending is undone by setting that */
	effect.prior = json_incref(json_is_null(change->pending)
					   ? json_object_get(entry, "value")
					   : change->pending);
	effect.set = took == change->steps_len || !row
			     ? json_incref(change->after)
			     : value_left(past, change, row, effect.prior);
	*ret_effect = effect;
	return 0;
}

bool past_is_redo(const struct past *past, const struct plan_change *change)
{
	/* a backout restores against the rules, and its backout with them */
	return !strcmp(past->plan->kind, "backout") &&
	       !json_is_true(json_object_get(change->undoes, "redo"));
}

/* ---- items ---- */

struct backout *backout_new(void)
{
	struct backout *backout = xcalloc(1, sizeof(*backout));

	backout->skipped = json_array();
	return backout;
}

static int compare_item(const void *key, const void *of)
{
	const struct plan_change *change = key;
	const struct backout_item *item = of;
	int order = strcmp(change->target, item->target);

	if (!order)
		order = strcmp(change->address, item->address);
	return order ? order : strcmp(change->setting, item->setting);
}

const struct backout_item *backout_find(const struct backout *backout,
					const struct plan_change *change)
{
	return backout->len ? bsearch(change, backout->items, backout->len,
				      sizeof(*backout->items), compare_item)
			    : NULL;
}

void backout_item_release(struct backout_item *item)
{
	free(item->change);
	free(item->target);
	free(item->address);
	free(item->resource_id);
	free(item->setting);
	json_decref(item->set);
	json_decref(item->prior);
	free(item->later);
	free(item->undone_by);
}

void backout_free(struct backout *backout)
{
	if (!backout)
		return;
	for (size_t i = 0; i < backout->len; i++)
		backout_item_release(&backout->items[i]);
	free(backout->items);
	for (size_t i = 0; i < backout->targets_len; i++)
		target_release(&backout->targets[i]);
	free(backout->targets);
	free(backout->reverses);
	json_decref(backout->skipped);
	free(backout);
}

struct backout_item *backout_add(struct backout *backout,
				 const struct plan_change *change,
				 const char *change_id,
				 const struct past_effect *effect, bool redo)
{
	struct backout_item *item;

	GROW(backout->items, backout->len, backout->cap);
	item = &backout->items[backout->len++];
	*item = (struct backout_item){
		.change = xstrdup(change_id),
		.target = xstrdup(change->target),
		.address = xstrdup(change->address),
		.resource_id = xstrdup(effect->resource_id),
		.setting = xstrdup(change->setting),
		.set = json_incref(effect->set),
		.prior = json_incref(effect->prior),
		.redo = redo,
	};
	return item;
}
