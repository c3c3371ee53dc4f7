/* Values that have members: sets of strings and of rules, and maps. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/sg_rule.h"
#include "plans/value.h"
#include "plans/value_internal.h"

json_t *set_find(const json_t *set, const json_t *member, bool alike)
{
	size_t i;
	json_t *other;

	json_array_foreach(set, i, other) {
		if (json_is_object(member) && json_is_object(other)
			    ? alike ? sg_rule_same(other, member)
				    : sg_rule_equal(other, member)
			    : json_equal(other, member))
			return other;
	}
	return NULL;
}

static int by_member(const void *a, const void *b)
{
	CLEANUP(free_ptr) char *x = sg_rule_text(*(json_t *const *)a);
	CLEANUP(free_ptr) char *y = sg_rule_text(*(json_t *const *)b);

	return strcmp(x, y);
}

json_t *set_sorted(const json_t *members)
{
	const size_t len = json_array_size(members);
	CLEANUP(free_ptr) json_t **items = xcalloc(len + 1, sizeof(*items));
	json_t *sorted;

	if (!json_is_object(json_array_get(members, 0)))
		return members ? json_sorted_set(members) : json_array();
	for (size_t i = 0; i < len; i++)
		items[i] = json_array_get(members, i);
	qsort(items, len, sizeof(json_t *), by_member);
	sorted = json_array();
	for (size_t i = 0; i < len; i++)
		(void)json_array_append(sorted, items[i]);
	return sorted;
}

bool set_has(const json_t *set, const json_t *member)
{
	return set_find(set, member, true);
}

json_t *set_union(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *all = json_array();
	size_t i;
	json_t *member;

	json_array_foreach(a, i, member) {
		json_t *other = json_is_object(member)
					? set_find(b, member, true)
					: NULL;

		/* where b says more of the rule, its description is wanted */
		if (other)
			(void)json_array_append_new(
				all, sg_rule_adopt(member, other));
		else
			(void)json_array_append(all, member);
	}
	json_array_foreach(b, i, member) {
		if (!set_find(a, member, true))
			(void)json_array_append(all, member);
	}
	return set_sorted(all);
}

json_t *set_minus(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *rest = json_array();
	size_t i;
	json_t *member;

	json_array_foreach(a, i, member) {
		if (!set_find(b, member, false))
			(void)json_array_append(rest, member);
	}
	return set_sorted(rest);
}

json_t *value_adopt(const json_t *live, const json_t *wanted)
{
	json_t *value;
	size_t i;
	json_t *member;

	if (!json_is_object(json_array_get(wanted, 0)))
		return json_incref((json_t *)(uintptr_t)wanted);
	value = json_array();
	json_array_foreach(wanted, i, member)
		(void)json_array_append_new(
			value,
			sg_rule_adopt(set_find(live, member, true), member));
	return value;
}

json_t *value_written(const json_t *value)
{
	json_t *written;
	size_t i;
	json_t *member;

	if (!json_is_object(json_array_get(value, 0)))
		return json_incref((json_t *)(uintptr_t)value);
	written = json_array();
	json_array_foreach(value, i, member)
		(void)json_array_append_new(written, sg_rule_anonymous(member));
	return written;
}

char *member_show(const json_t *member)
{
	if (json_is_object(member))
		return sg_rule_show(member);
	return xstrdup(json_string_value(member));
}

bool setting_is_set(const struct setting *setting)
{
	return setting->type == TYPE_STRING_SET ||
	       setting->type == TYPE_RULE_SET;
}

bool setting_is_map(const struct setting *setting)
{
	return setting->type == TYPE_DOCUMENT_MAP ||
	       setting->type == TYPE_STRING_MAP;
}

bool is_text_map(const json_t *value)
{
	const char *key;
	json_t *text;

	json_object_foreach((json_t *)(uintptr_t)value, key, text) {
		if (!json_is_string(text))
			return false;
	}
	return json_object_size(value) > 0;
}

json_t *map_members(const json_t *map)
{
	json_t *members = json_array();
	size_t len;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(map, &len);

	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *text =
			xasprintf("%s=%s", keys[i], json_text(map, keys[i]));

		(void)json_array_append_new(members, json_from_text(text));
	}
	return members;
}
