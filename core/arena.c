#include "core/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

#define BLOCK_BYTES ((size_t)65536)

static struct arena_block *new_block(struct arena *arena, size_t size)
{
	struct arena_block *block = xcalloc(1, sizeof(*block) + size);

	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

/* A block with room for size more bytes. */
static struct arena_block *block_with_room(struct arena *arena, size_t size)
{
#ifdef ABACK_ARENA_MALLOC
	return new_block(arena, size);
#else
	struct arena_block *block = arena->blocks;

	if (block && block->size - block->used >= size)
		return block;
	return new_block(arena, size > BLOCK_BYTES ? size : BLOCK_BYTES);
#endif
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block;
	void *ptr;

	size = (size + align - 1) / align * align;
	block = block_with_room(arena, size);
	ptr = block->data + block->used;
	block->used += size;
	return ptr;
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return s ? arena_strndup(arena, s, strlen(s)) : NULL;
}

void arena_release(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}
