/*
 * The matrix: a row for each cluster, and one for each place, with the worst
 * outcome of each control over all that belongs to it. What belongs to a
 * cluster: its members, what says so itself, and what any of these uses. What
 * belongs to no cluster counts for its place.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/review_document.h"

/* What uses something, what that uses, and what that uses in turn. */
#define ROUNDS 3

static char *key_of(const struct place *place, const char *address)
{
	return xasprintf("%s\n%s", place->name, address);
}

static char *place_key(const struct place *place)
{
	CLEANUP(free_ptr) char *address = review_place_address(place);

	return key_of(place, address);
}

/* By each name that another resource may use of it: its own key. */
static json_t *index_names(const struct live *live)
{
	json_t *index = json_object();

	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];
		CLEANUP(free_ptr)
		char *key = key_of(resource->place, resource->address);
		size_t n;
		json_t *name;

		(void)json_object_set_new(index, key, json_from_text(key));
		json_array_foreach(resource->names, n, name) {
			CLEANUP(free_ptr)
			char *address = address_of(resource->kind,
						   json_string_value(name));
			CLEANUP(free_ptr)
			char *other = key_of(resource->place, address);

			(void)json_object_set_new(index, other,
						  json_from_text(key));
		}
	}
	return index;
}

struct following {
	struct reviewing *reviewing;
	const json_t *index;
	const struct resource *user;
	bool more; /* somebody got a row that had not it before */
};

static void add_row(struct following *following, const char *key,
		    const char *row)
{
	json_t *rows = json_object_get(following->reviewing->rows_of, key);

	if (!rows) {
		rows = json_object();
		(void)json_object_set_new(following->reviewing->rows_of, key,
					  rows);
	}
	if (json_object_get(rows, row))
		return;
	(void)json_object_set_new(rows, row, json_true());
	following->more = true;
}

static void on_reference(void *ctx, enum kind kind, const char *id)
{
	struct following *following = ctx;
	const struct place *place = following->user->place;
	CLEANUP(free_ptr)
	char *user = key_of(place, following->user->address);
	CLEANUP(free_ptr) char *address = address_of(kind, id);
	CLEANUP(free_ptr)
	char *used =
		kind_ops(kind)->global
			? xasprintf("%s/global\n%s", place->account_id, address)
			: key_of(place, address);
	const char *key = json_text(following->index, used);
	const char *row;
	json_t *value;

	if (!key || !strcmp(key, user))
		return;
	json_object_foreach(
		json_object_get(following->reviewing->rows_of, user), row,
		value)
		add_row(following, key, row);
}

/* What says itself which cluster it is of; a cluster says so too. */
static void add_own(struct following *following,
		    const struct resource *resource)
{
	CLEANUP(free_ptr)
	char *key = key_of(resource->place, resource->address);
	CLEANUP(free_ptr) char *address = NULL;
	CLEANUP(free_ptr) char *row = NULL;

	if (!resource->cluster)
		return;
	address = address_of(KIND_CLUSTER, resource->cluster);
	row = key_of(resource->place, address);
	if (json_object_get(following->index, row))
		add_row(following, key, row);
}

void review_find_rows(struct reviewing *reviewing)
{
	const struct live *live = reviewing->input->live;
	CLEANUP(json_release) json_t *index = index_names(live);
	struct following following = { .reviewing = reviewing,
				       .index = index,
				       .more = true };

	reviewing->rows_of = json_object();
	reviewing->matrix = json_object();
	for (size_t i = 0; i < live->len; i++)
		add_own(&following, live->items[i]);
	for (int round = 0; round < ROUNDS && following.more; round++) {
		following.more = false;
		for (size_t i = 0; i < live->len; i++) {
			const struct kind_ops *ops =
				kind_ops(live->items[i]->kind);

			following.user = live->items[i];
			if (ops->references)
				ops->references(live->items[i], on_reference,
						&following);
		}
	}
}

static void mark_row(struct reviewing *reviewing, const char *row,
		     const struct control *control, enum outcome outcome)
{
	json_t *results = json_object_get(reviewing->matrix, row);
	json_t *before;

	if (!results) {
		results = json_object();
		(void)json_object_set_new(reviewing->matrix, row, results);
	}
	before = json_object_get(results, control->id);
	if (!before || json_integer_value(before) < (json_int_t)outcome)
		(void)json_object_set_new(results, control->id,
					  json_integer(outcome));
}

void review_mark(struct reviewing *reviewing, const struct judging *judging,
		 enum outcome outcome)
{
	CLEANUP(free_ptr) char *place = place_key(judging->place);
	CLEANUP(free_ptr)
	char *key = judging->resource
			    ? key_of(judging->place, judging->resource->address)
			    : xstrdup(place);
	json_t *rows = json_object_get(reviewing->rows_of, key);
	const char *row;
	json_t *value;

	if (!rows)
		mark_row(reviewing, place, judging->control, outcome);
	json_object_foreach(rows, row, value)
		mark_row(reviewing, row, judging->control, outcome);
}

json_t *review_matrix(const struct reviewing *reviewing)
{
	size_t len;
	CLEANUP(free_ptr)
	const char **keys = json_sorted_keys(reviewing->matrix, &len);
	CLEANUP(json_release) json_t *names = json_array();
	json_t *matrix = json_array();

	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		(void)json_array_append_new(names,
					    json_string(outcome_name(o)));
	for (size_t i = 0; i < len; i++) {
		const char *address = strchr(keys[i], '\n');
		json_t *results = json_object();
		const char *control;
		json_t *outcome;

		json_object_foreach(json_object_get(reviewing->matrix, keys[i]),
				    control, outcome)
			(void)json_object_set(
				results, control,
				json_array_get(
					names,
					(size_t)json_integer_value(outcome)));
		(void)json_array_append_new(
			matrix,
			json_pack("{ss% ss so}", "target", keys[i],
				  (size_t)(address - keys[i]), "address",
				  address + 1, "results", results));
	}
	return matrix;
}
