/* A proof for a pull request or a ticket. */
#include <string.h>

#include "core/limits.h"
#include "plans/render_parts.h"
#include "plans/render_verify_parts.h"
#include "plans/verify_parts.h"

static void md_row(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, "| %s | ", name);
	md_code(out, value);
	strbuf_adds(out, " |\n");
}

static void md_head(const json_t *proof, struct strbuf *out)
{
	const json_t *record = json_object_get(proof, "record");
	CLEANUP(strbuf_release) struct strbuf gate = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_adds(out, "## ");
	md_text(out, proof_word(verify_text(proof, "verdict")));
	strbuf_adds(out, ": ");
	md_code(out, verify_text(proof, "change"));
	strbuf_adds(out, "\n\n| | |\n| --- | --- |\n");
	md_row(out, "kind", verify_text(record, "kind"));
	md_row(out, "made", verify_text(record, "started_at"));
	md_row(out, "by", verify_text(record, "caller"));
	md_row(out, "ended", verify_text(record, "finished_at"));
	md_row(out, "verified", verify_text(proof, "verified_at"));
	md_row(out, "verified by", verify_text(proof, "verified_by"));
	md_row(out, "plan", verify_text(record, "plan_id"));
	gate_text(json_object_get(record, "gate"), &gate);
	if (gate.len)
		md_row(out, "gate", gate.buf);
}

static void md_findings(const json_t *proof, struct strbuf *out)
{
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(proof, "findings"), i, finding) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!i)
			strbuf_addc(out, '\n');
		proof_finding_text(finding, &text);
		strbuf_adds(out, "- **");
		md_text(out, proof_word(verify_text(finding, "verdict")));
		strbuf_adds(out, "**: ");
		md_text(out, text.buf);
		strbuf_addc(out, '\n');
	}
}

/* Of what is good, only some is listed. */
static void md_more(struct strbuf *out, size_t good, const char *what)
{
	if (proof_unlisted(good))
		strbuf_addf(out, "\nand %zu more that %s\n",
			    proof_unlisted(good), what);
}

static void md_settings(const json_t *proof, struct strbuf *out)
{
	json_t *setting;
	size_t i, good = 0;

	strbuf_adds(out, "\n| setting | live | verdict |\n"
			 "| --- | --- | --- |\n");
	json_array_foreach(json_object_get(proof, "settings"), i, setting) {
		const char *verdict = verify_text(setting, "verdict");
		CLEANUP(strbuf_release)
		struct strbuf where = STRBUF_INIT(LIMIT_RENDERED);
		CLEANUP(strbuf_release)
		struct strbuf value = STRBUF_INIT(LIMIT_RENDERED);

		if (!proof_is_listed(setting, &good))
			continue;
		proof_where(setting, &where);
		proof_value(proof, setting, &value);
		strbuf_adds(out, "| ");
		md_code(out, where.buf);
		strbuf_adds(out, " | ");
		md_code(out, value.buf);
		strbuf_adds(out, " | ");
		md_text(out, !strcmp(verdict, PROOF_PROVEN)
				     ? "holds"
				     : proof_word(verdict));
		strbuf_adds(out, " |\n");
	}
	md_more(out, good, "hold");
}

static void md_calls(const json_t *proof, struct strbuf *out)
{
	const json_t *calls = json_object_get(proof, "calls");
	json_t *call;
	size_t i, good = 0;

	strbuf_addf(out,
		    "\n<details><summary>Calls: %zu</summary>\n\n"
		    "| resource | call | event history |\n"
		    "| --- | --- | --- |\n",
		    json_array_size(calls));
	json_array_foreach(calls, i, call) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!proof_is_listed(call, &good))
			continue;
		proof_call_text(call, &text);
		strbuf_adds(out, "| ");
		md_code(out, verify_text(call, "address"));
		strbuf_adds(out, " | ");
		md_code(out, verify_text(call, "call"));
		strbuf_adds(out, " | ");
		md_text(out, text.buf);
		strbuf_adds(out, " |\n");
	}
	md_more(out, good, "are as they must be");
	strbuf_adds(out, "\n</details>\n");
}

static void md_claim(const json_t *proof, struct strbuf *out)
{
	const json_t *claim = json_object_get(proof, "claim");
	json_t *place;
	size_t i;

	strbuf_addc(out, '\n');
	md_text(out, verify_text(claim, "statement"));
	strbuf_adds(out, "\n\n");
	json_array_foreach(json_object_get(claim, "places"), i, place) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		proof_place_text(place, &text);
		strbuf_adds(out, "- ");
		md_text(out, text.buf);
		strbuf_addc(out, '\n');
	}
}

static void md_logs(const json_t *proof, struct strbuf *out)
{
	json_t *group;
	size_t i, good = 0;

	json_array_foreach(json_object_get(proof, "logs"), i, group) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!proof_is_listed(group, &good))
			continue;
		proof_log_text(group, &text);
		strbuf_adds(out, "- ");
		md_text(out, text.buf);
		strbuf_addc(out, '\n');
	}
	md_more(out, good, "were read");
}

void render_proof_markdown(const json_t *proof, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	md_head(proof, out);
	md_findings(proof, out);
	md_settings(proof, out);
	md_calls(proof, out);
	md_claim(proof, out);
	md_logs(proof, out);
	proof_files_text(proof, &text);
	strbuf_adds(out, "\n");
	md_text(out, text.buf);
	strbuf_addc(out, '\n');
}
