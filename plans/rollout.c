#include "plans/rollout.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define SHARE_DIGITS_MAX 9
#define WAVES_HINT                                                           \
	"each wave says how many of the plan's clusters are done after it, " \
	"as a number or in percent, and the last is all of them: "           \
	"--waves 1,10%%,100%%"

void rollout_release(struct rollout *rollout)
{
	free(rollout->waves);
	*rollout = (struct rollout){ 0 };
}

/* Digits, and perhaps a percent sign: nothing else. */
static bool parse_share(const char *text, size_t len, struct share *ret_share)
{
	struct share share = { 0 };
	size_t digits = 0;

	while (digits < len && isdigit((unsigned char)text[digits])) {
		if (digits >= SHARE_DIGITS_MAX)
			return false;
		share.number = share.number * 10 + (text[digits++] - '0');
	}
	share.percent = digits < len && text[digits] == '%';
	if (!digits || digits + share.percent != len ||
	    (share.percent && share.number > 100))
		return false;
	*ret_share = share;
	return true;
}

static int bad_waves(const char *text, const char *why, struct error *err)
{
	error_set(err, ERR_USAGE, "--waves '%s': %s", text, why);
	error_hint(err, WAVES_HINT);
	return -1;
}

/* Against the wave before it, as far as the clusters need not be counted. */
static const char *why_bad_wave(const struct rollout *rollout,
				const struct share *share)
{
	const struct share *before =
		rollout->waves_len ? &rollout->waves[rollout->waves_len - 1]
				   : NULL;

	if (!share->number)
		return "a wave of no clusters is none";
	if (before && before->percent && before->number == 100)
		return "nothing is left after the wave that reaches 100%";
	if (before && before->percent == share->percent &&
	    share->number <= before->number)
		return "each wave counts those before it, and has to reach "
		       "further than they do";
	return NULL;
}

int rollout_parse_waves(const char *text, struct rollout *rollout,
			struct error *err)
{
	const char *at = text;

	for (;;) {
		size_t len = strcspn(at, ",");
		struct share share;
		const char *why;

		if (!parse_share(at, len, &share))
			return bad_waves(text,
					 "it is no list of numbers and "
					 "percentages up to 100%",
					 err);
		why = why_bad_wave(rollout, &share);
		if (why)
			return bad_waves(text, why, err);
		GROW(rollout->waves, rollout->waves_len, rollout->waves_cap);
		rollout->waves[rollout->waves_len++] = share;
		if (!at[len])
			break;
		at += len + 1;
	}
	/* a number may be all of them, which is known when they are counted */
	if (rollout->waves[rollout->waves_len - 1].percent &&
	    rollout->waves[rollout->waves_len - 1].number != 100)
		return bad_waves(text,
				 "a plan runs whole, so the last wave has to "
				 "be 100%",
				 err);
	return 0;
}

int rollout_parse_failures(const char *text, struct rollout *rollout,
			   struct error *err)
{
	if (!parse_share(text, strlen(text), &rollout->failures)) {
		error_set(err, ERR_USAGE,
			  "--max-failures '%s' is no number of clusters and no "
			  "percentage up to 100%%",
			  text);
		error_hint(err, "such as --max-failures 2, or --max-failures "
				"5%%; 0 stops at the first");
		return -1;
	}
	rollout->limits_failures = true;
	return 0;
}

size_t share_of_wave(const struct share *share, size_t clusters)
{
	size_t number = (size_t)share->number;

	if (share->percent)
		number = (clusters * number + 99) / 100;
	return number < clusters ? number : clusters;
}

size_t share_of_failures(const struct share *share, size_t clusters)
{
	size_t number = (size_t)share->number;

	return share->percent ? clusters * number / 100 : number;
}
