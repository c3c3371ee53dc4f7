#include "cmd/help.h"

#include <stddef.h>
#include <string.h>

#include "cmd/message.h"
#include "cmd/options.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/terminal.h"
#include "plans/catalogue.h"
#include "plans/controls.h"
#include "plans/trail_pattern.h"

#define WIDTH 80
#define OPTION_COLUMN 30
#define USAGE_INDENT 12

struct help_args {
	struct common_args common;
	bool man;
	bool markdown;
	bool settings;
	bool controls;
	bool errors;
	bool patterns;
};

static const struct option_row rows[] = {
	{ .name = "man",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct help_args, man),
	  .help = "as a man page",
	  .hidden = true },
	{ .name = "markdown",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct help_args, markdown),
	  .help = "as a page of docs/commands",
	  .hidden = true },
	{ .name = "settings",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct help_args, settings),
	  .help = "the table of settings, docs/settings.md",
	  .hidden = true },
	{ .name = "controls",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct help_args, controls),
	  .help = "the table of controls, docs/controls.md",
	  .hidden = true },
	{ .name = "errors",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct help_args, errors),
	  .help = "the table of errors, docs/errors.md",
	  .hidden = true },
	{ .name = "event-patterns",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct help_args, patterns),
	  .help = "docs/schedule/eventbridge/patterns.json",
	  .hidden = true },
	{ .name = NULL },
};

void help_option(const struct option_row *row, struct strbuf *out)
{
	CLEANUP(free_ptr) char *argument = option_argument(row);

	if (row->letter)
		strbuf_addf(out, "-%c, ", row->letter);
	else
		strbuf_adds(out, "    ");
	strbuf_addf(out, "--%s", row->name);
	if (argument)
		strbuf_addf(out, " %s", argument);
}

static void add_option(const struct option_row *row, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf head = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_adds(&head, "  ");
	help_option(row, &head);
	strbuf_adds(out, head.buf);
	if (head.len + 2 > OPTION_COLUMN) {
		strbuf_addc(out, '\n');
		strbuf_pad(out, ' ', OPTION_COLUMN);
	} else {
		strbuf_pad(out, ' ', OPTION_COLUMN - head.len);
	}
	terminal_wrap(out, row->help, WIDTH, OPTION_COLUMN, OPTION_COLUMN);
	strbuf_addc(out, '\n');
}

/* Options of one command, or the common ones alone. */
static void add_options(const struct command *command, struct strbuf *out)
{
	const struct option_row *row;

	strbuf_adds(out, "\nOptions:\n");
	for (size_t i = 0; (row = option_at(command, i)); i++) {
		if (!row->hidden)
			add_option(row, out);
	}
}

/* Paragraphs, each wrapped. */
static void add_about(const char *about, struct strbuf *out)
{
	for (const char *p = about; *p;) {
		const char *end = strstr(p, "\n\n");
		size_t len = end ? (size_t)(end - p) : strlen(p);
		CLEANUP(free_ptr) char *paragraph = xstrndup(p, len);

		strbuf_addc(out, '\n');
		terminal_wrap(out, paragraph, WIDTH, 0, 0);
		strbuf_addc(out, '\n');
		p += len + (end ? 2 : 0);
	}
}

static void add_examples(const char *examples, struct strbuf *out)
{
	strbuf_adds(out, "\nExamples:\n");
	for (const char *p = examples; *p;) {
		size_t len = strcspn(p, "\n");

		strbuf_adds(out, "  ");
		strbuf_add(out, p, len);
		strbuf_addc(out, '\n');
		p += len + (p[len] != '\0');
	}
}

static void help_of_command(const struct command *command, struct strbuf *out)
{
	CLEANUP(free_ptr)
	char *usage = xasprintf("Usage: aback %s %s", command->name,
				command->synopsis);

	terminal_wrap(out, usage, WIDTH, USAGE_INDENT, 0);
	strbuf_addf(out, "\n\n%s\n", command->summary);
	add_about(command->about, out);
	add_options(command, out);
	add_examples(command->examples, out);
}

/* "  4    not all done: …", wrapped. */
static void add_exit_code(const struct exit_row *row, struct strbuf *out)
{
	enum { COLUMN = 7 };
	CLEANUP(free_ptr)
	char *text = xasprintf("%s: %s", row->name, row->text);

	strbuf_addf(out, "  %-*d", COLUMN - 2, row->code);
	for (char *p = text; *p; p++)
		*p = *p == '`' ? '\'' : *p;
	terminal_wrap(out, text, WIDTH, COLUMN, COLUMN);
	strbuf_addc(out, '\n');
}

static void help_of_tool(struct strbuf *out)
{
	strbuf_adds(out, "Usage: aback [OPTION]... COMMAND [ARGUMENT]...\n\n"
			 "Review, plan, apply and back out security settings "
			 "of Amazon Aurora.\n\nCommands:\n");
	for (size_t i = 0; commands[i]; i++) {
		if (!(commands[i]->flags & HIDDEN))
			strbuf_addf(out, "  %-12s%s\n", commands[i]->name,
				    commands[i]->summary);
	}
	add_options(NULL, out);
	strbuf_adds(out, "\nExit codes:\n");
	for (const struct exit_row *row = exit_rows; row->name; row++)
		add_exit_code(row, out);
	strbuf_adds(out, "\nHelp of a command: aback help COMMAND\n");
}

int help_print(const struct command *command)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	if (command)
		help_of_command(command, &text);
	else
		help_of_tool(&text);
	print_result(&text);
	return EXIT_DONE;
}

static void add_patterns(struct strbuf *out)
{
	CLEANUP(json_release) json_t *patterns = trail_patterns();

	json_canonical(patterns, out);
}

static int run(const void *untyped, struct error *err)
{
	const struct help_args *args = untyped;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	const struct command *command = NULL;

	if (args->common.words.len) {
		const char *name = args->common.words.items[0];

		command = command_find(name);
		if (!command)
			return command_unknown(name, err);
	}
	if (args->controls)
		controls_markdown(&text);
	else if (args->settings)
		catalogue_markdown(&text);
	else if (args->errors)
		help_errors(&text);
	else if (args->patterns)
		add_patterns(&text);
	else if (args->man)
		help_man(command, &text);
	else if (args->markdown)
		help_markdown(command, &text);
	else
		return help_print(command);
	print_result(&text);
	return EXIT_DONE;
}

extern const struct command command_help;
const struct command command_help = {
	.name = "help",
	.summary = "explain a command",
	.synopsis = "[COMMAND]",
	.about = "Lists the commands, or explains one of them. The same text "
		 "is its man page, aback-COMMAND(1).",
	.examples = "aback help backout",
	.most = 1,
	.completes = COMPLETES_COMMANDS,
	.args_size = sizeof(struct help_args),
	.options = rows,
	.run = run,
};
