#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "core/strbuf.h"

static const struct option_row common_rows[] = {
	{ .letter = 'f',
	  .name = "file",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct common_args, file),
	  .argument = "FILE",
	  .help = "the desired state (default aback.yaml)" },
	{ .name = "state",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct common_args, state),
	  .argument = "PATH",
	  .help = "the state repository, instead of the file's" },
	{ .name = "color",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct common_args, color),
	  .help = "colours: on a terminal, always or never",
	  .choices = { "auto", "always", "never" } },
	{ .letter = 'q',
	  .name = "quiet",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct common_args, quiet),
	  .help = "no progress and no notes, only results and errors" },
	{ .letter = 'v',
	  .name = "verbose",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct common_args, verbose),
	  .help = "a line on stderr for each request to AWS" },
	{ .name = "log-format",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct common_args, log_format),
	  .help = "how messages on stderr are written",
	  .choices = { "text", "json" } },
	{ .letter = 'h',
	  .name = "help",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct common_args, help),
	  .help = "show this help" },
	{ .name = NULL },
};

static const struct option_row target_row = {
	.name = "target",
	.type = OPTION_LIST,
	.offset = offsetof(struct common_args, targets),
	.argument = "NAME",
	.help = "only this target of the file; may be repeated"
};

static const struct option_row format_row = {
	.name = "format",
	.type = OPTION_CHOICE,
	.offset = offsetof(struct common_args, format),
	.help = "how the result is written",
	.choices = { "text", "json", "markdown", "html" }
};

const struct option_row *option_at(const struct command *command, size_t index)
{
	const struct option_row *own = command ? command->options : NULL;

	for (; own && own->name; own++, index--) {
		if (!index)
			return own;
	}
	if (command && command->flags & HAS_TARGET && !index--)
		return &target_row;
	if (command && command->flags & HAS_FORMAT && !index--)
		return &format_row;
	return index < ARRAY_SIZE(common_rows) - 1 ? &common_rows[index] : NULL;
}

char *option_argument(const struct option_row *row)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (row->type == OPTION_FLAG)
		return NULL;
	if (row->argument)
		return xstrdup(row->argument);
	for (size_t i = 0; row->choices[i]; i++)
		strbuf_addf(&text, "%s%s", i ? "|" : "", row->choices[i]);
	return strbuf_detach(&text);
}

static void words_add(struct words *words, const char *word)
{
	GROW(words->items, words->len, words->cap);
	words->items[words->len++] = word;
}

/* The index of text among the row's choices, or -1 with err. */
static int choice_of(const struct option_row *row, const char *text,
		     struct error *err)
{
	struct nearest nearest = nearest_to(text);
	CLEANUP(strbuf_release) struct strbuf all = STRBUF_INIT(LIMIT_MESSAGE);

	for (int i = 0; row->choices[i]; i++) {
		if (!strcmp(row->choices[i], text))
			return i;
		nearest_offer(&nearest, row->choices[i]);
		strbuf_addf(&all, "%s%s", i ? ", " : "", row->choices[i]);
	}
	(void)error_set(err, ERR_USAGE, "--%s cannot be '%s'", row->name, text);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean '%s'? it can be %s",
			   nearest_best(&nearest), all.buf);
	else
		error_hint(err, "it can be %s", all.buf);
	return -1;
}

static int set_time(const struct option_row *row, const char *text,
		    int64_t *ret_when, struct error *err)
{
	if (clock_parse(text, ret_when, err))
		return error_wrap(err, "--%s", row->name);
	if (*ret_when > 0)
		return 0;
	(void)error_set(err, ERR_USAGE, "--%s: '%s' is before there was Aurora",
			row->name, text);
	error_hint(err, "give a moment such as 2026-11-20T10:00:00Z");
	return -1;
}

/* Put a value where the row says. */
static int set_value(const struct option_row *row, const char *text, void *args,
		     struct error *err)
{
	char *slot = (char *)args + row->offset;
	int choice;

	if (row->type == OPTION_FLAG) {
		*(bool *)(void *)slot = true;
		return 0;
	}
	if (!text || !*text) {
		(void)error_set(err, ERR_USAGE, "--%s has an empty value",
				row->name);
		error_hint(err, "give one, or leave the option out");
		return -1;
	}
	switch (row->type) {
	case OPTION_FLAG: /* has no value, and was dealt with */
	case OPTION_TEXT:
		*(const char **)(void *)slot = text;
		return 0;
	case OPTION_LIST:
		if (row->choices[0] && choice_of(row, text, err) < 0)
			return -1;
		words_add((struct words *)(void *)slot, text);
		return 0;
	case OPTION_CHOICE:
		choice = choice_of(row, text, err);
		if (choice < 0)
			return -1;
		*(int *)(void *)slot = choice;
		return 0;
	case OPTION_DURATION:
		if (clock_parse_duration(text, (int64_t *)(void *)slot, err))
			return error_wrap(err, "--%s", row->name);
		return 0;
	case OPTION_TIME:
		return set_time(row, text, (int64_t *)(void *)slot, err);
	}
	return 0;
}

