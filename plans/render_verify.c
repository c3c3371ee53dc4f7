/* A proof as people read it: the verdict, then what it rests on. */
#include <string.h>

#include "core/limits.h"
#include "plans/render_parts.h"
#include "plans/render_verify_parts.h"
#include "plans/verify_parts.h"

static const char *color_of(const char *verdict)
{
	static const struct {
		const char *verdict, *color;
	} colors[] = {
		{ PROOF_PROVEN, PAGE_GREEN },
		{ PROOF_NOT_PROVEN, PAGE_YELLOW },
		{ PROOF_REFUTED, PAGE_RED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(colors); i++) {
		if (!strcmp(colors[i].verdict, verdict))
			return colors[i].color;
	}
	return NULL;
}

static void text_head(struct page *page, const json_t *proof)
{
	const json_t *record = json_object_get(proof, "record");
	const char *verdict = verify_text(proof, "verdict");
	const char *reverses = json_text(record, "reverses");

	page_line(page, 0, 2, color_of(verdict), "%s: %s%s%s %s",
		  proof_word(verdict), verify_text(record, "kind"),
		  reverses ? " of " : "", reverses ? reverses : "",
		  verify_text(proof, "change"));
	page_line(page, 0, 2, NULL, "made %s by %s; it ended as %s at %s",
		  verify_text(record, "started_at"),
		  verify_text(record, "caller"), verify_text(record, "state"),
		  verify_text(record, "finished_at"));
	page_line(page, 0, 2, NULL,
		  "verified %s by %s, after waiting %lld s of at most %lld s",
		  verify_text(proof, "verified_at"),
		  verify_text(proof, "verified_by"),
		  (long long)json_integer_value(
			  json_object_get(proof, "waited_s")),
		  (long long)json_integer_value(
			  json_object_get(proof, "wait_limit_s")));
}

static void text_findings(struct page *page, const json_t *proof)
{
	const json_t *findings = json_object_get(proof, "findings");
	json_t *finding;
	size_t i;

	if (!json_array_size(findings))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Why not");
	json_array_foreach(findings, i, finding) {
		const char *verdict = verify_text(finding, "verdict");
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		proof_finding_text(finding, &text);
		page_line(page, 2, 6, color_of(verdict), "%s: %s",
			  proof_word(verdict), text.buf);
	}
}

/* Of what is good, only some is listed. */
static void text_more(struct page *page, size_t good, const char *what)
{
	if (proof_unlisted(good))
		page_line(page, 2, 4, PAGE_DIM, "and %zu more that %s",
			  proof_unlisted(good), what);
}

static void text_setting(struct page *page, const json_t *proof,
			 const json_t *setting)
{
	const char *verdict = verify_text(setting, "verdict");
	const bool holds = !strcmp(verdict, PROOF_PROVEN);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	proof_where(setting, &text);
	strbuf_adds(&text, "  ");
	proof_value(proof, setting, &text);
	page_line(page, 2, 6, color_of(verdict), "%s  %s",
		  holds ? "holds" : proof_word(verdict), text.buf);
}

static void text_settings(struct page *page, const json_t *proof)
{
	json_t *setting;
	size_t i, good = 0;

	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Settings, as they are live");
	json_array_foreach(json_object_get(proof, "settings"), i, setting) {
		if (proof_is_listed(setting, &good))
			text_setting(page, proof, setting);
	}
	text_more(page, good, "hold");
}

static void text_calls(struct page *page, const json_t *proof)
{
	json_t *call;
	size_t i, good = 0;

	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD,
		  "Calls of the journal, in event "
		  "history");
	json_array_foreach(json_object_get(proof, "calls"), i, call) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!proof_is_listed(call, &good))
			continue;
		proof_call_text(call, &text);
		page_line(page, 2, 6,
			  verify_is(call, "verdict", "seen") ? PAGE_GREEN
			  : verify_is(call, "verdict", "not_needed")
				  ? NULL
				  : PAGE_YELLOW,
			  "%s %s  %s", verify_text(call, "target"),
			  verify_text(call, "address"),
			  verify_text(call, "call"));
		page_line(page, 6, 8, PAGE_DIM, "%s", text.buf);
	}
	text_more(page, good, "are as they must be");
}

