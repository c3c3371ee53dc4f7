/*
 * A review as OCSF 1.3 Compliance Findings (class 2003), an array of events: a
 * finding each, and one of status Unknown for what could not be read, so that a
 * lake of findings does not take silence for health.
 */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "plans/render_review.h"
#include "plans/review.h"

#define OCSF_VERSION "1.3.0"
#define CATEGORY_FINDINGS 2
#define CLASS_COMPLIANCE_FINDING 2003
#define ACTIVITY_CREATE 1
#define ACTIVITY_UPDATE 2

/* severity_id, by our own severities */
static const struct {
	int id;
	const char *name;
} severities[] = {
	[SEVERITY_INFO] = { 1, "Informational" },
	[SEVERITY_LOW] = { 2, "Low" },
	[SEVERITY_MEDIUM] = { 3, "Medium" },
	[SEVERITY_HIGH] = { 4, "High" },
	[SEVERITY_CRITICAL] = { 5, "Critical" },
};

/* Milliseconds since 1970, as OCSF has times; 0 for what is no time. */
static json_int_t time_of(const json_t *object, const char *key)
{
	CLEANUP(error_release) struct error err = { 0 };
	int64_t when = 0;

	if (clock_parse(review_text(object, key), &when, &err))
		return 0;
	return (json_int_t)when * 1000;
}

static json_t *metadata_of(const json_t *review)
{
	const char *version = strchr(review_text(review, "tool"), ' ');

	return json_pack("{s:s, s:[s], s:{s:s, s:s, s:s}, s:O}", "version",
			 OCSF_VERSION, "profiles", "cloud", "product", "name",
			 "aback", "vendor_name", "aback", "version",
			 version ? version + 1 : "0", "correlation_uid",
			 json_object_get(review, "id"));
}

/* What every event has, whatever it is about. */
static json_t *event_of(const json_t *review, const json_t *subject,
			enum severity severity, int activity)
{
	return json_pack(
		"{s:i, s:i, s:i, s:i, s:s, s:i, s:s, s:I, s:o, s:{s:s, s:o, "
		"s:o}}",
		"category_uid", CATEGORY_FINDINGS, "class_uid",
		CLASS_COMPLIANCE_FINDING, "type_uid",
		CLASS_COMPLIANCE_FINDING * 100 + activity, "activity_id",
		activity, "activity_name",
		activity == ACTIVITY_CREATE ? "Create" : "Update",
		"severity_id", severities[severity].id, "severity",
		severities[severity].name, "time",
		time_of(review, "finished_at"), "metadata", metadata_of(review),
		"cloud", "provider", "AWS", "account",
		json_pack("{s:o, s:i, s:s}", "uid",
			  json_from_text(review_text(subject, "account_id")),
			  "type_id", 10, "type", "AWS Account"),
		"region", json_from_text(review_text(subject, "region")));
}

/* standards: the benchmarks; requirements: with their numbers. */
static json_t *compliance_of(const json_t *control, const char *id,
			     bool is_known)
{
	const json_t *references = json_object_get(control, "references");
	CLEANUP(json_release) json_t *standards = json_array();
	CLEANUP(json_release)
	json_t *requirements = review_references(control);
	json_t *reference;
	size_t i;

	json_array_foreach(references, i, reference)
		json_array_add_unique(standards,
				      review_text(reference, "benchmark"));
	return json_pack("{s:s, s:O, s:O, s:i, s:s}", "control", id,
			 "standards", standards, "requirements", requirements,
			 "status_id", is_known ? 3 : 0, "status",
			 is_known ? "Fail" : "Unknown");
}

static json_t *resource_of(const json_t *finding)
{
	json_t *uid = json_object_get(finding, "arn");
	const char *address = review_text(finding, "address");

	if (!json_is_string(uid))
		uid = json_object_get(finding, "resource_id");
	if (!json_is_string(uid))
		uid = json_object_get(finding, "address");
	return json_pack("[{s:O, s:o, s:o, s:o, s:{s:O}}]", "uid", uid, "name",
			 json_from_text(address), "type",
			 json_stringn(address, strcspn(address, "/")), "region",
			 json_from_text(review_text(finding, "region")), "data",
			 "evidence", json_object_get(finding, "evidence"));
}

