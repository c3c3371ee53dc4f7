#include "plans/catalogue_rows.h"

#define API "https://docs.aws.amazon.com/IAM/latest/APIReference/"
#define LATER "needs calls of its own, which this version does not make"

const struct setting catalogue_iam_role[] = {
	{
		.kind = KIND_IAM_ROLE,
		.name = "assume_role_policy",
		.type = TYPE_STRING,
		.summary = "Who may assume the role (its trust policy)",
		.standing = STANDING_LATER,
		.reason = LATER " (UpdateAssumeRolePolicy)",
		.controls = { "CIS-Aurora-2.0.0 2.4", "CIS-Aurora-2.0.0 2.7",
			      "FSBP IAM.1" },
		.severity = "high",
		.source = API "API_UpdateAssumeRolePolicy.html",
	},
	{
		.kind = KIND_IAM_ROLE,
		.name = "inline_policies",
		.type = TYPE_STRING,
		.summary = "Policies that stand in the role itself",
		.standing = STANDING_LATER,
		.reason = LATER " (PutRolePolicy)",
		.controls = { "CIS-Aurora-2.0.0 2.7", "FSBP KMS.2",
			      "Prowler "
			      "iam_inline_policy_no_administrative_"
			      "privileges" },
		.severity = "high",
		.source = API "API_PutRolePolicy.html",
	},
	{
		.kind = KIND_IAM_ROLE,
		.name = "managed_policy_arns",
		.type = TYPE_STRING_SET,
		.summary = "The managed policies attached to the role",
		.read = "AttachedPolicies/member/PolicyArn",
		.absent = "[]",
		.standing = STANDING_WRITABLE,
		.call = "iam:AttachRolePolicy",
		.write = "PolicyArn",
		.call_remove = "iam:DetachRolePolicy",
		.write_remove = "PolicyArn",
		.max = 20,
		.check = check_policy_arns,
		.effect = EFFECT_IMMEDIATE,
		.controls = { "CIS-Aurora-2.0.0 2.7", "FSBP IAM.1",
			      "FSBP IAM.21",
			      "Config "
			      "iam-policy-no-statements-with-admin-access",
			      "Prowler iam_customer_attached_policy_no_"
			      "administrative_privileges" },
		.severity = "high",
		.source = API "API_AttachRolePolicy.html",
	},
	{
		.kind = KIND_IAM_ROLE,
		.name = "max_session_duration",
		.type = TYPE_INT,
		.unit = "seconds",
		.summary = "How long a session of the role may last",
		.standing = STANDING_LATER,
		.reason = LATER " (UpdateRole)",
		.severity = "low",
		.source = API "API_UpdateRole.html",
	},
	{
		.kind = KIND_IAM_ROLE,
		.name = "permissions_boundary",
		.type = TYPE_STRING,
		.summary = "The most that the role's policies can allow",
		.standing = STANDING_LATER,
		.reason = LATER " (PutRolePermissionsBoundary)",
		.controls = { "CIS-Aurora-2.0.0 2.7" },
		.severity = "high",
		.source = API "API_PutRolePermissionsBoundary.html",
	},
	{
		.kind = KIND_IAM_ROLE,
		.name = "tags",
		.type = TYPE_STRING_SET,
		.summary = "The role's tags",
		.standing = STANDING_LATER,
		.reason = LATER " (TagRole)",
		.severity = "low",
		.source = API "API_TagRole.html",
	},
};

const size_t catalogue_iam_role_len = ARRAY_SIZE(catalogue_iam_role);
