/*
 * Commits, and their way to the remote.
 *
 * Without a remote: objects, then the branch. With one and STORE_PUSH_REQUIRED:
 * objects, then the remote's branch, then ours; so a commit that could not be
 * pushed was never on our branch. Killed between the two, the next fetch brings
 * it in. With STORE_PUSH_LATER: our branch first, then the remote's.
 */
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/store_internal.h"

/* While others push, and so make progress, we wait; else we try some times. */
#define PUSH_PATIENCE_MS 120000
#define PUSH_TRIES 10
#define PUSH_PAUSE_MS 100

int store_move(struct store *store, struct guard *guard, const char *ref,
	       const struct repo_id *from, const struct repo_id *to,
	       bool *ret_moved, struct error *err)
{
	int rc;

	if (guard_begin(guard, ref, err))
		return -1;
	rc = repo_ref_move(store->repo, ref, from, to, ret_moved, err);
	guard_end(guard);
	return rc;
}

/* Move a ref that only the holder of the guard moves. */
static int move_ours(struct store *store, struct guard *guard, const char *ref,
		     const struct repo_id *from, const struct repo_id *to,
		     struct error *err)
{
	bool moved;

	if (repo_id_equal(from, to))
		return 0;
	if (store_move(store, guard, ref, from, to, &moved, err))
		return -1;
	if (moved && !strcmp(ref, STORE_BRANCH))
		store_note_tip(store, to);
	if (moved)
		return 0;
	(void)error_set(err, ERR_CONFLICT,
			"'%s' of the state repository '%s' was moved by "
			"something other than aback",
			ref, store->path);
	error_hint(err,
		   "see what it was with: git -C '%s' log -3 main, then "
		   "try again",
		   store->path);
	return -1;
}

/* ---- what the remote has --------------------------------------------- */

static int mark_seen(struct store *store, struct guard *guard,
		     const struct repo_id *tip, struct error *err)
{
	struct repo_id seen;

	if (repo_ref(store->repo, STORE_SEEN, &seen, err))
		return -1;
	return move_ours(store, guard, STORE_SEEN, &seen, tip, err);
}

static int rewritten(struct store *store, const char *what, struct error *err)
{
	(void)error_set(err, ERR_REMOTE, "the state remote '%s' %s",
			remote_shown(store->remote), what);
	error_hint(err,
		   "somebody rewrote it: put back what '%s' has, or move "
		   "that repository away and let it be cloned anew",
		   store->path);
	return -1;
}

/* Get the remote's tip into our repository, checked; not set: it is empty. */
static int fetch_tip(struct store *store, const struct repo_id *tip,
		     struct error *err)
{
	CLEANUP(free_ptr)
	char *whose =
		xasprintf("the state remote '%s'", remote_shown(store->remote));
	struct repo_id seen, base;
	enum repo_relation relation;

	if (repo_ref(store->repo, STORE_SEEN, &seen, err))
		return -1;
	if (!repo_id_is_set(tip))
		return repo_id_is_set(&seen)
			       ? rewritten(store, "lost its branch main", err)
			       : 0;
	if (repo_id_equal(tip, &seen))
		return 0;
	if (!repo_has(store->repo, tip) &&
	    remote_fetch(store->remote, STORE_BRANCH, err))
		return -1;
	if (store_check_format(store->repo, tip, whose, err))
		return -1;
	if (!repo_id_is_set(&seen))
		return 0;
	if (repo_compare(store->repo, tip, &seen, &relation, &base, err))
		return -1;
	if (relation != REPO_AHEAD)
		return rewritten(store, "no longer has what it had before",
				 err);
	return 0;
}

/* Where our branch belongs, given the remote's tip. */
static int merge_tip(struct store *store, const struct repo_id *ours,
		     const struct repo_id *theirs, struct repo_id *ret_tip,
		     struct error *err)
{
	enum repo_relation relation;
	struct repo_id base;

	if (repo_compare(store->repo, ours, theirs, &relation, &base, err))
		return -1;
	switch (relation) {
	case REPO_SAME:
	case REPO_AHEAD:
		*ret_tip = *ours;
		return 0;
	case REPO_BEHIND:
		*ret_tip = *theirs;
		return 0;
	case REPO_DIVERGED:
		if (repo_replay(store->repo, &base, ours, theirs, ret_tip, err))
			return -1;
		return store_join_values(store, &base, ours, theirs, ret_tip,
					 err);
	case REPO_UNRELATED:
		break;
	}
	(void)error_set(err, ERR_REMOTE,
			"the state repository '%s' and its remote '%s' have no "
			"commit in common",
			store->path, remote_shown(store->remote));
	error_hint(err, "one of them is another team's: correct state.remote "
			"or state.repository");
	return -1;
}

