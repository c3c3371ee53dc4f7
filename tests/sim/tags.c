#include "tests/sim/tags.h"

#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/request.h"

/* Are the request's parameters that begin with "<name>." just so many? */
static bool has_only(const struct request *request, const char *name,
		     size_t count)
{
	CLEANUP(free_ptr) char *prefix = xasprintf("%s.", name);
	size_t given = 0;
	const char *key;
	json_t *ignored;

	json_object_foreach(request->parameters, key, ignored)
		given += !strncmp(key, prefix, strlen(prefix));
	return count && given == count;
}

json_t *tags_given(const struct request *request, const char *name)
{
	CLEANUP(json_release) json_t *tags = json_array();

	for (size_t i = 1;; i++) {
		CLEANUP(free_ptr) char *key = xasprintf("%s.%zu.Key", name, i);
		CLEANUP(free_ptr)
		char *value = xasprintf("%s.%zu.Value", name, i);

		if (!request_get(request, key) || !request_get(request, value))
			break;
		json_array_append_new(
			tags,
			json_pack("{ss ss}", "Key", request_get(request, key),
				  "Value", request_get(request, value)));
	}
	return has_only(request, name, 2 * json_array_size(tags)) ? TAKE(tags)
								  : NULL;
}

json_t *tags_keys_given(const struct request *request, const char *name)
{
	CLEANUP(json_release) json_t *keys = json_array();

	for (size_t i = 1;; i++) {
		CLEANUP(free_ptr) char *key = xasprintf("%s.%zu", name, i);

		if (!request_get(request, key))
			break;
		json_array_append_new(keys,
				      json_string(request_get(request, key)));
	}
	return has_only(request, name, json_array_size(keys)) ? TAKE(keys)
							      : NULL;
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (const char *c = text; *c; c++)
		count += ((unsigned char)*c & 0xc0) != 0x80;
	return count;
}

static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!((unsigned char)*c & 0x80) &&
		    !isalnum((unsigned char)*c) && !strchr(" _.:/=+-@", *c))
			return false;
	return true;
}

const char *tags_bad(const json_t *tags)
{
	size_t index;
	json_t *tag;

	json_array_foreach(tags, index, tag) {
		const char *key = json_text(tag, "Key");
		const char *value = json_text(tag, "Value");

		if (!strncasecmp(key, "aws:", 4))
			return "Tag keys starting with 'aws:' are reserved for "
			       "system use";
		if (!*key || characters(key) > 128)
			return "Tag keys must have 1 to 128 characters";
		if (characters(value) > 256)
			return "Tag values must have at most 256 characters";
		if (!is_plain(key) || !is_plain(value))
			return "Tags can only contain letters, digits, white "
			       "space and _.:/=+-@";
	}
	return NULL;
}

static bool same_key(const char *a, const char *b, bool any_case)
{
	return any_case ? !strcasecmp(a, b) : !strcmp(a, b);
}

json_t *tags_with(const json_t *list, const json_t *tags, bool any_case)
{
	json_t *with = json_array();
	size_t index;
	json_t *tag;

	json_array_extend(with, (json_t *)(uintptr_t)list);
	json_array_foreach(tags, index, tag) {
		const char *key = json_text(tag, "Key");
		size_t at = 0;

		while (at < json_array_size(with) &&
		       !same_key(json_text(json_array_get(with, at), "Key"),
				 key, any_case))
			at++;
		if (at < json_array_size(with))
			json_array_set(with, at, tag);
		else
			json_array_append(with, tag);
	}
	return with;
}

json_t *tags_without(const json_t *list, const json_t *keys, bool any_case)
{
	json_t *rest = json_array();
	size_t index, at;
	json_t *tag, *key;

	json_array_foreach(list, index, tag) {
		bool goes = false;

		json_array_foreach(keys, at, key)
			goes |= same_key(json_text(tag, "Key"),
					 json_string_value(key), any_case);
		if (!goes)
			json_array_append(rest, tag);
	}
	return rest;
}

size_t tags_counted(const json_t *list)
{
	size_t count = 0, index;
	json_t *tag;

	json_array_foreach(list, index, tag)
		count += strncasecmp(json_text(tag, "Key"), "aws:", 4) != 0;
	return count;
}
