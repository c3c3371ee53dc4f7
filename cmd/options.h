/*
 * The command line, by the rows of option tables: long options whole
 * (`--name value`, `--name=value`, no abbreviations), letters (`-f FILE`,
 * `-fFILE`, `-qv`), `--` ends them. Options and words may be mixed.
 */
#ifndef ABACK_CMD_OPTIONS_H
#define ABACK_CMD_OPTIONS_H

#include <stddef.h>

#include "cmd/command.h"
#include "core/compiler.h"
#include "core/error.h"

/*
 * Parse options into args (a struct that begins with struct common_args) by
 * the common rows and, unless it is NULL, those of command. With command NULL
 * parsing stops at the first word. Returns how many of argv were used, or -1
 * with err (ERR_USAGE). Texts point into argv.
 */
MUST_CHECK int options_parse(const struct command *command, int argc,
			     char *const argv[], void *args, struct error *err);
/* The right number of words? ERR_USAGE. */
MUST_CHECK int options_check_words(const struct command *command,
				   const struct words *words,
				   struct error *err);
/* Free what parsing allocated (not the texts, which are argv's). */
void options_release(const struct command *command, void *args);

/*
 * The rows of a command in the order of its help: its own, --target and
 * --format where it has them, the common ones. index counts from 0; NULL when
 * there is none of that index. command NULL: the common ones.
 */
const struct option_row *option_at(const struct command *command, size_t index);
/* What stands for its value: "FILE", "text|json"; NULL: a flag. Owned. */
char *option_argument(const struct option_row *row);

#endif
