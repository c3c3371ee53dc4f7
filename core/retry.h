/*
 * When to try again, and how long to wait before: full jitter over an
 * exponential, and a budget of retries as in the SDKs' standard mode, so that
 * an outage is not answered with three times the load.
 */
#ifndef ABACK_CORE_RETRY_H
#define ABACK_CORE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

enum retry_reason {
	RETRY_NONE,
	RETRY_TRANSIENT, /* connection errors, 5xx, malformed answers */
	RETRY_TIMEOUT,   /* dearer: the server may be in trouble */
	RETRY_THROTTLED
};

struct retry_limits {
	int attempts;           /* that fail, until the call is given up */
	int throttled_attempts; /* that are throttled: these count apart */
};

/*
 * AWS_MAX_ATTEMPTS (may be NULL) limits both kinds; without it 3 attempts as
 * in the SDKs, but 12 under throttling (a good half minute), so that reading
 * a fleet outlives an emptied bucket. A text that is no number from 1 to 100
 * is as none.
 */
struct retry_limits retry_limits_from(const char *max_attempts);

/* Shared by the calls of one session. */
struct retry_budget {
	int tokens;
};
#define RETRY_BUDGET 500
#define RETRY_BUDGET_INIT              \
	{                              \
		.tokens = RETRY_BUDGET \
	}

/* Of one call. */
struct retry {
	int failed, throttled; /* attempts so far */
	int borrowed; /* tokens of the last retry, to give back on success */
};

/*
 * An attempt ended for this reason: may the call be tried again? Takes the
 * tokens when so and sets ret_delay_ms.
 */
bool retry_again(struct retry *retry, const struct retry_limits *limits,
		 struct retry_budget *budget, enum retry_reason reason,
		 int64_t *ret_delay_ms);
/* The call ended with an answer: return what it borrowed. */
void retry_succeeded(struct retry *retry, struct retry_budget *budget);

/* The longest wait before retry number `retries` (from 1). */
int64_t retry_ceiling_ms(int retries, enum retry_reason reason);

#endif
