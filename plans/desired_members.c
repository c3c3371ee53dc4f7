/* Sets: whole, or what to include and what to exclude. */
#include "plans/desired_values.h"

#include <string.h>

#include "core/mem.h"
#include "plans/sg_rule.h"
#include "plans/value.h"
#include "plans/value_parts.h"

/* A map of texts, or a scalar, as JSON; NULL: neither. */
static json_t *rule_part(struct desired_reader *r, const struct yaml_node *node)
{
	json_t *map;

	if (node->type == YAML_INT)
		return json_integer(node->integer);
	if (node->type == YAML_STRING)
		return json_from_text(node->text);
	if (node->type != YAML_MAP) {
		desired_mistake(r, node, NULL,
				"a rule's value must be a string or a whole "
				"number, not %s",
				desired_describe(r, node));
		return NULL;
	}
	map = json_object();
	for (size_t i = 0; i < node->len; i++) {
		const char *text = desired_text(r, node->pairs[i].value,
						"the value of a rule's tag");

		if (text)
			(void)json_object_set_new(map, node->pairs[i].key->text,
						  json_from_text(text));
	}
	return map;
}

/* One rule of a security group, in an array of its own; NULL: it is none. */
static json_t *rule_alone(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *node)
{
	CLEANUP(free_ptr) char *what = xasprintf("a rule of '%s'", row->name);
	CLEANUP(json_release) json_t *rule = json_object();

	if (!desired_map(r, node, what, sg_rule_keys))
		return NULL;
	for (size_t i = 0; i < node->len; i++) {
		json_t *part = rule_part(r, node->pairs[i].value);

		if (!part)
			return NULL;
		(void)json_object_set_new(rule, node->pairs[i].key->text, part);
	}
	return json_pack("[O]", rule);
}

static json_t *member_alone(struct desired_reader *r, const struct setting *row,
			    const struct yaml_node *node)
{
	CLEANUP(free_ptr) char *what = NULL;
	const char *text;

	if (row->type == TYPE_RULE_SET)
		return rule_alone(r, row, node);
	if (setting_has_parts(row))
		return json_pack("[o]", desired_json(node));
	what = xasprintf("a member of '%s'", row->name);
	text = desired_text(r, node, what);
	return text ? json_pack("[s]", text) : NULL;
}

/* A member of a list that is one text, as a parameter's value is. */
static json_t *read_word(struct desired_reader *r, const struct setting *row,
			 const struct yaml_node *node)
{
	CLEANUP(free_ptr) char *what = xasprintf("a member of '%s'", row->name);
	const char *text = desired_text(r, node, what);

	if (!text)
		return NULL;
	if (!strpbrk(text, ", \t"))
		return json_from_text(text);
	desired_mistake(r, node, "write each member on its own",
			"%s must not have a comma or a blank in it", what);
	return NULL;
}

/* Check one member alone, so that its own place is shown. New, or NULL. */
static json_t *read_member(struct desired_reader *r, const struct setting *row,
			   const struct yaml_node *node)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *alone = NULL;
	CLEANUP(json_release) json_t *value = NULL;

	if (row->type == TYPE_PARAMETER)
		return read_word(r, row, node);
	alone = member_alone(r, row, node);
	if (!alone)
		return NULL;
	if (value_check(row, alone, &value, &err)) {
		desired_refuse_value(r, row, node, &err);
		return NULL;
	}
	return json_incref(json_array_get(value, 0));
}

/* Two rules of a list, the second of which is a mistake. */
static void refuse_pair(struct desired_reader *r, const struct setting *row,
			const struct yaml_node *list, size_t first,
			size_t second, const json_t *members)
{
	const json_t *a = json_array_get(members, first);
	const json_t *b = json_array_get(members, second);
	CLEANUP(free_ptr) char *one = sg_rule_text(a);
	CLEANUP(free_ptr) char *two = sg_rule_text(b);
	const bool inside = sg_rule_lies_in(b, a);

	if (sg_rule_same(a, b))
		desired_mistake(r, list->items[second], NULL,
				"'%s' has the rule '%s' twice; first at line "
				"%ld",
				row->name, two, list->items[first]->line);
	else
		desired_mistake(r, list->items[second],
				"leave the one out that the other contains",
				"'%s' has rules that overlap: '%s' lies in "
				"'%s'; the other one is at line %ld",
				row->name, inside ? two : one,
				inside ? one : two, list->items[first]->line);
}

