/*
 * The JSON Schema of a plan file, for whoever judges plans by other means. It
 * says what a plan looks like, not whether aback accepts it: see plan_parse.
 */
#include <string.h>

#include "core/limits.h"
#include "core/strbuf.h"
#include "plans/kind.h"
#include "plans/plan.h"
#include "plans/render_parts.h"
#include "plans/schema_parts.h"

#define CHANGE_ID "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$"

/* ---- definitions --------------------------------------------------------- */

static json_t *address(void)
{
	CLEANUP(strbuf_release) struct strbuf regex = STRBUF_INIT(KIB);

	for (int i = 0; i < KIND_COUNT; i++)
		strbuf_addf(&regex, "%s%s", i ? "|" : "^(",
			    kind_ops((enum kind)i)->name);
	strbuf_adds(&regex, ")/.");
	return schema_described(schema_pattern(regex.buf),
				"Kind and name of a resource, "
				"such as cluster/orders");
}

/* As is_setting_value has it. */
static json_t *value(void)
{
	json_t *schema = json_pack("{s:[{s:[s, s, s, s, s]}, o, o]}", "anyOf",
				   "type", "boolean", "integer", "string",
				   "null", "object", schema_list(schema_text()),
				   schema_list(schema_type("object")));

	return schema_described(
		schema, "The value of a setting: true or false, a whole "
			"number, a text, a sorted list for a set, a map, or "
			"null for unset");
}

static json_t *call(void)
{
	return schema_described(
		schema_pattern("^[a-z0-9-]+:[A-Za-z0-9]+$"),
		"Service and operation, such as rds:ModifyDBCluster");
}

static json_t *parameters(void)
{
	return schema_map(json_pack("{s:[s, s, s]}", "type", "string",
				    "integer", "boolean"));
}

static json_t *classes(void)
{
	return schema_list(schema_word(part_classes));
}

static json_t *indexes(void)
{
	return schema_list(
		json_pack("{s:s, s:i}", "type", "integer", "minimum", 0));
}

static json_t *undoes(void)
{
	return schema_object(json_pack("{s:o, s:o, s:o, s:o}", "change",
				       schema_pattern(CHANGE_ID), "set",
				       schema_ref("value"), "prior",
				       schema_ref("value"), "redo",
				       schema_type("boolean")),
			     NULL);
}

/* As plan_read has them. */
static json_t *facts(void)
{
	json_t *fact =
		json_pack("{s:[{s:b}, {s:s}, o, {s:s, s:i}]}", "anyOf", "const",
			  true, "type", "string", schema_list(schema_text()),
			  "type", "object", "minProperties", 1);
	json_t *schema = schema_map(fact);

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
	json_t *rule =
		schema_object(json_pack("{s:o, s:o}", "name", schema_text(),
					"line", schema_type("integer")),
			      NULL);

	return schema_object(
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			  "s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			  "target", schema_text(), "address",
			  schema_ref("address"), "resource_id", schema_text(),
			  "setting", schema_text(), "before",
			  schema_ref("value"), "after", schema_ref("value"),
			  "unit", schema_text_or_null(), "via",
			  schema_text_or_null(), "rule", schema_or_null(rule),
			  "controls", schema_list(schema_text()), "severity",
			  schema_text_or_null(), "effect",
			  schema_described(schema_word(effects),
					   "When it takes effect"),
			  "reversibility",
			  schema_described(schema_word(costs),
					   "What the way back costs"),
			  "consent", schema_ref("classes"), "backout_consent",
			  schema_ref("classes"), "pending", schema_ref("value"),
			  "undoes", schema_or_null(undoes()), "facts", facts(),
			  "steps", indexes()),
		"facts");
}

static json_t *step(void)
{
	json_t *backout = schema_object(
		json_pack("{s:o, s:o}", "call", schema_ref("call"),
			  "parameters", schema_ref("parameters")),
		NULL);

	return schema_object(
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			  "s:o}",
			  "index", schema_type("integer"), "target",
			  schema_text(), "address", schema_ref("address"),
			  "resource_id", schema_text(), "needs", indexes(),
			  "call", schema_ref("call"), "parameters",
			  schema_ref("parameters"), "companions",
			  schema_map(schema_ref("value")), "backout",
			  schema_or_null(backout), "backout_reason",
			  schema_text_or_null()),
		NULL);
}

static json_t *target(void)
{
	return schema_object(
		json_pack("{s:o, s:o, s:o, s:o}", "name", schema_text(),
			  "account_id", schema_pattern("^[0-9]{12}$"), "region",
			  schema_text(), "role_arn", schema_text_or_null()),
		NULL);
}

/* An entry of an array, with what it has besides; more ends with NULL. */
static json_t *entries(const char *const *more, bool of_nothing)
{
	json_t *properties = json_pack(
		"{s:o, s:o, s:o, s:o}", "target",
		of_nothing ? schema_text_or_null() : schema_text(), "address",
		of_nothing ? schema_text_or_null() : schema_text(), "setting",
		of_nothing ? schema_text_or_null() : schema_text(), "reason",
		schema_text());

	for (size_t i = 0; more[i]; i++)
		(void)json_object_set_new(properties, more[i],
					  schema_ref("value"));
	return schema_list(schema_object(properties, NULL));
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
	json_t *desired = schema_object(
		json_pack("{s:o, s:o, s:o}", "path", schema_text(), "sha256",
			  schema_pattern("^[0-9a-f]{64}$"), "git_blob",
			  schema_pattern("^[0-9a-f]{40}$")),
		NULL);
	json_t *properties = json_pack(
		"{s:{s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"format", "const", PLAN_FORMAT, "id",
		schema_pattern("^sha256:[0-9a-f]{64}$"), "kind",
		schema_word(kinds), "reverses",
		schema_or_null(schema_pattern(CHANGE_ID)), "created_at",
		schema_pattern(SCHEMA_MOMENT), "created_by", schema_text(),
		"tool", schema_text(), "desired", schema_or_null(desired),
		"targets", schema_list(target()), "changes",
		schema_list(schema_ref("change")), "steps",
		schema_list(schema_ref("step")));

	add_entries(properties);
	return properties;
}

json_t *plan_schema(void)
{
	json_t *schema = schema_object(properties_of_plan(), "notes");

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
