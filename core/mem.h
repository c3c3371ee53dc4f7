/*
 * Allocation that cannot fail: out of memory is said on stderr and the process
 * dies (exit 1). The journal makes any death recoverable, so nothing else
 * handles it. Inputs have caps (core/limits.h).
 */
#ifndef ABACK_CORE_MEM_H
#define ABACK_CORE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/compiler.h"

/* Once, first of all: how the heap is to behave. */
void mem_init(void);

/* The caller owns what these return, and frees it with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *s);       /* xstrdup(NULL) is NULL */
char *xstrdup_lower(const char *s); /* in lower case, as far as it is ASCII */
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *xvasprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

/*
 * Make room for one more element in a growing array:
 * GROW(items, items_len, items_cap); items[items_len++] = …
 */
#define GROW(array, len, cap)                                      \
	do {                                                       \
		if ((len) == (cap)) {                              \
			(cap) = (cap) ? (cap)*2 : 8;               \
			(array) = xreallocarray((array), (cap),    \
						sizeof(*(array))); \
		}                                                  \
	} while (0)

/* For CLEANUP(free_ptr) char *s = …; */
static inline void free_ptr(void *ptr)
{
	free(*(void **)ptr);
}

#endif
