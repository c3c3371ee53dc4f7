/*
 * What the store knows of the time that events are of: which requests were
 * ours, and what values there were before them.
 */
#ifndef ABACK_PLANS_TRAIL_KNOWN_H
#define ABACK_PLANS_TRAIL_KNOWN_H

#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

struct trail_known;

/* store may be NULL: then nothing is known. from: UTC seconds. */
MUST_CHECK int trail_known_load(struct store *store, int64_t from,
				struct trail_known **ret_known,
				struct error *err);
void trail_known_free(struct trail_known *known);

/*
 * Give each event of the array, the oldest first, its "settings" and its
 * "change".
 */
void trail_known_settings(struct trail_known *known, json_t *events);

#endif