static void text_claim(struct page *page, const json_t *proof)
{
	const json_t *claim = json_object_get(proof, "claim");
	const json_t *others = json_object_get(claim, "other_changes");
	const json_t *used = json_object_get(claim, "uses");
	json_t *place;
	size_t i;

	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Others");
	page_line(page, 2, 4, NULL, "%s", verify_text(claim, "statement"));
	if (json_array_size(others)) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		part_join(others, &text);
		page_line(page, 2, 4, NULL,
			  "besides those of our own changes %s", text.buf);
	}
	if (json_array_size(used))
		page_line(page, 2, 4, NULL, "besides %zu that only use them",
			  json_array_size(used));
	json_array_foreach(json_object_get(claim, "places"), i, place) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		proof_place_text(place, &text);
		page_line(page, 2, 4, PAGE_DIM, "%s", text.buf);
	}
}

/* Of the events of RDS those of each resource, the newest few. */
static void text_rds_events(struct page *page, const json_t *entry)
{
	const json_t *events = json_object_get(entry, "events");
	const size_t len = json_array_size(events);
	size_t from = len > PART_LISTED_MOST ? len - PART_LISTED_MOST : 0;

	page_line(page, 2, 4, NULL, "%s %s: %zu event%s of RDS since %s",
		  verify_text(entry, "target"), verify_text(entry, "address"),
		  len, len == 1 ? "" : "s", verify_text(entry, "from"));
	for (; from < len; from++) {
		const json_t *event = json_array_get(events, from);

		page_line(page, 4, 6, PAGE_DIM, "%s  %s",
			  verify_text(event, "at"),
			  verify_text(event, "message"));
	}
}

static void text_logs(struct page *page, const json_t *proof)
{
	const json_t *evidence = json_object_get(proof, "evidence");
	const json_t *groups = json_object_get(proof, "logs");
	const json_t *sources = json_object_get(
		json_object_get(evidence, "logs"), "rds_events");
	json_t *entry;
	size_t i, good = 0;

	if (!json_array_size(groups) && !json_array_size(sources))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Logs");
	json_array_foreach(groups, i, entry) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!proof_is_listed(entry, &good))
			continue;
		proof_log_text(entry, &text);
		page_line(page, 2, 4, NULL, "%s", text.buf);
	}
	text_more(page, good, "were read");
	json_array_foreach(sources, i, entry) {
		if (i < PART_LISTED_MOST)
			text_rds_events(page, entry);
	}
	text_more(page, json_array_size(sources), "were read");
}

void render_proof_text(const json_t *proof, const struct render_style *style,
		       struct strbuf *out)
{
	struct page page = { style, out };
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	text_head(&page, proof);
	text_findings(&page, proof);
	text_settings(&page, proof);
	text_calls(&page, proof);
	text_claim(&page, proof);
	text_logs(&page, proof);
	gate_text(json_object_get(json_object_get(proof, "record"), "gate"),
		  &text);
	page_blank(&page);
	if (text.len)
		page_line(&page, 0, 2, PAGE_DIM, "gate: %s", text.buf);
	strbuf_clear(&text);
	proof_files_text(proof, &text);
	page_line(&page, 0, 2, PAGE_DIM, "%s", text.buf);
}

void render_proof_check_text(const json_t *check,
			     const struct render_style *style,
			     struct strbuf *out)
{
	struct page page = { style, out };
	const bool holds = json_is_true(json_object_get(check, "holds"));
	json_t *entry;
	size_t i;

	page_line(&page, 0, 2, holds ? PAGE_GREEN : PAGE_RED,
		  holds ? "the proof stands: %s, of %s"
			: "the proof does not stand: %s, of %s",
		  proof_word(verify_text(check, "verdict")),
		  verify_text(check, "verified_at"));
	page_line(&page, 0, 2, NULL, "change %s, %s",
		  verify_text(check, "change"), verify_text(check, "proof"));
	json_array_foreach(json_object_get(check, "problems"), i, entry) {
		page_blank(&page);
		page_line(&page, 0, 2, PAGE_RED, "%s: %s",
			  verify_text(entry, "path"),
			  verify_text(entry, "text"));
		page_line(&page, 2, 4, NULL, "should be %s",
			  verify_text(entry, "expected"));
		page_line(&page, 2, 4, NULL, "is %s",
			  verify_text(entry, "found"));
	}
	page_blank(&page);
	page_line(&page, 0, 2, NULL, "checked, without AWS:");
	json_array_foreach(json_object_get(check, "checked"), i, entry)
		page_line(&page, 2, 4, NULL, "%s", json_string_value(entry));
}
