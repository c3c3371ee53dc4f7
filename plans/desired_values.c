/* The settings that rules name, and the values that they want. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "plans/desired_read.h"
#include "plans/sg_rule.h"
#include "plans/value.h"
#include "plans/value_parts.h"

/* The kind that has such a setting of its own; NULL: none has. */
static const struct kind_ops *owner_of(const char *name)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const struct setting *row = catalogue_lookup(kind, name);

		if (row && row->standing != STANDING_OTHER_KIND)
			return kind_ops(kind);
	}
	return NULL;
}

/*
 * Another kind's setting, where any name might be one of this kind; NULL: it
 * is none.
 */
static const struct kind_ops *stray_from(enum kind kind, const char *name)
{
	const struct kind_ops *owner;
	const char *form;

	if (!catalogue_open(kind, &form) || catalogue_lookup(kind, name))
		return NULL;
	owner = owner_of(name);
	return owner && !catalogue_open(owner->kind, &form) ? owner : NULL;
}

static void refuse_unknown(struct desired_reader *r, enum kind kind,
			   const struct yaml_node *name,
			   const struct error *err)
{
	const struct kind_ops *owner = owner_of(name->text);
	CLEANUP(free_ptr) char *hint = NULL;

	if (!owner) {
		desired_mistake(r, name, err->hint,
				"unknown setting '%s' of the kind '%s'",
				name->text, kind_ops(kind)->name);
		return;
	}
	hint = xasprintf("set it in a rule with match: {kind: %s}",
			 owner->name);
	desired_mistake(r, name, hint,
			"'%s' belongs to the kind '%s', not '%s'", name->text,
			owner->name, kind_ops(kind)->name);
}

/* Say why rules may not set the row. */
static void refuse_standing(struct desired_reader *r,
			    const struct yaml_node *name,
			    const struct setting *row)
{
	const char *why = row->reason ? row->reason : "";
	CLEANUP(free_ptr) char *hint = NULL;

	switch (row->standing) {
	case STANDING_OTHER_KIND:
		hint = xasprintf("set it in a rule with match: {kind: %s}",
				 row->belongs);
		desired_mistake(r, name, hint,
				"'%s' belongs to the kind '%s', not '%s': %s",
				row->name, row->belongs,
				kind_ops(row->kind)->name, why);
		break;
	case STANDING_SECRET:
		desired_mistake(r, name, NULL,
				"'%s' cannot be set in a file: %s", row->name,
				why);
		break;
	case STANDING_LATER:
		desired_mistake(r, name, NULL, "'%s' is not supported yet: %s",
				row->name, why);
		break;
	case STANDING_ACTION:
		desired_mistake(r, name, NULL, "'%s' is not a setting: %s",
				row->name, why);
		break;
	case STANDING_WRITABLE:
	case STANDING_FIXED:
		break;
	}
}

const struct setting *desired_setting(struct desired_reader *r, enum kind kind,
				      const struct yaml_node *name)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const struct setting *row = NULL;

	if (stray_from(kind, name->text) ||
	    catalogue_find(kind, name->text, &row, &err)) {
		refuse_unknown(r, kind, name, &err);
		return NULL;
	}
	if (row->standing == STANDING_WRITABLE ||
	    row->standing == STANDING_FIXED)
		return row;
	refuse_standing(r, name, row);
	return NULL;
}

/* What the row takes. Arena. */
static const char *expected(struct desired_reader *r, const struct setting *row)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (row->type == TYPE_BOOL)
		return "true or false";
	if (setting_has_parts(row)) {
		strbuf_adds(&text,
			    setting_is_set(row) ? "a list of maps " : "a map ");
		parts_show_form(row, &text);
		strbuf_adds(&text, setting_is_set(row)
					   ? ", or a map with include and "
					     "exclude"
					   : "");
		return arena_strdup(&r->desired->arena, text.buf);
	}
	if (row->type == TYPE_INT && row->word) {
		strbuf_addf(&text, "a whole number or %s", row->word);
		return arena_strdup(&r->desired->arena, text.buf);
	}
	if (row->type == TYPE_INT)
		return "a whole number";
	if (row->type == TYPE_STRING_SET && row->whole_only)
		return "a list of strings";
	if (row->type == TYPE_STRING_SET)
		return "a list of strings, or a map with include and exclude";
	if (row->type == TYPE_DOCUMENT_MAP)
		return "a map of policy documents by name, or a map with "
		       "include and exclude";
	if (row->type == TYPE_STRING_MAP)
		return row->members_only ? "a map with include and exclude"
					 : "a map of strings, or a map with "
					   "include and exclude";
	if (row->type == TYPE_DOCUMENT)
		return "a policy document, which is a map or a text of JSON";
	if (row->type == TYPE_RULE_SET)
		return "a list of rules, or a map with include and exclude";
	if (row->type == TYPE_PARAMETER)
		return "a string in quotes, or a map with include and exclude";
	if (!row->choices[0])
		return "a string";
	strbuf_adds(&text, "one of");
	for (size_t i = 0; i < SETTING_CHOICES_MAX && row->choices[i]; i++)
		strbuf_addf(&text, "%s%s", i ? ", " : " ", row->choices[i]);
	return arena_strdup(&r->desired->arena, text.buf);
}

