/*
 * The lock of one decision about one record, such as whether a change is kept:
 * of two who decide at once, on one host or on two, one is first.
 */
#ifndef ABACK_PLANS_DECISION_H
#define ABACK_PLANS_DECISION_H

#include "core/compiler.h"
#include "core/error.h"
#include "state/lock.h"
#include "state/store.h"

/*
 * Take the lock "<what>/<id>", such as "confirm/20261124T021530Z-a1b2c3", and
 * wait while somebody else decides: that lasts for a commit and a push. What
 * others pushed before it is in. ERR_LOCKED after a minute, ERR_INTERRUPTED
 * as soon as store_goes_on ends the waiting. It is given back with lock_end.
 */
MUST_CHECK int decision_take(struct store *store, const char *what,
			     const char *id, struct lock **ret_lock,
			     struct error *err);

#endif
