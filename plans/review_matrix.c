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

static char *key_of(const char *place, const char *address)
{
	return xasprintf("%s\n%s", place, address);
}

/* true: it had not that row before */
static bool add_row(struct reviewing *reviewing, const char *key,
		    const char *row)
{
	json_t *rows = json_object_get(reviewing->rows_of, key);

	if (!rows) {
		rows = json_object();
		(void)json_object_set_new(reviewing->rows_of, key, rows);
	}
	if (json_object_get(rows, row))
		return false;
	(void)json_object_set_new(rows, row, json_true());
	return true;
}

/* What says itself which cluster it is of; a cluster says so too. */
static void add_own(struct reviewing *reviewing,
		    const struct resource *resource)
{
	const char *place = resource->place->name;
	CLEANUP(free_ptr) char *key = key_of(place, resource->address);
	CLEANUP(free_ptr) char *row = NULL;
	const struct resource *cluster =
		resource->cluster
			? usage_find(reviewing->usage, resource->place,
				     KIND_CLUSTER, resource->cluster)
			: NULL;

	if (!cluster)
		return;
	row = key_of(place, cluster->address);
	(void)add_row(reviewing, key, row);
}

/* The rows of all who use it. true: it had not one of them before */
static bool inherit(struct reviewing *reviewing, const char *key)
{
	CLEANUP(free_ptr) char *place = xstrndup(key, strcspn(key, "\n"));
	const char *address = strchr(key, '\n') + 1;
	const struct resource *user;
	bool more = false;

	for (size_t n = 0;
	     (user = usage_user_of(reviewing->usage, place, address, n)); n++) {
		CLEANUP(free_ptr)
		char *by = key_of(user->place->name, user->address);
		const char *row;
		json_t *value;

		if (!strcmp(by, key))
			continue;
		json_object_foreach(json_object_get(reviewing->rows_of, by),
				    row, value)
			more |= add_row(reviewing, key, row);
	}
	return more;
}

void review_find_rows(struct reviewing *reviewing)
{
	const struct live *live = reviewing->input->live;
	bool more = true;
	const char *key;
	json_t *users;

	reviewing->rows_of = json_object();
	reviewing->matrix = json_object();
	for (size_t i = 0; i < live->len; i++)
		add_own(reviewing, live->items[i]);
	for (int round = 0; round < ROUNDS && more; round++) {
		more = false;
		json_object_foreach(reviewing->usage->users, key, users)
			more |= inherit(reviewing, key);
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

void review_mark(struct reviewing *reviewing, const struct control *control,
		 const struct place *place, const char *address,
		 enum outcome outcome)
{
	CLEANUP(free_ptr) char *itself = review_place_address(place);
	CLEANUP(free_ptr)
	char *key = key_of(place->name, address ? address : itself);
	json_t *rows = json_object_get(reviewing->rows_of, key);
	const char *row;
	json_t *value;

	if (!rows) {
		CLEANUP(free_ptr) char *whole = key_of(place->name, itself);

		mark_row(reviewing, whole, control, outcome);
	}
	json_object_foreach(rows, row, value)
		mark_row(reviewing, row, control, outcome);
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
