/* What the renderers of a review share, and the document itself. */
#include <string.h>

#include "plans/render_parts.h"
#include "plans/review.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

bool review_shows(const json_t *review, const json_t *item)
{
	return severity_parse(text_of(item, "severity")) >=
	       severity_parse(text_of(review, "severity"));
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
		    !strcmp(text_of(finding, "status"), "failed"))
			return true;
	}
	return is_blind(review);
}

static size_t count_of(const json_t *object, const char *key)
{
	return (size_t)json_integer_value(json_object_get(object, key));
}

/* "1 critical, 2 low" */
static void add_severities(const json_t *counts, struct strbuf *out)
{
	const char *before = "";

	for (enum severity s = SEVERITY_COUNT; s-- > 0;) {
		size_t count = count_of(counts, severity_name(s));

		if (!count)
			continue;
		strbuf_addf(out, "%s%zu %s", before, count, severity_name(s));
		before = ", ";
	}
}

void review_headline(const json_t *review, struct strbuf *out)
{
	const json_t *summary = json_object_get(review, "summary");
	const size_t failed = count_of(summary, "failed");

	part_count(failed, "finding", "findings", out);
	if (failed) {
		strbuf_adds(out, " (");
		add_severities(json_object_get(summary, "by_severity"), out);
		strbuf_addc(out, ')');
	}
	if (count_of(summary, "waived"))
		strbuf_addf(out, ", %zu waived", count_of(summary, "waived"));
	if (count_of(summary, "unread"))
		strbuf_addf(out, ", %zu not read", count_of(summary, "unread"));
}

void render_review_json(const json_t *review,
			const struct render_style *style UNUSED,
			struct strbuf *out)
{
	json_canonical(review, out);
}
