/* Help of the tool and of its commands, all of it from their tables. */
#ifndef ABACK_CMD_HELP_H
#define ABACK_CMD_HELP_H

#include "cmd/command.h"
#include "core/strbuf.h"

/* Print the help of a command, or of the tool (NULL). Returns an exit code. */
int help_print(const struct command *command);

/* The same as a man page (roff), and as a page of docs/commands. */
void help_man(const struct command *command, struct strbuf *out);
void help_markdown(const struct command *command, struct strbuf *out);

/* docs/errors.md: exit codes, and each code of core/error.h. */
void help_errors(struct strbuf *out);

/* The exit codes, which every page shows; ends with a row without name. */
struct exit_row {
	int code;
	const char *name;
	const char *text; /* Markdown: commands are in `backticks` */
};
extern const struct exit_row exit_rows[];
/* The same as a table. Appended. */
void help_exit_codes(struct strbuf *out);

/* "-f, --file FILE" (or "    --state PATH"). Appended. */
void help_option(const struct option_row *row, struct strbuf *out);

#endif
