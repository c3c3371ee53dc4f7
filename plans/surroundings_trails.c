/* The trails that CloudTrail shows in a region, and what became of them. */
#include <string.h>

#include "core/compiler.h"
#include "plans/surroundings_private.h"

#define STATUS "status"

/*
 * A region shows trails of other regions and of the organisation too, and only
 * by their ARN.
 */
static void add_status(struct part *part, json_t *trail, const json_t *answer)
{
	json_t *status = json_pack(
		"{so so so}", "IsLogging", part_member(answer, "IsLogging"),
		"LatestDeliveryError",
		part_member(answer, "LatestDeliveryError"),
		"LatestDeliveryTime",
		part_time(json_object_get(answer, "LatestDeliveryTime"), 1));

	(void)part;
	json_object_set_new(trail, STATUS, status);
}

static void no_status(struct part *part, json_t *trail, json_t *unread)
{
	(void)part;
	json_object_set_new(trail, STATUS, json_pack("{sO}", "unread", unread));
}

static const struct part_listing status_listing = {
	.service = "cloudtrail",
	.action = "GetTrailStatus",
	.whole = add_status,
	.failed = no_status,
};

static void add_trails(struct part *part, json_t *subject, const json_t *trails)
{
	static const char *const keys[] = {
		"CloudWatchLogsLogGroupArn",
		"HasCustomEventSelectors",
		"HomeRegion",
		"IncludeGlobalServiceEvents",
		"IsMultiRegionTrail",
		"IsOrganizationTrail",
		"KmsKeyId",
		"LogFileValidationEnabled",
		"Name",
		"S3BucketName",
		"SnsTopicARN",
		"TrailARN",
	};
	size_t i;
	json_t *answered;

	(void)subject;
	part->value = json_array();
	json_array_foreach(trails, i, answered) {
		CLEANUP(json_release) json_t *parameters = NULL;
		json_t *trail = part_members(answered, keys, ARRAY_SIZE(keys));

		json_array_append_new(part->value, trail);
		parameters = json_pack("{so}", "Name",
				       part_member(trail, "TrailARN"));
		part_list(part, &status_listing, parameters, trail);
	}
}

static const struct part_listing trails_listing = {
	.service = "cloudtrail",
	.action = "DescribeTrails",
	.items = "trailList",
	.whole = add_trails,
};

void trails_start(struct part *part)
{
	part_list(part, &trails_listing, NULL, NULL);
}

void trails_finish(struct part *part)
{
	part_sort(part->value, "TrailARN");
}
