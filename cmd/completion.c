/* Completion scripts for bash, zsh and fish, from the tables. */
#include <string.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/options.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"

struct completion_args {
	struct common_args common;
};

static const struct option_row rows[] = { { .name = NULL } };

/* Names of all commands, separated by blanks. */
static void add_commands(struct strbuf *out)
{
	for (size_t i = 0; commands[i]; i++) {
		if (!(commands[i]->flags & HIDDEN))
			strbuf_addf(out, "%s%s", i ? " " : "",
				    commands[i]->name);
	}
}

static void add_choices(const struct option_row *row, struct strbuf *out)
{
	for (size_t i = 0; row->choices[i]; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", row->choices[i]);
}

/* What the words of a command may be, as bash's compgen wants it. */
static void add_bash_words(const struct command *command, struct strbuf *out)
{
	switch (command->completes) {
	case COMPLETES_NOTHING:
		return;
	case COMPLETES_FILES:
		strbuf_adds(out, " files=1");
		return;
	case COMPLETES_COMMANDS:
		strbuf_adds(out, " words='");
		add_commands(out);
		strbuf_addc(out, '\'');
		return;
	case COMPLETES_WORDS:
		strbuf_addf(out, " words='%s'", command->complete_words);
		return;
	}
}

static void add_bash_command(const struct command *command, struct strbuf *out)
{
	const struct option_row *row;

	strbuf_addf(out, "    %s) options='", command->name);
	for (size_t i = 0; (row = option_at(command, i)); i++) {
		if (!row->hidden)
			strbuf_addf(out, "%s--%s", i ? " " : "", row->name);
	}
	strbuf_addc(out, '\'');
	add_bash_words(command, out);
	strbuf_adds(out, " ;;\n");
}

/* What an option of that name may be, of whichever command it is. */
static void add_all_choices(const char *name, struct strbuf *out)
{
	CLEANUP(json_release) json_t *all = json_array();
	const struct option_row *row;
	size_t i;

	for (size_t c = 0; commands[c]; c++) {
		for (i = 0; (row = option_at(commands[c], i)); i++) {
			for (size_t k = 0;
			     !strcmp(row->name, name) && row->choices[k]; k++)
				json_array_add_unique(all, row->choices[k]);
		}
	}
	for (i = 0; i < json_array_size(all); i++)
		strbuf_addf(out, "%s%s", i ? " " : "",
			    json_string_value(json_array_get(all, i)));
}

/* `--format) …` once for each option that has choices, whatever its command. */
static void add_bash_choices(struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf seen = STRBUF_INIT(LIMIT_MESSAGE);
	const struct option_row *row;

	for (size_t c = 0; commands[c]; c++) {
		for (size_t i = 0; (row = option_at(commands[c], i)); i++) {
			CLEANUP(strbuf_release)
			struct strbuf pattern = STRBUF_INIT(LIMIT_MESSAGE);

			strbuf_addf(&pattern, "    --%s) ", row->name);
			if (!row->choices[0] || strstr(seen.buf, pattern.buf))
				continue;
			strbuf_adds(&seen, pattern.buf);
			strbuf_addf(out, "%swords='", pattern.buf);
			add_all_choices(row->name, out);
			strbuf_adds(out, "' given=1 ;;\n");
		}
	}
}

static void bash(struct strbuf *out)
{
	strbuf_adds(
		out,
		"# bash completion for aback\n"
		"_aback() {\n"
		"  local cur=${COMP_WORDS[COMP_CWORD]}\n"
		"  local prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"  local command= options= words= files= given= i\n"
		"  for ((i = 1; i < COMP_CWORD; i++)); do\n"
		"    case ${COMP_WORDS[i]} in\n"
		"      -f | --file | --state | --color | --log-format) "
		"((i++)) ;;\n"
		"      -*) ;;\n"
		"      *) command=${COMP_WORDS[i]}; break ;;\n"
		"    esac\n"
		"  done\n"
		"  case $prev in\n"
		"    -f | --file | --state | -o | --out) files=1 given=1 ;;\n");
	add_bash_choices(out);
	strbuf_adds(out, "  esac\n"
			 "  [ -n \"$given\" ] || case $command in\n"
			 "    '') words='");
	add_commands(out);
	strbuf_adds(out, "' ;;\n");
	for (size_t c = 0; commands[c]; c++)
		add_bash_command(commands[c], out);
	strbuf_adds(out, "  esac\n"
			 "  [[ $cur == -* ]] && words=$options files=\n"
			 "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
			 "  [ -z \"$files\" ] || "
			 "COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
			 "}\n"
			 "complete -o filenames -F _aback aback\n");
}

/* Text inside single quotes of a shell, without what _arguments reads. */
static void add_quoted(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			strbuf_adds(out, "'\\''");
		else if (strchr("[]:", *text))
			strbuf_addf(out, "\\%c", *text);
		else
			strbuf_addc(out, *text);
	}
}

/* One spec of _arguments; name has its dashes and, for a long one, its "=". */
static void add_zsh_spec(const struct option_row *row, const char *name,
			 struct strbuf *out)
{
	strbuf_addf(out, " \\\n        '%s%s[",
		    row->type == OPTION_LIST ? "*" : "", name);
	add_quoted(out, row->help);
	strbuf_addc(out, ']');
	if (row->choices[0]) {
		strbuf_adds(out, ":value:(");
		add_choices(row, out);
		strbuf_addc(out, ')');
	} else if (row->type != OPTION_FLAG) {
		strbuf_addf(out, ":%s:%s", row->argument,
			    !strcmp(row->argument, "FILE") ||
					    !strcmp(row->argument, "PATH") ||
					    !strcmp(row->argument, "PLAN")
				    ? "_files"
				    : "");
	}
	strbuf_addc(out, '\'');
}

