#include "plans/document_map.h"

#include <stdint.h>

#include "core/compiler.h"
#include "plans/document.h"

bool is_document_map(const json_t *value)
{
	const json_t *statement = json_object_get(value, "Statement");

	return json_is_object(value) &&
	       (!statement || json_is_string(statement) ||
		json_object_get(statement, "Statement"));
}

/* Neither there, or both and the same. */
static bool same_at(const json_t *a, const json_t *b, const char *name)
{
	const json_t *one = json_object_get(a, name);
	const json_t *other = json_object_get(b, name);

	return one == other ||
	       (one && other &&
		(json_equal(one, other) || document_equal(one, other)));
}

/* The names of either. New reference to an object. */
static json_t *names_of(const json_t *a, const json_t *b)
{
	json_t *names = json_object();

	(void)json_object_update(names, (json_t *)(uintptr_t)a);
	(void)json_object_update(names, (json_t *)(uintptr_t)b);
	return names;
}

json_t *document_map_restored(const json_t *live, const json_t *set,
			      const json_t *prior)
{
	CLEANUP(json_release) json_t *names = names_of(set, prior);
	json_t *after = json_object();
	const char *name;
	json_t *ignored;

	(void)json_object_update(after, (json_t *)(uintptr_t)live);
	json_object_foreach(names, name, ignored) {
		json_t *was = json_object_get(prior, name);

		if (same_at(set, prior, name) || same_at(after, prior, name))
			continue;
		if (was)
			(void)json_object_set(after, name, was);
		else
			(void)json_object_del(after, name);
	}
	return after;
}

const char *document_map_conflict(const json_t *live, const json_t *set,
				  const json_t *prior)
{
	const json_t *const both[] = { set, prior };

	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		const char *name;
		json_t *ignored;

		json_object_foreach((json_t *)(uintptr_t)both[i], name,
				    ignored) {
			if (!same_at(set, prior, name) &&
			    !same_at(live, set, name) &&
			    !same_at(live, prior, name))
				return name;
		}
	}
	return NULL;
}

bool document_map_covers(const json_t *set, const json_t *prior,
			 const json_t *before, const json_t *after)
{
	CLEANUP(json_release) json_t *names = names_of(before, after);
	const char *name;
	json_t *ignored;

	json_object_foreach(names, name, ignored) {
		if (!same_at(before, after, name) &&
		    (!same_at(after, set, name) || same_at(set, prior, name)))
			return false;
	}
	return true;
}
