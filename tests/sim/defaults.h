/* What a fleet file may leave out of a resource, filled in. */
#ifndef ABACK_TESTS_SIM_DEFAULTS_H
#define ABACK_TESTS_SIM_DEFAULTS_H

#include "core/json.h"

struct place;

/* Set a member unless the object has it; steals value. */
void json_default(json_t *object, const char *key, json_t *value);
/*
 * "cluster-ABC…": prefix and `digits` capital letters and digits that depend on
 * the text alone. The caller frees it.
 */
char *derived_id(const char *prefix, const char *text, size_t digits);

/*
 * The objects in the order of one member's text, each text once: a set reads
 * back the same whatever order it was written in. A new reference.
 */
json_t *sorted_by(const json_t *set, const char *member);

/* Complete a state; its identifier is there and in lower case. */
void cluster_defaults(const struct place *place, json_t *state);
/* cluster: the state of the cluster that it is in, or NULL. */
void instance_defaults(const struct place *place, json_t *state,
		       const json_t *cluster);
void role_defaults(const char *account_id, json_t *state);
void policy_defaults(const char *account_id, json_t *state);

#endif
