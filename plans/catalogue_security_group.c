#include "plans/catalogue_rows.h"

#define API "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"

const struct setting catalogue_security_group[] = {
	{
		.kind = KIND_SECURITY_GROUP,
		.name = "egress",
		.type = TYPE_RULE_SET,
		.summary = "What the group's members may connect to",
		.read = "securityGroupRuleSet/item",
		.absent = "[]",
		.standing = STANDING_WRITABLE,
		.call = "ec2:AuthorizeSecurityGroupEgress",
		.write = "IpPermissions",
		.call_remove = "ec2:RevokeSecurityGroupEgress",
		.write_remove = "SecurityGroupRuleId",
		.max = 1000,
		.effect = EFFECT_IMMEDIATE,
		.exposure = EXPOSURE_ADDED_PUBLIC,
		.source = API "API_AuthorizeSecurityGroupEgress.html",
	},
	{
		.kind = KIND_SECURITY_GROUP,
		.name = "ingress",
		.type = TYPE_RULE_SET,
		.summary = "What may connect to the group's members",
		.read = "securityGroupRuleSet/item",
		.absent = "[]",
		.standing = STANDING_WRITABLE,
		.call = "ec2:AuthorizeSecurityGroupIngress",
		.write = "IpPermissions",
		.call_remove = "ec2:RevokeSecurityGroupIngress",
		.write_remove = "SecurityGroupRuleId",
		.max = 1000,
		.effect = EFFECT_IMMEDIATE,
		.exposure = EXPOSURE_ADDED_PUBLIC,
		.source = API "API_AuthorizeSecurityGroupIngress.html",
	},
	{
		.kind = KIND_SECURITY_GROUP,
		.name = "public_ingress",
		.type = TYPE_BOOL,
		.summary = "Whether everybody (0.0.0.0/0 or ::/0) may reach "
			   "the port of a cluster in the group; only false "
			   "can be set, which takes such rules out of "
			   "`ingress`",
		.read = "securityGroupRuleSet/item",
		.standing = STANDING_WRITABLE,
		.call = "ec2:RevokeSecurityGroupIngress",
		.write = "SecurityGroupRuleId",
		.expands = "ingress",
		.check = check_false,
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_RevokeSecurityGroupIngress.html",
	},
};

const size_t catalogue_security_group_len =
	ARRAY_SIZE(catalogue_security_group);
