#include "cmd/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/annotation.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/terminal.h"

volatile sig_atomic_t interrupted;

static struct {
	bool quiet, verbose, json, color;
	bool live;        /* a status line may be shown */
	bool changed;     /* something, for good */
	int stdout_errno; /* of the first write that failed */
	bool line_shown;  /* and is there now */
} how;

void message_setup(const struct common_args *args)
{
	how.quiet = args->quiet;
	how.verbose = args->verbose;
	how.json = args->log_format == 1;
	how.color =
		terminal_color((enum color_choice)args->color, STDERR_FILENO);
	how.live = !how.quiet && !how.json && terminal_is(STDERR_FILENO);
}

bool is_verbose(void)
{
	return how.verbose;
}

bool has_status_line(void)
{
	return how.live;
}

/*
 * Clear the status line; what is printed next takes its place. Results that
 * were printed before come first, where both streams go to one place.
 */
static void clear_line(void)
{
	(void)fflush(stdout); /* main looks at its error flag */
	if (how.line_shown)
		fputs("\r\033[K", stderr);
	how.line_shown = false;
}

void status_line(const char *text)
{
	CLEANUP(strbuf_release) struct strbuf safe = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf cut = STRBUF_INIT(LIMIT_MESSAGE);

	if (!how.live)
		return;
	clear_line();
	if (!text)
		return;
	terminal_escape(&safe, text, false);
	terminal_fit(&cut, safe.buf, terminal_width(STDERR_FILENO) - 1);
	fputs(cut.buf, stderr);
	how.line_shown = true;
}

/* One JSON object on a line of stderr. Steals object. */
static void put_json(json_t *object, const char *level)
{
	CLEANUP(json_release) json_t *owned = object;
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(MIB);
	char now[CLOCK_TEXT_MAX];

	(void)json_object_set_new(owned, "level", json_string(level));
	(void)json_object_set_new(owned, "time",
				  json_string(clock_rfc3339(clock_now(), now)));
	json_compact(owned, &line);
	clear_line();
	fprintf(stderr, "%s\n", line.buf);
}

/* A line (or several) of text, safe for a terminal. */
static void put_text(const char *color, const char *text, bool keep_newlines)
{
	CLEANUP(strbuf_release) struct strbuf safe = STRBUF_INIT(MIB);

	clear_line();
	terminal_escape(&safe, text, keep_newlines);
	if (how.color && color)
		fprintf(stderr, "\033[%sm%s\033[0m", color, safe.buf);
	else
		fputs(safe.buf, stderr);
}

static void say(const char *level, const char *prefix, const char *color,
		const char *said)
{
	CLEANUP(free_ptr) char *text = xstrdup(said);

	secret_hide(text);
	if (how.json) {
		put_json(json_pack("{s:o}", "message", json_from_text(text)),
			 level);
		return;
	}
	if (prefix)
		put_text(color, prefix, false);
	put_text(NULL, text, false);
	fputc('\n', stderr);
}

void note(const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	if (how.quiet)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	say("info", NULL, NULL, text);
}

bool note_event(const char *message, const json_t *fields)
{
	json_t *object;

	if (!how.json)
		return false;
	if (how.quiet)
		return true;
	object = json_copy((json_t *)(uintptr_t)fields);
	(void)json_object_set_new(object, "message", json_from_text(message));
	put_json(object, "info");
	return true;
}

void warn(const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	say("warning", "warning: ", "33", text);
}

void trace_request(void *ctx, const char *line)
{
	(void)ctx;
	say("debug", NULL, NULL, line);
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		(void)json_object_set_new(object, key, json_from_text(text));
}

static void put_error_json(const struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf message = STRBUF_INIT(LIMIT_MESSAGE);
	json_t *object = json_object();

	error_message(err, &message);
	set_text(object, "code", error_name(err->code));
	set_text(object, "message", message.buf);
	set_text(object, "where", err->where);
	set_text(object, "request", err->request);
	set_text(object, "hint", err->hint);
	put_json(object, "error");
}

/*
 * Text of several lines, each wrapped where a terminal shows it; not hints,
 * since they hold commands to copy.
 */
