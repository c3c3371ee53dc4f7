/* Who made a difference, for plans/drift.c. */
#ifndef ABACK_PLANS_DRIFT_WHO_H
#define ABACK_PLANS_DRIFT_WHO_H

#include "core/json.h"
#include "plans/live.h"

/*
 * Give each difference that says no reason yet its event of the document of
 * events, or the reason why nobody knows.
 */
void drift_attribute(const json_t *events, const struct live *live,
		     json_t *differences);

#endif
