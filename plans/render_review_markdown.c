/*
 * A review for an issue or a pull request: a table by control first, each
 * finding with its evidence folded below. A page that would be too long for a
 * comment lists less, and says so.
 */
#include <string.h>

#include "core/limits.h"
#include "plans/render_review.h"
#include "plans/review.h"

/* How much of each list is shown. */
struct review_md {
	const json_t *review;
	struct strbuf *out;
	size_t most;
};

static const char *severity_mark(const char *severity)
{
	switch (severity_parse(severity)) {
	case SEVERITY_CRITICAL:
	case SEVERITY_HIGH:
		return ":red_circle: ";
	case SEVERITY_MEDIUM:
		return ":orange_circle: ";
	case SEVERITY_LOW:
	case SEVERITY_INFO:
	case SEVERITY_COUNT:
		break;
	}
	return "";
}

static void add_cut(const struct review_md *md, size_t total, const char *what)
{
	if (total > md->most)
		strbuf_addf(md->out, "\n… and %zu %s more\n", total - md->most,
			    what);
}

/* ---- head ------------------------------------------------------------- */

static void add_since(const struct review_md *md)
{
	const json_t *previous = json_object_get(md->review, "previous");

	if (!json_is_object(previous))
		return;
	strbuf_adds(md->out, "- **since the review of** ");
	md_text(md->out, review_text(previous, "finished_at"));
	strbuf_addf(md->out, ": %zu new, %zu fixed\n",
		    review_count(previous, "new"),
		    review_count(previous, "fixed"));
}

static void add_sign_off(const struct review_md *md)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	review_sign_off_line(md->review, &text);
	if (!text.len)
		return;
	strbuf_adds(md->out, "- **signed off** ");
	md_text(md->out, text.buf);
	strbuf_addc(md->out, '\n');
}

static void add_head(const struct review_md *md)
{
	const json_t *summary = json_object_get(md->review, "summary");

	strbuf_adds(md->out, "## aback review: ");
	review_headline(md->review, md->out);
	strbuf_addf(md->out,
		    "\n\n- **looked at**: %zu resources by %zu controls; %zu "
		    "checks passed, %zu do not apply\n",
		    review_count(summary, "resources"),
		    review_count(summary, "controls"),
		    review_count(summary, "passed"),
		    review_count(summary, "not_applicable"));
	add_since(md);
	add_sign_off(md);
	if (json_array_size(json_object_get(md->review, "unread")))
		strbuf_adds(md->out,
			    "- :warning: **not everything could be read**: "
			    "what is listed below as not read did not "
			    "pass\n");
	if (md->most != SIZE_MAX)
		strbuf_addf(md->out,
			    "- lists are cut after %zu entries, to fit a "
			    "comment; `--format json` has all of them\n",
			    md->most);
}

/* ---- findings --------------------------------------------------------- */

static bool is_listed(const json_t *review, const json_t *finding,
		      const char *status)
{
	return review_shows(review, finding) &&
	       review_is(finding, "status", status);
}

/* The failed ones of each control, by its id. New reference. */
static json_t *group(const json_t *review)
{
	json_t *groups = json_object();
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		const char *id = review_text(finding, "control");
		json_t *of = json_object_get(groups, id);

		if (!is_listed(review, finding, "failed"))
			continue;
		if (!of) {
			of = json_array();
			json_object_set_new(groups, id, of);
		}
		json_array_append(of, finding);
	}
	return groups;
}

static void add_references(const json_t *control, struct strbuf *out)
{
	CLEANUP(json_release) json_t *references = review_references(control);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	part_join(references, &text);
	md_text(out, text.buf);
}

static void add_summary(const struct review_md *md, const json_t *groups)
{
	const char *id;
	json_t *findings;

	if (!json_object_size(groups))
		return;
	strbuf_adds(md->out, "\n| severity | control | findings | to do |\n"
			     "| --- | --- | ---: | --- |\n");
	json_object_foreach((json_t *)groups, id, findings) {
		const json_t *first = json_array_get(findings, 0);
		const char *severity = review_text(first, "severity");

		strbuf_addf(md->out, "| %s%s | ", severity_mark(severity),
			    severity);
		md_text(md->out, review_text(first, "title"));
		strbuf_addf(md->out, " | %zu | %s |\n",
			    json_array_size(findings),
			    review_fix_word(json_object_get(first, "fix")));
	}
}

