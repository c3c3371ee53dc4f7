/* What the kinds beside RDS ask of AWS, and what belongs to no kind. */
#include "plans/grant.h"

#define ROLE "iam::{account}:role/{id}"
#define ROLE_BELOW "iam::{account}:role/*/{id}"
#define ROLES "iam::{account}:role/*"
#define POLICY "iam::{account}:policy/{id}"
#define LOG "logs:{region}:{account}:log-group:"
#define KEY "kms:{region}:{account}:key/"
#define GROUP "ec2:{region}:{account}:security-group/{id}"
#define RULES "ec2:{region}:{account}:security-group-rule/*"

#define OF_ROLE(name) \
	.action = "iam:" name, .use = GRANT_WRITE, .arns = { ROLE, ROLE_BELOW }

const struct grant iam_role_grants[] = {
	{ .action = "iam:GetRole", .use = GRANT_READ, .arns = { ROLES } },
	{ .action = "iam:GetRolePolicy", .use = GRANT_READ, .arns = { ROLES } },
	{ .action = "iam:ListAttachedRolePolicies",
	  .use = GRANT_READ,
	  .arns = { ROLES } },
	{ .action = "iam:ListRolePolicies",
	  .use = GRANT_READ,
	  .arns = { ROLES } },
	/* where there are many: all of them in few requests */
	{ .action = "iam:GetAccountAuthorizationDetails", .use = GRANT_READ },
	{ .action = "iam:GenerateServiceLastAccessedDetails",
	  .use = GRANT_REPORT,
	  .arns = { ROLES } },
	{ .action = "iam:GetServiceLastAccessedDetails", .use = GRANT_REPORT },
	{ .action = "iam:ListInstanceProfilesForRole",
	  .use = GRANT_PLAN,
	  .arns = { ROLES } },
	{ OF_ROLE("AttachRolePolicy") },
	{ OF_ROLE("DeleteRolePermissionsBoundary") },
	{ OF_ROLE("DeleteRolePolicy") },
	{ OF_ROLE("DetachRolePolicy") },
	{ OF_ROLE("PutRolePermissionsBoundary") },
	{ OF_ROLE("PutRolePolicy") },
	{ OF_ROLE("TagRole") },
	{ OF_ROLE("UntagRole") },
	{ OF_ROLE("UpdateAssumeRolePolicy") },
	{ OF_ROLE("UpdateRole") },
	{ .action = NULL },
};

const struct grant iam_policy_grants[] = {
	{ .action = "iam:GetPolicy", .use = GRANT_READ },
	{ .action = "iam:GetPolicyVersion", .use = GRANT_READ },
	{ .action = "iam:ListPolicyVersions", .use = GRANT_READ },
	{ .action = "iam:CreatePolicyVersion",
	  .use = GRANT_WRITE,
	  .arns = { POLICY } },
	{ .action = "iam:SetDefaultPolicyVersion",
	  .use = GRANT_WRITE,
	  .arns = { POLICY },
	  .of = "document" },
	{ .action = NULL },
};

#define OF_LOG(name)                                \
	.action = "logs:" name, .use = GRANT_WRITE, \
	.arns = { LOG "{id}", LOG "{id}:*" }

const struct grant log_group_grants[] = {
	{ .action = "logs:DescribeLogGroups",
	  .use = GRANT_READ,
	  .arns = { LOG "*" } },
	{ .action = "logs:DescribeLogStreams",
	  .use = GRANT_REPORT,
	  .arns = { LOG "*" } },
	{ OF_LOG("AssociateKmsKey") },
	{ OF_LOG("CreateLogGroup") },
	{ OF_LOG("DeleteRetentionPolicy") },
	{ OF_LOG("DisassociateKmsKey") },
	{ OF_LOG("PutLogGroupDeletionProtection") },
	{ OF_LOG("PutRetentionPolicy") },
	{ .action = NULL },
};

