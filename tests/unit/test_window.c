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

static void
test_window_weekly_contains__minutes_of_the_week(void **state UNUSED)
{
	/* 2026-11-24T02:15:30Z, a Tuesday */
	const int64_t now = 1795486530;

	assert_true(window_weekly_contains("tue:02:00-tue:03:00", now));
	assert_true(window_weekly_contains("tue:02:15-tue:02:45", now));
	assert_false(window_weekly_contains("tue:02:16-tue:03:00", now));
	assert_false(window_weekly_contains("tue:01:00-tue:02:15", now));
	assert_false(window_weekly_contains("wed:02:00-wed:03:00", now));
	assert_true(window_weekly_contains("mon:23:00-tue:04:00", now));
	assert_true(window_weekly_contains("wed:00:00-tue:02:30", now));
	assert_false(window_weekly_contains("wed:00:00-tue:02:00", now));
	assert_false(window_weekly_contains("nonsense", now));
	/* over the end of the week, on a Sunday and on a Monday */
	assert_true(window_weekly_contains("sun:23:30-mon:00:30",
					   1795995900 /* Sun 23:45 */));
	assert_true(window_weekly_contains("sun:23:30-mon:00:30",
					   1795997700 /* Mon 00:15 */));
	assert_false(window_weekly_contains("sun:23:30-mon:00:30",
					    1795998600 /* Mon 00:30 */));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window_daily_valid__forms),
		cmocka_unit_test(test_window_weekly_valid__forms),
		cmocka_unit_test(test_window_overlap__any_day),
		cmocka_unit_test(
			test_window_weekly_contains__minutes_of_the_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
