/*
 * What surrounds the clusters of a place, as far as a review asks: the trails
 * and recorders that would notice a change, the alarms that would tell of it,
 * the subnets that the members stand in. Nothing here judges; controls do.
 *
 * The document: { "<target>": { "<part>": {"read_at", "call", "request_id",
 * "value": …} | {"unread": {"call", "code", "message", "request_id"}} } }.
 * A part that is refused or fails never fails another one. Values, by part:
 *
 * - trails: [{Name, TrailARN, HomeRegion, IsMultiRegionTrail,
 *   IsOrganizationTrail, IncludeGlobalServiceEvents, LogFileValidationEnabled,
 *   HasCustomEventSelectors, CloudWatchLogsLogGroupArn, KmsKeyId, S3BucketName,
 *   SnsTopicARN, management_events, status}], sorted by ARN. What AWS leaves
 * out is null. management_events is "All", "WriteOnly", "ReadOnly", "none" or
 * null where that could not be read; status {IsLogging, LatestDeliveryError,
 *   LatestDeliveryTime} of this region, or {unread: …}.
 * - config_recorders: [{name, recording, lastStatus, lastErrorCode,
 *   allSupported, resourceTypes, recordingStrategy, exclusions}]
 * - config_rules: {rule: {state, compliance, sourceIdentifier, resourceTypes}},
 *   of rules that look at RDS
 * - metric_filters: [{region, filterName, logGroupName, filterPattern, metrics:
 *   [{Namespace, MetricName}]}]
 * - alarms: [{region, AlarmName, AlarmArn, ActionsEnabled, StateValue,
 *   AlarmActions, metrics: [{Namespace, MetricName}], dimensions: {name:
 * value}, metric_filter: name or null}]; the filter is known where
 * metric_filters are asked for too. Of these two also the other regions of the
 * account to whose log groups the trails of this one deliver, where trails are
 * asked for too; {region, unread: …} stands for one that could not be read.
 * - event_rules: [{region, name, bus, state, pattern, targets: [ARN] or null
 * where those could not be read}], of EventBridge rules that may match events
 * of RDS, IAM, trails or security groups; and, as above, those of the region of
 * IAM's events and of those where trails are at home, and the alarms there
 * - subnet_groups: {name: {vpc, subnets: […]}}
 * - route_tables: {subnet: {public, route_table, gateway}}, of the subnets of
 *   subnet_groups, which come with it; public is null where no table could be
 *   found
 * - log_groups: {name: {lastEventTimestamp, stream}, or {missing: true}, or
 *   {unread: …}; each with its own call, read_at and request_id}; both null
 *   where no event ever came
 */
#ifndef ABACK_PLANS_SURROUNDINGS_H
#define ABACK_PLANS_SURROUNDINGS_H

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/place.h"

enum surrounding {
	SURROUNDING_TRAILS,
	SURROUNDING_CONFIG_RECORDERS,
	SURROUNDING_CONFIG_RULES,
	SURROUNDING_METRIC_FILTERS,
	SURROUNDING_ALARMS, /* rests on the filters */
	SURROUNDING_EVENT_RULES,
	SURROUNDING_SUBNET_GROUPS,
	SURROUNDING_ROUTE_TABLES,
	SURROUNDING_LOG_GROUPS,
	SURROUNDING_COUNT
};
/* As it is called in the document. */
const char *surrounding_name(enum surrounding part);

struct surroundings;

/*
 * Ask for these parts (bits 1 << enum surrounding) of all places but global
 * ones. Nothing is waited for: aws_step brings the answers, whoever calls it.
 * places must live until surroundings_free. Part log_groups is empty until
 * surroundings_ask_log_groups names some.
 */
struct surroundings *surroundings_start(struct aws *aws,
					const struct places *places,
					unsigned parts);
/* Until when the newest events of these log groups (texts) came; once a place.
 */
void surroundings_ask_log_groups(struct surroundings *surroundings,
				 const char *place, const json_t *names);
/*
 * Wait for what is missing, and give the document, a new reference. Fails only
 * with ERR_INTERRUPTED. Once.
 */
MUST_CHECK int surroundings_wait(struct surroundings *surroundings,
				 json_t **ret_document, struct error *err);
/* Waits for what is open. NULL does nothing. */
void surroundings_free(struct surroundings *surroundings);

#endif