/* What to write instead, for the mistakes that YAML invites. Arena or NULL. */
static const char *type_hint(struct desired_reader *r,
			     const struct setting *row,
			     const struct yaml_node *node)
{
	bool scalar = node->type != YAML_LIST && node->type != YAML_MAP &&
		      node->type != YAML_NULL;
	CLEANUP(free_ptr) char *hint = NULL;

	if (!scalar || node->text_len > 200)
		return NULL;
	if (row->type == TYPE_BOOL)
		return "in YAML 1.2 only true and false, without quotes, are "
		       "booleans";
	if (row->type == TYPE_RULE_SET)
		return "a rule is a map, such as {ip_protocol: tcp, from_port: "
		       "3306, to_port: 3306, cidr_ipv4: 10.0.0.0/8}";
	if (row->type == TYPE_INT)
		return node->type == YAML_STRING
			       ? "write the number without quotes"
			       : NULL;
	if (row->type == TYPE_DOCUMENT || setting_is_map(row))
		return NULL;
	hint = row->type == TYPE_STRING_SET && row->whole_only
		       ? xasprintf("write [%s]", node->text)
	       : row->type == TYPE_STRING_SET
		       ? xasprintf("write [%s] or {include: [%s]}", node->text,
				   node->text)
		       : xasprintf("put it in quotes: \"%s\"", node->text);
	return arena_strdup(&r->desired->arena, hint);
}

static void refuse_type(struct desired_reader *r, const struct setting *row,
			const struct yaml_node *node)
{
	desired_mistake(r, node, type_hint(r, row, node),
			"'%s' must be %s, not %s", row->name, expected(r, row),
			desired_describe(r, node));
}

/* List what value_check said of a value: "must be …", "cannot be unset". */
static void refuse_value(struct desired_reader *r, const struct setting *row,
			 const struct yaml_node *node, const struct error *err)
{
	desired_mistake(r, node, err->hint, "'%s' %s", row->name,
			err->chain[0]);
}

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

static json_t *desired_json(const struct yaml_node *node);

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
		refuse_value(r, row, node, &err);
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

/* All members, canonical and sorted; NULL: one of them is not valid. */
static json_t *read_members(struct desired_reader *r, const struct setting *row,
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
	return read_members(r, row, list, !strcmp(key, "exclude"));
}

/* Is it one that a map of strings may have? Judged alone, at its own place. */
static bool is_pair(struct desired_reader *r, const struct setting *row,
		    const struct yaml_node *at, const char *key,
		    const json_t *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *alone = json_object();
	CLEANUP(json_release) json_t *value = NULL;

	(void)json_object_set(alone, key, (json_t *)(uintptr_t)text);
	if (!value_check(row, alone, &value, &err))
		return true;
	refuse_value(r, row, at, &err);
	return false;
}

/* A text of a map of strings, which may be empty. New reference, or NULL. */
static json_t *map_text(struct desired_reader *r, const struct setting *row,
			const struct yaml_pair *pair)
{
	CLEANUP(free_ptr)
	char *what = xasprintf("the value of '%s' in '%s'", pair->key->text,
			       row->name);
	const char *text;

	if (pair->value->type == YAML_STRING && !pair->value->text_len)
		return json_string("");
	text = desired_text(r, pair->value, what);
	return text ? json_from_text(text) : NULL;
}

/* A map of strings; each key and value has a place of its own in mistakes. */
static json_t *read_texts(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *node)
{
	CLEANUP(json_release) json_t *map = json_object();
	CLEANUP(json_release) json_t *none = json_string("");
	bool good = true;

	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		const char *key = pair->key->text;
		CLEANUP(json_release) json_t *text = NULL;

		/* what is wrong without its value, the key is to blame for */
		if (!is_pair(r, row, pair->key, key, none)) {
			good = false;
			continue;
		}
		text = map_text(r, row, pair);
		if (!text || !is_pair(r, row, pair->value, key, text)) {
			good = false;
			continue;
		}
		(void)json_object_set(map, key, text);
	}
	return good ? TAKE(map) : NULL;
}

