/*
 * Who is told of a change: alarms, and the metric filters behind them. Filters
 * stand where a trail's log group is, and alarms with them, which may be
 * another region.
 */
#include <string.h>

#include "core/compiler.h"
#include "plans/surroundings_private.h"

#define NAMESPACE "Namespace"
#define METRIC "MetricName"
#define METRICS "metrics"

/* ---- alarms ------------------------------------------------------------- */

#define STAT_NAMESPACE "MetricStat/Metric/Namespace"
#define STAT_METRIC "MetricStat/Metric/MetricName"
#define STATS "Metrics/member"
#define ACTIONS "AlarmActions/member"
#define DIMENSIONS "Dimensions/member"

static const char *const alarm_texts[] = {
	"AlarmName", "AlarmArn", "ActionsEnabled", "StateValue", NAMESPACE,
	METRIC,      NULL
};
static const char *const alarm_lists[] = { ACTIONS, NULL };
static const char *const stat_texts[] = { STAT_NAMESPACE, STAT_METRIC, NULL };
static const char *const dimension_texts[] = { "Name", "Value", NULL };
static const struct xml_parts alarm_parts[] = { { STATS, stat_texts },
						{ DIMENSIONS, dimension_texts },
						{ NULL, NULL } };
static struct xml_items alarms = {
	.service = "monitoring",
	.action = "DescribeAlarms",
	.element = "*/*/MetricAlarms/member",
	.texts = alarm_texts,
	.lists = alarm_lists,
	.parts = alarm_parts,
	.marker_path = "*/*/NextToken",
	.marker_parameter = "NextToken",
};

static void add_metric(json_t *metrics, const char *space, const char *name)
{
	if (space && name)
		json_array_append_new(metrics,
				      json_pack("{so so}", NAMESPACE,
						json_from_text(space), METRIC,
						json_from_text(name)));
}

/* An alarm is on one metric, or on what is made of several. */
static json_t *metrics_of(const json_t *alarm)
{
	json_t *metrics = json_array(), *stat;
	size_t i;

	add_metric(metrics, json_text(alarm, NAMESPACE),
		   json_text(alarm, METRIC));
	json_array_foreach(json_object_get(alarm, STATS), i, stat)
		add_metric(metrics, json_text(stat, STAT_NAMESPACE),
			   json_text(stat, STAT_METRIC));
	return metrics;
}

/* Of an alarm on one metric: which of that name it is. */
static json_t *dimensions_of(const json_t *alarm)
{
	json_t *dimensions = json_object(), *dimension;
	size_t i;

	json_array_foreach(json_object_get(alarm, DIMENSIONS), i, dimension) {
		const char *name = json_text(dimension, "Name");

		if (name)
			json_object_set_new(dimensions, name,
					    part_member(dimension, "Value"));
	}
	return dimensions;
}

static void add_alarms(struct part *part, const json_t *items)
{
	size_t i;
	json_t *item;

	part->value = json_array();
	json_array_foreach(items, i, item)
		json_array_append_new(
			part->value,
			json_pack(
				"{ss so so so so so so so so}", "region",
				aws_session_region(part->session), "AlarmName",
				part_member(item, "AlarmName"), "AlarmArn",
				part_member(item, "AlarmArn"), "ActionsEnabled",
				part_boolean(json_text(item, "ActionsEnabled")),
				"StateValue", part_member(item, "StateValue"),
				"AlarmActions", part_texts(item, ACTIONS),
				METRICS, metrics_of(item), "dimensions",
				dimensions_of(item), "metric_filter",
				json_null()));
	part_sort(part->value, "AlarmName");
}

void alarms_start(struct part *part)
{
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss}", "MaxRecords", "100");

	part_list_xml(part, &alarms, parameters, add_alarms);
}

/* A filter makes metrics in its own region. */
static bool has_metric(const json_t *filter, const json_t *metric)
{
	size_t i;
	json_t *made;

	json_array_foreach(json_object_get(filter, METRICS), i, made)
		if (json_equal(made, metric))
			return true;
	return false;
}

/* The filter that makes one of the alarm's metrics; NULL: none that is known.
 */
static json_t *filter_behind(const json_t *filters, const json_t *alarm)
{
	size_t i, k;
	json_t *metric, *filter;

	json_array_foreach(json_object_get(alarm, METRICS), i, metric)
		json_array_foreach(filters, k, filter)
			if (json_equal(json_object_get(filter, "region"),
				       json_object_get(alarm, "region")) &&
			    has_metric(filter, metric))
				return json_object_get(filter, "filterName");
	return NULL;
}

void alarms_finish(struct part *part)
{
	const json_t *filters =
		part->of_place[SURROUNDING_METRIC_FILTERS].value;
	size_t i;
	json_t *alarm;

	part_add_elsewhere(part, SURROUNDING_ALARMS);
	json_array_foreach(part->value, i, alarm) {
		json_t *name = filter_behind(filters, alarm);

		if (name)
			json_object_set(alarm, "metric_filter", name);
	}
}

/* ---- metric filters ----------------------------------------------------- */

static json_t *made_by(const json_t *filter)
{
	json_t *metrics = json_array(), *made;
	size_t i;

	json_array_foreach(json_object_get(filter, "metricTransformations"), i,
			   made)
		add_metric(metrics, json_text(made, "metricNamespace"),
			   json_text(made, "metricName"));
	return metrics;
}

static void add_filters(struct part *part, json_t *subject,
			const json_t *filters)
{
	size_t i;
	json_t *filter;

	(void)subject;
	part->value = json_array();
	json_array_foreach(filters, i, filter)
		json_array_append_new(
			part->value,
			json_pack("{ss so so so so}", "region",
				  aws_session_region(part->session),
				  "filterName",
				  part_member(filter, "filterName"),
				  "logGroupName",
				  part_member(filter, "logGroupName"),
				  "filterPattern",
				  part_member(filter, "filterPattern"), METRICS,
				  made_by(filter)));
	part_sort(part->value, "filterName");
}

static const struct part_listing filters_listing = {
	.service = "logs",
	.action = "DescribeMetricFilters",
	.token = "nextToken",
	.items = "metricFilters",
	.whole = add_filters,
};

void metric_filters_start(struct part *part)
{
	CLEANUP(json_release)
	json_t *parameters = json_pack("{si}", "limit", 50);

	part_list(part, &filters_listing, parameters, NULL);
}

void metric_filters_finish(struct part *part)
{
	part_add_elsewhere(part, SURROUNDING_METRIC_FILTERS);
}
