/* Widths, wrapping and what a terminal is spared; see core/terminal.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/limits.h"
#include "core/terminal.h"

static void assert_escaped(const char *text, bool keep, const char *want)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);

	terminal_escape(&out, text, keep);
	assert_string_equal(out.buf, want);
}

static void test_terminal_escape__controls_are_spelled_out(void **state)
{
	(void)state;
	assert_escaped("a\033[31mb\a\177", false, "a\\x1b[31mb\\x07\\x7f");
	assert_escaped("a\nb\r", false, "a\\nb\\x0d");
	assert_escaped("a\nb\r", true, "a\nb\\x0d");
	/* C1 controls, the 8-bit form of ESC [ among them */
	assert_escaped("\xc2\x9b"
		       "31m",
		       false, "\\u009b31m");
}

static void test_terminal_escape__text_that_reorders_lines(void **state)
{
	(void)state;
	assert_escaped("\xe2\x80\xae"
		       "evil",
		       false, "\\u202eevil");
	assert_escaped("\xe2\x81\xa6x", false, "\\u2066x");
	assert_escaped("\xef\xbb\xbfx", false, "\\ufeffx");
}

static void test_terminal_escape__good_text_stays(void **state)
{
	(void)state;
	assert_escaped("gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xe6\x97\xa5", false,
		       "gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xe6\x97\xa5");
}

static void test_terminal_escape__invalid_utf8(void **state)
{
	(void)state;
	assert_escaped("\xff", false, "\\xff");
	assert_escaped("\xc3", false, "\\xc3");
	assert_escaped("\xe2\x86", false, "\\xe2\\x86");
	assert_escaped("\xc0\xaf", false, "\\xc0\\xaf"); /* overlong */
	assert_escaped("\xed\xa0\x80", false,
		       "\\xed\\xa0\\x80"); /* surrogate */
	assert_escaped("\xf4\x90\x80\x80", false, "\\xf4\\x90\\x80\\x80");
}

static void test_terminal_columns__wide_and_combining(void **state)
{
	(void)state;
	assert_int_equal(terminal_columns(""), 0);
	assert_int_equal(terminal_columns("abc"), 3);
	assert_int_equal(terminal_columns("\xe2\x86\x92"), 1);
	assert_int_equal(terminal_columns("\xe6\x97\xa5"), 2);
	assert_int_equal(terminal_columns("e\xcc\x81"), 1);
	assert_int_equal(terminal_columns("\xff"), 1);
}

static void assert_fitted(const char *text, size_t columns, const char *want)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);

	terminal_fit(&out, text, columns);
	assert_string_equal(out.buf, want);
}

static void test_terminal_fit__cuts_between_characters(void **state)
{
	(void)state;
	assert_fitted("abc", 3, "abc");
	assert_fitted("abcd", 3, "ab\xe2\x80\xa6");
	assert_fitted("\xe6\x97\xa5\xe6\x97\xa5", 3,
		      "\xe6\x97\xa5\xe2\x80\xa6");
	assert_fitted("abc", 0, "");
}

static void assert_wrapped(const char *text, unsigned width, unsigned indent,
			   const char *want)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);

	terminal_wrap(&out, text, width, indent, 0);
	assert_string_equal(out.buf, want);
}

static void test_terminal_wrap__between_words(void **state)
{
	(void)state;
	assert_wrapped("one two three", 9, 2, "one two\n  three");
	assert_wrapped("one two three", 0, 2, "one two three");
	assert_wrapped("", 9, 2, "");
	assert_wrapped("one  two", 20, 2, "one  two");
	assert_wrapped("  one", 20, 2, "one");
}

static void test_terminal_wrap__a_long_word_stays_whole(void **state)
{
	(void)state;
	assert_wrapped("a bbbbbbbbbbbb c", 6, 1, "a\n bbbbbbbbbbbb\n c");
}

static void test_terminal_wrap__counts_columns_not_bytes(void **state)
{
	(void)state;
	assert_wrapped("a \xe2\x86\x92 b \xe2\x86\x92 c", 9, 0,
		       "a \xe2\x86\x92 b \xe2\x86\x92 c");
}

static void test_terminal_color__choices(void **state)
{
	(void)state;
	assert_true(terminal_color(COLOR_ALWAYS, 1));
	assert_false(terminal_color(COLOR_NEVER, 1));
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	assert_false(terminal_color(COLOR_AUTO, 1));
	assert_true(terminal_color(COLOR_ALWAYS, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_terminal_escape__controls_are_spelled_out),
		cmocka_unit_test(
			test_terminal_escape__text_that_reorders_lines),
		cmocka_unit_test(test_terminal_escape__good_text_stays),
		cmocka_unit_test(test_terminal_escape__invalid_utf8),
		cmocka_unit_test(test_terminal_columns__wide_and_combining),
		cmocka_unit_test(test_terminal_fit__cuts_between_characters),
		cmocka_unit_test(test_terminal_wrap__between_words),
		cmocka_unit_test(test_terminal_wrap__a_long_word_stays_whole),
		cmocka_unit_test(test_terminal_wrap__counts_columns_not_bytes),
		cmocka_unit_test(test_terminal_color__choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
