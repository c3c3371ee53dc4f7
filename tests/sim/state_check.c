#include "tests/sim/state_check.h"

#include <string.h>

enum shape {
	SHAPE_TEXT,
	SHAPE_BOOL,
	SHAPE_INT,
	SHAPE_OBJECT,
	SHAPE_TEXTS,  /* a list of strings */
	SHAPE_OBJECTS /* a list of objects, each with a text under `key` */
};

static const struct {
	const char *name;
	enum shape shape;
	const char *key;
} members_known[] = {
	{ "ActivityStreamKinesisStreamName", SHAPE_TEXT, NULL },
	{ "ActivityStreamKmsKeyId", SHAPE_TEXT, NULL },
	{ "ActivityStreamMode", SHAPE_TEXT, NULL },
	{ "ActivityStreamStatus", SHAPE_TEXT, NULL },
	{ "Arn", SHAPE_TEXT, NULL },
	{ "AssociatedRoles", SHAPE_OBJECTS, "RoleArn" },
	{ "AssumeRolePolicyDocument", SHAPE_OBJECT, NULL },
	{ "AttachedPolicies", SHAPE_TEXTS, NULL },
	{ "AutoMinorVersionUpgrade", SHAPE_BOOL, NULL },
	{ "AwsBackupRecoveryPointArn", SHAPE_TEXT, NULL },
	{ "BacktrackWindow", SHAPE_INT, NULL },
	{ "BackupRetentionPeriod", SHAPE_INT, NULL },
	{ "CACertificateIdentifier", SHAPE_TEXT, NULL },
	{ "CopyTagsToSnapshot", SHAPE_BOOL, NULL },
	{ "DBClusterIdentifier", SHAPE_TEXT, NULL },
	{ "DBClusterMembers", SHAPE_OBJECTS, "DBInstanceIdentifier" },
	{ "DBClusterParameterGroup", SHAPE_TEXT, NULL },
	{ "DBInstanceClass", SHAPE_TEXT, NULL },
	{ "DBInstanceIdentifier", SHAPE_TEXT, NULL },
	{ "DBInstanceStatus", SHAPE_TEXT, NULL },
	{ "DBParameterGroups", SHAPE_OBJECTS, "DBParameterGroupName" },
	{ "DBSubnetGroup", SHAPE_TEXT, NULL },
	{ "DatabaseInsightsMode", SHAPE_TEXT, NULL },
	{ "DbClusterResourceId", SHAPE_TEXT, NULL },
	{ "DbiResourceId", SHAPE_TEXT, NULL },
	{ "DeletionProtection", SHAPE_BOOL, NULL },
	{ "DomainMemberships", SHAPE_OBJECTS, "Domain" },
	{ "EnabledCloudwatchLogsExports", SHAPE_TEXTS, NULL },
	{ "Engine", SHAPE_TEXT, NULL },
	{ "EngineMode", SHAPE_TEXT, NULL },
	{ "EngineVersion", SHAPE_TEXT, NULL },
	{ "HttpEndpointEnabled", SHAPE_BOOL, NULL },
	{ "IAMDatabaseAuthenticationEnabled", SHAPE_BOOL, NULL },
	{ "InstanceProfiles", SHAPE_TEXTS, NULL },
	{ "InlinePolicies", SHAPE_OBJECT, NULL },
	{ "MasterUserSecret", SHAPE_OBJECT, NULL },
	{ "MaxSessionDuration", SHAPE_INT, NULL },
	{ "MonitoringInterval", SHAPE_INT, NULL },
	{ "MonitoringRoleArn", SHAPE_TEXT, NULL },
	{ "NetworkType", SHAPE_TEXT, NULL },
	{ "PackedPolicyMax", SHAPE_INT, NULL },
	{ "Path", SHAPE_TEXT, NULL },
	{ "PendingModifiedValues", SHAPE_OBJECT, NULL },
	{ "PerformanceInsightsEnabled", SHAPE_BOOL, NULL },
	{ "PerformanceInsightsKMSKeyId", SHAPE_TEXT, NULL },
	{ "PerformanceInsightsRetentionPeriod", SHAPE_INT, NULL },
	{ "Port", SHAPE_INT, NULL },
	{ "PreferredBackupWindow", SHAPE_TEXT, NULL },
	{ "PreferredMaintenanceWindow", SHAPE_TEXT, NULL },
	{ "PromotionTier", SHAPE_INT, NULL },
	{ "PubliclyAccessible", SHAPE_BOOL, NULL },
	{ "RoleLastUsed", SHAPE_OBJECT, NULL },
	{ "RoleName", SHAPE_TEXT, NULL },
	{ "ServicesLastAccessed", SHAPE_OBJECTS, "ServiceNamespace" },
	{ "Status", SHAPE_TEXT, NULL },
	{ "StorageEncrypted", SHAPE_BOOL, NULL },
	{ "TagList", SHAPE_OBJECTS, "Key" },
	{ "Tags", SHAPE_OBJECTS, "Key" },
	{ "Versions", SHAPE_OBJECTS, "VersionId" },
	{ "VpcSecurityGroups", SHAPE_OBJECTS, "VpcSecurityGroupId" },
	{ "pending_maintenance", SHAPE_OBJECTS, "Action" },
};

static bool each_is_text(const json_t *list)
{
	size_t index;
	json_t *entry;

	json_array_foreach(list, index, entry)
		if (!json_is_string(entry))
			return false;
	return json_is_array(list);
}

static bool each_has_text(const json_t *list, const char *key)
{
	size_t index;
	json_t *entry;

	json_array_foreach(list, index, entry)
		if (!json_text(entry, key))
			return false;
	return json_is_array(list);
}

static bool has_shape(const json_t *value, enum shape shape, const char *key)
{
	switch (shape) {
	case SHAPE_TEXT:
		return json_is_string(value);
	case SHAPE_BOOL:
		return json_is_boolean(value);
	case SHAPE_INT:
		return json_is_integer(value);
	case SHAPE_OBJECT:
		return json_is_object(value);
	case SHAPE_TEXTS:
		return each_is_text(value);
	case SHAPE_OBJECTS:
		return each_has_text(value, key);
	}
	return false;
}

int state_check(const json_t *members, struct error *err)
{
	if (!json_is_object(members))
		return error_set(err, ERR_FORMAT,
				 "the members of a resource are no object");
	for (size_t i = 0; i < ARRAY_SIZE(members_known); i++) {
		const json_t *value =
			json_object_get(members, members_known[i].name);
		if (value && !json_is_null(value) &&
		    !has_shape(value, members_known[i].shape,
			       members_known[i].key))
			return error_set(err, ERR_FORMAT,
					 "'%s' is not of its type",
					 members_known[i].name);
	}
	/* what is pending becomes the state one day */
	const json_t *pending =
		json_object_get(members, "PendingModifiedValues");
	if (json_is_object(pending) && state_check(pending, err))
		return error_wrap(err, "PendingModifiedValues");
	return 0;
}
