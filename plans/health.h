/*
 * The health check of a rollout: a command of the person's own that says, by
 * its exit code, whether to go on.
 */
#ifndef ABACK_PLANS_HEALTH_H
#define ABACK_PLANS_HEALTH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/strbuf.h"

/* Of its output, so many lines and bytes are shown. */
#define HEALTH_LINES 20
#define HEALTH_BYTES (4 * KIB)

struct health_check {
	const char *command; /* for the shell */
	const char *change_id;
	size_t wave; /* from 1 */
	int64_t timeout_ms;
	const volatile sig_atomic_t *interrupted; /* NULL: never */
};

struct health {
	bool passed;
	bool interrupted;  /* killed by us, so nobody knows */
	struct strbuf why; /* "exit code 1", "killed after 60s" */
	struct strbuf out; /* what it wrote, cut; ends in a newline or empty */
};
void health_release(struct health *health);

/*
 * Run it in a session of its own, with nothing to read, with our environment
 * and ABACK_CHANGE and ABACK_WAVE. What it started is killed with it when its
 * time is over. ERR_IO: there is no shell.
 */
MUST_CHECK int health_run(const struct health_check *check,
			  struct health *ret_health, struct error *err);

#endif
