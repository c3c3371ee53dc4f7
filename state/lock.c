/*
 * Taking places: the flocks of <store>/aback/locks/<account>-<region>.lock,
 * then the local refs, then, where there is a remote, the remote's refs, all in
 * one push. A crash after the first leaves nothing (the kernel lets go of the
 * flock); after the second, a ref of a dead process, which the next one on this
 * host takes over; after the third, the same on the remote. Releasing goes the
 * other way round.
 *
 * Of the remote four things are asked, however many places there are: where its
 * refs stand, the push, where they stand now; what others pushed before that is
 * brought in. A release is a push, and where they stand now.
 */
#include "state/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/holder.h"
#include "state/lock_internal.h"
#include "state/record.h"
#include "state/store_internal.h"

void lock_free(struct lock *lock)
{
	if (!lock)
		return;
	for (size_t i = 0; i < lock->len; i++) {
		if (lock->items[i].fd >= 0)
			(void)close(lock->items[i].fd); /* lets go of it */
		free(lock->items[i].place);
		free(lock->items[i].ref);
		free(lock->items[i].path);
	}
	free(lock->items);
	free(lock);
}

DEFINE_CLEANUP(cleanup_lock, struct lock *, lock_free)

/* ---- names ----------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "<account>/<region>": two parts of letters, digits and dashes. */
bool lock_is_place(const char *place)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t account = strspn(place, plain);
	size_t region =
		place[account] == '/' ? strspn(place + account + 1, plain) : 0;

	return account && region && !place[account + 1 + region];
}

char *lock_file(const struct store *store, const char *place)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("%s/aback/locks/%s", store_path(store), place);

	*strrchr(path, '/') = '-';
	return xasprintf("%s.lock", path);
}

static int name_places(struct store *store, const char *const *places,
		       size_t len, struct lock **ret_lock, struct error *err)
{
	CLEANUP(cleanup_lock) struct lock *lock = xcalloc(1, sizeof(*lock));
	CLEANUP(free_ptr) const char **sorted = xcalloc(len, sizeof(*sorted));

	lock->store = store;
	lock->items = xcalloc(len, sizeof(*lock->items));
	for (size_t i = 0; i < len; i++)
		sorted[i] = places[i];
	if (len)
		qsort(sorted, len, sizeof(*sorted), by_text);
	for (size_t i = 0; i < len; i++) {
		struct held *held = &lock->items[lock->len];

		if (!lock_is_place(sorted[i]))
			return error_set(err, ERR_STATE,
					 "'%s' is not '<account>/<region>'",
					 sorted[i]);
		if (i && !strcmp(sorted[i - 1], sorted[i]))
			continue;
		held->fd = -1;
		held->place = xstrdup(sorted[i]);
		held->ref = xasprintf(LOCK_REFS "%s", sorted[i]);
		held->path = lock_file(store, sorted[i]);
		lock->len++;
	}
	*ret_lock = TAKE(lock);
	return 0;
}

/* ---- refusing -------------------------------------------------------- */

int lock_is_held(const struct held *held, const struct holder *holder,
		 struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf who = STRBUF_INIT(LIMIT_MESSAGE / 2);
	CLEANUP(strbuf_release)
	struct strbuf unlock = STRBUF_INIT(LIMIT_MESSAGE / 2);

	if (!holder) {
		(void)error_set(err, ERR_LOCKED,
				"'%s' is locked by another run", held->place);
		error_hint(err, "wait for it to end, then try again; who it "
				"is: aback state lock");
		return -1;
	}
	holder_describe(holder, &who);
	(void)error_set(err, ERR_LOCKED, "'%s' is locked by %s", held->place,
			who.buf);
	holder_add_unlock(holder, held->place, &unlock);
	if (holder->change && record_is_id(holder->change))
		error_hint(err,
			   "wait for it to end; if its process is gone for "
			   "good: aback resume %s; or, where it began nothing: "
			   "%s",
			   holder->change, unlock.buf);
	else
		error_hint(err,
			   "wait for it to end; if its process is gone for "
			   "good: %s",
			   unlock.buf);
	return -1;
}

