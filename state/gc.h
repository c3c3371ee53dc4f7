/*
 * Keep `git gc` out of a store while objects are written that no ref has yet:
 * with --prune=now it removes them, and even without it the directories that
 * they are just being put into. It is kept out as it keeps out its like, by
 * <store>/gc.pid, which names host and process of who is at work.
 */
#ifndef ABACK_STATE_GC_H
#define ABACK_STATE_GC_H

#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"

/*
 * For who holds the store's guard. ERR_LOCKED: one is running, and still does
 * after wait_ms.
 */
MUST_CHECK int gc_keep_out(const char *store_path, int64_t wait_ms,
			   struct error *err);
void gc_let_in(const char *store_path);

#endif
