/*
 * A review as SARIF 2.1.0 (OASIS), which code hosts show as alerts. A result
 * points at the line of aback.yaml that decides its setting, for that is what a
 * person can mend in a pull request; where no rule names it, at the file's
 * first line. What could not be read is a notification of the run, so that
 * nobody takes a short list for a good one.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/query.h"
#include "plans/render_review.h"
#include "plans/review.h"

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/*
 * GitHub reads `security-severity` as a CVSS score: critical from 9.0, high
 * from 7.0, medium from 4.0, low above 0.
 */
static const struct {
	const char *level, *score;
} weights[] = {
	[SEVERITY_INFO] = { "note", "0.0" },
	[SEVERITY_LOW] = { "note", "3.0" },
	[SEVERITY_MEDIUM] = { "warning", "5.5" },
	[SEVERITY_HIGH] = { "error", "8.0" },
	[SEVERITY_CRITICAL] = { "error", "9.5" },
};

static json_t *message_of(const char *text)
{
	return json_pack("{s:o}", "text", json_from_text(text));
}

static json_t *rule_of(const json_t *control)
{
	const enum severity severity =
		severity_parse(review_text(control, "severity"));
	CLEANUP(json_release) json_t *tags = review_references(control);

	json_array_insert_new(tags, 0, json_string("security"));
	return json_pack(
		"{s:O, s:o, s:o, s:{s:s}, s:{s:s, s:O}}", "id",
		json_object_get(control, "id"), "shortDescription",
		message_of(review_text(control, "title")), "fullDescription",
		message_of(review_text(control, "why")), "defaultConfiguration",
		"level", weights[severity].level, "properties",
		"security-severity", weights[severity].score, "tags", tags);
}

/* The controls that are shown; *ret_index: id → place in the list. */
static json_t *make_rules(const json_t *review, json_t *ret_index)
{
	json_t *rules = json_array();
	json_t *control;
	size_t i;

	json_array_foreach(json_object_get(review, "controls"), i, control) {
		if (!review_shows(review, control))
			continue;
		json_object_set_new(
			ret_index, review_text(control, "id"),
			json_integer((json_int_t)json_array_size(rules)));
		json_array_append_new(rules, rule_of(control));
	}
	return rules;
}

/* A path as the reference of a URI: from the root of the checkout, if it can.
 */
static char *uri_of(const char *path)
{
	CLEANUP(strbuf_release) struct strbuf uri = STRBUF_INIT(LIMIT_MESSAGE);

	if (*path == '/')
		strbuf_adds(&uri, "file://");
	while (!strncmp(path, "./", 2))
		path += 2;
	query_encode(path, strlen(path), "/", &uri);
	return strbuf_detach(&uri);
}

static json_t *location_of(const json_t *review, const json_t *finding)
{
	const char *path =
		json_text(json_object_get(review, "desired"), "path");
	const json_t *line =
		json_object_get(json_object_get(finding, "rule"), "line");
	CLEANUP(free_ptr)
	char *name = xasprintf("%s %s", review_text(finding, "target"),
			       review_text(finding, "address"));
	json_t *location = json_pack("{s:[{s:o, s:s}]}", "logicalLocations",
				     "fullyQualifiedName", json_from_text(name),
				     "kind", "resource");

	if (path) {
		CLEANUP(free_ptr) char *uri = uri_of(path);

		json_object_set_new(location, "physicalLocation",
				    json_pack("{s:{s:s}, s:{s:I}}",
					      "artifactLocation", "uri", uri,
					      "region", "startLine",
					      line ? json_integer_value(line)
						   : (json_int_t)1));
	}
	return location;
}

/* A waiver is an alert that somebody has accepted. */
static json_t *suppressions_of(const json_t *finding)
{
	const json_t *waiver = json_object_get(finding, "waiver");
	CLEANUP(free_ptr) char *why = NULL;

	if (!json_is_object(waiver))
		return json_array();
	why = xasprintf("%s (until %s)", review_text(waiver, "reason"),
			review_text(waiver, "expires"));
	return json_pack("[{s:s, s:s, s:o}]", "kind", "external", "status",
			 "accepted", "justification", json_from_text(why));
}

static json_t *result_of(const json_t *review, const json_t *finding,
			 const json_t *index)
{
	const enum severity severity =
		severity_parse(review_text(finding, "severity"));
	const json_t *fix = json_object_get(finding, "fix");
	CLEANUP(free_ptr)
	char *text = xasprintf("%s: %s%s%s", review_text(finding, "address"),
			       review_text(finding, "message"),
			       *review_text(fix, "text") ? ". To do: " : "",
			       review_text(fix, "text"));
	json_t *result = json_pack(
		"{s:O, s:s, s:o, s:[o], s:{s:O}, s:o, s:{s:O, s:O, s:O, s:O}}",
		"ruleId", json_object_get(finding, "control"), "level",
		weights[severity].level, "message", message_of(text),
		"locations", location_of(review, finding),
		"partialFingerprints", "abackFinding/v1",
		json_object_get(finding, "id"), "suppressions",
		suppressions_of(finding), "properties", "evidence",
		json_object_get(finding, "evidence"), "expected",
		json_object_get(finding, "expected"), "fix", fix, "first_seen",
		json_object_get(finding, "first_seen"));

	json_object_set(
		result, "ruleIndex",
		json_object_get(index, review_text(finding, "control")));
	return result;
}

static json_t *make_results(const json_t *review, const json_t *index)
{
	json_t *results = json_array();
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		if (review_shows(review, finding))
			json_array_append_new(
				results, result_of(review, finding, index));
	}
	return results;
}

static json_t *make_notifications(const json_t *review)
{
	json_t *notifications = json_array();
	json_t *unread;
	size_t i;

	json_array_foreach(json_object_get(review, "unread"), i, unread) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

		review_unread_line(unread, &text);
		json_array_append_new(
			notifications,
			json_pack("{s:s, s:o, s:{s:s}}", "level", "error",
				  "message", message_of(text.buf), "descriptor",
				  "id", "not-read"));
	}
	return notifications;
}

void render_review_sarif(const json_t *review,
			 const struct render_style *style UNUSED,
			 struct strbuf *out)
{
	const char *tool = review_text(review, "tool");
	const char *version = strchr(tool, ' ');
	CLEANUP(json_release) json_t *index = json_object();
	json_t *rules = make_rules(review, index);
	CLEANUP(json_release)
	json_t *sarif = json_pack(
		"{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:[{s:b, s:O, s:O, "
		"s:o}], s:o, s:{s:O}, s:s}]}",
		"$schema", SARIF_SCHEMA, "version", "2.1.0", "runs", "tool",
		"driver", "name", "aback", "semanticVersion",
		version ? version + 1 : "0.0.0", "rules", rules, "invocations",
		"executionSuccessful",
		json_is_true(json_object_get(review, "complete")),
		"startTimeUtc", json_object_get(review, "started_at"),
		"endTimeUtc", json_object_get(review, "finished_at"),
		"toolExecutionNotifications", make_notifications(review),
		"results", make_results(review, index), "automationDetails",
		"id", json_object_get(review, "id"), "columnKind",
		"utf16CodeUnits");

	json_canonical(sarif, out);
}
