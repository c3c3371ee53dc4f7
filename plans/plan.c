#include "plans/plan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"

struct plan *plan_new(void)
{
	struct plan *plan = xcalloc(1, sizeof(*plan));

	plan->bytes = (struct strbuf)STRBUF_INIT(LIMIT_PLAN_FILE);
	plan->desired = json_null();
	plan->blocked = json_array();
	plan->held = json_array();
	plan->waived = json_array();
	plan->skipped = json_array();
	plan->conflicts = json_array();
	plan->waiting = json_array();
	plan->notes = json_array();
	plan->foreseen = json_array();
	plan->foreseen_back = json_array();
	return plan;
}

static void change_release(struct plan_change *change)
{
	free(change->target);
	free(change->address);
	free(change->resource_id);
	free(change->setting);
	json_decref(change->before);
	json_decref(change->after);
	free(change->unit);
	free(change->via);
	free(change->rule_name);
	json_decref(change->controls);
	free(change->severity);
	free(change->effect);
	free(change->reversibility);
	json_decref(change->consent);
	json_decref(change->backout_consent);
	json_decref(change->pending);
	json_decref(change->undoes);
	json_decref(change->facts);
	free(change->steps);
}

static void step_release(struct plan_step *step)
{
	free(step->target);
	free(step->address);
	free(step->resource_id);
	free(step->needs);
	free(step->call);
	json_decref(step->companions);
	json_decref(step->parameters);
	free(step->backout_call);
	json_decref(step->backout_parameters);
	free(step->backout_reason);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->id);
	free(plan->kind);
	free(plan->reverses);
	free(plan->created_at);
	free(plan->created_by);
	free(plan->tool);
	json_decref(plan->desired);
	for (size_t i = 0; i < plan->targets_len; i++)
		target_release(&plan->targets[i]);
	free(plan->targets);
	for (size_t i = 0; i < plan->changes_len; i++)
		change_release(&plan->changes[i]);
	free(plan->changes);
	for (size_t i = 0; i < plan->steps_len; i++)
		step_release(&plan->steps[i]);
	free(plan->steps);
	json_decref(plan->blocked);
	json_decref(plan->held);
	json_decref(plan->waived);
	json_decref(plan->skipped);
	json_decref(plan->conflicts);
	json_decref(plan->waiting);
	json_decref(plan->notes);
	json_decref(plan->foreseen);
	json_decref(plan->foreseen_back);
	strbuf_release(&plan->bytes);
	free(plan);
}

struct plan_change *plan_add_change(struct plan *plan)
{
	struct plan_change *change;

	GROW(plan->changes, plan->changes_len, plan->changes_cap);
	change = &plan->changes[plan->changes_len++];
	*change = (struct plan_change){
		.before = json_null(),
		.after = json_null(),
		.controls = json_array(),
		.consent = json_array(),
		.backout_consent = json_array(),
		.pending = json_null(),
		.undoes = json_null(),
	};
	return change;
}

struct plan_step *plan_add_step(struct plan *plan)
{
	struct plan_step *step;

	GROW(plan->steps, plan->steps_len, plan->steps_cap);
	step = &plan->steps[plan->steps_len++];
	*step = (struct plan_step){
		.companions = json_object(),
		.parameters = json_object(),
		.backout_parameters = json_null(),
	};
	return step;
}

json_t *plan_note(json_t *array, const char *target, const char *address,
		  const char *setting, const char *reason)
{
	json_t *note = json_object();

	(void)json_object_set_new(note, "target", json_from_text(target));
	(void)json_object_set_new(note, "address", json_from_text(address));
	(void)json_object_set_new(note, "setting", json_from_text(setting));
	(void)json_object_set_new(note, "reason", json_from_text(reason));
	(void)json_array_append_new(array, note);
	return note;
}

bool plan_change_follows(const struct plan_change *change)
{
	CLEANUP(address_release) struct address address = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const struct setting *row;

	if (!change->via || address_parse(change->address, &address, &err))
		return false;
	row = catalogue_lookup(address.ops->kind, change->setting);
	return row && row->foretold;
}

json_t *plan_consent(const struct plan *plan)
{
	CLEANUP(json_release) json_t *all = json_array();
	json_t *member;
	size_t i;

	for (size_t c = 0; c < plan->changes_len; c++) {
		const struct plan_change *change = &plan->changes[c];
		const bool follows = plan_change_follows(change);

		json_array_foreach(change->consent, i, member) {
			const char *class = json_string_value(member);

			if (!follows || strcmp(class, "restart") != 0)
				json_array_add_unique(all, class);
		}
	}
	return json_sorted_set(all);
}

/* ---- finding ---- */

struct key {
	const char *target, *address, *setting;
};

static int compare_keys(const struct key *x, const struct key *y)
{
	int order = strcmp(x->target, y->target);

	if (!order)
		order = strcmp(x->address, y->address);
	return order ? order : strcmp(x->setting, y->setting);
}

static struct key key_of(const struct plan_change *change)
{
	return (struct key){ change->target, change->address, change->setting };
}

static int compare_to_change(const void *key, const void *change)
{
	const struct key of = key_of(change);

	return compare_keys(key, &of);
}

const struct plan_change *plan_find_change(const struct plan *plan,
					   const char *target,
					   const char *address,
					   const char *setting)
{
	const struct key key = { target, address, setting };

	return plan->changes_len
		       ? bsearch(&key, plan->changes, plan->changes_len,
				 sizeof(*plan->changes), compare_to_change)
		       : NULL;
}

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_text(entry, key);

	return text ? text : "";
}

