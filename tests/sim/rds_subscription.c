#include "tests/sim/rds_subscription.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define NAME "SubscriptionName"
#define TOPIC "SnsTopicArn"
#define TYPE "SourceType"
#define SOURCES "SourceIdsList"
#define CATEGORIES "EventCategoriesList"
#define UNTIL "until_ms" /* monotonic: then the status is active */

static const char *const types[] = { "db-instance",   "db-parameter-group",
				     "db-cluster",    "db-security-group",
				     "db-snapshot",   "db-cluster-snapshot",
				     "db-proxy",      "custom-engine-version",
				     "zero-etl",      "blue-green-deployment",
				     "db-shard-group" };

/* ---- the fleet ---------------------------------------------------------- */

static void subscription_defaults(const struct place *place,
				  json_t *subscription)
{
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:rds:%s:%s:es:%s", place->region,
			      place->account->id,
			      json_text(subscription, SUBSCRIPTION_ID));

	json_default(subscription, "CustomerAwsId",
		     json_string(place->account->id));
	json_default(subscription, "EventSubscriptionArn", json_string(arn));
	json_default(subscription, "SubscriptionCreationTime",
		     json_string("2026-01-01 00:00:00.000"));
	json_default(subscription, "Status", json_string("active"));
	json_default(subscription, "Enabled", json_true());
	json_default(subscription, SOURCES, json_array());
	json_default(subscription, CATEGORIES, json_array());
}

static void add_subscription(struct place *place, json_t *subscription)
{
	size_t at = 0;

	subscription_defaults(place, subscription);
	while (at < json_array_size(place->subscriptions) &&
	       strcmp(json_text(json_array_get(place->subscriptions, at),
				SUBSCRIPTION_ID),
		      json_text(subscription, SUBSCRIPTION_ID)) < 0)
		at++;
	json_array_insert_new(place->subscriptions, at, subscription);
}

int subscriptions_load(struct place *place, const json_t *subscriptions,
		       struct error *err)
{
	size_t index;
	json_t *entry;

	json_array_foreach(subscriptions, index, entry) {
		const char *id, *topic;

		if (json_get_string(entry, "subscription", SUBSCRIPTION_ID, &id,
				    err) ||
		    json_get_string(entry, "subscription", TOPIC, &topic, err))
			return -1;
		if (json_find(place->subscriptions, SUBSCRIPTION_ID, id))
			return error_set(err, ERR_FORMAT,
					 "event subscription '%s' is there "
					 "twice",
					 id);
		add_subscription(place, json_deep_copy(entry));
	}
	return 0;
}

/* ---- what is shared by the calls ---------------------------------------- */

static bool refuse(struct rds_call *call, int status, const char *code,
		   const char *message)
{
	answer_error(call->answer, call->request, status, code, "%s", message);
	return false;
}

static void settle(json_t *subscription)
{
	const json_t *until = json_object_get(subscription, UNTIL);

	if (!until || clock_monotonic_ms() < json_integer_value(until))
		return;
	json_object_del(subscription, UNTIL);
	json_object_set_new(subscription, "Status", json_string("active"));
}

/* It is so from now on, and shows that it was changed for a while. */
static void begin(struct rds_call *call, json_t *subscription,
		  const char *status)
{
	json_object_set_new(subscription, "Status", json_string(status));
	json_object_set_new(
		subscription, UNTIL,
		json_integer(clock_monotonic_ms() + call->sim->settle_ms));
}

/* NULL: answer is the error. */
static json_t *find(struct rds_call *call)
{
	const char *id = request_get(call->request, NAME);
	json_t *found =
		id ? json_find(call->place->subscriptions, SUBSCRIPTION_ID, id)
		   : NULL;

	if (found)
		settle(found);
	else if (!id || !*id)
		(void)refuse(call, 400, "MissingParameter",
			     "The request must contain the parameter " NAME
			     ".");
	else
		answer_error(call->answer, call->request, 404,
			     "SubscriptionNotFound",
			     "Event Subscription %s not found.", id);
	return found;
}

/* The same, of one that is not being changed. */
static json_t *find_quiet(struct rds_call *call)
{
	json_t *found = find(call);

	if (!found || !json_object_get(found, UNTIL))
		return found;
	(void)refuse(call, 400, "InvalidEventSubscriptionState",
		     "The subscription is being modified.");
	return NULL;
}

static void answer_subscription(struct rds_call *call, const json_t *state)
{
	answer_begin(call->answer, call->request);
	xml_value(&call->answer->body, "EventSubscription", state);
	answer_end(call->answer, call->request);
}

