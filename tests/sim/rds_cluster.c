/* ModifyDBCluster. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/engines.h"
#include "tests/sim/rds_modify.h"
#include "tests/sim/request.h"
#include "tests/sim/settle.h"

#define ENABLE "CloudwatchLogsExportConfiguration.EnableLogTypes.member."
#define DISABLE "CloudwatchLogsExportConfiguration.DisableLogTypes.member."
#define GROUPS "VpcSecurityGroupIds.VpcSecurityGroupId."

static const struct param params[] = {
	{ "DBClusterIdentifier", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	{ "ApplyImmediately", PARAM_CONTROL, WHEN_APART, NULL, 0, 0, NULL },
	{ "AllowMajorVersionUpgrade", PARAM_CONTROL, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "AutoMinorVersionUpgrade", PARAM_BOOL, WHEN_SOON,
	  "AutoMinorVersionUpgrade", 0, 0, NULL },
	{ "BacktrackWindow", PARAM_INT, WHEN_SOON, "BacktrackWindow", 0, 259200,
	  NULL },
	{ "BackupRetentionPeriod", PARAM_INT, WHEN_DEFERRED,
	  "BackupRetentionPeriod", 1, 35, NULL },
	{ "CopyTagsToSnapshot", PARAM_BOOL, WHEN_SOON, "CopyTagsToSnapshot", 0,
	  0, NULL },
	{ "DBClusterParameterGroupName", PARAM_TEXT, WHEN_SOON,
	  "DBClusterParameterGroup", 0, 0, NULL },
	{ "DatabaseInsightsMode", PARAM_ENUM, WHEN_SOON, "DatabaseInsightsMode",
	  0, 0, "standard|advanced" },
	{ "DeletionProtection", PARAM_BOOL, WHEN_SOON, "DeletionProtection", 0,
	  0, NULL },
	{ "Domain", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	{ "DomainIAMRoleName", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	{ "EnableHttpEndpoint", PARAM_BOOL, WHEN_SOON, "HttpEndpointEnabled", 0,
	  0, NULL },
	{ "EnableIAMDatabaseAuthentication", PARAM_BOOL, WHEN_DEFERRED,
	  "IAMDatabaseAuthenticationEnabled", 0, 0, NULL },
	{ "EnablePerformanceInsights", PARAM_BOOL, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "EngineVersion", PARAM_TEXT, WHEN_DEFERRED, "EngineVersion", 0, 0,
	  NULL },
	{ "ManageMasterUserPassword", PARAM_BOOL, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "MasterUserPassword", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	{ "MasterUserSecretKmsKeyId", PARAM_TEXT, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "NetworkType", PARAM_ENUM, WHEN_SOON, "NetworkType", 0, 0,
	  "IPV4|DUAL" },
	{ "PerformanceInsightsKMSKeyId", PARAM_TEXT, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "PerformanceInsightsRetentionPeriod", PARAM_INT, WHEN_APART, NULL, 0,
	  10000, NULL },
	{ "Port", PARAM_INT, WHEN_SOON, "Port", 1150, 65535, NULL },
	{ "PreferredBackupWindow", PARAM_BACKUP_WINDOW, WHEN_SOON,
	  "PreferredBackupWindow", 0, 0, NULL },
	{ "PreferredMaintenanceWindow", PARAM_WEEK_WINDOW, WHEN_SOON,
	  "PreferredMaintenanceWindow", 0, 0, NULL },
	{ ENABLE, PARAM_LIST, WHEN_APART, NULL, 0, 0, NULL },
	{ DISABLE, PARAM_LIST, WHEN_APART, NULL, 0, 0, NULL },
	{ GROUPS, PARAM_LIST, WHEN_APART, NULL, 0, 0, NULL },
};

/* Known to AWS, but not for Aurora clusters (or serverless v1 only). */
static const char *const not_aurora[] = {
	"AllocatedStorage",       "CACertificateIdentifier",
	"DBClusterInstanceClass", "Iops",
	"MonitoringInterval",     "MonitoringRoleArn",
};

