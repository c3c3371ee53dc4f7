/*
 * Is anybody told of a change? What plans/controls_told.c asks of the
 * surroundings (plans/surroundings.h) and of RDS's own subscriptions.
 */
#ifndef ABACK_PLANS_TOLD_H
#define ABACK_PLANS_TOLD_H

#include <stdbool.h>

#include "plans/judging.h"

#define CHANGE_NAMES_MAX 4

/* In which region the call that makes it is an event. */
enum change_where {
	CHANGE_HERE,   /* where it is made */
	CHANGE_GLOBAL, /* in the one that IAM's are in */
	CHANGE_AT_HOME /* where a trail is at home */
};

/* What somebody is to be told of. */
struct change {
	const char *what;         /* "a security group is opened" */
	enum change_where where;  /* all but the first are of the account */
	const char *source;       /* of EventBridge: "aws.rds" */
	const char *event_source; /* of CloudTrail: "rds.amazonaws.com" */
	const char *names[CHANGE_NAMES_MAX]; /* calls, each of which will do */
	bool subscribed; /* RDS tells of it by event subscriptions too */
};

enum told { TOLD, TOLD_NOT, TOLD_UNREAD };

/* A rule that matches, is on, and has a target or an alarm on it, there. */
enum told told_by_rule(struct judging *judging, const struct change *change);
/* Subscriptions to configuration changes of clusters and of instances. */
enum told told_by_subscription(struct judging *judging,
			       const struct change *change);
/*
 * An alarm, with somebody to tell, on a metric that a filter makes of what a
 * trail delivers, wherever that is.
 */
enum told told_by_alarm(struct judging *judging, const struct change *change);

#endif
