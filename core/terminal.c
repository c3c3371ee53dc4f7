#include "core/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/compiler.h"

#define WIDTH_DEFAULT 80
#define WIDTH_LEAST 40
#define WIDTH_MOST 1000

bool terminal_is(int fd)
{
	return isatty(fd) == 1;
}

unsigned terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned long width = WIDTH_DEFAULT;

	if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_col)
		width = size.ws_col;
	else if (columns && *columns)
		width = strtoul(columns, NULL, 10);
	if (width < WIDTH_LEAST || width > WIDTH_MOST)
		width = width < WIDTH_LEAST && width > 0 ? WIDTH_LEAST
							 : WIDTH_DEFAULT;
	return (unsigned)width;
}

bool terminal_color(enum color_choice choice, int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (choice != COLOR_AUTO)
		return choice == COLOR_ALWAYS;
	if (no_color && *no_color)
		return false;
	return terminal_is(fd) && (!term || strcmp(term, "dumb") != 0);
}

/*
 * The code point at s, and in *ret_len how many bytes it takes. An invalid
 * byte gives UINT32_MAX and length 1.
 */
static uint32_t decode(const unsigned char *s, size_t *ret_len)
{
	size_t more = s[0] < 0x80                   ? 0
		      : s[0] >= 0xc2 && s[0] < 0xe0 ? 1
		      : s[0] >= 0xe0 && s[0] < 0xf0 ? 2
		      : s[0] >= 0xf0 && s[0] < 0xf5 ? 3
						    : SIZE_MAX;
	uint32_t point;

	*ret_len = 1;
	if (more == SIZE_MAX)
		return UINT32_MAX;
	point = more ? s[0] & (0x3fu >> more) : s[0];
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		point = (point << 6) | (s[i] & 0x3fu);
	}
	if ((more == 2 && point < 0x800) || (more == 3 && point < 0x10000) ||
	    point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return UINT32_MAX;
	*ret_len = more + 1;
	return point;
}

/* How many bytes at s are ASCII that prints: most of all text is. */
static size_t plain_run(const unsigned char *s)
{
	size_t len = 0;

	while (s[len] >= 0x20 && s[len] < 0x7f)
		len++;
	return len;
}

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t point, const struct range *ranges, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	}
	return false;
}

static size_t columns_of(uint32_t point)
{
	static const struct range none[] = {
		{ 0x300, 0x36f },   { 0x200b, 0x200f }, { 0x20d0, 0x20ff },
		{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
	};
	static const struct range wide[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0xa4cf },
		{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
		{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
	};

	if (in_ranges(point, none, ARRAY_SIZE(none)))
		return 0;
	return in_ranges(point, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

/* Columns of a text that need not be terminated. */
static size_t columns_until(const unsigned char *s, const unsigned char *end)
{
	size_t columns = 0;
	size_t len;

	for (; s < end; s += len) {
		len = 1;
		columns += *s < 0x80 ? 1 : columns_of(decode(s, &len));
	}
	return columns;
}

size_t terminal_columns(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	return columns_until(s, s + strlen(text));
}

/* Does printing it act on a terminal, or hide or reorder what is around it? */
static bool acts(uint32_t point)
{
	static const struct range acting[] = {
		{ 0x0, 0x1f },      { 0x7f, 0x9f },     { 0x61c, 0x61c },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};

	return in_ranges(point, acting, ARRAY_SIZE(acting));
}

void terminal_escape(struct strbuf *out, const char *text, bool keep_newlines)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len;

	for (; s; s += len) {
		uint32_t point;

		len = plain_run(s);
		strbuf_add(out, s, len);
		s += len;
		if (!*s)
			return;
		point = decode(s, &len);
		if (point == '\n')
			strbuf_adds(out, keep_newlines ? "\n" : "\\n");
		else if (point == UINT32_MAX)
			strbuf_addf(out, "\\x%02x", *s);
		else if (!acts(point))
			strbuf_add(out, s, len);
		else if (point < 0x80)
			strbuf_addf(out, "\\x%02x", point);
		else
			strbuf_addf(out, "\\u%04x", point);
	}
}

void terminal_fit(struct strbuf *out, const char *text, size_t columns)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t used = 0;
	size_t len;

	if (terminal_columns(text) <= columns) {
		strbuf_adds(out, text);
		return;
	}
	for (; *s; s += len) {
		size_t wide = columns_of(decode(s, &len));

		if (used + wide + 1 > columns)
			break;
		strbuf_add(out, s, len);
		used += wide;
	}
	if (columns)
		strbuf_adds(out, "…");
}

void terminal_wrap(struct strbuf *out, const char *text, unsigned width,
		   unsigned indent, unsigned column)
{
	size_t at = column;
	bool fresh = true; /* nothing stands on this line yet */

	for (const char *p = text; *p;) {
		size_t blanks = strspn(p, " ");
		size_t len = strcspn(p + blanks, " ");
		const unsigned char *word = (const unsigned char *)p + blanks;
		size_t columns = columns_until(word, word + len);

		if (!len)
			break;
		if (!fresh && width && at + blanks + columns > width) {
			strbuf_addc(out, '\n');
			strbuf_pad(out, ' ', indent);
			at = indent;
			fresh = true;
		}
		if (!fresh) {
			strbuf_pad(out, ' ', blanks);
			at += blanks;
		}
		strbuf_add(out, p + blanks, len);
		at += columns;
		fresh = false;
		p += blanks + len;
	}
}
