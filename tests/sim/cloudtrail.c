#include "tests/sim/cloudtrail.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"
#include "tests/sim/throttle.h"
#include "tests/sim/trail.h"

#define TARGET "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
#define HOME_REGION "us-east-1"
#define MOST 50
/* LookupEvents' limit, for each account and region */
#define BURST 2.0
#define PER_SECOND 2.0

/* ---- the fleet ---------------------------------------------------------- */

int cloudtrail_load(struct account *account, const json_t *trails,
		    struct error *err)
{
	size_t index;
	json_t *trail;

	if (trails && !json_is_array(trails))
		return error_set(err, ERR_FORMAT, "'trails' is no array");
	account->trails = trails ? json_deep_copy(trails)
				 : json_pack("[{ss}]", "Name", "management");
	json_array_foreach(account->trails, index, trail) {
		const char *name = json_text(trail, "Name");
		if (!name)
			return error_set(err, ERR_FORMAT,
					 "a trail has no Name");
		json_default(trail, "HomeRegion", json_string(HOME_REGION));
		json_default(trail, "S3BucketName",
			     json_string("example-cloudtrail"));
		json_default(trail, "IncludeGlobalServiceEvents", json_true());
		json_default(trail, "IsMultiRegionTrail", json_true());
		json_default(trail, "LogFileValidationEnabled", json_true());
		json_default(trail, "HasCustomEventSelectors", json_false());
		json_default(trail, "HasInsightSelectors", json_false());
		json_default(trail, "IsOrganizationTrail", json_false());
		json_default(trail, "isLogging", json_true());
		json_default(trail, "status", json_object());
		json_default(trail, "eventSelectors",
			     json_pack("[{ss sb s[] s[]}]", "ReadWriteType",
				       "All", "IncludeManagementEvents", 1,
				       "DataResources",
				       "ExcludeManagementEventSources"));
		CLEANUP(free_ptr)
		char *arn = xasprintf("arn:aws:cloudtrail:%s:%s:trail/%s",
				      json_text(trail, "HomeRegion"),
				      account->id, name);
		json_object_set_new(trail, "TrailARN", json_string(arn));
	}
	return 0;
}

/* ---- LookupEvents ------------------------------------------------------- */

struct query {
	const char *key, *value; /* of the one attribute, or NULL */
	double from, to;         /* UTC seconds */
	long size;
	char *digest;     /* of the parameters but the token */
	json_int_t below; /* go on below this serial; 0: from the newest */
};

static void query_release(struct query *query)
{
	free(query->digest);
}

static bool refuse(struct json_call *call, const char *code,
		   const char *message)
{
	answer_error(call->answer, call->request, 400, code, "%s", message);
	return false;
}

static bool read_attribute(struct json_call *call, struct query *query)
{
	static const char *const keys[] = {
		"EventId",      "EventName",    "ReadOnly",    "Username",
		"ResourceType", "ResourceName", "EventSource", "AccessKeyId",
	};
	const json_t *list =
		json_object_get(call->request->parameters, "LookupAttributes");
	const json_t *entry = json_array_get(list, 0);

	if (json_array_size(list) > 1)
		return refuse(call, "InvalidLookupAttributesException",
			      "You can only specify one lookup attribute.");
	query->key = json_text(entry, "AttributeKey");
	query->value = json_text(entry, "AttributeValue");
	if (!entry)
		return true;
	for (size_t i = 0; query->key && query->value && *query->value &&
			   i < ARRAY_SIZE(keys);
	     i++)
		if (!strcmp(keys[i], query->key))
			return true;
	return refuse(call, "InvalidLookupAttributesException",
		      "A lookup attribute is not valid.");
}