static bool check_applicable(struct change *change)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_aurora); i++)
		if (request_get(change->call->request, not_aurora[i]))
			return change_refuse(
				change, "InvalidParameterCombination",
				"The parameter %s isn't valid for this Aurora "
				"DB cluster.",
				not_aurora[i]);
	return true;
}

static bool check_state(struct change *change)
{
	const struct resource *cluster = change->resource;

	if (!resource_is_aurora(cluster))
		return change_refuse(change, "InvalidParameterCombination",
				     "The simulator changes Aurora clusters "
				     "only; %s is %s",
				     cluster->id,
				     json_text(cluster->state, "Engine"));
	if (cluster->flight ||
	    strcmp(resource_status(cluster), "available") != 0)
		return change_refuse(change, "InvalidDBClusterStateFault",
				     "Cluster cannot be modified, invalid "
				     "state: DB cluster %s is %s.",
				     cluster->id, resource_status(cluster));
	return true;
}

/* ---- one check for each setting that needs more than its type ----------- */

static bool check_backup(struct change *change)
{
	json_t *days = change_given(change, "BackupRetentionPeriod");
	const json_t *state = change->resource->state;
	const char *owner = json_text(state, "AwsBackupRecoveryPointArn");
	json_t *window = change_given(change, "PreferredBackupWindow");

	if (!owner || !*owner)
		return true;
	if (days &&
	    !json_equal(days, json_object_get(state, "BackupRetentionPeriod")))
		return change_refuse(
			change, "InvalidParameterCombination",
			"You can't modify the BackupRetentionPeriod because "
			"the DB cluster %s is associated with the following "
			"AwsBackupRecoveryPointArn: %s. The "
			"BackupRetentionPeriod can be blank, or you can use "
			"the current value.",
			change->resource->id, owner);
	if (window &&
	    !json_equal(window,
			json_object_get(state, "PreferredBackupWindow")))
		return change_refuse(
			change, "InvalidParameterCombination",
			"You can't modify the PreferredBackupWindow because "
			"the DB cluster %s is associated with the following "
			"AwsBackupRecoveryPointArn: %s.",
			change->resource->id, owner);
	return true;
}

static bool check_windows(struct change *change)
{
	return change_check_windows(
		change,
		json_string_value(change_after(change, "PreferredBackupWindow",
					       "PreferredBackupWindow")),
		json_string_value(change_after(change,
					       "PreferredMaintenanceWindow",
					       "PreferredMaintenanceWindow")));
}

static bool check_backtrack(struct change *change)
{
	json_t *window = change_given(change, "BacktrackWindow");

	if (!window)
		return true;
	if (strcmp(json_text(change->resource->state, "Engine"),
		   "aurora-mysql") != 0)
		return change_refuse(change, "InvalidParameterCombination",
				     "Backtrack is not supported for this "
				     "engine.");
	if (!json_object_get(change->resource->state, "BacktrackWindow"))
		return change_refuse(change, "InvalidParameterCombination",
				     "Backtrack can't be enabled for a DB "
				     "cluster that was created without it.");
	return true;
}

static bool check_http_endpoint(struct change *change)
{
	if (!change_given(change, "EnableHttpEndpoint") ||
	    !strcmp(json_text(change->resource->state, "EngineMode"),
		    "serverless"))
		return true;
	return change_refuse(change, "InvalidParameterCombination",
			     "EnableHttpEndpoint is valid only for Aurora "
			     "Serverless v1 DB clusters: use the operation "
			     "EnableHttpEndpoint.");
}

/* The family of a group that exists, or NULL. The caller frees it. */
static char *group_family(const struct place *place, const char *name)
{
	size_t index;
	json_t *group;

	json_array_foreach(place->cluster_groups, index, group) {
		const char *its =
			json_text(group, "DBClusterParameterGroupName");
		if (its && !strcasecmp(its, name))
			return xstrdup(
				json_text(group, "DBParameterGroupFamily"));
	}
	return !strncmp(name, "default.", 8) ? xstrdup(name + 8) : NULL;
}

