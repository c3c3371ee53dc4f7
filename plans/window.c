#include "plans/window.h"

#include <ctype.h>
#include <string.h>

#include "core/compiler.h"

#define DAY 1440   /* minutes */
#define WEEK 10080 /* minutes */
#define SHORTEST 30

/* Minutes from a start, modulo a day or a week. */
struct span {
	int start, length;
};

/* "hh:mm" at *text, which moves behind it; -1: it is none. */
static int read_time(const char **text)
{
	const char *t = *text;
	int hour, minute;

	for (int i = 0; i < 5; i++) {
		if (i == 2 ? t[i] != ':' : !isdigit((unsigned char)t[i]))
			return -1;
	}
	hour = (t[0] - '0') * 10 + t[1] - '0';
	minute = (t[3] - '0') * 10 + t[4] - '0';
	if (hour > 23 || minute > 59)
		return -1;
	*text += 5;
	return hour * 60 + minute;
}

/* "ddd:hh:mm" in minutes since monday began */
static int read_day_time(const char **text)
{
	static const char *const days[] = { "mon:", "tue:", "wed:", "thu:",
					    "fri:", "sat:", "sun:" };

	for (int day = 0; day < (int)ARRAY_SIZE(days); day++) {
		if (strncmp(*text, days[day], 4) != 0)
			continue;
		*text += 4;
		const int minutes = read_time(text);

		return minutes < 0 ? -1 : day * DAY + minutes;
	}
	return -1;
}

static bool read_span(const char *text, int (*read_point)(const char **text),
		      int whole, struct span *ret_span)
{
	const int start = read_point(&text);
	int end;

	if (start < 0 || *text++ != '-')
		return false;
	end = read_point(&text);
	if (end < 0 || *text)
		return false;
	ret_span->start = start;
	ret_span->length = (end - start + whole) % whole;
	return ret_span->length >= SHORTEST;
}

bool window_daily_valid(const char *text)
{
	struct span span;

	return read_span(text, read_time, DAY, &span);
}

bool window_weekly_valid(const char *text)
{
	struct span span;

	return read_span(text, read_day_time, WEEK, &span);
}

bool window_overlap(const char *daily, const char *weekly)
{
	struct span day, week;

	if (!read_span(daily, read_time, DAY, &day) ||
	    !read_span(weekly, read_day_time, WEEK, &week))
		return false;
	for (int start = day.start; start < WEEK; start += DAY) {
		const int to_week = (week.start - start + WEEK) % WEEK;
		const int to_day = (start - week.start + WEEK) % WEEK;

		if (to_week < day.length || to_day < week.length)
			return true;
	}
	return false;
}

bool window_weekly_contains(const char *weekly, int64_t now)
{
	const int64_t minutes =
		now / 60 + (int64_t)3 * DAY; /* 1970 began on a Thursday */
	struct span week;

	if (!read_span(weekly, read_day_time, WEEK, &week))
		return false;
	return (minutes - week.start) % WEEK < week.length;
}
