/* The findings of past reviews: a picture, and the same as a table. */
#include "plans/render_review_html.h"

#include <string.h>

/* So many reviews are drawn, the newest; the table has all. */
#define DRAWN_MOST 40
/* Of the picture, in pixels. */
#define BAR_WIDTH 30
#define BAR_STEP 52
#define BARS_HEIGHT 140
#define BARS_TOP 22
#define PICTURE_HEIGHT 190

/* What a bar is made of, from below. */
static const struct {
	const char *key, *class, *word;
} layers[] = {
	{ "failed", "bar-f", "failed" },
	{ "waived", "bar-w", "waived" },
	{ "unread", "bar-u", "not read" },
};

static size_t total_of(const json_t *entry)
{
	size_t total = 0;

	for (size_t i = 0; i < ARRAY_SIZE(layers); i++)
		total += review_count(entry, layers[i].key);
	return total;
}

static size_t largest(const json_t *trend, size_t from)
{
	size_t most = 1;

	for (size_t i = from; i < json_array_size(trend); i++) {
		const size_t total = total_of(json_array_get(trend, i));

		if (total > most)
			most = total;
	}
	return most;
}

/* What a bar says to who does not see it: "2026-11-24: 14 failed, …" */
static void add_bar_title(const json_t *entry, struct strbuf *out)
{
	strbuf_adds(out, "<title>");
	html_textf(out, "%.10s:", review_text(entry, "finished_at"));
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++)
		strbuf_addf(out, "%s %zu %s", i ? "," : "",
			    review_count(entry, layers[i].key), layers[i].word);
	strbuf_adds(out, "</title>");
}

static void add_bar(const json_t *entry, size_t index, size_t most,
		    struct strbuf *out)
{
	const size_t left = index * BAR_STEP + (BAR_STEP - BAR_WIDTH) / 2;
	const size_t middle = index * BAR_STEP + BAR_STEP / 2;
	size_t bottom = BARS_TOP + BARS_HEIGHT;
	const char *when = review_text(entry, "finished_at");

	strbuf_adds(out, "<g>");
	add_bar_title(entry, out);
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++) {
		const size_t count = review_count(entry, layers[i].key);
		size_t height = count * BARS_HEIGHT / most;

		if (count && height < 2)
			height = 2; /* few is not none */
		if (!count)
			continue;
		bottom -= height < bottom ? height : bottom;
		strbuf_addf(out,
			    "<rect class=\"%s\" x=\"%zu\" y=\"%zu\" "
			    "width=\"%d\" height=\"%zu\"/>",
			    layers[i].class, left, bottom, BAR_WIDTH, height);
	}
	strbuf_addf(out, "<text x=\"%zu\" y=\"%zu\">%zu</text>", middle,
		    bottom - (bottom > 6 ? 6 : 0),
		    review_count(entry, "failed"));
	/* month and day of "2026-11-24T…" */
	strbuf_addf(out, "<text x=\"%zu\" y=\"%d\">", middle,
		    BARS_TOP + BARS_HEIGHT + 18);
	html_textf(out, "%.5s", strlen(when) > 10 ? when + 5 : when);
	strbuf_adds(out, "</text></g>\n");
}

static void add_picture(const json_t *trend, struct strbuf *out)
{
	const size_t len = json_array_size(trend);
	const size_t from = len > DRAWN_MOST ? len - DRAWN_MOST : 0;
	const size_t width = (len - from) * BAR_STEP;
	const size_t most = largest(trend, from);

	strbuf_adds(out, "<ul class=\"legend\">");
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++)
		strbuf_addf(out,
			    "<li><svg width=\"16\" height=\"16\" "
			    "aria-hidden=\"true\"><rect class=\"%s\" x=\"1\" "
			    "y=\"1\" width=\"14\" height=\"14\"/></svg> "
			    "%s</li>",
			    layers[i].class, layers[i].word);
	strbuf_adds(out, "</ul>\n");
	if (from)
		strbuf_addf(out,
			    "<p>The last %zu of %zu reviews are drawn; the "
			    "table has all.</p>\n",
			    len - from, len);
	strbuf_addf(out,
		    "<div class=\"chart\" role=\"region\" tabindex=\"0\" "
		    "aria-label=\"Findings of each review\"><svg role=\"img\" "
		    "aria-label=\"Findings of the last %zu reviews; the table "
		    "below says the same\" width=\"%zu\" height=\"%d\" "
		    "viewBox=\"0 0 %zu %d\">\n",
		    len - from, width, PICTURE_HEIGHT, width, PICTURE_HEIGHT);
	for (size_t i = from; i < len; i++)
		add_bar(json_array_get(trend, i), i - from, most, out);
	strbuf_adds(out, "</svg></div>\n");
}

static void add_cell_count(struct html_table *table, const json_t *entry,
			   const char *key)
{
	html_cell(table);
	strbuf_addf(table->out, "%zu", review_count(entry, key));
}

static void add_table(const json_t *trend, struct strbuf *out)
{
	static const char *const columns[] = { "finished", "review", "failed",
					       "critical", "high",   "medium",
					       "low",      "info",   "waived",
					       "not read", NULL };
	struct html_table table;
	json_t *entry;
	size_t i;

	html_table_begin(&table, out, "Findings of each review, oldest first",
			 columns);
	json_array_foreach(trend, i, entry) {
		const json_t *counts = json_object_get(entry, "by_severity");

		html_row(&table);
		html_cell(&table);
		html_time(out, review_text(entry, "finished_at"));
		html_cell_code(&table, json_text(entry, "id"));
		add_cell_count(&table, entry, "failed");
		for (enum severity s = SEVERITY_COUNT; s-- > 0;)
			add_cell_count(&table, counts, severity_name(s));
		add_cell_count(&table, entry, "waived");
		add_cell_count(&table, entry, "unread");
		html_row_end(&table);
	}
	html_table_end(&table);
}

void html_review_trend(const json_t *review, struct strbuf *out)
{
	const json_t *trend = json_object_get(review, "trend");

	html_heading(out, 2, "trend", "Trend: %zu reviews",
		     json_array_size(trend));
	if (json_array_size(trend) < 2)
		strbuf_adds(out, "<p>There is no earlier review to compare "
				 "with.</p>\n");
	if (!json_array_size(trend))
		return;
	add_picture(trend, out);
	add_table(trend, out);
}
