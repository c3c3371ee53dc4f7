/*
 * Event subscriptions: which events of RDS an SNS topic is told of. Sources
 * come and go by a call each, all else by one. A missing one is created whole
 * by one call, and its backout deletes it where it is as that call left it.
 */
#include "plans/event_subscription.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/grant.h"
#include "plans/kinds.h"
#include "plans/value.h"

#define KIND KIND_EVENT_SUBSCRIPTION
#define CREATE "rds:CreateEventSubscription"
#define MODIFY "rds:ModifyEventSubscription"
#define DELETE "rds:DeleteEventSubscription"
#define ADD "rds:AddSourceIdentifierToSubscription"
#define REMOVE "rds:RemoveSourceIdentifierFromSubscription"

#define NAME "SubscriptionName"
#define SOURCE "SourceIdentifier"
#define SOURCES "SourceIds.SourceId" /* of CREATE alone */
#define CATEGORIES "EventCategories"
#define CATEGORY CATEGORIES ".EventCategory"

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

/* One that cannot tell its topic can be changed all the same. */
static enum condition condition(const struct resource *resource,
				const char **ret_why)
{
	static const char *const ready[] = { "active", "no-permission",
					     "topic-not-exist" };

	*ret_why = resource->status ? resource->status : "it is not there";
	if (!resource->status)
		return CONDITION_READY;
	for (size_t i = 0; i < ARRAY_SIZE(ready); i++) {
		if (!strcmp(resource->status, ready[i]))
			return CONDITION_READY;
	}
	return CONDITION_BUSY;
}

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

/* ---- the changes as they go together ------------------------------------ */

struct drafting {
	const struct resource *resource;
	const struct call_change *changes;
	size_t len;
	struct call_list *calls;
	json_t *refused;
};

static const struct call_change *change_of(const struct drafting *d,
					   const char *name)
{
	for (size_t i = 0; i < d->len; i++) {
		if (is(d->changes[i].setting, name))
			return &d->changes[i];
	}
	return NULL;
}

static const json_t *live_of(const struct drafting *d, const char *name)
{
	return resource_value(d->resource, catalogue_lookup(KIND, name));
}

/* What it will be; NULL: not read. */
static const json_t *target_of(const struct drafting *d, const char *name)
{
	const struct call_change *change = change_of(d, name);

	return change ? change->after : live_of(d, name);
}

static void refuse(const struct drafting *d, const struct call_change *change,
		   const char *reason, const char *remedy)
{
	json_object_set_new(
		d->refused, change->setting->name,
		json_pack("{ss ss*}", "reason", reason, "remedy", remedy));
}

static void refuse_all(const struct drafting *d, const char *reason,
		       const char *remedy)
{
	for (size_t i = 0; i < d->len; i++)
		refuse(d, &d->changes[i], reason, remedy);
}

static struct call *add_call(const struct drafting *d, const char *name)
{
	struct call *call = call_list_add(d->calls, name);

	json_object_set_new(call->parameters, NAME,
			    json_from_text(d->resource->id));
	return call;
}

static void put_list(json_t *parameters, const char *list, const json_t *texts)
{
	size_t i;
	json_t *text;

	json_array_foreach(texts, i, text) {
		CLEANUP(free_ptr) char *key = xasprintf("%s.%zu", list, i + 1);

		json_object_set(parameters, key, text);
	}
}

/* An empty list is sent by its bare name, and stands for all categories. */
static void put_categories(json_t *parameters, const json_t *categories)
{
	put_list(parameters, CATEGORY, categories);
	if (!json_array_size(categories))
		json_object_set_new(parameters, CATEGORIES, json_string(""));
}

static void put_scalar(json_t *parameters, const struct setting *row,
		       const json_t *value)
{
	CLEANUP(free_ptr) char *text = value_to_wire(row, value);

	json_object_set_new(parameters, row->write, json_from_text(text));
}

/* ---- creating and deleting ---------------------------------------------- */

#define NO_TYPE "source ids need a 'source_type'"

/* The text of what new ones have without being told so is not sent. */
static bool goes_without_saying(const struct call_change *change)
{
	CLEANUP(json_release) json_t *created = NULL;

	if (!change->setting->created)
		return json_is_null(change->after);
	created = json_loads(change->setting->created, JSON_DECODE_ANY, NULL);
	return value_equal(change->setting, change->after, created);
}

static void put_created(json_t *parameters, const struct call_change *change)
{
	if (goes_without_saying(change))
		return;
	if (is(change->setting, "event_categories"))
		put_list(parameters, CATEGORY, change->after);
	else if (is(change->setting, "source_ids"))
		put_list(parameters, SOURCES, change->after);
	else if (!is(change->setting, "exists"))
		put_scalar(parameters, change->setting, change->after);
}

