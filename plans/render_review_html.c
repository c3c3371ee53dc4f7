/*
 * A review as a page: what came out, then where it is bad, then each finding
 * with its evidence, and last what is there to know around it.
 */
#include "plans/render_review_html.h"

#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_html.h"

/* ---- shared ----------------------------------------------------------- */

/* How bad a severity looks. */
static enum html_tone tone_of(const char *severity)
{
	switch (severity_parse(severity)) {
	case SEVERITY_CRITICAL:
	case SEVERITY_HIGH:
		return HTML_BAD;
	case SEVERITY_MEDIUM:
	case SEVERITY_LOW:
		return HTML_WARN;
	case SEVERITY_INFO:
	case SEVERITY_COUNT:
		break;
	}
	return HTML_PLAIN;
}

void html_severity(struct strbuf *out, const char *severity)
{
	html_badge(out, tone_of(severity), severity);
}

void html_time(struct strbuf *out, const char *when)
{
	strbuf_adds(out, "<time");
	html_attribute(out, "datetime", when);
	strbuf_addc(out, '>');
	html_text(out, when);
	strbuf_adds(out, "</time>");
}

/* Letters, digits, '-', '_' and '.' of an id; the rest would end a link. */
char *html_anchor(const char *of, const char *id)
{
	char *anchor = xasprintf("%s%s", of, id);

	for (char *p = anchor; *p; p++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
			    "YZ0123456789-_.",
			    *p))
			*p = '_';
	}
	return anchor;
}

void html_link(struct strbuf *out, const char *of, const char *id)
{
	CLEANUP(free_ptr) char *anchor = html_anchor(of, id);

	strbuf_addf(out, "<a href=\"#%s\">", anchor);
}

/* How many of them are shown. */
static size_t count_shown(const json_t *review, const char *status)
{
	size_t count = 0;
	size_t i;
	json_t *finding;

	json_array_foreach(json_object_get(review, "findings"), i, finding)
		count += review_shows(review, finding) &&
			 review_is(finding, "status", status);
	return count;
}

json_t *html_review_linked(const json_t *review)
{
	json_t *linked = json_object();
	size_t i;
	json_t *finding;

	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		if (review_is(finding, "status", "failed") &&
		    review_shows(review, finding))
			(void)json_object_set_new(
				linked, review_text(finding, "control"),
				json_true());
	}
	return linked;
}

/* ---- head ------------------------------------------------------------- */

static void add_severities(const json_t *counts, struct strbuf *out)
{
	bool any = false;

	html_fact(out, "findings");
	for (enum severity s = SEVERITY_COUNT; s-- > 0;) {
		const char *name = severity_name(s);
		CLEANUP(free_ptr)
		char *text =
			xasprintf("%zu %s", review_count(counts, name), name);

		if (!review_count(counts, name))
			continue;
		html_badge(out, tone_of(name), text);
		strbuf_addc(out, ' ');
		any = true;
	}
	if (!any)
		html_badge(out, HTML_GOOD, "none");
	html_fact_end(out);
}

static void add_since(const json_t *previous, struct strbuf *out)
{
	if (!json_is_object(previous))
		return;
	html_fact(out, "since the last one");
	strbuf_addf(out, "%zu new, %zu fixed since ",
		    review_count(previous, "new"),
		    review_count(previous, "fixed"));
	html_time(out, review_text(previous, "finished_at"));
	html_fact_end(out);
}

static void add_targets(const json_t *targets, struct strbuf *out)
{
	CLEANUP(json_release) json_t *names = json_array();
	json_t *target;
	size_t i;

	json_array_foreach(targets, i, target) {
		CLEANUP(free_ptr)
		char *name = xasprintf("%s: %s/%s", review_text(target, "name"),
				       review_text(target, "account_id"),
				       review_text(target, "region"));

		(void)json_array_append_new(names, json_from_text(name));
	}
	html_fact(out, "targets");
	html_names(out, names);
	html_fact_end(out);
}

static void add_counts(const json_t *summary, struct strbuf *out)
{
	html_fact(out, "checks");
	strbuf_addf(out,
		    "%zu resources by %zu controls: %zu passed, %zu failed, "
		    "%zu waived, %zu do not apply",
		    review_count(summary, "resources"),
		    review_count(summary, "controls"),
		    review_count(summary, "passed"),
		    review_count(summary, "failed"),
		    review_count(summary, "waived"),
		    review_count(summary, "not_applicable"));
	html_fact_end(out);
}

