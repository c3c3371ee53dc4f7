/* The JSON Schema of `notify:`. */
#include "plans/desired.h"
#include "plans/schema_desired.h"
#include "plans/schema_parts.h"

/* It has exactly one of these keys. names ends in NULL. */
static void need_one(json_t *schema, const char *const *names)
{
	json_t *choices = json_array();

	for (; *names; names++)
		(void)json_array_append_new(
			choices, json_pack("{s:[s]}", "required", *names));
	(void)json_object_set_new(schema, "oneOf", choices);
}

static json_t *webhook_schema(void)
{
	static const char *const urls[] = { "url", "url_env", "url_file",
					    NULL };
	json_t *schema = schema_of(
		json_pack("{s:o, s:o, s:o, s:o, s:{s:[s, s], s:s}}", "url",
			  schema_text_like("^https?://[^@?#]+$",
					   "A URL that is no secret"),
			  "url_env",
			  schema_text_like("^[A-Za-z_][A-Za-z0-9_]*$",
					   "The variable of the environment "
					   "that holds the URL"),
			  "url_file",
			  schema_some_text("The file that holds the URL"),
			  "ca_file",
			  schema_some_text(
				  "Who is trusted to vouch for the server"),
			  "style", "enum", "generic", "slack", "description",
			  "Who reads it: Slack, or anything that takes JSON"),
		NULL);

	need_one(schema, urls);
	return schema;
}

static json_t *sns_schema(void)
{
	json_t *schema = schema_of(
		json_pack("{s:o, s:o}", "topic_arn",
			  schema_text_like(
				  "^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:"
				  "[A-Za-z0-9_-]{1,256}([.]fifo)?$",
				  "The topic"),
			  "target",
			  schema_some_text(
				  "The target whose role publishes there")),
		NULL);

	(void)json_object_set_new(schema, "required",
				  json_pack("[s]", "topic_arn"));
	return schema;
}

static json_t *occasions_schema(void)
{
	json_t *names = json_array();
	json_t *one;

	for (int i = 0; i < OCCASIONS; i++)
		(void)json_array_append_new(
			names, json_string(occasion_name((enum occasion)i)));
	one = json_pack("{s:o}", "enum", names);
	return json_pack("{s:s, s:[o, {s:s, s:i, s:O}]}", "description",
			 "Of what it tells; left out: of everything", "anyOf",
			 one, "type", "array", "minItems", 1, "items", one);
}

json_t *desired_notify_schema(void)
{
	static const char *const channels[] = { "webhook", "sns", "command",
						NULL };
	json_t *command = json_pack(
		"{s:s, s:i, s:o, s:s}", "type", "array", "minItems", 1, "items",
		schema_some_text("The program, or an argument"), "description",
		"A program that reads the notification, as JSON, from its "
		"standard input");
	json_t *entry = schema_of(
		json_pack("{s:o, s:o, s:o, s:o, s:o}", "webhook",
			  webhook_schema(), "sns", sns_schema(), "command",
			  command, "on", occasions_schema(), "timeout",
			  schema_text_like("^[0-9]+[smhdw]$",
					   "Of one sending; 10s unless set")),
		NULL);

	need_one(entry, channels);
	return json_pack("{s:s, s:o, s:s}", "type", "array", "items", entry,
			 "description", "Who is told, with --notify");
}
