/*
 * What a request needs: its action, on the resources that its parameters name,
 * and what the service then asks for in the caller's name.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/access.h"
#include "tests/sim/fleet.h"
#include "tests/sim/request.h"

/* Which ARN a parameter stands for. */
struct naming {
	const char *service, *parameter;
	const char *form;    /* %s: region, account, what the parameter says */
	const char *actions; /* blank on both sides of each; NULL: all */
	/* where it is not given, it is this that is asked for; NULL: nothing */
	const char *otherwise;
};

#define RDS(parameter, type) "rds", parameter, "arn:aws:rds:%s:%s:" type ":%s"
#define ROLE "arn:aws:iam:%.0s:%s:role/%s"
#define LOG "arn:aws:logs:%s:%s:log-group:%s:log-stream:"
#define OF_ROLE                                                             \
	" GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies " \
	"ListInstanceProfilesForRole AttachRolePolicy "                     \
	"DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy "  \
	"PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole "       \
	"UpdateAssumeRolePolicy UpdateRole "
#define OF_POLICY                                         \
	" GetPolicy GetPolicyVersion ListPolicyVersions " \
	"CreatePolicyVersion SetDefaultPolicyVersion "    \
	"DeletePolicyVersion "

static const struct naming namings[] = {
	{ RDS("DBClusterIdentifier", "cluster"),
	  " DescribeDBClusters ModifyDBCluster AddRoleToDBCluster "
	  "RemoveRoleFromDBCluster ",
	  "*" },
	{ RDS("DBClusterIdentifier", "cluster"), " DescribeDBClusterSnapshots ",
	  "*" },
	{ RDS("DBInstanceIdentifier", "db"),
	  " DescribeDBInstances ModifyDBInstance RebootDBInstance ", "*" },
	{ RDS("DBClusterParameterGroupName", "cluster-pg"),
	  " DescribeDBClusterParameterGroups DescribeDBClusterParameters "
	  "CreateDBClusterParameterGroup DeleteDBClusterParameterGroup "
	  "ModifyDBClusterParameterGroup ResetDBClusterParameterGroup ",
	  "*" },
	{ RDS("DBClusterParameterGroupName", "cluster-pg"), " ModifyDBCluster ",
	  NULL },
	{ RDS("DBParameterGroupName", "pg"),
	  " DescribeDBParameterGroups DescribeDBParameters "
	  "CreateDBParameterGroup DeleteDBParameterGroup "
	  "ModifyDBParameterGroup ResetDBParameterGroup ",
	  "*" },
	{ RDS("DBParameterGroupName", "pg"), " ModifyDBInstance ", NULL },
	{ RDS("DBClusterSnapshotIdentifier", "cluster-snapshot"),
	  " DescribeDBClusterSnapshots DescribeDBClusterSnapshotAttributes "
	  "ModifyDBClusterSnapshotAttribute ",
	  "*" },
	{ RDS("SubscriptionName", "es"),
	  " DescribeEventSubscriptions CreateEventSubscription "
	  "DeleteEventSubscription ModifyEventSubscription "
	  "AddSourceIdentifierToSubscription "
	  "RemoveSourceIdentifierFromSubscription ",
	  "*" },
	{ RDS("DBSubnetGroupName", "subgrp"), " DescribeDBSubnetGroups ", "*" },
	{ RDS("ResourceArn", "cluster"), NULL, NULL },
	{ RDS("ResourceName", "cluster"), NULL, NULL },
	{ "iam", "RoleName", ROLE, OF_ROLE, NULL },
	{ "iam", "Arn", "%.0s%.0s%s", " GenerateServiceLastAccessedDetails ",
	  NULL },
	/* needed by others only, and so by no parameter: see further[] */
	{ "iam", "RoleName", ROLE, " PassRole ", NULL },
	{ "iam", "PolicyArn", "%.0s%.0s%s", OF_POLICY, NULL },
	{ "iam", "PolicySourceArn", "%.0s%.0s%s", " SimulatePrincipalPolicy ",
	  NULL },
	{ "kms", "KeyId", "arn:aws:kms:%s:%s:key/%s", NULL, NULL },
	{ "logs", "logGroupName", LOG, NULL, NULL },
	{ "logs", "logGroupIdentifier", LOG, NULL, NULL },
	{ "logs", "logGroupNamePrefix", LOG, " DescribeLogGroups ", "" },
	{ "secretsmanager", "SecretId", "%.0s%.0s%s", NULL, NULL },
	{ "sns", "TopicArn", "%.0s%.0s%s", " Publish ", NULL },
	{ "sts", "RoleArn", "%.0s%.0s%s", NULL, NULL },
	{ "ec2", "GroupId", "arn:aws:ec2:%s:%s:security-group/%s", NULL, NULL },
	{ "ec2", "SecurityGroupRuleId.1",
	  "arn:aws:ec2:%s:%s:security-group-rule/%s", NULL, NULL },
};

