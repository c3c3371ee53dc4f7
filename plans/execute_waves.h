/*
 * The waves of a run, between the files that make them (execute_units.c), drive
 * them (execute_waves.c) and tell of them (execute_waves_account.c); nobody
 * else includes it.
 */
#ifndef ABACK_PLANS_EXECUTE_WAVES_H
#define ABACK_PLANS_EXECUTE_WAVES_H

#include <stdbool.h>
#include <stddef.h>

#include "plans/execute_run.h"

/* A cluster of the plan with all that only it uses. */
struct unit {
	char *target, *address; /* "prod", "cluster/orders" */
	size_t wave;
	const struct run_step *failed; /* its first step that failed */
};

struct wave {
	size_t first, last; /* of the units: first…last-1 */
	bool begun;         /* in this process */
	const char *health; /* "passed", "failed"; NULL: not asked */
};

struct waves {
	struct unit *units; /* sorted by target and address */
	size_t len, cap;
	struct wave *waves;
	size_t waves_len, waves_cap;
	bool *mine; /* per step: does it belong to its unit alone? */
	size_t failures_max;
	size_t failures;
	bool by_size; /* --waves was given */
	bool checked; /* --health-check was */
};

/* Stages: of each wave what several share, then its clusters. */
static inline size_t stage_of(size_t wave, bool shared)
{
	return 2 * wave + !shared;
}

/* How the health check after it ended, into the journal. */
void waves_journal_health(struct run *run, size_t index);

#endif
