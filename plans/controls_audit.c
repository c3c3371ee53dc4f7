/*
 * Controls of what the engines write down: who connected, what was asked, and
 * by whom it was changed.
 */
#include <string.h>
#include <strings.h>

#include "plans/catalogue.h"
#include "plans/cluster_own.h"
#include "plans/controls_rows.h"
#include "plans/effective.h"

#define GROUP KIND_CLUSTER_PARAMETER_GROUP
#define MEMBER KIND_INSTANCE_PARAMETER_GROUP

static bool is_given(const char *text)
{
	return text && *text;
}

static bool is_empty(const char *text)
{
	return !is_given(text);
}

/* ---- aurora-mysql ----------------------------------------------------- */

static void judge_mysql_audit(struct judging *judging)
{
	static const struct parameter_wish on = { "server_audit_logging",
						  parameter_is_on, "1", "1" };
	static const struct parameter_wish events = {
		"server_audit_events", is_given, "a list of events",
		"CONNECT,QUERY_DCL,QUERY_DDL"
	};

	judge_parameter(judging, &on);
	judge_parameter(judging, &events);
}

static void judge_mysql_users(struct judging *judging)
{
	static const struct parameter_wish included = {
		"server_audit_incl_users", is_empty, "empty: all users", NULL
	};
	static const struct parameter_wish excluded = {
		"server_audit_excl_users", is_empty, "empty: nobody left out",
		NULL
	};

	judge_parameter(judging, &included);
	judge_parameter(judging, &excluded);
}

/* A log that is exported and not written carries nothing. */
static void judge_mysql_logs(struct judging *judging)
{
	static const struct {
		const char *log;
		struct parameter_wish wish;
	} logs[] = {
		{ "general", { "general_log", parameter_is_on, "1", "1" } },
		{ "slowquery",
		  { "slow_query_log", parameter_is_on, "1", "1" } },
	};
	const json_t *exported = judge_value(judging, judging->resource,
					     "enabled_cloudwatch_logs_exports");
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		if (!json_array_has(exported, logs[i].log))
			continue;
		any = true;
		judge_parameter(judging, &logs[i].wish);
	}
	if (exported && !any)
		judge_not_applicable(judging);
}

/* ---- aurora-postgresql ------------------------------------------------ */

static bool has_pgaudit(const char *text)
{
	return parameter_lists(text, "pgaudit");
}

static bool audits(const char *text)
{
	return is_given(text) && !parameter_lists(text, "none");
}

/* Which statements by class, or by the grants of a role: either will do. */
static bool by_role(const struct judging *judging)
{
	struct effective role;

	return effective_parameter(judging->live, judging->resource, NULL,
				   "pgaudit.role", &role) &&
	       is_given(role.text);
}

/* It becomes a member of the list, so that what else is loaded stays. */
static void add_pgaudit(struct failure *failure)
{
	static const char libraries[] = "shared_preload_libraries";
	json_t *members = json_pack("{s[s]}", "include", "pgaudit");
	const bool direct = !strcmp(failure->setting->name, libraries);

	failure_how(failure, FIX_PLAN,
		    "load pgaudit beside what is loaded, and reboot; CREATE "
		    "EXTENSION pgaudit is then made in SQL");
	failure_fix(failure, failure->holder, failure->setting->name,
		    direct ? members : json_pack("{so}", libraries, members));
}

static void judge_pgaudit(struct judging *judging)
{
	static const struct parameter_wish loaded = {
		"shared_preload_libraries", has_pgaudit,
		"a list that has pgaudit", NULL
	};
	static const struct parameter_wish logged = {
		"pgaudit.log", audits, "the classes of statements to log",
		"ddl,role,write"
	};

	judge_parameter(judging, &loaded);
	if (!by_role(judging))
		judge_parameter(judging, &logged);
	for (size_t i = 0; i < judging->failures_len; i++) {
		if (judging->failures[i].fix == FIX_DECISION)
			add_pgaudit(&judging->failures[i]);
	}
}

static void judge_connections(struct judging *judging)
{
	static const struct parameter_wish begun = { "log_connections",
						     parameter_is_on, "1",
						     "1" };
	static const struct parameter_wish ended = { "log_disconnections",
						     parameter_is_on, "1",
						     "1" };

	judge_parameter(judging, &begun);
	judge_parameter(judging, &ended);
}

static bool logs_changes(const char *text)
{
	return text && *text && strcasecmp(text, "none") != 0;
}

static void judge_statements(struct judging *judging)
{
	static const struct parameter_wish wish = { "log_statement",
						    logs_changes, "ddl or more",
						    "ddl" };

	judge_parameter(judging, &wish);
}

/* In minutes; three days are the default. */
static bool is_kept(const char *text)
{
	return text && strtoll(text, NULL, 10) >= 4320;
}

