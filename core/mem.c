#include "core/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static NORETURN void out_of_memory(void)
{
	/* fputs allocates nothing on the unbuffered stderr */
	(void)fputs("aback: error: out of memory\n", stderr);
	exit(1);
}

void mem_init(void)
{
	/*
	 * Documents are freed whole, so what glibc's fast bins keep apart is
	 * not asked for again soon, and each large allocation afterwards goes
	 * over all of it to put it together: a tenth of a plan's time.
	 */
	(void)mallopt(M_MXFAST, 0);
}

void *xmalloc(size_t size)
{
	void *ptr = malloc(size ? size : 1);

	if (!ptr)
		out_of_memory();
	return ptr;
}

void *xcalloc(size_t count, size_t size)
{
	void *ptr = calloc(count ? count : 1, size ? size : 1);

	if (!ptr)
		out_of_memory();
	return ptr;
}

void *xreallocarray(void *ptr, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		out_of_memory();
	ptr = realloc(ptr, count && size ? count * size : 1);
	if (!ptr)
		out_of_memory();
	return ptr;
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrdup_lower(const char *s)
{
	char *copy = xstrdup(s);

	for (char *c = copy; c && *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return copy;
}

char *xstrndup(const char *s, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		out_of_memory();
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}
