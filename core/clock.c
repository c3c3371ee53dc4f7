#include "core/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t milliseconds(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now); /* cannot fail for these clocks */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now(void)
{
	return milliseconds(CLOCK_REALTIME) / 1000;
}

int64_t clock_now_ms(void)
{
	return milliseconds(CLOCK_REALTIME);
}

int64_t clock_onward_ms(void)
{
	static int64_t began_ms, began_boot_ms; /* both 0: not asked yet */
	const int64_t now_ms = clock_now_ms();
	const int64_t boot_ms = milliseconds(CLOCK_BOOTTIME);
	int64_t passed_ms;

	if (!began_ms && !began_boot_ms) {
		began_ms = now_ms;
		began_boot_ms = boot_ms;
	}
	passed_ms = began_ms + boot_ms - began_boot_ms;
	return passed_ms > now_ms ? passed_ms : now_ms;
}

int64_t clock_monotonic_ms(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec wait = { .tv_sec = ms / 1000,
				 .tv_nsec = (ms % 1000) * 1000000 };

	if (ms > 0)
		(void)nanosleep(&wait, NULL); /* early is allowed */
}

/* Broken-down UTC; all zero for a time beyond what struct tm holds. */
static struct tm utc(int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm parts = { 0 };

	(void)gmtime_r(&seconds, &parts);
	return parts;
}

const char *clock_rfc3339(int64_t when, char *text)
{
	struct tm parts = utc(when);

	if (!strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts))
		text[0] = '\0';
	return text;
}

const char *clock_basic(int64_t when, char *text)
{
	struct tm parts = utc(when);

	if (!strftime(text, CLOCK_TEXT_MAX, "%Y%m%dT%H%M%SZ", &parts))
		text[0] = '\0';
	return text;
}

/* Read exactly n digits; false when they are not there. */
static bool digits(const char **p, int n, int *ret)
{
	int value = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (!isdigit((unsigned char)**p))
			return false;
		value = value * 10 + (**p - '0');
	}
	*ret = value;
	return true;
}

static bool literal(const char **p, const char *any_of)
{
	if (!**p || !strchr(any_of, **p))
		return false;
	(*p)++;
	return true;
}

/* "Z" or "+02:00"; *ret is seconds east of UTC. */
static bool zone(const char **p, int *ret)
{
	int sign, hours, minutes;

	if (literal(p, "Zz")) {
		*ret = 0;
		return true;
	}
	sign = **p == '-' ? -1 : 1;
	if (!literal(p, "+-") || !digits(p, 2, &hours) || !literal(p, ":") ||
	    !digits(p, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool time_of_day(const char **p, struct tm *parts, int *ret_offset)
{
	int ignored;

	if (!literal(p, "Tt ") || !digits(p, 2, &parts->tm_hour) ||
	    !literal(p, ":") || !digits(p, 2, &parts->tm_min) ||
	    !literal(p, ":") || !digits(p, 2, &parts->tm_sec))
		return false;
	if (literal(p, ".")) {
		if (!digits(p, 1, &ignored))
			return false;
		while (isdigit((unsigned char)**p))
			(*p)++;
	}
	return zone(p, ret_offset);
}

int clock_parse(const char *text, int64_t *ret_when, struct error *err)
{
	struct tm parts = { 0 }, checked;
	const char *p = text;
	int year, month, offset = 0;
	time_t seconds;

	if (!digits(&p, 4, &year) || !literal(&p, "-") ||
	    !digits(&p, 2, &month) || !literal(&p, "-") ||
	    !digits(&p, 2, &parts.tm_mday))
		goto malformed;
	if (*p && !time_of_day(&p, &parts, &offset))
		goto malformed;
	if (*p || parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60)
		goto malformed;
	parts.tm_year = year - 1900;
	parts.tm_mon = month - 1;
	checked = parts;
	seconds = timegm(&checked);
	if (checked.tm_mon != parts.tm_mon || checked.tm_mday != parts.tm_mday)
		goto malformed; /* the 31st of February */
	*ret_when = (int64_t)seconds - offset;
	return 0;

malformed:
	(void)error_set(err, ERR_USAGE, "'%s' is not a time", text);
	error_hint(err, "write it as 2026-11-20T10:00:00Z, with a zone, or as "
			"2026-11-20 for 00:00 UTC of that day");
	return -1;
}

int clock_parse_duration(const char *text, int64_t *ret_seconds,
			 struct error *err)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
		{ 's', 1 },     { 'm', 60 },     { 'h', 3600 },
		{ 'd', 86400 }, { 'w', 604800 },
	};
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (isdigit((unsigned char)text[0]) && !errno && number > 0 &&
		    number < 1000000 && end[0] == units[i].unit && !end[1]) {
			*ret_seconds = number * units[i].seconds;
			return 0;
		}
	}
	(void)error_set(err, ERR_USAGE, "'%s' is not a duration", text);
	error_hint(err, "write a whole number and one of s, m, h, d, w, such "
			"as 10m");
	return -1;
}
