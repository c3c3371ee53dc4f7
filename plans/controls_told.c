/*
 * Controls of who is told of a change: by an alarm on what a trail delivers, by
 * a rule of EventBridge, or by an event subscription of RDS. One of them is
 * enough.
 */
#include <string.h>

#include "plans/controls_rows.h"
#include "plans/told.h"

static bool has_clusters(const struct judging *judging)
{
	for (size_t i = 0; i < judging->live->len; i++) {
		const struct resource *resource = judging->live->items[i];

		if (resource->kind == KIND_CLUSTER &&
		    resource->place == judging->place)
			return true;
	}
	return false;
}

/* What is of the account is said once, of the first target by name. */
static bool is_said_elsewhere(const struct judging *judging)
{
	const struct place *here = judging->place;

	for (size_t i = 0; i < judging->live->len; i++) {
		const struct resource *resource = judging->live->items[i];

		if (resource->kind == KIND_CLUSTER &&
		    !strcmp(resource->place->account_id, here->account_id) &&
		    strcmp(resource->place->name, here->name) < 0)
			return true;
	}
	return false;
}

static void judge_change(struct judging *judging, const struct change *change)
{
	enum told told = TOLD_NOT;
	static const struct {
		enum told (*ask)(struct judging *judging,
				 const struct change *change);
	} ways[] = { { told_by_rule },
		     { told_by_subscription },
		     { told_by_alarm } };

	if (!judge_saw(judging, KIND_CLUSTER))
		return;
	if (!has_clusters(judging) ||
	    (change->where != CHANGE_HERE && is_said_elsewhere(judging))) {
		judge_not_applicable(judging);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const enum told by = ways[i].ask(judging, change);

		if (by == TOLD) {
			/* whatever the other ways are */
			judging->unread = false;
			return;
		}
		if (by == TOLD_UNREAD)
			told = by;
	}
	if (told == TOLD_UNREAD)
		judge_unread(judging);
	else
		(void)judge_fail(judging, NULL,
				 "an alarm, a rule of EventBridge or an event "
				 "subscription",
				 "nobody is told when %s in %s", change->what,
				 change->where == CHANGE_HERE
					 ? judging->place->region
					 : judging->place->account_id);
}

static const struct change databases = {
	.what = "the settings of a cluster are changed",
	.source = "aws.rds",
	.event_source = "rds.amazonaws.com",
	.names = { "ModifyDBCluster", "ModifyDBInstance" },
	.subscribed = true,
};

static const struct change groups = {
	.what = "a security group is opened",
	.source = "aws.ec2",
	.event_source = "ec2.amazonaws.com",
	.names = { "AuthorizeSecurityGroupIngress" },
};

/* What a policy is attached to, and what it says. */
static const struct change policies = {
	.what = "the policies of roles are changed",
	.where = CHANGE_GLOBAL,
	.source = "aws.iam",
	.event_source = "iam.amazonaws.com",
	.names = { "AttachRolePolicy", "PutRolePolicy", "CreatePolicyVersion",
		   "SetDefaultPolicyVersion" },
};

static const struct change trails = {
	.what = "a trail is stopped or changed",
	.where = CHANGE_AT_HOME,
	.source = "aws.cloudtrail",
	.event_source = "cloudtrail.amazonaws.com",
	.names = { "StopLogging", "DeleteTrail", "UpdateTrail" },
};

static void judge_databases(struct judging *judging)
{
	judge_change(judging, &databases);
}

static void judge_groups(struct judging *judging)
{
	judge_change(judging, &groups);
}

static void judge_policies(struct judging *judging)
{
	judge_change(judging, &policies);
}

static void judge_trails(struct judging *judging)
{
	judge_change(judging, &trails);
}

#define PROWLER_POLICIES "Prowler cloudwatch_log_metric_filter_policy_changes"
#define PROWLER_TRAILS                                        \
	"Prowler cloudwatch_log_metric_filter_and_alarm_for_" \
	"cloudtrail_configuration_changes_enabled"
#define PROWLER_GROUPS \
	"Prowler cloudwatch_log_metric_filter_security_group_changes"

#define PARTS                                                       \
	{                                                           \
		"trails", "metric_filters", "alarms", "event_rules" \
	}

static const struct control rows[] = {
	{
		.id = "changes-of-databases-told",
		.title = "Somebody is told when settings of a cluster change",
		.why = "A change that nobody planned is found at the next "
		       "review, if at all.",
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { "CIS-Aurora-2.0.0 2.5" },
		.settings = { { KIND_EVENT_SUBSCRIPTION, "source_type" },
			      { KIND_EVENT_SUBSCRIPTION, "event_categories" },
			      { KIND_EVENT_SUBSCRIPTION, "enabled" } },
		.parts = PARTS,
		.judge = judge_databases,
		.fix = FIX_DECISION,
		.fix_text = "choose who is to be told, and create the rule of "
			    "EventBridge that docs/schedule.md has ready",
	},
	{
		.id = "changes-of-policies-told",
		.title = "Somebody is told when policies of roles change",
		.why = "A right that somebody took for an afternoon stays.",
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { CONTROL_CIS_AWS("4.4", "4.4", "5.4"),
				"SecurityHub CloudWatch.4", PROWLER_POLICIES },
		.parts = PARTS,
		.judge = judge_policies,
		.fix = FIX_DECISION,
		.fix_text = "choose who is to be told, and create the rule of "
			    "EventBridge that docs/schedule.md has ready, in "
			    "the region of IAM's events",
	},
	{
		.id = "changes-of-security-groups-told",
		.title = "Somebody is told when a security group is opened",
		.why = "A door that somebody opened for an afternoon stays "
		       "open.",
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { CONTROL_CIS_AWS("4.10", "4.10", "5.10"),
				"SecurityHub CloudWatch.10", PROWLER_GROUPS },
		.parts = PARTS,
		.judge = judge_groups,
		.fix = FIX_DECISION,
		.fix_text = "choose who is to be told, and create the rule of "
			    "EventBridge that docs/schedule.md has ready",
	},
	{
		.id = "changes-of-trails-told",
		.title = "Somebody is told when a trail is stopped or changed",
		.why = "Who has something to hide stops the trail first.",
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { CONTROL_CIS_AWS("4.5", "4.5", "5.5"),
				"SecurityHub CloudWatch.5", PROWLER_TRAILS },
		.parts = PARTS,
		.judge = judge_trails,
		.fix = FIX_DECISION,
		.fix_text = "choose who is to be told, and create a rule of "
			    "EventBridge on StopLogging, DeleteTrail and "
			    "UpdateTrail where the trail is at home, or an "
			    "alarm on what it delivers",
	},
};

const struct control_table told_controls = { rows, ARRAY_SIZE(rows) };
