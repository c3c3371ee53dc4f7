/*
 * Parameter groups of clusters and of instances: the parameters that matter to
 * a security review. Any other is a setting as well, of a row that is made when
 * somebody names it.
 */
#include <string.h>

#include "plans/catalogue_rows.h"

#define GUIDE "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
#define API "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"
#define GROUPS_PAGE "USER_WorkingWithParamGroups.html"

#define MYSQL "aurora-mysql"
#define POSTGRESQL "aurora-postgresql"

#define OFF_WORDS "0 OFF off false"
#define OLD_TLS "TLSv1 TLSv1.1"

#define FACT "dynamic:"
#define NAME_LEN_MAX 255

/* Stored at once; a static one is in effect after a reboot. */
#define PARAMETER(its_kind, its_name, its_call)                          \
	.kind = (its_kind), .name = (its_name), .type = TYPE_PARAMETER,  \
	.read = "ParameterValue", .standing = STANDING_WRITABLE,         \
	.call = (its_call), .write = "ParameterValue", .nullable = true, \
	.check = check_parameter, .effect = EFFECT_REBOOT, .restart = true
#define CLUSTER_PARAMETER(its_name)                       \
	PARAMETER(KIND_CLUSTER_PARAMETER_GROUP, its_name, \
		  "rds:ModifyDBClusterParameterGroup"),   \
		.spared_by = FACT its_name
#define INSTANCE_PARAMETER(its_name)                       \
	PARAMETER(KIND_INSTANCE_PARAMETER_GROUP, its_name, \
		  "rds:ModifyDBParameterGroup"),           \
		.spared_by = FACT its_name

