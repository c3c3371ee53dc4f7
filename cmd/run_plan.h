/*
 * What apply and backout --apply do alike: show, ask, carry out, tell how it
 * ended and what is next.
 */
#ifndef ABACK_CMD_RUN_PLAN_H
#define ABACK_CMD_RUN_PLAN_H

#include <stdbool.h>

#include "cmd/command.h"
#include "cmd/session.h"
#include "core/compiler.h"
#include "core/error.h"
#include "plans/execute.h"
#include "plans/plan.h"

/* Both options structs of the commands become this. */
struct run_options {
	bool yes;
	const struct words *allow;
	int64_t deadline_s;
	enum on_failure on_failure;
	const char *reason; /* NULL */
	const char
		*break_glass; /* why the gate is passed by; NULL: it is not */
	bool no_session_policy;
	int64_t confirm_within_s;
	const struct rollout *rollout; /* NULL */
	const char *question;
};

/*
 * Refuse what can be refused before AWS is asked, show the plan, ask, run it,
 * print how it ended. The session has its store; AWS is opened here unless it
 * is open. Returns an exit code, or -1 with err.
 */
MUST_CHECK int run_plan(struct session *session, const struct plan *plan,
			const char *bytes, size_t len,
			const struct run_options *options, struct error *err);

#endif