const struct grant kms_key_grants[] = {
	{ .action = "kms:DescribeKey", .use = GRANT_READ, .arns = { KEY "*" } },
	/* who may use it, which only a control asks */
	{ .action = "kms:GetKeyPolicy",
	  .use = GRANT_REPORT,
	  .arns = { KEY "*" } },
	{ .action = "kms:GetKeyRotationStatus",
	  .use = GRANT_READ,
	  .arns = { KEY "*" } },
	{ .action = "kms:DisableKeyRotation",
	  .use = GRANT_WRITE,
	  .arns = { KEY "{id}" } },
	{ .action = "kms:EnableKeyRotation",
	  .use = GRANT_WRITE,
	  .arns = { KEY "{id}" } },
	{ .action = NULL },
};

#define OF_GROUP(name)                                                       \
	.action = "ec2:" name, .use = GRANT_WRITE, .arns = { GROUP, RULES }, \
	.dry_run = true

const struct grant security_group_grants[] = {
	{ .action = "ec2:DescribeSecurityGroups", .use = GRANT_READ },
	{ .action = "ec2:DescribeSecurityGroupRules", .use = GRANT_READ },
	{ .action = "ec2:DescribeNetworkInterfaces", .use = GRANT_PLAN },
	{ OF_GROUP("AuthorizeSecurityGroupEgress") },
	{ OF_GROUP("AuthorizeSecurityGroupIngress"), .of = "public_ingress" },
	{ OF_GROUP("RevokeSecurityGroupEgress") },
	{ OF_GROUP("RevokeSecurityGroupIngress") },
	{ OF_GROUP("UpdateSecurityGroupRuleDescriptionsEgress"),
	  .of = "egress" },
	{ OF_GROUP("UpdateSecurityGroupRuleDescriptionsIngress"),
	  .of = "ingress" },
	{ .action = NULL },
};

/* Of a role that is assumed elsewhere the path has to be found out. */
const struct grant preflight_grants[] = {
	{ .action = "iam:GetRole", .use = GRANT_WRITE, .arns = { ROLES } },
	{ .action = "iam:SimulatePrincipalPolicy",
	  .use = GRANT_WRITE,
	  .arns = { ROLES, "iam::{account}:user/*" } },
	{ .action = NULL },
};

/* Trails may belong to the organisation, and deliver to other regions. */
const struct grant surrounding_grants[] = {
	{ .action = "cloudtrail:DescribeTrails", .use = GRANT_REPORT },
	{ .action = "cloudtrail:GetEventSelectors", .use = GRANT_REPORT },
	{ .action = "cloudtrail:GetTrailStatus", .use = GRANT_REPORT },
	{ .action = "cloudwatch:DescribeAlarms", .use = GRANT_REPORT },
	{ .action = "config:DescribeComplianceByConfigRule",
	  .use = GRANT_REPORT },
	{ .action = "config:DescribeConfigRules", .use = GRANT_REPORT },
	{ .action = "config:DescribeConfigurationRecorderStatus",
	  .use = GRANT_REPORT },
	{ .action = "config:DescribeConfigurationRecorders",
	  .use = GRANT_REPORT },
	{ .action = "ec2:DescribeRouteTables", .use = GRANT_REPORT },
	{ .action = "events:ListRules", .use = GRANT_REPORT },
	{ .action = "events:ListTargetsByRule", .use = GRANT_REPORT },
	{ .action = "logs:DescribeMetricFilters", .use = GRANT_REPORT },
	{ .action = "rds:DescribeDBSubnetGroups",
	  .use = GRANT_REPORT,
	  .arns = { "rds:{region}:{account}:subgrp:*" } },
	{ .action = NULL },
};

const struct grant trail_grants[] = {
	{ .action = "cloudtrail:LookupEvents", .use = GRANT_REPORT },
	{ .action = "rds:DescribeEvents", .use = GRANT_REPORT },
	{ .action = NULL },
};
