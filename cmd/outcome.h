/* How a change ended, and what is next. */
#ifndef ABACK_CMD_OUTCOME_H
#define ABACK_CMD_OUTCOME_H

#include "cmd/session.h"
#include "plans/execute.h"

/* Print how a change ended; returns the exit code. */
int print_outcome(const struct session *session, const struct plan *plan,
		  const struct execute_result *result);

#endif
