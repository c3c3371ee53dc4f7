#include "plans/catalogue_rows.h"

#define API "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"

#define EMPTY_IS_ALL                                                      \
	"an empty list stands for all of them, so that adding one would " \
	"take others away"

const struct setting catalogue_event_subscription[] = {
	{
		.kind = KIND_EVENT_SUBSCRIPTION,
		.name = "enabled",
		.type = TYPE_BOOL,
		.summary = "The topic is told of events",
		.read = "Enabled",
		.created = "true",
		.standing = STANDING_WRITABLE,
		.call = "rds:ModifyEventSubscription",
		.write = "Enabled",
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_ModifyEventSubscription.html",
	},
	{
		.kind = KIND_EVENT_SUBSCRIPTION,
		.name = "event_categories",
		.type = TYPE_STRING_SET,
		.summary = "The categories of events, such as `failure`; an "
			   "empty list: all",
		.read = "EventCategoriesList/EventCategory",
		.absent = "[]",
		.created = "[]",
		.whole_only = EMPTY_IS_ALL,
		.standing = STANDING_WRITABLE,
		.call = "rds:ModifyEventSubscription",
		.write = "EventCategories.EventCategory",
		.companions = "source_type",
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_ModifyEventSubscription.html",
	},
	{
		.kind = KIND_EVENT_SUBSCRIPTION,
		.name = "exists",
		.type = TYPE_BOOL,
		.summary = "The subscription is there; one that a rule names "
			   "exactly and gives a topic is created",
		.read = "CustSubscriptionId",
		.absent = "false",
		.standing = STANDING_WRITABLE,
		.call = "rds:CreateEventSubscription",
		.write = "SubscriptionName",
		.call_remove = "rds:DeleteEventSubscription",
		.implied = "true",
		.removable = true,
		.check = check_true,
		.effect = EFFECT_IMMEDIATE,
		.severity = "low",
		.source = API "API_CreateEventSubscription.html",
	},
	{
		.kind = KIND_EVENT_SUBSCRIPTION,
		.name = "sns_topic_arn",
		.type = TYPE_STRING,
		.summary = "The ARN of the SNS topic that is told",
		.read = "SnsTopicArn",
		.standing = STANDING_WRITABLE,
		.call = "rds:ModifyEventSubscription",
		.write = "SnsTopicArn",
		.min = 1,
		.max = 1024,
		.check = check_topic_arn,
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_ModifyEventSubscription.html",
	},
	{
		.kind = KIND_EVENT_SUBSCRIPTION,
		.name = "source_ids",
		.type = TYPE_STRING_SET,
		.summary = "The sources, by their identifiers; an empty list: "
			   "all of that type",
		.read = "SourceIdsList/SourceId",
		.absent = "[]",
		.created = "[]",
		.whole_only = EMPTY_IS_ALL,
		.standing = STANDING_WRITABLE,
		.call = "rds:AddSourceIdentifierToSubscription",
		.write = "SourceIdentifier",
		.call_remove = "rds:RemoveSourceIdentifierFromSubscription",
		.write_remove = "SourceIdentifier",
		.companions = "source_type",
		.check = check_source_ids,
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_AddSourceIdentifierToSubscription.html",
	},
	{
		.kind = KIND_EVENT_SUBSCRIPTION,
		.name = "source_type",
		.type = TYPE_ENUM,
		.summary = "What the events are of; null: everything, which "
			   "can only be said when it is created",
		.read = "SourceType",
		.standing = STANDING_WRITABLE,
		.call = "rds:ModifyEventSubscription",
		.write = "SourceType",
		.choices = { "blue-green-deployment", "custom-engine-version",
			     "db-cluster", "db-cluster-snapshot", "db-instance",
			     "db-parameter-group", "db-proxy",
			     "db-security-group", "db-shard-group",
			     "db-snapshot", "zero-etl" },
		.nullable = true,
		.effect = EFFECT_IMMEDIATE,
		.source = API "API_ModifyEventSubscription.html",
	},
};

const size_t catalogue_event_subscription_len =
	ARRAY_SIZE(catalogue_event_subscription);
