/* The checks of state/fsck_*.c, which state/fsck.c calls in this order. */
#ifndef ABACK_STATE_FSCK_INTERNAL_H
#define ABACK_STATE_FSCK_INTERNAL_H

#include "state/fsck.h"
#include "state/git.h"

/* Commits from the first on: linear, each file of a record written once. */
void fsck_history(struct fsck *fsck, const struct repo_id *tip);
/* The records as they are now: whole, and of one piece. */
void fsck_records(struct fsck *fsck);
/* The proofs of a change, which fsck_records asks for. */
void fsck_proofs(struct fsck *fsck, const char *id);
/* The plan that was read last: many holds are of one change. */
struct fsck_plan {
	char *of;        /* the change; NULL: none yet */
	json_t *changes; /* NULL: it has none that can be read */
};
void fsck_plan_release(struct fsck_plan *plan);
/* A file of holds: each of a change of the store, and as that change left it.
 */
void fsck_hold(struct fsck *fsck, struct fsck_plan *plan, const char *path);
/* What follows from the records: values of resources, and holds. */
void fsck_values(struct fsck *fsck, const struct repo_id *tip);

#endif
