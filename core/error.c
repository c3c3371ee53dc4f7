#include "core/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"

/* the analyzer's stand-ins for what is defined here */
#undef error_set
#undef error_errno
#undef error_wrap

static const struct {
	const char *name;
	int exit_code;
	const char *title;
} codes[] = {
#define X(name, exit_code, title) { #name, exit_code, title },
	ERROR_CODES(X)
#undef X
};

void error_release(struct error *err)
{
	for (size_t i = 0; i < err->chain_len; i++)
		free(err->chain[i]);
	free(err->where);
	free(err->request);
	free(err->hint);
	free(err->call);
	free(err->call_code);
	free(err->call_message);
	free(err->call_id);
	*err = (struct error)ERROR_INIT;
}

/*
 * Without what is secret, and cut at a character's beginning, so that a word
 * that somebody gave and that is said again leaves room for what is said about
 * it.
 */
static char *shorten(char *text, size_t most)
{
	static const char cut[] = "…";
	size_t len = most - strlen(cut);

	secret_hide(text);
	if (strlen(text) <= most)
		return text;
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	memcpy(text + len, cut, sizeof(cut));
	return text;
}

/* Takes the message over. */
static int start(struct error *err, enum error_code code, char *message)
{
	error_release(err);
	err->code = code;
	err->chain[err->chain_len++] = shorten(message, LIMIT_ERROR_PART);
	return -1;
}

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	char *message;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	return start(err, code, message);
}

const char *error_remedy(const char *text)
{
	static const struct {
		int number;
		const char *remedy;
	} remedies[] = {
		{ ENOSPC, "make room on that disk, then try again" },
		{ EDQUOT, "make room within the quota, then try again" },
		{ EROFS, "that file system is read-only: mount it writable, or "
			 "use another place" },
		{ EIO, "the disk reports a fault: see the system's log "
		       "(dmesg), and move to another one" },
		{ EACCES, "see who may do that: ls -ld on it and on its "
			  "directory" },
		{ EPERM, "see who may do that: ls -ld and lsattr on it and on "
			 "its directory" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++) {
		if (strstr(text, strerror(remedies[i].number)))
			return remedies[i].remedy;
	}
	return NULL;
}

int error_errno(struct error *err, enum error_code code, const char *fmt, ...)
{
	int saved = errno;
	CLEANUP(free_ptr) char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	(void)start(err, code, xasprintf("%s: %s", message, strerror(saved)));
	if (error_remedy(strerror(saved)))
		error_hint(err, "%s", error_remedy(strerror(saved)));
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	va_list ap;
	char *message;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	if (err->chain_len == ERROR_CHAIN_MAX) {
		/* keep the innermost and the newest: they say most */
		free(err->chain[ERROR_CHAIN_MAX - 1]);
		err->chain_len--;
	}
	err->chain[err->chain_len++] = shorten(message, LIMIT_ERROR_PART);
	return -1;
}

/* Replace *slot by the formatted text. */
PRINTF_LIKE(3, 0)
static void replace(char **slot, size_t most, const char *fmt, va_list ap)
{
	char *text = xvasprintf(fmt, ap);

	free(*slot);
	*slot = shorten(text, most);
}

void error_where(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	replace(&err->where, LIMIT_ERROR_PART, fmt, ap);
	va_end(ap);
}

void error_request(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	replace(&err->request, LIMIT_ERROR_PART, fmt, ap);
	va_end(ap);
}

void error_hint(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	replace(&err->hint, LIMIT_ERROR_HINT, fmt, ap);
	va_end(ap);
}

void error_call(struct error *err, const char *call, const char *code,
		const char *message, const char *id)
{
	free(err->call);
	free(err->call_code);
	free(err->call_message);
	free(err->call_id);
	err->call = xstrdup(call);
	err->call_code = xstrdup(code);
	err->call_message = xstrdup(message);
	err->call_id = xstrdup(id);
	secret_hide(err->call_code);
	secret_hide(err->call_message);
	secret_hide(err->call_id);
}

void error_copy(struct error *dst, const struct error *src)
{
	error_release(dst);
	dst->code = src->code;
	dst->chain_len = src->chain_len;
	for (size_t i = 0; i < src->chain_len; i++)
		dst->chain[i] = xstrdup(src->chain[i]);
	dst->where = xstrdup(src->where);
	dst->request = xstrdup(src->request);
	dst->hint = xstrdup(src->hint);
	dst->call = xstrdup(src->call);
	dst->call_code = xstrdup(src->call_code);
	dst->call_message = xstrdup(src->call_message);
	dst->call_id = xstrdup(src->call_id);
}

int error_exit_code(enum error_code code)
{
	return codes[code].exit_code;
}

const char *error_name(enum error_code code)
{
	return codes[code].name;
}

const char *error_title(enum error_code code)
{
	return codes[code].title;
}

void error_message(const struct error *err, struct strbuf *out)
{
	for (size_t i = err->chain_len; i > 0; i--) {
		strbuf_adds(out, err->chain[i - 1]);
		if (i > 1)
			strbuf_adds(out, ": ");
	}
}

void error_render(const struct error *err, struct strbuf *out)
{
	strbuf_adds(out, "error: ");
	error_message(err, out);
	strbuf_addc(out, '\n');
	if (err->where)
		strbuf_addf(out, "  at: %s\n", err->where);
	if (err->request)
		strbuf_addf(out, "  request: %s\n", err->request);
	if (err->hint)
		strbuf_addf(out, "hint: %s\n", err->hint);
}

void error_list_add(struct error_list *list, const char *file, long line,
		    long column, const char *hint, const char *fmt, ...)
{
	struct error_item *item;
	va_list ap;

	if (list->len == LIMIT_YAML_ERRORS) {
		list->dropped++;
		return;
	}
	GROW(list->items, list->len, list->cap);
	item = &list->items[list->len++];
	item->file = xstrdup(file);
	item->line = line;
	item->column = column;
	item->hint = xstrdup(hint);
	va_start(ap, fmt);
	item->message = xvasprintf(fmt, ap);
	va_end(ap);
}

static int by_place(const void *a, const void *b)
{
	const struct error_item *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->message, y->message);
}

void error_list_sort(struct error_list *list)
{
	if (list->len)
		qsort(list->items, list->len, sizeof(*list->items), by_place);
}

void error_list_release(struct error_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		free(list->items[i].file);
		free(list->items[i].message);
		free(list->items[i].hint);
	}
	free(list->items);
	*list = (struct error_list){ 0 };
}

void error_list_render(const struct error_list *list, struct strbuf *out)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct error_item *item = &list->items[i];

		strbuf_adds(out, item->file);
		if (item->line)
			strbuf_addf(out, ":%ld:%ld", item->line, item->column);
		strbuf_addf(out, ": error: %s\n", item->message);
		if (item->hint)
			strbuf_addf(out, "  hint: %s\n", item->hint);
	}
	if (list->dropped)
		strbuf_addf(out, "and %zu more mistakes, not shown\n",
			    list->dropped);
}
