/*
 * Snapshots of clusters: what a fleet file says of them, and who may restore
 * them, which is the simulator's own member `restore`.
 */
#ifndef ABACK_TESTS_SIM_RDS_SNAPSHOT_H
#define ABACK_TESTS_SIM_RDS_SNAPSHOT_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct place;
struct rds_call;

#define SNAPSHOT_ID "DBClusterSnapshotIdentifier"

/* The snapshots of a fleet file, after its clusters; NULL: none. ERR_FORMAT. */
MUST_CHECK int snapshots_load(struct place *place, const json_t *snapshots,
			      struct error *err);

void rds_describe_cluster_snapshots(struct rds_call *call);
void rds_describe_cluster_snapshot_attributes(struct rds_call *call);
void rds_modify_cluster_snapshot_attribute(struct rds_call *call);

#endif
