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

/* "-f, --file FILE" (or "    --state PATH"). Appended. */
void help_option(const struct option_row *row, struct strbuf *out);

#endif
