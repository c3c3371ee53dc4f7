/*
 * Locks as people look at them, and taking one away. What is removed is what
 * was looked at: refs are compared when they are deleted.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/mem.h"
#include "state/lock.h"
#include "state/lock_internal.h"
#include "state/record.h"
#include "state/store_internal.h"

/* A place's refs, before they are known to be one lock or two. */
struct seen {
	char *ref;
	struct repo_id here, there;
};

struct seens {
	struct seen *items; /* sorted by ref */
	size_t len, cap;
};

static void seens_release(struct seens *seens)
{
	for (size_t i = 0; i < seens->len; i++)
		free(seens->items[i].ref);
	free(seens->items);
}

void lock_info_release(struct lock_info *info)
{
	free(info->place);
	holder_release(&info->holder);
	*info = (struct lock_info){ 0 };
}

void lock_infos_release(struct lock_infos *infos)
{
	for (size_t i = 0; i < infos->len; i++)
		lock_info_release(&infos->items[i]);
	free(infos->items);
	*infos = (struct lock_infos){ 0 };
}

/* ---- finding them ---------------------------------------------------- */

static struct seen *find(struct seens *seens, const char *ref)
{
	for (size_t i = 0; i < seens->len; i++) {
		if (!strcmp(seens->items[i].ref, ref))
			return &seens->items[i];
	}
	GROW(seens->items, seens->len, seens->cap);
	seens->items[seens->len] = (struct seen){ .ref = xstrdup(ref) };
	return &seens->items[seens->len++];
}

static int add_here(const char *ref, const struct repo_id *id, void *ctx,
		    struct error *err)
{
	(void)err;
	find(ctx, ref)->here = *id;
	return 0;
}

static int add_there(const char *ref, const struct repo_id *id, void *ctx,
		     struct error *err)
{
	(void)err;
	if (lock_is_place(ref + strlen(LOCK_REFS)))
		find(ctx, ref)->there = *id;
	return 0;
}

static int by_ref(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return strcmp(x->ref, y->ref);
}

/* Does a process hold the place's file? */
static int is_flocked(struct store *store, const char *place, bool *ret_flocked,
		      struct error *err)
{
	CLEANUP(free_ptr) char *path = lock_file(store, place);
	int fd;

	*ret_flocked = false;
	if (access(path, F_OK))
		return 0;
	if (guard_flock(path, O_RDONLY, 0, &fd, err))
		return -1;
	*ret_flocked = fd < 0;
	if (fd >= 0)
		(void)close(fd); /* lets go of it */
	return 0;
}

/* What the lock that stands at id says, which is in this repository. is_ours:
 * it was taken in this store. */
static int read_lock(struct store *store, const struct seen *seen,
		     const struct repo_id *id, bool is_ours,
		     struct lock_info *ret_info, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf message = STRBUF_INIT(MIB);
	CLEANUP(lock_info_release) struct lock_info info = { 0 };
	bool flocked;

	info.place = xstrdup(seen->ref + strlen(LOCK_REFS));
	if (repo_message(store->repo, id, &message, err) ||
	    is_flocked(store, info.place, &flocked, err))
		return -1;
	info.is_known = holder_parse(message.buf, &info.holder);
	info.is_here = repo_id_equal(id, &seen->here);
	info.is_there = repo_id_equal(id, &seen->there);
	info.state = HOLDER_ELSEWHERE;
	if (info.is_known)
		info.state = holder_state(&info.holder, is_ours && !flocked);
	if (is_ours && flocked)
		info.state = HOLDER_ALIVE;
	if (info.is_known && record_is_unfinished(store, info.holder.change,
						  &info.is_unfinished, err))
		return -1;
	*ret_info = info;
	memset(&info, 0, sizeof(info)); /* it is the caller's now */
	return 0;
}

static int add_info(struct store *store, const struct seen *seen,
		    const struct repo_id *id, bool is_ours,
		    struct lock_infos *infos, struct error *err)
{
	bool gone;

	if (lock_fetch(store, seen->ref, id, &gone, err))
		return -1;
	if (gone)
		return 0;
	GROW(infos->items, infos->len, infos->cap);
	if (read_lock(store, seen, id, is_ours, &infos->items[infos->len], err))
		return -1;
	infos->len++;
	return 0;
}

static int look(struct store *store, struct seens *seens,
		struct error *ret_unasked, struct error *err)
{
	if (repo_each_ref(store->repo, LOCK_REFS, add_here, seens, err))
		return -1;
	if (store->remote &&
	    remote_refs(store->remote, LOCK_REFS, add_there, seens, err)) {
		if (!ret_unasked)
			return -1;
		error_copy(ret_unasked, err);
		error_release(err);
	}
	if (seens->len)
		qsort(seens->items, seens->len, sizeof(*seens->items), by_ref);
	return 0;
}

int lock_list(struct store *store, struct lock_infos *ret_infos,
	      struct error *ret_unasked, struct error *err)
{
	CLEANUP(seens_release) struct seens seens = { 0 };
	CLEANUP(lock_infos_release) struct lock_infos infos = { 0 };

	if (look(store, &seens, ret_unasked, err))
		return -1;
	for (size_t i = 0; i < seens.len; i++) {
		const struct seen *seen = &seens.items[i];
		bool here = repo_id_is_set(&seen->here);
		bool there = repo_id_is_set(&seen->there);

		if ((here &&
		     add_info(store, seen, &seen->here, true, &infos, err)) ||
		    (there && !repo_id_equal(&seen->here, &seen->there) &&
		     add_info(store, seen, &seen->there, false, &infos, err)))
			return -1;
	}
	*ret_infos = infos;
	memset(&infos, 0, sizeof(infos)); /* it is the caller's now */
	return 0;
}

