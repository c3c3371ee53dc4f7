/*
 * One event: from CloudTrail's record to that of an "aback-events/1" document,
 * and what the call made of settings.
 */
#ifndef ABACK_PLANS_TRAIL_EVENT_H
#define ABACK_PLANS_TRAIL_EVENT_H

#include <stdbool.h>

#include "core/json.h"
#include "plans/catalogue.h"
#include "plans/trail_call.h"

/*
 * The event of a record, its "addresses", "settings" and "change" still to
 * come, without secrets and without reals. NULL: it is no call that wrote
 * something, or not one of those that matter and all is false.
 */
json_t *trail_event_new(const json_t *record, bool all);

/*
 * What the call of an event made of a setting whose value was `before` (NULL:
 * nobody knows). *ret_after is a new reference, or NULL where that depends on
 * the value before. False: it does not touch the setting.
 */
bool trail_event_touches(const struct trail_call *call, const json_t *wire,
			 const struct setting *setting, const json_t *before,
			 json_t **ret_after);

/* Does it only put the setting's value in line for the maintenance window? */
bool trail_event_defers(const struct trail_call *call, const json_t *wire,
			const struct setting *setting);

/*
 * Each row of the kind that a call with these parameters may touch; where the
 * kind's rows are open, also those that only the call names.
 */
void trail_event_rows(enum kind kind, const json_t *wire,
		      void (*fn)(void *ctx, const struct setting *setting),
		      void *ctx);

#endif
