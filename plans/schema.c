/* The JSON Schema of aback.yaml: what editors complete and underline. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "plans/controls.h"
#include "plans/desired.h"
#include "plans/desired_read.h"
#include "plans/sg_rule.h"
#include "plans/value_parts.h"

#define HOUR "([01][0-9]|2[0-3]):[0-5][0-9]"
#define WEEKDAY "([Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un):" HOUR

static json_t *text_schema(const char *description)
{
	return json_pack("{s:s, s:i, s:s}", "type", "string", "minLength", 1,
			 "description", description);
}

static json_t *pattern_schema(const char *pattern, const char *description)
{
	return json_pack("{s:s, s:s, s:s}", "type", "string", "pattern",
			 pattern, "description", description);
}

/* The same thing once or in a list that is not empty. Steals schema. */
static json_t *one_or_list(json_t *schema, const char *description)
{
	return json_pack("{s:[o, {s:s, s:i, s:O}], s:s}", "anyOf", schema,
			 "type", "array", "minItems", 1, "items", schema,
			 "description", description);
}

static json_t *reference(const char *definition, const char *tail)
{
	CLEANUP(free_ptr)
	char *text = xasprintf("#/$defs/%s%s", definition, tail);

	return json_pack("{s:s}", "$ref", text);
}

/* An object with these properties and no others. Steals both. */
static json_t *object_schema(json_t *properties, json_t *required)
{
	json_t *schema = json_pack("{s:s, s:b, s:o}", "type", "object",
				   "additionalProperties", false, "properties",
				   properties);

	if (required)
		(void)json_object_set_new(schema, "required", required);
	return schema;
}

