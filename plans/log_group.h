/* Log groups: how Aurora names them, and how an answer becomes resources. */
#ifndef ABACK_PLANS_LOG_GROUP_H
#define ABACK_PLANS_LOG_GROUP_H

#include "core/json.h"
#include "plans/kind.h"
#include "plans/place.h"
#include "plans/planner_reads.h"

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

/* ---- log_group_newest.c ---- */

/*
 * What has to be read of resources of a kind to know the groups that they write
 * to.
 */
void log_group_add_reads(struct desired_reads *reads, enum kind kind);
/* Call fn for each group that a resource writes to; one is its own. */
void log_groups_of(const struct resource *resource,
		   void (*fn)(void *ctx, const char *name), void *ctx);
/*
 * When the newest event of a group is from: done is called once, from aws_step,
 * with {"newest": RFC 3339, "stream"}, both null where it has none, or with
 * err. CloudWatch is behind with this time by up to an hour.
 */
void log_group_newest(struct aws *aws, const struct place *place,
		      const char *name,
		      void (*done)(void *ctx, json_t *newest,
				   const struct error *err),
		      void *ctx);

#endif