static int is_unfinished(const struct held *held, const struct holder *holder,
			 struct error *err)
{
	(void)error_set(err, ERR_UNFINISHED,
			"change %s of '%s' on host '%s' was cut off in '%s' "
			"and has no result yet",
			holder->change, holder->holder, holder->host,
			held->place);
	error_hint(err, "finish, or account for, it first: aback resume %s",
		   holder->change);
	return -1;
}

int lock_judge(struct lock *lock, const struct held *held,
	       const struct repo_id *id, bool flock_free, const char *change_id,
	       struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf message = STRBUF_INIT(MIB);
	CLEANUP(holder_release) struct holder holder = { 0 };
	bool unfinished, same;

	if (repo_message(lock->store->repo, id, &message, err))
		return -1;
	if (!holder_parse(message.buf, &holder))
		return lock_is_held(held, NULL, err);
	same = change_id && holder.change && !strcmp(change_id, holder.change);
	switch (holder_state(&holder, flock_free)) {
	case HOLDER_ALIVE:
		return lock_is_held(held, &holder, err);
	case HOLDER_ELSEWHERE:
		return same && lock->from_afar
			       ? 0
			       : lock_is_held(held, &holder, err);
	case HOLDER_DEAD:
	case HOLDER_SELF:
		break;
	}
	if (same)
		return 0;
	if (record_is_unfinished(lock->store, holder.change, &unfinished, err))
		return -1;
	return unfinished ? is_unfinished(held, &holder, err) : 0;
}

/* ---- taking ---------------------------------------------------------- */

/* The flock, and who we are for those who find it taken. */
static int take_file(struct held *held, const char *message, size_t len,
		     struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(holder_release) struct holder holder = { 0 };

	if (guard_flock(held->path, O_RDWR, 0, &held->fd, err))
		return -1;
	if (held->fd < 0) {
		bool known = !file_read(held->path, MIB, &text, &ignored) &&
			     holder_parse(text.buf, &holder);

		return lock_is_held(held, known ? &holder : NULL, err);
	}
	if (ftruncate(held->fd, 0) ||
	    pwrite(held->fd, message, len, 0) != (ssize_t)len)
		return error_errno(err, ERR_STATE, "cannot write '%s'",
				   held->path);
	return 0;
}

/* The local ref's new object, and the ref; it moves only under the flock. */
static int put_here(struct lock *lock, struct held *held,
		    const struct repo_id *from, const char *message,
		    bool *ret_moved, struct error *err)
{
	CLEANUP(guard_drop) struct guard guard = GUARD_INIT;
	struct store *store = lock->store;
	struct repo_id none = { "" };

	if (guard_take(store->path, &guard, err) ||
	    repo_commit(store->repo, &none, NULL, message, REPO_UNSIGNED,
			&held->id, err))
		return -1;
	return store_move(store, &guard, held->ref, from, &held->id, ret_moved,
			  err);
}

static int take_here(struct lock *lock, struct held *held, const char *message,
		     const char *change_id, struct error *err)
{
	struct store *store = lock->store;
	struct repo_id here;
	bool moved;

	if (repo_ref(store->repo, held->ref, &here, err) ||
	    (repo_id_is_set(&here) &&
	     lock_judge(lock, held, &here, true, change_id, err)) ||
	    lock_judge_there(lock, held, &here, change_id, err) ||
	    put_here(lock, held, &here, message, &moved, err))
		return -1;
	if (!moved)
		return lock_is_held(held, NULL, err);
	held->ours = true;
	return 0;
}

/* ---- releasing ------------------------------------------------------- */

int lock_is_not_ours(const struct held *held, const char *why,
		     struct error *err)
{
	(void)error_set(err, ERR_LOCKED,
			"the lock of '%s' could not be released: %s",
			held->place, why);
	error_hint(err, "see who holds it: aback state lock");
	return -1;
}

