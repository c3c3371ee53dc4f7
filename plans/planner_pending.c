#include "plans/planner_pending.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/awaited.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/value.h"

static int compare_lanes(const struct pending_resource *x, const char *place,
			 const char *lane)
{
	const int order = strcmp(x->resource->place->name, place);

	return order ? order : strcmp(x->lane, lane);
}

static int compare_pending(const void *a, const void *b)
{
	const struct pending_resource *x = a, *y = b;
	const int order = compare_lanes(x, y->resource->place->name, y->lane);

	return order ? order : resource_order(x->resource, y->resource);
}

struct pending pending_find(const struct live *live, const struct wants *wants,
			    const json_t *awaited)
{
	struct pending pending = { .wants = wants, .awaited = awaited };

	for (size_t i = 0; live && i < live->len; i++) {
		const struct resource *resource = live->items[i];

		if (!json_object_size(resource->pending_elements))
			continue;
		GROW(pending.items, pending.len, pending.cap);
		pending.items[pending.len++] = (struct pending_resource){
			.resource = resource,
			.lane = kind_ops(resource->kind)->lane(resource),
		};
	}
	if (pending.len)
		qsort(pending.items, pending.len, sizeof(*pending.items),
		      compare_pending);
	return pending;
}

void pending_release(struct pending *pending)
{
	for (size_t i = 0; i < pending->len; i++)
		free(pending->items[i].lane);
	free(pending->items);
}

static bool is_element(const struct setting *setting, const char *element)
{
	const size_t len = strlen(element);

	return setting->pending && !strncmp(setting->pending, element, len) &&
	       (!setting->pending[len] || setting->pending[len] == '/');
}

/*
 * May what is pending for the want's setting be set off by a call? here: the
 * call is of the same resource, where what is taken back is so before.
 */
static bool is_ours(const struct want *want, bool here)
{
	const json_t *pending = resource_pending(want->resource, want->setting);

	if (!pending)
		return false;
	if (want->pending)
		return here &&
		       value_equal(want->setting, pending, want->pending);
	/* what a rule leaves to the window must not be set off before it */
	return !want->window &&
	       value_equal(want->setting, pending, want->after);
}

static bool is_wanted_element(const struct wants *wants,
			      const struct resource *resource,
			      const char *element, bool here)
{
	for (size_t i = wants_first(wants, resource); i < wants->len; i++) {
		const struct want *want = &wants->items[i];

		if (resource_order(want->resource, resource))
			return false;
		if (is_element(want->setting, element) && is_ours(want, here))
			return true;
	}
	return false;
}

/* Our change that left the element's value pending; borrowed, or NULL. */
static const char *who_left(const struct pending *pending,
			    const struct resource *resource,
			    const char *element)
{
	size_t len;
	const struct setting *rows = catalogue_rows(resource->kind, &len);

	for (size_t i = 0; i < len; i++) {
		const char *change =
			is_element(&rows[i], element)
				? awaited_change(pending->awaited, resource,
						 &rows[i])
				: NULL;

		if (change)
			return change;
	}
	return NULL;
}

void pending_who(const struct pending *pending, const char *change,
		 struct strbuf *text)
{
	if (change)
		strbuf_addf(text, ", which our change %s left to the window",
			    change);
	else if (json_is_object(pending->awaited))
		strbuf_adds(text, ", which is not aback's");
}

/* Lines for what is pending on the resource and must not be set off. */
static void add_foreign(const struct pending *pending,
			const struct resource *resource, bool here,
			json_t *foreign)
{
	const char *element;
	json_t *text;

	json_object_foreach(resource->pending_elements, element, text) {
		CLEANUP(strbuf_release)
		struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

		if (is_wanted_element(pending->wants, resource, element, here))
			continue;
		strbuf_addf(&line, "the pending %s of '%s'%s%s", element,
			    resource->address, json_is_string(text) ? ", " : "",
			    json_is_string(text) ? json_string_value(text)
						 : "");
		pending_who(pending, who_left(pending, resource, element),
			    &line);
		(void)json_array_append_new(foreign, json_from_text(line.buf));
	}
}

json_t *pending_foreign(const struct pending *pending,
			const struct resource *resource)
{
	json_t *foreign = json_array();
	const char *place = resource->place->name;
	CLEANUP(free_ptr) char *lane = NULL;
	size_t low = 0, high = pending->len;

	add_foreign(pending, resource, true, foreign);
	if (!pending->len)
		return foreign;
	lane = kind_ops(resource->kind)->lane(resource);
	if (strcmp(lane, resource->address) != 0)
		return foreign;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare_lanes(&pending->items[middle], place, lane) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < pending->len &&
	       !compare_lanes(&pending->items[low], place, lane);
	     low++) {
		const struct resource *other = pending->items[low].resource;

		if (resource_order(other, resource))
			add_foreign(pending, other, false, foreign);
	}
	return foreign;
}
