/* The findings of a review by control, each a click from its evidence. */
#include "plans/render_review_html.h"

#include <string.h>

#include "core/mem.h"
#include "plans/render_html.h"

/* ---- evidence --------------------------------------------------------- */

/* Of what it was read, when, and by which request. */
static void add_reading(const json_t *piece, struct strbuf *out)
{
	if (json_text(piece, "address"))
		html_textf(out, " of %s", review_text(piece, "address"));
	if (json_text(piece, "read_at")) {
		strbuf_adds(out, " at ");
		html_time(out, review_text(piece, "read_at"));
	}
	if (json_text(piece, "request_id")) {
		strbuf_adds(out, ", request ");
		html_code(out, review_text(piece, "request_id"));
	}
}

/* Of many that are alike the where and when stand in their own rows. */
static void add_evidence(const json_t *evidence, bool alike, struct strbuf *out)
{
	json_t *piece;
	size_t i;

	json_array_foreach(evidence, i, piece) {
		html_fact(out, "evidence");
		html_code(out, review_text(piece, "element"));
		strbuf_adds(out, " is ");
		html_value(out, json_object_get(piece, "value"), NULL);
		html_textf(out, ", read by %s", review_text(piece, "call"));
		if (!alike)
			add_reading(piece, out);
		html_fact_end(out);
	}
}

static void add_procedure(const json_t *procedure, struct strbuf *out)
{
	json_t *line;
	size_t i;

	if (!json_array_size(procedure))
		return;
	strbuf_adds(out, "<ol>");
	json_array_foreach(procedure, i, line) {
		strbuf_adds(out, "<li>");
		html_text(out, json_string_value(line));
		strbuf_adds(out, "</li>");
	}
	strbuf_adds(out, "</ol>");
}

static void add_fix(const json_t *fix, struct strbuf *out)
{
	const json_t *value = json_object_get(fix, "value");

	if (!json_is_object(fix))
		return;
	html_fact(out, review_fix_word(fix));
	html_text(out, review_text(fix, "text"));
	if (json_text(fix, "setting") && value && !json_is_null(value)) {
		strbuf_adds(out, " (");
		html_codef(out, "%s: ", review_text(fix, "setting"));
		html_value(out, value, NULL);
		strbuf_addc(out, ')');
	}
	add_procedure(json_object_get(fix, "procedure"), out);
	html_fact_end(out);
}

static void add_rule(const json_t *rule, struct strbuf *out)
{
	if (!json_is_object(rule))
		return;
	html_fact(out, "rule");
	html_textf(
		out, "%s, line %lld", review_text(rule, "name"),
		(long long)json_integer_value(json_object_get(rule, "line")));
	html_fact_end(out);
}

static void add_waiver(const char *name, const json_t *waiver,
		       struct strbuf *out)
{
	if (!json_is_object(waiver))
		return;
	html_fact(out, name);
	html_time(out, review_text(waiver, "expires"));
	html_textf(out, ": %s", review_text(waiver, "reason"));
	html_fact_end(out);
}

/* What all findings say that are alike; or the whole of one. */
static void add_details(const json_t *finding, bool alike, struct strbuf *out)
{
	html_facts_begin(out);
	add_evidence(json_object_get(finding, "evidence"), alike, out);
	html_fact_code(out, "should be", json_text(finding, "expected"));
	add_fix(json_object_get(finding, "fix"), out);
	add_rule(json_object_get(finding, "rule"), out);
	add_waiver("waived until", json_object_get(finding, "waiver"), out);
	add_waiver("waiver expired", json_object_get(finding, "expired_waiver"),
		   out);
	if (!alike) {
		html_fact(out, "seen first");
		html_time(out, review_text(finding, "first_seen"));
		html_fact_end(out);
		html_fact_code(out, "arn", json_text(finding, "arn"));
		html_fact_code(out, "finding", json_text(finding, "id"));
	}
	html_facts_end(out);
}

