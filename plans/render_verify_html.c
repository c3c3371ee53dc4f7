/* A proof as a page: the verdict first, every line of it beside its evidence.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/html.h"
#include "plans/render_html.h"
#include "plans/render_verify_parts.h"
#include "plans/verify_parts.h"

static void add_badge(struct strbuf *out, const char *verdict)
{
	html_badge(out,
		   !strcmp(verdict, PROOF_PROVEN)    ? HTML_GOOD
		   : !strcmp(verdict, PROOF_REFUTED) ? HTML_BAD
						     : HTML_WARN,
		   proof_word(verdict));
}

static void add_head(const json_t *proof, struct strbuf *out)
{
	const json_t *record = json_object_get(proof, "record");
	const char *change = verify_text(proof, "change");
	const char *verdict = verify_text(proof, "verdict");
	CLEANUP(free_ptr)
	char *title = xasprintf("change %s: %s", change, proof_word(verdict));
	CLEANUP(strbuf_release)
	struct strbuf files = STRBUF_INIT(LIMIT_MESSAGE);

	html_begin(out, title);
	html_heading(out, 1, NULL, "verification of change %s", change);
	html_facts_begin(out);
	html_fact(out, "verdict");
	add_badge(out, verdict);
	html_fact_end(out);
	html_fact_text(out, "verified", json_text(proof, "verified_at"));
	html_fact_code(out, "verified by", json_text(proof, "verified_by"));
	html_fact_text(out, "kind", json_text(record, "kind"));
	html_fact_code(out, "backs out", json_text(record, "reverses"));
	html_fact_code(out, "made by", json_text(record, "caller"));
	html_fact_text(out, "begun", json_text(record, "started_at"));
	html_fact_text(out, "ended", json_text(record, "finished_at"));
	html_fact_code(out, "plan", json_text(record, "plan_id"));
	gate_text(json_object_get(record, "gate"), &files);
	html_fact_text(out, "gate", files.buf);
	strbuf_clear(&files);
	proof_files_text(proof, &files);
	html_fact_text(out, "record", files.buf);
	html_facts_end(out);
}

static void add_findings(const json_t *proof, struct strbuf *out)
{
	static const char *const columns[] = { "verdict", "of", "why", NULL };
	const json_t *findings = json_object_get(proof, "findings");
	struct html_table table;
	json_t *finding;
	size_t i;

	if (!json_array_size(findings))
		return;
	html_heading(out, 2, "findings", "Why it is not proven: %zu",
		     json_array_size(findings));
	html_table_begin(&table, out, "What keeps the change from being proven",
			 columns);
	json_array_foreach(findings, i, finding) {
		CLEANUP(strbuf_release)
		struct strbuf where = STRBUF_INIT(LIMIT_RENDERED);

		proof_where(finding, &where);
		html_row(&table);
		html_cell(&table);
		add_badge(out, verify_text(finding, "verdict"));
		html_cell_code(&table, where.buf);
		html_cell_text(&table, verify_text(finding, "text"));
		html_row_end(&table);
	}
	html_table_end(&table);
}

static void add_settings(const json_t *proof, struct strbuf *out)
{
	static const char *const columns[] = { "setting", "live", "verdict",
					       NULL };
	const json_t *settings = json_object_get(proof, "settings");
	struct html_table table;
	json_t *setting;
	size_t i;

	html_heading(out, 2, "settings", "Settings: %zu",
		     json_array_size(settings));
	html_table_begin(&table, out, "Each setting, as it is live", columns);
	json_array_foreach(settings, i, setting) {
		CLEANUP(strbuf_release)
		struct strbuf where = STRBUF_INIT(LIMIT_RENDERED);
		CLEANUP(strbuf_release)
		struct strbuf value = STRBUF_INIT(LIMIT_RENDERED);

		proof_where(setting, &where);
		proof_value(proof, setting, &value);
		html_row(&table);
		html_cell_code(&table, where.buf);
		html_cell_code(&table, value.buf);
		html_cell(&table);
		add_badge(out, verify_text(setting, "verdict"));
		html_row_end(&table);
	}
	html_table_end(&table);
}

static void add_calls(const json_t *proof, struct strbuf *out)
{
	static const char *const columns[] = { "call", "resource",
					       "event history", NULL };
	const json_t *calls = json_object_get(proof, "calls");
	struct html_table table;
	json_t *call;
	size_t i;

	html_heading(out, 2, "calls", "Calls of the journal: %zu",
		     json_array_size(calls));
	html_table_begin(&table, out, "Each call, and the event that shows it",
			 columns);
	json_array_foreach(calls, i, call) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		proof_call_text(call, &text);
		html_row(&table);
		html_cell_code(&table, verify_text(call, "call"));
		html_cell(&table);
		html_codef(out, "%s %s", verify_text(call, "target"),
			   verify_text(call, "address"));
		html_cell_text(&table, text.buf);
		html_row_end(&table);
	}
	html_table_end(&table);
}

static void add_item(struct strbuf *out, const char *text)
{
	strbuf_adds(out, "<li>");
	html_text(out, text);
	strbuf_adds(out, "</li>\n");
}

static void add_claim(const json_t *proof, struct strbuf *out)
{
	const json_t *claim = json_object_get(proof, "claim");
	json_t *place;
	size_t i;

	html_heading(out, 2, "others", "Others");
	strbuf_adds(out, "<p>");
	html_text(out, verify_text(claim, "statement"));
	strbuf_adds(out, "</p>\n<ul>\n");
	json_array_foreach(json_object_get(claim, "places"), i, place) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		proof_place_text(place, &text);
		add_item(out, text.buf);
	}
	strbuf_adds(out, "</ul>\n");
}

static void add_logs(const json_t *proof, struct strbuf *out)
{
	const json_t *groups = json_object_get(proof, "logs");
	json_t *group;
	size_t i;

	if (!json_array_size(groups))
		return;
	html_heading(out, 2, "logs", "Log groups");
	strbuf_adds(out, "<ul>\n");
	json_array_foreach(groups, i, group) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		proof_log_text(group, &text);
		add_item(out, text.buf);
	}
	strbuf_adds(out, "</ul>\n");
}

void render_proof_html(const json_t *proof, struct strbuf *out)
{
	add_head(proof, out);
	add_findings(proof, out);
	add_settings(proof, out);
	add_calls(proof, out);
	add_claim(proof, out);
	add_logs(proof, out);
	html_end(out);
}
