/* KMS: keys, their state and their rotation. */
#ifndef ABACK_TESTS_SIM_KMS_H
#define ABACK_TESTS_SIM_KMS_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct place;

/*
 * The keys of a fleet file; NULL: none. Those that clusters and instances name
 * are there without being listed. ERR_FORMAT.
 */
MUST_CHECK int kms_load(struct place *place, const json_t *keys,
			struct error *err);
/* By key id or ARN, alias or the alias's ARN; NULL: there is none. */
json_t *kms_find(const struct place *place, const char *name);

#endif