static bool check_parameter_group(struct change *change)
{
	const char *name = json_string_value(
		change_given(change, "DBClusterParameterGroupName"));

	if (!name)
		return true;
	CLEANUP(free_ptr)
	char *has = group_family(change->resource->place, name);
	CLEANUP(free_ptr)
	char *needs = engine_family(
		json_text(change->resource->state, "Engine"),
		json_text(change->resource->state, "EngineVersion"));
	if (!has || (!strncmp(name, "default.", 8) && strcmp(has, needs) != 0 &&
		     !strstr(has, "aurora"))) {
		answer_error(change->call->answer, change->call->request, 404,
			     "DBClusterParameterGroupNotFound",
			     "DBClusterParameterGroup not found: %s", name);
		return false;
	}
	if (strcmp(has, needs) != 0)
		return change_refuse(
			change, "InvalidParameterCombination",
			"The parameter group %s with DBParameterGroupFamily "
			"%s can't be used for this DB cluster. Use a group "
			"with DBParameterGroupFamily %s.",
			name, has, needs);
	return true;
}

static bool check_version(struct change *change)
{
	const char *version =
		json_string_value(change_given(change, "EngineVersion"));
	const char *engine = json_text(change->resource->state, "Engine");

	if (version && !engine_version_find(engine, version))
		return change_refuse(change, "InvalidParameterCombination",
				     "Cannot find version %s for %s", version,
				     engine);
	return true;
}

static bool good_group_id(const char *id)
{
	return !strncmp(id, "sg-", 3) && strlen(id) > 3 &&
	       strspn(id + 3, "0123456789abcdef") == strlen(id + 3);
}

static bool collect_security_groups(struct change *change)
{
	json_t *ids = change_given(change, GROUPS);
	json_t *known = change->resource->place->security_groups;
	CLEANUP(json_release) json_t *groups = json_array();
	size_t index;
	json_t *id;

	if (!ids)
		return true;
	json_array_foreach(ids, index, id) {
		const char *text = json_string_value(id);
		if (!good_group_id(text) ||
		    (known && !json_array_has(known, text)))
			return change_refuse(
				change, "InvalidParameterValue",
				"Invalid security group , groupId= %s, "
				"groupName=.",
				text);
		json_array_append_new(groups,
				      json_pack("{ss ss}", "VpcSecurityGroupId",
						text, "Status", "active"));
	}
	CLEANUP(json_release)
	json_t *sorted = sorted_by(groups, "VpcSecurityGroupId");
	if (!json_equal(sorted, json_object_get(change->resource->state,
						"VpcSecurityGroups")))
		json_object_set(change->set, "VpcSecurityGroups", sorted);
	return true;
}

static bool check_log_types(struct change *change, json_t *types)
{
	CLEANUP(json_release)
	json_t *known = engine_log_types(
		json_text(change->resource->state, "Engine"),
		json_text(change->resource->state, "EngineVersion"));
	size_t index;
	json_t *type;

	json_array_foreach(types, index, type)
		if (!json_array_has(known, json_string_value(type)))
			return change_refuse(
				change, "InvalidParameterCombination",
				"You cannot use the log types '%s' with engine "
				"version %s %s.",
				json_string_value(type),
				json_text(change->resource->state, "Engine"),
				json_text(change->resource->state,
					  "EngineVersion"));
	return true;
}

/* The exports after the deltas, sorted. A new reference. */
static json_t *exports_after(json_t *live, json_t *enable, json_t *disable)
{
	CLEANUP(json_release) json_t *all = json_copy(live);
	json_t *after = json_array();
	size_t index;
	json_t *type;

	json_array_extend(all, enable);
	CLEANUP(json_release) json_t *sorted = json_sorted_set(all);
	json_array_foreach(sorted, index, type)
		if (!json_array_has(disable, json_string_value(type)))
			json_array_append(after, type);
	return after;
}

