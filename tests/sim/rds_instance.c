/* ModifyDBInstance and RebootDBInstance. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/engines.h"
#include "tests/sim/rds_modify.h"
#include "tests/sim/request.h"
#include "tests/sim/settle.h"

#define MONITORING_POLICY \
	"arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"

static const struct param params[] = {
	{ "DBInstanceIdentifier", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	{ "ApplyImmediately", PARAM_CONTROL, WHEN_APART, NULL, 0, 0, NULL },
	{ "CertificateRotationRestart", PARAM_CONTROL, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "AutoMinorVersionUpgrade", PARAM_BOOL, WHEN_SOON,
	  "AutoMinorVersionUpgrade", 0, 0, NULL },
	{ "CACertificateIdentifier", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	/* accepted on a member, without any effect */
	{ "CopyTagsToSnapshot", PARAM_BOOL, WHEN_APART, NULL, 0, 0, NULL },
	{ "DBInstanceClass", PARAM_TEXT, WHEN_DEFERRED, "DBInstanceClass", 0, 0,
	  NULL },
	{ "DBParameterGroupName", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	{ "EnablePerformanceInsights", PARAM_BOOL, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "MonitoringInterval", PARAM_INT, WHEN_SOON, "MonitoringInterval", 0,
	  60, NULL },
	{ "MonitoringRoleArn", PARAM_TEXT, WHEN_APART, NULL, 0, 0, NULL },
	{ "PerformanceInsightsKMSKeyId", PARAM_TEXT, WHEN_APART, NULL, 0, 0,
	  NULL },
	{ "PerformanceInsightsRetentionPeriod", PARAM_INT, WHEN_APART, NULL, 0,
	  10000, NULL },
	{ "PreferredMaintenanceWindow", PARAM_WEEK_WINDOW, WHEN_SOON,
	  "PreferredMaintenanceWindow", 0, 0, NULL },
	{ "PromotionTier", PARAM_INT, WHEN_SOON, "PromotionTier", 0, 15, NULL },
	{ "PubliclyAccessible", PARAM_BOOL, WHEN_SOON, "PubliclyAccessible", 0,
	  0, NULL },
};

/* The cluster owns these of a member, or they mean nothing there. */
static const char *const cluster_owns[] = {
	"AllocatedStorage",
	"AllowMajorVersionUpgrade",
	"BackupRetentionPeriod",
	"CloudwatchLogsExportConfiguration.",
	"DBPortNumber",
	"DBSecurityGroups.",
	"DBSubnetGroupName",
	"DatabaseInsightsMode",
	"DeletionProtection",
	"Domain",
	"DomainIAMRoleName",
	"EnableIAMDatabaseAuthentication",
	"EngineVersion",
	"Iops",
	"LicenseModel",
	"ManageMasterUserPassword",
	"MasterUserPassword",
	"MasterUserSecretKmsKeyId",
	"MultiAZ",
	"NetworkType",
	"OptionGroupName",
	"PreferredBackupWindow",
	"ProcessorFeatures.",
	"RotateMasterUserPassword",
	"StorageThroughput",
	"StorageType",
	"TdeCredentialArn",
	"TdeCredentialPassword",
	"UseDefaultProcessorFeatures",
	"VpcSecurityGroupIds.",
};

static bool check_owner(struct change *change)
{
	const char *key;
	json_t *ignored;

	json_object_foreach(change->call->request->parameters, key, ignored)
		for (size_t i = 0; i < ARRAY_SIZE(cluster_owns); i++) {
			size_t len = strlen(cluster_owns[i]);
			bool prefix = cluster_owns[i][len - 1] == '.';
			if (prefix ? strncmp(key, cluster_owns[i], len) != 0
				   : strcmp(key, cluster_owns[i]) != 0)
				continue;
			return change_refuse(
				change, "InvalidParameterCombination",
				"The requested DB Instance is a member of a DB "
				"Cluster. Set %.*s for the DB Cluster.",
				(int)(prefix ? len - 1 : len), cluster_owns[i]);
		}
	return true;
}

