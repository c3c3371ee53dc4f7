/* Controls of how people and programs log in, and what they may then do. */
#include <string.h>
#include <strings.h>

#include "plans/catalogue.h"
#include "plans/controls_rows.h"
#include "plans/effective.h"
#include "plans/lookup.h"

#define GROUP KIND_CLUSTER_PARAMETER_GROUP
#define MEMBER KIND_INSTANCE_PARAMETER_GROUP

#define DAY ((json_int_t)24 * 60 * 60)
#define ROTATED_DAYS 90

/* ---- the master user's password --------------------------------------- */

static void judge_managed(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *value =
		judge_value(judging, cluster, "manage_master_user_password");
	const char *trouble =
		json_text(json_object_get(cluster->unhealthy,
					  "manage_master_user_password"),
			  "");

	if (json_is_false(value))
		(void)judge_fail(judging, json_false(),
				 "a secret that RDS keeps",
				 "somebody keeps the master user's password, "
				 "and nothing changes it");
	else if (json_is_string(value))
		(void)judge_fail(judging, json_string("unknown"),
				 "a secret that RDS keeps",
				 "the cluster names a secret that RDS does not "
				 "own, as after a restore");
	else if (trouble)
		(void)judge_fail(judging, json_true(),
				 "a secret that can be used", "%s", trouble);
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Where RDS keeps it, Secrets Manager tells when it was changed last. */
static void judge_rotated(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *managed = resource_value(
		cluster,
		catalogue_lookup(KIND_CLUSTER, "manage_master_user_password"));
	const json_t *rotation =
		json_object_get(cluster->facts, FACT_SECRET_ROTATION);
	json_int_t last = number_of(rotation, "last_rotated");

	if (!managed || json_is_false(managed)) {
		if (managed)
			judge_not_applicable(judging);
		else
			judge_unread(judging);
		return;
	}
	if (!rotation) {
		judge_unread(judging);
		return;
	}
	judge_note(judging, cluster, FACT_SECRET_ROTATION, NULL,
		   "RotationEnabled, LastRotatedDate", rotation);
	if (!last)
		last = number_of(rotation, "created");
	if (!json_is_true(json_object_get(rotation, "enabled")))
		(void)judge_fail(judging, json_false(), "rotation that is on",
				 "the rotation of its secret is off");
	else if (last && judging->now - last > ROTATED_DAYS * DAY)
		(void)judge_fail(judging, json_integer(last),
				 "a password of the past 90 days",
				 "its secret was rotated %d days ago",
				 (int)((judging->now - last) / DAY));
}

/* ---- parameters ------------------------------------------------------- */

static bool is_scram(const char *text)
{
	return text && !strncasecmp(text, "scram", strlen("scram"));
}

static void judge_hashing(struct judging *judging)
{
	static const struct parameter_wish stored = { "password_encryption",
						      is_scram, "scram-sha-256",
						      "scram-sha-256" };
	static const struct parameter_wish accepted = {
		"rds.accepted_password_auth_method", is_scram, "scram", "scram"
	};

	judge_parameter(judging, &stored);
	judge_parameter(judging, &accepted);
}

static void judge_commands(struct judging *judging)
{
	static const struct parameter_wish wish = {
		"rds.restrict_password_commands", parameter_is_on, "1", "1"
	};

	judge_parameter(judging, &wish);
}

static bool is_off(const char *text)
{
	return text && !parameter_is_on(text);
}

static void judge_local_infile(struct judging *judging)
{
	static const struct parameter_wish wish = { "local_infile", is_off, "0",
						    "0" };

	judge_parameter(judging, &wish);
}

static bool is_limited(const char *text)
{
	return text && *text && !parameter_lists(text, "*");
}

static void judge_extensions(struct judging *judging)
{
	static const struct parameter_wish wish = {
		"rds.allowed_extensions", is_limited,
		"a list of the extensions that are needed", NULL
	};

	judge_parameter(judging, &wish);
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "cluster-extensions-limited",
		.title = "Only named extensions can be installed",
		.why = "An extension runs inside the database, with what the "
		       "database may do.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { GROUP, "rds.allowed_extensions" } },
		.judge = judge_extensions,
		.fix = FIX_DECISION,
		.fix_text = "find out which extensions are in use, and set "
			    "rds.allowed_extensions to those",
	},
	{
		.id = "cluster-iam-authentication",
		.title = "Clients can log in by IAM",
		.why = "Passwords of the database are shared, and live longer "
		       "than the reason to know them.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.10", "FSBP RDS.12",
				"Config rds-cluster-iam-authentication-enabled",
				"Prowler "
				"rds_cluster_iam_authentication_enabled" },
		.settings = { { KIND_CLUSTER,
				"iam_database_authentication_enabled" } },
		.also = { { KIND_CLUSTER, "master_user_authentication_type" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "turn IAM database authentication on; the users "
			    "of the database are then made in SQL",
	},
	{
		.id = "cluster-local-infile-off",
		.title = "Clients cannot load files of theirs",
		.why = "A server that was taken over can ask its clients for "
		       "files of their machines.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_MYSQL,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { GROUP, "local_infile" },
			      { MEMBER, "local_infile" } },
		.judge = judge_local_infile,
		.fix = FIX_PLAN,
		.fix_text = "turn local_infile off; LOAD DATA LOCAL stops "
			    "working",
	},
	{
		.id = "cluster-password-commands",
		.title = "Only who may do so changes passwords",
		.why = "Passwords that their users choose in SQL follow no "
		       "rule about length or age.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.6",
				"CIS-Aurora-2.0.0 2.7" },
		.settings = { { GROUP, "rds.restrict_password_commands" } },
		.judge = judge_commands,
		.fix = FIX_PLAN,
		.fix_text = "restrict password commands; who has to change "
			    "passwords needs the role rds_password first",
	},
	{
		.id = "cluster-password-hashing",
		.title = "Passwords are stored and checked as SCRAM-SHA-256",
		.why = "Of MD5, who gets hold of the stored form can log in "
		       "with it or find the password.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.6" },
		.settings = { { GROUP, "password_encryption" },
			      { GROUP, "rds.accepted_password_auth_method" } },
		.judge = judge_hashing,
		.fix = FIX_PLAN,
		.fix_text = "store new passwords as SCRAM, let everybody set "
			    "theirs anew, then accept nothing else",
	},
	{
		.id = "cluster-password-managed",
		.title = "RDS keeps the master user's password",
		.why = "A password that people keep is copied, and nobody "
		       "changes it when one of them leaves.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.6" },
		.settings = { { KIND_CLUSTER, "manage_master_user_password" } },
		.also = { { KIND_CLUSTER, "master_user_password" },
			  { KIND_CLUSTER, "master_user_secret_kms_key_id" } },
		.lookups = LOOKUP_SECRET,
		.wanted = "true",
		.judge = judge_managed,
		.fix = FIX_PLAN,
		.fix_text = "let RDS keep it in Secrets Manager; the old "
			    "password stops working and cannot be brought back",
	},
	{
		.id = "cluster-password-rotated",
		.title = "The master user's password is rotated",
		.why = "A password that leaked opens the database until it is "
		       "changed.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.6", "FSBP SecretsManager.1",
				"FSBP SecretsManager.2",
				"FSBP SecretsManager.4",
				"Config "
				"secretsmanager-rotation-enabled-check",
				"Prowler "
				"secretsmanager_automatic_rotation_enabled" },
		.settings = { { KIND_CLUSTER, "manage_master_user_password" } },
		.also = { { KIND_CLUSTER, "rotate_master_user_password" } },
		.lookups = LOOKUP_SECRET,
		.judge = judge_rotated,
		.fix = FIX_DECISION,
		.fix_text = "turn the rotation of the secret on, or find out "
			    "why it fails: aws secretsmanager describe-secret",
	},
};

const struct control_table password_controls = { rows, ARRAY_SIZE(rows) };
