/* Times that come back: what is a cron, and when it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "plans/cron.h"

static int64_t at(const char *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t when = 0;

	assert_int_equal(clock_parse(text, &when, &err), 0);
	return when;
}

/* When it came last in the hours before `now`; "never". */
static const char *came(const char *text, const char *zone, const char *now,
			int hours, char *buf)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct cron cron;
	int64_t begin;

	assert_int_equal(cron_parse(text, &cron, &err), 0);
	if (!cron_came(&cron, zone, at(now), hours * INT64_C(3600), &begin))
		return "never";
	return clock_rfc3339(begin, buf);
}

static void test_cron_came__forms(void **state UNUSED)
{
	/* 2026-11-24 is a Tuesday */
	static const struct {
		const char *cron, *now, *came;
		int hours;
	} cases[] = {
		{ "0 18 * * 5", "2026-11-22T05:00:00Z", "2026-11-20T18:00:00Z",
		  60 },
		{ "0 18 * * 5", "2026-11-23T06:00:00Z", "never", 60 },
		{ "0 18 * * 5", "2026-11-20T17:59:59Z", "never", 60 },
		{ "0 18 * * fri", "2026-11-20T18:00:00Z",
		  "2026-11-20T18:00:00Z", 1 },
		{ "*/15 * * * *", "2026-11-24T10:29:59Z",
		  "2026-11-24T10:15:00Z", 1 },
		{ "5-30/10 2 * * *", "2026-11-24T02:26:00Z",
		  "2026-11-24T02:25:00Z", 1 },
		{ "0,30 9-17 * * 1-5", "2026-11-24T18:00:00Z",
		  "2026-11-24T17:30:00Z", 1 },
		{ "0 0 * * 7", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z",
		  1 },
		{ "0 0 24 nov *", "2026-11-24T12:00:00Z",
		  "2026-11-24T00:00:00Z", 24 },
		/* day and weekday: either of them */
		{ "0 0 1 * tue", "2026-11-24T12:00:00Z", "2026-11-24T00:00:00Z",
		  24 },
		{ "0 0 24 * mon", "2026-11-24T12:00:00Z",
		  "2026-11-24T00:00:00Z", 24 },
		{ "0 0 25 12 *", "2026-11-24T12:00:00Z", "never", 24 },
		{ "0 0 29 2 *", "2028-02-29T23:00:00Z", "2028-02-29T00:00:00Z",
		  24 },
	};
	char buf[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(came(cases[i].cron, "UTC", cases[i].now,
					 cases[i].hours, buf),
				    cases[i].came);
}

static void test_cron_came__zones(void **state UNUSED)
{
	char buf[CLOCK_TEXT_MAX];

	/* winter and summer */
	assert_string_equal(came("0 18 * * *", "Europe/Berlin",
				 "2026-11-24T20:00:00Z", 24, buf),
			    "2026-11-24T17:00:00Z");
	assert_string_equal(came("0 18 * * *", "Europe/Berlin",
				 "2026-07-24T20:00:00Z", 24, buf),
			    "2026-07-24T16:00:00Z");
	assert_string_equal(came("0 6 * * *", "Asia/Kolkata",
				 "2026-11-24T01:00:00Z", 2, buf),
			    "2026-11-24T00:30:00Z");
}

/* On 2026-03-29 at 01:00 UTC the clocks of Berlin go from 02:00 to 03:00. */
static void test_cron_came__time_that_is_skipped(void **state UNUSED)
{
	char buf[CLOCK_TEXT_MAX];

	assert_string_equal(came("30 2 * * *", "Europe/Berlin",
				 "2026-03-29T03:00:00Z", 6, buf),
			    "2026-03-29T01:00:00Z");
	assert_string_equal(came("0 3 * * *", "Europe/Berlin",
				 "2026-03-29T03:00:00Z", 6, buf),
			    "2026-03-29T01:00:00Z");
}

/* On 2026-10-25 at 01:00 UTC they go from 03:00 to 02:00: 02:30 comes twice. */
static void test_cron_came__time_that_comes_twice(void **state UNUSED)
{
	char buf[CLOCK_TEXT_MAX];

	assert_string_equal(came("30 2 * * *", "Europe/Berlin",
				 "2026-10-25T00:45:00Z", 1, buf),
			    "2026-10-25T00:30:00Z");
	assert_string_equal(came("30 2 * * *", "Europe/Berlin",
				 "2026-10-25T01:45:00Z", 1, buf),
			    "2026-10-25T01:30:00Z");
	/* the night is an hour longer, and 60 hours are as long as ever */
	assert_string_equal(came("0 18 * * 5", "Europe/Berlin",
				 "2026-10-26T03:59:00Z", 60, buf),
			    "2026-10-23T16:00:00Z");
	assert_string_equal(came("0 18 * * 5", "Europe/Berlin",
				 "2026-10-26T04:00:00Z", 60, buf),
			    "never");
}

/* The zone of the process is what it was. */
static void test_cron_came__leaves_the_zone(void **state UNUSED)
{
	char buf[CLOCK_TEXT_MAX];

	(void)setenv("TZ", "America/New_York", 1);
	(void)came("0 18 * * *", "Europe/Berlin", "2026-11-24T20:00:00Z", 24,
		   buf);
	assert_string_equal(getenv("TZ"), "America/New_York");
	(void)unsetenv("TZ");
	(void)came("0 18 * * *", "Europe/Berlin", "2026-11-24T20:00:00Z", 24,
		   buf);
	assert_null(getenv("TZ"));
}

static void test_cron_parse__bad(void **state UNUSED)
{
	static const char *const bad[] = {
		"",
		"*",
		"* * * *",
		"* * * * * *",
		"60 * * * *",
		"* 24 * * *",
		"* * 0 * *",
		"* * 32 * *",
		"* * * 13 *",
		"* * * 0 *",
		"* * * * 8",
		"5-1 * * * *",
		"*/0 * * * *",
		"1,,2 * * * *",
		"a * * * *",
		"1- * * * *",
		"* * * foo *",
		"* * * * foo",
		"1/ * * * *",
		"-1 * * * *",
		"1.5 * * * *",
		"@daily",
		"*/999 * * * *",
		"+1 * * * *",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;
		struct cron cron;

		if (!cron_parse(bad[i], &cron, &err))
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(err.code, ERR_DESIRED);
	}
}

static void test_cron_knows_zone__names(void **state UNUSED)
{
	assert_true(cron_knows_zone("UTC"));
	assert_true(cron_knows_zone("Europe/Berlin"));
	assert_false(cron_knows_zone(""));
	assert_false(cron_knows_zone("Mars/Olympus"));
	assert_false(cron_knows_zone("/etc/passwd"));
	assert_false(cron_knows_zone("../../../etc/passwd"));
	assert_false(cron_knows_zone(":UTC"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cron_came__forms),
		cmocka_unit_test(test_cron_came__zones),
		cmocka_unit_test(test_cron_came__time_that_is_skipped),
		cmocka_unit_test(test_cron_came__time_that_comes_twice),
		cmocka_unit_test(test_cron_came__leaves_the_zone),
		cmocka_unit_test(test_cron_parse__bad),
		cmocka_unit_test(test_cron_knows_zone__names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