static const struct setting cluster_table[] = {
	{
		CLUSTER_PARAMETER("aurora_enhanced_binlog"),
		.summary = "Enhanced binlog; it goes with binlog_backup and "
			   "binlog_replication_globaldb",
		.engine = MYSQL,
		.together = "binlog",
		.severity = "low",
		.source = GUIDE "AuroraMySQL.Enhanced.binlog.html",
	},
	{
		CLUSTER_PARAMETER("babelfishpg_tds.tds_ssl_encrypt"),
		.summary = "Babelfish takes only encrypted connections",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OFF_WORDS,
		.cuts_off = true,
		.severity = "high",
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER(
			"babelfishpg_tds.tds_ssl_min_protocol_version"),
		.summary = "The oldest TLS version that Babelfish takes",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OLD_TLS,
		.cuts_off = true,
		.severity = "high",
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("binlog_backup"),
		.summary = "Backups of the binlog, which enhanced binlog does "
			   "without",
		.engine = MYSQL,
		.together = "binlog",
		.severity = "low",
		.source = GUIDE "AuroraMySQL.Enhanced.binlog.html",
	},
	{
		CLUSTER_PARAMETER("binlog_replication_globaldb"),
		.summary = "The binlog in secondary regions, which enhanced "
			   "binlog does without",
		.engine = MYSQL,
		.together = "binlog",
		.severity = "low",
		.source = GUIDE "AuroraMySQL.Enhanced.binlog.html",
	},
	{
		CLUSTER_PARAMETER("character_set_client"),
		.summary = "A character set or a collation, which must go "
			   "together",
		.engine = MYSQL,
		.together = "character sets",
		.severity = "info",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("character_set_connection"),
		.summary = "A character set or a collation, which must go "
			   "together",
		.engine = MYSQL,
		.together = "character sets",
		.severity = "info",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("character_set_database"),
		.summary = "A character set or a collation, which must go "
			   "together",
		.engine = MYSQL,
		.together = "character sets",
		.severity = "info",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("character_set_results"),
		.summary = "A character set or a collation, which must go "
			   "together",
		.engine = MYSQL,
		.together = "character sets",
		.severity = "info",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("character_set_server"),
		.summary = "A character set or a collation, which must go "
			   "together",
		.engine = MYSQL,
		.together = "character sets",
		.severity = "info",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("collation_connection"),
		.summary = "A character set or a collation, which must go "
			   "together",
		.engine = MYSQL,
		.together = "character sets",
		.severity = "info",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("collation_server"),
		.summary = "A character set or a collation, which must go "
			   "together",
		.engine = MYSQL,
		.together = "character sets",
		.severity = "info",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		.kind = KIND_CLUSTER_PARAMETER_GROUP,
		.name = "description",
		.type = TYPE_TEXT,
		.summary = "What the group is for, said when it is created",
		.read = "Description",
		.created = "\"made by aback\"",
		.standing = STANDING_WRITABLE,
		.call = "rds:CreateDBClusterParameterGroup",
		.write = "Description",
		.min = 1,
		.max = 255,
		.effect = EFFECT_IMMEDIATE,
		.severity = "info",
		.source = API "API_CreateDBClusterParameterGroup.html",
	},
	{
		.kind = KIND_CLUSTER_PARAMETER_GROUP,
		.name = "exists",
		.type = TYPE_BOOL,
		.summary = "The group is there: where a rule names it by its "
			   "exact id and gives its family, it is created",
		.read = "DBClusterParameterGroupName",
		.absent = "false",
		.implied = "true",
		.check = check_true,
		.removable = true,
		.standing = STANDING_WRITABLE,
		.call = "rds:CreateDBClusterParameterGroup",
		.write = "DBClusterParameterGroupName",
		.call_remove = "rds:DeleteDBClusterParameterGroup",
		.effect = EFFECT_IMMEDIATE,
		.severity = "low",
		.source = API "API_CreateDBClusterParameterGroup.html",
	},
	{
		.kind = KIND_CLUSTER_PARAMETER_GROUP,
		.name = "family",
		.type = TYPE_STRING,
		.summary = "The family of the group, said when it is created, "
			   "such as aurora-mysql8.0",
		.read = "DBParameterGroupFamily",
		.refers = true,
		.standing = STANDING_WRITABLE,
		.call = "rds:CreateDBClusterParameterGroup",
		.write = "DBParameterGroupFamily",
		.min = 1,
		.max = 255,
		.check = check_parameter_family,
		.effect = EFFECT_IMMEDIATE,
		.severity = "info",
		.source = API "API_CreateDBClusterParameterGroup.html",
	},
	{
		CLUSTER_PARAMETER("general_log"),
		.summary = "The general log is written",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("local_infile"),
		.summary = "Clients may load files of theirs",
		.engine = MYSQL,
		.exposure = EXPOSURE_WEAK,
		.weak = "1 ON on true",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("log_connections"),
		.summary = "Each connection is logged",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("log_disconnections"),
		.summary = "Each end of a connection is logged",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("log_statement"),
		.summary = "Which statements are logged; all may log secrets",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("password_encryption"),
		.summary = "How new passwords are stored",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = "md5",
		.cuts_off = true,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("pgaudit.log"),
		.summary = "The classes of statements that pgaudit logs",
		.engine = POSTGRESQL,
		.source =
			GUIDE "Appendix.PostgreSQL.CommonDBATasks.pgaudit.html",
	},
	{
		CLUSTER_PARAMETER("pgaudit.role"),
		.summary = "The role whose grants say what pgaudit logs",
		.engine = POSTGRESQL,
		.source =
			GUIDE "Appendix.PostgreSQL.CommonDBATasks.pgaudit.html",
	},
	{
		CLUSTER_PARAMETER("rds.accepted_password_auth_method"),
		.summary = "Which kinds of stored passwords may log in",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = "md5+scram",
		.cuts_off = true,
		.source = GUIDE
		"PostgreSQL_Password_Encryption_configuration.html",
	},
	{
		CLUSTER_PARAMETER("rds.allowed_extensions"),
		.summary = "The extensions that may be installed",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = "*",
		.source = GUIDE "PostgreSQL_Extensions.html",
	},
	{
		CLUSTER_PARAMETER("rds.force_ssl"),
		.summary = "Clients must use TLS",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OFF_WORDS,
		.cuts_off = true,
		.source = GUIDE "AuroraPostgreSQL.Security.html",
	},
	{
		CLUSTER_PARAMETER("rds.log_retention_period"),
		.summary =
			"How many minutes the instance keeps its own log files",
		.engine = POSTGRESQL,
		.loss = LOSS_LOWERING,
		.source = GUIDE "USER_LogAccess.Concepts.PostgreSQL.html",
	},
	{
		CLUSTER_PARAMETER("rds.restrict_password_commands"),
		.summary = "Only rds_password may change passwords",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OFF_WORDS,
		.cuts_off = true,
		.source = GUIDE "Appendix.PostgreSQL.CommonDBATasks.Roles.html",
	},
	{
		CLUSTER_PARAMETER("require_secure_transport"),
		.summary = "Clients must use TLS",
		.engine = MYSQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OFF_WORDS,
		.cuts_off = true,
		.source = GUIDE "AuroraMySQL.Security.html",
	},
	{
		CLUSTER_PARAMETER("server_audit_events"),
		.summary = "The events that advanced auditing logs",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Auditing.html",
	},
	{
		CLUSTER_PARAMETER("server_audit_excl_users"),
		.summary = "Users whose activity is not audited",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Auditing.html",
	},
	{
		CLUSTER_PARAMETER("server_audit_incl_users"),
		.summary = "Users whose activity alone is audited",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Auditing.html",
	},
	{
		CLUSTER_PARAMETER("server_audit_logging"),
		.summary = "Advanced auditing is on",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Auditing.html",
	},
	{
		CLUSTER_PARAMETER("server_audit_logs_upload"),
		.summary = "Audit logs go to CloudWatch Logs",
		.engine = MYSQL,
		.severity = "medium",
		.source = GUIDE "AuroraMySQL.Integrating.CloudWatch.html",
	},
	{
		CLUSTER_PARAMETER("shared_preload_libraries"),
		.summary = "The libraries that are loaded at start, such as "
			   "pgaudit",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("slow_query_log"),
		.summary = "The slow query log is written",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		CLUSTER_PARAMETER("ssl"),
		.summary = "The server offers TLS",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OFF_WORDS,
		.cuts_off = true,
		.severity = "high",
		.source = GUIDE "AuroraPostgreSQL.Security.html",
	},
	{
		CLUSTER_PARAMETER("ssl_cipher"),
		.summary = "The ciphers that are offered",
		.engine = MYSQL,
		.cuts_off = true,
		.severity = "medium",
		.source = GUIDE "AuroraMySQL.Security.html",
	},
	{
		CLUSTER_PARAMETER("ssl_ciphers"),
		.summary = "The ciphers that are offered",
		.engine = POSTGRESQL,
		.cuts_off = true,
		.severity = "medium",
		.source = GUIDE "AuroraPostgreSQL.Security.html",
	},
	{
		CLUSTER_PARAMETER("ssl_max_protocol_version"),
		.summary = "The newest TLS version that is taken",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OLD_TLS,
		.cuts_off = true,
		.severity = "medium",
		.source = GUIDE "AuroraPostgreSQL.Security.html",
	},
	{
		CLUSTER_PARAMETER("ssl_min_protocol_version"),
		.summary = "The oldest TLS version that is taken",
		.engine = POSTGRESQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OLD_TLS,
		.cuts_off = true,
		.source = GUIDE "AuroraPostgreSQL.Security.html",
	},
	{
		CLUSTER_PARAMETER("tls_version"),
		.summary = "The TLS versions that are taken",
		.engine = MYSQL,
		.exposure = EXPOSURE_WEAK,
		.weak = OLD_TLS,
		.cuts_off = true,
		.source = GUIDE "AuroraMySQL.Security.html",
	},
};
static const size_t cluster_table_len = ARRAY_SIZE(cluster_table);

