#include "tests/sim/defaults.h"

#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/engines.h"
#include "tests/sim/fleet.h"

/* null in a fleet file is a member that is not there */
static bool is_set(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return value && !json_is_null(value);
}

void json_default(json_t *object, const char *key, json_t *value)
{
	if (is_set(object, key))
		json_decref(value);
	else
		json_object_set_new(object, key, value);
}

static void default_text(json_t *object, const char *key, const char *text)
{
	if (!is_set(object, key))
		json_object_set_new(object, key, json_string(text));
}

/* Steals text. */
static void default_owned(json_t *object, const char *key, char *text)
{
	default_text(object, key, text);
	free(text);
}

char *derived_id(const char *prefix, const char *text, size_t digits)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char digest[SHA256_BYTES];
	size_t prefix_len = strlen(prefix);
	char *id = xmalloc(prefix_len + digits + 1);

	sha256(text, strlen(text), digest);
	memcpy(id, prefix, prefix_len);
	for (size_t i = 0; i < digits; i++)
		id[prefix_len + i] = alphabet[digest[i % SHA256_BYTES] % 32];
	id[prefix_len + digits] = '\0';
	return id;
}

static char *resource_key(const struct place *place, const char *kind,
			  const char *id)
{
	return xasprintf("%s/%s/%s/%s", place->account->id, place->region, kind,
			 id);
}

json_t *sorted_by(const json_t *set, const char *member)
{
	CLEANUP(json_release) json_t *names = json_array();
	json_t *sorted = json_array();
	size_t i, k;
	json_t *name, *entry;

	json_array_foreach(set, i, entry)
		json_array_append_new(names,
				      json_from_text(json_text(entry, member)));
	CLEANUP(json_release) json_t *order = json_sorted_set(names);
	json_array_foreach(order, i, name)
		json_array_foreach(set, k, entry)
			if (json_equal(name, json_object_get(entry, member))) {
				json_array_append(sorted, entry);
				break;
			}
	return sorted;
}

/* Version, family, port: what follows from the engine. */
static void engine_defaults(json_t *state)
{
	const char *engine = json_text(state, "Engine");
	const struct engine_version *version = engine_default(engine);

	default_text(state, "EngineVersion", version ? version->version : "1");
	json_default(state, "Port", json_integer(engine_port(engine)));
	default_text(state, "MasterUsername",
		     strstr(engine, "postgres") ? "postgres" : "admin");
}

static void cluster_settings(json_t *state)
{
	json_default(state, "AllocatedStorage", json_integer(1));
	json_default(state, "AutoMinorVersionUpgrade", json_true());
	json_default(state, "BackupRetentionPeriod", json_integer(1));
	json_default(state, "CopyTagsToSnapshot", json_false());
	json_default(state, "DBClusterMembers", json_array());
	default_text(state, "DBSubnetGroup", "default");
	default_text(state, "DatabaseInsightsMode", "standard");
	json_default(state, "DeletionProtection", json_false());
	json_default(state, "DomainMemberships", json_array());
	json_default(state, "EnabledCloudwatchLogsExports", json_array());
	default_text(state, "EngineMode", "provisioned");
	json_default(state, "HttpEndpointEnabled", json_false());
	json_default(state, "IAMDatabaseAuthenticationEnabled", json_false());
	default_text(state, "NetworkType", "IPV4");
	json_default(state, "PendingModifiedValues", json_object());
	json_default(state, "PerformanceInsightsEnabled", json_false());
	default_text(state, "PreferredBackupWindow", "02:00-02:30");
	default_text(state, "PreferredMaintenanceWindow",
		     "sun:04:00-sun:04:30");
	default_text(state, "Status", "available");
	json_default(state, "StorageEncrypted", json_false());
	json_default(state, "TagList", json_array());
	json_default(state, "VpcSecurityGroups",
		     json_pack("[{ss ss}]", "VpcSecurityGroupId",
			       "sg-0de0fa0170000000a", "Status", "active"));
}

void cluster_defaults(const struct place *place, json_t *state)
{
	const char *id = json_text(state, "DBClusterIdentifier");
	CLEANUP(free_ptr) char *key = resource_key(place, "cluster", id);

	default_text(state, "Engine", "aurora-mysql");
	engine_defaults(state);
	default_owned(state, "DbClusterResourceId",
		      derived_id("cluster-", key, 26));
	CLEANUP(free_ptr)
	char *family = engine_family(json_text(state, "Engine"),
				     json_text(state, "EngineVersion"));
	default_owned(state, "DBClusterParameterGroup",
		      xasprintf("default.%s", family));
	cluster_settings(state);
	json_object_set_new(
		state, "VpcSecurityGroups",
		sorted_by(json_object_get(state, "VpcSecurityGroups"),
			  "VpcSecurityGroupId"));
	json_object_set_new(state, "EnabledCloudwatchLogsExports",
			    json_sorted_set(json_object_get(
				    state, "EnabledCloudwatchLogsExports")));
}

