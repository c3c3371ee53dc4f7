/* The controls of a review: what each is, and how it came out. */
#include "plans/render_review_html.h"

#include "core/limits.h"
#include "core/mem.h"

static void add_title(const json_t *control, bool linked, struct strbuf *out)
{
	const char *id = review_text(control, "id");
	CLEANUP(free_ptr) char *anchor = html_anchor(ANCHOR_CONTROL, id);

	strbuf_addf(out, "<span id=\"%s\">", anchor);
	if (linked)
		html_link(out, ANCHOR_FINDINGS, id);
	html_text(out, review_text(control, "title"));
	strbuf_adds(out, linked ? "</a></span><br>" : "</span><br>");
	html_code(out, id);
}

static void add_row(struct html_table *table, const json_t *control,
		    bool linked)
{
	static const char *const counts[] = { "passed", "failed", "waived",
					      "unread", "not_applicable" };
	struct strbuf *out = table->out;
	CLEANUP(json_release) json_t *references = review_references(control);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	html_row(table);
	html_cell(table);
	add_title(control, linked, out);
	html_cell(table);
	html_severity(out, review_text(control, "severity"));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		html_cell(table);
		strbuf_addf(out, "%zu", review_count(control, counts[i]));
	}
	part_join(references, &text);
	html_cell_text(table, text.buf);
	html_row_end(table);
}

void html_review_controls(const json_t *review, struct strbuf *out)
{
	static const char *const columns[] = {
		"control",        "severity",     "passed",
		"failed",         "waived",       "not read",
		"does not apply", "asked for by", NULL
	};
	const json_t *controls = json_object_get(review, "controls");
	CLEANUP(json_release) json_t *linked = html_review_linked(review);
	struct html_table table;
	json_t *control;
	size_t i;

	html_heading(out, 2, "controls", "Controls: %zu",
		     json_array_size(controls));
	html_table_begin(&table, out, "Each control and how it came out",
			 columns);
	json_array_foreach(controls, i, control)
		add_row(&table, control,
			json_object_get(linked, review_text(control, "id")));
	html_table_end(&table);
}
