#include "plans/catalogue_rows.h"

#define API "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"
#define GUIDE "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"

#define COPIED                                                      \
	"whoever could restore it may have copied it by then, and " \
	"keeps the copy"

const struct setting catalogue_cluster_snapshot[] = {
	{
		.kind = KIND_CLUSTER_SNAPSHOT,
		.name = "kms_key_id",
		.type = TYPE_STRING,
		.summary = "The ARN of the KMS key of the snapshot",
		.read = "KmsKeyId",
		.standing = STANDING_FIXED,
		.min = 1,
		.check = check_kms_key_arn,
		.reason = "the KMS key of an existing snapshot cannot be "
			  "changed",
		.remedy = "copy it with the other key ('aws rds "
			  "copy-db-cluster-snapshot --kms-key-id …'), then "
			  "delete this one",
		.source = GUIDE "Overview.Encryption.html",
	},
	{
		.kind = KIND_CLUSTER_SNAPSHOT,
		.name = "public",
		.type = TYPE_BOOL,
		.summary = "Every AWS account may copy and restore the "
			   "snapshot",
		.read = "AttributeValues/AttributeValue",
		.absent = "false",
		.standing = STANDING_WRITABLE,
		.call = "rds:ModifyDBClusterSnapshotAttribute",
		.write = "ValuesToAdd.AttributeValue",
		.write_remove = "ValuesToRemove.AttributeValue",
		.effect = EFFECT_IMMEDIATE,
		.exposure = EXPOSURE_WHEN_TRUE,
		.aftermath = COPIED,
		.source = API "API_ModifyDBClusterSnapshotAttribute.html",
	},
	{
		.kind = KIND_CLUSTER_SNAPSHOT,
		.name = "shared_with",
		.type = TYPE_STRING_SET,
		.summary = "The accounts, by their 12 digits, that may copy "
			   "and restore the snapshot",
		.read = "AttributeValues/AttributeValue",
		.absent = "[]",
		.standing = STANDING_WRITABLE,
		.call = "rds:ModifyDBClusterSnapshotAttribute",
		.write = "ValuesToAdd.AttributeValue",
		.write_remove = "ValuesToRemove.AttributeValue",
		.max = 20,
		.check = check_snapshot_accounts,
		.effect = EFFECT_IMMEDIATE,
		.exposure = EXPOSURE_ADDED_MEMBERS,
		.aftermath = COPIED,
		.source = API "API_ModifyDBClusterSnapshotAttribute.html",
	},
	{
		.kind = KIND_CLUSTER_SNAPSHOT,
		.name = "storage_encrypted",
		.type = TYPE_BOOL,
		.summary = "The snapshot is encrypted with a KMS key",
		.read = "StorageEncrypted",
		.absent = "false",
		.standing = STANDING_FIXED,
		.reason = "an existing snapshot can be neither encrypted nor "
			  "decrypted",
		.remedy = "restore it as a new cluster with a KMS key ('aws "
			  "rds restore-db-cluster-from-snapshot --kms-key-id "
			  "…'), take a snapshot of that, then delete that "
			  "cluster and this snapshot",
		.source = GUIDE "Overview.Encryption.html",
	},
};

const size_t catalogue_cluster_snapshot_len =
	ARRAY_SIZE(catalogue_cluster_snapshot);
