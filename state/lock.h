/*
 * One writer a place. Locks are refs refs/aback/locks/<account>/<region or
 * global>, taken in sorted order; locally also a lock file held open with
 * flock. With a remote the ref is pushed with compare-and-create and read back.
 * The ref's object is a parentless commit whose message names holder, host,
 * process, start and change.
 */
#ifndef ABACK_STATE_LOCK_H
#define ABACK_STATE_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "state/holder.h"
#include "state/store.h"

struct lock;

/*
 * Take all places ("<account>/<region or global>") or none. A lock of a dead
 * process on this host that left no unfinished change is taken over; one held
 * by somebody is ERR_LOCKED with who, where, since when and for which change.
 * The lock that names `change_id` itself may be taken over (resume), unless its
 * process is on another host, where nobody can see whether it runs.
 * Once they are ours, the store has what others had pushed until then.
 */
MUST_CHECK int lock_take(struct store *store, const char *const *places,
			 size_t places_len, const char *holder,
			 const char *change_id, struct lock **ret_lock,
			 struct error *err);
/* As lock_take, and `change_id` is taken over from another host, too. */
MUST_CHECK int lock_take_over(struct store *store, const char *const *places,
			      size_t places_len, const char *holder,
			      const char *change_id, struct lock **ret_lock,
			      struct error *err);
/*
 * Are all its places still ours on the remote? Brings in what others pushed.
 * Without a remote nobody can have taken them.
 */
MUST_CHECK int lock_check(struct lock *lock, bool *ret_ours, struct error *err);
/* Compare and delete; a failure leaves the lock and says so. */
MUST_CHECK int lock_release(struct lock *lock, struct error *err);
/*
 * lock_release for who has done what the lock was for, which a lock that stays
 * does not undo: store_still_locked tells of it.
 */
void lock_end(struct lock *lock);
/* Free without releasing (after lock_release, or on the way to exit). */
void lock_free(struct lock *lock);
DEFINE_CLEANUP(lock_cleanup, struct lock *, lock_free)

/* A lock that is there. */
struct lock_info {
	char *place;
	bool is_known; /* holder says who it is; else nobody of ours wrote it */
	struct holder holder;
	bool is_here, is_there; /* in this repository, on the remote */
	/* of HOLDER_SELF there is none: nobody lists in mid-run */
	enum holder_state state;
	bool is_unfinished; /* the change it names has no result */
};
struct lock_infos {
	struct lock_info *items; /* by place; two where here and there differ */
	size_t len, cap;
};
void lock_infos_release(struct lock_infos *infos);
/*
 * Every lock of this repository and of its remote. Where the remote cannot be
 * asked, ret_unasked is set (else left alone) and its locks are not listed.
 */
MUST_CHECK int lock_list(struct store *store, struct lock_infos *ret_infos,
			 struct error *ret_unasked, struct error *err);

/*
 * Take away the lock of a place, here and on the remote, that this holder
 * has, whatever host it is of. ERR_NOT_FOUND: there is none. ERR_LOCKED:
 * somebody else has it, or its process runs on this host, or it changed
 * hands meanwhile. ret_info: the lock that it was.
 */
MUST_CHECK int lock_break(struct store *store, const char *place,
			  const char *holder, struct lock_info *ret_info,
			  struct error *err);
void lock_info_release(struct lock_info *info);

/*
 * Release what a dead run of this machine left behind and that stands for no
 * unfinished change. *ret_released counts the places.
 */
MUST_CHECK int lock_sweep(struct store *store, const char *holder,
			  size_t *ret_released, struct error *err);

#endif
