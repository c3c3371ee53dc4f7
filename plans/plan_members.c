#include "plans/plan_members.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"

static bool is_known(const char *const *keys, const char *key)
{
	for (; *keys; keys++) {
		if (!strcmp(*keys, key))
			return true;
	}
	return false;
}

/* All of keys, which end in NULL, and no others. */
int members_check(const json_t *object, const char *what,
		  const char *const *keys, struct error *err)
{
	const char *key;
	json_t *member;

	if (!json_is_object(object))
		return error_set(err, ERR_FORMAT, "%s is not an object", what);
	for (size_t i = 0; keys[i]; i++) {
		if (!json_object_get(object, keys[i]))
			return error_set(err, ERR_FORMAT, "%s has no '%s'",
					 what, keys[i]);
	}
	/* the macro takes a non-const object and leaves it as it is */
	json_object_foreach((json_t *)(uintptr_t)object, key, member) {
		if (is_known(keys, key))
			continue;
		(void)error_set(err, ERR_FORMAT,
				"%s has an unknown member '%s'", what, key);
		error_hint(err, "a newer aback made it: use that one");
		return -1;
	}
	return 0;
}

int member_text(const json_t *object, const char *what, const char *key,
		char **ret_text, struct error *err)
{
	const char *text;

	if (json_get_string(object, what, key, &text, err))
		return -1;
	*ret_text = xstrdup(text);
	return 0;
}

/* A string, or null, which leaves *ret_text NULL. */
int member_text_or_null(const json_t *object, const char *what, const char *key,
			char **ret_text, struct error *err)
{
	if (json_is_null(json_object_get(object, key)))
		return 0;
	return member_text(object, what, key, ret_text, err);
}

/* One of words, which end in NULL. */
int member_word(const json_t *object, const char *what, const char *key,
		const char *const *words, char **ret_text, struct error *err)
{
	const char *text;

	if (json_get_string(object, what, key, &text, err))
		return -1;
	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*ret_text = xstrdup(text);
			return 0;
		}
	}
	return error_set(err, ERR_FORMAT,
			 "'%s' of %s is '%s', which is none "
			 "of the values that it can have",
			 key, what, text);
}

void member_share(json_t **slot, json_t *value)
{
	json_decref(*slot);
	*slot = json_incref(value);
}

bool is_string_array(const json_t *value)
{
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member) {
		if (!json_is_string(member))
			return false;
	}
	return json_is_array(value);
}

bool is_string_object(const json_t *value)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)(uintptr_t)value, key, member) {
		if (!json_is_string(member))
			return false;
	}
	return json_is_object(value);
}

bool is_parameters(const json_t *value, const char *call)
{
	CLEANUP(free_ptr)
	char *service = xstrndup(call, strcspn(call, ":"));
	const char *key;
	json_t *member;

	if (!endpoint_speaks_json(service))
		return is_string_object(value);
	json_object_foreach((json_t *)(uintptr_t)value, key, member) {
		if (!json_is_string(member) && !json_is_integer(member) &&
		    !json_is_boolean(member))
			return false;
	}
	return json_is_object(value);
}

/* What AWS has may be none that people could write, so only its shape. */
static bool is_rule(const json_t *value)
{
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)(uintptr_t)value, key, member) {
		if (!json_is_string(member) && !json_is_integer(member) &&
		    !is_string_object(member))
			return false;
	}
	return json_is_object(value);
}

static bool is_rule_array(const json_t *value)
{
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member) {
		if (!is_rule(member))
			return false;
	}
	return true;
}

/* A setting's value: a scalar, a set of strings or of rules, or a document. */
bool is_setting_value(const json_t *value)
{
	if (json_is_object(json_array_get(value, 0)))
		return is_rule_array(value);
	return !json_is_array(value) || is_string_array(value);
}

int member_value(const json_t *object, const char *what, const char *key,
		 json_t **ret_value, struct error *err)
{
	json_t *value = json_object_get(object, key);

	if (!is_setting_value(value))
		return error_set(err, ERR_FORMAT,
				 "'%s' of %s is no value of a setting", key,
				 what);
	member_share(ret_value, value);
	return 0;
}

int member_strings(const json_t *object, const char *what, const char *key,
		   json_t **ret_array, struct error *err)
{
	json_t *array = json_object_get(object, key);

	if (!is_string_array(array))
		return error_set(err, ERR_FORMAT,
				 "'%s' of %s is not an array of strings", key,
				 what);
	member_share(ret_array, array);
	return 0;
}

/* Ascending indexes below limit. */
int member_indexes(const json_t *object, const char *what, const char *key,
		   size_t limit, size_t **ret_indexes, size_t *ret_len,
		   struct error *err)
{
	json_t *array, *member;
	json_int_t least = 0;
	size_t i;

	if (json_get_array(object, what, key, &array, err))
		return -1;
	*ret_indexes = xcalloc(json_array_size(array) + 1, sizeof(size_t));
	json_array_foreach(array, i, member) {
		const json_int_t index = json_integer_value(member);

		if (!json_is_integer(member))
			return error_set(err, ERR_FORMAT,
					 "'%s' of %s holds what is no whole "
					 "number",
					 key, what);
		if (index < least || (uint64_t)index >= limit)
			return error_set(err, ERR_EDITED,
					 "'%s' of %s names step %lld, which "
					 "it cannot",
					 key, what, (long long)index);
		least = index + 1;
		(*ret_indexes)[(*ret_len)++] = (size_t)index;
	}
	return 0;
}
