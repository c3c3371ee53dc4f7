/*
 * A command of the tool. To add one: write cmd/<name>.c, which exports one
 * `const struct command`, and put it into the list of cmd/main.c. Help, the
 * man page, docs/commands/<name>.md and completion come from it;
 * tests/cli/help.bats and tests/cli/completion.bats check that they do.
 *
 * A command parses, calls and prints; what it decides is in plans/.
 */
#ifndef ABACK_CMD_COMMAND_H
#define ABACK_CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Exit codes that are no error; those of errors stand in core/error.h. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,    /* nothing was changed */
	EXIT_FOUND = 2,    /* something was found */
	EXIT_NOT_DONE = 4, /* changed, and not all of it is done */
	EXIT_INTERRUPTED = 130
};

/* Words in the order given; they point into argv. */
struct words {
	const char **items;
	size_t len, cap;
};

enum option_type {
	OPTION_FLAG,     /* bool */
	OPTION_TEXT,     /* const char *, NULL unless given */
	OPTION_LIST,     /* struct words; may be repeated */
	OPTION_CHOICE,   /* int: index into choices; the first is the default */
	OPTION_DURATION, /* int64_t seconds, 0 unless given */
	OPTION_TIME      /* int64_t UTC seconds, 0 unless given */
};

#define OPTION_CHOICES_MAX 8

/* A row of an option table; its value goes to `offset` of the args struct. */
struct option_row {
	char letter; /* 0: has none */
	const char *name;
	enum option_type type;
	size_t offset;
	const char *argument; /* "FILE"; NULL for flags and choices */
	const char *help;     /* one line, lower case, no full stop */
	/* of OPTION_CHOICE, and what OPTION_LIST may hold; NULL-terminated */
	const char *choices[OPTION_CHOICES_MAX + 1];
	bool hidden; /* works, but is in no help */
};

/* What every command's args struct begins with. */
struct common_args {
	const char *file;  /* -f; NULL: not given */
	const char *state; /* --state; NULL: not given */
	int color;         /* enum color_choice */
	bool quiet;
	bool verbose;
	int log_format; /* 0 text, 1 json */
	bool help;
	int format;           /* enum format, where HAS_FORMAT */
	struct words targets; /* where HAS_TARGET */
	struct words words;   /* the arguments that are no options */
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_HTML };

enum command_flags {
	HAS_TARGET = 1, /* takes --target */
	HAS_FORMAT = 2, /* takes --format */
	HIDDEN = 4      /* in no list */
};

/* What completion offers for the words of a command. */
enum completes {
	COMPLETES_NOTHING,
	COMPLETES_FILES,
	COMPLETES_COMMANDS,
	COMPLETES_WORDS /* complete_words */
};

struct command {
	const char *name;
	const char *summary; /* one line, lower case, no full stop */
	const char
		*synopsis; /* what follows the name, without common options */
	const char *about; /* paragraphs, separated by an empty line */
	/* lines: a command line, or '#' and what the next one does */
	const char *examples;
	size_t least, most; /* words */
	unsigned flags;
	enum completes completes;
	const char *complete_words; /* separated by blanks */
	size_t args_size; /* of the struct, which begins with common_args */
	const struct option_row *options; /* ends with a row without name */
	/*
	 * Do it. Returns an exit code, or -1 with err set. args is the
	 * command's own struct, zeroed and then filled by its rows.
	 */
	int (*run)(const void *args, struct error *err);
};

/* All commands in the order in which help lists them; ends with NULL. */
extern const struct command *const commands[];
/* The one of that name, or NULL. */
const struct command *command_find(const char *name);
/* ERR_USAGE for a name that is no command, with the nearest as its hint. */
int command_unknown(const char *name, struct error *err);

#endif