static bool check_state(struct change *change)
{
	const struct resource *instance = change->resource;
	const char *status = resource_status(instance);

	if (!instance->flight && (!strcmp(status, "available") ||
				  !strcmp(status, "storage-optimization")))
		return true;
	return change_refuse(change, "InvalidDBInstanceState",
			     "Database instance is not in available state: %s "
			     "is %s.",
			     instance->id, status);
}

/* ---- Enhanced Monitoring ------------------------------------------------ */

static bool good_interval(json_t *interval)
{
	static const long good[] = { 0, 1, 5, 10, 15, 30, 60 };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (json_integer_value(interval) == good[i])
			return true;
	return false;
}

/* The role exists and has the policy that RDS needs. */
static bool good_role(const struct change *change, const char *arn)
{
	const char *name = strrchr(arn, '/');
	struct role *role =
		name ? account_role(change->resource->place->account, name + 1)
		     : NULL;

	return role && !strcmp(json_text(role->state, "Arn"), arn) &&
	       json_array_has(json_object_get(role->state, "AttachedPolicies"),
			      MONITORING_POLICY);
}

static bool collect_monitoring(struct change *change)
{
	json_t *interval = change_given(change, "MonitoringInterval");
	json_t *role = change_given(change, "MonitoringRoleArn");
	bool on = json_integer_value(change_after(change, "MonitoringInterval",
						  "MonitoringInterval")) != 0;

	if (interval && !good_interval(interval))
		return change_refuse(change, "InvalidParameterValue",
				     "Invalid value for MonitoringInterval. "
				     "Valid values: 0, 1, 5, 10, 15, 30, 60");
	if (role && !on)
		return change_refuse(
			change, "InvalidParameterCombination",
			"You must specify a MonitoringInterval value other "
			"than 0 when you specify a MonitoringRoleARN value.");
	if (interval && on &&
	    !change_after(change, "MonitoringRoleArn", "MonitoringRoleArn"))
		return change_refuse(
			change, "InvalidParameterCombination",
			"A MonitoringRoleARN value is required if you specify "
			"a MonitoringInterval value other than 0.");
	if (role && !good_role(change, json_string_value(role)))
		return change_refuse(
			change, "InvalidParameterValue",
			"IAM role ARN value is invalid or does not include "
			"the required permissions for: ENHANCED_MONITORING");
	if (role)
		json_object_set(change->set, "MonitoringRoleArn", role);
	else if (interval && !on)
		json_object_set_new(change->set, "MonitoringRoleArn",
				    json_null());
	return true;
}

/* ---- certificate and parameter group ------------------------------------ */

static bool rotates_without_restart(const struct resource *instance)
{
	const struct resource *cluster = resource_cluster(instance);
	const json_t *owner = cluster ? cluster->state : instance->state;
	const struct engine_version *version = engine_version_find(
		json_text(owner, "Engine"), json_text(owner, "EngineVersion"));

	return version && version->rotates_without_restart;
}

static bool collect_certificate(struct change *change)
{
	json_t *id = change_given(change, "CACertificateIdentifier");
	json_t *restart = change_given(change, "CertificateRotationRestart");

	if (restart && !id)
		return change_refuse(
			change, "InvalidParameterCombination",
			"CACertificateIdentifier is required to use the "
			"NoCertificateRotationRestart option");
	if (!id)
		return true;
	if (!certificate_find(json_string_value(id))) {
		answer_error(change->call->answer, change->call->request, 404,
			     "CertificateNotFound", "Certificate not found: %s",
			     json_string_value(id));
		return false;
	}
	/* without a restart: at once, or at the next reboot */
	if (!rotates_without_restart(change->resource) &&
	    json_is_false(restart))
		json_object_set(change->at_reboot, "CACertificateIdentifier",
				id);
	else
		json_object_set(change->deferred, "CACertificateIdentifier",
				id);
	return true;
}

