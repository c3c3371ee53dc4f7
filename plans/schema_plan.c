/*
 * The JSON Schema of a plan file, for whoever judges plans by other means. It
 * says what a plan looks like, not whether aback accepts it: see plan_parse.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "plans/kind.h"
#include "plans/plan.h"
#include "plans/render_parts.h"

#define CHANGE_ID "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$"
#define MOMENT "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"

static json_t *described(json_t *schema, const char *description)
{
	(void)json_object_set_new(schema, "description",
				  json_string(description));
	return schema;
}

static json_t *type(const char *name)
{
	return json_pack("{s:s}", "type", name);
}

static json_t *text(void)
{
	return type("string");
}

static json_t *text_or_null(void)
{
	return json_pack("{s:[s, s]}", "type", "string", "null");
}

static json_t *pattern(const char *regex)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", regex);
}

static json_t *or_null(json_t *schema)
{
	return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
}

static json_t *list(json_t *items)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *map(json_t *members)
{
	return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
			 members);
}

static json_t *ref(const char *definition)
{
	CLEANUP(free_ptr) char *path = xasprintf("#/$defs/%s", definition);

	return json_pack("{s:s}", "$ref", path);
}

/* One of words, which end in NULL. */
static json_t *word(const char *const *words)
{
	json_t *choices = json_array();

	for (size_t i = 0; words[i]; i++)
		(void)json_array_append_new(choices, json_string(words[i]));
	return json_pack("{s:o}", "enum", choices);
}

/*
 * These members and no others; all are there, but for the one that is optional
 * (NULL: none). Steals properties.
 */
static json_t *object(json_t *properties, const char *optional)
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

/* ---- definitions --------------------------------------------------------- */

static json_t *address(void)
{
	CLEANUP(strbuf_release) struct strbuf regex = STRBUF_INIT(KIB);

	for (int i = 0; i < KIND_COUNT; i++)
		strbuf_addf(&regex, "%s%s", i ? "|" : "^(",
			    kind_ops((enum kind)i)->name);
	strbuf_adds(&regex, ")/.");
	return described(pattern(regex.buf), "Kind and name of a resource, "
					     "such as cluster/orders");
}

/* As is_setting_value has it. */
static json_t *value(void)
{
	json_t *schema =
		json_pack("{s:[{s:[s, s, s, s, s]}, o, o]}", "anyOf", "type",
			  "boolean", "integer", "string", "null", "object",
			  list(text()), list(type("object")));

	return described(schema,
			 "The value of a setting: true or false, a whole "
			 "number, a text, a sorted list for a set, a map, or "
			 "null for unset");
}

static json_t *call(void)
{
	return described(pattern("^[a-z0-9-]+:[A-Za-z0-9]+$"),
			 "Service and operation, such as rds:ModifyDBCluster");
}

static json_t *parameters(void)
{
	return map(json_pack("{s:[s, s, s]}", "type", "string", "integer",
			     "boolean"));
}

static json_t *classes(void)
{
	return list(word(part_classes));
}

static json_t *indexes(void)
{
	return list(json_pack("{s:s, s:i}", "type", "integer", "minimum", 0));
}

static json_t *undoes(void)
{
	return object(json_pack("{s:o, s:o, s:o, s:o}", "change",
				pattern(CHANGE_ID), "set", ref("value"),
				"prior", ref("value"), "redo", type("boolean")),
		      NULL);
}

/* As plan_read has them. */
static json_t *facts(void)
{
	json_t *fact = json_pack("{s:[{s:b}, {s:s}, o, {s:s, s:i}]}", "anyOf",
				 "const", true, "type", "string", list(text()),
				 "type", "object", "minProperties", 1);
	json_t *schema = map(fact);

	(void)json_object_set_new(schema, "minProperties", json_integer(1));
	return schema;
}