int store_bring_in_tip(struct store *store, struct guard *guard,
		       const struct repo_id *theirs, struct error *err)
{
	struct repo_id ours, tip;

	if (fetch_tip(store, theirs, err))
		return -1;
	if (!repo_id_is_set(theirs))
		return 0;
	if (store_tip(store, &ours, err) ||
	    merge_tip(store, &ours, theirs, &tip, err) ||
	    move_ours(store, guard, STORE_BRANCH, &ours, &tip, err))
		return -1;
	if (!store_seen_tip(store, &ours))
		store_note_tip(store, &tip);
	return mark_seen(store, guard, theirs, err);
}

static int bring_in(struct store *store, struct guard *guard, struct error *err)
{
	struct repo_id theirs;

	if (!store->remote)
		return 0;
	if (remote_ref(store->remote, STORE_BRANCH, &theirs, err))
		return -1;
	return store_bring_in_tip(store, guard, &theirs, err);
}

int store_fetch(struct store *store, struct error *err)
{
	return store_fetch_looking(store, NULL, 0, err);
}

int store_fetch_looking(struct store *store, struct remote_at *refs, size_t len,
			struct error *err)
{
	CLEANUP(guard_drop) struct guard guard = GUARD_INIT;
	CLEANUP(free_ptr) struct remote_at *all = NULL;

	if (!store->remote)
		return 0;
	all = xcalloc(len + 1, sizeof(*all));
	all[0].ref = STORE_BRANCH;
	if (len)
		memcpy(all + 1, refs, len * sizeof(*refs));
	if (guard_take(store->path, &guard, err) ||
	    remote_look(store->remote, all, len + 1, err) ||
	    store_bring_in_tip(store, &guard, &all[0].id, err))
		return -1;
	if (len)
		memcpy(refs, all + 1, len * sizeof(*refs));
	return 0;
}

/* ---- pushing --------------------------------------------------------- */

struct tries {
	int64_t until; /* on the monotonic clock */
	int in_vain;   /* since the remote's branch last moved */
};

static struct tries first_try(void)
{
	return (struct tries){ clock_monotonic_ms() + PUSH_PATIENCE_MS, 0 };
}

/*
 * After a refusal: have others pushed meanwhile (then what they pushed is in),
 * or did the remote mean it? A refused move that lost a race for the ref's own
 * lock is tried again, too.
 */
static int after_refusal(struct store *store, struct guard *guard,
			 struct tries *tries, const char *refused,
			 struct error *err)
{
	struct repo_id before, now;
	bool moved;

	if (repo_ref(store->repo, STORE_SEEN, &before, err) ||
	    bring_in(store, guard, err) ||
	    repo_ref(store->repo, STORE_SEEN, &now, err))
		return -1;
	moved = !repo_id_equal(&before, &now);
	tries->in_vain = moved ? 0 : tries->in_vain + 1;
	if (clock_monotonic_ms() < tries->until &&
	    (moved ||
	     (tries->in_vain < PUSH_TRIES && remote_lost_race(refused)))) {
		clock_sleep_ms((int64_t)(random_fraction() * PUSH_PAUSE_MS *
					 (tries->in_vain + 1)));
		return 0;
	}
	(void)error_set(err, ERR_REMOTE,
			"the state remote '%s' refuses our commit: %s",
			remote_shown(store->remote), refused);
	error_hint(err, "let this user push to its branch main");
	return -1;
}

/*
 * Is the commit on the remote's branch all the same? So it is where others
 * pushed on top of it before it was read back.
 */
static int is_there(struct store *store, const struct repo_id *commit,
		    bool *ret_there, struct error *err)
{
	struct repo_id seen;

	if (repo_ref(store->repo, STORE_SEEN, &seen, err))
		return -1;
	*ret_there = false;
	return repo_id_is_set(&seen) ? store_tip_descends(store, &seen, commit,
							  ret_there, err)
				     : 0;
}

/* Commit on whatever the remote's branch is, push, and only then move ours. */
static int commit_pushed(struct store *store, struct guard *guard,
			 const struct store_edits *edits, const char *message,
			 struct error *err)
{
	struct tries tries = first_try();
	struct repo_id first;