static void judge_kept(struct judging *judging)
{
	static const struct parameter_wish wish = { "rds.log_retention_period",
						    is_kept, "4320 or more",
						    "4320" };

	judge_parameter(judging, &wish);
}

/* ---- either ----------------------------------------------------------- */

static void judge_stream(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const char *status =
		judge_fact_text(judging, cluster, CLUSTER_STREAM_STATUS);

	if (!resource_value(cluster,
			    catalogue_lookup(KIND_CLUSTER, CLUSTER_STREAM)))
		judge_unread(judging);
	else if (!status || strcasecmp(status, "started") != 0)
		(void)judge_fail(
			judging, json_from_text(status ? status : "stopped"),
			"a stream that is started", "its activity stream is %s",
			status ? status : "stopped");
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "cluster-activity-stream",
		.title = "What happens in the database is streamed out of it",
		.why = "Who administers the database can change its own logs, "
		       "and not the stream.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { KIND_CLUSTER, "database_activity_stream" } },
		.judge = judge_stream,
		.fix = FIX_DECISION,
		.fix_text = "choose a KMS key and a mode, and who reads the "
			    "stream; starting it restarts the cluster and "
			    "costs throughput",
	},
	{
		.id = "mysql-audit-events",
		.title = "Aurora MySQL writes an audit log",
		.why = "Afterwards nobody can tell who connected and what was "
		       "changed.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_MYSQL,
		.references = { "CIS-Aurora-2.0.0 2.5", "FSBP RDS.45",
				"Config aurora-mysql-cluster-audit-logging" },
		.settings = { { GROUP, "server_audit_logging" },
			      { GROUP, "server_audit_events" } },
		.also = { { KIND_CLUSTER, "db_cluster_parameter_group_name" },
			  { GROUP, "server_audit_logs_upload" } },
		.judge = judge_mysql_audit,
		.fix = FIX_PLAN,
		.fix_text = "turn the audit log on, and say which events",
	},
	{
		.id = "mysql-audit-users",
		.title = "The audit log leaves nobody out",
		.why = "Who is left out can do anything unseen.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_MYSQL,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { GROUP, "server_audit_incl_users" },
			      { GROUP, "server_audit_excl_users" } },
		.judge = judge_mysql_users,
		.fix = FIX_DECISION,
		.fix_text = "see why these users are named, and empty the list "
			    "where there is no reason",
	},
	{
		.id = "mysql-logs-written",
		.title = "Logs that are exported are written",
		.why = "An export of a log that nobody writes looks like "
		       "logging "
		       "and is none.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_MYSQL,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { GROUP, "general_log" },
			      { GROUP, "slow_query_log" },
			      { MEMBER, "general_log" },
			      { MEMBER, "slow_query_log" } },
		.judge = judge_mysql_logs,
		.fix = FIX_PLAN,
		.fix_text = "write the log, or stop exporting it; the general "
			    "log has every statement, with its values",
	},
	{
		.id = "postgresql-audit",
		.title = "Aurora PostgreSQL audits statements with pgaudit",
		.why = "Afterwards nobody can tell who read or changed what.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { GROUP, "pgaudit.log" },
			      { GROUP, "shared_preload_libraries" },
			      { GROUP, "pgaudit.role" },
			      { MEMBER, "pgaudit.log" },
			      { MEMBER, "shared_preload_libraries" },
			      { MEMBER, "pgaudit.role" } },
		.also = { { KIND_CLUSTER, "db_cluster_parameter_group_name" } },
		.judge = judge_pgaudit,
		.fix = FIX_PLAN,
		.fix_text = "say which classes of statements pgaudit logs",
	},
	{
		.id = "postgresql-connections",
		.title = "Connections are logged",
		.why = "Afterwards nobody can tell who was there.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { GROUP, "log_connections" },
			      { GROUP, "log_disconnections" },
			      { MEMBER, "log_connections" },
			      { MEMBER, "log_disconnections" } },
		.judge = judge_connections,
		.fix = FIX_PLAN,
		.fix_text = "log when a connection begins and when it ends",
	},
	{
		.id = "postgresql-log-kept",
		.title = "Instances keep their own logs for three days",
		.why = "What was not exported yet when an incident begins is "
		       "gone before somebody looks.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { GROUP, "rds.log_retention_period" },
			      { MEMBER, "rds.log_retention_period" } },
		.judge = judge_kept,
		.fix = FIX_PLAN,
		.fix_text = "keep log files for at least three days",
	},
	{
		.id = "postgresql-statements",
		.title = "Statements that change the schema are logged",
		.why = "Afterwards nobody can tell what was changed.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { GROUP, "log_statement" },
			      { MEMBER, "log_statement" } },
		.judge = judge_statements,
		.fix = FIX_PLAN,
		.fix_text = "log ddl; more than that may write secrets into "
			    "the log",
	},
};

const struct control_table audit_controls = { rows, ARRAY_SIZE(rows) };