static void add_completeness(const json_t *review, struct strbuf *out)
{
	const size_t unread =
		json_array_size(json_object_get(review, "unread"));
	CLEANUP(free_ptr)
	char *text = xasprintf("%zu could not be read", unread);

	html_fact(out, "complete");
	if (unread)
		html_badge(out, HTML_BAD, text);
	else
		html_badge(out, HTML_GOOD, "everything was read");
	html_fact_end(out);
}

static void add_head(const json_t *review, struct strbuf *out)
{
	const json_t *summary = json_object_get(review, "summary");
	const json_t *desired = json_object_get(review, "desired");
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_adds(&line, "aback review: ");
	review_headline(review, &line);
	html_begin(out, line.buf);
	html_heading(out, 1, NULL, "%s", line.buf);
	html_facts_begin(out);
	add_severities(json_object_get(summary, "by_severity"), out);
	add_completeness(review, out);
	add_since(json_object_get(review, "previous"), out);
	add_counts(summary, out);
	add_targets(json_object_get(review, "targets"), out);
	html_fact(out, "finished");
	html_time(out, review_text(review, "finished_at"));
	html_fact_end(out);
	html_fact_code(out, "by", json_text(review, "created_by"));
	html_fact_code(out, "desired state", json_text(desired, "path"));
	html_fact_code(out, "review", json_text(review, "id"));
	html_fact_code(out, "tool", json_text(review, "tool"));
	html_facts_end(out);
}

/* ---- what could not be read ------------------------------------------- */

static void add_unread_row(struct html_table *table, const json_t *entry)
{
	const json_t *controls = json_object_get(entry, "controls");
	struct strbuf *out = table->out;
	json_t *control;
	size_t i;

	html_row(table);
	html_cell_text(table, json_text(entry, "what"));
	html_cell(table);
	html_codef(out, "%s%s%s", review_text(entry, "target"),
		   json_text(entry, "address") ? " " : "",
		   review_text(entry, "address"));
	html_cell_code(table, json_text(entry, "call"));
	html_cell(table);
	html_textf(out, "%s: %s", review_text(entry, "code"),
		   review_text(entry, "message"));
	html_cell_code(table, json_text(entry, "request_id"));
	html_cell(table);
	json_array_foreach(controls, i, control) {
		strbuf_adds(out, i ? ", " : "");
		html_link(out, ANCHOR_CONTROL, json_string_value(control));
		html_text(out, json_string_value(control));
		strbuf_adds(out, "</a>");
	}
	html_row_end(table);
}

static void add_unread(const json_t *review, struct strbuf *out)
{
	static const char *const columns[] = { "what",   "where",   "call",
					       "answer", "request", "controls",
					       NULL };
	const json_t *unread = json_object_get(review, "unread");
	struct html_table table;
	json_t *entry;
	size_t i;

	html_heading(out, 2, "unread", "Not read: %zu",
		     json_array_size(unread));
	if (!json_array_size(unread)) {
		strbuf_adds(out,
			    "<p>Everything that the controls look at could "
			    "be read.</p>\n");
		return;
	}
	strbuf_adds(out, "<p>Nobody knows whether these are as they should be: "
			 "none of them counts as passed.</p>\n");
	html_table_begin(&table, out, "What could not be read", columns);
	json_array_foreach(unread, i, entry)
		add_unread_row(&table, entry);
	html_table_end(&table);
}

#define DAY_S ((int64_t)24 * 60 * 60)

/* ---- waivers ---------------------------------------------------------- */

/* "68 days after this review"; nothing for a date that cannot be read. */
static void add_left(const json_t *review, const char *expires,
		     struct strbuf *out)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t end, now;
	int64_t days;

	if (clock_parse(expires, &end, &err) ||
	    clock_parse(review_text(review, "finished_at"), &now, &err))
		return;
	days = (end - now) / DAY_S;
	strbuf_addf(out, ", %lld day%s after this review", (long long)days,
		    days == 1 ? "" : "s");
}

