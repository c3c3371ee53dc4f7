/* How the reading of a place's event history went, for plans/trail.c. */
#ifndef ABACK_PLANS_TRAIL_PLACE_H
#define ABACK_PLANS_TRAIL_PLACE_H

#include <stdint.h>

#include "core/json.h"
#include "plans/place.h"
#include "plans/trail_scan.h"

/* The entry of `places`. asked_from: UTC seconds, what was wanted. */
json_t *trail_place(const struct trail_scan *scan, const struct place *place,
		    int64_t asked_from);

#endif
