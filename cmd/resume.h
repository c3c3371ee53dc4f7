/* Accounting for a change that was cut off, for who comes across one. */
#ifndef ABACK_CMD_RESUME_H
#define ABACK_CMD_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/session.h"
#include "core/compiler.h"
#include "core/error.h"
#include "state/record.h"

/*
 * Find out what the change did, record that, and print it; in passing, where
 * stdout is another command's, only a line says so. take_over: also from a
 * process of another host, which is known to be gone. The session has its store
 * and no AWS. Returns an exit code, or -1 with err.
 */
MUST_CHECK int resume_change(struct session *session,
			     const struct record *record, int64_t deadline_s,
			     bool in_passing, bool take_over,
			     struct error *err);

#endif
