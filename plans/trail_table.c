/* The events that matter, by the call that they are of. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/trail_call.h"

#define CLUSTER "dBClusterIdentifier"
#define INSTANCE "dBInstanceIdentifier"
#define CLUSTER_GROUP "dBClusterParameterGroupName"
#define INSTANCE_GROUP "dBParameterGroupName"
#define SNAPSHOT "dBClusterSnapshotIdentifier"

#define MODIFY_CLUSTER "rds:ModifyDBCluster"
#define MODIFY_INSTANCE "rds:ModifyDBInstance"

#define OF(its_call, its_kind, its_member, its_names)                   \
	.call = (its_call), .kind = (its_kind), .member = (its_member), \
	.names = (its_names)
#define OF_CLUSTER(name) OF("rds:" name, KIND_CLUSTER, CLUSTER, TRAIL_NAME)
#define OF_INSTANCE(name) OF("rds:" name, KIND_INSTANCE, INSTANCE, TRAIL_NAME)
#define OF_CLUSTER_GROUP(name, member) \
	OF("rds:" name, KIND_CLUSTER_PARAMETER_GROUP, member, TRAIL_NAME)
#define OF_INSTANCE_GROUP(name, member) \
	OF("rds:" name, KIND_INSTANCE_PARAMETER_GROUP, member, TRAIL_NAME)
#define OF_SNAPSHOT(name, member) \
	OF("rds:" name, KIND_CLUSTER_SNAPSHOT, member, TRAIL_NAME)
#define OF_SUBSCRIPTION(name) \
	OF("rds:" name, KIND_EVENT_SUBSCRIPTION, "subscriptionName", TRAIL_NAME)
#define OF_ARN(name, member) OF("rds:" name, KIND_COUNT, member, TRAIL_ARN)
#define OF_GROUP(name) \
	OF("ec2:" name, KIND_SECURITY_GROUP, "groupId", TRAIL_NAME)
#define OF_ROLE(name) OF("iam:" name, KIND_IAM_ROLE, "roleName", TRAIL_NAME)
#define OF_POLICY(name) \
	OF("iam:" name, KIND_IAM_POLICY, "policyArn", TRAIL_POLICY)
#define OF_KEY(name) OF("kms:" name, KIND_KMS_KEY, "keyId", TRAIL_KEY)
#define OF_LOG(name) \
	OF("logs:" name, KIND_LOG_GROUP, "logGroupName", TRAIL_NAME)

static const struct trail_call table[] = {
	{ OF_GROUP("AuthorizeSecurityGroupEgress") },
	{ OF_GROUP("AuthorizeSecurityGroupIngress") },
	{ OF_GROUP("DeleteSecurityGroup") },
	{ OF_GROUP("ModifySecurityGroupRules"), .sets = "egress ingress" },
	{ OF_GROUP("RevokeSecurityGroupEgress") },
	{ OF_GROUP("RevokeSecurityGroupIngress") },
	{ OF_GROUP("UpdateSecurityGroupRuleDescriptionsEgress") },
	{ OF_GROUP("UpdateSecurityGroupRuleDescriptionsIngress") },
	{ OF_ROLE("AttachRolePolicy") },
	{ OF_POLICY("CreatePolicyVersion") },
	{ OF_ROLE("CreateRole"),
	  .sets = "assume_role_policy description max_session_duration "
		  "permissions_boundary tags" },
	{ OF_POLICY("DeletePolicy") },
	{ OF_POLICY("DeletePolicyVersion") },
	{ OF_ROLE("DeleteRole") },
	{ OF_ROLE("DeleteRolePermissionsBoundary") },
	{ OF_ROLE("DeleteRolePolicy") },
	{ OF_ROLE("DetachRolePolicy") },
	{ OF_ROLE("PutRolePermissionsBoundary") },
	{ OF_ROLE("PutRolePolicy") },
	{ OF_POLICY("SetDefaultPolicyVersion"), .sets = "document" },
	{ OF_ROLE("TagRole") },
	{ OF_ROLE("UntagRole") },
	{ OF_ROLE("UpdateAssumeRolePolicy") },
	{ OF_ROLE("UpdateRole") },
	{ OF_ROLE("UpdateRoleDescription"), .as = "iam:UpdateRole" },
	{ OF_KEY("CancelKeyDeletion") },
	{ OF_KEY("DisableKey") },
	{ OF_KEY("DisableKeyRotation") },
	{ OF_KEY("EnableKey") },
	{ OF_KEY("EnableKeyRotation") },
	{ OF_KEY("PutKeyPolicy") },
	{ OF_KEY("ScheduleKeyDeletion") },
	{ OF_LOG("AssociateKmsKey") },
	{ OF_LOG("CreateLogGroup") },
	{ OF_LOG("DeleteLogGroup") },
	{ OF_LOG("DeleteRetentionPolicy") },
	{ OF_LOG("DisassociateKmsKey") },
	{ OF("logs:PutLogGroupDeletionProtection", KIND_LOG_GROUP,
	     "logGroupIdentifier", TRAIL_NAME) },
	{ OF_LOG("PutRetentionPolicy") },
	{ OF_CLUSTER("AddRoleToDBCluster") },
	{ OF_SUBSCRIPTION("AddSourceIdentifierToSubscription") },
	{ OF_ARN("AddTagsToResource", "resourceName") },
	{ OF_ARN("ApplyPendingMaintenanceAction", "resourceIdentifier") },
	{ OF_CLUSTER("BacktrackDBCluster") },
	{ OF_CLUSTER_GROUP("CopyDBClusterParameterGroup",
			   "targetDBClusterParameterGroupIdentifier") },
	{ OF_SNAPSHOT("CopyDBClusterSnapshot",
		      "targetDBClusterSnapshotIdentifier") },
	{ OF_INSTANCE_GROUP("CopyDBParameterGroup",
			    "targetDBParameterGroupIdentifier") },
	{ OF_CLUSTER("CreateDBCluster"), .as = MODIFY_CLUSTER },
	{ OF_CLUSTER_GROUP("CreateDBClusterParameterGroup", CLUSTER_GROUP) },
	{ OF_SNAPSHOT("CreateDBClusterSnapshot", SNAPSHOT) },
	{ OF_INSTANCE("CreateDBInstance"), .as = MODIFY_INSTANCE },
	{ OF_INSTANCE_GROUP("CreateDBParameterGroup", INSTANCE_GROUP) },
	{ OF_SUBSCRIPTION("CreateEventSubscription") },
	{ OF_CLUSTER("DeleteDBCluster") },
	{ OF_CLUSTER_GROUP("DeleteDBClusterParameterGroup", CLUSTER_GROUP) },
	{ OF_SNAPSHOT("DeleteDBClusterSnapshot", SNAPSHOT) },
	{ OF_INSTANCE("DeleteDBInstance") },
	{ OF_INSTANCE_GROUP("DeleteDBParameterGroup", INSTANCE_GROUP) },
	{ OF_SUBSCRIPTION("DeleteEventSubscription") },
	{ OF_ARN("DisableHttpEndpoint", "resourceArn") },
	{ OF_ARN("EnableHttpEndpoint", "resourceArn") },
	{ OF_CLUSTER("FailoverDBCluster") },
	{ OF_ARN("ModifyActivityStream", "resourceArn") },
	{ OF_CLUSTER("ModifyDBCluster") },
	{ OF_CLUSTER_GROUP("ModifyDBClusterParameterGroup", CLUSTER_GROUP) },
	{ OF_SNAPSHOT("ModifyDBClusterSnapshotAttribute", SNAPSHOT) },
	{ OF_INSTANCE("ModifyDBInstance") },
	{ OF_INSTANCE_GROUP("ModifyDBParameterGroup", INSTANCE_GROUP) },
	{ OF_SUBSCRIPTION("ModifyEventSubscription") },
	{ OF_CLUSTER("PromoteReadReplicaDBCluster") },
	{ OF_CLUSTER("RebootDBCluster") },
	{ OF_INSTANCE("RebootDBInstance") },
	{ OF_CLUSTER("RemoveRoleFromDBCluster") },
	{ OF_SUBSCRIPTION("RemoveSourceIdentifierFromSubscription") },
	{ OF_ARN("RemoveTagsFromResource", "resourceName") },
	{ OF_CLUSTER_GROUP("ResetDBClusterParameterGroup", CLUSTER_GROUP) },
	{ OF_INSTANCE_GROUP("ResetDBParameterGroup", INSTANCE_GROUP) },
	{ OF_CLUSTER("RestoreDBClusterFromS3"), .as = MODIFY_CLUSTER },
	{ OF_CLUSTER("RestoreDBClusterFromSnapshot"), .as = MODIFY_CLUSTER },
	{ OF_CLUSTER("RestoreDBClusterToPointInTime"), .as = MODIFY_CLUSTER },
	{ OF_ARN("StartActivityStream", "resourceArn") },
	{ OF_CLUSTER("StartDBCluster") },
	{ OF_ARN("StopActivityStream", "resourceArn") },
	{ OF_CLUSTER("StopDBCluster") },
};

const struct trail_call *trail_calls(size_t *ret_len)
{
	*ret_len = ARRAY_SIZE(table);
	return table;
}

static int by_call(const void *key, const void *row)
{
	return strcmp(key, ((const struct trail_call *)row)->call);
}

/* "rds" of "rds.amazonaws.com"; in other partitions it is the same. */
static char *service_of(const char *source)
{
	return xstrndup(source, strcspn(source, "."));
}

const struct trail_call *trail_call_of(const char *source, const char *name)
{
	CLEANUP(free_ptr) char *service = service_of(source);
	CLEANUP(free_ptr) char *call = xasprintf("%s:%s", service, name);

	return bsearch(call, table, ARRAY_SIZE(table), sizeof(*table), by_call);
}

bool trail_is_global(const char *source)
{
	return strcspn(source, ".:") == 3 && !strncmp(source, "iam", 3);
}

/* One that is told by an ARN may be of any kind of the service. */
static bool may_be_of(const struct trail_call *call, unsigned kinds)
{
	return call->names == TRAIL_ARN || kinds & 1u << call->kind;
}

json_t *trail_names(bool global, unsigned kinds)
{
	json_t *names = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *colon = strchr(table[i].call, ':');

		if (trail_is_global(table[i].call) == global &&
		    may_be_of(&table[i], kinds))
			json_array_add_unique(names, colon + 1);
	}
	return names;
}
