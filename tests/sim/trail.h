/*
 * What CloudTrail saw: an event for each call that reached a service, reads
 * and refusals too, and for what colleagues do through /_sim/poke. The last
 * TRAIL_MAX events are kept, of all accounts together; they are no part of the
 * fleet file.
 */
#ifndef ABACK_TESTS_SIM_TRAIL_H
#define ABACK_TESTS_SIM_TRAIL_H

#include <stddef.h>
#include <stdint.h>

#include "core/json.h"

struct account;
struct answer;
struct request;
struct sim;

#define TRAIL_MAX ((size_t)10000)

struct trail_event {
	json_int_t serial;  /* 1, 2, …, in the order in which they happened */
	int64_t visible_ms; /* monotonic: look-ups see it from then */
	const struct account *account;
	char *region;
	json_t *shown; /* as LookupEvents gives it */
};

struct trail {
	struct trail_event *events; /* a ring, as soon as it is full */
	size_t len, cap, next;
	json_int_t serial;
	int64_t delay_ms; /* from the call to visible_ms */
};

/* Write down a call that was verified and reached its service, with what that
 * answered. */
void trail_record(struct sim *sim, const struct request *request,
		  const struct answer *answer);
/*
 * Write down that a colleague changed something. body: of /_sim/poke, whose
 * "by" is the name of the user.
 */
void trail_poke(struct sim *sim, const json_t *body);

/* The newest event (0), the one before it (1), …; NULL: there are no more. */
const struct trail_event *trail_at(const struct trail *trail, size_t back);

#endif
