/*
 * `gate:` and `policy:` of aback.yaml: what must hold before a plan may be
 * applied. The rules alone; plans/gate.h and plans/policy.h ask whether they
 * hold.
 */
#ifndef ABACK_PLANS_GATE_RULES_H
#define ABACK_PLANS_GATE_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "plans/cron.h"

struct trusted_key {
	const char *name;  /* in the name of the signature's file */
	const char *path;  /* of the public key, beside the desired file */
	const char *email; /* whose it is, as git knows them */
};

/* From a time that comes back, for so long. */
struct period {
	const char *text; /* the cron, as written */
	struct cron cron;
	int64_t for_s;
	const char *zone;
	long line;
};

struct gate_rules {
	int64_t max_plan_age_s;   /* 0: a plan may be of any age */
	const char *max_plan_age; /* the same, as written */
	size_t signatures;        /* 0: none is needed */
	struct trusted_key *keys;
	size_t keys_len;
	struct period *freezes; /* when no plan is applied */
	size_t freezes_len;
};

struct policy_rules {
	long line;         /* 0: the file has no policy: */
	const char **deny; /* classes of consent that no plan may need */
	size_t deny_len;
	const char **protected; /* globs of addresses that no plan may change */
	size_t protected_len;
	struct period *restart_windows; /* when alone something may restart */
	size_t restart_windows_len;
};

#endif
