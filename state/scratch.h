/*
 * What saves work and may be lost: lines of JSON in
 * <store>/aback/<directory>/<name>, beside the repository and no part of it.
 */
#ifndef ABACK_STATE_SCRATCH_H
#define ABACK_STATE_SCRATCH_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

/* Append one line; two that do so at once do not mix theirs. ERR_IO. */
MUST_CHECK int scratch_add(struct store *store, const char *directory,
			   const char *name, const json_t *line,
			   struct error *err);
/*
 * All lines as a new array. One that is torn or malformed is left out, and so
 * is a file that is not there or too large.
 */
json_t *scratch_read(struct store *store, const char *directory,
		     const char *name);
void scratch_remove(struct store *store, const char *directory,
		    const char *name);

#endif
