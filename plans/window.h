/* Maintenance and backup windows: times of day or of the week, in UTC. */
#ifndef ABACK_PLANS_WINDOW_H
#define ABACK_PLANS_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* "hh:mm-hh:mm", may cross midnight, 30 minutes or longer. */
bool window_daily_valid(const char *text);
/* "ddd:hh:mm-ddd:hh:mm", lower case, 30 minutes or longer. */
bool window_weekly_valid(const char *text);
/* Do they share a minute on any day? false when either is no valid window. */
bool window_overlap(const char *daily, const char *weekly);

/* Is now, in UTC seconds since 1970, in it? false when it is no valid window.
 */
bool window_weekly_contains(const char *weekly, int64_t now);

#endif