static json_t *info_of(const json_t *review, const json_t *finding,
		       const json_t *control)
{
	return json_pack("{s:O, s:O, s:o, s:I, s:I, s:[s]}", "uid",
			 json_object_get(finding, "id"), "title",
			 json_object_get(finding, "title"), "desc",
			 json_from_text(review_text(control, "why")),
			 "first_seen_time", time_of(finding, "first_seen"),
			 "last_seen_time", time_of(review, "finished_at"),
			 "types", "Security control");
}

static void add_finding(const json_t *review, const json_t *finding,
			json_t *events)
{
	const json_t *control =
		review_control(review, review_text(finding, "control"));
	const json_t *fix = json_object_get(finding, "fix");
	const bool is_new = strcmp(review_text(finding, "first_seen"),
				   review_text(review, "started_at")) >= 0;
	const bool is_waived = review_is(finding, "status", "waived");
	json_t *event =
		event_of(review, finding,
			 severity_parse(review_text(finding, "severity")),
			 is_new ? ACTIVITY_CREATE : ACTIVITY_UPDATE);

	json_object_set(event, "message", json_object_get(finding, "message"));
	json_object_set_new(event, "status_id",
			    json_integer(is_waived ? 3 : 1));
	json_object_set_new(event, "status",
			    json_string(is_waived ? "Suppressed" : "New"));
	if (is_waived)
		json_object_set(
			event, "comment",
			json_object_get(json_object_get(finding, "waiver"),
					"reason"));
	json_object_set_new(event, "finding_info",
			    info_of(review, finding, control));
	json_object_set_new(
		event, "compliance",
		compliance_of(control, review_text(finding, "control"), true));
	json_object_set_new(event, "resources", resource_of(finding));
	json_object_set_new(
		event, "remediation",
		json_pack("{s:o}", "desc",
			  json_from_text(review_text(fix, "text"))));
	json_array_append_new(events, event);
}

/* The account and region of a target. Borrowed; NULL: there is no such. */
static const json_t *target_of(const json_t *review, const char *name)
{
	json_t *target;
	size_t i;

	json_array_foreach(json_object_get(review, "targets"), i, target) {
		if (review_is(target, "name", name))
			return target;
	}
	return NULL;
}

/* One for each control that could not be judged for want of it. */
static void add_unread(const json_t *review, const json_t *unread,
		       json_t *events)
{
	const json_t *target = target_of(review, review_text(unread, "target"));
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *id;
	size_t i;

	review_unread_line(unread, &why);
	json_array_foreach(json_object_get(unread, "controls"), i, id) {
		const json_t *control =
			review_control(review, json_string_value(id));
		json_t *event;

		if (!control || !review_shows(review, control))
			continue;
		event = event_of(
			review, target,
			severity_parse(review_text(control, "severity")),
			ACTIVITY_CREATE);
		json_object_set_new(event, "message", json_from_text(why.buf));
		json_object_set_new(
			event, "finding_info",
			json_pack("{s:o, s:O, s:o}", "uid",
				  json_sprintf("unread/%s/%s/%s",
					       review_text(unread, "target"),
					       review_text(control, "id"),
					       review_text(unread, "what")),
				  "title", json_object_get(control, "title"),
				  "desc", json_from_text(why.buf)));
		json_object_set_new(
			event, "compliance",
			compliance_of(control, json_string_value(id), false));
		json_array_append_new(events, event);
	}
}

void render_review_ocsf(const json_t *review,
			const struct render_style *style UNUSED,
			struct strbuf *out)
{
	CLEANUP(json_release) json_t *events = json_array();
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(review, "findings"), i, item) {
		if (review_shows(review, item))
			add_finding(review, item, events);
	}
	json_array_foreach(json_object_get(review, "unread"), i, item)
		add_unread(review, item, events);
	json_canonical(events, out);
}
