#include "plans/usage.h"

#include <stdlib.h>

#include "core/mem.h"

static char *key_of(const char *place, const char *address)
{
	return xasprintf("%s\n%s", place, address);
}

/* What a resource of this place names, wherever that lives. */
static char *key_in(const struct place *place, enum kind kind, const char *id)
{
	CLEANUP(free_ptr) char *address = address_of(kind, id);

	return kind_ops(kind)->global
		       ? xasprintf("%s/global\n%s", place->account_id, address)
		       : key_of(place->name, address);
}

static void add_names(struct usage *usage, size_t at)
{
	const struct resource *resource = usage->live->items[at];
	CLEANUP(free_ptr)
	char *key = key_of(resource->place->name, resource->address);
	size_t i;
	json_t *name;

	(void)json_object_set_new(usage->index, key,
				  json_integer((json_int_t)at));
	json_array_foreach(resource->names, i, name) {
		CLEANUP(free_ptr)
		char *other = key_in(resource->place, resource->kind,
				     json_string_value(name));

		(void)json_object_set_new(usage->index, other,
					  json_integer((json_int_t)at));
	}
}

struct walking {
	struct usage *usage;
	size_t at;
};

static void on_reference(void *ctx, enum kind kind, const char *id)
{
	const struct walking *walking = ctx;
	const struct live *live = walking->usage->live;
	CLEANUP(free_ptr)
	char *name = key_in(live->items[walking->at]->place, kind, id);
	const json_t *at = json_object_get(walking->usage->index, name);
	const struct resource *used =
		at ? live->items[json_integer_value(at)] : NULL;
	CLEANUP(free_ptr)
	char *key =
		used ? key_of(used->place->name, used->address) : xstrdup(name);
	json_t *users = json_object_get(walking->usage->users, key);

	if (!users) {
		users = json_array();
		(void)json_object_set_new(walking->usage->users, key, users);
	}
	(void)json_array_append_new(users,
				    json_integer((json_int_t)walking->at));
}

struct usage *usage_new(const struct live *live)
{
	struct usage *usage = xcalloc(1, sizeof(*usage));

	*usage = (struct usage){ .live = live,
				 .index = json_object(),
				 .users = json_object() };
	for (size_t i = 0; i < live->len; i++)
		add_names(usage, i);
	for (size_t i = 0; i < live->len; i++) {
		const struct kind_ops *ops = kind_ops(live->items[i]->kind);
		struct walking walking = { usage, i };

		if (ops->references)
			ops->references(live->items[i], on_reference, &walking);
	}
	return usage;
}

void usage_free(struct usage *usage)
{
	if (!usage)
		return;
	json_decref(usage->index);
	json_decref(usage->users);
	free(usage);
}

const struct resource *usage_find(const struct usage *usage,
				  const struct place *place, enum kind kind,
				  const char *id)
{
	CLEANUP(free_ptr) char *key = key_in(place, kind, id);
	const json_t *at = json_object_get(usage->index, key);

	return at ? usage->live->items[json_integer_value(at)] : NULL;
}

const struct resource *usage_user_of(const struct usage *usage,
				     const char *place, const char *address,
				     size_t n)
{
	CLEANUP(free_ptr) char *key = key_of(place, address);
	const json_t *at =
		json_array_get(json_object_get(usage->users, key), n);

	return at ? usage->live->items[json_integer_value(at)] : NULL;
}

const struct resource *usage_user(const struct usage *usage,
				  const struct resource *resource, size_t n)
{
	return usage_user_of(usage, resource->place->name, resource->address,
			     n);
}
