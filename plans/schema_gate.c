/* The JSON Schema of `gate:` and `policy:`. */
#include "plans/schema_desired.h"
#include "plans/schema_parts.h"

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
	return schema_of(
		json_pack("{s:o, s:o, s:o}", "cron",
			  schema_text_like("^\\S+(\\s+\\S+){4}$",
					   "When it begins: minute hour day "
					   "month weekday"),
			  "for",
			  schema_text_like("^[0-9]+[smhdw]$", "Such as 60h"),
			  "timezone",
			  schema_text_like("^[A-Za-z0-9/_+-]+$",
					   "Such as Europe/Berlin; "
					   "UTC where none is "
					   "given")),
		json_pack("[s, s]", "cron", "for"));
}

static json_t *trusted_key(void)
{
	return schema_of(
		json_pack("{s:o, s:o, s:o}", "name",
			  schema_text_like(
				  "^[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,63}$",
				  "In the name of the signature's file"),
			  "key",
			  schema_text_like("^[^/]",
					   "Its public key, a path beside this "
					   "file"),
			  "email",
			  schema_text_like(".",
					   "Whose it is, as git knows them")),
		json_pack("[s, s, s]", "name", "key", "email"));
}

json_t *desired_gate_schema(void)
{
	return schema_of(
		json_pack("{s:o, s:o, s:o, s:o}", "max_plan_age",
			  schema_text_like("^[0-9]+[smhdw]$", "Such as 7d"),
			  "signatures", number(0, "Of distinct trusted keys"),
			  "trusted_keys",
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
	return schema_of(
		json_pack(
			"{s:o, s:o, s:o}", "deny",
			list(classes(), "Classes of consent that no plan "
					"may need"),
			"protected",
			list(schema_text_like("/", "An address, with * and ?"),
			     "What no plan may change"),
			"restart_windows",
			list(period(), "When alone a plan may restart "
				       "something")),
		NULL);
}
