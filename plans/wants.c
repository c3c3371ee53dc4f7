#include "plans/wants.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

int resource_order(const struct resource *x, const struct resource *y)
{
	const int order = strcmp(x->place->name, y->place->name);

	return order ? order : strcmp(x->address, y->address);
}

void wants_add(struct wants *wants, const struct want *want)
{
	GROW(wants->items, wants->len, wants->cap);
	wants->items[wants->len++] = *want;
}

void wants_release(struct wants *wants)
{
	for (size_t i = 0; i < wants->len; i++) {
		json_decref(wants->items[i].after);
		json_decref(wants->items[i].before);
		free(wants->items[i].unmet);
		free(wants->items[i].lacks);
	}
	free(wants->items);
	*wants = (struct wants){ 0 };
}

static int compare_wants(const void *a, const void *b)
{
	const struct want *x = a, *y = b;
	const int order = resource_order(x->resource, y->resource);

	return order ? order : strcmp(x->setting->name, y->setting->name);
}

void wants_sort(struct wants *wants)
{
	if (wants->len)
		qsort(wants->items, wants->len, sizeof(*wants->items),
		      compare_wants);
}

const struct want *wants_find(const struct wants *wants, const char *place,
			      const char *address, const char *setting)
{
	size_t low = 0, high = wants->len;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct want *want = &wants->items[middle];
		int order = strcmp(place, want->resource->place->name);

		if (!order)
			order = strcmp(address, want->resource->address);
		if (!order)
			order = strcmp(setting, want->setting->name);
		if (!order)
			return want;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t wants_first(const struct wants *wants, const struct resource *resource)
{
	size_t low = 0, high = wants->len;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (resource_order(wants->items[middle].resource, resource) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

json_t *want_before(const struct want *want)
{
	json_t *live = resource_value(want->resource, want->setting);

	return live && want->before ? want->before : live;
}
