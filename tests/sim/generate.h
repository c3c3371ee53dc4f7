/* Fleets by size and seed: the same numbers give the same fleet. */
#ifndef ABACK_TESTS_SIM_GENERATE_H
#define ABACK_TESTS_SIM_GENERATE_H

#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"

struct fleet;

/* clusters with so many instances each, in the simulator's own account. */
MUST_CHECK int generate_fleet(struct fleet *fleet, long clusters,
			      long instances, uint64_t seed, struct error *err);

#endif
