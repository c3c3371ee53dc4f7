/* The JSON Schema of `gate:` and `policy:`. */
#include "plans/desired_read.h"

/* Steals properties and required, which may be NULL. */
static json_t *object(json_t *properties, json_t *required)
{
	json_t *schema = json_pack("{s:s, s:b, s:o}", "type", "object",
				   "additionalProperties", false, "properties",
				   properties);

	if (required)
		(void)json_object_set_new(schema, "required", required);
	return schema;
}

static json_t *text(const char *pattern, const char *description)
{
	return json_pack("{s:s, s:s, s:s}", "type", "string", "pattern",
			 pattern, "description", description);
}

static json_t *list(json_t *items, const char *description)
{
	return json_pack("{s:s, s:o, s:s}", "type", "array", "items", items,
			 "description", description);
}

static json_t *number(int least, const char *description)
{
	return json_pack("{s:s, s:i, s:s}", "type", "integer", "minimum", least,
			 "description", description);
}

static json_t *period(void)
{
	return object(
		json_pack("{s:o, s:o, s:o}", "cron",
			  text("^\\S+(\\s+\\S+){4}$",
			       "When it begins: minute hour day month weekday"),
			  "for", text("^[0-9]+[smhdw]$", "Such as 60h"),
			  "timezone",
			  text("^[A-Za-z0-9/_+-]+$", "Such as Europe/Berlin; "
						     "UTC where none is "
						     "given")),
		json_pack("[s, s]", "cron", "for"));
}

static json_t *trusted_key(void)
{
	return object(
		json_pack("{s:o, s:o, s:o}", "name",
			  text("^[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,63}$",
			       "In the name of the signature's file"),
			  "key",
			  text("^[^/]", "Its public key, a path beside this "
					"file"),
			  "email", text(".", "Whose it is, as git knows them")),
		json_pack("[s, s, s]", "name", "key", "email"));
}

json_t *desired_gate_schema(void)
{
	return object(
		json_pack("{s:o, s:o, s:o, s:o}", "max_plan_age",
			  text("^[0-9]+[smhdw]$", "Such as 7d"), "signatures",
			  number(0, "Of distinct trusted keys"), "trusted_keys",
			  list(trusted_key(), "Who may sign plans"), "freeze",
			  list(period(), "When no plan is applied")),
		NULL);
}

static json_t *classes(void)
{
	return json_pack("{s:[s, s, s, s, s, s]}", "enum", "lossy", "one-way",
			 "restart", "exposure", "many", "no-way-back");
}

json_t *desired_policy_schema(void)
{
	return object(
		json_pack("{s:o, s:o, s:o}", "deny",
			  list(classes(), "Classes of consent that no plan "
					  "may need"),
			  "protected",
			  list(text("/", "An address, with * and ?"),
			       "What no plan may change"),
			  "restart_windows",
			  list(period(), "When alone a plan may restart "
					 "something")),
		NULL);
}