static void add_fix(const struct review_md *md, const json_t *finding)
{
	const json_t *fix = json_object_get(finding, "fix");
	const json_t *value = json_object_get(fix, "value");
	json_t *line;
	size_t i;

	strbuf_addf(md->out, "\n**%s**: ", review_fix_word(fix));
	md_text(md->out, review_text(fix, "text"));
	if (json_text(fix, "setting") && !json_is_null(value)) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

		json_compact(value, &text);
		strbuf_adds(md->out, " — ");
		md_code_of(md->out, "%s: %s", review_text(fix, "setting"),
			   text.buf);
	}
	strbuf_addc(md->out, '\n');
	json_array_foreach(json_object_get(fix, "procedure"), i, line) {
		strbuf_addf(md->out, "%s%zu. ", i ? "" : "\n", i + 1);
		md_text(md->out, json_string_value(line));
		strbuf_addc(md->out, '\n');
	}
}

static void add_evidence(const json_t *finding, struct strbuf *out)
{
	json_t *evidence;
	size_t i;

	json_array_foreach(json_object_get(finding, "evidence"), i, evidence) {
		CLEANUP(strbuf_release)
		struct strbuf value = STRBUF_INIT(LIMIT_RENDERED);

		part_value(json_object_get(evidence, "value"), NULL, &value);
		strbuf_adds(out, i ? "<br>" : "");
		md_code_of(out, "%s %s", review_text(evidence, "element"),
			   value.buf);
		strbuf_adds(out, " by ");
		md_code(out, review_text(evidence, "call"));
		strbuf_adds(out, " at ");
		md_text(out, review_text(evidence, "read_at"));
	}
}

static void add_finding(const struct review_md *md, const json_t *finding)
{
	const json_t *rule = json_object_get(finding, "rule");

	strbuf_adds(md->out, "| ");
	md_code_of(md->out, "%s %s%s%s", review_text(finding, "target"),
		   review_text(finding, "address"),
		   json_text(finding, "member") ? " " : "",
		   review_text(finding, "member"));
	strbuf_adds(md->out, " | ");
	md_text(md->out, review_text(finding, "message"));
	if (json_is_object(rule)) {
		strbuf_adds(md->out, "<br>rule ");
		md_code(md->out, review_text(rule, "name"));
		strbuf_addf(md->out, ", line %zu", review_count(rule, "line"));
	}
	strbuf_adds(md->out, " | ");
	add_evidence(finding, md->out);
	strbuf_adds(md->out, " | ");
	md_text(md->out, review_text(finding, "first_seen"));
	strbuf_adds(md->out, " |\n");
}

static void add_group(const struct review_md *md, const json_t *findings)
{
	const json_t *first = json_array_get(findings, 0);
	const char *id = review_text(first, "control");
	const json_t *control = review_control(md->review, id);

	strbuf_addf(md->out,
		    "\n<details><summary>%s: ", review_text(first, "severity"));
	md_text(md->out, review_text(first, "title"));
	strbuf_addf(md->out, " — %zu</summary>\n\n", json_array_size(findings));
	md_text(md->out, review_text(control, "why"));
	strbuf_adds(md->out, " (");
	md_code(md->out, id);
	strbuf_adds(md->out, "; ");
	add_references(control, md->out);
	strbuf_adds(md->out, ")\n");
	add_fix(md, first);
	strbuf_adds(md->out, "\n| what | finding | evidence | since |\n"
			     "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < json_array_size(findings) && i < md->most; i++)
		add_finding(md, json_array_get(findings, i));
	add_cut(md, json_array_size(findings), "findings");
	strbuf_adds(md->out, "\n</details>\n");
}

/* ---- what else there is to know --------------------------------------- */

static void add_unread(const struct review_md *md)
{
	const json_t *list = json_object_get(md->review, "unread");
	json_t *unread;
	size_t i;

	if (!json_array_size(list))
		return;
	strbuf_addf(md->out,
		    "\n### Not read: %zu\n\n| what | so that nobody knows "
		    "of |\n| --- | --- |\n",
		    json_array_size(list));
	json_array_foreach(list, i, unread) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

		if (i >= md->most)
			break;
		review_unread_line(unread, &text);
		strbuf_adds(md->out, "| ");
		md_text(md->out, text.buf);
		strbuf_adds(md->out, " | ");
		strbuf_clear(&text);
		part_join(json_object_get(unread, "controls"), &text);
		md_text(md->out, text.buf);
		strbuf_adds(md->out, " |\n");
	}
	add_cut(md, json_array_size(list), "lines");
}