static void add_name(const json_t *finding, struct strbuf *out)
{
	html_codef(out, "%s %s%s%s", review_text(finding, "target"),
		   review_text(finding, "address"),
		   json_text(finding, "member") ? " " : "",
		   review_text(finding, "member"));
}

/* Its line is always there; a link to its evidence opens it. */
static void add_finding(const json_t *finding, struct strbuf *out)
{
	CLEANUP(free_ptr)
	char *anchor = html_anchor(ANCHOR_EVIDENCE, review_text(finding, "id"));

	strbuf_adds(out, "<details><summary>");
	add_name(finding, out);
	strbuf_addc(out, ' ');
	html_text(out, review_text(finding, "message"));
	if (json_is_object(json_object_get(finding, "expired_waiver"))) {
		strbuf_addc(out, ' ');
		html_badge(out, HTML_WARN, "waiver expired");
	}
	strbuf_addf(out, "</summary>\n<div id=\"%s\">", anchor);
	add_details(finding, false, out);
	strbuf_adds(out, "</div></details>\n");
}

/* ---- many that are alike ---------------------------------------------- */

/* The array without such members of its objects. New reference. */
static json_t *without(const json_t *objects, const char *const *members)
{
	json_t *rest = json_deep_copy(objects);
	json_t *object;
	size_t i;

	json_array_foreach(rest, i, object) {
		for (size_t m = 0; members[m]; m++)
			(void)json_object_del(object, members[m]);
	}
	return rest;
}

/*
 * How the evidence was read: [{"read_at", "request_id", and "address" where it
 * is not the finding's own}]. New reference.
 */
static json_t *readings_of(const json_t *finding)
{
	static const char *const keys[] = { "read_at", "request_id",
					    "address" };
	json_t *readings = json_array();
	json_t *piece;
	size_t i;

	json_array_foreach(json_object_get(finding, "evidence"), i, piece) {
		json_t *reading = json_object();

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			json_t *value = json_object_get(piece, keys[k]);

			if (value &&
			    !(k == 2 &&
			      json_equal(value,
					 json_object_get(finding, keys[k]))))
				(void)json_object_set(reading, keys[k], value);
		}
		(void)json_array_append_new(readings, reading);
	}
	return readings;
}

/*
 * What two findings have in common that differ only in their resource, and
 * beside it under "of" the finding and under "read" how it was seen.
 */
static json_t *likeness_of(json_t *finding)
{
	static const char *const own[] = { "address", "read_at", "request_id",
					   NULL };
	CLEANUP(json_release)
	json_t *fixes =
		json_pack("[O]", json_object_get(finding, "fix")
					 ? json_object_get(finding, "fix")
					 : finding);
	CLEANUP(json_release) json_t *fix = without(fixes, own);
	json_t *likeness = json_copy(finding);

	(void)json_object_set_new(
		likeness, "evidence",
		without(json_object_get(finding, "evidence"), own));
	(void)json_object_set(likeness, "fix", fix);
	(void)json_object_set(likeness, "of", finding);
	(void)json_object_set_new(likeness, "read", readings_of(finding));
	return likeness;
}

/* What was read by one call: when, by which request, and whose findings. */
static void add_row(struct html_table *table, const struct part_group *group)
{
	const json_t *first = group->items[0];
	struct strbuf *out = table->out;
	json_t *piece;
	size_t i;

	html_row(table);
	html_cell(table);
	json_array_foreach(json_object_get(first, "read"), i, piece) {
		strbuf_adds(out, i ? "<br>" : "");
		html_text(out, review_text(piece, "read_at"));
		strbuf_addc(out, ' ');
		html_code(out, review_text(piece, "request_id"));
		if (json_text(piece, "address"))
			html_textf(out, " of %s",
				   review_text(piece, "address"));
	}
	html_cell(table);
	html_time(out, review_text(first, "first_seen"));
	html_cell(table);
	for (i = 0; i < group->len; i++) {
		const json_t *finding = json_object_get(group->items[i], "of");
		CLEANUP(free_ptr)
		char *anchor = html_anchor(ANCHOR_EVIDENCE,
					   review_text(finding, "id"));

		strbuf_addf(out, "%s<span id=\"%s\">", i ? ", " : "", anchor);
		add_name(finding, out);
		strbuf_adds(out, "</span>");
	}
	html_row_end(table);
}

