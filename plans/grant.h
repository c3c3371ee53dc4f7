/*
 * What a kind asks of AWS, as IAM names it: each action, what it is for, and
 * which resources IAM lets it be narrowed to. `aback policy`, the preflight and
 * session policies come from these tables, a file of them for RDS and one for
 * the rest (plans/grants_rds.c, plans/grants_account.c).
 */
#ifndef ABACK_PLANS_GRANT_H
#define ABACK_PLANS_GRANT_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/json.h"
#include "plans/kind.h"

enum grant_use {
	GRANT_READ = 1 << 0,   /* whenever the kind is read */
	GRANT_PLAN = 1 << 1,   /* where it is read to plan or apply */
	GRANT_REPORT = 1 << 2, /* for a review, or a proof */
	GRANT_WRITE = 1 << 3   /* to make a change, or to take one back */
};

#define GRANT_ARNS_MAX 4

/* One action; a table of them ends with a row without one. */
struct grant {
	const char *action; /* "rds:ModifyDBCluster" */
	enum grant_use use;
	/*
	 * The resources, as ARNs without "arn:<partition>:", in which
	 * {region}, {account} and {id} stand for those of what is changed.
	 * None: IAM knows no resource of this action.
	 */
	const char *arns[GRANT_ARNS_MAX];
	/*
	 * GRANT_WRITE: the settings, names separated by blanks, whose change
	 * may take it besides those whose row has it as its call; "*": any.
	 */
	const char *of;
	/* of iam:PassRole: the service that alone may be given the role */
	const char *passed_to;
	/* the call takes DryRun: AWS says whether it may be made */
	bool dry_run;
};

extern const struct grant cluster_grants[];
extern const struct grant instance_grants[];
extern const struct grant cluster_parameter_group_grants[];
extern const struct grant instance_parameter_group_grants[];
extern const struct grant cluster_snapshot_grants[];
extern const struct grant event_subscription_grants[];
extern const struct grant iam_role_grants[];
extern const struct grant iam_policy_grants[];
extern const struct grant log_group_grants[];
extern const struct grant kms_key_grants[];
extern const struct grant security_group_grants[];
/* Who asks whether it may make a plan's calls, about itself. */
extern const struct grant preflight_grants[];
/* Of what belongs to no kind: the surroundings, and CloudTrail's events. */
extern const struct grant surrounding_grants[];
extern const struct grant trail_grants[];

/* Does the table's row say that a change of this setting may take it? */
bool grant_is_of(const struct grant *grant, const char *setting);
/* The kind's row of an action; NULL: it has none. */
const struct grant *grant_find(enum kind kind, const char *action);

/* What stands for {region}, {account} and {id}. */
struct grant_subject {
	const char *region, *account;
	const char *id; /* an id, or a glob of ids */
};
/* An ARN of the grant; owned. */
char *grant_arn(const char *form, const struct grant_subject *subject,
		const char *partition);

#endif
