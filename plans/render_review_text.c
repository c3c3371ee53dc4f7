/*
 * A review for a terminal: the worst first, what is alike together, and last
 * what nobody could see and what was waived.
 */
#include <stdint.h>
#include <string.h>

#include "core/limits.h"
#include "plans/render_review.h"
#include "plans/review.h"

/* ---- head ------------------------------------------------------------- */

static void add_targets(struct page *page, const json_t *review)
{
	const json_t *targets = json_object_get(review, "targets");
	size_t i;
	json_t *target;

	json_array_foreach(targets, i, target) {
		if (i == PART_LISTED_MOST) {
			page_line(page, 2, 4, PAGE_DIM, "and %zu more",
				  json_array_size(targets) - i);
			return;
		}
		page_line(page, 2, 4, PAGE_DIM, "%s: %s/%s",
			  review_text(target, "name"),
			  review_text(target, "account_id"),
			  review_text(target, "region"));
	}
}

static void add_since(struct page *page, const json_t *review)
{
	const json_t *previous = json_object_get(review, "previous");

	if (json_is_object(previous))
		page_line(page, 0, 2, NULL,
			  "Since the review of %s: %zu new, %zu fixed.",
			  review_text(previous, "finished_at"),
			  review_count(previous, "new"),
			  review_count(previous, "fixed"));
}

/* Only where a recorded review is shown. */
static void add_sign_off(struct page *page, const json_t *review)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	review_sign_off_line(review, &text);
	if (text.len)
		page_line(page, 0, 2, NULL, "Signed off %s.", text.buf);
}

static void add_head(struct page *page, const json_t *review)
{
	const json_t *summary = json_object_get(review, "summary");
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	review_headline(review, &text);
	page_line(page, 0, 2, PAGE_BOLD, "aback review: %s", text.buf);
	page_line(page, 2, 4, PAGE_DIM, "%s, by %s",
		  review_text(review, "finished_at"),
		  json_text(review, "created_by")
			  ? review_text(review, "created_by")
			  : "nobody known");
	add_targets(page, review);
	page_line(page, 0, 2, NULL,
		  "%zu resources, %zu controls: %zu checks passed, %zu do not "
		  "apply.",
		  review_count(summary, "resources"),
		  review_count(summary, "controls"),
		  review_count(summary, "passed"),
		  review_count(summary, "not_applicable"));
	add_since(page, review);
	add_sign_off(page, review);
}

/* ---- findings --------------------------------------------------------- */

static const char *color_of(const char *severity)
{
	switch (severity_parse(severity)) {
	case SEVERITY_CRITICAL:
	case SEVERITY_HIGH:
		return PAGE_RED;
	case SEVERITY_MEDIUM:
		return PAGE_YELLOW;
	case SEVERITY_LOW:
	case SEVERITY_INFO:
	case SEVERITY_COUNT:
		break;
	}
	return PAGE_DIM;
}

static bool is_alike(const json_t *a, const json_t *b)
{
	return a &&
	       !strcmp(review_text(a, "control"), review_text(b, "control"));
}

static bool is_listed(const json_t *review, const json_t *finding,
		      const char *status)
{
	return review_shows(review, finding) &&
	       !strcmp(review_text(finding, "status"), status);
}

/* "CIS-Aurora-2.0.0 2.11, FSBP RDS.7": the first few. */
static void add_references(const json_t *control, struct strbuf *out)
{
	size_t i;
	json_t *reference;

	json_array_foreach(json_object_get(control, "references"), i,
			   reference) {
		if (i == 4)
			break;
		strbuf_addf(out, "%s%s %s", i ? ", " : " (",
			    review_text(reference, "benchmark"),
			    review_text(reference, "number"));
	}
	if (i)
		strbuf_addc(out, ')');
}

static void add_control(struct page *page, const json_t *review,
			const json_t *finding)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	const json_t *control =
		review_control(review, review_text(finding, "control"));

	add_references(control, &text);
	page_blank(page);
	page_line(page, 0, 2, color_of(review_text(finding, "severity")),
		  "%s  %s", review_text(finding, "severity"),
		  review_text(finding, "control"));
	page_line(page, 2, 4, PAGE_DIM, "wanted: %s%s",
		  review_text(finding, "title"), text.buf);
}

static void add_fix(struct page *page, const json_t *finding)
{
	const json_t *fix = json_object_get(finding, "fix");
	const json_t *value = json_object_get(fix, "value");
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	size_t i;
	json_t *line;

	if (json_text(fix, "setting") && !json_is_null(value)) {
		strbuf_addf(&text, " (%s: ", review_text(fix, "setting"));
		json_compact(value, &text);
		strbuf_adds(&text, ")");
	}
	page_line(page, 2, 4, NULL, "%s: %s%s", review_fix_word(fix),
		  review_text(fix, "text"), text.buf);
	json_array_foreach(json_object_get(fix, "procedure"), i, line)
		page_line(page, 4, 7, NULL, "%zu. %s", i + 1,
			  json_string_value(line));
}

