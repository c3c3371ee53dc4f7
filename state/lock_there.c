/*
 * The remote's side of locks: looked at, taken and released for all places of a
 * lock at once.
 */
#include <stdlib.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/holder.h"
#include "state/lock_internal.h"
#include "state/store_internal.h"

int lock_fetch(struct store *store, const char *ref, const struct repo_id *id,
	       bool *ret_gone, struct error *err)
{
	CLEANUP(error_release) struct error again = ERROR_INIT;
	struct repo_id now;
	int rc;

	*ret_gone = false;
	if (repo_has(store->repo, id))
		return 0;
	rc = remote_fetch(store->remote, ref, err);
	if (!rc && repo_has(store->repo, id))
		return 0;
	if (remote_ref(store->remote, ref, &now, rc ? &again : err))
		return -1;
	*ret_gone = !repo_id_equal(&now, id);
	if (*ret_gone)
		error_release(err);
	return *ret_gone ? 0 : -1;
}

int lock_judge_there(struct lock *lock, const struct held *held,
		     const struct repo_id *here, const char *change_id,
		     struct error *err)
{
	bool gone;

	if (!repo_id_is_set(&held->before))
		return 0;
	if (lock_fetch(lock->store, held->ref, &held->before, &gone, err))
		return -1;
	if (gone) /* whoever had it just let go, or another has it now */
		return lock_is_held(held, NULL, err);
	return lock_judge(lock, held, &held->before,
			  repo_id_equal(&held->before, here), change_id, err);
}

/* The push was refused: somebody was faster, or the remote does not want it. */
static int lost_there(struct lock *lock, const struct held *held,
		      const struct remote_move *move, struct error *err)
{
	struct store *store = lock->store;
	bool same = repo_id_equal(&move->now, &held->before), gone;
	CLEANUP(strbuf_release) struct strbuf message = STRBUF_INIT(MIB);
	CLEANUP(holder_release) struct holder holder = { 0 };

	if (same && !remote_lost_race(move->refused)) {
		(void)error_set(err, ERR_REMOTE,
				"the state remote '%s' refuses the lock of "
				"'%s': %s",
				remote_shown(store->remote), held->place,
				move->refused);
		error_hint(err,
			   "let this user push to refs/aback/locks/ there");
		return -1;
	}
	/* it just ended, or is about to show */
	if (!repo_id_is_set(&move->now) || same)
		return lock_is_held(held, NULL, err);
	if (lock_fetch(store, held->ref, &move->now, &gone, err) ||
	    (!gone && repo_message(store->repo, &move->now, &message, err)))
		return -1;
	return lock_is_held(
		held, holder_parse(message.buf, &holder) ? &holder : NULL, err);
}

/* Push all of them, and bring in what was pushed before they were ours. */
static int push_there(struct lock *lock, struct remote_move *moves,
		      struct error *err)
{
	CLEANUP(guard_drop) struct guard guard = GUARD_INIT;
	struct store *store = lock->store;
	struct remote_at branch = { .ref = STORE_BRANCH };
	const struct remote_move *refused;
	int rc;

	if (guard_take(store->path, &guard, err))
		return -1;
	rc = remote_push_all(store->remote, moves, lock->len,
			     REMOTE_ALL_OR_NONE, &branch, err);
	for (size_t i = 0; i < lock->len; i++)
		lock->items[i].ours_there =
			repo_id_equal(&moves[i].now, &lock->items[i].id);
	if (rc)
		return -1;
	refused = remote_refused(moves, lock->len);
	if (refused)
		return lost_there(lock, &lock->items[refused - moves], refused,
				  err);
	return store_bring_in_tip(store, &guard, &branch.id, err);
}

int lock_take_there(struct lock *lock, struct error *err)
{
	struct remote_move *moves = xcalloc(lock->len + 1, sizeof(*moves));
	int rc;

	for (size_t i = 0; i < lock->len; i++) {
		moves[i].ref = lock->items[i].ref;
		moves[i].from = &lock->items[i].before;
		moves[i].to = &lock->items[i].id;
	}
	rc = push_there(lock, moves, err);
	remote_moves_release(moves, lock->len);
	free(moves);
	return rc;
}

/* Does the remote's ref stand where we put it? */
static bool is_ours(const struct held *held, const struct remote_move *move)
{
	return repo_id_equal(&move->now, &held->id);
}

int lock_release_there(struct lock *lock, struct error *err)
{
	CLEANUP(free_ptr)
	struct remote_move *moves = xcalloc(lock->len + 1, sizeof(*moves));
	CLEANUP(free_ptr)
	struct held **held = xcalloc(lock->len + 1, sizeof(struct held *));
	const struct repo_id none = { "" };
	const struct remote_move *refused;
	size_t len = 0;
	int rc;

	for (size_t i = 0; i < lock->len; i++) {
		if (!lock->items[i].ours_there)
			continue;
		held[len] = &lock->items[i];
		moves[len].ref = lock->items[i].ref;
		moves[len].from = &lock->items[i].id;
		moves[len++].to = &none;
	}
	if (!len)
		return 0;
	rc = remote_push_all(lock->store->remote, moves, len, REMOTE_EACH, NULL,
			     err);
	refused = rc ? NULL : remote_refused(moves, len);
	if (rc)
		(void)error_wrap(err, "the lock of '%s' stays on the remote",
				 held[0]->place);
	else if (refused)
		rc = lock_is_not_ours(held[refused - moves],
				      is_ours(held[refused - moves], refused)
					      ? refused->refused
					      : "somebody else holds it now",
				      err);
	for (size_t i = 0; i < len; i++)
		held[i]->ours_there =
			rc && (!refused || is_ours(held[i], &moves[i]));
	remote_moves_release(moves, len);
	return rc;
}

int lock_look_there(struct lock *lock, struct error *err)
{
	CLEANUP(free_ptr)
	struct remote_at *refs = xcalloc(lock->len + 1, sizeof(*refs));

	for (size_t i = 0; i < lock->len; i++)
		refs[i].ref = lock->items[i].ref;
	if (store_fetch_looking(lock->store, refs, lock->len, err))
		return -1;
	for (size_t i = 0; i < lock->len; i++)
		lock->items[i].before = refs[i].id;
	return 0;
}

int lock_check(struct lock *lock, bool *ret_ours, struct error *err)
{
	*ret_ours = true;
	if (!lock->store->remote || !lock->len)
		return 0;
	if (lock_look_there(lock, err))
		return -1;
	for (size_t i = 0; i < lock->len; i++)
		*ret_ours &= repo_id_equal(&lock->items[i].before,
					   &lock->items[i].id);
	return 0;
}
