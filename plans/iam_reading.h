/*
 * Reading roles and policies: what is the same for both. Each resource asks its
 * own questions, one after the other, and all of them side by side; the last
 * one to end is the end of the reading.
 */
#ifndef ABACK_PLANS_IAM_READING_H
#define ABACK_PLANS_IAM_READING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/aws.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/kind.h"

struct iam_reading {
	struct read_request request;
	size_t running; /* resources that have not ended */
	struct error err;
};

/* Tell that all has ended, and forget it. */
void iam_reading_end(struct iam_reading *reading);

/*
 * Is the answer the end of this resource, because it failed or is not there?
 * What failed and is not excused fails the reading.
 */
bool iam_gave_up(struct iam_reading *reading, enum kind kind, const char *id,
		 const struct aws_result *result);
/* AWS answered, but with half of it. */
void iam_incomplete(struct iam_reading *reading, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

struct iam_question {
	const char *action;
	const json_t *parameters;
	const struct xml_paths *answer;
	const struct xml_handler *handler;
	void (*begin)(void *ctx);
	void (*page_done)(void *ctx); /* of a listing */
	void (*done)(void *ctx, const struct aws_result *result);
	void *ctx;
};
/* One answer. */
void iam_ask(const struct iam_reading *reading,
	     const struct iam_question *question);
/* A listing of pages, whose marker is IAM's. */
void iam_list(const struct iam_reading *reading,
	      const struct iam_question *question);

#endif