static void instance_settings(json_t *state, bool member)
{
	json_default(state, "AutoMinorVersionUpgrade", json_true());
	default_text(state, "CACertificateIdentifier", "rds-ca-rsa2048-g1");
	default_text(state, "DBInstanceClass", "db.r6g.large");
	default_text(state, "DBInstanceStatus", "available");
	json_default(state, "MonitoringInterval", json_integer(0));
	json_default(state, "PendingModifiedValues", json_object());
	json_default(state, "PerformanceInsightsEnabled", json_false());
	default_text(state, "PreferredMaintenanceWindow",
		     "sun:05:00-sun:05:30");
	json_default(state, "PromotionTier", json_integer(1));
	json_default(state, "PubliclyAccessible", json_false());
	json_default(state, "TagList", json_array());
	if (member)
		return;
	/* what a member takes from its cluster */
	json_default(state, "AllocatedStorage", json_integer(100));
	json_default(state, "BackupRetentionPeriod", json_integer(1));
	json_default(state, "CopyTagsToSnapshot", json_false());
	json_default(state, "DeletionProtection", json_false());
	json_default(state, "IAMDatabaseAuthenticationEnabled", json_false());
	default_text(state, "PreferredBackupWindow", "02:00-02:30");
	json_default(state, "StorageEncrypted", json_false());
}

void instance_defaults(const struct place *place, json_t *state,
		       const json_t *cluster)
{
	const char *id = json_text(state, "DBInstanceIdentifier");
	CLEANUP(free_ptr) char *key = resource_key(place, "instance", id);
	const char *engine = json_text(cluster, "Engine");
	const char *version = json_text(cluster, "EngineVersion");

	default_text(state, "Engine", engine ? engine : "mysql");
	if (!cluster) {
		engine_defaults(state);
		version = json_text(state, "EngineVersion");
	}
	default_owned(state, "DbiResourceId", derived_id("db-", key, 26));
	/* spread over the zones of the region */
	default_owned(
		state, "AvailabilityZone",
		xasprintf("%s%c", place->region,
			  "abc"[(unsigned char)key[strlen(key) - 1] % 3]));
	CLEANUP(free_ptr)
	char *family = engine_family(json_text(state, "Engine"), version);
	CLEANUP(free_ptr) char *group = xasprintf("default.%s", family);
	json_default(state, "DBParameterGroups",
		     json_pack("[{ss ss}]", "DBParameterGroupName", group,
			       "ParameterApplyStatus", "in-sync"));
	instance_settings(state, cluster != NULL);
}

void role_defaults(const char *account_id, json_t *state)
{
	const char *name = json_text(state, "RoleName");
	CLEANUP(free_ptr)
	char *key = xasprintf("%s/role/%s", account_id, name);

	default_text(state, "Path", "/");
	default_owned(state, "RoleId", derived_id("AROA", key, 17));
	default_owned(state, "Arn",
		      xasprintf("arn:aws:iam::%s:role%s%s", account_id,
				json_text(state, "Path"), name));
	default_text(state, "CreateDate", "2022-03-08T09:14:02Z");
	json_default(state, "MaxSessionDuration", json_integer(3600));
	json_default(state, "AttachedPolicies", json_array());
	json_default(state, "InlinePolicies", json_object());
	json_object_set_new(
		state, "AttachedPolicies",
		json_sorted_set(json_object_get(state, "AttachedPolicies")));
	if (is_set(state, "AssumeRolePolicyDocument"))
		return;
	CLEANUP(free_ptr)
	char *root = xasprintf("arn:aws:iam::%s:root", account_id);
	json_object_set_new(state, "AssumeRolePolicyDocument",
			    json_pack("{s:s, s:[{s:s, s:{s:s}, s:s}]}",
				      "Version", "2012-10-17", "Statement",
				      "Effect", "Allow", "Principal", "AWS",
				      root, "Action", "sts:AssumeRole"));
}

void policy_defaults(const char *account_id, json_t *state)
{
	const char *name = json_text(state, "PolicyName");
	CLEANUP(free_ptr)
	char *key = xasprintf("%s/policy/%s", account_id, name);
	json_int_t last = 0;
	json_t *version;
	size_t index;

	default_text(state, "Path", "/");
	default_owned(state, "PolicyId", derived_id("ANPA", key, 17));
	default_owned(state, "Arn",
		      xasprintf("arn:aws:iam::%s:policy%s%s", account_id,
				json_text(state, "Path"), name));
	default_text(state, "CreateDate", "2022-03-08T09:14:02Z");
	default_text(state, "DefaultVersionId", "v1");
	if (!json_object_get(state, "Versions"))
		json_object_set_new(
			state, "Versions",
			json_pack("[{ss s{ss s[{ss ss ss}]}}]", "VersionId",
				  "v1", "Document", "Version", "2012-10-17",
				  "Statement", "Effect", "Allow", "Action",
				  "s3:GetObject", "Resource", "*"));
	json_array_foreach(json_object_get(state, "Versions"), index, version) {
		const char *id = json_text(version, "VersionId");
		const json_int_t number = id ? strtol(id + 1, NULL, 10) : 0;

		default_text(version, "CreateDate", "2022-03-08T09:14:02Z");
		last = number > last ? number : last;
	}
	json_default(state, "lastVersion", json_integer(last));
}