/* What is to be done is said once, of whatever resource. */
static void note_fix(json_t *fixes, const json_t *finding)
{
	const json_t *fix = json_object_get(finding, "fix");
	static const char *const keys[] = { "text", "setting", "value" };
	size_t i;
	json_t *other;

	json_array_foreach(fixes, i, other) {
		const json_t *before = json_object_get(other, "fix");
		bool same = true;

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			same &= json_equal(json_object_get(before, keys[k]),
					   json_object_get(fix, keys[k]));
		if (same)
			return;
	}
	(void)json_array_append(fixes, (json_t *)(uintptr_t)finding);
}

static void add_fixes(struct page *page, const json_t *fixes)
{
	size_t i;
	json_t *finding;

	json_array_foreach(fixes, i, finding)
		add_fix(page, finding);
}

static void add_finding(struct page *page, const json_t *finding)
{
	const json_t *rule = json_object_get(finding, "rule");
	const json_t *expired = json_object_get(finding, "expired_waiver");

	const char *message = review_text(finding, "message");
	const char *member = json_text(finding, "member");
	/* many a message names it already */
	const bool named = !member || strstr(message, member);

	page_line(page, 2, 4, NULL, "%s %s%s%s: %s",
		  review_text(finding, "target"),
		  review_text(finding, "address"), named ? "" : " ",
		  named ? "" : member, message);
	if (json_is_object(rule))
		page_line(page, 4, 6, PAGE_DIM,
			  "the rule '%s', line %lld, names this setting",
			  review_text(rule, "name"),
			  (long long)json_integer_value(
				  json_object_get(rule, "line")));
	if (json_is_object(expired))
		page_line(page, 4, 6, PAGE_YELLOW,
			  "its waiver expired on %s: %s",
			  review_text(expired, "expires"),
			  review_text(expired, "reason"));
}

/* How many from here on are of the same control. */
static size_t count_alike(const json_t *review, const json_t *findings,
			  size_t from)
{
	const json_t *first = json_array_get(findings, from);
	size_t count = 0;

	for (size_t i = from; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);

		count += is_alike(first, finding) &&
			 is_listed(review, finding, "failed");
	}
	return count;
}

static void add_group(struct page *page, const json_t *review,
		      const json_t *findings, size_t from)
{
	const json_t *first = json_array_get(findings, from);
	size_t count = count_alike(review, findings, from);
	CLEANUP(json_release) json_t *fixes = json_array();
	size_t shown = 0;

	add_control(page, review, first);
	for (size_t i = from;
	     i < json_array_size(findings) && shown < PART_LISTED_MOST; i++) {
		const json_t *finding = json_array_get(findings, i);

		if (!is_alike(first, finding) ||
		    !is_listed(review, finding, "failed"))
			continue;
		add_finding(page, finding);
		note_fix(fixes, finding);
		shown++;
	}
	if (count > shown)
		page_line(page, 2, 4, PAGE_DIM,
			  "and %zu more, which --format json has",
			  count - shown);
	add_fixes(page, fixes);
}

static void add_findings(struct page *page, const json_t *review)
{
	const json_t *findings = json_object_get(review, "findings");
	CLEANUP(json_release) json_t *told = json_object();
	size_t below = 0, i;
	json_t *finding;

	json_array_foreach(findings, i, finding) {
		const char *control = review_text(finding, "control");

		below += !review_shows(review, finding) &&
			 !strcmp(review_text(finding, "status"), "failed");
		if (!is_listed(review, finding, "failed") ||
		    json_object_get(told, control))
			continue;
		(void)json_object_set_new(told, control, json_true());
		add_group(page, review, findings, i);
	}
	if (!below)
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_DIM,
		  "%zu below --severity %s are not shown.", below,
		  review_text(review, "severity"));
}

/* ---- what else there is to know --------------------------------------- */

static void add_unread(struct page *page, const json_t *review)
{
	size_t i;
	json_t *entry;

	if (!json_array_size(json_object_get(review, "unread")))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_RED,
		  "could not be read, so that nobody knows whether it is as it "
		  "should be:");
	json_array_foreach(json_object_get(review, "unread"), i, entry) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

		review_unread_line(entry, &text);
		strbuf_adds(&text, " (");
		part_count(json_array_size(json_object_get(entry, "controls")),
			   "control", "controls", &text);
		page_line(page, 2, 4, NULL, "%s)", text.buf);
	}
}

static void add_waived(struct page *page, const json_t *review)
{
	const json_t *findings = json_object_get(review, "findings");
	bool any = false;
	size_t i;
	json_t *finding;

	json_array_foreach(findings, i, finding) {
		const json_t *waiver = json_object_get(finding, "waiver");

		if (!is_listed(review, finding, "waived"))
			continue;
		if (!any) {
			page_blank(page);
			page_line(page, 0, 2, PAGE_YELLOW, "waived:");
		}
		any = true;
		page_line(page, 2, 4, NULL, "%s %s %s: %s, until %s",
			  review_text(finding, "target"),
			  review_text(finding, "address"),
			  review_text(finding, "control"),
			  review_text(waiver, "reason"),
			  review_text(waiver, "expires"));
	}
}

void render_review_text(const json_t *review, const struct render_style *style,
			struct strbuf *out)
{
	struct page page = { style, out };

	add_head(&page, review);
	if (style->brief)
		return;
	add_findings(&page, review);
	add_unread(&page, review);
	add_waived(&page, review);
	page_events(&page, json_object_get(review, "events"));
}
