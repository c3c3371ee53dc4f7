/*
 * Secrets Manager, as far as RDS uses it: what a secret is and whose. What is
 * in it is nowhere, so that nobody can ask for it.
 */
#ifndef ABACK_TESTS_SIM_SECRETS_H
#define ABACK_TESTS_SIM_SECRETS_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct place;

/*
 * The secrets of a fleet file; NULL: those that its clusters name, owned by
 * RDS. ERR_FORMAT.
 */
MUST_CHECK int secrets_load(struct place *place, const json_t *secrets,
			    struct error *err);
/* A new one for the master user of a cluster; its ARN. The caller frees it. */
char *secrets_make(struct place *place, const char *kms_key);
void secrets_delete(struct place *place, const char *arn);

#endif
