/* Controls of data at rest: clusters, snapshots, and the keys of both. */
#include <string.h>

#include "plans/controls_rows.h"
#include "plans/kms_key.h"
#include "plans/policy_statements.h"

/* ---- predicates ------------------------------------------------------- */

/* The key of the subject's kms_key_id, which is to be the account's own. */
static void judge_own_key(struct judging *judging)
{
	const struct resource *resource = judging->resource;
	const json_t *encrypted =
		judge_value(judging, resource, "storage_encrypted");
	const json_t *value = judge_value(judging, resource, "kms_key_id");
	const char *arn = json_string_value(value);
	const struct resource *key;
	bool unread;

	if (!encrypted || !value)
		return;
	if (!json_is_true(encrypted)) {
		judge_not_applicable(judging);
		return;
	}
	if (!arn || !*arn) {
		(void)judge_fail(judging, NULL, "a KMS key of your own",
				 "it is encrypted with a key that AWS owns, "
				 "which nobody here can see or revoke");
		return;
	}
	/* AWS's keys are shared with nobody: this is somebody's own */
	if (kms_key_is_foreign(arn, resource->place))
		return;
	key = judge_find(judging, KIND_KMS_KEY,
			 kms_key_id_of(arn, resource->place), &unread);
	if (!key) {
		if (!unread)
			(void)judge_fail(judging, json_string(arn),
					 "a KMS key that exists",
					 "its key '%s' does not exist", arn);
		return;
	}
	if (!strcmp(json_text(key->facts, KMS_MANAGER)
			    ? json_text(key->facts, KMS_MANAGER)
			    : "CUSTOMER",
		    "AWS")) {
		(void)judge_fact(judging, key, KMS_MANAGER);
		(void)judge_fail(judging, json_string(arn),
				 "a KMS key of your own",
				 "it is encrypted with a key that AWS manages, "
				 "whose policy nobody here can change");
	}
}

static bool is_own_key(const struct resource *key)
{
	const char *manager = json_text(key->facts, KMS_MANAGER);

	return manager && strcmp(manager, "AWS") != 0;
}

/* Only symmetric keys that KMS made can be rotated by it. */
static void judge_rotation(struct judging *judging)
{
	const struct resource *key = judging->resource;
	const char *spec = json_text(key->facts, KMS_SPEC);
	const char *origin = json_text(key->facts, KMS_ORIGIN);

	if (!is_own_key(key) ||
	    (spec && strcmp(spec, "SYMMETRIC_DEFAULT") != 0) ||
	    (origin && strcmp(origin, "AWS_KMS") != 0)) {
		judge_not_applicable(judging);
		return;
	}
	judge_wanted(judging);
}

static void judge_key_state(struct judging *judging)
{
	const struct resource *key = judging->resource;
	const char *state =
		json_string_value(judge_fact(judging, key, KMS_STATE));

	if (!state)
		judge_unread(judging);
	else if (strcmp(state, "Enabled") != 0)
		(void)judge_fail(judging, json_string(state), "Enabled",
				 "the key is in the state '%s', and what is "
				 "encrypted with it cannot be read",
				 state);
}

static void judge_principal(void *ctx, const char *principal, bool narrowed)
{
	struct judging *judging = ctx;

	if (!strcmp(principal, "*") && !narrowed)
		(void)judge_fail(judging, json_string(principal),
				 "principals that are named",
				 "its policy lets everybody use it, under no "
				 "condition");
}

static void judge_statement(void *ctx, const char *name UNUSED,
			    const json_t *statement)
{
	policy_each_principal(statement, judge_principal, ctx);
}

static void judge_key_policy(struct judging *judging)
{
	const json_t *policy = NULL;

	if (!is_own_key(judging->resource)) {
		judge_not_applicable(judging);
		return;
	}
	policy = judge_fact(judging, judging->resource, KMS_POLICY);
	if (!policy)
		judge_unread(judging);
	policy_each_allow(policy, judge_statement, judging);
}

static void judge_shared(struct judging *judging)
{
	const json_t *value =
		judge_value(judging, judging->resource, "shared_with");
	size_t i;
	json_t *account;

	json_array_foreach(value, i, account)
		failure_member(judge_fail(judging, json_incref(account),
					  "only accounts that must have it",
					  "account %s may copy and restore it",
					  json_string_value(account)),
			       json_string_value(account));
}

/* ---- rows ------------------------------------------------------------- */

#define WHY_ENCRYPTED                                                       \
	"Whoever gets hold of the storage, or of a snapshot, reads all of " \
	"it."
#define WHY_OWN_KEY                                                        \
	"Who may use a key that AWS manages is not for its owner to say, " \
	"and it cannot be withdrawn."

#define ENCRYPT                                                              \
	"take a snapshot of the cluster",                                    \
		"restore it with a KMS key of your own: the new cluster is " \
		"encrypted with it",                                         \
		"give the new cluster the settings, parameter groups, "      \
		"security "                                                  \
		"groups and roles of the old one",                           \
		"stop writing, catch up, and move the clients",              \
		"delete the old cluster and its snapshots"

#define COPY_SNAPSHOT                                            \
	"copy the snapshot with a KMS key of your own: aws rds " \
	"copy-db-cluster-snapshot --kms-key-id",                 \
		"check that the copy can be restored", "delete the snapshot"

