/* Log groups: how Aurora names them, and how an answer becomes resources. */
#ifndef ABACK_PLANS_LOG_GROUP_H
#define ABACK_PLANS_LOG_GROUP_H

#include "core/json.h"
#include "plans/kind.h"
#include "plans/place.h"

/* All groups that Aurora clusters write to begin so. */
#define LOG_GROUP_PREFIX "/aws/rds/cluster/"

/* "/aws/rds/cluster/orders/audit"; the caller frees it. */
char *log_group_name(const char *cluster, const char *log_type);

/*
 * The group of that name: as `group`, an element of logGroups, says, or, where
 * it is NULL, one that is not there and can be created.
 */
struct resource *log_group_resource(const struct place *place, const char *name,
				    const json_t *group);

void log_group_read(const struct read_request *request);

/*
 * The longest beginning that these names share; of one name it is all of it.
 * The caller frees it. names: an array of strings, not empty.
 */
char *log_group_shared_prefix(const json_t *names);

#endif
