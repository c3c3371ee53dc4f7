/* The valid name nearest to a misspelt one, for hints. */
#ifndef ABACK_CORE_NEAREST_H
#define ABACK_CORE_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *wanted; /* borrowed */
	const char *best;   /* borrowed from the offers; NULL: none is near */
	size_t distance;
};

struct nearest nearest_to(const char *wanted);
void nearest_offer(struct nearest *nearest, const char *name);
/* NULL when nothing offered is near enough to be meant. */
const char *nearest_best(const struct nearest *nearest);

#endif
