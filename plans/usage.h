/*
 * Who uses what in live state, both ways: what kind_ops.references tells of one
 * resource at a time, for all of them at once.
 */
#ifndef ABACK_PLANS_USAGE_H
#define ABACK_PLANS_USAGE_H

#include <stddef.h>

#include "core/json.h"
#include "plans/live.h"

struct usage {
	const struct live *live;
	/* "<place>\n<address>", by each of its names → index into live->items
	 */
	json_t *index;
	json_t *users; /* the same keys → [indexes of who uses it] */
};

/* live is sorted, and outlives it. */
struct usage *usage_new(const struct live *live);
void usage_free(struct usage *usage);

/* By any of its names; NULL: it is not there. Borrowed. */
const struct resource *usage_find(const struct usage *usage,
				  const struct place *place, enum kind kind,
				  const char *id);
/* The n-th resource that uses it, in the order of live; NULL: no more. */
const struct resource *usage_user(const struct usage *usage,
				  const struct resource *resource, size_t n);
/* The same of what could not be read, of which only the address is known. */
const struct resource *usage_user_of(const struct usage *usage,
				     const char *place, const char *address,
				     size_t n);

#endif