json_t *plan_find_entry(const json_t *entries, const char *target,
			const char *address, const char *setting)
{
	const struct key key = { target, address, setting };
	size_t low = 0, high = json_array_size(entries);

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		json_t *entry = json_array_get(entries, middle);
		const struct key at = { text_of(entry, "target"),
					text_of(entry, "address"),
					text_of(entry, "setting") };
		const int order = compare_keys(&key, &at);

		if (!order)
			return entry;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* ---- sorting ---- */

static int compare_changes(const void *a, const void *b)
{
	const struct key x = key_of(a), y = key_of(b);

	return compare_keys(&x, &y);
}

/* A step and where it was, for a sort that keeps the order of equals. */
struct step_place {
	struct plan_step step;
	size_t was;
};

static int compare_steps(const void *a, const void *b)
{
	const struct step_place *x = a, *y = b;
	int order = strcmp(x->step.target, y->step.target);

	if (!order)
		order = strcmp(x->step.address, y->step.address);
	if (order)
		return order;
	return x->was < y->was ? -1 : x->was > y->was;
}

static int compare_indexes(const void *a, const void *b)
{
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static void remap(size_t *indexes, size_t len, const size_t *now_at)
{
	for (size_t i = 0; i < len; i++)
		indexes[i] = now_at[indexes[i]];
	if (len)
		qsort(indexes, len, sizeof(*indexes), compare_indexes);
}

/* Steps that are being put in order; all indexes but now_at's are of places. */
struct ordering {
	const struct step_place *places; /* sorted by resource */
	size_t *at;     /* from where a step was to its place */
	size_t *now_at; /* from where a step was to its order */
	bool *begun;
	struct plan_step *ordered;
	size_t len;
};

static bool same_resource(const struct plan_step *a, const struct plan_step *b)
{
	return !strcmp(a->target, b->target) && !strcmp(a->address, b->address);
}

/* What it needs first, and what comes before it on its own resource. */
static void order_step(struct ordering *ordering, size_t index)
{
	const struct plan_step *step = &ordering->places[index].step;

	if (ordering->begun[index])
		return;
	ordering->begun[index] = true;
	if (index && same_resource(&ordering->places[index - 1].step, step))
		order_step(ordering, index - 1);
	for (size_t i = 0; i < step->needs_len; i++)
		order_step(ordering, ordering->at[step->needs[i]]);
	ordering->now_at[ordering->places[index].was] = ordering->len;
	ordering->ordered[ordering->len++] = *step;
}

static void sort_steps(struct plan *plan)
{
	const size_t len = plan->steps_len;
	CLEANUP(free_ptr)
	struct step_place *places = xcalloc(len + 1, sizeof(*places));
	CLEANUP(free_ptr) size_t *at = xcalloc(len + 1, sizeof(*at));
	CLEANUP(free_ptr) size_t *now_at = xcalloc(len + 1, sizeof(*now_at));
	CLEANUP(free_ptr) bool *begun = xcalloc(len + 1, sizeof(*begun));
	struct ordering ordering = { .places = places,
				     .at = at,
				     .now_at = now_at,
				     .begun = begun,
				     .ordered = plan->steps };

	for (size_t i = 0; i < len; i++)
		places[i] = (struct step_place){ plan->steps[i], i };
	qsort(places, len, sizeof(*places), compare_steps);
	for (size_t i = 0; i < len; i++)
		at[places[i].was] = i;
	for (size_t i = 0; i < len; i++)
		order_step(&ordering, i);
	for (size_t i = 0; i < len; i++)
		remap(plan->steps[i].needs, plan->steps[i].needs_len, now_at);
	for (size_t i = 0; i < plan->changes_len; i++)
		remap(plan->changes[i].steps, plan->changes[i].steps_len,
		      now_at);
}

static int compare_texts(const json_t *x, const json_t *y, const char *key)
{
	return strcmp(text_of(x, key), text_of(y, key));
}

static int compare_notes(const void *a, const void *b)
{
	static const char *const keys[] = { "target", "address", "setting",
					    "reason" };
	const json_t *x = *(const json_t *const *)a,
		     *y = *(const json_t *const *)b;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int order = compare_texts(x, y, keys[i]);

		if (order)
			return order;
	}
	return 0;
}

static void sort_notes(json_t **array)
{
	const size_t len = json_array_size(*array);
	CLEANUP(free_ptr) json_t **notes = xcalloc(len + 1, sizeof(*notes));
	json_t *sorted = json_array();

	for (size_t i = 0; i < len; i++)
		notes[i] = json_array_get(*array, i);
	qsort(notes, len, sizeof(json_t *), compare_notes);
	for (size_t i = 0; i < len; i++)
		(void)json_array_append(sorted, notes[i]);
	json_decref(*array);
	*array = sorted;
}

void plan_sort(struct plan *plan)
{
	sort_steps(plan);
	if (plan->changes_len)
		qsort(plan->changes, plan->changes_len, sizeof(*plan->changes),
		      compare_changes);
	sort_notes(&plan->blocked);
	sort_notes(&plan->held);
	sort_notes(&plan->waived);
	sort_notes(&plan->skipped);
	sort_notes(&plan->conflicts);
	sort_notes(&plan->waiting);
	sort_notes(&plan->notes);
}
