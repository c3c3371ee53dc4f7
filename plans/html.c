#include "plans/html.h"

#include <stdarg.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/terminal.h"

/* ---- text ------------------------------------------------------------- */

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(struct strbuf *out, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf safe = STRBUF_INIT(LIMIT_RENDERED);
	const char *p;

	terminal_escape(&safe, text, false);
	for (p = safe.buf; *p; p++) {
		size_t plain = strcspn(p, "&<>\"'");

		strbuf_add(out, p, plain);
		p += plain;
		if (!*p)
			return;
		strbuf_adds(out, entity_of(*p));
	}
}

void html_textf(struct strbuf *out, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	html_text(out, text);
}

/* It is isolated: text from right to left does not move what is around it. */
void html_code(struct strbuf *out, const char *text)
{
	strbuf_adds(out, "<code>");
	html_text(out, text);
	strbuf_adds(out, "</code>");
}

void html_codef(struct strbuf *out, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	html_code(out, text);
}

void html_attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, " %s=\"", name);
	html_text(out, value);
	strbuf_addc(out, '"');
}

/* ---- the page --------------------------------------------------------- */

/* Nothing may be loaded or run; the one style sheet is known by its digest. */
static void add_policy(const struct strbuf *style, struct strbuf *out)
{
	unsigned char digest[SHA256_BYTES];
	char text[SHA256_BYTES * 2];

	sha256(style->buf, style->len, digest);
	base64_encode(digest, sizeof(digest), text);
	strbuf_addf(out,
		    "<meta http-equiv=\"Content-Security-Policy\" "
		    "content=\"default-src 'none'; style-src 'sha256-%s'; "
		    "base-uri 'none'; form-action 'none'\">\n",
		    text);
}

void html_begin(struct strbuf *out, const char *title)
{
	CLEANUP(strbuf_release) struct strbuf style = STRBUF_INIT(MIB);

	for (size_t i = 0; html_style[i]; i++)
		strbuf_adds(&style, html_style[i]);
	strbuf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
			 "<meta charset=\"utf-8\">\n");
	add_policy(&style, out);
	strbuf_adds(out, "<meta name=\"viewport\" "
			 "content=\"width=device-width, initial-scale=1\">\n"
			 "<meta name=\"color-scheme\" content=\"light dark\">\n"
			 "<meta name=\"referrer\" content=\"no-referrer\">\n"
			 "<title>");
	html_text(out, title);
	strbuf_adds(out, "</title>\n<style>");
	strbuf_adds(out, style.buf);
	strbuf_adds(out, "</style>\n</head>\n<body>\n<main>\n");
}

void html_end(struct strbuf *out)
{
	strbuf_adds(out, "</main>\n</body>\n</html>\n");
}

/* ---- blocks ----------------------------------------------------------- */

void html_heading(struct strbuf *out, int level, const char *id,
		  const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	strbuf_addf(out, "<h%d", level);
	if (id)
		html_attribute(out, "id", id);
	strbuf_addc(out, '>');
	html_text(out, text);
	strbuf_addf(out, "</h%d>\n", level);
}

void html_badge(struct strbuf *out, enum html_tone tone, const char *text)
{
	static const struct {
		const char *class, *sign;
	} tones[] = { { "plain", "" },
		      { "good", "✓ " },
		      { "warn", "! " },
		      { "bad", "✗ " } };

	strbuf_addf(out, "<span class=\"badge %s\">%s", tones[tone].class,
		    tones[tone].sign);
	html_text(out, text);
	strbuf_adds(out, "</span>");
}

enum html_tone html_tone_of(const char *state)
{
	static const char *const good[] = { "done", "ok", "passed", NULL };
	static const char *const bad[] = { "failed", "refused", "unfinished",
					   "unknown", NULL };

	if (!*state)
		return HTML_PLAIN;
	for (size_t i = 0; good[i]; i++) {
		if (!strcmp(good[i], state))
			return HTML_GOOD;
	}
	for (size_t i = 0; bad[i]; i++) {
		if (!strcmp(bad[i], state))
			return HTML_BAD;
	}
	return HTML_WARN;
}

void html_facts_begin(struct strbuf *out)
{
	strbuf_adds(out, "<dl>\n");
}

void html_fact(struct strbuf *out, const char *name)
{
	strbuf_adds(out, "<div><dt>");
	html_text(out, name);
	strbuf_adds(out, "</dt><dd>");
}

void html_fact_end(struct strbuf *out)
{
	strbuf_adds(out, "</dd></div>\n");
}

void html_facts_end(struct strbuf *out)
{
	strbuf_adds(out, "</dl>\n");
}

void html_details_begin(struct strbuf *out, const char *id, const char *fmt,
			...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	strbuf_adds(out, "<details");
	if (id)
		html_attribute(out, "id", id);
	strbuf_adds(out, "><summary>");
	html_text(out, text);
	strbuf_adds(out, "</summary>\n");
}

void html_details_end(struct strbuf *out)
{
	strbuf_adds(out, "</details>\n");
}

/* ---- tables ----------------------------------------------------------- */

/* A wide one scrolls by itself, by keyboard too, and not the page with it. */
void html_table_begin(struct html_table *table, struct strbuf *out,
		      const char *caption, const char *const *columns)
{
	*table = (struct html_table){ .out = out, .columns = columns };
	strbuf_adds(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\"");
	html_attribute(out, "aria-label", caption);
	strbuf_adds(out, "><table>\n<caption>");
	html_text(out, caption);
	strbuf_adds(out, "</caption>\n<thead><tr>");
	for (size_t i = 0; columns[i]; i++) {
		strbuf_adds(out, "<th scope=\"col\">");
		html_text(out, columns[i]);
		strbuf_adds(out, "</th>");
	}
	strbuf_adds(out, "</tr></thead>\n<tbody>\n");
}

void html_row(struct html_table *table)
{
	table->cells = 0;
	strbuf_adds(table->out, "<tr>");
}

void html_cell(struct html_table *table)
{
	const size_t index = table->cells++;

	if (index)
		strbuf_adds(table->out, index == 1 ? "</th>" : "</td>");
	strbuf_adds(table->out, index ? "<td" : "<th scope=\"row\"");
	if (index)
		html_attribute(table->out, "data-label", table->columns[index]);
	strbuf_addc(table->out, '>');
}

void html_cell_text(struct html_table *table, const char *text)
{
	html_cell(table);
	html_text(table->out, text ? text : "");
}

void html_cell_code(struct html_table *table, const char *text)
{
	html_cell(table);
	if (text && *text)
		html_code(table->out, text);
}

void html_row_end(struct html_table *table)
{
	if (table->cells)
		strbuf_adds(table->out, table->cells == 1 ? "</th>" : "</td>");
	strbuf_adds(table->out, "</tr>\n");
}

void html_table_end(struct html_table *table)
{
	strbuf_adds(table->out, "</tbody>\n</table></div>\n");
}