/* What the service does in the caller's name, where this parameter is given. */
static const struct {
	const char *action, *parameter;
	const char *needs, *passed_to;
} further[] = {
	{ "ModifyDBInstance", "MonitoringRoleArn", "iam:PassRole",
	  "monitoring.rds.amazonaws.com" },
	{ "AddRoleToDBCluster", "RoleArn", "iam:PassRole",
	  "rds.amazonaws.com" },
	{ "RemoveRoleFromDBCluster", "RoleArn", "iam:PassRole",
	  "rds.amazonaws.com" },
	{ "ModifyDBCluster", "PerformanceInsightsKMSKeyId", "kms:DescribeKey",
	  NULL },
	{ "ModifyDBCluster", "PerformanceInsightsKMSKeyId", "kms:CreateGrant",
	  NULL },
	{ "StartActivityStream", "KmsKeyId", "kms:DescribeKey", NULL },
	{ "StartActivityStream", "KmsKeyId", "kms:CreateGrant", NULL },
};

static char *action_of(const struct request *request, const char *action)
{
	const char *service = strcmp(request->service, "monitoring") == 0
				      ? "cloudwatch"
				      : request->service;

	return xasprintf("%s:%s", service, action);
}

static void add(struct needs *needs, char *action, char *resource,
		const char *passed_to)
{
	GROW(needs->items, needs->len, needs->cap);
	needs->items[needs->len++] = (struct need){ .action = action,
						    .resource = resource,
						    .passed_to = passed_to };
}

static bool is_named(const char *actions, const char *action)
{
	CLEANUP(free_ptr) char *word = xasprintf(" %s ", action);

	return !actions || strstr(actions, word);
}

/* A role's ARN has its path; a name may be an ARN already. */
static char *arn_of(const struct request *request, const struct naming *naming,
		    const char *text)
{
	const struct role *role = !strcmp(naming->parameter, "RoleName")
					  ? account_role(request->account, text)
					  : NULL;

	if (role)
		return xstrdup(json_text(role->state, "Arn"));
	if (!strncmp(text, "arn:", 4))
		return xstrdup(text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return xasprintf(naming->form, request->region, request->account->id,
			 text);
#pragma GCC diagnostic pop
}

static char *lower(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

static void add_named(const struct request *request, struct needs *needs)
{
	for (size_t i = 0; i < ARRAY_SIZE(namings); i++) {
		const struct naming *naming = &namings[i];
		const char *text;

		if (strcmp(naming->service, request->service) != 0 ||
		    !is_named(naming->actions, request->action))
			continue;
		text = request_get(request, naming->parameter);
		if (!text &&
		    !json_object_get(request->parameters, naming->parameter))
			text = naming->otherwise;
		if (!text)
			continue;
		CLEANUP(free_ptr)
		char *name = strcmp(request->service, "rds") ? xstrdup(text)
							     : lower(text);

		add(needs, action_of(request, request->action),
		    arn_of(request, naming, name), NULL);
	}
}

static void add_further(const struct request *request, struct needs *needs)
{
	if (strcmp(request->service, "rds") != 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(further); i++) {
		const char *text = request_get(request, further[i].parameter);
		char *resource;

		if (!text || strcmp(further[i].action, request->action) != 0)
			continue;
		if (strncmp(text, "arn:", 4) != 0)
			resource = xasprintf("arn:aws:kms:%s:%s:key/%s",
					     request->region,
					     request->account->id, text);
		else
			resource = xstrdup(text);
		add(needs, xstrdup(further[i].needs), resource,
		    further[i].passed_to);
	}
}

/* The next row from there that says of what resources the action is. */
static const struct naming *next_naming(const char *action,
					const struct naming *naming)
{
	const size_t service = strcspn(action, ":");
	CLEANUP(free_ptr)
	char *word =
		xasprintf(" %s ", action + service + (action[service] != 0));

	for (; naming < namings + ARRAY_SIZE(namings); naming++)
		if (naming->actions && strcasestr(naming->actions, word) &&
		    strlen(naming->service) == service &&
		    !strncasecmp(naming->service, action, service))
			return naming;
	return NULL;
}

bool needs_knows(const char *action)
{
	return next_naming(action, namings) != NULL;
}

/* The form of a row as a pattern: what is filled in may be anything. */
static bool is_of_form(const char *form, const char *arn)
{
	CLEANUP(free_ptr) char *pattern = xstrdup(form);
	char *out = pattern;

	for (const char *in = form; *in; in++)
		if (*in == '%') {
			*out++ = '*';
			in = strchr(in, 's');
		} else {
			*out++ = *in;
		}
	*out = '\0';
	/* what follows the last one is there only where a policy needs it */
	strrchr(pattern, '*')[1] = '\0';
	return !fnmatch(pattern, arn, FNM_NOESCAPE);
}

bool needs_fits(const char *action, const char *arn)
{
	const struct naming *naming = next_naming(action, namings);

	if (!naming || !strcmp(arn, "*"))
		return true;
	for (; naming; naming = next_naming(action, naming + 1))
		if (is_of_form(naming->form, arn))
			return true;
	return false;
}

void needs_of(const struct request *request, struct needs *ret_needs)
{
	/* nobody can be kept from asking who he is */
	if (!strcmp(request->action, "GetCallerIdentity"))
		return;
	add_named(request, ret_needs);
	if (!ret_needs->len)
		add(ret_needs, action_of(request, request->action),
		    xstrdup("*"), NULL);
	add_further(request, ret_needs);
}
