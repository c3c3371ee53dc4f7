/*
 * How a plan is rolled out over its clusters: in waves, with how many failures,
 * with which pause and which health check between them. docs/waves.md.
 */
#ifndef ABACK_PLANS_ROLLOUT_H
#define ABACK_PLANS_ROLLOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"

#define ROLLOUT_HEALTH_TIMEOUT_S 60

/* "5" or "10%". */
struct share {
	int64_t number;
	bool percent;
};

struct rollout {
	/* how many clusters are done after each wave; none: one wave */
	struct share *waves;
	size_t waves_len, waves_cap;
	bool limits_failures;
	struct share failures; /* of clusters, that do not stop the rest */
	int64_t pause_s;       /* between waves */
	/* run by the shell after each wave; borrowed; NULL: none */
	const char *health_check;
	int64_t health_timeout_s; /* 0: ROLLOUT_HEALTH_TIMEOUT_S */
};
void rollout_release(struct rollout *rollout);

/*
 * "1,10%,100%": the clusters that are done after each wave, all before it
 * included. ERR_USAGE: not that, or the last of them cannot be all.
 */
MUST_CHECK int rollout_parse_waves(const char *text, struct rollout *rollout,
				   struct error *err);
/* "2", "5%" or "0". ERR_USAGE. */
MUST_CHECK int rollout_parse_failures(const char *text, struct rollout *rollout,
				      struct error *err);

/* How many of so many clusters a wave comes to: rounded up, at most all. */
size_t share_of_wave(const struct share *share, size_t clusters);
/* How many of them may fail: rounded down. */
size_t share_of_failures(const struct share *share, size_t clusters);

#endif
