/* What the simulated engines are: versions, families, certificates. */
#ifndef ABACK_TESTS_SIM_ENGINES_H
#define ABACK_TESTS_SIM_ENGINES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"

struct engine_version {
	const char *engine, *version, *family, *description;
	bool is_default;
	/* a new certificate needs no restart */
	bool rotates_without_restart;
};

/* Rows in the order of AWS's listing; NULL beyond the last. */
const struct engine_version *engine_version_at(size_t index);
const struct engine_version *engine_version_find(const char *engine,
						 const char *version);
const struct engine_version *engine_default(const char *engine);
/*
 * The family of any version, also one that has no row: "aurora-mysql8.0",
 * "aurora-postgresql16", "mysql8.0". The caller frees it.
 */
char *engine_family(const char *engine, const char *version);
/* The log types that the version can export, as a new array. */
json_t *engine_log_types(const char *engine, const char *version);
/* The features that roles are associated for; Aurora MySQL has none. */
json_t *engine_features(const char *engine);
/* The CAs that the version supports, as a new array. */
json_t *engine_certificates(const char *engine, const char *version);
int engine_port(const char *engine);
/* Does the simulator model changes of it? */
bool engine_is_aurora(const char *engine);

struct certificate {
	const char *id, *valid_from, *valid_till, *thumbprint;
};
const struct certificate *certificate_at(size_t index);
const struct certificate *certificate_find(const char *id);

#endif
