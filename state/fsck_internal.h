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
/* What follows from the records: values of resources, and holds. */
void fsck_values(struct fsck *fsck, const struct repo_id *tip);

#endif
