#include "core/retry.h"

#include <stdlib.h>

#include "core/crypto.h"

#define BASE_MS 50
#define BASE_THROTTLED_MS 100
#define CAP_MS 20000

#define COST 5
#define COST_TIMEOUT 10
#define FIRST_TRY_BONUS 1

struct retry_limits retry_limits_from(const char *max_attempts)
{
	struct retry_limits limits = { .attempts = 3,
				       .throttled_attempts = 12 };
	char *end = NULL;
	long number = max_attempts ? strtol(max_attempts, &end, 10) : 0;

	if (number >= 1 && number <= 100 && !*end)
		limits = (struct retry_limits){ (int)number, (int)number };
	return limits;
}

int64_t retry_ceiling_ms(int retries, enum retry_reason reason)
{
	int64_t ceiling =
		reason == RETRY_THROTTLED ? BASE_THROTTLED_MS : BASE_MS;

	for (int i = 1; i < retries && ceiling < CAP_MS; i++)
		ceiling *= 2;
	return ceiling < CAP_MS ? ceiling : CAP_MS;
}

bool retry_again(struct retry *retry, const struct retry_limits *limits,
		 struct retry_budget *budget, enum retry_reason reason,
		 int64_t *ret_delay_ms)
{
	bool throttled = reason == RETRY_THROTTLED;
	int *count = throttled ? &retry->throttled : &retry->failed;
	int most = throttled ? limits->throttled_attempts : limits->attempts;
	int cost = reason == RETRY_TIMEOUT ? COST_TIMEOUT : COST;

	if (reason == RETRY_NONE || ++*count >= most || budget->tokens < cost)
		return false;
	budget->tokens -= cost;
	retry->borrowed = cost;
	*ret_delay_ms = (int64_t)((double)retry_ceiling_ms(*count, reason) *
				  random_fraction());
	return true;
}

void retry_succeeded(struct retry *retry, struct retry_budget *budget)
{
	budget->tokens += retry->borrowed ? retry->borrowed : FIRST_TRY_BONUS;
	if (budget->tokens > RETRY_BUDGET)
		budget->tokens = RETRY_BUDGET;
	retry->borrowed = 0;
}
