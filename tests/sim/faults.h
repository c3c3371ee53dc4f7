/*
 * The fault script: what is to go wrong, and when. Entries count the requests
 * that match them, from the moment they were added.
 */
#ifndef ABACK_TESTS_SIM_FAULTS_H
#define ABACK_TESTS_SIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

enum fault_kind {
	FAULT_THROTTLE,
	FAULT_ERROR,
	FAULT_RESET_BEFORE,
	FAULT_RESET_AFTER,
	FAULT_HANG,
	FAULT_TRUNCATE,
	FAULT_MALFORMED,
	FAULT_HTML,
	FAULT_SKEW,
	FAULT_IGNORE,
	FAULT_DELAY_EFFECT,
	FAULT_REORDER
};

struct fault {
	enum fault_kind kind;
	const char *name;
	char *service, *action, *region; /* NULL: any */
	int64_t from, to;                /* which matching requests, from 1 */
	int64_t seen;
	int status; /* 0: what the kind says */
	char *code, *message;
	int64_t ms;
	int64_t effect_ms; /* its effect begins so much later; 0: at once */
	bool effect;       /* does the call happen all the same? */
};

struct faults {
	struct fault *items;
	size_t len, cap;
};

/* Append the entries of a script. All of them or, on ERR_FORMAT, none. */
MUST_CHECK int faults_add(struct faults *faults, const json_t *script,
			  struct error *err);
/*
 * Count a request; the fault that it meets, or NULL. Where several match, the
 * first one of the script plays; all of them count. Borrowed.
 */
const struct fault *faults_meet(struct faults *faults, const char *service,
				const char *action, const char *region);
void faults_release(struct faults *faults);

#endif
