/* Manual snapshots of clusters: what the kind's files share. */
#ifndef ABACK_PLANS_CLUSTER_SNAPSHOT_H
#define ABACK_PLANS_CLUSTER_SNAPSHOT_H

#include "core/json.h"
#include "plans/kind.h"
#include "plans/place.h"

/* The value of the attribute that stands for every account. */
#define SNAPSHOT_EVERYBODY "all"

/*
 * As an element of DescribeDBClusterSnapshots says, its paths as keys; NULL: it
 * has no identifier. Who may restore it is not part of that.
 */
struct resource *cluster_snapshot_resource(const struct place *place,
					   const json_t *item);
/* What the values of its attribute `restore` say. */
void cluster_snapshot_share(struct resource *snapshot, const json_t *values);

/*
 * kind_ops.read: one listing of the region's manual snapshots, whatever number
 * of clusters they are of, and of each that matters its attributes.
 */
void cluster_snapshot_read(const struct read_request *request);

#endif
