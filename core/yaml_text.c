#include "core/yaml_text.h"

#include <string.h>

#include "core/crypto.h"

/* Where a check stands; line and column are 1-based, in characters. */
struct walk {
	const unsigned char *text;
	size_t len, at;
	long line, column;
};

/* The length that the first byte of a UTF-8 sequence announces; 0: none. */
static size_t announced(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

/* Decode the character at the walk's place; 0: not UTF-8. */
static size_t decode(const struct walk *w, unsigned long *ret_point)
{
	static const unsigned char head[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = w->text + w->at;
	size_t n = announced(s[0]);
	unsigned long point;

	if (!n || n > w->len - w->at)
		return 0;
	point = s[0] & head[n];
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = (point << 6) | (s[i] & 0x3fu);
	}
	if (point < least[n] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return n;
}

/* Why a YAML text must not hold the character; NULL: it may. */
static const char *objection(unsigned long point)
{
	if (point == 0)
		return "a NUL byte: this is not a text file";
	if ((point < 0x20 && point != '\t' && point != '\n' && point != '\r') ||
	    (point >= 0x7f && point < 0xa0 && point != 0x85))
		return "a control character";
	if (point == 0x85 || point == 0x2028 || point == 0x2029)
		return "a Unicode line separator, which editors and YAML "
		       "count differently";
	if (point == 0xfeff || point == 0xfffe || point == 0xffff)
		return "a byte order mark inside the text";
	return NULL;
}

/* What to do about an unreadable character; valid: it was UTF-8 at least. */
static const char *remedy(bool valid, unsigned long point)
{
	if (!valid)
		return "save the file as UTF-8";
	if (point == 0)
		return "is it the right file?";
	if (point == '\r')
		return "save the file with the usual line ends";
	return "is it the right file? double quotes can hold it as an "
	       "escape";
}

static bool looks_like_utf16(const char *text, size_t len)
{
	return len >= 2 &&
	       (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
}

bool yaml_text_check(const char *file, const char *text, size_t len,
		     struct error_list *list)
{
	struct walk w = { (const unsigned char *)text, len, 0, 1, 1 };

	if (looks_like_utf16(text, len)) {
		error_list_add(list, file, 1, 1, "save the file as UTF-8",
			       "the text is UTF-16, not UTF-8");
		return false;
	}
	while (w.at < w.len) {
		unsigned long point = 0;
		size_t n = decode(&w, &point);
		const char *why =
			n ? objection(point) : "a byte that is not UTF-8";

		/* as YAML's old line break it would hide a directive */
		if (point == '\r' &&
		    (w.at + 1 == w.len || w.text[w.at + 1] != '\n'))
			why = "a carriage return without a line feed";
		if (why) {
			error_list_add(list, file, w.line, w.column,
				       remedy(n > 0, point),
				       "unreadable text: %s", why);
			return false;
		}
		w.at += n;
		w.column++;
		if (point == '\n') {
			w.line++;
			w.column = 1;
		}
	}
	return true;
}

size_t yaml_text_offset(const char *text, size_t len, size_t character)
{
	size_t at = 0;

	while (character-- && at < len) {
		at++;
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

static bool one_of(const char *text, size_t len, const char *const *words)
{
	for (; *words; words++) {
		if (strlen(*words) == len && !memcmp(*words, text, len))
			return true;
	}
	return false;
}

enum number { NOT_A_NUMBER, WHOLE, TOO_LARGE };

/* The digits s up to end in that base. */
static enum number read_digits(const char *s, const char *end, int base,
			       bool negative, int64_t *ret_number)
{
	int64_t number = 0;
	bool overflow = false;

	if (s == end)
		return NOT_A_NUMBER;
	for (; s < end; s++) {
		int digit = hex_digit(*s);

		if (digit < 0 || digit >= base)
			return NOT_A_NUMBER;
		/* counted down, so that the least int64_t fits */
		overflow = overflow ||
			   __builtin_mul_overflow(number, base, &number) ||
			   __builtin_sub_overflow(number, digit, &number);
	}
	if (!negative)
		overflow = overflow ||
			   __builtin_sub_overflow((int64_t)0, number, &number);
	*ret_number = number;
	return overflow ? TOO_LARGE : WHOLE;
}

static enum number read_whole(const char *s, size_t len, int64_t *ret_number)
{
	const char *end = s + len;
	bool negative = false;

	if (len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'o'))
		return read_digits(s + 2, end, s[1] == 'x' ? 16 : 8, false,
				   ret_number);
	if (len && (*s == '-' || *s == '+'))
		negative = *s++ == '-';
	return read_digits(s, end, 10, negative, ret_number);
}

static size_t count_digits(const char **s, const char *end)
{
	const char *start = *s;

	while (*s < end && **s >= '0' && **s <= '9')
		(*s)++;
	return (size_t)(*s - start);
}

/* [-+]? (\.[0-9]+ | [0-9]+(\.[0-9]*)?) ([eE][-+]?[0-9]+)? and .inf, .nan */
static bool is_float(const char *s, size_t len)
{
	static const char *const names[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const nan[] = { ".nan", ".NaN", ".NAN", NULL };
	const char *end = s + len;
	size_t digits;

	if (one_of(s, len, nan))
		return true;
	if (s < end && (*s == '-' || *s == '+'))
		s++;
	if (one_of(s, (size_t)(end - s), names))
		return true;
	digits = count_digits(&s, end);
	if (s < end && *s == '.') {
		s++;
		digits += count_digits(&s, end);
	}
	if (!digits)
		return false;
	if (s < end && (*s == 'e' || *s == 'E')) {
		s++;
		if (s < end && (*s == '-' || *s == '+'))
			s++;
		if (!count_digits(&s, end))
			return false;
	}
	return s == end;
}

void yaml_type_plain(struct yaml_node *node)
{
	static const char *const nulls[] = { "",     "~",    "null",
					     "Null", "NULL", NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };
	const char *text = node->text;
	size_t len = node->text_len;

	if (one_of(text, len, nulls)) {
		node->type = YAML_NULL;
	} else if (one_of(text, len, trues)) {
		node->type = YAML_BOOL;
		node->boolean = true;
	} else if (one_of(text, len, falses)) {
		node->type = YAML_BOOL;
	} else {
		switch (read_whole(text, len, &node->integer)) {
		case WHOLE:
			node->type = YAML_INT;
			return;
		case TOO_LARGE:
			node->integer = 0;
			node->type = YAML_FLOAT;
			return;
		case NOT_A_NUMBER:
			node->type =
				is_float(text, len) ? YAML_FLOAT : YAML_STRING;
		}
	}
}
