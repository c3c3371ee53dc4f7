/*
 * Patterns of EventBridge for the calls whose events matter, so that a change
 * that aback did not make is heard of within minutes.
 */
#ifndef ABACK_PLANS_TRAIL_PATTERN_H
#define ABACK_PLANS_TRAIL_PATTERN_H

#include "core/json.h"

/* EventBridge takes no longer pattern, unless AWS is asked to. */
#define TRAIL_PATTERN_MOST 2048

/*
 * {"rds": pattern, "surroundings": pattern (ec2, kms, logs), "iam": pattern,
 * whose events are in the region of IAM alone}: successful calls of the table
 * in plans/trail_call.c by anything that does not call itself aback. A new
 * reference.
 */
json_t *trail_patterns(void);

#endif