static void add_zsh_option(const struct option_row *row, struct strbuf *out)
{
	CLEANUP(free_ptr)
	char *name = xasprintf("--%s%s", row->name,
			       row->type == OPTION_FLAG ? "" : "=");
	const char letter[] = { '-', row->letter, '\0' };

	add_zsh_spec(row, name, out);
	if (row->letter)
		add_zsh_spec(row, letter, out);
}

static void add_zsh_words(const struct command *command, struct strbuf *out)
{
	switch (command->completes) {
	case COMPLETES_NOTHING:
		return;
	case COMPLETES_FILES:
		strbuf_adds(out, " \\\n        '*:file:_files'");
		return;
	case COMPLETES_COMMANDS:
		strbuf_adds(out, " \\\n        '1:command:(");
		add_commands(out);
		strbuf_adds(out, ")'");
		return;
	case COMPLETES_WORDS:
		strbuf_addf(out, " \\\n        '1:word:(%s)'",
			    command->complete_words);
		return;
	}
}

static void zsh(struct strbuf *out)
{
	const struct option_row *row;

	strbuf_adds(out, "#compdef aback\n"
			 "_aback() {\n"
			 "  local -a commands\n"
			 "  commands=(\n");
	for (size_t c = 0; commands[c]; c++) {
		if (commands[c]->flags & HIDDEN)
			continue;
		strbuf_addf(out, "    '%s:", commands[c]->name);
		add_quoted(out, commands[c]->summary);
		strbuf_adds(out, "'\n");
	}
	strbuf_adds(out, "  )\n"
			 "  if (( CURRENT == 2 )); then\n"
			 "    _describe command commands\n"
			 "    return\n"
			 "  fi\n"
			 "  local command=$words[2]\n"
			 "  shift words\n"
			 "  (( CURRENT-- ))\n"
			 "  case $command in\n");
	for (size_t c = 0; commands[c]; c++) {
		strbuf_addf(out, "    %s)\n      _arguments",
			    commands[c]->name);
		for (size_t i = 0; (row = option_at(commands[c], i)); i++) {
			if (!row->hidden)
				add_zsh_option(row, out);
		}
		add_zsh_words(commands[c], out);
		strbuf_adds(out, " ;;\n");
	}
	strbuf_adds(out, "  esac\n}\n_aback \"$@\"\n");
}

static void add_fish_option(const struct command *command,
			    const struct option_row *row, struct strbuf *out)
{
	strbuf_addf(out,
		    "complete -c aback -n '__fish_seen_subcommand_from %s' "
		    "-l %s",
		    command->name, row->name);
	if (row->letter)
		strbuf_addf(out, " -s %c", row->letter);
	if (row->choices[0]) {
		strbuf_adds(out, " -x -a '");
		add_choices(row, out);
		strbuf_addc(out, '\'');
	} else if (row->type != OPTION_FLAG) {
		strbuf_adds(out, " -r");
	}
	strbuf_adds(out, " -d '");
	for (const char *p = row->help; *p; p++)
		strbuf_adds(out, *p == '\'' ? "\\'" : (char[]){ *p, '\0' });
	strbuf_adds(out, "'\n");
}

static void add_fish_words(const struct command *command, struct strbuf *out)
{
	const char *flag = command->completes == COMPLETES_FILES ? "-F" : "-f";

	strbuf_addf(out,
		    "complete -c aback -n '__fish_seen_subcommand_from %s' %s",
		    command->name, flag);
	if (command->completes == COMPLETES_WORDS)
		strbuf_addf(out, " -a '%s'", command->complete_words);
	if (command->completes == COMPLETES_COMMANDS) {
		strbuf_adds(out, " -a '");
		add_commands(out);
		strbuf_addc(out, '\'');
	}
	strbuf_addc(out, '\n');
}

static void fish(struct strbuf *out)
{
	const struct option_row *row;

	strbuf_adds(out, "# fish completion for aback\n"
			 "complete -c aback -f\n");
	for (size_t c = 0; commands[c]; c++) {
		if (commands[c]->flags & HIDDEN)
			continue;
		strbuf_addf(out,
			    "complete -c aback -n __fish_use_subcommand "
			    "-a %s -d '%s'\n",
			    commands[c]->name, commands[c]->summary);
		add_fish_words(commands[c], out);
		for (size_t i = 0; (row = option_at(commands[c], i)); i++) {
			if (!row->hidden)
				add_fish_option(commands[c], row, out);
		}
	}
}

static int run(const void *untyped, struct error *err)
{
	static const struct {
		const char *shell;
		void (*write)(struct strbuf *out);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	const struct completion_args *args = untyped;
	const char *wanted = args->common.words.items[0];
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (!strcmp(shells[i].shell, wanted)) {
			shells[i].write(&text);
			print_result(&text);
			return EXIT_DONE;
		}
	}
	(void)error_set(err, ERR_USAGE, "no completion for the shell '%s'",
			wanted);
	error_hint(err, "there is one for bash, zsh and fish");
	return -1;
}

extern const struct command command_completion;
const struct command command_completion = {
	.name = "completion",
	.summary = "print a completion script",
	.synopsis = "bash|zsh|fish",
	.about = "Prints a script that makes the shell complete commands and "
		 "options. `make install` puts it where the shell looks.",
	.examples = "source <(aback completion bash)\n"
		    "aback completion fish "
		    ">~/.config/fish/completions/aback.fish",
	.least = 1,
	.most = 1,
	.completes = COMPLETES_WORDS,
	.complete_words = "bash zsh fish",
	.args_size = sizeof(struct completion_args),
	.options = rows,
	.run = run,
};