static const struct control rows[] = {
	{
		.id = "cluster-encryption-key",
		.title = "Clusters are encrypted with a key of the account",
		.why = WHY_OWN_KEY,
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.2" },
		.settings = { { KIND_CLUSTER, "kms_key_id" } },
		.judge = judge_own_key,
		.fix = FIX_ONE_WAY,
		.fix_text = "move the data to a cluster with a key of your own",
		.procedure = { ENCRYPT },
	},
	{
		.id = "cluster-storage-encrypted",
		.title = "Data at rest is encrypted",
		.why = WHY_ENCRYPTED,
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.2",
				CONTROL_CIS_AWS("2.3.1", "2.2.1", "3.2.1"),
				"FSBP RDS.27", "FSBP RDS.3",
				"Config rds-cluster-encrypted-at-rest",
				"Config rds-storage-encrypted",
				"Prowler rds_cluster_storage_encrypted",
				"Prowler rds_instance_storage_encrypted" },
		.settings = { { KIND_CLUSTER, "storage_encrypted" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_ONE_WAY,
		.fix_text = "move the data to a cluster that is encrypted",
		.procedure = { ENCRYPT },
	},
	{
		.id = "key-not-public",
		.title = "Policies of keys name who may use them",
		.why = "Any AWS account can decrypt with it, or lock its "
		       "owner out of it.",
		.severity = SEVERITY_CRITICAL,
		.kind = KIND_KMS_KEY,
		.references = { "FSBP KMS.5",
				"Config kms-key-policy-no-public-access" },
		.settings = { { KIND_KMS_KEY, "key_policy" } },
		.judge = judge_key_policy,
		.fix = FIX_DECISION,
		.fix_text = "name the principals, or add a condition; a wrong "
			    "policy locks everybody out, so aback sets none",
	},
	{
		.id = "key-rotated",
		.title = "Keys are rotated every year",
		.why = "What a key that leaked can open grows for as long as "
		       "it is used.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_KMS_KEY,
		.references = { "CIS-Aurora-2.0.0 2.2", "CIS-AWS-1.5.0 3.8",
				"CIS-AWS-2.0.0 3.8", "CIS-AWS-3.0.0 3.6",
				"CIS-AWS-4.0.0 3.6", "CIS-AWS-5.0.0 3.6",
				"CIS-AWS-6.0.0 4.6", "CIS-AWS-7.0.0 4.6",
				"SecurityHub KMS.4",
				"Config cmk-backing-key-rotation-enabled",
				"Prowler kms_cmk_rotation_enabled" },
		.settings = { { KIND_KMS_KEY, "rotation_enabled" } },
		.also = { { KIND_KMS_KEY, "rotation_period_days" } },
		.wanted = "true",
		.judge = judge_rotation,
		.fix = FIX_PLAN,
		.fix_text = "turn rotation on; what was encrypted before is "
			    "still read with the key of its time",
	},
	{
		.id = "key-usable",
		.title = "Keys that are in use are enabled",
		.why = "A cluster whose key is disabled or deleted stops, and "
		       "with a deleted key all of it is lost.",
		.severity = SEVERITY_CRITICAL,
		.kind = KIND_KMS_KEY,
		.references = { "FSBP KMS.3",
				"Config "
				"kms-cmk-not-scheduled-for-deletion",
				"Prowler "
				"kms_cmk_not_deleted_unintentionally" },
		.judge = judge_key_state,
		.fix = FIX_DECISION,
		.fix_text = "keep it unless what it encrypts is to be lost: "
			    "aws kms cancel-key-deletion, aws kms enable-key",
	},
	{
		.id = "snapshot-encrypted",
		.title = "Snapshots are encrypted",
		.why = WHY_ENCRYPTED,
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER_SNAPSHOT,
		.references = { "CIS-Aurora-2.0.0 2.2", "FSBP RDS.4",
				"Config rds-snapshot-encrypted",
				"Prowler rds_snapshots_encrypted" },
		.settings = { { KIND_CLUSTER_SNAPSHOT, "storage_encrypted" } },
		.wanted = "true",
		.judge = judge_wanted,
		.fix = FIX_ONE_WAY,
		.fix_text = "copy it, encrypted, and delete it",
		.procedure = { COPY_SNAPSHOT },
	},
	{
		.id = "snapshot-encryption-key",
		.title = "Snapshots are encrypted with a key of the account",
		.why = WHY_OWN_KEY,
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER_SNAPSHOT,
		.references = { "CIS-Aurora-2.0.0 2.2" },
		.settings = { { KIND_CLUSTER_SNAPSHOT, "kms_key_id" } },
		.judge = judge_own_key,
		.fix = FIX_ONE_WAY,
		.fix_text = "copy it with a key of your own, and delete it",
		.procedure = { COPY_SNAPSHOT },
	},
	{
		.id = "snapshot-not-public",
		.title = "Snapshots are not for everybody",
		.why = "Any AWS account can copy the whole database.",
		.severity = SEVERITY_CRITICAL,
		.kind = KIND_CLUSTER_SNAPSHOT,
		.references = { "FSBP RDS.1",
				"Config rds-snapshots-public-prohibited",
				"Prowler rds_snapshots_public_access" },
		.settings = { { KIND_CLUSTER_SNAPSHOT, "public" } },
		.wanted = "false",
		.judge = judge_wanted,
		.fix = FIX_PLAN,
		.fix_text = "take it back; whoever copied it meanwhile keeps "
			    "the copy",
	},
	{
		.id = "snapshot-shared",
		.title = "Snapshots are shared with nobody",
		.why = "Another account has all of the data, and what it does "
		       "with it cannot be seen here.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER_SNAPSHOT,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { KIND_CLUSTER_SNAPSHOT, "shared_with" } },
		.judge = judge_shared,
		.fix = FIX_DECISION,
		.fix_text = "take back what nobody needs any more, and waive "
			    "what is needed until a day",
	},
};

const struct control_table encryption_controls = { rows, ARRAY_SIZE(rows) };
