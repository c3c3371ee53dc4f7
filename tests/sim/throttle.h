/* AWS's limits: token buckets for each account and region. */
#ifndef ABACK_TESTS_SIM_THROTTLE_H
#define ABACK_TESTS_SIM_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: it is full. */
struct bucket {
	double missing;  /* tokens that were taken and did not come back yet */
	int64_t last_ms; /* when that was so */
};

/*
 * Take one request's token out of a bucket that holds `burst` and gets
 * `per_second` back; false: the rate is exceeded.
 */
bool throttle_take(struct bucket *bucket, double burst, double per_second);

#endif
