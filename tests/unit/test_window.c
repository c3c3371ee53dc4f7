#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/compiler.h"
#include "plans/window.h"

static void test_window_daily_valid__forms(void **state UNUSED)
{
	assert_true(window_daily_valid("02:00-02:30"));
	assert_true(window_daily_valid("23:45-00:15"));
	assert_false(window_daily_valid("02:00-02:29"));
	assert_false(window_daily_valid("02:00-02:00"));
	assert_false(window_daily_valid("24:00-01:00"));
	assert_false(window_daily_valid("02:60-03:30"));
	assert_false(window_daily_valid("2:00-3:00"));
	assert_false(window_daily_valid("02:00-03:00 "));
	assert_false(window_daily_valid("02:00"));
	assert_false(window_daily_valid("02:0"));
	assert_false(window_daily_valid(""));
}

static void test_window_weekly_valid__forms(void **state UNUSED)
{
	assert_true(window_weekly_valid("sun:02:00-sun:03:00"));
	assert_true(window_weekly_valid("sun:23:45-mon:00:15"));
	assert_false(window_weekly_valid("sun:23:45-mon:00:00"));
	assert_false(window_weekly_valid("Sun:02:00-sun:03:00"));
	assert_false(window_weekly_valid("xyz:02:00-sun:03:00"));
	assert_false(window_weekly_valid("sun:02:00"));
	assert_false(window_weekly_valid("02:00-03:00"));
	assert_false(window_weekly_valid("su"));
}

static void test_window_overlap__any_day(void **state UNUSED)
{
	assert_true(window_overlap("02:00-03:00", "wed:02:30-wed:03:30"));
	assert_true(window_overlap("02:00-06:00", "wed:03:00-wed:04:00"));
	assert_true(window_overlap("03:00-03:30", "wed:02:00-wed:04:00"));
	assert_true(window_overlap("23:30-00:30", "mon:00:00-mon:01:00"));
	assert_true(window_overlap("23:30-00:30", "sun:23:45-mon:00:15"));
	assert_false(window_overlap("02:00-03:00", "wed:03:00-wed:04:00"));
	assert_false(window_overlap("04:00-05:00", "wed:03:00-wed:04:00"));
	assert_false(window_overlap("04:00-05:00", "nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window_daily_valid__forms),
		cmocka_unit_test(test_window_weekly_valid__forms),
		cmocka_unit_test(test_window_overlap__any_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
