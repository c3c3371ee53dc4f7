/* Controls of what a cluster itself says: backups, deletion, availability. */
#include <string.h>

#include "plans/controls_rows.h"
#include "plans/lookup.h"
#include "plans/members.h"

/* ---- predicates ------------------------------------------------------- */

static void judge_retention(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const char *owner =
		json_text(cluster->owned_elsewhere, "backup_retention_period");

	judge_at_least(judging);
	if (owner && judging->failures_len)
		failure_how(&judging->failures[judging->failures_len - 1],
			    FIX_DECISION,
			    "raise it where it is decided, for here it cannot "
			    "be: %s",
			    owner);
}

static void judge_backtrack(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *value = judge_value(judging, cluster, "backtrack_window");

	if (value && !json_integer_value(value))
		(void)judge_fail(judging,
				 json_incref((json_t *)(uintptr_t)value),
				 "more than 0 seconds",
				 "the cluster was made without Backtrack");
}

static void judge_port(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *value = judge_value(judging, cluster, "port");
	const bool mysql =
		cluster->engine && !strcmp(cluster->engine, "aurora-mysql");
	const json_int_t usual = mysql ? 3306 : 5432;

	if (value && json_integer_value(value) == usual)
		(void)judge_fail(judging, json_integer(usual),
				 "another port than the engine's own",
				 "the port is %d, which everybody tries first",
				 (int)usual);
}

static void judge_admin(struct judging *judging)
{
	static const char *const usual[] = { "admin", "postgres" };
	const json_t *value =
		judge_value(judging, judging->resource, "master_username");
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < ARRAY_SIZE(usual); i++) {
		if (!strcmp(name, usual[i]))
			(void)judge_fail(judging, json_string(name),
					 "a name of its own",
					 "the master user is called '%s', as "
					 "everybody's is",
					 name);
	}
}

/* One member has nowhere to fail over to; the value says nothing of one. */
static void judge_multi_az(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *value = judge_value(judging, cluster, "multi_az");
	const size_t members = json_array_size(cluster_members(cluster));

	if (value && !json_is_true(value))
		(void)judge_fail(judging, json_false(),
				 "instances in two availability zones or more",
				 "its %zu instance%s in one availability zone "
				 "only",
				 members, members == 1 ? " is" : "s are");
}

static void judge_version(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *status =
		json_object_get(cluster->facts, FACT_VERSION_STATUS);
	const char *text = json_string_value(status);

	if (!text) {
		judge_unread(judging);
		return;
	}
	(void)judge_value(judging, cluster, "engine_version");
	judge_note(judging, cluster, FACT_VERSION_STATUS, NULL, "Status",
		   status);
	if (!strcmp(text, "deprecated"))
		(void)judge_fail(judging,
				 json_from_text(cluster->engine_version),
				 "a version that AWS still offers",
				 "%s %s is deprecated", cluster->engine,
				 cluster->engine_version);
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "cluster-admin-name",
		.title = "The master user has a name of its own",
		.why = "Who guesses passwords need not guess the name.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "FSBP RDS.24",
				"Config rds-cluster-default-admin-check",
				"Prowler rds_cluster_default_admin" },
		.settings = { { KIND_CLUSTER, "master_username" } },
		.judge = judge_admin,
		.fix = FIX_ONE_WAY,
		.fix_text = "move to a cluster that is made with another "
			    "master user",
		.procedure = { "make a new cluster with another master user "
			       "name",
			       "move the data: a dump and restore, or "
			       "replication, "
			       "for a snapshot keeps the name",
			       "make sure that applications use users of their "
			       "own",
			       "move the clients, then delete the old "
			       "cluster" },
	},
	{
		.id = "cluster-backtrack",
		.title = "Aurora MySQL can be rewound",
		.why = "A mistake of a minute costs a restore of hours.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_MYSQL,
		.references = { "FSBP RDS.14",
				"Config aurora-mysql-backtracking-enabled",
				"Prowler rds_cluster_backtrack_enabled" },
		.settings = { { KIND_CLUSTER, "backtrack_window" } },
		.judge = judge_backtrack,
		.fix = FIX_ONE_WAY,
		.fix_text = "move to a cluster that is made with Backtrack",
		.procedure = { "restore a snapshot, or clone the cluster, with "
			       "--backtrack-window",
			       "give the new cluster the settings of the old "
			       "one",
			       "move the clients, then delete the old "
			       "cluster" },
	},
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
		.judge = judge_retention,
		.fix = FIX_PLAN,
		.fix_text = "keep backups for longer",
	},
	{
		.id = "cluster-copy-tags",
		.title = "Snapshots get the tags of their cluster",
		.why = "What nobody can tell the owner of, nobody protects or "
		       "deletes.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.references = { "FSBP RDS.16",
				"Config "
				"rds-cluster-copy-tags-to-snapshots-enabled",
				"Prowler rds_cluster_copy_tags_to_snapshots" },
		.settings = { { KIND_CLUSTER, "copy_tags_to_snapshot" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "let snapshots get the tags",
	},
	{
		.id = "cluster-default-port",
		.title = "Clusters do not listen on the engine's usual port",
		.why = "The usual port is what scanners try first.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.references = { "FSBP RDS.23", "Config rds-no-default-ports",
				"Prowler rds_cluster_non_default_port" },
		.settings = { { KIND_CLUSTER, "port" } },
		.judge = judge_port,
		.fix = FIX_DECISION,
		.fix_text = "choose another port; changing it restarts all "
			    "instances, and clients and security groups must "
			    "follow",
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
		.id = "cluster-engine-version",
		.title = "The engine's version is one that AWS still offers",
		.why = "A version that is given up gets no security fixes.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "Prowler "
				"rds_instance_deprecated_engine_version" },
		.settings = { { KIND_CLUSTER, "engine_version" } },
		.lookups = LOOKUP_ENGINE_VERSION,
		.judge = judge_version,
		.fix = FIX_DECISION,
		.fix_text = "plan an upgrade, which is an outage and has to "
			    "be tested first",
	},
	{
		.id = "cluster-multi-az",
		.title = "Instances are in two availability zones or more",
		.why = "When the one zone fails, the database is away until "
		       "somebody makes another instance.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "CIS-AWS-4.0.0 2.2.4", "CIS-AWS-5.0.0 2.2.4",
				"CIS-AWS-6.0.0 3.2.4", "CIS-AWS-7.0.0 3.2.4",
				"FSBP RDS.15",
				"Config rds-cluster-multi-az-enabled",
				"Prowler rds_cluster_multi_az" },
		.settings = { { KIND_CLUSTER, "multi_az" } },
		.judge = judge_multi_az,
		.fix = FIX_DECISION,
		.fix_text = "add a reader in another availability zone, which "
			    "costs an instance",
	},
	{
		.id = "cluster-tagged",
		.title = "Clusters have tags",
		.why = "Nobody knows whom to ask about it.",
		.severity = SEVERITY_LOW,
		.kind = KIND_CLUSTER,
		.references = { "SecurityHub RDS.28" },
		.settings = { { KIND_CLUSTER, "tags" } },
		.judge = judge_set,
		.fix = FIX_DECISION,
		.fix_text = "say in tags whose it is and what for",
	},
};

const struct control_table cluster_controls = { rows, ARRAY_SIZE(rows) };
