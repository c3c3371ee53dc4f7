#include "plans/planner_derived.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/value.h"

void derived_init(struct derived *derived, enum kind kind)
{
	size_t rows;

	(void)catalogue_rows(kind, &rows);
	derived->items = xcalloc(rows, sizeof(*derived->items));
	derived->len = 0;
}

static void forget(struct derived *derived)
{
	for (size_t i = 0; i < derived->len; i++)
		json_decref(derived->items[i].after);
	derived->len = 0;
}

void derived_release(struct derived *derived)
{
	forget(derived);
	free(derived->items);
}

bool is_derived(const struct derived *derived, const struct want *want)
{
	return want >= derived->items && want < derived->items + derived->len;
}

/* Steals after. */
static void add(struct derived *derived, const struct want *main_want,
		const struct setting *row, json_t *after)
{
	derived->items[derived->len++] = (struct want){
		.resource = main_want->resource,
		.setting = row,
		.after = after,
		.window = main_want->window,
		.rule_name = main_want->rule_name,
		.rule_line = main_want->rule_line,
		.via = main_want->setting->name,
	};
}

static bool is_wanted(const struct want **wants, size_t len,
		      const struct setting *row)
{
	for (size_t i = 0; i < len; i++) {
		if (wants[i]->setting == row)
			return true;
	}
	return false;
}

/*
 * A setting that somebody can ask to be unset is not derived: the kind refuses
 * to turn off what it goes with until a rule says so.
 */
static void find_for(struct derived *derived, const struct want **wants,
		     size_t len, const struct want *main_want)
{
	size_t rows_len;
	const struct setting *rows =
		catalogue_rows(main_want->setting->kind, &rows_len);

	if (main_want->undoes || !value_is_off(main_want->after))
		return;
	for (size_t i = 0; i < rows_len; i++) {
		const json_t *live =
			resource_value(main_want->resource, &rows[i]);

		if (rows[i].only_with && !rows[i].nullable && live &&
		    !json_is_null(live) &&
		    !strcmp(rows[i].only_with, main_want->setting->name) &&
		    !is_wanted(wants, len, &rows[i]))
			add(derived, main_want, &rows[i], json_null());
	}
}

/* With a resource comes what AWS gives it where nobody says. */
static void find_created(struct derived *derived, const struct want **wants,
			 size_t len, const struct want *main_want)
{
	size_t rows_len;
	const struct setting *rows =
		catalogue_rows(main_want->setting->kind, &rows_len);

	if (strcmp(main_want->setting->name, "exists") != 0 ||
	    !json_is_true(main_want->after))
		return;
	for (size_t i = 0; i < rows_len; i++) {
		const json_t *live =
			resource_value(main_want->resource, &rows[i]);
		CLEANUP(json_release) json_t *after = NULL;

		if (!rows[i].created || !live ||
		    is_wanted(wants, len, &rows[i]))
			continue;
		after = json_loads(rows[i].created, JSON_DECODE_ANY, NULL);
		if (!value_equal(&rows[i], live, after))
			add(derived, main_want, &rows[i], TAKE(after));
	}
}

size_t derived_find(struct derived *derived, const struct want **wants,
		    size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_derived(derived, wants[i]))
			wants[kept++] = wants[i];
	}
	forget(derived);
	for (size_t i = 0; i < kept; i++) {
		find_for(derived, wants, kept, wants[i]);
		find_created(derived, wants, kept, wants[i]);
	}
	for (size_t i = 0; i < derived->len; i++)
		wants[kept + i] = &derived->items[i];
	return kept + derived->len;
}