static void add_waived(const struct review_md *md)
{
	json_t *finding;
	size_t i, count = 0;

	json_array_foreach(json_object_get(md->review, "findings"), i,
			   finding) {
		const json_t *waiver = json_object_get(finding, "waiver");

		if (!is_listed(md->review, finding, "waived"))
			continue;
		if (!count)
			strbuf_adds(md->out,
				    "\n<details><summary>Waived</summary>\n\n"
				    "| what | control | until | because |\n"
				    "| --- | --- | --- | --- |\n");
		if (count++ >= md->most)
			continue;
		strbuf_adds(md->out, "| ");
		md_code_of(md->out, "%s %s", review_text(finding, "target"),
			   review_text(finding, "address"));
		strbuf_adds(md->out, " | ");
		md_text(md->out, review_text(finding, "title"));
		strbuf_adds(md->out, " | ");
		md_text(md->out, review_text(waiver, "expires"));
		strbuf_adds(md->out, " | ");
		md_text(md->out, review_text(waiver, "reason"));
		strbuf_adds(md->out, " |\n");
	}
	if (!count)
		return;
	add_cut(md, count, "waived findings");
	strbuf_adds(md->out, "\n</details>\n");
}

static void add_trend(const struct review_md *md)
{
	const json_t *trend = json_object_get(md->review, "trend");
	const size_t len = json_array_size(trend);

	if (len < 2)
		return;
	strbuf_adds(md->out, "\n<details><summary>Reviews so far</summary>\n\n"
			     "| review | findings | waived | not read |\n"
			     "| --- | ---: | ---: | ---: |\n");
	for (size_t i = len > md->most ? len - md->most : 0; i < len; i++) {
		const json_t *entry = json_array_get(trend, i);

		strbuf_adds(md->out, "| ");
		md_text(md->out, review_text(entry, "finished_at"));
		strbuf_addf(md->out, " | %zu | %zu | %zu |\n",
			    review_count(entry, "failed"),
			    review_count(entry, "waived"),
			    review_count(entry, "unread"));
	}
	strbuf_adds(md->out, "\n</details>\n");
}

static void add_origin(const struct review_md *md)
{
	strbuf_adds(md->out, "\n<sub>");
	md_text(md->out, review_text(md->review, "finished_at"));
	if (json_text(md->review, "created_by")) {
		strbuf_adds(md->out, " by ");
		md_code(md->out, review_text(md->review, "created_by"));
	}
	strbuf_adds(md->out, ", review ");
	md_code(md->out, review_text(md->review, "id"));
	strbuf_adds(md->out, "</sub>\n");
}

static void add_page(const struct review_md *md, const json_t *groups)
{
	const char *id;
	json_t *findings;

	add_head(md);
	add_summary(md, groups);
	add_unread(md);
	json_object_foreach((json_t *)groups, id, findings) {
		if (md->most)
			add_group(md, findings);
	}
	add_waived(md);
	md_events(json_object_get(md->review, "events"), md->most, md->out);
	add_trend(md);
	add_origin(md);
}

void render_review_markdown(const json_t *review,
			    const struct render_style *style UNUSED,
			    struct strbuf *out)
{
	/* how much of each list, until the page fits a comment */
	static const size_t cuts[] = { SIZE_MAX, 20, 5, 0 };
	CLEANUP(json_release) json_t *groups = group(review);
	CLEANUP(strbuf_release)
	struct strbuf page = STRBUF_INIT(LIMIT_RENDERED);

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		const struct review_md md = { review, &page, cuts[i] };

		strbuf_clear(&page);
		page.overflowed = false;
		add_page(&md, groups);
		if (!page.overflowed && page.len <= PART_COMMENT_MOST)
			break;
	}
	strbuf_add(out, page.buf, page.len);
}
