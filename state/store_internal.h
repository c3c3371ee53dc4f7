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

/* Before "<account>/<region or global>". */
#define LOCK_REFS "refs/aback/locks/"
/* "<account>/<region>": two parts of letters, digits and dashes. */
bool lock_is_place(const char *place);
/* The file that its holder keeps flocked. Owned. */
char *lock_file(const struct store *store, const char *place);

/* A trailer, one for each file of a record that a commit writes. */
#define STORE_DIGEST "Aback-Digest"
/* Is it a file below changes/ or reviews/, which is written once and whose
 * digest stands in its commit? */
bool store_is_record(const char *path);

struct store {
	char *path;
	struct repo *repo;
	struct remote *remote; /* NULL: none */
	char *still_locked;    /* see store_still_locked */
	bool (*goes_on)(void *ctx, const struct error *err); /* may be NULL */
	void *goes_on_ctx;
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
/* The message of a commit; edits give the digests. */
void store_message(struct strbuf *out, const char *subject,
		   const struct store_trailer *trailers,
		   const struct store_edits *edits);

/* The newest commit that this machine saw on the branch; false: none yet. */
bool store_seen_tip(struct store *store, struct repo_id *ret_id);
/* From now on it is this one. */
void store_note_tip(struct store *store, const struct repo_id *tip);
/* Is seen an ancestor of tip, or tip itself? */
MUST_CHECK int store_tip_descends(struct store *store,
				  const struct repo_id *tip,
				  const struct repo_id *seen,
				  bool *ret_descends, struct error *err);
/* ERR_STATE where the branch does not hold what this machine saw there. */
MUST_CHECK int store_check_tip(struct store *store, struct error *err);

/*
 * After `ours` was written again on top of `theirs`, at *tip: where both
 * changed the values or the holds of a resource, add a commit with what the
 * records give, and with the holds of both.
 */
MUST_CHECK int store_join_values(struct store *store,
				 const struct repo_id *base,
				 const struct repo_id *ours,
				 const struct repo_id *theirs,
				 struct repo_id *tip, struct error *err);

/*
 * Edits were made when the branch stood at `from`. ERR_CONFLICT: what was
 * brought in since then changed one of their files, so that to write it now
 * would undo what somebody else did.
 */
MUST_CHECK int store_check_edits(struct store *store,
				 const struct repo_id *from,
				 const struct store_edits *edits,
				 struct error *err);

/* store_fetch for who holds the guard and knows where the remote's branch
 * stands. */
MUST_CHECK int store_bring_in_tip(struct store *store, struct guard *guard,
				  const struct repo_id *theirs,
				  struct error *err);
/* store_fetch, and where these refs of the remote stand; without a remote they
 * are left alone. */
MUST_CHECK int store_fetch_looking(struct store *store, struct remote_at *refs,
				   size_t len, struct error *err);

#endif
