/* The JSON Schema of settings: what a rule may set, and a waiver may name. */
#include "core/limits.h"
#include "core/strbuf.h"
#include "plans/controls.h"
#include "plans/schema_desired.h"
#include "plans/schema_parts.h"
#include "plans/sg_rule.h"
#include "plans/value_parts.h"

#define HOUR "([01][0-9]|2[0-3]):[0-5][0-9]"
#define WEEKDAY "([Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un):" HOUR

static json_t *choices_of(const struct setting *row)
{
	json_t *choices = json_array();

	for (size_t i = 0; i < SETTING_CHOICES_MAX && row->choices[i]; i++)
		(void)json_array_append_new(choices,
					    json_string(row->choices[i]));
	return choices;
}

static json_t *port_schema(void)
{
	return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", -1,
			 "maximum", 65535);
}

/* A rule of a security group. */
static json_t *rule_schema(void)
{
	json_t *properties = json_object();

	for (size_t i = 0; sg_rule_keys[i]; i++)
		(void)json_object_set_new(properties, sg_rule_keys[i],
					  json_pack("{s:s, s:i}", "type",
						    "string", "minLength", 1));
	(void)json_object_set_new(
		properties, "ip_protocol",
		json_pack("{s:[s, s]}", "type", "string", "integer"));
	(void)json_object_set_new(properties, "from_port", port_schema());
	(void)json_object_set_new(properties, "to_port", port_schema());
	(void)json_object_set_new(properties, "tags",
				  json_pack("{s:s, s:{s:s}}", "type", "object",
					    "additionalProperties", "type",
					    "string"));
	return schema_of(properties, json_pack("[s]", "ip_protocol"));
}

static json_t *part_schema(const struct setting_part *part)
{
	json_t *schema =
		json_pack("{s:s, s:s, s:i}", "description", part->summary,
			  "type", "string", "minLength", 1);
	json_t *choices = json_array();

	for (size_t i = 0; i < SETTING_CHOICES_MAX && part->choices[i]; i++)
		(void)json_array_append_new(choices,
					    json_string(part->choices[i]));
	if (json_array_size(choices))
		(void)json_object_set(schema, "enum", choices);
	json_decref(choices);
	return schema;
}

/* A map of the row's parts, or the text that says the same. */
static json_t *parts_schema(const struct setting *row)
{
	json_t *properties = json_object();
	json_t *required = json_array();

	for (size_t i = 0; i < SETTING_PARTS_MAX && row->parts[i].name; i++) {
		const struct setting_part *part = &row->parts[i];

		(void)json_object_set_new(properties, part->name,
					  part_schema(part));
		if (!part->optional)
			(void)json_array_append_new(required,
						    json_string(part->name));
	}
	return json_pack("{s:[o, {s:s, s:i}]}", "anyOf",
			 schema_of(properties, required), "type", "string",
			 "minLength", 1);
}

/* The members that one of the forms of a set lists. */
static json_t *members_schema(const struct setting *row, long long least,
			      long long most)
{
	json_t *schema = json_pack("{s:s, s:b, s:{s:s, s:i}}", "type", "array",
				   "uniqueItems", true, "items", "type",
				   "string", "minLength", 1);

	if (row->type == TYPE_RULE_SET)
		(void)json_object_set_new(schema, "items", rule_schema());
	if (setting_has_parts(row))
		(void)json_object_set_new(schema, "items", parts_schema(row));
	if (row->choices[0])
		(void)json_object_set_new(json_object_get(schema, "items"),
					  "enum", choices_of(row));
	if (least)
		(void)json_object_set_new(schema, "minItems",
					  json_integer(least));
	if (most)
		(void)json_object_set_new(schema, "maxItems",
					  json_integer(most));
	return schema;
}

static json_t *set_schema(const struct setting *row)
{
	json_t *members;

	if (row->whole_only)
		return members_schema(row, row->min, row->max);
	members = schema_of(json_pack("{s:o, s:o}", "include",
				      members_schema(row, 1, 0), "exclude",
				      members_schema(row, 1, 0)),
			    NULL);
	(void)json_object_set_new(members, "minProperties", json_integer(1));
	return json_pack("{s:[o, o]}", "oneOf",
			 members_schema(row, row->min, row->max), members);
}

static json_t *string_schema(const struct setting *row)
{
	json_t *schema;

	if (setting_has_parts(row))
		return parts_schema(row);
	if (row->type == TYPE_DAILY_WINDOW)
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
				 "^" HOUR "-" HOUR "$");
	if (row->type == TYPE_WEEKLY_WINDOW)
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
				 "^" WEEKDAY "-" WEEKDAY "$");
	if (row->choices[0])
		return json_pack("{s:o}", "enum", choices_of(row));
	schema = json_pack("{s:s, s:I}", "type", "string", "minLength",
			   (json_int_t)(row->min ? row->min : 1));
	if (row->max)
		(void)json_object_set_new(schema, "maxLength",
					  json_integer(row->max));
	return schema;
}

/* One text, or members of the list that it is. */
static json_t *parameter_schema(const struct setting *row)
{
	json_t *members = schema_of(
		json_pack("{s:o, s:o}", "include", members_schema(row, 1, 0),
			  "exclude", members_schema(row, 1, 0)),
		NULL);

	(void)json_object_set_new(members, "minProperties", json_integer(1));
	return json_pack("{s:[{s:s, s:i}, o]}", "oneOf", "type", "string",
			 "minLength", 1, members);
}

static json_t *document_schema(void)
{
	return json_pack("{s:[s, s]}", "type", "object", "string");
}

