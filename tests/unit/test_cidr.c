#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cidr.h"

static void reads_as(const char *text, const char *canonical, bool masked)
{
	struct cidr cidr;
	char out[CIDR_TEXT_MAX];

	assert_true(cidr_parse(text, &cidr));
	assert_string_equal(cidr_text(&cidr, out), canonical);
	assert_int_equal(cidr.masked, masked);
}

static void test_cidr_parse__ipv4(void **state)
{
	(void)state;
	reads_as("0.0.0.0/0", "0.0.0.0/0", false);
	reads_as("10.1.2.3/32", "10.1.2.3/32", false);
	reads_as("10.0.0.0/8", "10.0.0.0/8", false);
	reads_as("10.1.2.3/8", "10.0.0.0/8", true);
	reads_as("172.31.255.255/12", "172.16.0.0/12", true);
}

static void test_cidr_parse__ipv6(void **state)
{
	(void)state;
	reads_as("::/0", "::/0", false);
	reads_as("2001:0DB8:0000::/32", "2001:db8::/32", false);
	reads_as("2001:db8:ffff::1/33", "2001:db8:8000::/33", true);
	reads_as("2001:db8::1/128", "2001:db8::1/128", false);
}

static void test_cidr_parse__no_network(void **state)
{
	static const char *const bad[] = {
		"",
		"10.0.0.0",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0/8",
		"10.0.0.0/08",
		"10.0.0.0/-1",
		"10.0.0.0/8 ",
		"256.0.0.0/8",
		"2001:db8::/129",
		"::g/10",
		"/8",
		"10.0.0.0/8/8",
		"1.2.3.4/1000000000000",
	};
	struct cidr cidr;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (cidr_parse(bad[i], &cidr))
			fail_msg("'%s' was taken for a network", bad[i]);
}

static bool contains(const char *outer, const char *inner)
{
	struct cidr a, b;

	assert_true(cidr_parse(outer, &a));
	assert_true(cidr_parse(inner, &b));
	return cidr_contains(&a, &b);
}

static void test_cidr_contains(void **state)
{
	(void)state;
	assert_true(contains("0.0.0.0/0", "10.1.2.3/32"));
	assert_true(contains("10.0.0.0/8", "10.0.0.0/8"));
	assert_true(contains("10.0.0.0/9", "10.127.0.0/16"));
	assert_false(contains("10.0.0.0/9", "10.128.0.0/16"));
	assert_false(contains("10.0.0.0/16", "10.0.0.0/8"));
	assert_false(contains("0.0.0.0/0", "::/0"));
	assert_true(contains("::/0", "2001:db8::/32"));
	assert_true(contains("2001:db8::/33", "2001:db8:7fff::/48"));
	assert_false(contains("2001:db8::/33", "2001:db8:8000::/48"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cidr_parse__ipv4),
		cmocka_unit_test(test_cidr_parse__ipv6),
		cmocka_unit_test(test_cidr_parse__no_network),
		cmocka_unit_test(test_cidr_contains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
