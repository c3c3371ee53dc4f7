/*
 * A growing string. buf is never NULL and always ends in a NUL after len
 * bytes. Every strbuf has a largest size, given when it is initialised; an
 * append that would pass it is dropped whole and the buffer turns `overflowed`
 * for good, so that callers check once, at the end.
 */
#ifndef ABACK_CORE_STRBUF_H
#define ABACK_CORE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"

struct strbuf {
	char *buf;
	size_t len;
	size_t cap;
	size_t max_bytes;
	bool overflowed;
};

extern char strbuf_empty[1]; /* what buf points at before the first append */

#define STRBUF_INIT(max)                                \
	{                                               \
		.buf = strbuf_empty, .max_bytes = (max) \
	}

/* Free the contents; the strbuf is empty and may be used again. */
void strbuf_release(struct strbuf *sb);
/* Forget the contents, keep the memory. */
void strbuf_clear(struct strbuf *sb);
/* Give the contents to the caller, who frees them; sb is empty after. */
char *strbuf_detach(struct strbuf *sb);

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_adds(struct strbuf *sb, const char *s);
void strbuf_addc(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
	PRINTF_LIKE(2, 0);
/* Put in at an offset of at most len. */
void strbuf_insert(struct strbuf *sb, size_t at, const char *s);
/* Append c n times. */
void strbuf_pad(struct strbuf *sb, char c, size_t n);

#endif
