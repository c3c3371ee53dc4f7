/*
 * A small writer of HTML: one page that needs nothing beside itself, neither a
 * script nor a font nor a picture, and whose policy forbids all of them. What
 * comes from outside goes through html_text, html_code or html_attribute, which
 * leave nothing in it that a browser would act on; `markup` is our own.
 *
 * A page is html_begin, headings and blocks, html_end. A table is
 * html_table_begin, then for each row html_row and for each cell html_cell,
 * html_table_end.
 */
#ifndef ABACK_PLANS_HTML_H
#define ABACK_PLANS_HTML_H

#include <stddef.h>

#include "core/compiler.h"
#include "core/strbuf.h"

/* Head, style and policy, up to the first block. */
void html_begin(struct strbuf *out, const char *title);
void html_end(struct strbuf *out);

/* The page's style sheet, as it stands in every page: pieces, then NULL. */
extern const char *const html_style[];

/*
 * Text, safe in an element and in an attribute. Control characters, invalid
 * bytes and what turns the direction of text are spelled out (\x1b, \u202e).
 */
void html_text(struct strbuf *out, const char *text);
void html_textf(struct strbuf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same in <code>, as a value, a name or an identifier. */
void html_code(struct strbuf *out, const char *text);
void html_codef(struct strbuf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ` name="value"`. */
void html_attribute(struct strbuf *out, const char *name, const char *value);

/* level: 1 to 6; id: an anchor, or NULL. */
void html_heading(struct strbuf *out, int level, const char *id,
		  const char *fmt, ...) PRINTF_LIKE(4, 5);

/* How something stands. Each has its sign, so that colour is never alone. */
enum html_tone { HTML_PLAIN, HTML_GOOD, HTML_WARN, HTML_BAD };
void html_badge(struct strbuf *out, enum html_tone tone, const char *text);
/* The tone of a state of a change, a step or a finding. */
enum html_tone html_tone_of(const char *state);

/* A list of names and what they are. */
void html_facts_begin(struct strbuf *out);
/* The name; what it is follows, up to the next one or the end. */
void html_fact(struct strbuf *out, const char *name);
void html_fact_end(struct strbuf *out);
void html_facts_end(struct strbuf *out);

/* Folded: its one line shows, the rest on demand and in print. */
void html_details_begin(struct strbuf *out, const char *id, const char *fmt,
			...) PRINTF_LIKE(3, 4);
void html_details_end(struct strbuf *out);

struct html_table {
	struct strbuf *out;
	const char *const *columns;
	size_t cells; /* of the row that is being written */
};
/*
 * caption: what the table is about, for who does not see the heading above it.
 * columns: their names, ends with NULL; borrowed until the end. The first cell
 * of each row is its head. On a narrow screen each row is a card, where every
 * cell stands below its column's name.
 */
void html_table_begin(struct html_table *table, struct strbuf *out,
		      const char *caption, const char *const *columns);
void html_row(struct html_table *table);
void html_cell(struct html_table *table);
/* A whole cell of such text; NULL or "": an empty one. */
void html_cell_text(struct html_table *table, const char *text);
void html_cell_code(struct html_table *table, const char *text);
void html_row_end(struct html_table *table);
void html_table_end(struct html_table *table);

#endif
