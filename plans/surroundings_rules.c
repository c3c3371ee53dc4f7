/*
 * EventBridge: the rules that match events of RDS, or calls that change it, its
 * security groups, roles and policies, or trails, and whom they tell. The
 * targets of a rule are asked for rule by rule, because AWS wants it so; only
 * of those that matter. Calls of IAM are events of one region alone.
 */
#include <string.h>

#include "core/compiler.h"
#include "core/endpoint.h"
#include "plans/surroundings_private.h"

static void add_targets(struct part *part UNUSED, json_t *rule,
			const json_t *targets)
{
	CLEANUP(json_release) json_t *arns = json_array();
	size_t i;
	json_t *target;

	json_array_foreach(targets, i, target)
		json_array_append_new(arns, part_member(target, "Arn"));
	json_object_set_new(rule, "targets", json_sorted_set(arns));
}

/* What it would tell is then not known. */
static void no_targets(struct part *part UNUSED, json_t *rule UNUSED,
		       json_t *unread UNUSED)
{
}

static const struct part_listing targets_listing = {
	.service = "events",
	.action = "ListTargetsByRule",
	.token = "NextToken",
	.items = "Targets",
	.whole = add_targets,
	.failed = no_targets,
};

/* What it matches is for a control to say: is there a chance? */
static bool may_matter(const char *pattern)
{
	static const char *const words[] = { "aws.rds",
					     "rds.amazonaws.com",
					     "aws.iam",
					     "iam.amazonaws.com",
					     "aws.cloudtrail",
					     "cloudtrail.amazonaws.com",
					     "AuthorizeSecurityGroup" };

	for (size_t i = 0; pattern && i < ARRAY_SIZE(words); i++)
		if (strstr(pattern, words[i]))
			return true;
	/* all calls of EC2 */
	return pattern && strstr(pattern, "aws.ec2") &&
	       strstr(pattern, "via CloudTrail") &&
	       !strstr(pattern, "eventName");
}

static void add_rules(struct part *part, json_t *subject UNUSED,
		      const json_t *rules)
{
	size_t i;
	json_t *answered;

	part->value = json_array();
	json_array_foreach(rules, i, answered) {
		const char *pattern = json_text(answered, "EventPattern");
		CLEANUP(json_release) json_t *parameters = NULL;
		json_t *rule;

		if (!may_matter(pattern))
			continue;
		rule = json_pack("{ss so so so so sn}", "region",
				 aws_session_region(part->session), "name",
				 part_member(answered, "Name"), "bus",
				 part_member(answered, "EventBusName"), "state",
				 part_member(answered, "State"), "pattern",
				 part_member(answered, "EventPattern"),
				 "targets");
		json_array_append_new(part->value, rule);
		parameters = json_pack("{so}", "Rule",
				       part_member(answered, "Name"));
		part_list(part, &targets_listing, parameters, rule);
	}
	part_sort(part->value, "name");
}

/* AWS's own events come to the default bus. */
static const struct part_listing rules_listing = {
	.service = "events",
	.action = "ListRules",
	.token = "NextToken",
	.items = "Rules",
	.whole = add_rules,
};

void event_rules_start(struct part *part)
{
	CLEANUP(json_release)
	json_t *parameters = json_pack("{si}", "Limit", 100);
	const char *global = endpoint_global_region(part->place->region);

	part_list(part, &rules_listing, parameters, NULL);
	if (strcmp(global, part->place->region) != 0)
		part_look_for_rules(part, global);
}

void event_rules_finish(struct part *part)
{
	part_add_elsewhere(part, SURROUNDING_EVENT_RULES);
}
