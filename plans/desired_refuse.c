/* What is said of a value that a setting cannot have. */
#include "plans/desired_values.h"

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "plans/value.h"
#include "plans/value_parts.h"

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

void desired_refuse_type(struct desired_reader *r, const struct setting *row,
			 const struct yaml_node *node)
{
	desired_mistake(r, node, type_hint(r, row, node),
			"'%s' must be %s, not %s", row->name, expected(r, row),
			desired_describe(r, node));
}

void desired_refuse_value(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *node, const struct error *err)
{
	desired_mistake(r, node, err->hint, "'%s' %s", row->name,
			err->chain[0]);
}
