/* Controls of what a cluster itself says. */
#include "plans/controls_rows.h"

static const struct control rows[] = {
	{
		.id = "cluster-backup-retention",
		.title = "Backups are kept for at least a week",
		.why = "A loss that is found after the last backup is gone "
		       "cannot be undone.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.8", "FSBP RDS.11",
				"Config db-instance-backup-enabled",
				"Prowler rds_instance_backup_enabled" },
		.settings = { { KIND_CLUSTER, "backup_retention_period" } },
		.wanted = "7",
		.judge = judge_at_least,
		.fix = FIX_PLAN,
		.fix_text = "raise backup_retention_period",
	},
	{
		.id = "cluster-deletion-protection",
		.title = "Clusters cannot be deleted by one call",
		.why = "One mistaken or hostile call deletes the database.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.11", "FSBP RDS.7",
				"Config "
				"rds-cluster-deletion-protection-enabled",
				"Prowler rds_cluster_deletion_protection" },
		.settings = { { KIND_CLUSTER, "deletion_protection" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "turn deletion protection on",
	},
	{
		.id = "cluster-iam-authentication",
		.title = "Clients can log in by IAM",
		.why = "Passwords of the database are shared, and live longer "
		       "than the people who know them.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.10", "FSBP RDS.12",
				"Config rds-cluster-iam-authentication-enabled",
				"Prowler "
				"rds_cluster_iam_authentication_enabled" },
		.settings = { { KIND_CLUSTER,
				"iam_database_authentication_enabled" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "turn IAM database authentication on; the users "
			    "of the database are then made in SQL",
	},
	{
		.id = "cluster-storage-encrypted",
		.title = "Data at rest is encrypted",
		.why = "Whoever gets hold of the storage, or of a snapshot, "
		       "reads it.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.2", "CIS-AWS-3.0.0 2.3.1",
				"CIS-AWS-5.0.0 2.2.1", "CIS-AWS-7.0.0 3.2.1",
				"FSBP RDS.27", "Config rds-storage-encrypted",
				"Prowler rds_cluster_storage_encrypted" },
		.settings = { { KIND_CLUSTER, "storage_encrypted" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_ONE_WAY,
		.fix_text = "move the data to a cluster that is encrypted",
		.procedure = { "take a snapshot of the cluster",
			       "restore it with a KMS key of your own: the new "
			       "cluster is encrypted",
			       "give the new cluster the settings, parameter "
			       "groups, "
			       "security groups and roles of the old one",
			       "stop writing, catch up, and move the clients",
			       "delete the old cluster and its unencrypted "
			       "snapshots" },
	},
};

const struct control_table cluster_controls = { rows, ARRAY_SIZE(rows) };
