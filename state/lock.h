/*
 * One writer a place. Locks are refs refs/aback/locks/<account>/<region or
 * global>, taken in sorted order; locally also a lock file held open with
 * flock. With a remote the ref is pushed with compare-and-create and read back.
 * The ref's object is a parentless commit whose message names holder, host,
 * process, start and change.
 */
#ifndef ABACK_STATE_LOCK_H
#define ABACK_STATE_LOCK_H

#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "state/store.h"

struct lock;

/*
 * Take all places ("<account>/<region or global>") or none. A lock of a dead
 * process on this host that left no unfinished change is taken over; one held
 * by somebody is ERR_LOCKED with who, where, since when and for which change.
 * The lock that names `change_id` itself may be taken over (resume).
 */
MUST_CHECK int lock_take(struct store *store, const char *const *places,
			 size_t places_len, const char *holder,
			 const char *change_id, struct lock **ret_lock,
			 struct error *err);
/* Compare and delete; a failure leaves the lock and says so. */
MUST_CHECK int lock_release(struct lock *lock, struct error *err);
/* Free without releasing (after lock_release, or on the way to exit). */
void lock_free(struct lock *lock);

#endif
