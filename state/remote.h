/*
 * A state remote, spoken to by the git command: it knows every transport,
 * credential helper and ssh configuration that people use, it compares before
 * it moves a ref, and it can be killed at a deadline. Each operation is a
 * process of its own; docs/decisions.md has the reasons.
 *
 * Here ERR_REMOTE means that it did not work, or that nobody can tell.
 */
#ifndef ABACK_STATE_REMOTE_H
#define ABACK_STATE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "state/git.h"

#define REMOTE_DEADLINE_MS 60000

struct remote;

/*
 * url is a path, file://, ssh:// or host:path, or https://; anything else is
 * ERR_REMOTE. git_dir is the local repository. Nothing is contacted.
 * A password of the URL, a user that is a token, and for https:// the token of
 * ABACK_GIT_TOKEN reach git by its environment, and stand in no argument and no
 * file.
 */
MUST_CHECK int remote_new(const char *git_dir, const char *url,
			  struct remote **ret_remote, struct error *err);
void remote_free(struct remote *remote);
/*
 * A URL without what is secret in it, and with a user only where it is ssh's:
 * in https:// it may be a token. Owned.
 */
char *remote_bare_url(const char *url);
/* The remote's own, as git gets and keeps it. Borrowed. */
const char *remote_url(const struct remote *remote);
/* The same with *** for user and password, for messages. Borrowed. */
const char *remote_shown(const struct remote *remote);
/* How long one operation may take; REMOTE_DEADLINE_MS unless set. */
void remote_set_deadline(struct remote *remote, int64_t deadline_ms);

/*
 * Do two URLs lead to one repository? By ssh or https, with or without ".git"
 * is the same, and so is another user, but for a path in the user's home.
 */
bool remote_same_place(const char *a, const char *b);
/* Is it a path that depends on the folder we are in? */
bool remote_is_relative(const char *url);
/*
 * git may be configured, by files and by variables, to read another repository
 * in the place of a URL (url.*.insteadOf, a remote of that name). ERR_GATE: it
 * is, and it is another place. whose: "the gate's remote".
 */
MUST_CHECK int remote_check_direct(struct remote *remote, const char *whose,
				   struct error *err);

/* Where a ref of the remote stands; not set where there is none. */
MUST_CHECK int remote_ref(struct remote *remote, const char *ref,
			  struct repo_id *ret_id, struct error *err);

/* A ref of the remote, and where it stands: not set where there is none. */
struct remote_at {
	const char *ref; /* borrowed */
	struct repo_id id;
};
/* Where each of them stands, in one conversation. */
MUST_CHECK int remote_look(struct remote *remote, struct remote_at *refs,
			   size_t len, struct error *err);

/* Every ref of the remote whose name begins so. */
MUST_CHECK int remote_refs(struct remote *remote, const char *prefix,
			   repo_ref_fn fn, void *ctx, struct error *err);
/* Copy what the ref reaches into the local repository; no local ref moves. */
MUST_CHECK int remote_fetch(struct remote *remote, const char *ref,
			    struct error *err);

/*
 * Move the remote's ref to `to` and read it back.
 * from NULL: a fast-forward or nothing, never forced. Otherwise the ref must
 * stand at `from` (not set: must not exist); `to` not set removes it.
 * *ret_refused is NULL when the remote's ref now stands at `to`, else the
 * remote's reason (owned), and the ref is as it was. -1: unknown, or the remote
 * could not be reached.
 */
MUST_CHECK int remote_push(struct remote *remote, const char *ref,
			   const struct repo_id *from, const struct repo_id *to,
			   char **ret_refused, struct error *err);

/* One of several moves of a conversation. */
struct remote_move {
	const char *ref;                 /* borrowed, as are from and to, */
	const struct repo_id *from, *to; /* which are as of remote_push */
	struct repo_id now;              /* where it stands after it */
	char *refused; /* NULL: at `to`; owned, see remote_moves_release */
};
void remote_moves_release(struct remote_move *moves, size_t len);
/* The move whose refusal is to be told; NULL: none is refused. */
const struct remote_move *remote_refused(const struct remote_move *moves,
					 size_t len);

enum remote_push_how {
	REMOTE_EACH, /* each for itself */
	/* all or none; where the remote cannot, in turn up to the first refused
	 * one, so that some may have moved all the same */
	REMOTE_ALL_OR_NONE,
};
/*
 * Several moves of different refs in one conversation, and one more that reads
 * them back and, where `also` is not NULL, that ref with them. -1: as of
 * remote_push; then `now` is set of those only that are known to have moved or
 * not.
 */
MUST_CHECK int remote_push_all(struct remote *remote, struct remote_move *moves,
			       size_t len, enum remote_push_how how,
			       struct remote_at *also, struct error *err);

/* Is it the reason of a push that others were faster than, or in the way of? */
bool remote_lost_race(const char *refused);

/* A bare clone of one branch into `path`, which must not exist. */
MUST_CHECK int remote_clone(struct remote *remote, const char *path,
			    const char *branch, struct error *err);

#endif
