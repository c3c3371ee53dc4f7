/* Lines for a terminal and escaped text for Markdown. */
#include "plans/render_parts.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/terminal.h"

void page_line(struct page *page, unsigned indent, unsigned hanging,
	       const char *color, const char *fmt, ...)
{
	CLEANUP(strbuf_release)
	struct strbuf safe = STRBUF_INIT(LIMIT_RENDERED);
	CLEANUP(free_ptr) char *text = NULL;
	bool paint = color && page->style->color;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	terminal_escape(&safe, text, false);
	strbuf_pad(page->out, ' ', indent);
	if (paint)
		strbuf_addf(page->out, "\033[%sm", color);
	terminal_wrap(page->out, safe.buf, page->style->width, hanging, indent);
	if (paint)
		strbuf_adds(page->out, "\033[0m");
	strbuf_addc(page->out, '\n');
}

void page_blank(struct page *page)
{
	strbuf_addc(page->out, '\n');
}

/* An underscore inside a word has no meaning in Markdown. */
static bool is_inner_underscore(const char *text, size_t at)
{
	return text[at] == '_' && at && isalnum((unsigned char)text[at - 1]) &&
	       isalnum((unsigned char)text[at + 1]);
}

/*
 * Every character that Markdown or HTML gives a meaning becomes an entity,
 * which is text and nothing else. '@' and '#' mention people and issues by what
 * the page shows in the end, so an empty comment parts them from what follows.
 */
static void add_inert(struct strbuf *out, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf safe = STRBUF_INIT(LIMIT_RENDERED);

	terminal_escape(&safe, text, false);
	for (size_t i = 0; i < safe.len; i++) {
		char c = safe.buf[i];

		if (c == '@' || c == '#')
			strbuf_addf(out, "&#%d;<!-- -->", c);
		else if (c == ':' && safe.buf[i + 1] == '/')
			strbuf_adds(out, ":<!-- -->");
		else if (strchr("\\`*_{}[]<>|~&!$", c) &&
			 !is_inner_underscore(safe.buf, i))
			strbuf_addf(out, "&#%d;", c);
		else
			strbuf_addc(out, c);
	}
}

void md_text(struct strbuf *out, const char *text)
{
	/* what begins a list, heading or number only does so at a line's
	 * start, and inert text never stands there */
	add_inert(out, text);
}

void md_code(struct strbuf *out, const char *text)
{
	strbuf_adds(out, "<code>");
	add_inert(out, text);
	strbuf_adds(out, "</code>");
}

void md_pre(struct strbuf *out, const char *text)
{
	CLEANUP(strbuf_release)
	struct strbuf safe = STRBUF_INIT(LIMIT_RENDERED);

	terminal_escape(&safe, text, true);
	for (size_t i = 0; i < safe.len; i++) {
		char c = safe.buf[i];

		if (c == '<')
			strbuf_adds(out, "&lt;");
		else if (c == '>')
			strbuf_adds(out, "&gt;");
		else if (c == '&')
			strbuf_adds(out, "&amp;");
		else
			strbuf_addc(out, c);
	}
}
