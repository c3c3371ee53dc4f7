/* Controls of who is told what happens: event subscriptions of RDS. */
#include <string.h>

#include "core/limits.h"
#include "plans/catalogue.h"
#include "plans/controls_rows.h"
#include "plans/render_parts.h"

#define SUBSCRIPTION KIND_EVENT_SUBSCRIPTION
#define CATEGORIES_MAX 4

/* What somebody is to be told of. */
struct events {
	const char *source; /* its source type */
	const char *categories[CATEGORIES_MAX];
	/* of each of these; KIND_COUNT: AWS has a list of its own */
	enum kind kind;
	const char *what; /* "the clusters" */
};

/* ---- predicates ------------------------------------------------------- */

static const json_t *value_of(const struct resource *subscription,
			      const char *setting)
{
	return resource_value(subscription,
			      catalogue_lookup(SUBSCRIPTION, setting));
}

/* No list at all stands for everything. */
static bool has_all(const json_t *list, const char *const *wanted)
{
	for (size_t i = 0; json_array_size(list) && wanted[i]; i++) {
		if (!json_array_has(list, wanted[i]))
			return false;
	}
	return true;
}

static bool tells_of(const struct resource *subscription,
		     const struct events *events)
{
	const json_t *source = value_of(subscription, "source_type");

	return json_is_true(value_of(subscription, "enabled")) &&
	       (!json_is_string(source) ||
		!strcmp(json_string_value(source), events->source)) &&
	       has_all(value_of(subscription, "event_categories"),
		       events->categories);
}

static bool is_here(const struct judging *judging,
		    const struct resource *resource, enum kind kind)
{
	return resource->kind == kind && resource->place == judging->place &&
	       !resource_is_missing(resource);
}

/* id NULL: whichever sources it names */
static bool is_told(const struct judging *judging, const struct events *events,
		    const char *id)
{
	const struct live *live = judging->live;

	for (size_t i = 0; i < live->len; i++) {
		const struct resource *subscription = live->items[i];
		const char *const one[] = { id, NULL };

		if (is_here(judging, subscription, SUBSCRIPTION) &&
		    tells_of(subscription, events) &&
		    has_all(value_of(subscription, "source_ids"), one))
			return true;
	}
	return false;
}

static bool has_clusters(const struct judging *judging)
{
	for (size_t i = 0; i < judging->live->len; i++) {
		if (is_here(judging, judging->live->items[i], KIND_CLUSTER))
			return true;
	}
	return false;
}

/* Every subscription that there is, for who doubts that none will do. */
static void note_all(struct judging *judging)
{
	static const char *const settings[] = { "source_type",
						"event_categories", "enabled" };
	const struct live *live = judging->live;

	for (size_t i = 0; i < live->len; i++) {
		for (size_t s = 0;
		     s < ARRAY_SIZE(settings) &&
		     is_here(judging, live->items[i], SUBSCRIPTION);
		     s++)
			(void)judge_value(judging, live->items[i], settings[s]);
	}
}

static void fail(struct judging *judging, const struct events *events,
		 size_t untold, size_t all)
{
	CLEANUP(strbuf_release)
	struct strbuf categories = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf of = STRBUF_INIT(LIMIT_MESSAGE);

	for (size_t i = 0; events->categories[i]; i++)
		strbuf_addf(&categories, "%s%s", i ? ", " : "",
			    events->categories[i]);
	if (untold < all)
		strbuf_addf(&of, "%zu of %zu of ", untold, all);
	strbuf_adds(&of, events->what);
	(void)judge_fail(judging, NULL, categories.buf,
			 "nobody is told of these events of %s: %s", of.buf,
			 categories.buf);
}

static void judge_events(struct judging *judging, const struct events *events)
{
	const struct live *live = judging->live;
	size_t untold = 0, all = 0;

	if (!judge_saw(judging, SUBSCRIPTION) ||
	    !judge_saw(judging, KIND_CLUSTER))
		return;
	if (!has_clusters(judging)) {
		judge_not_applicable(judging);
		return;
	}
	note_all(judging);
	if (events->kind == KIND_COUNT) {
		if (!is_told(judging, events, NULL))
			fail(judging, events, 1, 1);
		return;
	}
	for (size_t i = 0; i < live->len; i++) {
		if (!is_here(judging, live->items[i], events->kind))
			continue;
		all++;
		untold += !is_told(judging, events, live->items[i]->id);
	}
	if (untold)
		fail(judging, events, untold, all);
}

static void judge_cluster_events(struct judging *judging)
{
	static const struct events events = { "db-cluster",
					      { "failure", "maintenance" },
					      KIND_CLUSTER,
					      "the clusters" };

	judge_events(judging, &events);
}

