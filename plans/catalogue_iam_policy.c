#include "plans/catalogue_rows.h"
#include "plans/iam_policy.h"

#define API "https://docs.aws.amazon.com/IAM/latest/APIReference/"

const struct setting catalogue_iam_policy[] = {
	{
		.kind = KIND_IAM_POLICY,
		.name = "document",
		.type = TYPE_DOCUMENT,
		.summary = "What the policy allows: the document of its "
			   "default version",
		.read = "PolicyVersion/Document",
		.standing = STANDING_WRITABLE,
		.call = "iam:CreatePolicyVersion",
		.write = "PolicyDocument",
		.check = check_managed_policy,
		.once = true,
		.rests_on = IAM_POLICY_ID " " IAM_POLICY_VERSIONS,
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_CreatePolicyVersion.html",
	},
};

const size_t catalogue_iam_policy_len = ARRAY_SIZE(catalogue_iam_policy);
