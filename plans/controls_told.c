/*
 * Controls of who is told of a change: by an alarm on what a trail delivers, by
 * a rule of EventBridge, or by an event subscription of RDS. One of them is
 * enough.
 */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
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
	if (!has_clusters(judging)) {
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
				 judging->place->region);
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

static void judge_databases(struct judging *judging)
{
	judge_change(judging, &databases);
}

static void judge_groups(struct judging *judging)
{
	judge_change(judging, &groups);
}

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
};

const struct control_table told_controls = { rows, ARRAY_SIZE(rows) };
