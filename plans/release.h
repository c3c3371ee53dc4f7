/* Letting plans propose a setting again that a backout holds. */
#ifndef ABACK_PLANS_RELEASE_H
#define ABACK_PLANS_RELEASE_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

/*
 * Remove the hold on "kind/id:setting" and commit that. target: of which
 * target; may be NULL where only one has it. ret_hold: a new reference to
 * {"target","address","setting"} and what the hold said. ERR_NOT_FOUND: nothing
 * is held there; ERR_USAGE: no setting, or several targets have it.
 */
MUST_CHECK int hold_release(struct store *store, const char *setting_address,
			    const char *target, json_t **ret_hold,
			    struct error *err);

#endif
