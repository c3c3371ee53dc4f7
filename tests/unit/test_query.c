#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "core/query.h"

static void check(json_t *parameters, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	query_form("A", "2014-10-31", parameters, &out);
	assert_string_equal(out.buf, expected);
	json_decref(parameters);
}

static void test_query_form__no_parameters(void **state)
{
	(void)state;
	check(NULL, "Action=A&Version=2014-10-31");
	check(json_object(), "Action=A&Version=2014-10-31");
}

static void test_query_form__sorted_by_name(void **state)
{
	(void)state;
	check(json_pack("{s:s,s:s,s:s}", "B.member.10", "x", "B.member.1", "y",
			"A", ""),
	      "Action=A&Version=2014-10-31&A=&B.member.1=y&B.member.10=x");
}

static void test_query_form__every_special_byte_is_encoded(void **state)
{
	(void)state;
	check(json_pack("{s:s}", "a b&=", "~-._+*/%\xc3\xbc\n\"'"),
	      "Action=A&Version=2014-10-31&a%20b%26%3D="
	      "~-._%2B%2A%2F%25%C3%BC%0A%22%27");
	check(json_pack("{s:s%}", "k", "a\0b", (size_t)3),
	      "Action=A&Version=2014-10-31&k=a%00b");
}

static void test_query_encode__keep(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);

	(void)state;
	query_encode("/a b\0/", 6, "/", &out);
	assert_string_equal(out.buf, "/a%20b%00/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query_form__no_parameters),
		cmocka_unit_test(test_query_form__sorted_by_name),
		cmocka_unit_test(
			test_query_form__every_special_byte_is_encoded),
		cmocka_unit_test(test_query_encode__keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
