/* What all forms of a proof say. */
#include "plans/render_verify_parts.h"

#include <string.h>

#include "plans/render_parts.h"
#include "plans/verify_parts.h"

/* Verdicts in words. */
static const struct {
	const char *verdict, *text;
} verdicts[] = {
	{ PROOF_PROVEN, "proven" },
	{ PROOF_NOT_PROVEN, "not proven" },
	{ PROOF_REFUTED, "refuted" },
};

const char *proof_word(const char *verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (!strcmp(verdicts[i].verdict, verdict))
			return verdicts[i].text;
	}
	return verdict;
}

void proof_where(const json_t *of, struct strbuf *out)
{
	const char *setting = json_text(of, "setting");

	if (json_text(of, "target"))
		strbuf_addf(out, "%s", verify_text(of, "target"));
	if (json_text(of, "address"))
		strbuf_addf(out, " %s", verify_text(of, "address"));
	if (setting)
		strbuf_addf(out, ":%s", setting);
}

/* The verdicts of settings, calls and log groups that nobody has to look at. */
static bool is_good(const json_t *entry)
{
	static const char *const good[] = { PROOF_PROVEN, "seen", "not_needed",
					    "not_yet_seen" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (verify_is(entry, "verdict", good[i]))
			return true;
	}
	return false;
}

bool proof_is_listed(const json_t *entry, size_t *good)
{
	return !is_good(entry) || ++*good <= PART_LISTED_MOST;
}

size_t proof_unlisted(size_t good)
{
	return good > PART_LISTED_MOST ? good - PART_LISTED_MOST : 0;
}

void proof_finding_text(const json_t *finding, struct strbuf *out)
{
	proof_where(finding, out);
	strbuf_addf(out, "%s%s", out->len ? ": " : "",
		    verify_text(finding, "text"));
}

void proof_value(const json_t *proof, const json_t *setting, struct strbuf *out)
{
	const json_t *decided = json_object_get(setting, "decided");

	part_value(json_object_get(setting, "live"), json_text(setting, "unit"),
		   out);
	if (!verify_is(decided, "change", verify_text(proof, "change")))
		strbuf_addf(out, " (as change %s set it later)",
			    verify_text(decided, "change"));
}

void proof_call_text(const json_t *call, struct strbuf *out)
{
	const json_t *event = json_object_get(call, "event");
	const char *request = json_text(call, "request_id");

	if (json_text(event, "id"))
		strbuf_addf(out, "event %s at %s by %s, found by its %s",
			    verify_text(event, "id"), verify_text(event, "at"),
			    verify_text(event, "caller"),
			    verify_text(event, "found_by"));
	else
		strbuf_addf(out, "%s", verify_text(call, "reason"));
	if (request)
		strbuf_addf(out, "; request %s", request);
}

void proof_place_text(const json_t *place, struct strbuf *out)
{
	const char *basis = json_text(place, "caught_up");
	const json_t *requests = json_object_get(place, "requests");

	strbuf_addf(out, "%s: %s, %s, ", verify_text(place, "target"),
		    verify_text(place, "region"), verify_text(place, "filter"));
	part_count((size_t)json_integer_value(requests), "request", "requests",
		   out);
	if (basis)
		strbuf_addf(out, "; until %s: %s", verify_text(place, "to"),
			    !strcmp(basis, "seen")
				    ? "it shows a call of that time"
				    : "the usual lag is over");
}

void proof_log_text(const json_t *group, struct strbuf *out)
{
	const char *newest = json_text(group, "newest");

	strbuf_addf(out, "%s: ", verify_text(group, "log_group"));
	if (verify_is(group, "verdict", "unread"))
		strbuf_adds(out, "could not be read");
	else if (newest)
		strbuf_addf(out, "newest event of %s%s", newest,
			    verify_is(group, "verdict", "seen")
				    ? ""
				    : "; none since the change seen yet");
	else
		strbuf_adds(out, "no event seen yet");
}

void gate_text(const json_t *gate, struct strbuf *out)
{
	const char *glass = json_text(gate, "break_glass");
	json_t *signature;
	size_t i;

	if (!json_is_object(gate))
		return;
	if (glass) {
		strbuf_addf(out, "passed by with --break-glass: %s", glass);
		return;
	}
	strbuf_addf(out, "merged into '%s'", verify_text(gate, "branch"));
	json_array_foreach(json_object_get(gate, "signatures"), i, signature)
		strbuf_addf(out, "%s%s", i ? ", " : ", signed by ",
			    verify_text(signature, "name"));
}

void proof_files_text(const json_t *proof, struct strbuf *out)
{
	const json_t *files =
		json_object_get(json_object_get(proof, "record"), "files");
	size_t with_signature = 0, i;
	json_t *file;

	json_array_foreach(files, i, file)
		with_signature += json_text(file, "signature") != NULL;
	part_count(json_array_size(files), "file", "files", out);
	strbuf_adds(out, " of the record, ");
	if (with_signature == json_array_size(files))
		strbuf_adds(out, "each in a signed commit");
	else if (with_signature)
		strbuf_addf(out, "%zu of them in signed commits",
			    with_signature);
	else
		strbuf_adds(out, "in commits without signatures");
}

void proof_summary_text(const json_t *summary, struct strbuf *out)
{
	if (json_is_object(summary))
		strbuf_addf(out, "%s: %s", verify_text(summary, "at"),
			    proof_word(verify_text(summary, "verdict")));
}