static bool collect_exports(struct change *change)
{
	json_t *enable = change_given(change, ENABLE);
	json_t *disable = change_given(change, DISABLE);
	json_t *live = json_object_get(change->resource->state,
				       "EnabledCloudwatchLogsExports");
	size_t index;
	json_t *type;

	if (!check_log_types(change, enable) ||
	    !check_log_types(change, disable))
		return false;
	json_array_foreach(enable, index, type)
		if (json_array_has(disable, json_string_value(type)))
			return change_refuse(
				change, "InvalidParameterCombination",
				"The log type '%s' is to be enabled and "
				"disabled.",
				json_string_value(type));
	CLEANUP(json_release)
	json_t *after = exports_after(live, enable, disable);
	if ((!enable && !disable) || json_equal(after, live))
		return true;
	json_object_set(change->set, "EnabledCloudwatchLogsExports", after);
	json_object_set_new(change->in_pending, "PendingCloudwatchLogsExports",
			    json_pack("{sO* sO*}", "LogTypesToEnable", enable,
				      "LogTypesToDisable", disable));
	return true;
}

static bool collect_domain(struct change *change)
{
	const char *domain = json_string_value(change_given(change, "Domain"));
	const char *role =
		json_string_value(change_given(change, "DomainIAMRoleName"));

	if (!domain && !role)
		return true;
	if (domain && !strcmp(domain, "none")) {
		json_object_set_new(change->set, "DomainMemberships",
				    json_array());
		return true;
	}
	if (!domain || !role)
		return change_refuse(change, "InvalidParameterCombination",
				     "Domain and DomainIAMRoleName must be "
				     "given together.");
	if (strncmp(domain, "d-", 2) != 0) {
		answer_error(change->call->answer, change->call->request, 404,
			     "DomainNotFoundFault", "Domain %s not found.",
			     domain);
		return false;
	}
	if (!account_role(change->resource->place->account, role))
		return change_refuse(change, "InvalidParameterValue",
				     "The IAM role %s does not exist.", role);
	json_object_set_new(change->set, "DomainMemberships",
			    json_pack("[{ss ss ss}]", "Domain", domain,
				      "Status", "joined", "IAMRoleName", role));
	return true;
}

/* What describes show while it is on its way. */
static void choose_status(struct change *change)
{
	change->status = "modifying";
	if (json_object_get(change->set, "EnabledCloudwatchLogsExports"))
		change->members = "configuring-log-exports";
	if (json_object_get(change->set, "Port"))
		change->members = "rebooting";
	json_t *authentication = json_object_get(
		change->deferred, "IAMDatabaseAuthenticationEnabled");
	json_t *live = json_object_get(change->resource->state,
				       "IAMDatabaseAuthenticationEnabled");
	if (change->immediately && authentication &&
	    !json_equal(authentication, live)) {
		change->status = "configuring-iam-database-auth";
		change->members = "configuring-iam-database-auth";
	}
}

void rds_modify_cluster(struct rds_call *call)
{
	CLEANUP(change_release)
	struct change change = { .call = call,
				 .set = json_object(),
				 .deferred = json_object(),
				 .in_pending = json_object() };

	if (!check_applicable(&change))
		return;
	change.given = params_read(call, params, ARRAY_SIZE(params));
	if (!change.given)
		return;
	change.resource = rds_find(call, true, "DBClusterIdentifier");
	if (!change.resource || !check_state(&change) ||
	    !check_backup(&change) || !check_windows(&change) ||
	    !check_backtrack(&change) || !check_http_endpoint(&change) ||
	    !check_parameter_group(&change) || !check_version(&change))
		return;
	change.immediately =
		json_is_true(change_given(&change, "ApplyImmediately"));
	change_collect(&change, params, ARRAY_SIZE(params));
	if (!collect_security_groups(&change) || !collect_exports(&change) ||
	    !collect_domain(&change) || !change_performance_insights(&change))
		return;
	choose_status(&change);
	/* last, since it makes a secret */
	if (!change_secret(&change))
		return;
	change_commit(&change);
}
