/* The JSON Schema of `rules:` and `waivers:`. */
#include "core/mem.h"
#include "plans/controls.h"
#include "plans/schema_desired.h"
#include "plans/schema_parts.h"

static json_t *reference(const char *definition, const char *tail)
{
	CLEANUP(free_ptr)
	char *text = xasprintf("#/$defs/%s%s", definition, tail);

	return json_pack("{s:s}", "$ref", text);
}

static json_t *kinds_schema(void)
{
	json_t *names = json_array();

	for (int i = 0; i < KIND_COUNT; i++)
		(void)json_array_append_new(
			names, json_string(kind_ops((enum kind)i)->name));
	return json_pack("{s:o, s:s}", "enum", names, "description",
			 "What is selected");
}

static json_t *target_schema(void)
{
	return schema_one_or_list(schema_some_text("A name of targets"),
				  "The targets that it may be in");
}

/* The keys that select something of a kind, besides `kind`. */
static json_t *selector_properties(enum kind kind)
{
	const struct kind_ops *ops = kind_ops(kind);
	json_t *properties = json_object();
	json_t *engine;

	(void)json_object_set_new(
		properties, "id",
		schema_one_or_list(
			schema_some_text("A name, or a glob of * and ?"),
			"Names, or globs of * and ?; one has to match"));
	if (ops->lane_kind != kind || ops->of_cluster)
		(void)json_object_set_new(
			properties, "cluster",
			schema_one_or_list(
				schema_some_text("A cluster, or a glob"),
				"The cluster that it is a member of"));
	if (!ops->by_reference || ops->of_engine) {
		engine = json_pack("{s:[s, s]}", "enum", "aurora-mysql",
				   "aurora-postgresql");
		(void)json_object_set_new(
			properties, "engine",
			schema_one_or_list(engine, "The engine it runs"));
	}
	(void)json_object_set_new(properties, "target", target_schema());
	if (ops->by_reference)
		return properties; /* their tags are not read */
	(void)json_object_set_new(
		properties, "tags",
		json_pack("{s:s, s:i, s:{s:s}, s:s}", "type", "object",
			  "minProperties", 1, "additionalProperties", "type",
			  "string", "description",
			  "Tags that it has, with exactly these values"));
	return properties;
}

json_t *desired_match_schema(enum kind kind)
{
	json_t *properties = selector_properties(kind);

	(void)json_object_set_new(properties, "kind", kinds_schema());
	return schema_of(properties, json_pack("[s]", "kind"));
}

json_t *desired_except_schema(enum kind kind)
{
	json_t *properties = selector_properties(kind);
	json_t *entry;

	(void)json_object_set_new(
		properties, "kind",
		json_pack("{s:s}", "const", kind_ops(kind)->name));
	entry = schema_of(properties, NULL);
	(void)json_object_set_new(entry, "minProperties", json_integer(1));
	return json_pack("{s:s, s:o}", "type", "array", "items", entry);
}

/*
 * For each kind: where `match` has it, the other keys hold what belongs to it.
 * parts: pairs of a key and the tail of the definition's name, ending in NULL.
 */
static json_t *by_kind(const char *const *parts)
{
	json_t *all = json_array();

	for (int i = 0; i < KIND_COUNT; i++) {
		const char *name = kind_ops((enum kind)i)->name;
		json_t *properties = json_object();

		for (const char *const *part = parts; *part; part += 2)
			(void)json_object_set_new(properties, part[0],
						  reference(name, part[1]));
		(void)json_array_append_new(
			all,
			json_pack("{s:{s:{s:{s:{s:{s:s}}, s:[s]}}, s:[s]}, "
				  "s:{s:o}}",
				  "if", "properties", "match", "properties",
				  "kind", "const", name, "required", "kind",
				  "required", "match", "then", "properties",
				  properties));
	}
	return all;
}

/* A `match` that names a kind; by_kind says the rest. */
static json_t *any_match(void)
{
	return json_pack("{s:s, s:[s], s:{s:o}}", "type", "object", "required",
			 "kind", "properties", "kind", kinds_schema());
}

json_t *desired_rules_schema(void)
{
	static const char *const parts[] = { "match",   "_match", "except",
					     "_except", "set",    "_settings",
					     NULL };
	json_t *rule = schema_of(
		json_pack("{s:o, s:o, s:b, s:{s:[s, s], s:s}, s:b}", "name",
			  schema_some_text("What the rule is for"), "match",
			  any_match(), "except", true, "when", "enum", "now",
			  "window", "description",
			  "window: leave it to the maintenance window", "set",
			  true),
		json_pack("[s, s]", "match", "set"));

	(void)json_object_set_new(rule, "allOf", by_kind(parts));
	return json_pack("{s:s, s:o, s:s}", "type", "array", "items", rule,
			 "description",
			 "The last rule that names a setting decides it");
}

static json_t *controls_schema(void)
{
	const struct control *const *control = controls_all(NULL);
	json_t *ids = json_array();

	for (; *control; control++)
		(void)json_array_append_new(ids, json_string((*control)->id));
	return json_pack("{s:s, s:i, s:{s:o}, s:s}", "type", "array",
			 "minItems", 1, "items", "enum", ids, "description",
			 "Controls of a review");
}

json_t *desired_waivers_schema(void)
{
	static const char *const parts[] = { "match", "_match", "settings",
					     "_names", NULL };
	json_t *place =
		schema_of(json_pack("{s:o}", "target", target_schema()), NULL);
	json_t *waiver = schema_of(
		json_pack("{s:{s:[o, o]}, s:b, s:o, s:o, s:o}", "match",
			  "anyOf", any_match(), place, "settings", true,
			  "controls", controls_schema(), "reason",
			  schema_some_text("Why it is accepted"), "expires",
			  schema_text_like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
					   "The last day, in UTC")),
		json_pack("[s, s, s]", "match", "reason", "expires"));

	(void)json_object_set_new(waiver, "anyOf",
				  json_pack("[{s:[s], s:{s:o}}, {s:[s]}]",
					    "required", "settings",
					    "properties", "match", any_match(),
					    "required", "controls"));
	(void)json_object_set_new(waiver, "allOf", by_kind(parts));
	return json_pack("{s:s, s:o, s:s}", "type", "array", "items", waiver,
			 "description", "Accepted findings that expire");
}