static json_t *change(void)
{
	static const char *const effects[] = { "immediate", "asynchronous",
					       "window",    "reboot",
					       "restart",   NULL };
	static const char *const costs[] = { "reversible", "restart", "lossy",
					     "one-way", NULL };
	json_t *rule = object(json_pack("{s:o, s:o}", "name", text(), "line",
					type("integer")),
			      NULL);

	return object(
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			  "s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			  "target", text(), "address", ref("address"),
			  "resource_id", text(), "setting", text(), "before",
			  ref("value"), "after", ref("value"), "unit",
			  text_or_null(), "via", text_or_null(), "rule",
			  or_null(rule), "controls", list(text()), "severity",
			  text_or_null(), "effect",
			  described(word(effects), "When it takes effect"),
			  "reversibility",
			  described(word(costs), "What the way back costs"),
			  "consent", ref("classes"), "backout_consent",
			  ref("classes"), "pending", ref("value"), "undoes",
			  or_null(undoes()), "facts", facts(), "steps",
			  indexes()),
		"facts");
}

static json_t *step(void)
{
	json_t *backout = object(json_pack("{s:o, s:o}", "call", ref("call"),
					   "parameters", ref("parameters")),
				 NULL);

	return object(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
				"s:o}",
				"index", type("integer"), "target", text(),
				"address", ref("address"), "resource_id",
				text(), "needs", indexes(), "call", ref("call"),
				"parameters", ref("parameters"), "companions",
				map(ref("value")), "backout", or_null(backout),
				"backout_reason", text_or_null()),
		      NULL);
}

static json_t *target(void)
{
	return object(json_pack("{s:o, s:o, s:o, s:o}", "name", text(),
				"account_id", pattern("^[0-9]{12}$"), "region",
				text(), "role_arn", text_or_null()),
		      NULL);
}

/* An entry of an array, with what it has besides; more ends with NULL. */
static json_t *entries(const char *const *more, bool of_nothing)
{
	json_t *properties = json_pack(
		"{s:o, s:o, s:o, s:o}", "target",
		of_nothing ? text_or_null() : text(), "address",
		of_nothing ? text_or_null() : text(), "setting",
		of_nothing ? text_or_null() : text(), "reason", text());

	for (size_t i = 0; more[i]; i++)
		(void)json_object_set_new(properties, more[i], ref("value"));
	return list(object(properties, NULL));
}

/* ---- the file ------------------------------------------------------------ */

static void add_entries(json_t *properties)
{
	static const struct {
		const char *key, *more[5];
		bool of_nothing;
	} arrays[] = {
		{ "blocked", { "before", "after", "remedy" }, false },
		{ "held", { "change", "by", "at", "after" }, false },
		{ "waived", { "expires" }, false },
		{ "waiting", { "pending" }, false },
		{ "conflicts", { "change", "set", "live", "prior" }, false },
		{ "skipped", { NULL }, true },
		{ "notes", { NULL }, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
		(void)json_object_set_new(
			properties, arrays[i].key,
			entries(arrays[i].more, arrays[i].of_nothing));
}

static json_t *properties_of_plan(void)
{
	static const char *const kinds[] = { "apply", "backout", "restore",
					     NULL };
	json_t *desired =
		object(json_pack("{s:o, s:o, s:o}", "path", text(), "sha256",
				 pattern("^[0-9a-f]{64}$"), "git_blob",
				 pattern("^[0-9a-f]{40}$")),
		       NULL);
	json_t *properties = json_pack(
		"{s:{s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"format", "const", PLAN_FORMAT, "id",
		pattern("^sha256:[0-9a-f]{64}$"), "kind", word(kinds),
		"reverses", or_null(pattern(CHANGE_ID)), "created_at",
		pattern(MOMENT), "created_by", text(), "tool", text(),
		"desired", or_null(desired), "targets", list(target()),
		"changes", list(ref("change")), "steps", list(ref("step")));

	add_entries(properties);
	return properties;
}

json_t *plan_schema(void)
{
	json_t *schema = object(properties_of_plan(), "notes");

	(void)json_object_set_new(
		schema, "$schema",
		json_string("https://json-schema.org/draft/2020-12/schema"));
	(void)json_object_set_new(schema, "title",
				  json_string("A plan of aback, " PLAN_FORMAT));
	(void)json_object_set_new(
		schema, "$defs",
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "address",
			  address(), "value", value(), "call", call(),
			  "parameters", parameters(), "classes", classes(),
			  "change", change(), "step", step()));
	return schema;
}
