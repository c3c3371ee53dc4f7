/* The patch that makes aback.yaml agree with what was restored. */
#ifndef ABACK_CMD_PATCH_H
#define ABACK_CMD_PATCH_H

#include "cmd/session.h"

/*
 * Write it beside the session's desired file, if there is one and the change
 * has left a hold, and say how to apply it. What fails here is a warning: it
 * changes nothing about the backout.
 */
void offer_patch(const struct session *session, const char *change_id);

/*
 * The same of a backout that was written to a file and is still to be applied:
 * the patch stands next to it, as PLAN.patch, to be reviewed with it.
 */
void offer_plan_patch(const struct session *session, const struct plan *plan,
		      const char *path);

#endif
