/* Controls of logs outside of the database: that they get there, and stay. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/controls_rows.h"
#include "plans/log_group.h"

#define EXPORTS "enabled_cloudwatch_logs_exports"
#define DAY ((int64_t)24 * 60 * 60)
#define QUIET_DAYS 7

/* ---- predicates ------------------------------------------------------- */

static void judge_exported(struct judging *judging, const char *log)
{
	const struct resource *cluster = judging->resource;
	const json_t *value = judge_value(judging, cluster, EXPORTS);
	struct failure *failure;

	if (!value || json_array_has(value, log))
		return;
	failure = judge_fail(judging, json_incref((json_t *)(uintptr_t)value),
			     log, "the log '%s' is not exported", log);
	failure_fix(failure, cluster, EXPORTS,
		    json_pack("{s[s]}", "include", log));
}

static void judge_audit_exported(struct judging *judging)
{
	judge_exported(judging, "audit");
}

static void judge_postgresql_exported(struct judging *judging)
{
	judge_exported(judging, "postgresql");
}

/* A year, or for ever. */
static void judge_retention(struct judging *judging)
{
	const json_t *value =
		judge_value(judging, judging->resource, "retention_in_days");

	if (json_is_integer(value) && json_integer_value(value) < 365)
		(void)judge_fail(judging,
				 json_incref((json_t *)(uintptr_t)value),
				 "365 days or more",
				 "what is older than %d day%s is deleted",
				 (int)json_integer_value(value),
				 json_integer_value(value) == 1 ? "" : "s");
}

static void fail_log(struct judging *judging, const char *log,
		     const char *newest, const char *message)
{
	failure_member(judge_fail(judging, json_from_text(newest),
				  "an event in the past week", "%s", message),
		       log);
}

static void judge_log(struct judging *judging, const char *log)
{
	CLEANUP(free_ptr)
	char *name = log_group_name(judging->resource->id, log);
	bool unread;
	const json_t *group =
		judge_part_member(judging, "log_groups", name, &unread);
	const char *text = json_text(group, "lastEventTimestamp");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(free_ptr) char *message = NULL;
	int64_t last = 0;

	if (unread)
		return;
	if (text && clock_parse(text, &last, &err)) {
		judge_unread(judging);
		return;
	}
	if (last && judging->now - last <= QUIET_DAYS * DAY)
		return;
	if (!group || json_object_get(group, "missing"))
		message = xasprintf("the log group '%s' is not there", name);
	else if (!text)
		message = xasprintf("nothing ever came to '%s'", name);
	else
		message = xasprintf("the newest event of '%s' is of %s", name,
				    text);
	fail_log(judging, log, text, message);
}

/* Every log that is exported is to arrive. */
static void judge_arrives(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *logs = judge_value(judging, cluster, EXPORTS);
	size_t i;
	json_t *log;

	if (logs && !json_array_size(logs)) {
		judge_not_applicable(judging);
		return;
	}
	json_array_foreach(logs, i, log)
		judge_log(judging, json_string_value(log));
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "log-group-deletion-protection",
		.title = "Log groups cannot be deleted by one call",
		.why = "Whoever was there deletes the traces.",
		.severity = SEVERITY_LOW,
		.kind = KIND_LOG_GROUP,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { KIND_LOG_GROUP, "deletion_protection" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "turn deletion protection of the group on",
	},
	{
		.id = "log-group-encrypted",
		.title = "Log groups are encrypted with a key of the account",
		.why = "Logs may hold statements with their values.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_LOG_GROUP,
		.references = { "CIS-Aurora-2.0.0 2.5",
				"Config cloudwatch-log-group-encrypted",
				"Prowler "
				"cloudwatch_log_group_kms_encryption_enabled" },
		.settings = { { KIND_LOG_GROUP, "kms_key_id" } },
		.judge = judge_set,
		.fix = FIX_DECISION,
		.fix_text = "choose a key whose policy lets CloudWatch Logs "
			    "use it, and set kms_key_id to that",
	},
	{
		.id = "log-group-receives",
		.title = "Logs that are exported arrive",
		.why = "A log that stopped coming is noticed when it is "
		       "needed.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.parts = { "log_groups" },
		.judge = judge_arrives,
		.fix = FIX_DECISION,
		.fix_text = "find out why nothing comes: the engine's "
			    "parameters, the service-linked role of RDS, or a "
			    "database that nobody uses",
	},
	{
		.id = "log-group-retention",
		.title = "Logs are kept for a year",
		.why = "An intrusion is often found months after it began.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_LOG_GROUP,
		.references = { "CIS-Aurora-2.0.0 2.5",
				"Config cw-loggroup-retention-period-check",
				"Prowler cloudwatch_log_group_retention_policy_"
				"specific_days_enabled" },
		.settings = { { KIND_LOG_GROUP, "retention_in_days" } },
		.wanted = "365",
		.judge = judge_retention,
		.fix = FIX_PLAN,
		.fix_text = "keep what is in it for longer; what is deleted "
			    "already stays so",
	},
	{
		.id = "mysql-audit-exported",
		.title = "The audit log goes to CloudWatch",
		.why = "What only the instance has is gone with it, or with "
		       "who took it over.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_MYSQL,
		.references = { "CIS-Aurora-2.0.0 2.5", "FSBP RDS.34",
				"Config rds-aurora-mysql-audit-logging-enabled",
				"Prowler "
				"rds_cluster_integration_cloudwatch_logs" },
		.settings = { { KIND_CLUSTER, EXPORTS } },
		.judge = judge_audit_exported,
		.fix = FIX_PLAN,
		.fix_text = "export the audit log",
	},
	{
		.id = "postgresql-log-exported",
		.title = "The log of PostgreSQL goes to CloudWatch",
		.why = "What only the instance has is gone with it, or with "
		       "who took it over.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.5", "FSBP RDS.37",
				"Config "
				"rds-aurora-postgresql-logs-to-cloudwatch",
				"Prowler "
				"rds_cluster_integration_cloudwatch_logs" },
		.settings = { { KIND_CLUSTER, EXPORTS } },
		.judge = judge_postgresql_exported,
		.fix = FIX_PLAN,
		.fix_text = "export the log of PostgreSQL",
	},
};

const struct control_table logging_controls = { rows, ARRAY_SIZE(rows) };
