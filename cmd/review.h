/* What the files of `aback review` share. */
#ifndef ABACK_CMD_REVIEW_H
#define ABACK_CMD_REVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/command.h"
#include "cmd/session.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct review_args {
	struct common_args common;
	const char *out;
	int severity;
	int format; /* of its own renderers; 0 is text, 1 JSON */
	bool no_record;
	bool no_events;
	bool due;
	bool sign_off;
	bool notify;
	const char *by, *note;
};

/* ---- review_record.c ---- */

/*
 * Open the store that the review is recorded in, with what others pushed. Where
 * there is none, session->store stays NULL, and a note says so.
 */
MUST_CHECK int review_open_store(struct session *session,
				 const struct review_args *args,
				 struct error *err);
/* Give it what earlier reviews tell; began at: when it began. */
MUST_CHECK int review_link(const struct session *session, int64_t began_at,
			   json_t *review, struct error *err);
/* Record it, once all of it was printed. */
MUST_CHECK int review_record(const struct session *session,
			     const struct review_args *args,
			     const json_t *review, struct error *err);

/* ---- review_due.c: each returns an exit code, or -1 with err ---- */

int review_due(const struct review_args *args, struct session *session,
	       struct error *err);
int review_sign_off(const struct review_args *args, struct session *session,
		    struct error *err);

#endif
