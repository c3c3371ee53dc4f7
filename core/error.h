/*
 * What went wrong, where, why, and what to do next.
 *
 * A function that can fail returns 0 or -1, takes `struct error *err` last, and
 * fails in one line: `return error_set(err, ERR_IO, "cannot …")`. On the way
 * up a caller adds only what it knows: `return error_wrap(err, "reading the
 * plan '%s'", path)`. Messages are lower case, have no full stop, put names in
 * 'single quotes' and never hold a secret: what core/secret.h remembers is
 * hidden. Each part is cut where it is longer than LIMIT_ERROR_PART, a hint at
 * LIMIT_ERROR_HINT.
 *
 * A struct error starts as ERROR_INIT and is released by its owner. Setting
 * one that is already set replaces it.
 */
#ifndef ABACK_CORE_ERROR_H
#define ABACK_CORE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/strbuf.h"

/*
 * Name, exit code, title. Exit 1: error, nothing was changed. 3: refused,
 * nothing was changed. 4: something was changed and not all of it is done.
 */
#define ERROR_CODES(X)                                  \
	X(ERR_NONE, 0, "no error")                      \
	X(ERR_USAGE, 1, "wrong command line")           \
	X(ERR_IO, 1, "file or pipe error")              \
	X(ERR_FORMAT, 1, "malformed file")              \
	X(ERR_DESIRED, 1, "invalid desired state")      \
	X(ERR_UNKNOWN_SETTING, 1, "unknown setting")    \
	X(ERR_NOT_FOUND, 1, "not found")                \
	X(ERR_CREDENTIALS, 1, "no usable credentials")  \
	X(ERR_WRONG_ACCOUNT, 1, "wrong account")        \
	X(ERR_AWS, 1, "AWS refused a call")             \
	X(ERR_NETWORK, 1, "AWS could not be reached")   \
	X(ERR_INCOMPLETE, 1, "incomplete read")         \
	X(ERR_STATE, 1, "state repository unusable")    \
	X(ERR_STALE, 3, "stale plan")                   \
	X(ERR_EDITED, 3, "edited plan")                 \
	X(ERR_ALREADY_RUN, 3, "plan already run")       \
	X(ERR_WRONG_PLACE, 3, "plan for another place") \
	X(ERR_CONSENT, 3, "consent missing")            \
	X(ERR_LIMIT, 3, "over the limit")               \
	X(ERR_HELD, 3, "setting is held")               \
	X(ERR_GATE, 3, "gate not satisfied")            \
	X(ERR_PERMISSION, 3, "not permitted")           \
	X(ERR_LOCKED, 3, "locked by another run")       \
	X(ERR_UNFINISHED, 3, "unfinished change")       \
	X(ERR_CONFLICT, 3, "conflict")                  \
	X(ERR_TOO_LATE, 3, "too late")                  \
	X(ERR_SIGNED_OFF, 3, "signed off already")      \
	X(ERR_REMOTE, 3, "state remote not reachable")  \
	X(ERR_SIGN, 3, "commit could not be signed")    \
	X(ERR_PARTIAL, 4, "not all is done")            \
	X(ERR_INTERRUPTED, 130, "interrupted")

enum error_code {
#define X(name, exit_code, title) name,
	ERROR_CODES(X)
#undef X
};

#define ERROR_CHAIN_MAX 8

struct error {
	enum error_code code;
	char *chain[ERROR_CHAIN_MAX]; /* innermost first */
	size_t chain_len;
	char *where;   /* file:line:column or address:setting; may be NULL */
	char *request; /* AWS operation, status, code, request id; may be NULL
			*/
	char *hint;    /* what to do next; may be NULL */
	/* the call of AWS that failed and what it said; each may be NULL */
	char *call; /* "rds:DescribeDBClusters" */
	char *call_code, *call_message, *call_id;
};

#define ERROR_INIT               \
	{                        \
		.code = ERR_NONE \
	}

/* Set err; always returns -1. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/*
 * Like error_set, with ": <strerror(errno)>" after the message, and
 * error_remedy of it as the hint, which the caller may replace.
 */
int error_errno(struct error *err, enum error_code code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/*
 * What to do about a full disk, a read-only file system or a missing
 * permission, if the text, such as a library's message, has the system's words
 * for it; else NULL. A constant.
 */
const char *error_remedy(const char *text);
/* Put a message in front of what err says; always returns -1. */
int error_wrap(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Say where, which request, what next; each replaces what was said before. */
void error_where(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
void error_request(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
void error_hint(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Remember which call of AWS failed and what it said, for who tells it apart.
 * The texts may be NULL.
 */
void error_call(struct error *err, const char *call, const char *code,
		const char *message, const char *id);

/* Copy src into dst (what dst held is released). */
void error_copy(struct error *dst, const struct error *src);
/* Release what err holds and make it ERROR_INIT. */
void error_release(struct error *err);

static inline bool error_is_set(const struct error *err)
{
	return err->code != ERR_NONE;
}

int error_exit_code(enum error_code code);
const char *error_name(enum error_code code);  /* "ERR_STALE" */
const char *error_title(enum error_code code); /* "stale plan" */

/* The chain on one line, outermost first, parts joined by ": ". */
void error_message(const struct error *err, struct strbuf *out);
/*
 * The whole error as people see it:
 *   error: <chain>
 *     at: <where>
 *     request: <request>
 *   hint: <hint>
 */
void error_render(const struct error *err, struct strbuf *out);

/*
 * All the mistakes of one file. Sorted by line and column before use.
 */
struct error_item {
	char *file;
	long line, column; /* 1-based; 0: the whole file */
	char *message;
	char *hint; /* may be NULL */
};

struct error_list {
	struct error_item *items;
	size_t len, cap;
	size_t dropped; /* over LIMIT_YAML_ERRORS */
};

void error_list_add(struct error_list *list, const char *file, long line,
		    long column, const char *hint, const char *fmt, ...)
	PRINTF_LIKE(6, 7);
void error_list_sort(struct error_list *list);
void error_list_release(struct error_list *list);
/* file:line:column: message lines, hints below, and a count when many. */
void error_list_render(const struct error_list *list, struct strbuf *out);

#ifdef __clang_analyzer__
/* It sees one file at a time: tell it what these return. */
static inline int error_failed(int rc)
{
	(void)rc;
	return -1;
}
#define error_set(...) error_failed(error_set(__VA_ARGS__))
#define error_errno(...) error_failed(error_errno(__VA_ARGS__))
#define error_wrap(...) error_failed(error_wrap(__VA_ARGS__))
#endif

#endif
