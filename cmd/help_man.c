/* Man pages: aback(1) and aback-COMMAND(1). */
#include "cmd/help.h"

#include <string.h>

#include "cmd/options.h"
#include "core/mem.h"

/* Neither stretched nor hyphenated: people copy options and addresses. */
#define RAGGED ".ad l\n.nh\n"

static const char about_tool[] =
	"Compares the security settings that aback.yaml asks for with what is "
	"live in AWS, writes the difference as a plan that people review, "
	"applies exactly that plan, and can take back every change, or one "
	"setting of it, because what was there before is in git before "
	"anything is changed. A setting that no rule names is never touched."
	"\n\n"
	"The usual order is aback init, aback plan -o PLAN, aback apply PLAN; "
	"and, when it was the wrong night for it, aback backout "
	"--last --apply.";

/* Text that roff prints as it stands. */
static void add_roff(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool begins = !i || text[i - 1] == '\n';

		if (text[i] == '\\')
			strbuf_adds(out, "\\e");
		else if (text[i] == '-')
			strbuf_adds(out, "\\-");
		else if (begins && (text[i] == '.' || text[i] == '\''))
			strbuf_addf(out, "\\&%c", text[i]);
		else
			strbuf_addc(out, text[i]);
	}
}

static void add_text(struct strbuf *out, const char *text)
{
	add_roff(out, text, strlen(text));
}

static void add_options(const struct command *command, struct strbuf *out)
{
	const struct option_row *row;

	strbuf_adds(out, ".SH OPTIONS\n");
	for (size_t i = 0; (row = option_at(command, i)); i++) {
		CLEANUP(free_ptr) char *argument = option_argument(row);

		if (row->hidden)
			continue;
		strbuf_adds(out, ".TP\n");
		if (row->letter)
			strbuf_addf(out, "\\fB\\-%c\\fR, ", row->letter);
		strbuf_adds(out, "\\fB\\-\\-");
		add_text(out, row->name);
		strbuf_adds(out, "\\fR");
		if (argument) {
			strbuf_adds(out, " \\fI");
			add_text(out, argument);
			strbuf_adds(out, "\\fR");
		}
		strbuf_addc(out, '\n');
		add_text(out, row->help);
		strbuf_addc(out, '\n');
	}
}

static void add_about(const char *about, struct strbuf *out)
{
	for (const char *p = about; *p;) {
		const char *end = strstr(p, "\n\n");
		size_t len = end ? (size_t)(end - p) : strlen(p);

		if (p != about)
			strbuf_adds(out, ".PP\n");
		add_roff(out, p, len);
		strbuf_addc(out, '\n');
		p += len + (end ? 2 : 0);
	}
}

static void add_exit_codes(struct strbuf *out)
{
	strbuf_adds(out, ".SH EXIT STATUS\n");
	for (const struct exit_row *row = exit_rows; row->name; row++) {
		strbuf_addf(out, ".TP\n%d\n", row->code);
		add_text(out, row->name);
		strbuf_adds(out, ": ");
		/* backticks become the quotes of a man page */
		for (const char *p = row->text; *p; p++) {
			if (*p == '`')
				strbuf_adds(out, "\\(aq");
			else
				add_roff(out, p, 1);
		}
		strbuf_addc(out, '\n');
	}
}

static void man_of_command(const struct command *command, struct strbuf *out)
{
	strbuf_addf(out, ".TH ABACK\\-%s 1 \"\" \"aback %s\"\n" RAGGED,
		    command->name, ABACK_VERSION);
	strbuf_addf(out, ".SH NAME\naback\\-%s \\- ", command->name);
	add_text(out, command->summary);
	strbuf_addf(out, "\n.SH SYNOPSIS\n\\fBaback %s\\fR ", command->name);
	add_text(out, command->synopsis);
	strbuf_adds(out, "\n.SH DESCRIPTION\n");
	add_about(command->about, out);
	add_options(command, out);
	strbuf_adds(out, ".SH EXAMPLES\n.nf\n");
	add_text(out, command->examples);
	strbuf_adds(out, "\n.fi\n.SH SEE ALSO\n\\fBaback\\fR(1)\n");
}

static void man_of_tool(struct strbuf *out)
{
	strbuf_addf(out,
		    ".TH ABACK 1 \"\" \"aback %s\"\n" RAGGED ".SH NAME\n"
		    "aback \\- review, plan, apply and back out security "
		    "settings of Amazon Aurora\n.SH SYNOPSIS\n"
		    "\\fBaback\\fR [OPTION]... COMMAND [ARGUMENT]...\n"
		    ".SH DESCRIPTION\n",
		    ABACK_VERSION);
	add_about(about_tool, out);
	strbuf_adds(out, ".SH COMMANDS\n");
	for (size_t i = 0; commands[i]; i++) {
		if (commands[i]->flags & HIDDEN)
			continue;
		strbuf_addf(out, ".TP\n\\fBaback\\-%s\\fR(1)\n",
			    commands[i]->name);
		add_text(out, commands[i]->summary);
		strbuf_addc(out, '\n');
	}
	add_options(NULL, out);
	add_exit_codes(out);
	strbuf_adds(out, ".SH FILES\n.TP\n\\fIaback.yaml\\fR\n"
			 "what is wanted; \\fBaback init\\fR writes one to "
			 "begin with\n.TP\n\\fIaurora\\-state.git\\fR\n"
			 "the prior values and what was done, a bare git "
			 "repository; \\fIaback.yaml\\fR names it\n"
			 ".SH SEE ALSO\n\\fBgit\\fR(1)\n");
}

void help_man(const struct command *command, struct strbuf *out)
{
	if (command)
		man_of_command(command, out);
	else
		man_of_tool(out);
}