static void hint_help(const struct command *command, struct error *err)
{
	error_hint(err, "see: aback help%s%s", command ? " " : "",
		   command ? command->name : "");
}

/* The row of a long option's name (not terminated), or NULL with err. */
static const struct option_row *find_long(const struct command *command,
					  const char *name, size_t len,
					  struct error *err)
{
	CLEANUP(free_ptr) char *copy = xstrndup(name, len);
	struct nearest nearest = nearest_to(copy);
	const struct option_row *row;

	for (size_t i = 0; (row = option_at(command, i)); i++) {
		if (!strcmp(row->name, copy))
			return row;
		if (!row->hidden)
			nearest_offer(&nearest, row->name);
	}
	(void)error_set(err, ERR_USAGE, "'%s%s' has no option '--%s'",
			command ? "aback " : "aback",
			command ? command->name : "", copy);
	if (nearest_best(&nearest))
		error_hint(err, "did you mean '--%s'?", nearest_best(&nearest));
	else
		hint_help(command, err);
	return NULL;
}

static const struct option_row *find_letter(const struct command *command,
					    char letter, struct error *err)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_at(command, i)); i++) {
		if (row->letter == letter)
			return row;
	}
	(void)error_set(err, ERR_USAGE, "'%s%s' has no option '-%c'",
			command ? "aback " : "aback",
			command ? command->name : "", letter);
	hint_help(command, err);
	return NULL;
}

/* argv of one parse, and where it is. */
struct cursor {
	const struct command *command;
	int argc;
	char *const *argv;
	int at;
	void *args;
};

/* The value that follows an option as the next word. */
static int next_value(struct cursor *cursor, const struct option_row *row,
		      const char **ret_text, struct error *err)
{
	CLEANUP(free_ptr) char *argument = option_argument(row);

	if (cursor->at == cursor->argc) {
		(void)error_set(err, ERR_USAGE, "--%s needs a value (%s)",
				row->name, argument);
		hint_help(cursor->command, err);
		return -1;
	}
	*ret_text = cursor->argv[cursor->at++];
	return 0;
}

static int parse_long(struct cursor *cursor, const char *name,
		      struct error *err)
{
	const char *equals = strchr(name, '=');
	const char *text = equals ? equals + 1 : NULL;
	const struct option_row *row =
		find_long(cursor->command, name,
			  equals ? (size_t)(equals - name) : strlen(name), err);

	if (!row)
		return -1;
	if (row->type == OPTION_FLAG && text) {
		(void)error_set(err, ERR_USAGE, "--%s takes no value",
				row->name);
		hint_help(cursor->command, err);
		return -1;
	}
	if (row->type != OPTION_FLAG && !text &&
	    next_value(cursor, row, &text, err))
		return -1;
	return set_value(row, text, cursor->args, err);
}

/* Letters of one word: flags, the last of which may take a value. */
static int parse_letters(struct cursor *cursor, const char *letters,
			 struct error *err)
{
	for (; *letters; letters++) {
		const struct option_row *row =
			find_letter(cursor->command, *letters, err);
		const char *text = letters + 1;

		if (!row)
			return -1;
		if (row->type == OPTION_FLAG) {
			if (set_value(row, NULL, cursor->args, err))
				return -1;
			continue;
		}
		if (!*text && next_value(cursor, row, &text, err))
			return -1;
		return set_value(row, text, cursor->args, err);
	}
	return 0;
}

/*
 * An option that is no word of text: "-" alone is a word (standard input).
 */
static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

int options_parse(const struct command *command, int argc, char *const argv[],
		  void *args, struct error *err)
{
	struct cursor cursor = { command, argc, argv, 0, args };
	struct common_args *common = args;
	bool only_words = false;

	while (cursor.at < argc) {
		const char *word = argv[cursor.at];
		int rc = 0;

		if (!only_words && !strcmp(word, "--")) {
			only_words = true;
			cursor.at++;
			continue;
		}
		if (only_words || !is_option(word)) {
			if (!command)
				break;
			words_add(&common->words, word);
			cursor.at++;
			continue;
		}
		cursor.at++;
		rc = word[1] == '-' ? parse_long(&cursor, word + 2, err)
				    : parse_letters(&cursor, word + 1, err);
		if (rc)
			return -1;
	}
	return cursor.at;
}

int options_check_words(const struct command *command,
			const struct words *words, struct error *err)
{
	if (words->len < command->least)
		(void)error_set(err, ERR_USAGE, "'aback %s' needs %s",
				command->name, command->synopsis);
	else if (words->len > command->most)
		(void)error_set(err, ERR_USAGE,
				"'aback %s' does not know what to do with '%s'",
				command->name, words->items[command->most]);
	else
		return 0;
	hint_help(command, err);
	return -1;
}

void options_release(const struct command *command, void *args)
{
	struct common_args *common = args;
	const struct option_row *row;

	for (size_t i = 0; (row = option_at(command, i)); i++) {
		if (row->type == OPTION_LIST) {
			struct words *words =
				(void *)((char *)args + row->offset);

			free(words->items);
			*words = (struct words){ 0 };
		}
	}
	free(common->words.items);
	common->words = (struct words){ 0 };
}
