#include "plans/live.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct live *live_new(void)
{
	struct live *live = xcalloc(1, sizeof(*live));

	live->skipped = json_array();
	live->unread = json_array();
	return live;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	for (size_t i = 0; i < live->len; i++)
		resource_free(live->items[i]);
	free(live->items);
	json_decref(live->skipped);
	json_decref(live->unread);
	free(live);
}

void live_add(struct live *live, struct resource *resource)
{
	GROW(live->items, live->len, live->cap);
	live->items[live->len++] = resource;
}

void live_skip(struct live *live, const char *place, enum kind kind,
	       const char *id, const char *reason)
{
	CLEANUP(free_ptr) char *address = id ? address_of(kind, id) : NULL;
	json_t *entry = json_object();

	json_object_set_new(entry, "target", json_from_text(place));
	json_object_set_new(entry, "address", json_from_text(address));
	json_object_set_new(entry, "reason", json_from_text(reason));
	json_array_append_new(live->skipped, entry);
}

void live_add_unread(struct live *live, const char *place, enum kind kind,
		     const char *id, unsigned lookup, const struct error *err)
{
	CLEANUP(free_ptr) char *address = id ? address_of(kind, id) : NULL;
	json_t *entry = json_object();

	json_object_set_new(entry, "target", json_from_text(place));
	json_object_set_new(entry, "kind",
			    json_from_text(kind < KIND_COUNT
						   ? kind_ops(kind)->name
						   : NULL));
	json_object_set_new(entry, "address", json_from_text(address));
	json_object_set_new(entry, "lookup", json_integer(lookup));
	error_to_json(err, entry);
	json_array_append_new(live->unread, entry);
}

static int compare_keys(const char *place_a, const char *address_a,
			const char *place_b, const char *address_b)
{
	const int order = strcmp(place_a, place_b);

	return order ? order : strcmp(address_a, address_b);
}

static int by_address(const void *a, const void *b)
{
	const struct resource *x = *(struct resource *const *)a;
	const struct resource *y = *(struct resource *const *)b;

	return compare_keys(x->place->name, x->address, y->place->name,
			    y->address);
}

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_text(entry, key);

	return text ? text : "";
}

static int by_entry(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a;
	const json_t *y = *(json_t *const *)b;
	const int order =
		compare_keys(text_of(x, "target"), text_of(x, "address"),
			     text_of(y, "target"), text_of(y, "address"));

	return order ? order
		     : strcmp(text_of(x, "reason"), text_of(y, "reason"));
}

static void sort_skipped(struct live *live)
{
	const size_t len = json_array_size(live->skipped);
	CLEANUP(free_ptr) json_t **entries = xcalloc(len + 1, sizeof(*entries));
	json_t *sorted = json_array();

	for (size_t i = 0; i < len; i++)
		entries[i] = json_array_get(live->skipped, i);
	qsort(entries, len, sizeof(*entries), by_entry);
	for (size_t i = 0; i < len; i++)
		json_array_append(sorted, entries[i]);
	json_decref(live->skipped);
	live->skipped = sorted;
}

void live_sort(struct live *live)
{
	size_t kept = 0;

	if (live->len)
		qsort(live->items, live->len, sizeof(struct resource *),
		      by_address);
	for (size_t i = 0; i < live->len; i++) {
		if (kept &&
		    by_address(&live->items[kept - 1], &live->items[i]) == 0)
			resource_free(live->items[i]);
		else
			live->items[kept++] = live->items[i];
	}
	live->len = kept;
	sort_skipped(live);
}

struct key {
	const char *place, *address;
};

static int compare_key(const void *key, const void *item)
{
	const struct key *k = key;
	const struct resource *resource = *(struct resource *const *)item;

	return compare_keys(k->place, k->address, resource->place->name,
			    resource->address);
}

const struct resource *live_find(const struct live *live, const char *place,
				 const char *address)
{
	const struct key key = { .place = place, .address = address };
	struct resource *const *item =
		live->len ? bsearch(&key, live->items, live->len,
				    sizeof(struct resource *), compare_key)
			  : NULL;

	return item ? *item : NULL;
}
