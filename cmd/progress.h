/*
 * Progress of an apply on stderr: a line for each resource that got somewhere,
 * and on a terminal a transient line below that says how far all of it is.
 */
#ifndef ABACK_CMD_PROGRESS_H
#define ABACK_CMD_PROGRESS_H

#include "plans/execute.h"

/* An execute_options.progress; it takes no context. */
void progress_show(void *ctx, const struct execute_progress *progress);

#endif