/* What `include` of a map of strings has; NULL: not valid. */
static json_t *read_some_texts(struct desired_reader *r,
			       const struct setting *row,
			       const struct yaml_node *node)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *given = NULL;
	json_t *value = NULL;

	if (node->type != YAML_MAP || !node->len) {
		desired_mistake(r, node, NULL,
				"'include' of '%s' must be a map of strings, "
				"not %s",
				row->name,
				node->type == YAML_MAP
					? "an empty one"
					: desired_describe(r, node));
		return NULL;
	}
	given = read_texts(r, row, node);
	if (given && value_check(row, given, &value, &err))
		refuse_value(r, row, node, &err);
	return value;
}

/*
 * A name of a map to exclude; whether there is such a name is not judged, but
 * whether a map of strings may have it is.
 */
static bool read_name(struct desired_reader *r, const struct setting *row,
		      const struct yaml_node *node, const char *name,
		      json_t *names)
{
	CLEANUP(json_release) json_t *none = json_string("");

	if (row->type == TYPE_STRING_MAP && !is_pair(r, row, node, name, none))
		return false;
	json_array_add_unique(names, name);
	return true;
}

static json_t *read_names(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *map)
{
	const struct yaml_node *list = yaml_get(map, "exclude");
	CLEANUP(free_ptr)
	char *what = xasprintf("'exclude' of '%s'", row->name);
	CLEANUP(json_release) json_t *names = json_array();
	const char **texts;
	size_t len = 0;
	bool good = true;

	if (!list)
		return TAKE(names);
	texts = desired_texts(r, list, what, &len);
	if (!texts)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		const struct yaml_node *node =
			list->type == YAML_LIST ? list->items[i] : list;

		good = read_name(r, row, node, texts[i], names) && good;
	}
	return good ? json_sorted_set(names) : NULL;
}

/* Documents, or texts, by name to include; NULL: not valid. */
static json_t *read_documents(struct desired_reader *r,
			      const struct setting *row,
			      const struct yaml_node *map)
{
	const struct yaml_node *node = yaml_get(map, "include");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *given = NULL;
	json_t *value = NULL;

	if (!node)
		return json_object();
	if (row->type == TYPE_STRING_MAP)
		return read_some_texts(r, row, node);
	given = desired_json(node);
	if (json_is_object(given) && !json_object_size(given)) {
		desired_mistake(r, node, NULL, "'include' of '%s' is empty",
				row->name);
		return NULL;
	}
	if (value_check(row, given, &value, &err)) {
		refuse_value(r, row, node, &err);
		return NULL;
	}
	return value;
}

/* Is that the form with include and exclude, and not documents by name? */
static bool names_members(const struct yaml_node *map)
{
	for (size_t i = 0; i < map->len; i++) {
		const char *key = map->pairs[i].key->text;

		if (strcmp(key, "include") != 0 && strcmp(key, "exclude") != 0)
			return false;
	}
	return map->len > 0;
}

/* {include: {name: document}, exclude: [name]} */
static bool read_some_documents(struct desired_reader *r,
				const struct yaml_node *map,
				struct rule_setting *setting)
{
	const struct setting *row = setting->setting;
	CLEANUP(json_release) json_t *include = read_documents(r, row, map);
	CLEANUP(json_release) json_t *exclude = read_names(r, row, map);
	json_t *member;
	size_t i;

	if (!include || !exclude)
		return false;
	json_array_foreach(exclude, i, member) {
		const char *text = json_string_value(member);

		if (!json_object_get(include, text))
			continue;
		desired_mistake(r, yaml_get(map, "exclude"), NULL,
				"'%s' includes and excludes '%s'", row->name,
				text);
		return false;
	}
	setting->form = WANT_MEMBERS;
	setting->value = NULL;
	setting->include = TAKE(include);
	setting->exclude = TAKE(exclude);
	return true;
}

