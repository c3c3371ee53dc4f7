/* The parts of `aback state`, a function each; cmd/state.c has the list. */
#ifndef ABACK_CMD_STATE_H
#define ABACK_CMD_STATE_H

#include "cmd/command.h"
#include "cmd/session.h"
#include "core/error.h"

struct state_args {
	struct common_args common;
	const char *signers; /* fsck */
	struct words accept; /* fsck */
	const char *holder;  /* unlock */
};

/* Each opens the store itself; returns an exit code, or -1 with err set. */
int state_fsck(const struct state_args *args, struct session *session,
	       struct error *err);

int state_sync(const struct state_args *args, struct session *session,
	       struct error *err);
int state_lock(const struct state_args *args, struct session *session,
	       struct error *err);
int state_unlock(const struct state_args *args, struct session *session,
		 struct error *err);

#endif