static bool read_range(struct json_call *call, struct query *query)
{
	const json_t *parameters = call->request->parameters;
	const json_t *from = json_object_get(parameters, "StartTime");
	const json_t *to = json_object_get(parameters, "EndTime");
	const json_t *most = json_object_get(parameters, "MaxResults");

	query->from = from ? json_number_value(from) : 0;
	query->to = to ? json_number_value(to) : (double)clock_now();
	if (query->from > query->to)
		return refuse(call, "InvalidTimeRangeException",
			      "The start time is after the end time.");
	query->size = most ? (long)json_integer_value(most) : MOST;
	if (query->size < 1 || query->size > MOST)
		return refuse(call, "InvalidMaxResultsException",
			      "MaxResults must be between 1 and 50.");
	if (call->sim->page_size > 0 && query->size > call->sim->page_size)
		query->size = call->sim->page_size;
	return true;
}

/* A token is good only beside the parameters that it was given for. */
static bool read_token(struct json_call *call, struct query *query)
{
	CLEANUP(json_release)
	json_t *others = json_copy(call->request->parameters);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(REQUEST_BODY_MAX);
	CLEANUP(page_release) struct page page = { .after = NULL };

	query->digest = xmalloc(SHA256_HEX_MAX);
	json_object_del(others, "NextToken");
	json_compact(others, &text);
	sha256_hex(text.buf, text.len, query->digest);
	if (!page_token(call->request, "NextToken", "InvalidNextTokenException",
			&page, call->answer))
		return false;
	if (!page.after)
		return true;
	char *end = NULL;
	query->below = strtoll(page.after, &end, 10);
	return (*end == '/' && !strcmp(end + 1, query->digest)) ||
	       refuse(call, "InvalidNextTokenException",
		      "The token was given for other parameters.");
}

static bool has_attribute(const json_t *shown, const struct query *query)
{
	size_t index;
	json_t *resource;

	if (!query->key)
		return true;
	if (strncmp(query->key, "Resource", 8) != 0) {
		const char *text = json_text(shown, query->key);
		return text && !strcmp(text, query->value);
	}
	json_array_foreach(json_object_get(shown, "Resources"), index, resource)
		if (!strcmp(json_text(resource, query->key), query->value))
			return true;
	return false;
}

static bool wanted(const struct json_call *call, const struct query *query,
		   const struct trail_event *event, int64_t now_ms)
{
	double when =
		json_number_value(json_object_get(event->shown, "EventTime"));

	return event->account == call->request->account &&
	       event->visible_ms <= now_ms &&
	       (!query->below || event->serial < query->below) &&
	       !strcmp(event->region, call->request->region) &&
	       when >= query->from && when <= query->to &&
	       has_attribute(event->shown, query);
}

static void answer_events(struct json_call *call, const struct query *query)
{
	int64_t now_ms = clock_monotonic_ms();
	json_t *events = json_array();
	CLEANUP(free_ptr) char *token = NULL;
	json_int_t last = 0;
	const struct trail_event *event;

	for (size_t back = 0; (event = trail_at(&call->sim->trail, back));
	     back++) {
		if (!wanted(call, query, event, now_ms))
			continue;
		if (json_array_size(events) == (size_t)query->size) {
			CLEANUP(free_ptr)
			char *after = xasprintf("%lld/%s", (long long)last,
						query->digest);
			token = page_marker(call->request, after);
			break;
		}
		json_array_append(events, event->shown);
		last = event->serial;
	}
	answer_object(call->answer, json_pack("{so ss*}", "Events", events,
					      "NextToken", token));
}

static void lookup(struct json_call *call)
{
	CLEANUP(query_release) struct query query = { .key = NULL };

	if (call->sim->throttle &&
	    !throttle_take(&call->place->lookups, BURST, PER_SECOND))
		(void)refuse(call, "ThrottlingException", "Rate exceeded");
	else if (read_attribute(call, &query) && read_range(call, &query) &&
		 read_token(call, &query))
		answer_events(call, &query);
}

/* ---- trails ------------------------------------------------------------- */

