#include "plans/told.h"

#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/trails.h"

#define CONFIGURATION "configuration change"

static bool is(const char *text, const char *word)
{
	return text && !strcmp(text, word);
}

static bool names_one(const char *text, const struct change *change)
{
	for (size_t i = 0; i < CHANGE_NAMES_MAX && change->names[i]; i++) {
		if (text && strstr(text, change->names[i]))
			return true;
	}
	return false;
}

/* ---- alarms ------------------------------------------------------------- */

/* Does it do anything? */
static bool tells(const json_t *alarm)
{
	return !json_is_false(json_object_get(alarm, "ActionsEnabled")) &&
	       json_array_size(json_object_get(alarm, "AlarmActions"));
}

static bool shares_metric(const json_t *alarm, const json_t *filter)
{
	const json_t *made = json_object_get(filter, "metrics");
	size_t i, k;
	json_t *a, *b;

	json_array_foreach(json_object_get(alarm, "metrics"), i, a) {
		json_array_foreach(made, k, b) {
			if (json_equal(a, b))
				return true;
		}
	}
	return false;
}

static bool is_alarmed(const json_t *alarms, const json_t *filter)
{
	size_t i;
	json_t *alarm;

	json_array_foreach(alarms, i, alarm) {
		if (json_equal(json_object_get(alarm, "region"),
			       json_object_get(filter, "region")) &&
		    tells(alarm) && shares_metric(alarm, filter))
			return true;
	}
	return false;
}

/* It names a call, or all calls of the service. */
static bool filters_it(const json_t *filter, const struct change *change)
{
	const char *pattern = json_text(filter, "filterPattern");

	return names_one(pattern, change) ||
	       (pattern && strstr(pattern, change->event_source) &&
		!strstr(pattern, "eventName"));
}

/* A trail's log group: whose, where, which. All owned. */
struct group {
	char *account, *region, *name;
};

static void group_release(struct group *group)
{
	free(group->account);
	free(group->region);
	free(group->name);
}

/* arn:aws:logs:eu-west-1:123456789012:log-group:NAME:* */
static bool parse_group(const char *arn, struct group *group)
{
	const char *field[7] = { arn };

	for (int i = 1; i < 7; i++) {
		field[i] = field[i - 1] ? strchr(field[i - 1], ':') : NULL;
		if (!field[i])
			return false;
		field[i]++;
	}
	group->region = xstrndup(field[3], (size_t)(field[4] - field[3] - 1));
	group->account = xstrndup(field[4], (size_t)(field[5] - field[4] - 1));
	group->name = xstrndup(field[6], strcspn(field[6], ":"));
	return true;
}

/* Could a part of that region not be read? */
static bool is_blind(const json_t *part, const char *region)
{
	size_t i;
	json_t *entry;

	json_array_foreach(part, i, entry) {
		if (json_object_get(entry, "unread") &&
		    is(json_text(entry, "region"), region))
			return true;
	}
	return false;
}

static enum told told_of_group(const struct group *group, const json_t *filters,
			       const json_t *alarms,
			       const struct change *change)
{
	size_t i;
	json_t *filter;

	json_array_foreach(filters, i, filter) {
		if (is(json_text(filter, "region"), group->region) &&
		    is(json_text(filter, "logGroupName"), group->name) &&
		    filters_it(filter, change) && is_alarmed(alarms, filter))
			return TOLD;
	}
	return is_blind(filters, group->region) ||
			       is_blind(alarms, group->region)
		       ? TOLD_UNREAD
		       : TOLD_NOT;
}

/* Calls of IAM are events of one region, which only some trails see. */
static bool sees(const struct judging *judging, const json_t *trail,
		 const struct change *change)
{
	return change->where != CHANGE_GLOBAL ||
	       (!json_is_false(
			json_object_get(trail, "IncludeGlobalServiceEvents")) &&
		(json_is_true(json_object_get(trail, "IsMultiRegionTrail")) ||
		 is(json_text(trail, "HomeRegion"),
		    endpoint_global_region(judging->place->region))));
}

static enum told told_of_trail(const struct judging *judging,
			       const json_t *trail, const json_t *filters,
			       const json_t *alarms,
			       const struct change *change)
{
	const char *arn = json_text(trail, TRAIL_LOG_GROUP);
	CLEANUP(group_release) struct group group = { .account = NULL };
	CLEANUP(free_ptr) char *why = NULL;
	const enum trail_logs logs = trail_logs(trail, &why);

	if (logs == TRAIL_DOES_NOT || !sees(judging, trail, change) || !arn ||
	    !parse_group(arn, &group))
		return TOLD_NOT;
	/* of an organisation's trail somebody else may be told */
	if (strcmp(group.account, judging->place->account_id) != 0)
		return TOLD_UNREAD;
	const enum told told = told_of_group(&group, filters, alarms, change);
	return told == TOLD && logs == TRAIL_UNREAD ? TOLD_UNREAD : told;
}

enum told told_by_alarm(struct judging *judging, const struct change *change)
{
	const json_t *trails = judge_part(judging, "trails");
	const json_t *filters = judge_part(judging, "metric_filters");
	const json_t *alarms = judge_part(judging, "alarms");
	enum told told = TOLD_NOT;
	size_t i;
	json_t *trail;

	if (!trails || !filters || !alarms)
		return TOLD_UNREAD;
	json_array_foreach(trails, i, trail) {
		const enum told by =
			told_of_trail(judging, trail, filters, alarms, change);

		if (by == TOLD)
			return TOLD;
		if (by == TOLD_UNREAD)
			told = by;
	}
	return told;
}

