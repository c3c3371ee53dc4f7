/* The kinds that there are, and names of facts that they share. */
#ifndef ABACK_PLANS_KINDS_H
#define ABACK_PLANS_KINDS_H

#include "plans/kind.h"

extern const struct kind_ops cluster_kind;        /* plans/cluster.c */
extern const struct kind_ops instance_kind;       /* plans/instance.c */
extern const struct kind_ops iam_role_kind;       /* plans/iam_role.c */
extern const struct kind_ops log_group_kind;      /* plans/log_group.c */
extern const struct kind_ops kms_key_kind;        /* plans/kms_key.c */
extern const struct kind_ops security_group_kind; /* plans/security_group.c */
extern const struct kind_ops iam_policy_kind;     /* plans/iam_policy.c */
/* plans/cluster_snapshot.c */
extern const struct kind_ops cluster_snapshot_kind;
/* plans/event_subscription.c */
extern const struct kind_ops event_subscription_kind;
/* plans/parameter_group.c */
extern const struct kind_ops cluster_parameter_group_kind;
extern const struct kind_ops instance_parameter_group_kind;

/* Facts of what uses parameter groups: the status of each member. */
#define CLUSTER_APPLY_STATUS_FACT \
	"DBClusterMembers/DBClusterMember/DBClusterParameterGroupStatus"
#define INSTANCE_APPLY_STATUS_FACT \
	"DBParameterGroups/DBParameterGroup/ParameterApplyStatus"

/* Of an instance: until when its own certificate is valid. */
#define INSTANCE_VALID_TILL_FACT "CertificateDetails/ValidTill"

/* Facts of a cluster that its security groups ask for: arrays of texts. */
#define CLUSTER_PORT_FACT "Port"
#define CLUSTER_GROUPS_FACT \
	"VpcSecurityGroups/VpcSecurityGroupMembership/VpcSecurityGroupId"
#define CLUSTER_GROUP_STATUS_FACT \
	"VpcSecurityGroups/VpcSecurityGroupMembership/Status"

#define CLUSTER_SUBNET_GROUP_FACT "DBSubnetGroup"

/* The same as settings of a cluster: what rules want counts as well. */
#define CLUSTER_PORT "port"
#define CLUSTER_GROUPS "vpc_security_group_ids"

#endif
