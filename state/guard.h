/*
 * One aback at a time moves refs of a store: a flock on
 * <store>/aback/write.lock that the kernel releases with its process, however
 * that ends.
 *
 * While a ref is being moved the file names it. Whoever finds a name there,
 * holding the flock, knows that the process before was killed in the middle,
 * and removes the lock file that git's protocol left behind.
 */
#ifndef ABACK_STATE_GUARD_H
#define ABACK_STATE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"

/* Make <store>/aback and its directory `name` ("locks"; NULL: only aback). */
MUST_CHECK int guard_directory(const char *store_path, const char *name,
			       struct error *err);

/*
 * Open path (made if missing) and flock it. mode: O_RDWR, to write to it, too;
 * O_RDONLY, where another user's file that may only be read will do. *ret_fd is
 * -1, and nothing is held, when somebody else still holds it after wait_ms (0:
 * do not wait).
 */
MUST_CHECK int guard_flock(const char *path, int mode, int64_t wait_ms,
			   int *ret_fd, struct error *err);

struct guard {
	int fd; /* -1: not held */
	const char *store_path;
};

#define GUARD_INIT       \
	{                \
		.fd = -1 \
	}

/* Waits its turn, up to two minutes; then ERR_LOCKED. Borrows store_path. */
MUST_CHECK int guard_take(const char *store_path, struct guard *ret_guard,
			  struct error *err);
void guard_drop(struct guard *guard);

/* Around the move of a ref. */
MUST_CHECK int guard_begin(struct guard *guard, const char *ref,
			   struct error *err);
void guard_end(struct guard *guard);

#endif