	if (store_tip(store, &first, err))
		return -1;
	for (;;) {
		CLEANUP(free_ptr) char *refused = NULL;
		struct repo_id tip, commit;
		bool there;

		if (store_tip(store, &tip, err) ||
		    repo_commit(store->repo, &tip, edits, message, REPO_SIGNED,
				&commit, err) ||
		    remote_push(store->remote, STORE_BRANCH, NULL, &commit,
				&refused, err))
			return -1;
		if (!refused) {
			if (move_ours(store, guard, STORE_BRANCH, &tip, &commit,
				      err))
				return -1;
			return mark_seen(store, guard, &commit, err);
		}
		if (after_refusal(store, guard, &tries, refused, err) ||
		    is_there(store, &commit, &there, err))
			return -1;
		if (there)
			return 0; /* and ours was moved past it */
		if (store_check_edits(store, &first, edits, err))
			return -1;
	}
}

/* Push our branch as it stands. */
static int push_branch(struct store *store, struct guard *guard,
		       struct error *err)
{
	struct tries tries = first_try();

	for (;;) {
		CLEANUP(free_ptr) char *refused = NULL;
		struct repo_id tip, seen;

		if (store_tip(store, &tip, err) ||
		    repo_ref(store->repo, STORE_SEEN, &seen, err))
			return -1;
		if (repo_id_equal(&tip, &seen))
			return 0;
		if (remote_push(store->remote, STORE_BRANCH, NULL, &tip,
				&refused, err))
			return -1;
		if (!refused)
			return mark_seen(store, guard, &tip, err);
		if (after_refusal(store, guard, &tries, refused, err))
			return -1;
	}
}

/* What has happened since the branch stood at `before`. */
static int count_sync(struct store *store, const struct repo_id *before,
		      const struct repo_id *there, struct store_sync *ret_sync,
		      struct error *err)
{
	struct store_sync sync = { 0 };
	enum repo_relation relation;
	struct repo_id tip, base;

	if (store_tip(store, &tip, err) ||
	    repo_compare(store->repo, before, &tip, &relation, &base, err) ||
	    repo_count(store->repo, before, there, &sync.brought_in, err) ||
	    repo_count(store->repo, there, &tip, &sync.pushed, err))
		return -1;
	sync.rewritten = relation == REPO_DIVERGED;
	memcpy(sync.tip, tip.hex, sizeof(sync.tip));
	*ret_sync = sync;
	return 0;
}

int store_sync(struct store *store, struct store_sync *ret_sync,
	       struct error *err)
{
	CLEANUP(guard_drop) struct guard guard = GUARD_INIT;
	struct repo_id before, there;

	if (!store->remote)
		return 0;
	if (guard_take(store->path, &guard, err) ||
	    store_check_tip(store, err) || store_tip(store, &before, err) ||
	    bring_in(store, &guard, err) ||
	    repo_ref(store->repo, STORE_SEEN, &there, err) ||
	    push_branch(store, &guard, err))
		return -1;
	return ret_sync ? count_sync(store, &before, &there, ret_sync, err) : 0;
}

/* ---- committing ------------------------------------------------------ */

static int commit_here(struct store *store, struct guard *guard,
		       const struct store_edits *edits, const char *message,
		       enum repo_signing signing, struct error *err)
{
	struct repo_id tip, commit;

	if (store_tip(store, &tip, err) ||
	    repo_commit(store->repo, &tip, edits, message, signing, &commit,
			err))
		return -1;
	return move_ours(store, guard, STORE_BRANCH, &tip, &commit, err);
}

int store_commit(struct store *store, const char *subject,
		 const struct store_trailer *trailers,
		 const struct store_edits *edits, enum store_push push,
		 bool *ret_pushed, struct error *err)
{
	CLEANUP(guard_drop) struct guard guard = GUARD_INIT;
	CLEANUP(strbuf_release)
	struct strbuf message = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(error_release) struct error later = ERROR_INIT;
	bool pushed = true;

	store_message(&message, subject, trailers, edits);
	if (guard_take(store->path, &guard, err) ||
	    (push == STORE_PUSH_REQUIRED && store_check_tip(store, err)))
		return -1;
	if (store->remote && push == STORE_PUSH_REQUIRED) {
		if (commit_pushed(store, &guard, edits, message.buf, err))
			return -1;
	} else {
		if (commit_here(store, &guard, edits, message.buf,
				push == STORE_PUSH_REQUIRED
					? REPO_SIGNED
					: REPO_SIGNED_IF_POSSIBLE,
				err))
			return -1;
		/* why it was not pushed is said by the next sync */
		if (store->remote)
			pushed = !push_branch(store, &guard, &later);
	}
	if (ret_pushed)
		*ret_pushed = pushed;
	return 0;
}
