/* Time: UTC seconds since 1970, monotonic milliseconds, and their texts. */
#ifndef ABACK_CORE_CLOCK_H
#define ABACK_CORE_CLOCK_H

#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"

int64_t clock_now(void);          /* UTC seconds */
int64_t clock_now_ms(void);       /* UTC milliseconds */
int64_t clock_monotonic_ms(void); /* never goes back; no fixed origin */
void clock_sleep_ms(int64_t ms);  /* wakes early on a signal */
/*
 * UTC milliseconds for what has to end in time: what has passed since it was
 * first asked has passed, even where somebody set the clock back meanwhile.
 */
int64_t clock_onward_ms(void);

#define CLOCK_TEXT_MAX 32
/* "2026-11-24T02:15:30Z"; returns text, a buffer of CLOCK_TEXT_MAX. */
const char *clock_rfc3339(int64_t when, char *text);
/* "20261124T021530Z": SigV4's date and the head of a change id. */
const char *clock_basic(int64_t when, char *text);

/*
 * RFC 3339 with a zone, or a bare date, which is 00:00 UTC of that day.
 * ERR_USAGE says what is wrong with it.
 */
MUST_CHECK int clock_parse(const char *text, int64_t *ret_when,
			   struct error *err);
/* `<int>(s|m|h|d|w)`, such as "10m"; ret_seconds > 0. ERR_USAGE. */
MUST_CHECK int clock_parse_duration(const char *text, int64_t *ret_seconds,
				    struct error *err);

#endif