static void create(const struct drafting *d)
{
	const struct call_change *exists = change_of(d, "exists");
	struct call *call;

	if (!exists || !change_of(d, "sns_topic_arn")) {
		refuse_all(d,
			   "there is no event subscription of that name, and "
			   "without 'sns_topic_arn' none can be created",
			   "give the rule that names it an 'sns_topic_arn'");
		return;
	}
	if (json_array_size(target_of(d, "source_ids")) &&
	    json_is_null(target_of(d, "source_type"))) {
		refuse_all(d, NO_TYPE, "let a rule also set 'source_type'");
		return;
	}
	call = add_call(d, CREATE);
	for (size_t i = 0; i < d->len; i++) {
		call_add_change(call, i);
		put_created(call->parameters, &d->changes[i]);
	}
}

/* What is live has to go as we left it, all of it: its changes say so. */
static void remove_whole(const struct drafting *d)
{
	size_t len;
	const struct setting *rows = catalogue_rows(KIND, &len);
	struct call *call;

	for (size_t i = 0; i < len; i++) {
		const struct call_change *change = change_of(d, rows[i].name);
		const json_t *live = resource_value(d->resource, &rows[i]);
		CLEANUP(free_ptr) char *why = NULL;

		if (is(&rows[i], "exists") ||
		    (change ? json_is_null(change->after)
			    : !live || json_is_null(live)))
			continue;
		why = xasprintf("it is deleted only as a whole and as our "
				"change left it, and its '%s' stays or is "
				"not as it was",
				rows[i].name);
		refuse_all(d, why,
			   "if nobody needs it any more: aws rds "
			   "delete-event-subscription");
		return;
	}
	call = add_call(d, DELETE);
	for (size_t i = 0; i < d->len; i++)
		call_add_change(call, i);
}

/* ---- changing ----------------------------------------------------------- */

static const char *refuse_type(const struct drafting *d,
			       const struct call_change *change,
			       const char **ret_remedy)
{
	const json_t *sources = live_of(d, "source_ids");

	*ret_remedy = "make another subscription, under another name";
	if (json_is_null(change->after))
		return "AWS has no call that unsets it";
	if (json_array_size(sources))
		return "its source ids are of the present type, and a "
		       "subscription without any is one of everything";
	return NULL;
}

static bool refused(const struct drafting *d, const struct call_change *change)
{
	const char *remedy = NULL, *reason = NULL;

	if (is(change->setting, "source_type"))
		reason = refuse_type(d, change, &remedy);
	else if (json_is_null(change->after))
		reason = "a subscription that is there has one";
	if (is(change->setting, "source_ids") && !reason &&
	    json_array_size(change->after) &&
	    json_is_null(target_of(d, "source_type"))) {
		reason = NO_TYPE;
		remedy = "let a rule also set 'source_type'";
	}
	if (reason)
		refuse(d, change, reason, remedy);
	return reason;
}

/*
 * Categories are those of a type, which is sent along; where it is not known,
 * the plan was not made from live, and has it.
 */
static void send_type(const struct drafting *d, struct call *call)
{
	const struct setting *row = catalogue_lookup(KIND, "source_type");
	json_t *live = resource_value(d->resource, row);

	if (change_of(d, "source_type") || !json_is_string(live))
		return;
	put_scalar(call->parameters, row, live);
	json_object_set(call->companions, row->name, live);
}

/* All that one call takes; false: none of it changes. */
static bool modify(const struct drafting *d)
{
	struct call *call = NULL;

	for (size_t i = 0; i < d->len; i++) {
		const struct call_change *change = &d->changes[i];

		if (is(change->setting, "exists") ||
		    is(change->setting, "source_ids") || refused(d, change))
			continue;
		if (!call)
			call = add_call(d, MODIFY);
		call_add_change(call, i);
		if (is(change->setting, "event_categories")) {
			put_categories(call->parameters, change->after);
			send_type(d, call);
		} else {
			put_scalar(call->parameters, change->setting,
				   change->after);
		}
	}
	return call;
}

/* One call each; all of `needs` earlier calls come first. */
static void each_source(const struct drafting *d, size_t change,
			const char *name, const json_t *sources, size_t needs)
{
	size_t i;
	json_t *source;

	json_array_foreach(sources, i, source) {
		struct call *call = add_call(d, name);

		call_add_change(call, change);
		json_object_set(call->parameters, SOURCE, source);
		for (size_t n = 0; n < needs; n++)
			call_add_need(call, n);
	}
}

/*
 * Those that come are there before the first one goes: without any it would be
 * told of everything for a while.
 */
static void change_sources(const struct drafting *d, bool modified)
{
	const struct call_change *change = change_of(d, "source_ids");
	CLEANUP(json_release) json_t *more = NULL;
	CLEANUP(json_release) json_t *fewer = NULL;

	if (!change || refused(d, change))
		return;
	more = set_minus(change->after, change->before);
	fewer = set_minus(change->before, change->after);
	each_source(d, (size_t)(change - d->changes), ADD, more,
		    modified ? 1 : 0);
	each_source(d, (size_t)(change - d->changes), REMOVE, fewer,
		    d->calls->len);
}

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused)
{
	const struct drafting d = { .resource = resource,
				    .changes = changes,
				    .len = changes_len,
				    .calls = ret_calls,
				    .refused = ret_refused };
	const struct call_change *exists = change_of(&d, "exists");

	if (resource_is_missing(resource))
		create(&d);
	else if (exists && json_is_false(exists->after))
		remove_whole(&d);
	else
		change_sources(&d, modify(&d));
}