/* ---- rules of EventBridge ----------------------------------------------- */

/* Something that is no text is a way of matching that may well match. */
static bool may_name(const json_t *names, const struct change *change)
{
	size_t i;
	json_t *name;

	if (!names)
		return true;
	json_array_foreach(names, i, name) {
		if (!json_is_string(name) ||
		    names_one(json_string_value(name), change))
			return true;
	}
	return false;
}

static bool matches(const json_t *rule, const struct change *change)
{
	const char *text = json_text(rule, "pattern");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *pattern = NULL;
	const json_t *sources, *callees, *detail;

	if (!text || json_parse_answer(text, strlen(text), &pattern, &err))
		return false;
	detail = json_object_get(pattern, "detail");
	sources = json_object_get(pattern, "source");
	callees = json_object_get(detail, "eventSource");
	return (json_array_has(sources, change->source) ||
		json_array_has(callees, change->event_source)) &&
	       (!callees || json_array_has(callees, change->event_source)) &&
	       may_name(json_object_get(detail, "eventName"), change);
}

/* On the rule itself: that it was triggered. */
static bool rule_is_alarmed(const json_t *alarms, const json_t *rule)
{
	const char *name = json_text(rule, "name");
	size_t i;
	json_t *alarm;

	json_array_foreach(alarms, i, alarm) {
		const json_t *metric =
			json_array_get(json_object_get(alarm, "metrics"), 0);
		const char *of = json_text(json_object_get(alarm, "dimensions"),
					   "RuleName");

		if (tells(alarm) &&
		    json_equal(json_object_get(alarm, "region"),
			       json_object_get(rule, "region")) &&
		    is(json_text(metric, "Namespace"), "AWS/Events") &&
		    is(of, name))
			return true;
	}
	return false;
}

/* Is a rule of this region asked about the call? */
static bool is_there(const struct judging *judging, const struct change *change,
		     const json_t *trails, const char *region)
{
	size_t i;
	json_t *trail;

	if (change->where == CHANGE_GLOBAL)
		return is(region,
			  endpoint_global_region(judging->place->region));
	if (change->where == CHANGE_HERE || !json_array_size(trails))
		return is(region, judging->place->region);
	json_array_foreach(trails, i, trail) {
		if (is(json_text(trail, "HomeRegion"), region))
			return true;
	}
	return false;
}

static enum told told_by_this(struct judging *judging, const json_t *rule,
			      const struct change *change)
{
	const json_t *targets = json_object_get(rule, "targets");
	const char *region = json_text(rule, "region");
	const json_t *alarms;

	/* what stands for the rules of a region that nobody could read */
	if (json_object_get(rule, "unread"))
		return TOLD_UNREAD;
	if (is(json_text(rule, "state"), "DISABLED") || !matches(rule, change))
		return TOLD_NOT;
	if (json_array_size(targets))
		return TOLD;
	alarms = judge_part(judging, "alarms");
	if (rule_is_alarmed(alarms, rule))
		return TOLD;
	return json_is_array(targets) && alarms && !is_blind(alarms, region)
		       ? TOLD_NOT
		       : TOLD_UNREAD;
}

enum told told_by_rule(struct judging *judging, const struct change *change)
{
	const json_t *rules = judge_part(judging, "event_rules");
	const json_t *trails = change->where == CHANGE_AT_HOME
				       ? judge_part(judging, "trails")
				       : NULL;
	enum told told = rules && (trails || change->where != CHANGE_AT_HOME)
				 ? TOLD_NOT
				 : TOLD_UNREAD;
	size_t i;
	json_t *rule;

	json_array_foreach(rules, i, rule) {
		enum told by;

		if (!is_there(judging, change, trails,
			      json_text(rule, "region")))
			continue;
		by = told_by_this(judging, rule, change);
		if (by == TOLD)
			return TOLD;
		if (by == TOLD_UNREAD)
			told = by;
	}
	return told;
}

/* ---- event subscriptions ------------------------------------------------ */

static const json_t *value_of(const struct resource *subscription,
			      const char *setting)
{
	return resource_value(
		subscription,
		catalogue_lookup(KIND_EVENT_SUBSCRIPTION, setting));
}

/* No type stands for all of them, no categories for each, no ids for all. */
static bool is_subscribed(const struct judging *judging, const char *type)
{
	const struct live *live = judging->live;

	for (size_t i = 0; i < live->len; i++) {
		const struct resource *one = live->items[i];
		const json_t *source, *categories;

		if (one->kind != KIND_EVENT_SUBSCRIPTION ||
		    one->place != judging->place ||
		    !json_is_true(value_of(one, "enabled")) ||
		    json_array_size(value_of(one, "source_ids")))
			continue;
		source = value_of(one, "source_type");
		categories = value_of(one, "event_categories");
		if ((!json_is_string(source) ||
		     is(json_string_value(source), type)) &&
		    (!json_array_size(categories) ||
		     json_array_has(categories, CONFIGURATION)))
			return true;
	}
	return false;
}

enum told told_by_subscription(struct judging *judging,
			       const struct change *change)
{
	if (!change->subscribed)
		return TOLD_NOT;
	if (is_subscribed(judging, "db-cluster") &&
	    is_subscribed(judging, "db-instance"))
		return TOLD;
	return judge_saw(judging, KIND_EVENT_SUBSCRIPTION) ? TOLD_NOT
							   : TOLD_UNREAD;
}
