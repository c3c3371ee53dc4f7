#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/ini.h"
#include "core/limits.h"
#include "core/mem.h"

DEFINE_CLEANUP(free_ini, struct ini *, ini_free)

static struct ini *parsed(const char *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct ini *ini = NULL;

	if (ini_parse("f", text, strlen(text), &ini, &err))
		fail_msg("%s", err.chain[0]);
	return ini;
}

static void test_ini_parse__sections_keys_and_comments(void **state)
{
	CLEANUP(free_ini)
	struct ini *ini = parsed("\xef\xbb\xbf# top\r\n"
				 "[ default ] ; the usual one\r\n"
				 "Region=eu-west-1\r\n"
				 "  \r\n"
				 "; aws_access_key_id = no\n"
				 "[profile b]\n"
				 "aws_access_key_id : AK=:1 # kept\n"
				 "empty =\n"
				 "last = no newline");

	(void)state;
	assert_true(ini_has_section(ini, "default"));
	assert_true(ini_has_section(ini, "profile b"));
	assert_false(ini_has_section(ini, "b"));
	assert_string_equal(ini_get(ini, "default", "region"), "eu-west-1");
	assert_null(ini_get(ini, "default", "aws_access_key_id"));
	assert_null(ini_get(ini, "default", ""));
	/* as botocore reads it: a # within a line is no comment */
	assert_string_equal(ini_get(ini, "profile b", "aws_access_key_id"),
			    "AK=:1 # kept");
	assert_string_equal(ini_get(ini, "profile b", "empty"), "");
	assert_string_equal(ini_get(ini, "profile b", "last"), "no newline");
}

static void test_ini_parse__indented_lines_continue(void **state)
{
	CLEANUP(free_ini)
	struct ini *ini = parsed("[a]\ns3 =\n  max = 1\n\n  b = 2\nx = 1\n"
				 "[b]\n  y = 3\n");

	(void)state;
	assert_string_equal(ini_get(ini, "a", "s3"), "\nmax = 1\nb = 2");
	assert_null(ini_get(ini, "a", "max"));
	assert_string_equal(ini_get(ini, "a", "x"), "1");
	assert_string_equal(ini_get(ini, "b", "y"), "3");
}

static void test_ini_get_nested__below_a_key(void **state UNUSED)
{
	CLEANUP(free_ini)
	struct ini *ini = parsed("[a]\n  one =\n    x = 1\n   y=\n  two = 2\n"
				 "three = x = 3\n\tx = 4\n"
				 "four =\n\tz\n\tx = 5 = 6\n");
	CLEANUP(free_ptr) char *x = ini_get_nested(ini, "a", "one", "x");
	CLEANUP(free_ptr) char *last = ini_get_nested(ini, "a", "four", "x");

	assert_string_equal(x, "1");
	assert_string_equal(last, "5 = 6");
	assert_null(ini_get_nested(ini, "a", "three", "x"));
	assert_null(ini_get_nested(ini, "a", "one", "y"));
	assert_null(ini_get_nested(ini, "a", "one", "two"));
	assert_null(ini_get_nested(ini, "a", "two", "x"));
	assert_null(ini_get_nested(ini, "a", "none", "x"));
	assert_null(ini_get_nested(ini, "b", "one", "x"));
	/* deeper than its key, and no deeper */
	assert_string_equal(ini_get(ini, "a", "two"), "2");
}

static void test_ini_parse__empty(void **state)
{
	CLEANUP(free_ini) struct ini *ini = parsed("");

	(void)state;
	assert_false(ini_has_section(ini, "default"));
}

static void test_ini_parse__mistakes_have_a_line(void **state)
{
	static const struct {
		const char *text, *where, *says;
	} bad[] = {
		{ "x = 1\n", "f:1", "before the first section" },
		{ "[a]\n\nplanted\n", "f:3", "has no '='" },
		{ "[a\nx=1", "f:1", "no ']'" },
		{ "[]\n", "f:1", "name is empty" },
		{ "[a] b\n", "f:1", "follows the section's name" },
		{ "[a]\n= planted\n", "f:2", "nothing before '='" },
		{ "[a]\nx=1\ny=2\nX = planted\n", "f:4", "given twice" },
		{ "[a]\n[b]\n[a]\n", "f:3", "section is given twice" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		struct ini *ini = NULL;

		assert_int_equal(ini_parse("f", bad[i].text,
					   strlen(bad[i].text), &ini, &err),
				 -1);
		assert_null(ini);
		assert_int_equal(err.code, ERR_FORMAT);
		assert_string_equal(err.where, bad[i].where);
		assert_non_null(strstr(err.chain[0], bad[i].says));
		assert_null(strstr(err.chain[0], "planted"));
	}
}

static void test_ini_parse__binary_and_endless_value(void **state)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	struct ini *ini = NULL;

	(void)state;
	assert_int_equal(ini_parse("f", "[a]\0b", 5, &ini, &err), -1);
	assert_non_null(strstr(err.chain[0], "it is binary"));
	strbuf_adds(&text, "[a]\nx =\n");
	while (text.len < 2 * LIMIT_CONFIG_VALUE)
		strbuf_adds(&text, " 0123456789\n");
	assert_int_equal(ini_parse("f", text.buf, text.len, &ini, &err), -1);
	assert_non_null(strstr(err.chain[0], "a value is too long"));
}

static void test_ini_read__missing_unreadable_and_there(void **state)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	char dir[] = "/tmp/aback-ini-XXXXXX";
	CLEANUP(free_ptr) char *path = NULL;
	struct ini *ini = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/config", dir);
	assert_int_equal(ini_read(path, &ini, &err), 0);
	assert_false(ini_has_section(ini, "a"));
	ini_free(TAKE(ini));
	assert_int_equal(ini_read(dir, &ini, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(file_write(path, "[a]\n", 4, 0600, &err), 0);
	assert_int_equal(ini_read(path, &ini, &err), 0);
	assert_true(ini_has_section(ini, "a"));
	ini_free(ini);
	(void)unlink(path);
	(void)rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ini_parse__sections_keys_and_comments),
		cmocka_unit_test(test_ini_parse__indented_lines_continue),
		cmocka_unit_test(test_ini_get_nested__below_a_key),
		cmocka_unit_test(test_ini_parse__empty),
		cmocka_unit_test(test_ini_parse__mistakes_have_a_line),
		cmocka_unit_test(test_ini_parse__binary_and_endless_value),
		cmocka_unit_test(test_ini_read__missing_unreadable_and_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
