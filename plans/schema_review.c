/* The JSON Schema of a review, for whoever reads reviews by other means. */
#include "plans/controls.h"
#include "plans/judging.h"
#include "plans/review.h"
#include "plans/schema_parts.h"

static json_t *severities(void)
{
	json_t *names = json_array();

	for (enum severity s = 0; s < SEVERITY_COUNT; s++)
		(void)json_array_append_new(names,
					    json_string(severity_name(s)));
	return json_pack("{s:o}", "enum", names);
}

static json_t *outcomes(void)
{
	json_t *names = json_array();

	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		(void)json_array_append_new(names,
					    json_string(outcome_name(o)));
	return json_pack("{s:o}", "enum", names);
}

static json_t *moment(void)
{
	return schema_pattern(SCHEMA_MOMENT);
}

static json_t *count(void)
{
	return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
}

/* ---- findings ----------------------------------------------------------- */

static json_t *evidence(void)
{
	json_t *entry = schema_object(
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "call",
			  schema_text_or_null(), "read_at",
			  schema_or_null(moment()), "request_id",
			  schema_text_or_null(), "address",
			  schema_text_or_null(), "element",
			  schema_text_or_null(), "value", true),
		NULL);

	return schema_described(schema_list(entry),
				"What it was seen in: the value, the call "
				"that gave it, and when");
}

static json_t *fix(void)
{
	json_t *classes = json_array();

	for (enum fix_class f = FIX_PLAN; f <= FIX_NONE; f++)
		(void)json_array_append_new(classes,
					    json_string(fix_class_name(f)));
	return schema_object(json_pack("{s:{s:o}, s:o, s:o, s:b, s:o, s:o}",
				       "class", "enum", classes, "address",
				       schema_text_or_null(), "setting",
				       schema_text_or_null(), "value", true,
				       "text", schema_text(), "procedure",
				       schema_list(schema_text())),
			     NULL);
}

static json_t *waiver(void)
{
	return schema_or_null(schema_object(
		json_pack("{s:o, s:o, s:o}", "reason", schema_text(), "expires",
			  schema_pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
			  "line", count()),
		NULL));
}

static void add_texts(json_t *properties, const char *const *names,
		      json_t *(*of)(void))
{
	for (; *names; names++)
		(void)json_object_set_new(properties, *names, of());
}

static json_t *finding(void)
{
	static const char *const statuses[] = { "failed", "waived", NULL };
	static const char *const texts[] = { "account_id", "address", "control",
					     "expected",   "id",      "message",
					     "region",     "target",  "title",
					     NULL };
	static const char *const maybe[] = { "arn",    "cluster",     "engine",
					     "member", "resource_id", "setting",
					     NULL };
	json_t *rule = schema_object(
		json_pack("{s:o, s:o}", "name", schema_text(), "line", count()),
		NULL);
	json_t *properties = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "evidence",
		evidence(), "expired_waiver", waiver(), "first_seen", moment(),
		"fix", fix(), "rule", schema_or_null(rule), "severity",
		severities(), "status", schema_word(statuses), "waiver",
		waiver(), "value", true);

	add_texts(properties, texts, schema_text);
	add_texts(properties, maybe, schema_text_or_null);
	return schema_object(properties, NULL);
}

/* ---- the rest ----------------------------------------------------------- */

static json_t *control(void)
{
	static const char *const texts[] = { "id", "kind", "title", "why",
					     NULL };
	static const char *const counts[] = { "failed", "not_applicable",
					      "passed", "unread",
					      "waived", NULL };
	json_t *reference =
		schema_object(json_pack("{s:o, s:o}", "benchmark",
					schema_text(), "number", schema_text()),
			      NULL);
	json_t *properties =
		json_pack("{s:o, s:o}", "references", schema_list(reference),
			  "severity", severities());

	add_texts(properties, texts, schema_text);
	add_texts(properties, counts, count);
	return schema_object(properties, NULL);
}

static json_t *unread(void)
{
	static const char *const maybe[] = { "address", "call",       "code",
					     "message", "request_id", NULL };
	static const char *const texts[] = { "target", "what", NULL };
	json_t *properties =
		json_pack("{s:o}", "controls", schema_list(schema_text()));

	add_texts(properties, maybe, schema_text_or_null);
	add_texts(properties, texts, schema_text);
	return schema_object(properties, NULL);
}

static json_t *row(void)
{
	return schema_object(json_pack("{s:o, s:o, s:o}", "address",
				       schema_text(), "target", schema_text(),
				       "results", schema_map(outcomes())),
			     NULL);
}

static json_t *target(void)
{
	return schema_object(json_pack("{s:o, s:o, s:o}", "account_id",
				       schema_pattern("^[0-9]{12}$"), "name",
				       schema_text(), "region", schema_text()),
			     NULL);
}

static json_t *summary(void)
{
	static const char *const counts[] = { "controls",       "failed",
					      "not_applicable", "passed",
					      "resources",      "unread",
					      "waived",         NULL };
	json_t *properties =
		json_pack("{s:o}", "by_severity", schema_map(count()));

	add_texts(properties, counts, count);
	return schema_object(properties, NULL);
}

static json_t *any_object(void)
{
	return schema_type("object");
}

json_t *review_document_schema(void)
{
	json_t *desired =
		schema_object(json_pack("{s:o, s:o}", "path", schema_text(),
					"sha256", schema_text()),
			      NULL);
	json_t *properties = json_pack(
		"{s:{s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"format", "const", REVIEW_FORMAT, "id", schema_text(),
		"started_at", moment(), "finished_at", moment(), "created_by",
		schema_text(), "tool", schema_text(), "desired",
		schema_or_null(desired), "targets", schema_list(target()),
		"severity", severities(), "complete", schema_type("boolean"));
	json_t *schema;

	(void)json_object_update_new(
		properties,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			  "summary", summary(), "controls",
			  schema_list(control()), "findings",
			  schema_list(finding()), "unread",
			  schema_list(unread()), "matrix", schema_list(row()),
			  "previous", schema_or_null(any_object()), "trend",
			  schema_list(any_object()), "events",
			  schema_or_null(any_object()), "changes",
			  schema_list(any_object())));
	schema = schema_object(properties, NULL);
	(void)json_object_set_new(
		schema, "$schema",
		json_string("https://json-schema.org/draft/2020-12/schema"));
	(void)json_object_set_new(
		schema, "title",
		json_string("A review of aback, " REVIEW_FORMAT));
	return schema;
}
