/* The JSON Schema of aback.yaml: what editors complete and underline. */
#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired.h"
#include "plans/schema_desired.h"
#include "plans/schema_parts.h"

static json_t *targets_schema(void)
{
	json_t *target = schema_of(
		json_pack(
			"{s:o, s:o, s:o, s:o}", "name",
			schema_text_like("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$",
					 "How plans and --target call it"),
			"account_id",
			schema_text_like("^[0-9]{12}$", "12 digits, in quotes"),
			"region",
			schema_text_like("^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$",
					 "Such as eu-west-1"),
			"role_arn",
			schema_text_like("^arn:aws[a-z-]*:iam::[0-9]{12}:role/",
					 "Assumed before any call")),
		json_pack("[s, s, s]", "name", "account_id", "region"));

	return json_pack("{s:s, s:i, s:i, s:o, s:s}", "type", "array",
			 "minItems", 1, "maxItems", LIMIT_TARGETS, "items",
			 target, "description", "Accounts and regions");
}

static json_t *state_schema(void)
{
	return schema_of(
		json_pack("{s:o, s:o}", "repository",
			  schema_some_text("A bare git repository, relative to "
					   "this file"),
			  "remote",
			  schema_some_text("Where it is pushed to and cloned "
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

	return schema_of(json_pack("{s:o}", "max_clusters", limit),
			 json_pack("[s]", "max_clusters"));
}

static json_t *review_schema(void)
{
	return schema_of(
		json_pack("{s:o, s:{s:s, s:s}, s:o}", "every",
			  schema_text_like("^[0-9]+[smhdw]$", "Such as 90d"),
			  "sign_off", "type", "boolean", "description",
			  "Only a review that is signed off counts", "owners",
			  schema_one_or_list(schema_some_text("Somebody"),
					     "Who has to review")),
		json_pack("[s]", "every"));
}

static json_t *definitions(void)
{
	static const struct {
		const char *tail;
		json_t *(*make)(enum kind kind);
	} parts[] = { { "_match", desired_match_schema },
		      { "_except", desired_except_schema },
		      { "_settings", desired_settings_schema },
		      { "_names", desired_names_schema } };
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
	json_t *schema = schema_of(
		json_pack("{s:{s:i, s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			  "s:o, s:o}",
			  "version", "const", 1, "description",
			  "The version of this format", "state", state_schema(),
			  "targets", targets_schema(), "rules",
			  desired_rules_schema(), "waivers",
			  desired_waivers_schema(), "limits", limits_schema(),
			  "review", review_schema(), "notify",
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
