#include "plans/catalogue_rows.h"

#define API "https://docs.aws.amazon.com/kms/latest/APIReference/"

const struct setting catalogue_kms_key[] = {
	{
		.kind = KIND_KMS_KEY,
		.name = "key_policy",
		.type = TYPE_STRING,
		.summary = "Who may use and manage the key",
		.standing = STANDING_LATER,
		.reason = "a wrong key policy can lock everybody out of the "
			  "key, so this version does not set it",
		.source = API "API_PutKeyPolicy.html",
	},
	{
		.kind = KIND_KMS_KEY,
		.name = "rotation_enabled",
		.type = TYPE_BOOL,
		.summary = "KMS replaces the key's material by and by",
		.read = "KeyRotationEnabled",
		.standing = STANDING_WRITABLE,
		.call = "kms:EnableKeyRotation",
		.write = "KeyId",
		.call_remove = "kms:DisableKeyRotation",
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_EnableKeyRotation.html",
	},
	{
		.kind = KIND_KMS_KEY,
		.name = "rotation_period_days",
		.type = TYPE_INT,
		.unit = "days",
		.summary = "How long each material of the key is used; null "
			   "goes with `rotation_enabled: false`",
		.read = "RotationPeriodInDays",
		.standing = STANDING_WRITABLE,
		.call = "kms:EnableKeyRotation",
		.write = "RotationPeriodInDays",
		.only_with = "rotation_enabled",
		.min = 90,
		.max = 2560,
		.nullable = true,
		.effect = EFFECT_IMMEDIATE,
		.severity = "low",
		.source = API "API_EnableKeyRotation.html",
	},
};

const size_t catalogue_kms_key_len = ARRAY_SIZE(catalogue_kms_key);
