/* What the renderers of a review share, and the document itself. */
#include <string.h>

#include "plans/render_review.h"

#include "core/mem.h"
#include "plans/review.h"

const char *review_text(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

size_t review_count(const json_t *object, const char *key)
{
	return (size_t)json_integer_value(json_object_get(object, key));
}

bool review_is(const json_t *object, const char *key, const char *text)
{
	return !strcmp(review_text(object, key), text);
}

const json_t *review_control(const json_t *review, const char *id)
{
	size_t i;
	json_t *control;

	json_array_foreach(json_object_get(review, "controls"), i, control) {
		if (review_is(control, "id", id))
			return control;
	}
	return NULL;
}

json_t *review_references(const json_t *control)
{
	json_t *references = json_array();
	size_t i;
	json_t *reference;

	json_array_foreach(json_object_get(control, "references"), i,
			   reference) {
		CLEANUP(free_ptr)
		char *text =
			xasprintf("%s %s", review_text(reference, "benchmark"),
				  review_text(reference, "number"));

		json_array_append_new(references, json_from_text(text));
	}
	return references;
}

void review_unread_line(const json_t *unread, struct strbuf *out)
{
	const char *request = json_text(unread, "request_id");

	strbuf_addf(out, "%s %s: %s%s%s: %s", review_text(unread, "target"),
		    review_text(unread, "what"), review_text(unread, "call"),
		    json_text(unread, "call") ? ", " : "",
		    review_text(unread, "code"),
		    review_text(unread, "message"));
	if (request)
		strbuf_addf(out, " (request %s)", request);
}

void review_sign_off_line(const json_t *review, struct strbuf *out)
{
	const json_t *signoff = json_object_get(review, "signoff");
	const char *note = json_text(signoff, "note");

	if (json_is_object(signoff))
		strbuf_addf(out, "by %s at %s%s%s", review_text(signoff, "by"),
			    review_text(signoff, "at"), note ? ": " : "",
			    note ? note : "");
}

const char *review_fix_word(const json_t *fix)
{
	if (review_is(fix, "class", "plan"))
		return "to plan";
	if (review_is(fix, "class", "decision"))
		return "to decide";
	return review_is(fix, "class", "one-way") ? "one-way" : "to know";
}

bool review_shows(const json_t *review, const json_t *item)
{
	return severity_parse(review_text(item, "severity")) >=
	       severity_parse(review_text(review, "severity"));
}

static bool is_blind(const json_t *review)
{
	size_t i;
	json_t *control;

	json_array_foreach(json_object_get(review, "controls"), i, control) {
		if (review_shows(review, control) &&
		    json_integer_value(json_object_get(control, "unread")))
			return true;
	}
	return false;
}

bool review_found(const json_t *review)
{
	size_t i;
	json_t *finding;

	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		if (review_shows(review, finding) &&
		    !strcmp(review_text(finding, "status"), "failed"))
			return true;
	}
	return is_blind(review);
}

/* "1 critical, 2 low" */
static void add_severities(const json_t *counts, struct strbuf *out)
{
	const char *before = "";

	for (enum severity s = SEVERITY_COUNT; s-- > 0;) {
		size_t count = review_count(counts, severity_name(s));

		if (!count)
			continue;
		strbuf_addf(out, "%s%zu %s", before, count, severity_name(s));
		before = ", ";
	}
}

void review_headline(const json_t *review, struct strbuf *out)
{
	const json_t *summary = json_object_get(review, "summary");
	const size_t failed = review_count(summary, "failed");

	part_count(failed, "finding", "findings", out);
	if (failed) {
		strbuf_adds(out, " (");
		add_severities(json_object_get(summary, "by_severity"), out);
		strbuf_addc(out, ')');
	}
	if (review_count(summary, "waived"))
		strbuf_addf(out, ", %zu waived",
			    review_count(summary, "waived"));
	if (review_count(summary, "unread"))
		strbuf_addf(out, ", %zu not read",
			    review_count(summary, "unread"));
}

void render_review_json(const json_t *review,
			const struct render_style *style UNUSED,
			struct strbuf *out)
{
	json_canonical(review, out);
}