static int drop_here(struct lock *lock, const struct held *held,
		     bool *ret_moved, struct error *err)
{
	CLEANUP(guard_drop) struct guard guard = GUARD_INIT;
	struct repo_id none = { "" };

	if (guard_take(lock->store->path, &guard, err))
		return -1;
	return store_move(lock->store, &guard, held->ref, &held->id, &none,
			  ret_moved, err);
}

static int release_here(struct lock *lock, struct held *held, struct error *err)
{
	struct repo_id now = { "" };
	bool moved;

	/* the local ref stays while the remote's does: it is how the next
	 * process on this host knows that the remote's is a dead one */
	if (!held->ours || held->ours_there)
		return 0;
	if (drop_here(lock, held, &moved, err) ||
	    (!moved && repo_ref(lock->store->repo, held->ref, &now, err)))
		return -1;
	held->ours = false;
	if (moved)
		return 0;
	return lock_is_not_ours(held,
				repo_id_is_set(&now)
					? "somebody took it over"
					: "somebody took it away meanwhile",
				err);
}

static void release_file(struct held *held)
{
	if (held->fd < 0 || held->ours)
		return;
	/* a stale text only makes a message less exact */
	if (ftruncate(held->fd, 0))
		errno = 0;
	(void)close(held->fd); /* lets go of it */
	held->fd = -1;
}

int lock_release(struct lock *lock, struct error *err)
{
	int rc = lock_release_there(lock, err);

	for (size_t i = lock->len; i > 0; i--) {
		CLEANUP(error_release) struct error later = ERROR_INIT;
		struct held *held = &lock->items[i - 1];

		if (release_here(lock, held, rc ? &later : err))
			rc = -1;
		release_file(held);
	}
	return rc;
}

void lock_end(struct lock *lock)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	struct store *store = lock->store;

	if (!lock_release(lock, &why))
		return;
	error_message(&why, &text);
	free(store->still_locked);
	store->still_locked = strbuf_detach(&text);
}

static int take_all(struct lock *lock, const struct holder *self,
		    const char *change_id, struct error *err)
{
	for (size_t i = 0; i < lock->len; i++) {
		CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

		holder_write(self, lock->items[i].place, &text);
		if (take_file(&lock->items[i], text.buf, text.len, err))
			return -1;
	}
	if (lock_look_there(lock, err))
		return -1;
	for (size_t i = 0; i < lock->len; i++) {
		CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

		holder_write(self, lock->items[i].place, &text);
		if (take_here(lock, &lock->items[i], text.buf, change_id, err))
			return -1;
	}
	return lock->store->remote && lock->len ? lock_take_there(lock, err)
						: 0;
}

static int take(struct store *store, const char *const *places,
		size_t places_len, const char *holder, const char *change_id,
		bool from_afar, struct lock **ret_lock, struct error *err)
{
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	CLEANUP(holder_release) struct holder self = { 0 };
	CLEANUP(error_release) struct error ignored = ERROR_INIT;

	if (repo_prepare(store->repo, err) ||
	    name_places(store, places, places_len, &lock, err) ||
	    guard_directory(store_path(store), "locks", err))
		return -1;
	lock->from_afar = from_afar;
	holder_self(holder, change_id, &self);
	if (take_all(lock, &self, change_id, err)) {
		/* all or none; a dead process's lock that stays is taken over
		 * by the next one */
		(void)!lock_release(lock, &ignored);
		return -1;
	}
	*ret_lock = TAKE(lock);
	return 0;
}

int lock_take(struct store *store, const char *const *places, size_t places_len,
	      const char *holder, const char *change_id, struct lock **ret_lock,
	      struct error *err)
{
	return take(store, places, places_len, holder, change_id, false,
		    ret_lock, err);
}

int lock_take_over(struct store *store, const char *const *places,
		   size_t places_len, const char *holder, const char *change_id,
		   struct lock **ret_lock, struct error *err)
{
	return take(store, places, places_len, holder, change_id, true,
		    ret_lock, err);
}