/*
 * Is each rule there once, and none in another one? What is excluded may be
 * rules that overlap where they are.
 */
static bool apart(struct desired_reader *r, const struct setting *row,
		  const struct yaml_node *list, const json_t *members,
		  bool excluded)
{
	bool good = true;
	size_t i;
	json_t *b;

	json_array_foreach(members, i, b) {
		for (size_t k = 0; k < i; k++) {
			const json_t *a = json_array_get(members, k);

			if (!sg_rule_same(a, b) &&
			    (excluded || (!sg_rule_lies_in(a, b) &&
					  !sg_rule_lies_in(b, a))))
				continue;
			refuse_pair(r, row, list, k, i, members);
			good = false;
			break;
		}
	}
	return good;
}

json_t *desired_read_members(struct desired_reader *r,
			     const struct setting *row,
			     const struct yaml_node *list, bool excluded)
{
	CLEANUP(json_release) json_t *members = json_array();
	bool good = true;

	for (size_t i = 0; i < list->len; i++) {
		json_t *member = read_member(r, row, list->items[i]);

		good = good && member;
		if (member)
			(void)json_array_append_new(members, member);
	}
	if (!good || (row->type == TYPE_RULE_SET &&
		      !apart(r, row, list, members, excluded)))
		return NULL;
	return set_sorted(members);
}

/* Members to include or to exclude: a list that is not empty. */
static json_t *read_named(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *map, const char *key)
{
	const struct yaml_node *list = yaml_get(map, key);
	CLEANUP(free_ptr) char *what = NULL;

	if (!list)
		return json_array();
	what = xasprintf("'%s' of '%s'", key, row->name);
	if (!desired_list(r, list, what))
		return NULL;
	if (!list->len) {
		desired_mistake(r, list, NULL, "%s is empty", what);
		return NULL;
	}
	return desired_read_members(r, row, list, !strcmp(key, "exclude"));
}

bool desired_take_members(struct desired_reader *r, const struct yaml_node *map,
			  struct rule_setting *setting, json_t *include,
			  json_t *exclude)
{
	json_t *member;
	size_t i;

	json_array_foreach(exclude, i, member) {
		CLEANUP(free_ptr) char *text = NULL;

		if (json_is_object(include)
			    ? !json_object_get(include,
					       json_string_value(member))
			    : !set_has(include, member))
			continue;
		text = member_show(member);
		desired_mistake(r, yaml_get(map, "exclude"), NULL,
				"'%s' includes and excludes '%s'",
				setting->setting->name, text);
		return false;
	}
	setting->form = WANT_MEMBERS;
	setting->value = NULL;
	setting->include = json_incref(include);
	setting->exclude = json_incref(exclude);
	return true;
}

bool desired_read_include_exclude(struct desired_reader *r,
				  const struct yaml_node *map,
				  struct rule_setting *setting)
{
	static const char *const keys[] = { "include", "exclude", NULL };
	const char *name = setting->setting->name;
	CLEANUP(free_ptr) char *what = xasprintf("'%s'", name);
	CLEANUP(json_release) json_t *include = NULL;
	CLEANUP(json_release) json_t *exclude = NULL;

	if (!desired_map(r, map, what, keys))
		return false;
	if (!yaml_get(map, "include") && !yaml_get(map, "exclude")) {
		desired_mistake(r, map, NULL,
				"'%s' names nothing to include or exclude",
				name);
		return false;
	}
	include = read_named(r, setting->setting, map, "include");
	exclude = read_named(r, setting->setting, map, "exclude");
	if (!include || !exclude)
		return false;
	return desired_take_members(r, map, setting, include, exclude);
}
