/*
 * Times that come back, as cron has them: `minute hour day month weekday`, in
 * the local time of a time zone.
 */
#ifndef ABACK_PLANS_CRON_H
#define ABACK_PLANS_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"

/* A bit for each value that a field has. */
struct cron {
	uint64_t minutes;
	uint32_t hours, days, months, weekdays; /* Sunday is 0 */
	/* day and weekday that are both restricted: either will do */
	bool any_day, any_weekday;
};

/*
 * Five fields: numbers, lists, ranges and steps (1,5 1-5 * 0-30/10), and of
 * months and weekdays also names (jan, mon). ERR_DESIRED says what is wrong.
 */
MUST_CHECK int cron_parse(const char *text, struct cron *ret_cron,
			  struct error *err);
/* Is there a time zone of that name, such as "Europe/Berlin"? */
bool cron_knows_zone(const char *zone);
/*
 * Did the cron's time come in (now - for_s, now]? Then *ret_begin is the last
 * time that it did, in UTC seconds. A local time that a clock skips in spring
 * counts as come when the clock goes past it.
 */
bool cron_came(const struct cron *cron, const char *zone, int64_t now,
	       int64_t for_s, int64_t *ret_begin);

#endif
