#include "plans/schema_parts.h"

#include <string.h>

#include "core/mem.h"

json_t *schema_described(json_t *schema, const char *description)
{
	(void)json_object_set_new(schema, "description",
				  json_string(description));
	return schema;
}

json_t *schema_type(const char *name)
{
	return json_pack("{s:s}", "type", name);
}

json_t *schema_text(void)
{
	return schema_type("string");
}

json_t *schema_text_or_null(void)
{
	return json_pack("{s:[s, s]}", "type", "string", "null");
}

json_t *schema_pattern(const char *regex)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", regex);
}

json_t *schema_or_null(json_t *schema)
{
	return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
}

json_t *schema_list(json_t *items)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

json_t *schema_map(json_t *members)
{
	return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
			 members);
}

json_t *schema_ref(const char *definition)
{
	CLEANUP(free_ptr) char *path = xasprintf("#/$defs/%s", definition);

	return json_pack("{s:s}", "$ref", path);
}

json_t *schema_word(const char *const *words)
{
	json_t *choices = json_array();

	for (size_t i = 0; words[i]; i++)
		(void)json_array_append_new(choices, json_string(words[i]));
	return json_pack("{s:o}", "enum", choices);
}

json_t *schema_object(json_t *properties, const char *optional)
{
	json_t *required = json_array();
	const char *name;
	json_t *member;

	json_object_foreach(properties, name, member) {
		if (!optional || strcmp(name, optional) != 0)
			(void)json_array_append_new(required,
						    json_string(name));
	}
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "object",
			 "additionalProperties", false, "properties",
			 properties, "required", required);
}

json_t *schema_of(json_t *properties, json_t *required)
{
	json_t *schema = json_pack("{s:s, s:b, s:o}", "type", "object",
				   "additionalProperties", false, "properties",
				   properties);

	if (required)
		(void)json_object_set_new(schema, "required", required);
	return schema;
}

json_t *schema_some_text(const char *description)
{
	return json_pack("{s:s, s:i, s:s}", "type", "string", "minLength", 1,
			 "description", description);
}

json_t *schema_text_like(const char *pattern, const char *description)
{
	return schema_described(schema_pattern(pattern), description);
}

json_t *schema_one_or_list(json_t *schema, const char *description)
{
	return json_pack("{s:[o, {s:s, s:i, s:O}], s:s}", "anyOf", schema,
			 "type", "array", "minItems", 1, "items", schema,
			 "description", description);
}
