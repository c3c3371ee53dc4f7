#include "tests/sim/rds_modify.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/rds_xml.h"
#include "tests/sim/request.h"
#include "tests/sim/settle.h"

void change_release(struct change *change)
{
	json_decref(change->given);
	json_decref(change->set);
	json_decref(change->deferred);
	json_decref(change->at_reboot);
	json_decref(change->in_pending);
}

json_t *change_given(const struct change *change, const char *name)
{
	return json_object_get(change->given, name);
}

json_t *change_after(const struct change *change, const char *name,
		     const char *element)
{
	json_t *given = change_given(change, name);
	return given ? given
		     : json_object_get(change->resource->state, element);
}

bool change_refuse(struct change *change, const char *code, const char *fmt,
		   ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP(free_ptr) char *message = xvasprintf(fmt, ap);
	va_end(ap);

	answer_error(change->call->answer, change->call->request, 400, code,
		     "%s", message);
	return false;
}

void change_collect(struct change *change, const struct param *params,
		    size_t len)
{
	for (size_t i = 0; i < len; i++) {
		json_t *value = change_given(change, params[i].name);
		const char *element = params[i].element;
		if (!value || !element || params[i].when == WHEN_APART)
			continue;
		json_t *live =
			json_object_get(change->resource->state, element);
		if (params[i].when == WHEN_DEFERRED)
			json_object_set(change->deferred, element, value);
		else if (!json_equal(live, value))
			json_object_set(change->set, element, value);
	}
}

/* ---- Performance Insights ----------------------------------------------- */

static bool good_retention(long days)
{
	return days == 7 || days == 731 ||
	       (days % 31 == 0 && days / 31 >= 1 && days / 31 <= 23);
}

static char *default_kms_key(const struct change *change)
{
	return xasprintf("arn:aws:kms:%s:%s:key/"
			 "0f2b7c1e-3a64-4d0e-9d5c-7a1f4be0a001",
			 change->resource->place->region,
			 change->resource->place->account->id);
}

char *change_kms_arn(const struct change *change, const char *key)
{
	if (!key)
		return default_kms_key(change);
	if (!strncmp(key, "arn:aws:kms:", 12) && !strstr(key, ":alias/"))
		return xstrdup(key);
	if (strstr(key, "alias/"))
		return default_kms_key(change);
	return xasprintf("arn:aws:kms:%s:%s:key/%s",
			 change->resource->place->region,
			 change->resource->place->account->id, key);
}

static bool check_insights_mode(struct change *change, bool on, long retention)
{
	json_t *mode = change_after(change, "DatabaseInsightsMode",
				    "DatabaseInsightsMode");
	const char *text = json_string_value(mode);

	if (!change->resource->is_cluster || !text ||
	    strcmp(text, "advanced") != 0)
		return true;
	if (!on || retention != 465)
		return change_refuse(
			change, "InvalidParameterCombination",
			"To use the advanced mode of Database Insights, turn "
			"on Performance Insights and set its retention period "
			"to 465 days.");
	return true;
}

static json_t *insights_on(const struct change *change, long retention)
{
	const char *key = json_string_value(
		change_after(change, "PerformanceInsightsKMSKeyId",
			     "PerformanceInsightsKMSKeyId"));
	CLEANUP(free_ptr)
	char *arn = change_kms_arn(change, key);

	return json_pack("{sb si ss}", "PerformanceInsightsEnabled", 1,
			 "PerformanceInsightsRetentionPeriod", (int)retention,
			 "PerformanceInsightsKMSKeyId", arn);
}

/* Does the state have all these members, and not those that are null? */
static bool holds_already(const json_t *state, json_t *wanted)
{
	const char *key;
	json_t *value;

	json_object_foreach(wanted, key, value) {
		json_t *live = json_object_get(state, key);
		if (json_is_null(value) ? live != NULL
					: !json_equal(live, value))
			return false;
	}
	return true;
}

bool change_performance_insights(struct change *change)
{
	json_t *period =
		change_given(change, "PerformanceInsightsRetentionPeriod");
	json_t *key = change_given(change, "PerformanceInsightsKMSKeyId");
	json_t *enable = change_given(change, "EnablePerformanceInsights");
	bool on = json_is_true(change_after(change, "EnablePerformanceInsights",
					    "PerformanceInsightsEnabled"));
	json_t *after =
		change_after(change, "PerformanceInsightsRetentionPeriod",
			     "PerformanceInsightsRetentionPeriod");
	long retention = after ? (long)json_integer_value(after) : 7;

	if ((period || key) && !on)
		return change_refuse(
			change, "InvalidParameterCombination",
			"To set %s, EnablePerformanceInsights must be true.",
			period ? "PerformanceInsightsRetentionPeriod"
			       : "PerformanceInsightsKMSKeyId");
	if (period && !good_retention(retention))
		return change_refuse(
			change, "InvalidParameterValue",
			"Invalid Performance Insights retention period. Valid "
			"values are: 7, 731, and the number of days of 1 to "
			"23 months of 31 days.");
	if (!check_insights_mode(change, on, retention))
		return false;
	if (!period && !key && !enable)
		return true;
	CLEANUP(json_release)
	json_t *wanted =
		on ? insights_on(change, retention)
		   : json_pack("{sb sn sn}", "PerformanceInsightsEnabled", 0,
			       "PerformanceInsightsRetentionPeriod",
			       "PerformanceInsightsKMSKeyId");
	if (!holds_already(change->resource->state, wanted))
		json_object_set(change->set, "performanceInsights", wanted);
	return true;
}

bool change_check_windows(struct change *change, const char *daily,
			  const char *weekly)
{
	struct window day, week;

	if (!daily || !weekly || !window_parse(daily, false, &day) ||
	    !window_parse(weekly, true, &week) || !windows_overlap(&day, &week))
		return true;
	return change_refuse(change, "InvalidParameterValue",
			     "The backup window and maintenance window must "
			     "not overlap.");
}

/* ---- committing --------------------------------------------------------- */

/* A deferred value that is live already takes back what was pending. */
static void settle_pending(struct change *change, json_t *pending)
{
	const char *element;
	json_t *value;

	json_object_foreach(change->deferred, element, value) {
		json_t *live =
			json_object_get(change->resource->state, element);
		if (json_equal(live, value))
			json_object_del(pending, element);
		else
			json_object_set(pending, element, value);
	}
}

/* ApplyImmediately: this request's deferred values and all others go. */
static void fire_pending(struct change *change, json_t *pending)
{
	json_object_update(change->set, pending);
	json_object_update(change->in_pending, pending);
	json_object_clear(pending);
}

void change_commit(struct change *change)
{
	struct rds_call *call = change->call;
	struct resource *resource = change->resource;
	struct answer *answer = call->answer;

	if (!call->effect->none) {
		json_t *pending = json_object_get(resource->state,
						  "PendingModifiedValues");
		settle_pending(change, pending);
		if (change->immediately)
			fire_pending(change, pending);
		json_object_update(pending, change->at_reboot);
		resource_changed(resource);
	}
	if (!call->effect->none && json_object_size(change->set)) {
		struct flight_plan plan = { .status = change->status,
					    .members = change->members,
					    .set = change->set,
					    .in_pending = change->in_pending };
		flight_start(&call->sim->fleet, resource, &plan,
			     clock_monotonic_ms(), call->effect->delay_ms,
			     call->sim->settle_ms);
	}
	answer_begin(answer, call->request);
	rds_render(resource, &answer->body);
	answer_end(answer, call->request);
}