/* ---- what a call makes of a value --------------------------------------- */

/* The members of a list parameter, of which *left is less by those. New. */
static json_t *list_of(const json_t *parameters, const char *list, size_t *left)
{
	json_t *members = json_array();

	for (;; --*left) {
		CLEANUP(free_ptr)
		char *key =
			xasprintf("%s.%zu", list, json_array_size(members) + 1);
		json_t *member = json_object_get(parameters, key);

		if (!json_is_string(member))
			break;
		json_array_append(members, member);
	}
	return members;
}

/* What CREATE and MODIFY have parameters for; categories NULL: not sent. */
struct settings_sent {
	json_t *categories, *sources;
	size_t left; /* parameters that nobody knows */
};

static void sent_release(struct settings_sent *sent)
{
	json_decref(sent->categories);
	json_decref(sent->sources);
}

static struct settings_sent settings_of(const json_t *parameters, bool created)
{
	static const char *const scalars[] = { "Enabled", "SnsTopicArn",
					       "SourceType", NAME };
	struct settings_sent sent = { .left = json_object_size(parameters) };
	const char *empty = json_text(parameters, CATEGORIES);

	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
		if (json_string_length(json_object_get(parameters, scalars[i])))
			sent.left--;
	}
	sent.categories = list_of(parameters, CATEGORY, &sent.left);
	if (empty && !*empty && !created && !json_array_size(sent.categories)) {
		sent.left--;
	} else if (!created && !json_array_size(sent.categories)) {
		json_decref(sent.categories);
		sent.categories = NULL;
	}
	sent.sources = created ? list_of(parameters, SOURCES, &sent.left)
			       : json_array();
	return sent;
}

/* NULL: not sent. New reference. */
static json_t *sent_scalar(const json_t *parameters,
			   const struct setting *setting)
{
	const char *text = json_text(parameters, setting->write);

	return text ? value_from_wire(setting, &text, 1) : NULL;
}

/* Of one that is created, what is not sent is as AWS makes it. */
static json_t *after_create(const json_t *parameters,
			    const struct settings_sent *sent,
			    const struct setting *setting)
{
	json_t *value = NULL;

	if (is(setting, "exists"))
		return json_true();
	if (is(setting, "event_categories"))
		return json_sorted_set(sent->categories);
	if (is(setting, "source_ids"))
		return json_sorted_set(sent->sources);
	value = sent_scalar(parameters, setting);
	if (value)
		return value;
	return setting->created
		       ? json_loads(setting->created, JSON_DECODE_ANY, NULL)
		       : json_null();
}

static json_t *after_modify(const json_t *parameters,
			    const struct settings_sent *sent,
			    const struct setting *setting, json_t *value)
{
	json_t *set = NULL;

	if (is(setting, "event_categories"))
		return sent->categories ? json_sorted_set(sent->categories)
					: json_incref(value);
	if (!is(setting, "exists") && !is(setting, "source_ids"))
		set = sent_scalar(parameters, setting);
	return set ? set : json_incref(value);
}

static json_t *after_settings(const char *call, const json_t *parameters,
			      const struct setting *setting, json_t *value)
{
	const bool created = strcmp(call, CREATE) == 0;
	CLEANUP(sent_release)
	struct settings_sent sent = settings_of(parameters, created);

	if (sent.left || (created && !json_text(parameters, "SnsTopicArn")))
		return NULL;
	return created ? after_create(parameters, &sent, setting)
		       : after_modify(parameters, &sent, setting, value);
}

static json_t *after_source(const char *call, const json_t *parameters,
			    const struct setting *setting, json_t *value)
{
	json_t *source = json_object_get(parameters, SOURCE);
	CLEANUP(json_release) json_t *one = NULL;

	if (json_object_size(parameters) != 2 || !json_string_length(source))
		return NULL;
	if (!is(setting, "source_ids"))
		return json_incref(value);
	one = json_pack("[O]", source);
	return strcmp(call, ADD) == 0 ? set_union(value, one)
				      : set_minus(value, one);
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	json_t *was = (json_t *)(uintptr_t)value;

	if (!json_string_length(json_object_get(parameters, NAME)))
		return NULL;
	if (!strcmp(call, CREATE) || !strcmp(call, MODIFY))
		return after_settings(call, parameters, setting, was);
	if (!strcmp(call, ADD) || !strcmp(call, REMOVE))
		return after_source(call, parameters, setting, was);
	if (strcmp(call, DELETE) != 0 || json_object_size(parameters) != 1)
		return NULL;
	return is(setting, "exists") ? json_false() : json_null();
}

const struct kind_ops event_subscription_kind = {
	.kind = KIND,
	.name = "event_subscription",
	.grants = event_subscription_grants,
	.lane_kind = KIND,
	.by_reference = true,
	.read = event_subscription_read,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
};
