/* The growing string and its largest size; see core/strbuf.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/strbuf.h"

static void test_strbuf_add__every_way_appends(void **state)
{
	CLEANUP(strbuf_release) struct strbuf sb = STRBUF_INIT(1000);

	(void)state;
	assert_string_equal(sb.buf, "");
	strbuf_add(&sb, "abc", 2);
	strbuf_addc(&sb, '-');
	strbuf_adds(&sb, "");
	strbuf_adds(&sb, "cd");
	strbuf_pad(&sb, '.', 3);
	strbuf_addf(&sb, "%d%s", 42, "!");
	assert_string_equal(sb.buf, "ab-cd...42!");
	assert_int_equal(sb.len, 11);
}

/* Whatever room is left before it, a formatted text comes out whole. */
static void test_strbuf_addf__at_every_fill(void **state)
{
	(void)state;
	for (size_t fill = 0; fill < 300; fill++) {
		CLEANUP(strbuf_release) struct strbuf sb = STRBUF_INIT(1000);

		strbuf_pad(&sb, 'x', fill);
		strbuf_addf(&sb, "<%0*d>", 70, 7);
		assert_int_equal(sb.len, fill + 72);
		assert_int_equal(strlen(sb.buf), sb.len);
		assert_int_equal(strspn(sb.buf, "x"), fill);
		assert_int_equal(strspn(sb.buf + fill, "<0"), 70);
		assert_string_equal(sb.buf + fill + 70, "7>");
		assert_false(sb.overflowed);
	}
}

static void test_strbuf_add__up_to_the_largest_size(void **state)
{
	CLEANUP(strbuf_release) struct strbuf sb = STRBUF_INIT(100);

	(void)state;
	strbuf_pad(&sb, 'x', 99);
	strbuf_addc(&sb, 'y');
	assert_int_equal(sb.len, 100);
	assert_false(sb.overflowed);
	strbuf_addc(&sb, 'z');
	assert_true(sb.overflowed);
	assert_int_equal(sb.len, 100);
	assert_int_equal(strlen(sb.buf), 100);
}

/* What does not fit is dropped whole, and so is all that follows it. */
static void test_strbuf_add__overflow_is_sticky(void **state)
{
	CLEANUP(strbuf_release) struct strbuf sb = STRBUF_INIT(10);

	(void)state;
	strbuf_adds(&sb, "12345");
	strbuf_addf(&sb, "%s", "678901");
	assert_true(sb.overflowed);
	assert_string_equal(sb.buf, "12345");
	strbuf_addc(&sb, '6');
	strbuf_adds(&sb, "7");
	strbuf_pad(&sb, '8', 1);
	strbuf_addf(&sb, "%d", 9);
	assert_string_equal(sb.buf, "12345");
	strbuf_clear(&sb);
	assert_false(sb.overflowed);
	strbuf_adds(&sb, "1234567890");
	assert_string_equal(sb.buf, "1234567890");
}

static void test_strbuf_insert__anywhere(void **state)
{
	CLEANUP(strbuf_release) struct strbuf sb = STRBUF_INIT(8);

	(void)state;
	strbuf_insert(&sb, 0, "d");
	strbuf_insert(&sb, 0, "ab");
	strbuf_insert(&sb, 2, "c");
	strbuf_insert(&sb, 4, "ef");
	assert_string_equal(sb.buf, "abcdef");
	assert_int_equal(sb.len, 6);
	strbuf_insert(&sb, 3, "xyz");
	assert_true(sb.overflowed);
	assert_string_equal(sb.buf, "abcdef");
}

static void test_strbuf_detach__gives_the_text_away(void **state)
{
	struct strbuf sb = STRBUF_INIT(10);
	char *text = strbuf_detach(&sb);

	(void)state;
	assert_string_equal(text, "");
	free(text);
	strbuf_adds(&sb, "a");
	text = strbuf_detach(&sb);
	assert_string_equal(text, "a");
	assert_string_equal(sb.buf, "");
	free(text);
	strbuf_release(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strbuf_add__every_way_appends),
		cmocka_unit_test(test_strbuf_addf__at_every_fill),
		cmocka_unit_test(test_strbuf_add__up_to_the_largest_size),
		cmocka_unit_test(test_strbuf_add__overflow_is_sticky),
		cmocka_unit_test(test_strbuf_insert__anywhere),
		cmocka_unit_test(test_strbuf_detach__gives_the_text_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