/* Where the fleet file lists topics, there are no others. */
static bool good_topic(struct rds_call *call, const char *arn)
{
	CLEANUP(free_ptr)
	char *here = xasprintf("arn:aws:sns:%s:", call->place->region);

	if (strncmp(arn, here, strlen(here)) != 0 ||
	    !strchr(arn + strlen(here), ':'))
		return refuse(call, 400, "SNSInvalidTopic",
			      "The SNS topic is not valid.");
	if (call->place->sns_topics &&
	    !json_array_has(call->place->sns_topics, arn))
		return refuse(call, 404, "SNSTopicArnNotFound",
			      "The SNS topic does not exist.");
	return true;
}

static bool good_type(struct rds_call *call, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], type))
			return true;
	return refuse(call, 400, "InvalidParameterValue",
		      "The source type is not valid.");
}

/* Is it there? Of types that the simulator does not have, anything is. */
static bool good_source(struct rds_call *call, const char *type,
			const char *source)
{
	const bool cluster = type && !strcmp(type, "db-cluster");
	const bool instance = type && !strcmp(type, "db-instance");

	if (!type)
		return refuse(call, 400, "InvalidParameterCombination",
			      "Source ids need a source type.");
	if ((cluster || instance) &&
	    !place_find(call->place, cluster, source)) {
		answer_error(call->answer, call->request, 404, "SourceNotFound",
			     "Source %s not found.", source);
		return false;
	}
	return true;
}

/* A list of texts; NULL: it is not sent at all. A new reference. */
static json_t *read_list(const struct request *request, const char *list,
			 const char *item)
{
	json_t *texts = json_array();

	for (size_t i = 1;; i++) {
		CLEANUP(free_ptr)
		char *key = xasprintf("%s.%s.%zu", list, item, i);
		const char *text = request_get(request, key);

		if (!text)
			break;
		json_array_add_unique(texts, text);
	}
	/* "EventCategories=" is an empty list */
	if (json_array_size(texts) || request_get(request, list))
		return texts;
	json_decref(texts);
	return NULL;
}

static bool good_categories(struct rds_call *call, const json_t *categories)
{
	static const char *const known[] = {
		"availability",    "backtrack",
		"backup",          "configuration change",
		"creation",        "deletion",
		"failover",        "failure",
		"global-failover", "low storage",
		"maintenance",     "migration",
		"notification",    "read replica",
		"recovery",        "restoration",
		"security",        "security patching",
		"serverless"
	};
	size_t i;
	json_t *category;

	json_array_foreach(categories, i, category) {
		bool found = false;

		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			found |= !strcmp(known[k], json_string_value(category));
		if (!found)
			return refuse(call, 404, "SubscriptionCategoryNotFound",
				      "The event category does not exist.");
	}
	return true;
}

/*
 * What Create and Modify have in common: those parameters that are given
 * become members of `set`.
 */
static bool read_settings(struct rds_call *call, json_t *set)
{
	const struct request *request = call->request;
	const char *topic = request_get(request, TOPIC);
	const char *type = request_get(request, TYPE);
	const char *enabled = request_get(request, "Enabled");
	json_t *categories =
		read_list(request, "EventCategories", "EventCategory");

	if (categories)
		json_object_set_new(set, CATEGORIES, categories);
	if (topic)
		json_object_set_new(set, TOPIC, json_string(topic));
	if (type)
		json_object_set_new(set, TYPE, json_string(type));
	if (enabled)
		json_object_set_new(set, "Enabled",
				    json_boolean(!strcmp(enabled, "true")));
	if (enabled && strcmp(enabled, "true") != 0 &&
	    strcmp(enabled, "false") != 0)
		return refuse(call, 400, "MalformedInput",
			      "Enabled must be true or false.");
	return (!topic || good_topic(call, topic)) &&
	       (!type || good_type(call, type)) &&
	       good_categories(call, categories);
}

/* ---- the calls ---------------------------------------------------------- */

void rds_describe_subscriptions(struct rds_call *call)
{
	static const char *const names[] = { NAME, "MaxRecords", "Marker" };
	CLEANUP(page_release) struct page page = { .after = NULL };
	const char *asked = request_get(call->request, NAME);
	struct strbuf *out = &call->answer->body;
	CLEANUP(free_ptr) char *marker = NULL;
	const char *last = NULL;
	long count = 0;
	size_t i;
	json_t *subscription;

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    (asked && !find(call)))
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<EventSubscriptionsList>\n");
	json_array_foreach(call->place->subscriptions, i, subscription) {
		const char *id = json_text(subscription, SUBSCRIPTION_ID);

		if ((page.after && strcmp(id, page.after) <= 0) ||
		    (asked && strcmp(id, asked) != 0))
			continue;
		if (count++ == page.size) {
			marker = page_marker(call->request, last);
			break;
		}
		settle(subscription);
		xml_value(out, "EventSubscription", subscription);
		last = id;
	}
	strbuf_adds(out, "</EventSubscriptionsList>\n");
	if (marker)
		xml_text(out, "Marker", marker);
	answer_end(call->answer, call->request);
}

