/*
 * What a cluster's own answer says of its members: who writes, and which of
 * them wait for a reboot to use the cluster's parameter group.
 */
#ifndef ABACK_PLANS_MEMBERS_H
#define ABACK_PLANS_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "plans/kind.h"
#include "plans/kinds.h"

/* Facts of a cluster: paths, each with one text a member, in one order. */
#define MEMBER_ID "DBClusterMembers/DBClusterMember/DBInstanceIdentifier"
#define MEMBER_WRITES "DBClusterMembers/DBClusterMember/IsClusterWriter"
#define MEMBER_STATUS CLUSTER_APPLY_STATUS_FACT

/*
 * Facts of an instance: its cluster's id; members to be rebooted before it; the
 * parameter groups of both, where they were read.
 */
#define FACT_CLUSTER "cluster"
#define FACT_REBOOTS_AFTER "reboots_after"
#define FACT_CLUSTER_GROUP "cluster_parameter_group"
#define FACT_OWN_GROUP "instance_parameter_group"

/* Ids of all members; NULL: it has none. Borrowed. */
const json_t *cluster_members(const struct resource *cluster);
/*
 * Those to be rebooted before this one: of the writer all others, else none. A
 * new array, sorted.
 */
json_t *members_before(const struct resource *cluster, const char *id);
/*
 * The status of the cluster's parameter group on a member; NULL: the answer
 * does not tell whose is whose. Borrowed.
 */
const char *member_status(const struct resource *cluster, const char *id);
/* Has any member this status? */
bool any_member_status(const struct resource *cluster, const char *status);

#endif