static void judge_instance_events(struct judging *judging)
{
	static const struct events events = { "db-instance",
					      { "configuration change",
						"failure", "maintenance" },
					      KIND_INSTANCE,
					      "the instances" };

	judge_events(judging, &events);
}

static void judge_parameter_events(struct judging *judging)
{
	static const struct events events = { "db-parameter-group",
					      { "configuration change" },
					      KIND_COUNT,
					      "parameter groups" };

	judge_events(judging, &events);
}

static void judge_security_events(struct judging *judging)
{
	static const struct events events = { "db-security-group",
					      { "configuration change",
						"failure" },
					      KIND_COUNT,
					      "security groups of RDS" };

	judge_events(judging, &events);
}

/* Can its topic be told? */
static void judge_delivery(struct judging *judging)
{
	const struct resource *subscription = judging->resource;
	const char *status = subscription->status;
	CLEANUP(json_release) json_t *value = json_from_text(status);

	judge_note(judging, subscription, NULL, NULL, "Status", value);
	(void)judge_value(judging, subscription, "sns_topic_arn");
	if (status && !strcmp(status, "no-permission"))
		(void)judge_fail(judging, json_string(status), "active",
				 "RDS may not publish to its topic");
	else if (status && !strcmp(status, "topic-not-exist"))
		(void)judge_fail(judging, json_string(status), "active",
				 "its topic does not exist any more");
}

/* ---- rows ------------------------------------------------------------- */

#define WHY "Nobody notices a failure, or a change that nobody planned."
#define FIX                                                                 \
	"choose an SNS topic that somebody reads, and let a rule create a " \
	"subscription to it"

static const struct control rows[] = {
	{
		.id = "event-subscription-delivers",
		.title = "Event subscriptions reach their topic",
		.why = WHY,
		.severity = SEVERITY_MEDIUM,
		.kind = SUBSCRIPTION,
		.references = { "FSBP RDS.19", "FSBP RDS.20" },
		.settings = { { SUBSCRIPTION, "sns_topic_arn" } },
		.judge = judge_delivery,
		.fix = FIX_DECISION,
		.fix_text = "let events.rds.amazonaws.com publish to the "
			    "topic, or set sns_topic_arn to one that is there",
	},
	{
		.id = "events-of-clusters",
		.title = "Somebody is told when a cluster fails",
		.why = WHY,
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { "FSBP RDS.19",
				"Config "
				"rds-cluster-event-notifications-configured",
				"Prowler "
				"rds_cluster_critical_event_subscription" },
		.settings = { { SUBSCRIPTION, "source_type" },
			      { SUBSCRIPTION, "event_categories" },
			      { SUBSCRIPTION, "source_ids" },
			      { SUBSCRIPTION, "enabled" } },
		.judge = judge_cluster_events,
		.fix = FIX_DECISION,
		.fix_text = FIX,
	},
	{
		.id = "events-of-instances",
		.title = "Somebody is told when an instance fails or changes",
		.why = WHY,
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { "FSBP RDS.20",
				"Config "
				"rds-instance-event-notifications-configured",
				"Prowler "
				"rds_instance_critical_event_subscription" },
		.settings = { { SUBSCRIPTION, "source_type" },
			      { SUBSCRIPTION, "event_categories" },
			      { SUBSCRIPTION, "source_ids" },
			      { SUBSCRIPTION, "enabled" } },
		.judge = judge_instance_events,
		.fix = FIX_DECISION,
		.fix_text = FIX,
	},
	{
		.id = "events-of-parameter-groups",
		.title = "Somebody is told when parameters change",
		.why = WHY,
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { "FSBP RDS.21",
				"Config rds-pg-event-notifications-configured",
				"Prowler rds_instance_event_subscription_"
				"parameter_groups" },
		.settings = { { SUBSCRIPTION, "source_type" },
			      { SUBSCRIPTION, "event_categories" } },
		.judge = judge_parameter_events,
		.fix = FIX_DECISION,
		.fix_text = FIX,
	},
	{
		.id = "events-of-security-groups",
		.title = "Somebody is told when security groups of RDS change",
		.why = WHY,
		.severity = SEVERITY_LOW,
		.subject = SUBJECT_REGION,
		.references = { "FSBP RDS.22",
				"Config rds-sg-event-notifications-configured",
				"Prowler rds_instance_event_subscription_"
				"security_groups" },
		.settings = { { SUBSCRIPTION, "source_type" },
			      { SUBSCRIPTION, "event_categories" } },
		.judge = judge_security_events,
		.fix = FIX_DECISION,
		.fix_text = FIX,
	},
};

const struct control_table event_controls = { rows, ARRAY_SIZE(rows) };