/* All of them by name, or some to include and names to exclude. */
static json_t *documents_schema(const struct setting *row)
{
	json_t *whole = json_pack("{s:s, s:o}", "type", "object",
				  "additionalProperties", document_schema());
	json_t *some =
		json_pack("{s:s, s:i, s:o}", "type", "object", "minProperties",
			  1, "additionalProperties", document_schema());
	json_t *members =
		schema_of(json_pack("{s:o, s:o}", "include", some, "exclude",
				    members_schema(row, 1, 0)),
			  NULL);

	(void)json_object_set_new(members, "minProperties", json_integer(1));
	return json_pack("{s:[o, o]}", "anyOf", whole, members);
}

/* Some of them by name, and names to exclude; or all, where that may be. */
static json_t *texts_schema(const struct setting *row)
{
	json_t *some = json_pack("{s:s, s:i, s:{s:s}}", "type", "object",
				 "minProperties", 1, "additionalProperties",
				 "type", "string");
	json_t *members =
		schema_of(json_pack("{s:o, s:o}", "include", some, "exclude",
				    members_schema(row, 1, 0)),
			  NULL);

	(void)json_object_set_new(members, "minProperties", json_integer(1));
	if (row->members_only)
		return members;
	return json_pack("{s:[{s:s, s:{s:s}}, o]}", "anyOf", "type", "object",
			 "additionalProperties", "type", "string", members);
}

static json_t *type_schema(const struct setting *row)
{
	switch (row->type) {
	case TYPE_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case TYPE_INT:
		return json_pack("{s:s, s:I, s:I}", "type", "integer",
				 "minimum", (json_int_t)row->min, "maximum",
				 (json_int_t)row->max);
	case TYPE_STRING_SET:
	case TYPE_RULE_SET:
		return set_schema(row);
	case TYPE_PARAMETER:
		return parameter_schema(row);
	case TYPE_DOCUMENT:
		return document_schema();
	case TYPE_DOCUMENT_MAP:
		return documents_schema(row);
	case TYPE_STRING_MAP:
		return texts_schema(row);
	case TYPE_STRING:
	case TYPE_TEXT:
	case TYPE_LOWER_STRING:
	case TYPE_ENUM:
	case TYPE_DAILY_WINDOW:
	case TYPE_WEEKLY_WINDOW:
		break;
	}
	return string_schema(row);
}

static void describe(const struct setting *row, json_t *schema)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(json_release) json_t *references = setting_references(row);
	size_t i;
	json_t *reference;

	strbuf_adds(&text, row->summary);
	if (row->unit)
		strbuf_addf(&text, ", in %s", row->unit);
	if (row->engine)
		strbuf_addf(&text, ". Only of %s", row->engine);
	if (row->standing == STANDING_FIXED)
		strbuf_addf(&text,
			    ". Cannot be changed in place: a difference is "
			    "shown as blocked, because %s",
			    row->reason);
	json_array_foreach(references, i, reference)
		strbuf_addf(&text, "%s%s", i ? ", " : ". Controls: ",
			    json_string_value(reference));
	(void)json_object_set_new(schema, "description", json_string(text.buf));
}

static json_t *setting_schema(const struct setting *row);

/* At least one of these, and those that have no row. Steals properties. */
static json_t *map_of_settings(enum kind kind, json_t *properties)
{
	json_t *schema = schema_of(properties, NULL);
	const char *form;
	const struct setting *open = catalogue_open(kind, &form);

	(void)json_object_set_new(schema, "minProperties", json_integer(1));
	if (open) {
		(void)json_object_set_new(schema, "additionalProperties",
					  setting_schema(open));
		(void)json_object_set_new(schema, "propertyNames",
					  json_pack("{s:s}", "pattern", form));
	}
	return schema;
}

/* A map of settings of the kind that they are passed on to. */
static json_t *passed_schema(const struct setting *row)
{
	size_t len;
	const struct setting *rows = catalogue_rows(row->passes_to, &len);
	json_t *properties = json_object();

	for (size_t i = 0; i < len; i++) {
		if (rows[i].type == row->type)
			(void)json_object_set_new(properties, rows[i].name,
						  setting_schema(&rows[i]));
	}
	return map_of_settings(row->passes_to, properties);
}

static json_t *setting_schema(const struct setting *row)
{
	json_t *schema =
		row->passes_through ? passed_schema(row) : type_schema(row);

	if (row->word)
		schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "const",
				   row->word);
	if (row->nullable)
		schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type",
				   "null");
	describe(row, schema);
	return schema;
}

json_t *desired_settings_schema(enum kind kind)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	json_t *properties = json_object();

	for (size_t i = 0; i < len; i++) {
		if (rows[i].standing == STANDING_WRITABLE ||
		    rows[i].standing == STANDING_FIXED)
			(void)json_object_set_new(properties, rows[i].name,
						  setting_schema(&rows[i]));
	}
	return map_of_settings(kind, properties);
}

json_t *desired_names_schema(enum kind kind)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	json_t *names = json_array();
	const char *form;

	for (size_t i = 0; i < len; i++) {
		if (rows[i].standing == STANDING_WRITABLE ||
		    rows[i].standing == STANDING_FIXED)
			(void)json_array_append_new(names,
						    json_string(rows[i].name));
	}
	if (catalogue_open(kind, &form)) {
		json_decref(names);
		return json_pack("{s:s, s:i, s:{s:s, s:s}}", "type", "array",
				 "minItems", 1, "items", "type", "string",
				 "pattern", form);
	}
	return json_pack("{s:s, s:i, s:{s:o}}", "type", "array", "minItems", 1,
			 "items", "enum", names);
}