static const struct setting instance_table[] = {
	{
		.kind = KIND_INSTANCE_PARAMETER_GROUP,
		.name = "description",
		.type = TYPE_TEXT,
		.summary = "What the group is for, said when it is created",
		.read = "Description",
		.created = "\"made by aback\"",
		.standing = STANDING_WRITABLE,
		.call = "rds:CreateDBParameterGroup",
		.write = "Description",
		.min = 1,
		.max = 255,
		.effect = EFFECT_IMMEDIATE,
		.severity = "info",
		.source = API "API_CreateDBParameterGroup.html",
	},
	{
		.kind = KIND_INSTANCE_PARAMETER_GROUP,
		.name = "exists",
		.type = TYPE_BOOL,
		.summary = "The group is there: where a rule names it by its "
			   "exact id and gives its family, it is created",
		.read = "DBParameterGroupName",
		.absent = "false",
		.implied = "true",
		.check = check_true,
		.removable = true,
		.standing = STANDING_WRITABLE,
		.call = "rds:CreateDBParameterGroup",
		.write = "DBParameterGroupName",
		.call_remove = "rds:DeleteDBParameterGroup",
		.effect = EFFECT_IMMEDIATE,
		.severity = "low",
		.source = API "API_CreateDBParameterGroup.html",
	},
	{
		.kind = KIND_INSTANCE_PARAMETER_GROUP,
		.name = "family",
		.type = TYPE_STRING,
		.summary = "The family of the group, said when it is created, "
			   "such as aurora-mysql8.0",
		.read = "DBParameterGroupFamily",
		.refers = true,
		.standing = STANDING_WRITABLE,
		.call = "rds:CreateDBParameterGroup",
		.write = "DBParameterGroupFamily",
		.min = 1,
		.max = 255,
		.check = check_parameter_family,
		.effect = EFFECT_IMMEDIATE,
		.severity = "info",
		.source = API "API_CreateDBParameterGroup.html",
	},
	{
		INSTANCE_PARAMETER("general_log"),
		.summary = "The general log is written",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		INSTANCE_PARAMETER("local_infile"),
		.summary = "Clients may load files of theirs",
		.engine = MYSQL,
		.exposure = EXPOSURE_WEAK,
		.weak = "1 ON on true",
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
	{
		INSTANCE_PARAMETER("log_connections"),
		.summary = "Each connection is logged",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		INSTANCE_PARAMETER("log_disconnections"),
		.summary = "Each end of a connection is logged",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		INSTANCE_PARAMETER("log_statement"),
		.summary = "Which statements are logged; all may log secrets",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		INSTANCE_PARAMETER("pgaudit.log"),
		.summary = "The classes of statements that pgaudit logs",
		.engine = POSTGRESQL,
		.source =
			GUIDE "Appendix.PostgreSQL.CommonDBATasks.pgaudit.html",
	},
	{
		INSTANCE_PARAMETER("pgaudit.role"),
		.summary = "The role whose grants say what pgaudit logs",
		.engine = POSTGRESQL,
		.source =
			GUIDE "Appendix.PostgreSQL.CommonDBATasks.pgaudit.html",
	},
	{
		INSTANCE_PARAMETER("rds.log_retention_period"),
		.summary =
			"How many minutes the instance keeps its own log files",
		.engine = POSTGRESQL,
		.loss = LOSS_LOWERING,
		.source = GUIDE "USER_LogAccess.Concepts.PostgreSQL.html",
	},
	{
		INSTANCE_PARAMETER("shared_preload_libraries"),
		.summary = "The libraries that are loaded at start, such as "
			   "pgaudit",
		.engine = POSTGRESQL,
		.source =
			GUIDE "AuroraPostgreSQL.Reference.ParameterGroups.html",
	},
	{
		INSTANCE_PARAMETER("slow_query_log"),
		.summary = "The slow query log is written",
		.engine = MYSQL,
		.source = GUIDE "AuroraMySQL.Reference.ParameterGroups.html",
	},
};
static const size_t instance_table_len = ARRAY_SIZE(instance_table);

/* As AWS writes them: "gtid-mode", "rds.force_ssl". */
static bool is_name(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	return *name && strchr(plain, *name) && strlen(name) <= NAME_LEN_MAX &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-")] ==
		       '\0';
}

#define FORM "^[a-z0-9][a-z0-9_.-]{0,254}$"
#define SUMMARY "Any other parameter that the group's family has"

struct open_rows catalogue_cluster_parameters = {
	.table = cluster_table,
	.table_len = &cluster_table_len,
	.like = { PARAMETER(KIND_CLUSTER_PARAMETER_GROUP, NULL,
			    "rds:ModifyDBClusterParameterGroup"),
		  .summary = SUMMARY, .spared_by = FACT, .severity = "info",
		  .source = GUIDE GROUPS_PAGE },
	.form = FORM,
	.is_name = is_name,
};

struct open_rows catalogue_instance_parameters = {
	.table = instance_table,
	.table_len = &instance_table_len,
	.like = { PARAMETER(KIND_INSTANCE_PARAMETER_GROUP, NULL,
			    "rds:ModifyDBParameterGroup"),
		  .summary = SUMMARY, .spared_by = FACT, .severity = "info",
		  .source = GUIDE GROUPS_PAGE },
	.form = FORM,
	.is_name = is_name,
};
