/* The values that rules want. */
#include "plans/desired_values.h"

#include <strings.h>

#include "plans/value.h"
#include "plans/value_parts.h"

json_t *desired_json(const struct yaml_node *node)
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
		return desired_read_include_exclude(r, node, setting);
	if (setting_is_map(row) && node->type == YAML_MAP &&
	    desired_names_members(node))
		return desired_read_some_documents(r, node, setting);
	if (row->members_only) {
		refuse_whole(r, row, node);
		return false;
	}
	if (set && node->type == YAML_LIST) {
		given = desired_read_members(r, row, node, false);
		if (!given)
			return false;
	} else {
		given = scalar_of(row, node);
		if (!given) {
			desired_refuse_type(r, row, node);
			return false;
		}
	}
	setting->form = WANT_WHOLE;
	if (value_check(row, given, &setting->value, &err)) {
		desired_refuse_value(r, row, node, &err);
		return false;
	}
	setting->include = json_array();
	setting->exclude = json_array();
	return true;
}
