#include "plans/catalogue_rows.h"

#define API                                                        \
	"https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/" \
	"APIReference/"

const struct setting catalogue_log_group[] = {
	{
		.kind = KIND_LOG_GROUP,
		.name = "deletion_protection",
		.type = TYPE_BOOL,
		.summary = "The log group cannot be deleted",
		.read = "deletionProtectionEnabled",
		.absent = "false",
		.standing = STANDING_WRITABLE,
		.call = "logs:PutLogGroupDeletionProtection",
		.write = "deletionProtectionEnabled",
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_PutLogGroupDeletionProtection.html",
	},
	{
		.kind = KIND_LOG_GROUP,
		.name = "exists",
		.type = TYPE_BOOL,
		.summary = "The log group is there, before anything is written "
			   "to it",
		.read = "logGroupName",
		.absent = "false",
		.standing = STANDING_WRITABLE,
		.call = "logs:CreateLogGroup",
		.write = "logGroupName",
		.implied = "true",
		.left_behind = "the log group that we created stays, for it "
			       "may hold logs by now",
		.check = check_true,
		.effect = EFFECT_IMMEDIATE,
		.severity = "low",
		.source = API "API_CreateLogGroup.html",
	},
	{
		.kind = KIND_LOG_GROUP,
		.name = "kms_key_id",
		.type = TYPE_STRING,
		.summary = "The ARN of the KMS key that new logs are encrypted "
			   "with",
		.read = "kmsKeyId",
		.standing = STANDING_WRITABLE,
		.call = "logs:AssociateKmsKey",
		.write = "kmsKeyId",
		.call_remove = "logs:DisassociateKmsKey",
		.min = 1,
		.max = 256,
		.check = check_kms_key_arn,
		.nullable = true,
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_AssociateKmsKey.html",
	},
	{
		.kind = KIND_LOG_GROUP,
		.name = "retention_in_days",
		.type = TYPE_INT,
		.unit = "days",
		.summary = "How long log events are kept",
		.read = "retentionInDays",
		.absent = "\"never\"",
		.word = "never",
		.nullable = true,
		.standing = STANDING_WRITABLE,
		.call = "logs:PutRetentionPolicy",
		.write = "retentionInDays",
		.call_remove = "logs:DeleteRetentionPolicy",
		.min = 1,
		.max = 3653,
		.check = check_log_retention,
		.effect = EFFECT_IMMEDIATE,
		.loss = LOSS_LOWERING,
		.source = API "API_PutRetentionPolicy.html",
	},
};

const size_t catalogue_log_group_len = ARRAY_SIZE(catalogue_log_group);
