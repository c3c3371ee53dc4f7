#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/retry.h"

static void test_retry_limits_from__environment(void **state)
{
	struct retry_limits limits = retry_limits_from(NULL);

	(void)state;
	assert_int_equal(limits.attempts, 3);
	assert_int_equal(limits.throttled_attempts, 12);
	limits = retry_limits_from("7");
	assert_int_equal(limits.attempts, 7);
	assert_int_equal(limits.throttled_attempts, 7);
	assert_int_equal(retry_limits_from("1").attempts, 1);
	assert_int_equal(retry_limits_from("0").attempts, 3);
	assert_int_equal(retry_limits_from("-1").attempts, 3);
	assert_int_equal(retry_limits_from("5x").attempts, 3);
	assert_int_equal(retry_limits_from("").attempts, 3);
	assert_int_equal(retry_limits_from("99999999999999").attempts, 3);
}

static int attempts_until_given_up(const struct retry_limits *limits,
				   struct retry_budget *budget,
				   enum retry_reason reason)
{
	struct retry retry = { .failed = 0 };
	int64_t delay_ms;
	int attempts = 1;

	while (retry_again(&retry, limits, budget, reason, &delay_ms))
		attempts++;
	return attempts;
}

static void test_retry_again__limits_of_each_kind(void **state)
{
	struct retry_limits limits = retry_limits_from(NULL);
	struct retry_budget budget = RETRY_BUDGET_INIT;
	struct retry retry = { .failed = 0 };
	int64_t delay_ms;

	(void)state;
	assert_int_equal(
		attempts_until_given_up(&limits, &budget, RETRY_TRANSIENT), 3);
	assert_int_equal(
		attempts_until_given_up(&limits, &budget, RETRY_THROTTLED), 12);
	assert_int_equal(attempts_until_given_up(&limits, &budget, RETRY_NONE),
			 1);
	/* being throttled does not use up the attempts that may fail */
	for (int i = 0; i < 5; i++)
		assert_true(retry_again(&retry, &limits, &budget,
					RETRY_THROTTLED, &delay_ms));
	assert_true(retry_again(&retry, &limits, &budget, RETRY_TRANSIENT,
				&delay_ms));
}

static void test_retry_again__budget_runs_out(void **state)
{
	struct retry_limits limits = { .attempts = 1000,
				       .throttled_attempts = 1000 };
	struct retry_budget budget = RETRY_BUDGET_INIT;

	(void)state;
	assert_int_equal(
		attempts_until_given_up(&limits, &budget, RETRY_TRANSIENT),
		101);
	budget = (struct retry_budget)RETRY_BUDGET_INIT;
	assert_int_equal(
		attempts_until_given_up(&limits, &budget, RETRY_TIMEOUT), 51);
}

static void test_retry_succeeded__gives_back(void **state)
{
	struct retry_limits limits = retry_limits_from(NULL);
	struct retry_budget budget = { .tokens = 100 };
	struct retry retry = { .failed = 0 };
	int64_t delay_ms;

	(void)state;
	assert_true(retry_again(&retry, &limits, &budget, RETRY_TIMEOUT,
				&delay_ms));
	assert_int_equal(budget.tokens, 90);
	retry_succeeded(&retry, &budget);
	assert_int_equal(budget.tokens, 100);
	retry_succeeded(&retry, &budget);
	assert_int_equal(budget.tokens, 101);
	budget.tokens = RETRY_BUDGET;
	retry_succeeded(&retry, &budget);
	assert_int_equal(budget.tokens, RETRY_BUDGET);
}

static void test_retry_ceiling_ms__doubles_up_to_the_cap(void **state)
{
	(void)state;
	assert_int_equal(retry_ceiling_ms(1, RETRY_TRANSIENT), 50);
	assert_int_equal(retry_ceiling_ms(2, RETRY_TRANSIENT), 100);
	assert_int_equal(retry_ceiling_ms(1, RETRY_THROTTLED), 100);
	assert_int_equal(retry_ceiling_ms(8, RETRY_THROTTLED), 12800);
	assert_int_equal(retry_ceiling_ms(9, RETRY_THROTTLED), 20000);
	assert_int_equal(retry_ceiling_ms(1000, RETRY_THROTTLED), 20000);
}

static void test_retry_again__jitter_is_full(void **state)
{
	struct retry_limits limits = retry_limits_from(NULL);
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct retry_budget budget = RETRY_BUDGET_INIT;
		struct retry retry = { .throttled = 5 }; /* up to 3.2 s */
		int64_t delay_ms = -1;

		assert_true(retry_again(&retry, &limits, &budget,
					RETRY_THROTTLED, &delay_ms));
		least = delay_ms < least ? delay_ms : least;
		most = delay_ms > most ? delay_ms : most;
	}
	assert_true(least >= 0 && least < 320);
	assert_true(most > 2880 && most < 3200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_limits_from__environment),
		cmocka_unit_test(test_retry_again__limits_of_each_kind),
		cmocka_unit_test(test_retry_again__budget_runs_out),
		cmocka_unit_test(test_retry_succeeded__gives_back),
		cmocka_unit_test(test_retry_ceiling_ms__doubles_up_to_the_cap),
		cmocka_unit_test(test_retry_again__jitter_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
