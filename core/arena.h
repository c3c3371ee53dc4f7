/*
 * Memory that goes together: a document allocates its parts here and frees
 * them all at once. Built with ABACK_ARENA_MALLOC (make asan) each piece is
 * its own malloc, so that tools see every overrun.
 */
#ifndef ABACK_CORE_ARENA_H
#define ABACK_CORE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
};

#define ARENA_INIT             \
	{                      \
		.blocks = NULL \
	}

/* Zeroed, aligned for anything; lives until arena_release. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *s, size_t len);
char *arena_strdup(struct arena *arena, const char *s); /* NULL gives NULL */
void arena_release(struct arena *arena);

#endif
