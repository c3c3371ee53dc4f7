/* How waves and failures are written, and how many clusters they come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/error.h"
#include "core/mem.h"
#include "plans/rollout.h"

static size_t sizes(const char *text, size_t clusters, size_t *ret)
{
	struct rollout rollout = { 0 };
	struct error err = ERROR_INIT;
	size_t len;

	assert_int_equal(rollout_parse_waves(text, &rollout, &err), 0);
	len = rollout.waves_len;
	for (size_t i = 0; i < len; i++)
		ret[i] = share_of_wave(&rollout.waves[i], clusters);
	rollout_release(&rollout);
	return len;
}

static void assert_sizes(const char *text, size_t clusters, size_t a, size_t b,
			 size_t c)
{
	size_t got[8] = { 0 };

	assert_int_equal(sizes(text, clusters, got), 3);
	assert_int_equal(got[0], a);
	assert_int_equal(got[1], b);
	assert_int_equal(got[2], c);
}

static void test_share_of_wave__rounds_up_and_ends_at_all(void **state)
{
	(void)state;
	assert_sizes("1,10%,100%", 40, 1, 4, 40);
	assert_sizes("1,10%,100%", 41, 1, 5, 41);
	assert_sizes("1,10%,100%", 1, 1, 1, 1);
	assert_sizes("1,10%,100%", 0, 0, 0, 0);
	assert_sizes("5,50%,1000", 3, 3, 2, 3);
	assert_sizes("1%,2%,100%", 1000, 10, 20, 1000);
}

static void test_rollout_parse_waves__one_wave(void **state)
{
	size_t got[8];

	(void)state;
	assert_int_equal(sizes("100%", 7, got), 1);
	assert_int_equal(got[0], 7);
	assert_int_equal(sizes("999999999", 7, got), 1);
	assert_int_equal(got[0], 7);
}

static void refuse(int (*parse)(const char *text, struct rollout *rollout,
				struct error *err),
		   const char *text)
{
	struct rollout rollout = { 0 };
	struct error err = ERROR_INIT;

	if (parse(text, &rollout, &err) != -1) {
		print_error("'%s' was taken\n", text);
		fail();
	}
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(err.hint);
	error_release(&err);
	rollout_release(&rollout);
}

static void test_rollout_parse_waves__nonsense(void **state)
{
	static const char *const bad[] = {
		"",     "0",        "%",          ",",       "1,",     ",1",
		"1,,2", "-1",       "+1",         "1.5",     " 1",     "1 ",
		"1%%",  "101%",     "5,3",        "3,3",     "10%,5%", "50%",
		"1,5%", "100%,200", "100%,1",     "0%,100%", "all",    "1;2",
		"1\n",  "0x10",     "1000000000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse(rollout_parse_waves, bad[i]);
}

static void test_rollout_parse_failures__nonsense(void **state)
{
	static const char *const bad[] = { "",    "%",         "-1",  "101%",
					   "1,2", "1.5",       "two", "1%%",
					   " 1",  "9999999999" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse(rollout_parse_failures, bad[i]);
}

static size_t failures(const char *text, size_t clusters)
{
	struct rollout rollout = { 0 };
	struct error err = ERROR_INIT;

	assert_int_equal(rollout_parse_failures(text, &rollout, &err), 0);
	assert_true(rollout.limits_failures);
	return share_of_failures(&rollout.failures, clusters);
}

static void test_share_of_failures__rounds_down(void **state)
{
	(void)state;
	assert_int_equal(failures("0", 40), 0);
	assert_int_equal(failures("2", 40), 2);
	assert_int_equal(failures("10%", 40), 4);
	assert_int_equal(failures("10%", 39), 3);
	assert_int_equal(failures("10%", 9), 0);
	assert_int_equal(failures("100%", 9), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share_of_wave__rounds_up_and_ends_at_all),
		cmocka_unit_test(test_rollout_parse_waves__one_wave),
		cmocka_unit_test(test_rollout_parse_waves__nonsense),
		cmocka_unit_test(test_rollout_parse_failures__nonsense),
		cmocka_unit_test(test_share_of_failures__rounds_down),
	};

	mem_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
