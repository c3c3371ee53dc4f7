#include "plans/place.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void target_release(struct target *target)
{
	if (!target)
		return;
	free(target->name);
	free(target->account_id);
	free(target->region);
	free(target->role_arn);
	*target = (struct target){ .name = NULL };
}

bool target_has_place(const struct target *target, const char *place)
{
	CLEANUP(free_ptr)
	char *global = xasprintf("%s/global", target->account_id);

	return !strcmp(target->name, place) || !strcmp(global, place);
}

void places_release(struct places *places)
{
	if (!places)
		return;
	for (size_t i = 0; i < places->len; i++) {
		free(places->items[i].name);
		free(places->items[i].account_id);
		free(places->items[i].region);
		free(places->items[i].path);
		free(places->items[i].caller_arn);
	}
	free(places->items);
	free(places->caller_arn);
	*places = (struct places){ .items = NULL };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->name,
		      ((const struct place *)b)->name);
}

void places_sort(struct places *places)
{
	if (places->len)
		qsort(places->items, places->len, sizeof(*places->items),
		      by_name);
}

const struct place *places_find(const struct places *places, const char *name)
{
	const struct place key = { .name = (char *)(uintptr_t)name };

	return places->len ? bsearch(&key, places->items, places->len,
				     sizeof(*places->items), by_name)
			   : NULL;
}
