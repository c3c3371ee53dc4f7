/*
 * Everything that goes to stderr, and questions. Results go to stdout by
 * print_result.
 */
#ifndef ABACK_CMD_MESSAGE_H
#define ABACK_CMD_MESSAGE_H

#include <signal.h>
#include <stdbool.h>

#include "cmd/command.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"

/* Set by SIGINT, SIGTERM and SIGHUP. */
extern volatile sig_atomic_t interrupted;

/* How messages are written from now on. */
void message_setup(const struct common_args *args);

/* A line for people; not with --quiet. */
void note(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Something that should be looked at; printed with --quiet too. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
/*
 * Something that happened to a resource, as an object with --log-format json;
 * false, and nothing is printed, with --log-format text. Borrows fields.
 */
bool note_event(const char *message, const json_t *fields);
/* One request, for -v; an aws_options.trace. */
void trace_request(void *ctx, const char *line);
/* Is -v given? */
bool is_verbose(void);
void print_error(const struct error *err);
void print_mistakes(const struct error_list *list);

/*
 * The transient line at the bottom of a terminal; text NULL takes it away. It
 * does nothing where stderr is no terminal, with --quiet and with
 * --log-format json.
 */
void status_line(const char *text);
bool has_status_line(void);

/* Write a result to stdout; main checks that all of it could be written. */
void print_result(const struct strbuf *text);
/*
 * Could all that was printed so far be written? Asked before something is
 * changed that nobody could be told of. ERR_IO.
 */
MUST_CHECK int check_stdout(struct error *err);
/* From now on an output that cannot be written is no "nothing was changed". */
void mark_changed(void);
bool has_changed(void);

/* The same to stderr, for who is asked while stdout is a program's. */
void print_for_people(const struct strbuf *text);

/*
 * Ask for the word yes. Without --yes and a terminal to ask on, ERR_CONSENT
 * says so; any other answer is ERR_CONSENT too.
 */
MUST_CHECK int ask_yes(bool yes, const char *question, struct error *err);

#endif
