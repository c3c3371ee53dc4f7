/* What state/lock.c and state/lock_there.c share and nobody else sees. */
#ifndef ABACK_STATE_LOCK_INTERNAL_H
#define ABACK_STATE_LOCK_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "state/git.h"
#include "state/holder.h"
#include "state/lock.h"

struct held {
	char *place;
	char *ref;
	char *path;      /* of the lock file */
	int fd;          /* -1: not flocked */
	bool ours;       /* the local ref is ours */
	bool ours_there; /* and so is the remote's */
	struct repo_id id;
	struct repo_id before; /* where the remote's stood before */
};

struct lock {
	struct store *store; /* borrowed */
	struct held *items;  /* sorted by place */
	size_t len;
	bool from_afar; /* another host's lock for our change is taken, too */
};

/* ---- lock.c ---- */

/* ERR_LOCKED, by whom (holder NULL: nobody knows) and what to do; -1. */
int lock_is_held(const struct held *held, const struct holder *holder,
		 struct error *err);
/* ERR_LOCKED: a lock that is to be released is not ours any more; -1. */
int lock_is_not_ours(const struct held *held, const char *why,
		     struct error *err);
/*
 * May the lock that this commit stands for be taken over? flock_free: it was
 * taken in this store, whose flock we hold.
 */
MUST_CHECK int lock_judge(struct lock *lock, const struct held *held,
			  const struct repo_id *id, bool flock_free,
			  const char *change_id, struct error *err);

/* ---- lock_there.c ---- */

/*
 * Have what the remote's ref of a place stood at, when it was looked at, in
 * this repository. *ret_gone: it stands there no more, and cannot be had.
 */
MUST_CHECK int lock_fetch(struct store *store, const char *ref,
			  const struct repo_id *id, bool *ret_gone,
			  struct error *err);

/* Where the remote stands; what others finished must be known before locks are
 * judged. */
MUST_CHECK int lock_look_there(struct lock *lock, struct error *err);
/* May we have the remote's ref of a place? here: where ours stands. */
MUST_CHECK int lock_judge_there(struct lock *lock, const struct held *held,
				const struct repo_id *here,
				const char *change_id, struct error *err);
/* Push all of them, and bring in what was pushed before they were ours. */
MUST_CHECK int lock_take_there(struct lock *lock, struct error *err);
/* Those of the remote that are ours, all in one push. */
MUST_CHECK int lock_release_there(struct lock *lock, struct error *err);

#endif
