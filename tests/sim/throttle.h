/* RDS's limit: a token bucket for each account and region. */
#ifndef ABACK_TESTS_SIM_THROTTLE_H
#define ABACK_TESTS_SIM_THROTTLE_H

#include <stdbool.h>

struct place;

/* Take one request's token; false: the rate is exceeded. */
bool throttle_take(struct place *place);

#endif