static void add_waived_row(struct html_table *table, const json_t *review,
			   const json_t *finding)
{
	const json_t *waiver = json_object_get(finding, "waiver");
	struct strbuf *out = table->out;

	html_row(table);
	html_cell(table);
	html_link(out, ANCHOR_EVIDENCE, review_text(finding, "id"));
	html_codef(out, "%s %s", review_text(finding, "target"),
		   review_text(finding, "address"));
	strbuf_adds(out, "</a>");
	html_cell_text(table, json_text(finding, "control"));
	html_cell(table);
	html_severity(out, review_text(finding, "severity"));
	html_cell_text(table, json_text(waiver, "reason"));
	html_cell(table);
	html_time(out, review_text(waiver, "expires"));
	add_left(review, review_text(waiver, "expires"), out);
	html_row_end(table);
}

static void add_waived(const json_t *review, struct strbuf *out)
{
	static const char *const columns[] = { "what",   "control", "severity",
					       "reason", "until",   NULL };
	const json_t *findings = json_object_get(review, "findings");
	struct html_table table;
	json_t *finding;
	size_t i;

	html_heading(out, 2, "waived", "Waived: %zu",
		     count_shown(review, "waived"));
	if (!count_shown(review, "waived")) {
		strbuf_adds(out, "<p>No finding is waived.</p>\n");
		return;
	}
	html_table_begin(&table, out, "Findings that a waiver accepts",
			 columns);
	json_array_foreach(findings, i, finding) {
		if (review_shows(review, finding) &&
		    review_is(finding, "status", "waived"))
			add_waived_row(&table, review, finding);
	}
	html_table_end(&table);
	html_review_findings(review, "waived", out);
}

/* ---- sign-off --------------------------------------------------------- */

static void add_sign_off(const json_t *review, struct strbuf *out)
{
	const json_t *signoff = json_object_get(review, "signoff");

	html_heading(out, 2, "sign-off", "Sign-off");
	if (!json_is_object(signoff)) {
		strbuf_adds(out, "<p>Nobody had signed it off when this page "
				 "was made. Where it is recorded:</p>\n<pre>");
		html_textf(out, "aback review --sign-off --by NAME %s",
			   review_text(review, "id"));
		strbuf_adds(out, "</pre>\n");
		return;
	}
	html_facts_begin(out);
	html_fact_text(out, "by", json_text(signoff, "by"));
	html_fact(out, "at");
	html_time(out, review_text(signoff, "at"));
	html_fact_end(out);
	html_fact_text(out, "note", json_text(signoff, "note"));
	html_fact_code(out, "as", json_text(signoff, "caller"));
	html_fact_code(out, "on", json_text(signoff, "host"));
	html_facts_end(out);
}

/* ---- the page --------------------------------------------------------- */

static void add_contents(struct strbuf *out)
{
	static const char *const parts[][2] = {
		{ "map", "Clusters by controls" },
		{ "findings", "Findings" },
		{ "unread", "Not read" },
		{ "waived", "Waived" },
		{ "trend", "Trend" },
		{ "timeline", "What was changed" },
		{ "controls", "Controls" },
		{ "sign-off", "Sign-off" },
	};

	strbuf_adds(out, "<nav aria-label=\"Contents\"><ul>");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		strbuf_addf(out, "<li><a href=\"#%s\">%s</a></li>", parts[i][0],
			    parts[i][1]);
	strbuf_adds(out, "</ul></nav>\n");
}

static void add_failed(const json_t *review, struct strbuf *out)
{
	const size_t shown = count_shown(review, "failed");
	const size_t all =
		review_count(json_object_get(review, "summary"), "failed");

	html_heading(out, 2, "findings", "Findings: %zu", shown);
	strbuf_adds(out, "<p>");
	if (all > shown)
		html_textf(out, "%zu below --severity %s are not shown.",
			   all - shown, review_text(review, "severity"));
	else
		strbuf_adds(out, shown ? "Each opens to its evidence."
				       : "Nothing was found.");
	strbuf_adds(out, "</p>\n");
	html_review_findings(review, "failed", out);
}

void render_review_html(const json_t *review,
			const struct render_style *style UNUSED,
			struct strbuf *out)
{
	add_head(review, out);
	add_contents(out);
	html_review_map(review, out);
	add_failed(review, out);
	add_unread(review, out);
	add_waived(review, out);
	html_review_trend(review, out);
	html_review_timeline(review, out);
	html_review_controls(review, out);
	add_sign_off(review, out);
	html_end(out);
}