/* ---- taking one away -------------------------------------------------- */

static int not_locked(struct store *store, const char *place, struct error *err)
{
	(void)error_set(err, ERR_NOT_FOUND, "'%s' is not locked%s", place,
			store->remote ? "" : " in this repository");
	error_hint(err, "see what is: aback state lock");
	return -1;
}

/* Is it that holder's, and does its process not run here? */
static int may_break(const struct lock_info *info, const char *holder,
		     struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf who = STRBUF_INIT(LIMIT_MESSAGE / 2);
	const char *name = info->is_known ? info->holder.holder : "unknown";

	if (info->is_known)
		holder_describe(&info->holder, &who);
	else
		strbuf_adds(&who, "'unknown'");
	if (info->state == HOLDER_ALIVE) {
		(void)error_set(err, ERR_LOCKED,
				"'%s' is locked by %s, which is running",
				info->place, who.buf);
		error_hint(err, "wait for it to end, or end it: it cleans up "
				"after itself");
		return -1;
	}
	if (strcmp(name, holder) != 0) {
		(void)error_set(err, ERR_LOCKED,
				"'%s' is locked by %s, not by "
				"'%s'",
				info->place, who.buf, holder);
		error_hint(err, "see who holds what: aback state lock; a lock "
				"is taken away by its holder's name");
		return -1;
	}
	return 0;
}

static int changed_hands(const char *place, const char *why, struct error *err)
{
	(void)error_set(err, ERR_LOCKED,
			"the lock of '%s' was not taken away: "
			"%s",
			place, why);
	error_hint(err, "see who holds it now: aback state lock");
	return -1;
}

static int remove_there(struct store *store, const struct seen *seen,
			const char *place, struct error *err)
{
	CLEANUP(free_ptr) char *refused = NULL;
	struct repo_id none = { "" };

	if (remote_push(store->remote, seen->ref, &seen->there, &none, &refused,
			err))
		return -1;
	return refused ? changed_hands(place, refused, err) : 0;
}

static int remove_here(struct store *store, const struct seen *seen,
		       const char *place, struct error *err)
{
	CLEANUP(guard_drop) struct guard guard = GUARD_INIT;
	struct repo_id none = { "" };
	bool moved;

	if (guard_take(store->path, &guard, err) ||
	    store_move(store, &guard, seen->ref, &seen->here, &none, &moved,
		       err))
		return -1;
	return moved ? 0 : changed_hands(place, "somebody took it over", err);
}

static int break_seen(struct store *store, const struct seen *seen,
		      const char *place, const char *holder,
		      struct lock_info *ret_info, struct error *err)
{
	CLEANUP(lock_info_release) struct lock_info here = { 0 };
	CLEANUP(lock_info_release) struct lock_info there = { 0 };
	bool is_here = repo_id_is_set(&seen->here);
	bool is_there = repo_id_is_set(&seen->there);
	bool is_ours = repo_id_equal(&seen->here, &seen->there), gone = false;

	if (is_there && lock_fetch(store, seen->ref, &seen->there, &gone, err))
		return -1;
	if (gone)
		return changed_hands(place, "somebody else was faster", err);
	if ((is_here &&
	     (read_lock(store, seen, &seen->here, true, &here, err) ||
	      may_break(&here, holder, err))) ||
	    (is_there &&
	     (read_lock(store, seen, &seen->there, is_ours, &there, err) ||
	      may_break(&there, holder, err))))
		return -1;
	/* while the remote's stays, ours is how the next run judges it */
	if ((is_there && remove_there(store, seen, place, err)) ||
	    (is_here && remove_here(store, seen, place, err)))
		return -1;
	*ret_info = is_there ? there : here;
	if (is_there)
		memset(&there, 0, sizeof(there)); /* it is the caller's now */
	else
		memset(&here, 0, sizeof(here));
	return 0;
}

int lock_break(struct store *store, const char *place, const char *holder,
	       struct lock_info *ret_info, struct error *err)
{
	struct seen seen = { 0 };
	struct remote_at there = { 0 };
	CLEANUP(free_ptr) char *ref = xasprintf(LOCK_REFS "%s", place);

	if (!lock_is_place(place)) {
		(void)error_set(err, ERR_USAGE,
				"'%s' is not '<account>/"
				"<region or global>'",
				place);
		error_hint(err, "see what is locked: aback state lock");
		return -1;
	}
	seen.ref = ref;
	there.ref = ref;
	if (store_fetch_looking(store, &there, 1, err) ||
	    repo_ref(store->repo, ref, &seen.here, err))
		return -1;
	seen.there = there.id;
	if (!repo_id_is_set(&seen.here) && !repo_id_is_set(&seen.there))
		return not_locked(store, place, err);
	return break_seen(store, &seen, place, holder, ret_info, err);
}

/* ---- what this machine left behind ------------------------------------- */

int lock_sweep(struct store *store, const char *holder, size_t *ret_released,
	       struct error *err)
{
	CLEANUP(seens_release) struct seens seens = { 0 };

	*ret_released = 0;
	if (repo_each_ref(store->repo, LOCK_REFS, add_here, &seens, err))
		return -1;
	for (size_t i = 0; i < seens.len; i++) {
		CLEANUP(error_release) struct error held = ERROR_INIT;
		const char *place = seens.items[i].ref + strlen(LOCK_REFS);
		struct lock *lock = NULL;
		int rc;

		/* a lock that may be taken over is a dead one: take and drop */
		if (lock_take(store, &place, 1, holder, NULL, &lock, &held))
			continue;
		rc = lock_release(lock, err);
		lock_free(lock);
		if (rc)
			return -1;
		++*ret_released;
	}
	return 0;
}
