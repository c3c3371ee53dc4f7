/* What state/store*.c and state/lock.c share and nobody else sees. */
#ifndef ABACK_STATE_STORE_INTERNAL_H
#define ABACK_STATE_STORE_INTERNAL_H

#include "core/compiler.h"
#include "core/error.h"
#include "state/git.h"
#include "state/guard.h"
#include "state/remote.h"
#include "state/store.h"

#define STORE_BRANCH "refs/heads/main"
/* Where the remote's branch stood when we last looked. */
#define STORE_SEEN "refs/aback/remote/main"

struct store {
	char *path;
	struct repo *repo;
	struct remote *remote; /* NULL: none */
};

DEFINE_CLEANUP(cleanup_store, struct store *, store_free)
DEFINE_CLEANUP(cleanup_repo, struct repo *, repo_free)

/* The branch's newest commit. */
MUST_CHECK int store_tip(struct store *store, struct repo_id *ret_tip,
			 struct error *err);
/* repo_ref_move, said in the guard's file while it goes on. */
MUST_CHECK int store_move(struct store *store, struct guard *guard,
			  const char *ref, const struct repo_id *from,
			  const struct repo_id *to, bool *ret_moved,
			  struct error *err);
/*
 * Is it a store of a format that we know? whose: "'/path'" or "the remote
 * '…'". ERR_STATE.
 */
MUST_CHECK int store_check_format(struct repo *repo,
				  const struct repo_id *commit,
				  const char *whose, struct error *err);
/* store_fetch and store_sync for who holds the guard already. */
MUST_CHECK int store_bring_in(struct store *store, struct guard *guard,
			      struct error *err);

#endif