static bool good_sources(struct rds_call *call, const json_t *set)
{
	size_t i;
	json_t *source;

	json_array_foreach(json_object_get(set, SOURCES), i, source)
		if (!good_source(call, json_text(set, TYPE),
				 json_string_value(source)))
			return false;
	return true;
}

void rds_create_subscription(struct rds_call *call)
{
	static const char *const names[] = { NAME,
					     TOPIC,
					     TYPE,
					     "Enabled",
					     "SourceIds",
					     "SourceIds.",
					     "EventCategories",
					     "EventCategories." };
	const char *id = request_get(call->request, NAME);
	CLEANUP(json_release) json_t *set = json_object();
	json_t *sources = read_list(call->request, "SourceIds", "SourceId");

	if (sources)
		json_object_set_new(set, SOURCES, sources);
	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	if (!id || !*id || !request_get(call->request, TOPIC)) {
		(void)refuse(call, 400, "MissingParameter",
			     "The request must contain the parameters " NAME
			     " and " TOPIC ".");
		return;
	}
	if (json_find(call->place->subscriptions, SUBSCRIPTION_ID, id)) {
		(void)refuse(call, 400, "SubscriptionAlreadyExist",
			     "Event Subscription already exists.");
		return;
	}
	if (!read_settings(call, set) || !good_sources(call, set))
		return;
	json_object_set_new(set, SUBSCRIPTION_ID, json_string(id));
	subscription_defaults(call->place, set);
	begin(call, set, "creating");
	answer_subscription(call, set);
	if (!call->effect->none)
		add_subscription(call->place, json_deep_copy(set));
}

void rds_modify_subscription(struct rds_call *call)
{
	static const char *const names[] = { NAME,
					     TOPIC,
					     TYPE,
					     "Enabled",
					     "EventCategories",
					     "EventCategories." };
	CLEANUP(json_release) json_t *set = json_object();
	CLEANUP(json_release) json_t *after = NULL;
	json_t *subscription;

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	subscription = find_quiet(call);
	if (!subscription || !read_settings(call, set))
		return;
	after = json_copy(subscription);
	json_object_update(after, set);
	begin(call, after, "modifying");
	answer_subscription(call, after);
	if (!call->effect->none)
		json_object_update(subscription, after);
}

void rds_delete_subscription(struct rds_call *call)
{
	static const char *const names[] = { NAME };
	json_t *subscription;
	size_t i;
	json_t *other;

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	subscription = find_quiet(call);
	if (!subscription)
		return;
	answer_subscription(call, subscription);
	if (call->effect->none)
		return;
	json_array_foreach(call->place->subscriptions, i, other)
		if (other == subscription) {
			json_array_remove(call->place->subscriptions, i);
			return;
		}
}

static void change_sources(struct rds_call *call, bool add)
{
	static const char *const names[] = { NAME, "SourceIdentifier" };
	const char *source = request_get(call->request, "SourceIdentifier");
	CLEANUP(json_release) json_t *sources = json_array();
	CLEANUP(json_release) json_t *after = NULL;
	json_t *subscription, *member;
	size_t i;

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	subscription = find_quiet(call);
	if (!subscription)
		return;
	if (!source || !*source) {
		(void)refuse(call, 400, "MissingParameter",
			     "The request must contain the parameter "
			     "SourceIdentifier.");
		return;
	}
	json_array_foreach(json_object_get(subscription, SOURCES), i, member)
		if (add || strcmp(json_string_value(member), source) != 0)
			json_array_append(sources, member);
	if (add && !good_source(call, json_text(subscription, TYPE), source))
		return;
	if (!add &&
	    json_array_size(sources) ==
		    json_array_size(json_object_get(subscription, SOURCES))) {
		(void)refuse(call, 404, "SourceNotFound",
			     "The subscription has no such source.");
		return;
	}
	if (add)
		json_array_add_unique(sources, source);
	after = json_copy(subscription);
	json_object_set(after, SOURCES, sources);
	begin(call, after, "modifying");
	answer_subscription(call, after);
	if (!call->effect->none)
		json_object_update(subscription, after);
}

void rds_add_source(struct rds_call *call)
{
	change_sources(call, true);
}

void rds_remove_source(struct rds_call *call)
{
	change_sources(call, false);
}