static char *group_family(const struct place *place, const char *name)
{
	size_t index;
	json_t *group;

	json_array_foreach(place->instance_groups, index, group) {
		const char *its = json_text(group, "DBParameterGroupName");
		if (its && !strcasecmp(its, name))
			return xstrdup(
				json_text(group, "DBParameterGroupFamily"));
	}
	return !strncmp(name, "default.", 8) ? xstrdup(name + 8) : NULL;
}

static bool collect_parameter_group(struct change *change)
{
	const char *name =
		json_string_value(change_given(change, "DBParameterGroupName"));
	const struct resource *cluster = resource_cluster(change->resource);
	const json_t *owner =
		cluster ? cluster->state : change->resource->state;

	if (!name)
		return true;
	CLEANUP(free_ptr)
	char *has = group_family(change->resource->place, name);
	CLEANUP(free_ptr)
	char *needs = engine_family(json_text(owner, "Engine"),
				    json_text(owner, "EngineVersion"));
	if (!has) {
		answer_error(change->call->answer, change->call->request, 404,
			     "DBParameterGroupNotFound",
			     "DBParameterGroup not found: %s", name);
		return false;
	}
	if (strcmp(has, needs) != 0)
		return change_refuse(
			change, "InvalidParameterCombination",
			"The parameter group %s with DBParameterGroupFamily "
			"%s can't be used for this instance. Use a group with "
			"DBParameterGroupFamily %s.",
			name, has, needs);
	json_t *live = json_array_get(
		json_object_get(change->resource->state, "DBParameterGroups"),
		0);
	const char *live_name = json_text(live, "DBParameterGroupName");
	if (live_name && !strcmp(live_name, name))
		return true;
	json_object_set_new(change->set, "DBParameterGroups",
			    json_pack("[{ss ss}]", "DBParameterGroupName", name,
				      "ParameterApplyStatus",
				      "pending-reboot"));
	return true;
}

static bool check_class(struct change *change)
{
	const char *class =
		json_string_value(change_given(change, "DBInstanceClass"));

	if (class && strncmp(class, "db.", 3) != 0)
		return change_refuse(change, "InvalidParameterValue",
				     "Invalid DB Instance class: %s", class);
	return true;
}

/* What describes show while it is on its way. */
static void choose_status(struct change *change)
{
	change->status = "modifying";
	if (json_object_get(change->set, "MonitoringInterval") ||
	    json_object_get(change->set, "MonitoringRoleArn"))
		change->status = "configuring-enhanced-monitoring";
}

void rds_modify_instance(struct rds_call *call)
{
	CLEANUP(change_release)
	struct change change = { .call = call,
				 .set = json_object(),
				 .deferred = json_object(),
				 .at_reboot = json_object(),
				 .in_pending = json_object() };

	if (!request_get(call->request, "DBInstanceIdentifier")) {
		(void)rds_find(call, false, "DBInstanceIdentifier");
		return;
	}
	change.resource = rds_find(call, false, "DBInstanceIdentifier");
	if (!change.resource ||
	    (resource_cluster(change.resource) && !check_owner(&change)))
		return;
	change.given = params_read(call, params, ARRAY_SIZE(params));
	if (!change.given || !check_state(&change) || !check_class(&change))
		return;
	change.immediately =
		json_is_true(change_given(&change, "ApplyImmediately"));
	change_collect(&change, params, ARRAY_SIZE(params));
	if (!collect_monitoring(&change) || !collect_certificate(&change) ||
	    !collect_parameter_group(&change) ||
	    !change_performance_insights(&change))
		return;
	choose_status(&change);
	change_commit(&change);
}

void rds_reboot_instance(struct rds_call *call)
{
	static const char *const names[] = { "DBInstanceIdentifier",
					     "ForceFailover" };

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	struct resource *instance =
		rds_find(call, false, "DBInstanceIdentifier");
	if (!instance)
		return;
	CLEANUP(change_release)
	struct change change = { .call = call, .resource = instance };
	if (!check_state(&change))
		return;
	change.set = json_pack("{sb}", "reboot", 1);
	change.in_pending = json_object();
	change.status = "rebooting";
	change_commit(&change);
}
