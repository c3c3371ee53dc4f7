/*
 * Modifications take time. One that was accepted is a flight: until shown_ms
 * nothing can be seen of it, then the status tells, and at done_ms the values
 * change and the resource is available again. Nothing runs in the background:
 * whoever looks calls settle_advance first.
 */
#ifndef ABACK_TESTS_SIM_SETTLE_H
#define ABACK_TESTS_SIM_SETTLE_H

#include <stdint.h>

#include "core/json.h"

struct fleet;
struct flight;
struct place;
struct resource;

struct flight_plan {
	const char *status;  /* of the resource meanwhile */
	const char *members; /* of the members meanwhile, or NULL */
	json_t *set;         /* element → value; borrowed */
	json_t *in_pending;  /* shown as pending meanwhile; borrowed, or NULL */
};

/* Begin after delay_ms, and take settle_ms. The resource has no flight yet. */
void flight_start(struct fleet *fleet, struct resource *resource,
		  const struct flight_plan *plan, int64_t now_ms,
		  int64_t delay_ms, int64_t settle_ms);
/* Let happen what is due. */
void settle_advance(struct fleet *fleet, int64_t now_ms);

/* The status as it reads now; borrowed. */
const char *resource_status(const struct resource *resource);
/* Everything deferred in this place begins: the maintenance window is here. */
void settle_window(struct fleet *fleet, struct place *place, int64_t now_ms,
		   int64_t settle_ms);
/*
 * What an activity stream on its way (members of the cluster's state) has in
 * the end; null is what goes away. A new reference.
 */
json_t *stream_end(const json_t *state);
/* Give one element its new value, with what follows from it. */
void settle_element(struct resource *resource, const char *element,
		    json_t *value);

/* For fleet files: a state's "in_flight" member becomes a flight and back. */
void flight_load(struct fleet *fleet, struct resource *resource);
json_t *flight_dump(const struct flight *flight, int64_t now_ms);
void flight_drop(struct fleet *fleet, struct resource *resource);
void flight_free(struct flight *flight);

#endif
