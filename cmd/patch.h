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

#endif
