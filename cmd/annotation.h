/* What GitHub Actions shows beside the lines of a file, from lines of a log. */
#ifndef ABACK_CMD_ANNOTATION_H
#define ABACK_CMD_ANNOTATION_H

#include "core/error.h"
#include "core/strbuf.h"

/* GitHub shows so many of each type from one step. */
#define ANNOTATIONS_MOST 10

/*
 * The mistakes as workflow commands, a line each; nothing outside of GitHub
 * Actions. Where there are too many the last one says how many more.
 */
void annotate_mistakes(const struct error_list *list, struct strbuf *out);

#endif
