/*
 * What our own changes have left to the maintenance window: so that a plan can
 * say whose it is that something is pending.
 */
#ifndef ABACK_PLANS_AWAITED_H
#define ABACK_PLANS_AWAITED_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/kind.h"
#include "state/store.h"

/*
 * All of it by setting: an opaque object for awaited_change. store NULL: JSON
 * null, nobody knows. ERR_STATE: a record is damaged.
 */
MUST_CHECK int awaited_load(struct store *store, json_t **ret_awaited,
			    struct error *err);

/*
 * The id of our change that left what is pending for the setting; borrowed.
 * NULL: none of ours did, or what is pending is another value.
 */
const char *awaited_change(const json_t *awaited,
			   const struct resource *resource,
			   const struct setting *setting);

#endif