/* Is it asked for by name or ARN, and to be seen from here? */
static bool is_shown(const struct json_call *call, const json_t *trail)
{
	const json_t *parameters = call->request->parameters;
	const json_t *names = json_object_get(parameters, "trailNameList");
	bool home =
		!strcmp(json_text(trail, "HomeRegion"), call->request->region);
	bool everywhere =
		json_is_true(json_object_get(trail, "IsMultiRegionTrail"));

	if (json_array_size(names))
		return (home &&
			json_array_has(names, json_text(trail, "Name"))) ||
		       json_array_has(names, json_text(trail, "TrailARN"));
	return home ||
	       (everywhere && !json_is_false(json_object_get(
				      parameters, "includeShadowTrails")));
}

static void describe_trails(struct json_call *call)
{
	json_t *list = json_array(), *trail;
	size_t index;

	json_array_foreach(call->request->account->trails, index, trail) {
		if (!is_shown(call, trail))
			continue;
		json_t *shown = json_copy(trail);
		json_object_del(shown, "isLogging");
		json_object_del(shown, "status");
		json_object_del(shown, "eventSelectors");
		json_array_append_new(list, shown);
	}
	answer_object(call->answer, json_pack("{so}", "trailList", list));
}

/* By ARN, or at home by name; NULL: answer refuses. */
static json_t *find_trail(struct json_call *call, const char *name)
{
	size_t index;
	json_t *trail;

	json_array_foreach(call->request->account->trails, index, trail) {
		bool home = !strcmp(json_text(trail, "HomeRegion"),
				    call->request->region);
		if (!strcmp(name, json_text(trail, "TrailARN")) ||
		    (home && !strcmp(name, json_text(trail, "Name"))))
			return trail;
	}
	answer_error(call->answer, call->request, 400, "TrailNotFoundException",
		     "Unknown trail: %s for the user: %s", name,
		     call->request->account->id);
	return NULL;
}

/* What the fleet file says of it comes on top. */
static void trail_status(struct json_call *call)
{
	json_t *trail = find_trail(call, request_get(call->request, "Name"));
	json_t *status;

	if (!trail)
		return;
	status = json_pack("{sO}", "IsLogging",
			   json_object_get(trail, "isLogging"));
	if (json_is_true(json_object_get(trail, "isLogging")))
		json_object_set_new(status, "LatestDeliveryTime",
				    json_integer(clock_now()));
	json_object_update(status, json_object_get(trail, "status"));
	answer_object(call->answer, status);
}

static void event_selectors(struct json_call *call)
{
	const char *name = request_get(call->request, "TrailName");
	json_t *trail = find_trail(call, name);

	if (trail)
		answer_object(
			call->answer,
			json_pack("{sO sO}", "TrailARN",
				  json_object_get(trail, "TrailARN"),
				  "EventSelectors",
				  json_object_get(trail, "eventSelectors")));
}

static const struct json_member in_lookup[] = {
	{ "LookupAttributes", JSON_ARRAY, false },
	{ "StartTime", JSON_REAL, false },
	{ "EndTime", JSON_REAL, false },
	{ "EventCategory", JSON_STRING, false },
	{ "MaxResults", JSON_INTEGER, false },
	{ "NextToken", JSON_STRING, false },
};
static const struct json_member in_describe[] = {
	{ "trailNameList", JSON_ARRAY, false },
	{ "includeShadowTrails", JSON_TRUE, false },
};
static const struct json_member in_status[] = {
	{ "Name", JSON_STRING, true },
};

static const struct json_member in_selectors[] = {
	{ "TrailName", JSON_STRING, true },
};

static const struct json_action actions[] = {
	{ "DescribeTrails", describe_trails, JSON_MEMBERS(in_describe) },
	{ "GetEventSelectors", event_selectors, JSON_MEMBERS(in_selectors) },
	{ "GetTrailStatus", trail_status, JSON_MEMBERS(in_status) },
	{ "LookupEvents", lookup, JSON_MEMBERS(in_lookup) },
};

void cloudtrail_serve(struct sim *sim, struct request *request,
		      const struct effect *effect, struct answer *answer)
{
	struct json_call call = { .sim = sim,
				  .request = request,
				  .answer = answer,
				  .effect = effect };

	json_serve(&call, TARGET, actions, ARRAY_SIZE(actions),
		   "InvalidParameterException");
}
