/* Letting plans propose settings again that a backout holds. */
#ifndef ABACK_PLANS_RELEASE_H
#define ABACK_PLANS_RELEASE_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

/*
 * Remove the holds on "kind/id:setting", or on all of "kind/id", and on what
 * was derived from it, in one commit. target: of which target; may be NULL
 * where only one has it. ret_released: a new array of what the holds said, with
 * "target", "address" and "setting", sorted. ERR_NOT_FOUND: nothing is
 * held there; ERR_USAGE: several targets have it.
 */
MUST_CHECK int holds_let_go(struct store *store, const char *address,
			    const char *target, json_t **ret_released,
			    struct error *err);

#endif