/* ---- settings ------------------------------------------------------------ */

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
	return object_schema(properties, json_pack("[s]", "ip_protocol"));
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
			 object_schema(properties, required), "type", "string",
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
	members = object_schema(json_pack("{s:o, s:o}", "include",
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
	json_t *members = object_schema(
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
		object_schema(json_pack("{s:o, s:o}", "include", some,
					"exclude", members_schema(row, 1, 0)),
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
		object_schema(json_pack("{s:o, s:o}", "include", some,
					"exclude", members_schema(row, 1, 0)),
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

/* A map of settings of the kind that they are passed on to. */
static json_t *passed_schema(const struct setting *row)
{
	size_t len;
	const struct setting *rows = catalogue_rows(row->passes_to, &len);
	json_t *properties = json_object(), *schema;
	const char *form;
	const struct setting *open = catalogue_open(row->passes_to, &form);

	for (size_t i = 0; i < len; i++) {
		if (rows[i].type == row->type)
			(void)json_object_set_new(properties, rows[i].name,
						  setting_schema(&rows[i]));
	}
	schema = object_schema(properties, NULL);
	(void)json_object_set_new(schema, "minProperties", json_integer(1));
	if (open) {
		(void)json_object_set_new(schema, "additionalProperties",
					  setting_schema(open));
		(void)json_object_set_new(schema, "propertyNames",
					  json_pack("{s:s}", "pattern", form));
	}
	return schema;
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

/* What a rule's `set` may hold for a kind. */
static json_t *settings_schema(enum kind kind)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	json_t *properties = json_object();
	const struct setting *open;
	const char *form;
	json_t *schema;

	for (size_t i = 0; i < len; i++) {
		if (rows[i].standing == STANDING_WRITABLE ||
		    rows[i].standing == STANDING_FIXED)
			(void)json_object_set_new(properties, rows[i].name,
						  setting_schema(&rows[i]));
	}
	schema = object_schema(properties, NULL);
	(void)json_object_set_new(schema, "minProperties", json_integer(1));
	open = catalogue_open(kind, &form);
	if (open) {
		(void)json_object_set_new(schema, "additionalProperties",
					  setting_schema(open));
		(void)json_object_set_new(schema, "propertyNames",
					  json_pack("{s:s}", "pattern", form));
	}
	return schema;
}

/* The names that a waiver of a kind may list. */
static json_t *names_schema(enum kind kind)
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

/* ---- selectors ----------------------------------------------------------- */

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
	return one_or_list(text_schema("A name of targets"),
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
		one_or_list(text_schema("A name, or a glob of * and ?"),
			    "Names, or globs of * and ?; one has to match"));
	if (ops->lane_kind != kind || ops->of_cluster)
		(void)json_object_set_new(
			properties, "cluster",
			one_or_list(text_schema("A cluster, or a glob"),
				    "The cluster that it is a member of"));
	if (!ops->by_reference || ops->of_engine) {
		engine = json_pack("{s:[s, s]}", "enum", "aurora-mysql",
				   "aurora-postgresql");
		(void)json_object_set_new(
			properties, "engine",
			one_or_list(engine, "The engine it runs"));
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

static json_t *match_schema(enum kind kind)
{
	json_t *properties = selector_properties(kind);

	(void)json_object_set_new(properties, "kind", kinds_schema());
	return object_schema(properties, json_pack("[s]", "kind"));
}

static json_t *except_schema(enum kind kind)
{
	json_t *properties = selector_properties(kind);
	json_t *entry;

	(void)json_object_set_new(
		properties, "kind",
		json_pack("{s:s}", "const", kind_ops(kind)->name));
	entry = object_schema(properties, NULL);
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

static json_t *rules_schema(void)
{
	static const char *const parts[] = { "match",   "_match", "except",
					     "_except", "set",    "_settings",
					     NULL };
	json_t *rule = object_schema(
		json_pack("{s:o, s:o, s:b, s:{s:[s, s], s:s}, s:b}", "name",
			  text_schema("What the rule is for"), "match",
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

/* Of settings, or of controls; of regions, which have no kind, of controls. */
static json_t *waivers_schema(void)
{
	static const char *const parts[] = { "match", "_match", "settings",
					     "_names", NULL };
	json_t *place = object_schema(
		json_pack("{s:o}", "target", target_schema()), NULL);
	json_t *waiver = object_schema(
		json_pack("{s:{s:[o, o]}, s:b, s:o, s:o, s:o}", "match",
			  "anyOf", any_match(), place, "settings", true,
			  "controls", controls_schema(), "reason",
			  text_schema("Why it is accepted"), "expires",
			  pattern_schema("^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
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

/* ---- the rest of the file ------------------------------------------------ */

static json_t *targets_schema(void)
{
	json_t *target = object_schema(
		json_pack("{s:o, s:o, s:o, s:o}", "name",
			  pattern_schema("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$",
					 "How plans and --target call it"),
			  "account_id",
			  pattern_schema("^[0-9]{12}$", "12 digits, in quotes"),
			  "region",
			  pattern_schema("^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$",
					 "Such as eu-west-1"),
			  "role_arn",
			  pattern_schema("^arn:aws[a-z-]*:iam::[0-9]{12}:role/",
					 "Assumed before any call")),
		json_pack("[s, s, s]", "name", "account_id", "region"));

	return json_pack("{s:s, s:i, s:i, s:o, s:s}", "type", "array",
			 "minItems", 1, "maxItems", LIMIT_TARGETS, "items",
			 target, "description", "Accounts and regions");
}

static json_t *state_schema(void)
{
	return object_schema(
		json_pack("{s:o, s:o}", "repository",
			  text_schema("A bare git repository, relative to "
				      "this file"),
			  "remote",
			  text_schema("Where it is pushed to and cloned "
				      "from")),
		json_pack("[s]", "repository"));
}

static json_t *limits_schema(void)
{
	json_t *limit = json_pack(
		"{s:[{s:s, s:i, s:i}, {s:s, s:s}], s:s}", "anyOf", "type",
		"integer", "minimum", 0, "maximum", 1000000, "type", "string",
		"pattern", "^([0-9]|[1-9][0-9]|100)%$", "description",
		"Clusters that one plan may change without --allow many");

	return object_schema(json_pack("{s:o}", "max_clusters", limit),
			     json_pack("[s]", "max_clusters"));
}

static json_t *review_schema(void)
{
	return object_schema(
		json_pack("{s:o, s:{s:s, s:s}, s:o}", "every",
			  pattern_schema("^[0-9]+[smhdw]$", "Such as 90d"),
			  "sign_off", "type", "boolean", "description",
			  "Only a review that is signed off counts", "owners",
			  one_or_list(text_schema("Somebody"),
				      "Who has to review")),
		json_pack("[s]", "every"));
}

static json_t *definitions(void)
{
	static const struct {
		const char *tail;
		json_t *(*make)(enum kind kind);
	} parts[] = { { "_match", match_schema },
		      { "_except", except_schema },
		      { "_settings", settings_schema },
		      { "_names", names_schema } };
	json_t *all = json_object();

	for (int i = 0; i < KIND_COUNT; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(parts); j++) {
			CLEANUP(free_ptr)
			char *name =
				xasprintf("%s%s", kind_ops((enum kind)i)->name,
					  parts[j].tail);

			(void)json_object_set_new(all, name,
						  parts[j].make((enum kind)i));
		}
	}
	return all;
}

json_t *desired_schema(void)
{
	json_t *schema = object_schema(
		json_pack("{s:{s:i, s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			  "s:o, s:o}",
			  "version", "const", 1, "description",
			  "The version of this format", "state", state_schema(),
			  "targets", targets_schema(), "rules", rules_schema(),
			  "waivers", waivers_schema(), "limits",
			  limits_schema(), "review", review_schema(), "notify",
			  desired_notify_schema(), "gate",
			  desired_gate_schema(), "policy",
			  desired_policy_schema()),
		json_pack("[s, s]", "version", "targets"));

	(void)json_object_set_new(
		schema, "$schema",
		json_string("https://json-schema.org/draft/2020-12/schema"));
	(void)json_object_set_new(
		schema, "title",
		json_string("aback.yaml: desired security settings of Aurora"));
	(void)json_object_set_new(schema, "$defs", definitions());
	return schema;
}