static void put_wrapped(const char *text, unsigned column)
{
	CLEANUP(strbuf_release) struct strbuf safe = STRBUF_INIT(MIB);
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(MIB);
	unsigned width = terminal_width(STDERR_FILENO);

	terminal_escape(&safe, text, true);
	for (const char *line = safe.buf; *line;) {
		size_t len = strcspn(line, "\n");
		unsigned blanks = (unsigned)strspn(line, " ");
		CLEANUP(free_ptr) char *one = xstrndup(line, len);

		if (!strncmp(one, "hint:", strlen("hint:"))) {
			strbuf_adds(&out, one);
		} else {
			strbuf_pad(&out, ' ', blanks);
			terminal_wrap(&out, one + blanks, width,
				      column ? 2 : blanks + 2, column + blanks);
		}
		strbuf_addc(&out, '\n');
		column = 0;
		line += len + (line[len] != '\0');
	}
	fputs(out.buf, stderr);
}

void print_error(const struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	size_t head = strlen("error:");

	if (how.json) {
		put_error_json(err);
		return;
	}
	error_render(err, &text);
	put_text("31", "error:", false);
	if (terminal_is(STDERR_FILENO))
		put_wrapped(text.buf + head, (unsigned)head);
	else
		put_text(NULL, text.buf + head, true);
}

void print_mistakes(const struct error_list *list)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);

	if (!how.json) {
		error_list_render(list, &text);
		annotate_mistakes(list, &text);
		put_text(NULL, text.buf, true);
		return;
	}
	for (size_t i = 0; i < list->len; i++) {
		const struct error_item *item = &list->items[i];
		json_t *object = json_object();

		set_text(object, "message", item->message);
		set_text(object, "file", item->file);
		set_text(object, "hint", item->hint);
		(void)json_object_set_new(object, "line",
					  json_integer(item->line));
		(void)json_object_set_new(object, "column",
					  json_integer(item->column));
		put_json(object, "error");
	}
}

void print_result(const struct strbuf *text)
{
	status_line(NULL);
	errno = 0;
	if (fwrite(text->buf, 1, text->len, stdout) < text->len &&
	    !how.stdout_errno)
		how.stdout_errno = errno; /* for check_stdout */
}

int check_stdout(struct error *err)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (!fflush(stdout) && !failed)
		return 0;
	if (how.stdout_errno)
		errno = how.stdout_errno;
	(void)error_errno(err, ERR_IO, "cannot write to stdout");
	if (how.changed)
		error_hint(err, "what was done stays done; see it with: aback "
				"history");
	else if (!err->hint)
		error_hint(err, "whoever reads the output closed it");
	return -1;
}

void mark_changed(void)
{
	how.changed = true;
}

bool has_changed(void)
{
	return how.changed;
}

void print_for_people(const struct strbuf *text)
{
	status_line(NULL);
	(void)fwrite(text->buf, 1, text->len, stderr);
}

/* A line of stdin without its newline; false at its end or on a signal. */
static bool read_line(struct strbuf *line)
{
	char c;
	ssize_t n;

	while ((n = read(STDIN_FILENO, &c, 1)) != 0) {
		if (n < 0 && errno == EINTR && !interrupted)
			continue;
		if (n < 0)
			return false;
		if (c == '\n')
			return true;
		strbuf_addc(line, c);
	}
	return false;
}

int ask_yes(bool yes, const char *question, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf answer = STRBUF_INIT(KIB);

	if (yes)
		return 0;
	if (!terminal_is(STDIN_FILENO) || !terminal_is(STDERR_FILENO)) {
		(void)error_set(err, ERR_CONSENT,
				"nobody can be asked here: not a terminal");
		error_hint(err, "look at the plan above and add --yes");
		return -1;
	}
	put_text("1", question, false);
	put_text(NULL, " Only 'yes' does it: ", false);
	(void)fflush(stderr);
	if (!read_line(&answer) || strcmp(answer.buf, "yes") != 0) {
		if (interrupted)
			return error_set(err, ERR_INTERRUPTED,
					 "interrupted, nothing was changed");
		return error_set(err, ERR_CONSENT,
				 "not confirmed, nothing was changed");
	}
	return 0;
}