/* What they say once, and a row for each call that read some of them. */
static void add_alike(const struct part_group *group, struct strbuf *out)
{
	static const char *const columns[] = { "read, request", "seen first",
					       "resources", NULL };
	static const char *const keys[] = { "read", "first_seen", NULL };
	const json_t *first = json_object_get(group->items[0], "of");
	CLEANUP(json_release) json_t *likenesses = json_array();
	CLEANUP(part_groups_release) struct part_groups calls = { 0 };
	struct html_table table;

	for (size_t i = 0; i < group->len; i++)
		(void)json_array_append(likenesses,
					(json_t *)(uintptr_t)group->items[i]);
	part_group_entries(likenesses, keys, &calls);
	html_details_begin(out, NULL, "%zu × %s", group->len,
			   review_text(first, "message"));
	add_details(first, true, out);
	html_table_begin(&table, out, review_text(first, "message"), columns);
	for (size_t i = 0; i < calls.len; i++)
		add_row(&table, &calls.items[i]);
	html_table_end(&table);
	html_details_end(out);
}

static void add_many(const json_t *findings, struct strbuf *out)
{
	static const char *const keys[] = { "message",        "evidence",
					    "expected",       "fix",
					    "rule",           "waiver",
					    "expired_waiver", NULL };
	CLEANUP(json_release) json_t *likenesses = json_array();
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
		(void)json_array_append_new(likenesses, likeness_of(finding));
	part_group_entries(likenesses, keys, &groups);
	for (i = 0; i < groups.len; i++) {
		if (groups.items[i].len > 1)
			add_alike(&groups.items[i], out);
		else
			add_finding(
				json_object_get(groups.items[i].items[0], "of"),
				out);
	}
}

/* ---- by control ------------------------------------------------------- */

static void add_control(const json_t *review, const json_t *findings,
			bool anchored, struct strbuf *out)
{
	const json_t *first = json_array_get(findings, 0);
	const char *id = review_text(first, "control");
	const json_t *control = review_control(review, id);
	CLEANUP(free_ptr) char *anchor = html_anchor(ANCHOR_FINDINGS, id);
	json_t *finding;
	size_t i;

	html_heading(out, 3, anchored ? anchor : NULL, "%s: %zu",
		     review_text(first, "title"), json_array_size(findings));
	strbuf_adds(out, "<p>");
	html_severity(out, review_text(first, "severity"));
	strbuf_addc(out, ' ');
	html_link(out, ANCHOR_CONTROL, id);
	html_text(out, id);
	strbuf_adds(out, "</a> ");
	html_text(out, review_text(control, "why"));
	strbuf_adds(out, "</p>\n");
	if (json_array_size(findings) >= PART_GROUPED_FROM) {
		add_many(findings, out);
		return;
	}
	json_array_foreach(findings, i, finding)
		add_finding(finding, out);
}

/* {control: its findings}, in their order: the worst first. New reference. */
static json_t *by_control(const json_t *review, const char *status)
{
	json_t *all = json_object();
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		const char *control = review_text(finding, "control");

		if (!review_shows(review, finding) ||
		    !review_is(finding, "status", status))
			continue;
		if (!json_object_get(all, control))
			(void)json_object_set_new(all, control, json_array());
		(void)json_array_append(json_object_get(all, control), finding);
	}
	return all;
}

void html_review_findings(const json_t *review, const char *status,
			  struct strbuf *out)
{
	CLEANUP(json_release) json_t *groups = by_control(review, status);
	const bool anchored = !strcmp(status, "failed");
	const char *control;
	json_t *findings;

	/* jansson keeps the order in which they were put in */
	json_object_foreach(groups, control, findings)
		add_control(review, findings, anchored, out);
}
