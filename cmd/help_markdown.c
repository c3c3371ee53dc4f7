/* The pages of docs/commands: README.md and one a command. */
#include "cmd/help.h"

#include <string.h>

#include "cmd/options.h"

static void add_options(const struct command *command, struct strbuf *out)
{
	const struct option_row *row;

	strbuf_adds(out, "\n| option | |\n| --- | --- |\n");
	for (size_t i = 0; (row = option_at(command, i)); i++) {
		CLEANUP(strbuf_release) struct strbuf head = STRBUF_INIT(4096);
		const char *p;

		if (row->hidden)
			continue;
		help_option(row, &head);
		strbuf_adds(out, "| `");
		for (p = head.buf + strspn(head.buf, " "); *p; p++)
			strbuf_adds(out,
				    *p == '|' ? "\\|" : (char[]){ *p, '\0' });
		strbuf_addf(out, "` | %s |\n", row->help);
	}
}

static void page_of_command(const struct command *command, struct strbuf *out)
{
	strbuf_addf(out, "# aback %s\n\n", command->name);
	strbuf_adds(out, "<!-- generated from cmd/: make docs -->\n\n");
	strbuf_addf(out, "%s\n\n```\naback %s%s%s\n```\n\n%s\n",
		    command->summary, command->name,
		    *command->synopsis ? " " : "", command->synopsis,
		    command->about);
	add_options(command, out);
	strbuf_addf(out, "\n```\n%s\n```\n", command->examples);
}

static void page_of_tool(struct strbuf *out)
{
	strbuf_adds(out, "# The commands\n\n"
			 "<!-- generated from cmd/: make docs -->\n\n"
			 "| command | |\n| --- | --- |\n");
	for (size_t i = 0; commands[i]; i++) {
		const char *name = commands[i]->name;

		if (!(commands[i]->flags & HIDDEN))
			strbuf_addf(out, "| [%s](%s.md) | %s |\n", name, name,
				    commands[i]->summary);
	}
	strbuf_adds(out, "\nEverywhere:\n");
	add_options(NULL, out);
	strbuf_addc(out, '\n');
	help_exit_codes(out);
}

void help_markdown(const struct command *command, struct strbuf *out)
{
	if (command)
		page_of_command(command, out);
	else
		page_of_tool(out);
}
