#include "plans/cron.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"

/* ---- reading ---------------------------------------------------------- */

struct field {
	const char *name;
	int min, max;
	const char *const *words; /* of min and so on; NULL: none */
};

static const char *const month_words[] = { "jan", "feb", "mar", "apr",
					   "may", "jun", "jul", "aug",
					   "sep", "oct", "nov", "dec" };
static const char *const weekday_words[] = { "sun", "mon", "tue", "wed",
					     "thu", "fri", "sat" };

static const struct field fields[] = {
	{ "minute", 0, 59, NULL },
	{ "hour", 0, 23, NULL },
	{ "day", 1, 31, NULL },
	{ "month", 1, 12, month_words },
	/* 7 is Sunday too */
	{ "weekday", 0, 7, weekday_words },
};

/* A number or a word; -1: neither. *at goes behind it. */
static int read_value(const struct field *field, const char **at)
{
	const char *digits = *at;
	int value = 0;

	while (*digits >= '0' && *digits <= '9' && digits - *at < 3)
		value = value * 10 + (*digits++ - '0');
	if (digits != *at) {
		*at = digits;
		return value >= field->min && value <= field->max ? value : -1;
	}
	for (int i = 0; field->words && i + field->min <= 12; i++) {
		if (field->words == weekday_words && i == 7)
			break;
		if (strncasecmp(*at, field->words[i], 3) != 0)
			continue;
		*at += 3;
		return i + field->min;
	}
	return -1;
}

/* "*", "5", "1-5", and any of them with a step: "0-30/10". */
static bool read_range(const struct field *field, const char **at,
		       uint64_t *bits)
{
	int from = field->min, to = field->max, step = 1;
	const bool all = **at == '*';

	if (all) {
		(*at)++;
	} else {
		from = to = read_value(field, at);
		if (**at == '-') {
			(*at)++;
			to = read_value(field, at);
		} else if (**at == '/') {
			to = field->max;
		}
	}
	if (**at == '/') {
		char *end;

		step = (int)strtol(*at + 1, &end, 10);
		if (end == *at + 1 || end > *at + 3)
			return false;
		*at = end;
	}
	if (from < 0 || to < from || step < 1)
		return false;
	for (int i = from; i <= to; i += step)
		*bits |= UINT64_C(1) << i;
	return true;
}

static int read_field(const struct field *field, const char **at,
		      uint64_t *ret_bits, struct error *err)
{
	const char *start = *at;
	const int len = (int)strcspn(start, " \t");
	uint64_t bits = 0;
	bool good;

	if (!len)
		return error_set(err, ERR_DESIRED,
				 "it has no %s: five fields are needed, minute "
				 "hour day month weekday",
				 field->name);
	do {
		good = read_range(field, at, &bits);
	} while (good && **at == ',' && (*at)++);
	if (!good || *at != start + len)
		return error_set(err, ERR_DESIRED,
				 "'%.*s' is no %s of cron (%d to %d)", len,
				 start, field->name, field->min, field->max);
	*at += strspn(*at, " \t");
	*ret_bits = bits;
	return 0;
}

int cron_parse(const char *text, struct cron *ret_cron, struct error *err)
{
	const char *at = text + strspn(text, " \t");
	const char *starts[ARRAY_SIZE(fields)];
	uint64_t bits[ARRAY_SIZE(fields)];

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		starts[i] = at;
		if (read_field(&fields[i], &at, &bits[i], err))
			return -1;
	}
	if (*at)
		return error_set(err, ERR_DESIRED,
				 "'%s' is behind the fifth field", at);
	bits[4] |= bits[4] >> 7 & 1;
	*ret_cron = (struct cron){
		.minutes = bits[0],
		.hours = (uint32_t)bits[1],
		.days = (uint32_t)bits[2],
		.months = (uint32_t)bits[3],
		.weekdays = (uint32_t)bits[4],
		.any_day = *starts[2] == '*',
		.any_weekday = *starts[4] == '*',
	};
	return 0;
}

/* ---- time ------------------------------------------------------------- */

static bool matches(const struct cron *cron, const struct tm *tm)
{
	const bool day = cron->days >> tm->tm_mday & 1;
	const bool weekday = cron->weekdays >> tm->tm_wday & 1;

	if (!(cron->minutes >> tm->tm_min & 1) ||
	    !(cron->hours >> tm->tm_hour & 1) ||
	    !(cron->months >> (tm->tm_mon + 1) & 1))
		return false;
	return cron->any_day || cron->any_weekday ? day && weekday
						  : day || weekday;
}

bool cron_knows_zone(const char *zone)
{
	const char *directory = getenv("TZDIR");
	CLEANUP(free_ptr) char *path = NULL;

	if (!strcmp(zone, "UTC"))
		return true;
	if (!*zone || *zone == '/' || strstr(zone, "..") ||
	    zone[strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstu"
			      "vwxyz0123456789/_+-")])
		return false;
	path = xasprintf("%s/%s", directory ? directory : "/usr/share/zoneinfo",
			 zone);
	return !access(path, R_OK);
}

/* The zone of the C library, which nothing else here looks at. */
static void enter_zone(const char *zone, char **ret_was)
{
	const char *was = getenv("TZ");

	*ret_was = was ? xstrdup(was) : NULL;
	(void)setenv("TZ", zone, 1);
	tzset();
}

static void leave_zone(char *was)
{
	if (was)
		(void)setenv("TZ", was, 1);
	else
		(void)unsetenv("TZ");
	free(was);
	tzset();
}

/* What a clock on the wall shows, as if it were UTC. */
static int64_t wall(int64_t when)
{
	const time_t t = (time_t)when;
	struct tm tm;

	(void)localtime_r(&t, &tm);
	return timegm(&tm);
}

static bool matches_wall(const struct cron *cron, int64_t shown)
{
	const time_t t = (time_t)shown;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	return matches(cron, &tm);
}

/* The minute that begins at `when`, and those that its clock has skipped. */
static bool comes_at(const struct cron *cron, int64_t when)
{
	const int64_t shown = wall(when), before = wall(when - 60);

	for (int64_t at = before + 60; at < shown; at += 60) {
		if (matches_wall(cron, at))
			return true;
	}
	return matches_wall(cron, shown);
}

bool cron_came(const struct cron *cron, const char *zone, int64_t now,
	       int64_t for_s, int64_t *ret_begin)
{
	int64_t when = now - (now % 60);
	bool came = false;
	char *was;

	enter_zone(zone, &was);
	for (; when > now - for_s && !came; when -= 60)
		came = comes_at(cron, when);
	leave_zone(was);
	*ret_begin = when + 60;
	return came;
}
