/* A request and its answer as a CloudTrail record shows them. */
#ifndef ABACK_TESTS_SIM_TRAIL_SHAPE_H
#define ABACK_TESTS_SIM_TRAIL_SHAPE_H

#include <stdbool.h>

#include "core/json.h"

struct answer;
struct request;

/*
 * Keys with a small first letter, lists as arrays (EC2: {"items": […]}),
 * booleans and numbers as such, passwords as "****". Both are new references,
 * JSON null where there is nothing.
 */
json_t *trail_parameters(const struct request *request);
json_t *trail_elements(const struct request *request,
		       const struct answer *answer);
/* The same for values under AWS's names, as a fleet file has them. */
json_t *trail_values(const json_t *values);
/* "DBClusterIdentifier" → "dBClusterIdentifier"; the caller frees it. */
char *trail_key(const char *name);

#endif
