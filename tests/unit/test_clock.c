#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"

static void test_clock_parse__zone_is_taken_off(void **state)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t when = 0;

	(void)state;
	assert_int_equal(clock_parse("2026-11-20T12:00:00+02:00", &when, &err),
			 0);
	assert_int_equal(when, 1795168800);
}

static void test_clock_parse__bare_date_is_midnight_utc(void **state)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t when = 0;
	char text[CLOCK_TEXT_MAX];

	(void)state;
	assert_int_equal(clock_parse("2026-11-20", &when, &err), 0);
	assert_string_equal(clock_rfc3339(when, text), "2026-11-20T00:00:00Z");
	assert_string_equal(clock_basic(when, text), "20261120T000000Z");
}

static void test_clock_parse__no_zone_and_no_such_day_are_errors(void **state)
{
	static const char *const bad[] = { "2026-11-20T10:00:00", "2026-02-31",
					   "yesterday", "", "2026-11-20x" };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t when = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(clock_parse(bad[i], &when, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		assert_non_null(err.hint);
	}
}

static void test_clock_parse_duration__units(void **state)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t seconds = 0;

	(void)state;
	assert_int_equal(clock_parse_duration("2w", &seconds, &err), 0);
	assert_int_equal(seconds, 1209600);
	assert_int_equal(clock_parse_duration("10", &seconds, &err), -1);
	assert_int_equal(clock_parse_duration("0m", &seconds, &err), -1);
	assert_int_equal(clock_parse_duration("-1m", &seconds, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_parse__zone_is_taken_off),
		cmocka_unit_test(test_clock_parse__bare_date_is_midnight_utc),
		cmocka_unit_test(
			test_clock_parse__no_zone_and_no_such_day_are_errors),
		cmocka_unit_test(test_clock_parse_duration__units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