static bool read_include_exclude(struct desired_reader *r,
				 const struct yaml_node *map,
				 struct rule_setting *setting)
{
	static const char *const keys[] = { "include", "exclude", NULL };
	const char *name = setting->setting->name;
	CLEANUP(free_ptr) char *what = xasprintf("'%s'", name);
	CLEANUP(json_release) json_t *include = NULL;
	CLEANUP(json_release) json_t *exclude = NULL;
	json_t *member;
	size_t i;

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
	json_array_foreach(exclude, i, member) {
		CLEANUP(free_ptr) char *text = member_show(member);

		if (!set_has(include, member))
			continue;
		desired_mistake(r, yaml_get(map, "exclude"), NULL,
				"'%s' includes and excludes '%s'", name, text);
		return false;
	}
	setting->form = WANT_MEMBERS;
	setting->value = NULL;
	setting->include = TAKE(include);
	setting->exclude = TAKE(exclude);
	return true;
}

/* A number that is no integer is the text that stands there. New reference. */
static json_t *desired_json(const struct yaml_node *node)
{
	json_t *value;

	switch (node->type) {
	case YAML_NULL:
		return json_null();
	case YAML_BOOL:
		return json_boolean(node->boolean);
	case YAML_INT:
		return json_integer(node->integer);
	case YAML_FLOAT:
	case YAML_STRING:
		break;
	case YAML_LIST:
		value = json_array();
		for (size_t i = 0; i < node->len; i++)
			(void)json_array_append_new(
				value, desired_json(node->items[i]));
		return value;
	case YAML_MAP:
		value = json_object();
		for (size_t i = 0; i < node->len; i++)
			(void)json_object_set_new(
				value, node->pairs[i].key->text,
				desired_json(node->pairs[i].value));
		return value;
	}
	return json_from_text(node->text);
}

/* Words that YAML's older versions, and people, take for booleans. */
static bool is_ambiguous(const struct yaml_node *node)
{
	static const char *const words[] = { "on", "off", "yes", "no" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!node->quoted && !strcasecmp(node->text, words[i]))
			return true;
	}
	return false;
}

/* The scalar or document as JSON of the type that the row has; NULL: of another
 * type. */
static json_t *scalar_of(const struct setting *row,
			 const struct yaml_node *node)
{
	if (node->type == YAML_NULL)
		return json_null();
	if (row->type == TYPE_BOOL)
		return node->type == YAML_BOOL ? json_boolean(node->boolean)
					       : NULL;
	if (row->type == TYPE_INT && row->word && node->type == YAML_STRING &&
	    !strcasecmp(node->text, row->word))
		return json_string(row->word);
	if (row->type == TYPE_INT)
		return node->type == YAML_INT ? json_integer(node->integer)
					      : NULL;
	if ((row->type == TYPE_DOCUMENT || row->type == TYPE_DOCUMENT_MAP ||
	     (setting_has_parts(row) && !setting_is_set(row))) &&
	    node->type == YAML_MAP)
		return desired_json(node);
	if (setting_is_set(row) || node->type != YAML_STRING ||
	    (row->type == TYPE_PARAMETER && is_ambiguous(node)))
		return NULL;
	return json_from_text(node->text);
}

/* Others have members of it that are theirs: it is never set as a whole. */
static void refuse_whole(struct desired_reader *r, const struct setting *row,
			 const struct yaml_node *node)
{
	desired_mistake(r, node,
			"name those to set and those to remove: {include: "
			"{owner: dba}, exclude: [temporary]}",
			"'%s' must be a map with include and exclude, not %s: "
			"others have theirs, which stay",
			row->name,
			node->type == YAML_MAP ? "the whole of it"
					       : desired_describe(r, node));
}

bool desired_read_value(struct desired_reader *r, const struct yaml_node *node,
			struct rule_setting *setting)
{
	const struct setting *row = setting->setting;
	bool set = setting_is_set(row);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *given = NULL;

	if (set && node->type == YAML_MAP && row->whole_only) {
		desired_mistake(r, node, "write the whole list",
				"'%s' takes no include and exclude: %s",
				row->name, row->whole_only);
		return false;
	}
	if ((set || row->type == TYPE_PARAMETER) && node->type == YAML_MAP)
		return read_include_exclude(r, node, setting);
	if (setting_is_map(row) && node->type == YAML_MAP &&
	    names_members(node))
		return read_some_documents(r, node, setting);
	if (row->members_only) {
		refuse_whole(r, row, node);
		return false;
	}
	if (set && node->type == YAML_LIST) {
		given = read_members(r, row, node, false);
		if (!given)
			return false;
	} else {
		given = scalar_of(row, node);
		if (!given) {
			refuse_type(r, row, node);
			return false;
		}
	}
	setting->form = WANT_WHOLE;
	if (value_check(row, given, &setting->value, &err)) {
		refuse_value(r, row, node, &err);
		return false;
	}
	setting->include = json_array();
	setting->exclude = json_array();
	return true;
}
