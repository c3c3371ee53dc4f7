/* From CloudTrail's spelling of a request to that of the wire. */
#include <ctype.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/trail_call.h"

struct flattening {
	const char *account;
	const char *service; /* "rds" */
	size_t service_len;
	json_t *wire;
};

static bool is_of(const struct flattening *f, const char *call)
{
	return call && !strncmp(call, f->service, f->service_len) &&
	       call[f->service_len] == ':';
}

/* What is between "<list>." and the next dot, or the end; NULL: another list.
 */
static char *item_in(const char *name, const char *list)
{
	const size_t len = strlen(list);

	if (!name || strncmp(name, list, len) != 0 || name[len] != '.')
		return NULL;
	return xstrndup(name + len + 1, strcspn(name + len + 1, "."));
}

/* How the items of a list are called in the service's requests. Owned. */
static char *item_name(const struct flattening *f, const char *list)
{
	static const char *const others[] = { "Parameters.Parameter",
					      "SourceIds.SourceId" };
	char *item = NULL;

	for (enum kind kind = 0; !item && kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; !item && i < len; i++) {
			if (is_of(f, rows[i].call))
				item = item_in(rows[i].write, list);
			if (!item && is_of(f, rows[i].call))
				item = item_in(rows[i].write_remove, list);
		}
	}
	for (size_t i = 0; !item && i < ARRAY_SIZE(others); i++)
		item = item_in(others[i], list);
	return item ? item : xstrdup("member");
}

static void flatten(const struct flattening *f, const char *name,
		    const json_t *value);

static void flatten_list(const struct flattening *f, const char *name,
			 const json_t *list)
{
	const bool bare = is_of(f, "ec2:");
	CLEANUP(free_ptr) char *item = bare ? NULL : item_name(f, name);
	size_t i;
	json_t *value;

	if (!bare && !json_array_size(list))
		json_object_set_new(f->wire, name, json_string(""));
	json_array_foreach(list, i, value) {
		CLEANUP(free_ptr)
		char *key = bare ? xasprintf("%s.%zu", name, i + 1)
				 : xasprintf("%s.%s.%zu", name, item, i + 1);
		flatten(f, key, value);
	}
}

static void flatten_members(const struct flattening *f, const char *prefix,
			    const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		CLEANUP(free_ptr) char *name = xasprintf("%s%s", prefix, key);
		char *first = name + strlen(prefix);
		const char *owner =
			strcmp(key, "userId") ? NULL : json_string_value(value);

		if (owner && f->account && !strcmp(owner, f->account))
			continue;
		*first = (char)toupper((unsigned char)*first);
		flatten(f, name, value);
	}
}

static void flatten(const struct flattening *f, const char *name,
		    const json_t *value)
{
	const json_t *items = json_object_get(value, "items");

	if (json_is_array(value)) {
		flatten_list(f, name, value);
	} else if (json_is_array(items) && json_object_size(value) == 1) {
		flatten_list(f, name, items);
	} else if (json_is_object(value)) {
		CLEANUP(free_ptr) char *prefix = xasprintf("%s.", name);

		flatten_members(f, prefix, value);
	} else if (json_is_string(value)) {
		json_object_set(f->wire, name, (json_t *)(uintptr_t)value);
	} else if (json_is_boolean(value)) {
		json_object_set_new(
			f->wire, name,
			json_string(json_is_true(value) ? "true" : "false"));
	} else if (json_is_integer(value)) {
		CLEANUP(free_ptr)
		char *text =
			xasprintf("%lld", (long long)json_integer_value(value));

		json_object_set_new(f->wire, name, json_string(text));
	}
}

/* Values stay what they are; logs alone has small first letters itself. */
static json_t *to_object(const char *service, const json_t *parameters)
{
	const bool as_is = !strcmp(service, "logs");
	json_t *wire = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)parameters, key, value) {
		CLEANUP(free_ptr) char *name = xstrdup(key);

		if (!as_is)
			*name = (char)toupper((unsigned char)*name);
		if (!json_is_null(value))
			json_object_set(wire, name, value);
	}
	return wire;
}

json_t *trail_to_wire(const char *call, const json_t *parameters,
		      const char *account)
{
	const size_t len = strcspn(call, ":");
	CLEANUP(free_ptr) char *service = xstrndup(call, len);
	const struct flattening f = { .account = account,
				      .service = call,
				      .service_len = len,
				      .wire = json_object() };

	if (endpoint_speaks_json(service)) {
		json_decref(f.wire);
		return to_object(service, parameters);
	}
	flatten_members(&f, "", trail_unwrapped(parameters));
	return f.wire;
}
