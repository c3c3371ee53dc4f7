/* Seeing to changes that undo themselves: plans/confirm.h. */
#ifndef ABACK_CMD_EXPIRY_H
#define ABACK_CMD_EXPIRY_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/session.h"
#include "core/compiler.h"
#include "core/error.h"

/* What came of looking for changes that are due. */
struct expiry {
	size_t due;      /* so many were */
	size_t not_done; /* of these, so many are not wholly backed out */
};

/*
 * Back out every change that is due, and say so. One that cannot be is a
 * warning, and it stays due. The session has its store. -1: the store could
 * not be read.
 */
MUST_CHECK int expiry_enforce(const struct session *session,
			      struct expiry *ret_expiry, struct error *err);
/*
 * The same on the way to something else that writes the store: what cannot be
 * looked at is a warning too. Returns how many were due.
 */
size_t expiry_enforce_first(const struct session *session);

/* What became of a change that was due. */
struct expired {
	bool done;      /* it is wholly backed out now, or kept */
	bool by_others; /* who were first */
};

/* Back out one change that is due. */
MUST_CHECK int expiry_one(const struct session *session, const char *id,
			  struct expired *ret_expired, struct error *err);
/* Say that it could not be done now, and why. */
void expiry_warn(const char *id, const struct error *why);

/* Say which changes are due, for commands that only read. */
void expiry_mention(const struct session *session);

/* ---- expiry_wait.c ---- */

/*
 * After an apply that has to be confirmed and ended with the exit code rc: wait
 * until it is, or until its time is over, and then back it out. Returns the
 * exit code, or -1 with err.
 */
MUST_CHECK int expiry_wait(const struct session *session, const char *change_id,
			   int rc, struct error *err);

/* Say of a change that waits to be confirmed until when it does, and how. */
void expiry_announce(const struct session *session, const char *change_id);

#endif
