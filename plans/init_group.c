#include "plans/init_group.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/init_values.h"
#include "plans/init_weak.h"
#include "plans/value.h"

/* A target that has the place: of a global place, any of its account. */
const char *init_target_of(const struct init_writer *w,
			   const struct place *place)
{
	for (size_t i = 0; i < w->targets_len; i++) {
		const struct target *target = &w->targets[i];

		if (place->global
			    ? !strcmp(target->account_id, place->account_id)
			    : !strcmp(target->name, place->name))
			return target->name;
	}
	return place->name;
}

void init_group_release(struct init_group *group)
{
	free(group->items);
	json_decref(group->common);
	json_decref(group->excepted);
}

/* The same of one that is not weak: that is not blessed. */
static json_t *written_value(const struct init_group *group,
			     const struct resource *resource,
			     const struct setting *row)
{
	return weak_is(group->weak, resource, row) ? NULL
						   : init_value(resource, row);
}

/*
 * The value that most of the group have, if all have one but those that are
 * weak, and these are not the most; else NULL. New reference.
 */
static json_t *most_common(const struct init_group *group,
			   const struct setting *row)
{
	size_t weak = 0;
	CLEANUP(json_release) json_t *counts = json_object();
	CLEANUP(json_release) json_t *best = NULL;
	json_int_t best_count = 0;

	for (size_t i = 0; i < group->len; i++) {
		CLEANUP(strbuf_release)
		struct strbuf key = STRBUF_INIT(LIMIT_ANSWER);
		CLEANUP(json_release)
		json_t *value = written_value(group, group->items[i], row);
		json_int_t count;

		if (weak_is(group->weak, group->items[i], row)) {
			weak++;
			continue;
		}
		if (!value)
			return NULL;
		json_compact(value, &key);
		count = 1 +
			json_integer_value(json_object_get(counts, key.buf));
		(void)json_object_set_new(counts, key.buf, json_integer(count));
		if (count > best_count) {
			json_decref(best);
			best = TAKE(value);
			best_count = count;
		}
	}
	return weak * 2 > group->len ? NULL : TAKE(best);
}

/*
 * Would a rule that gives all of them the value open what is closed, of one of
 * them or of one that comes later?
 */
static bool opens_others(const struct init_group *group,
			 const struct setting *row, const json_t *value)
{
	if (row->exposure == EXPOSURE_WHEN_TRUE && json_is_true(value))
		return true;
	for (size_t i = 0; i < group->len; i++) {
		CLEANUP(json_release)
		json_t *other = init_value(group->items[i], row);

		if (value_exposes(row, other, value))
			return true;
	}
	return false;
}

/* Who is weak in it, as selectors of an `except`. */
static json_t *excepted_from(const struct init_writer *w,
			     const struct init_group *group,
			     const struct setting *row)
{
	json_t *all = json_array();

	for (size_t i = 0; i < group->len; i++) {
		const struct resource *resource = group->items[i];
		json_t *one;

		if (!weak_is(group->weak, resource, row))
			continue;
		one = json_pack("{ss}", "id", resource->id);
		if (w->targets_len > 1)
			(void)json_object_set_new(one, "target",
						  json_from_text(init_target_of(
							  w, resource->place)));
		(void)json_array_append_new(all, one);
	}
	return all;
}

void init_group_find_common(const struct init_writer *w,
			    struct init_group *group)
{
	size_t len;
	const struct setting *rows = catalogue_rows(group->kind, &len);

	group->common = json_object();
	group->excepted = json_object();
	/* a rule for all of them would create what is not there */
	for (size_t i = 0; i < group->len; i++) {
		if (resource_is_missing(group->items[i]))
			return;
	}
	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release)
		json_t *value = init_is_named(&rows[i])
					? most_common(group, &rows[i])
					: NULL;

		if (!value || opens_others(group, &rows[i], value))
			continue;
		(void)json_object_set(group->common, rows[i].name, value);
		(void)json_object_set_new(group->excepted, rows[i].name,
					  excepted_from(w, group, &rows[i]));
	}
}

/* What the resource has differently. New reference. */
json_t *init_group_deviations(const struct init_group *group,
			      const struct resource *resource)
{
	size_t len;
	const struct setting *rows = catalogue_rows(group->kind, &len);
	json_t *values = json_object();

	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release)
		json_t *value = written_value(group, resource, &rows[i]);
		const json_t *common =
			json_object_get(group->common, rows[i].name);

		if (value && (!common || !json_equal(common, value)))
			(void)json_object_set(values, rows[i].name, value);
	}
	return values;
}

/* The engine that rules can select it by. */
static const char *engine_of(const struct resource *resource)
{
	return kind_ops(resource->kind)->by_reference ? NULL : resource->engine;
}

static bool same_engine(const struct init_group *group,
			const struct resource *resource)
{
	const char *engine = engine_of(resource);

	if (!group->engine || !engine)
		return group->engine == engine;
	return !strcmp(group->engine, engine);
}

/* The next group of the kind: the engine of the first that is in none. */
bool init_group_next(const struct live *live, enum kind kind, bool *taken,
		     struct init_group *group)
{
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];

		if (taken[i] || resource->kind != kind)
			continue;
		if (!group->len)
			group->engine = engine_of(resource);
		if (!same_engine(group, resource))
			continue;
		GROW(group->items, group->len, group->cap);
		group->items[group->len++] = resource;
		taken[i] = true;
	}
	return group->len != 0;
}
