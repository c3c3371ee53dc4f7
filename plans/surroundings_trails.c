/* The trails that CloudTrail shows in a region, and what became of them. */
#include <string.h>

#include "core/compiler.h"
#include "core/mem.h"
#include "plans/surroundings_private.h"

#define TRAIL_SERVICE "cloudtrail"
#define STATUS "status"
#define EVENTS "management_events"
#define LOG_GROUP "CloudWatchLogsLogGroupArn"

/* ---- does it log? ------------------------------------------------------- */

/*
 * Each region has a status of its own, and shows trails of other regions and of
 * the organisation only by their ARN.
 */
static void add_status(struct part *part UNUSED, json_t *trail,
		       const json_t *answer)
{
	json_t *status = json_pack(
		"{so so so}", "IsLogging", part_member(answer, "IsLogging"),
		"LatestDeliveryError",
		part_member(answer, "LatestDeliveryError"),
		"LatestDeliveryTime",
		part_time(json_object_get(answer, "LatestDeliveryTime"), 1));

	json_object_set_new(trail, STATUS, status);
}

static void no_status(struct part *part UNUSED, json_t *trail, json_t *unread)
{
	json_object_set_new(trail, STATUS, json_pack("{sO}", "unread", unread));
}

static const struct part_listing status_listing = {
	.service = TRAIL_SERVICE,
	.action = "GetTrailStatus",
	.whole = add_status,
	.failed = no_status,
};

/* ---- what does it log? -------------------------------------------------- */

/* The values that a field of an advanced selector has to have, or NULL. */
static const json_t *equals_of(const json_t *selector, const char *field)
{
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(selector, "FieldSelectors"), i,
			   entry) {
		const char *name = json_text(entry, "Field");

		if (name && !strcmp(name, field))
			return json_object_get(entry, "Equals");
	}
	return NULL;
}

static const char *events_of_advanced(const json_t *selector)
{
	const json_t *category = equals_of(selector, "eventCategory");
	const json_t *reads = equals_of(selector, "readOnly");

	if (!json_array_has(category, "Management"))
		return NULL;
	if (!reads)
		return "All";
	return json_array_has(reads, "true") ? "ReadOnly" : "WriteOnly";
}

static const char *events_of_plain(const json_t *selector)
{
	const char *which = json_text(selector, "ReadWriteType");

	/* both are what is meant where they are left out */
	if (json_is_false(json_object_get(selector, "IncludeManagementEvents")))
		return NULL;
	return which ? which : "All";
}

static void add_selectors(struct part *part UNUSED, json_t *trail,
			  const json_t *answer)
{
	const char *best = "none", *which;
	size_t i;
	json_t *selector;

	json_array_foreach(json_object_get(answer, "EventSelectors"), i,
			   selector) {
		which = events_of_plain(selector);
		if (which && strcmp(best, "All") != 0)
			best = which;
	}
	json_array_foreach(json_object_get(answer, "AdvancedEventSelectors"), i,
			   selector) {
		which = events_of_advanced(selector);
		if (which && strcmp(best, "All") != 0)
			best = which;
	}
	json_object_set_new(trail, EVENTS, json_from_text(best));
}

static void no_selectors(struct part *part UNUSED, json_t *trail,
			 json_t *unread UNUSED)
{
	json_object_set_new(trail, EVENTS, json_null());
}

static const struct part_listing selectors_listing = {
	.service = TRAIL_SERVICE,
	.action = "GetEventSelectors",
	.whole = add_selectors,
	.failed = no_selectors,
};

/* ---- which are there? --------------------------------------------------- */

static void ask_more(struct part *part, json_t *trail)
{
	CLEANUP(json_release)
	json_t *name =
		json_pack("{so}", "Name", part_member(trail, "TrailARN"));
	CLEANUP(json_release)
	json_t *trail_name =
		json_pack("{so}", "TrailName", part_member(trail, "TrailARN"));
	const char *group = json_text(trail, LOG_GROUP);
	const char *home = json_text(trail, "HomeRegion");
	CLEANUP(free_ptr)
	char *region = group ? part_region_of(part, group) : NULL;

	part_list(part, &status_listing, name, trail);
	/* without its own selectors a trail logs all that is management */
	if (json_is_false(json_object_get(trail, "HasCustomEventSelectors")))
		json_object_set_new(trail, EVENTS, json_string("All"));
	else
		part_list(part, &selectors_listing, trail_name, trail);
	if (region && strcmp(region, part->place->region) != 0)
		part_look_where_delivered(part, region);
	/* only there can it be changed */
	if (home && strcmp(home, part->place->region) != 0)
		part_look_for_rules(part, home);
}

static void add_trails(struct part *part, json_t *subject UNUSED,
		       const json_t *trails)
{
	static const char *const keys[] = {
		LOG_GROUP,
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

	part->value = json_array();
	json_array_foreach(trails, i, answered) {
		json_t *trail = part_members(answered, keys, ARRAY_SIZE(keys));

		json_array_append_new(part->value, trail);
		ask_more(part, trail);
	}
}

static const struct part_listing trails_listing = {
	.service = TRAIL_SERVICE,
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
