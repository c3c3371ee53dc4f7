#include "core/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

char strbuf_empty[1];

void strbuf_release(struct strbuf *sb)
{
	if (sb->cap)
		free(sb->buf);
	*sb = (struct strbuf)STRBUF_INIT(sb->max_bytes);
}

void strbuf_clear(struct strbuf *sb)
{
	sb->len = 0;
	sb->overflowed = false;
	if (sb->cap)
		sb->buf[0] = '\0';
}

char *strbuf_detach(struct strbuf *sb)
{
	char *s = sb->cap ? sb->buf : xstrdup("");

	*sb = (struct strbuf)STRBUF_INIT(sb->max_bytes);
	return s;
}

/* Is it allowed to be that long? Then make it so. */
static bool grow(struct strbuf *sb, size_t extra)
{
	size_t need = sb->len + extra + 1;
	size_t cap = sb->cap ? sb->cap : 64;

	if (sb->overflowed || extra > sb->max_bytes - sb->len) {
		sb->overflowed = true;
		return false;
	}
	while (cap < need)
		cap *= 2;
	sb->buf = xreallocarray(sb->cap ? sb->buf : NULL, cap, 1);
	sb->cap = cap;
	return true;
}

/* Room for extra more bytes and the NUL; false when over the largest size. */
static inline bool make_room(struct strbuf *sb, size_t extra)
{
	if (extra < sb->cap - sb->len && extra <= sb->max_bytes - sb->len &&
	    !sb->overflowed)
		return true;
	return grow(sb, extra);
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	if (!len || !make_room(sb, len))
		return;
	memcpy(sb->buf + sb->len, data, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void strbuf_addc(struct strbuf *sb, char c)
{
	if (!make_room(sb, 1))
		return;
	sb->buf[sb->len++] = c;
	sb->buf[sb->len] = '\0';
}

void strbuf_insert(struct strbuf *sb, size_t at, const char *s)
{
	const size_t len = strlen(s);

	if (!len || !make_room(sb, len))
		return;
	memmove(sb->buf + at + len, sb->buf + at, sb->len - at);
	memcpy(sb->buf + at, s, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void strbuf_pad(struct strbuf *sb, char c, size_t n)
{
	if (!n || !make_room(sb, n))
		return;
	memset(sb->buf + sb->len, c, n);
	sb->len += n;
	sb->buf[sb->len] = '\0';
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	const size_t room = sb->cap - sb->len;
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(sb->buf + sb->len, room, fmt, again);
	va_end(again);
	if (len > 0 && make_room(sb, (size_t)len)) {
		/* only what did not fit the first time is written again */
		if ((size_t)len >= room)
			(void)vsnprintf(sb->buf + sb->len, (size_t)len + 1, fmt,
					ap);
		sb->len += (size_t)len;
	}
	if (sb->cap)
		sb->buf[sb->len] = '\0';
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}
