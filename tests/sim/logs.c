#include "tests/sim/logs.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/kms.h"
#include "tests/sim/paging.h"

#define NAME "logGroupName"
#define NAME_MAX_LEN 512
#define PROTECTED "deletionProtectionEnabled"

/* ---- the fleet ---------------------------------------------------------- */

static bool good_name(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.-_/#";
	size_t len = strlen(name);

	return len && len <= NAME_MAX_LEN && strspn(name, plain) == len;
}

static bool good_retention(json_int_t days)
{
	static const json_int_t good[] = { 1,    3,    5,    7,    14,   30,
					   60,   90,   120,  150,  180,  365,
					   400,  545,  731,  1096, 1827, 2192,
					   2557, 2922, 3288, 3653 };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (good[i] == days)
			return true;
	return false;
}

static void add_group(struct place *place, json_t *group)
{
	size_t at = 0;

	json_default(group, "creationTime", json_integer(clock_now_ms()));
	json_default(group, "storedBytes", json_integer(0));
	json_default(group, "logGroupClass", json_string("STANDARD"));
	json_default(group, PROTECTED, json_false());
	while (at < json_array_size(place->log_groups) &&
	       strcmp(json_text(json_array_get(place->log_groups, at), NAME),
		      json_text(group, NAME)) < 0)
		at++;
	json_array_insert_new(place->log_groups, at, group);
}

int logs_load(struct place *place, const json_t *groups, struct error *err)
{
	size_t index;
	json_t *entry;

	json_array_foreach(groups, index, entry) {
		const char *name = json_text(entry, NAME);
		const json_t *days = json_object_get(entry, "retentionInDays");
		if (!name || !good_name(name))
			return error_set(err, ERR_FORMAT,
					 "a log group of %s has no good name",
					 place->region);
		if (days && !good_retention(json_integer_value(days)))
			return error_set(err, ERR_FORMAT,
					 "the retention of log group '%s' is "
					 "none that there is",
					 name);
		if (json_find(place->log_groups, NAME, name))
			return error_set(err, ERR_FORMAT,
					 "log group '%s' is there twice", name);
		CLEANUP(json_release) json_t *group = json_deep_copy(entry);
		if (logs_load_streams(group, err))
			return error_wrap(err, "log group '%s'", name);
		add_group(place, TAKE(group));
	}
	return 0;
}

/* A group that is missing is made with its first event. */
void logs_deliver(struct place *place, const char *name)
{
	if (!json_find(place->log_groups, NAME, name))
		add_group(place, json_pack("{ss s[{ss sI}]}", NAME, name,
					   LOGS_STREAMS, "logStreamName",
					   "writer.0", "lastEventTimestamp",
					   (json_int_t)clock_now_ms()));
}

/* ---- the actions -------------------------------------------------------- */

json_t *logs_find_group(struct json_call *call)
{
	const char *name = request_get(call->request, NAME);
	json_t *group =
		name ? json_find(call->place->log_groups, NAME, name) : NULL;

	if (!group)
		answer_error(call->answer, call->request, 400,
			     "ResourceNotFoundException",
			     "The specified log group does not exist.");
	return group;
}

static json_t *show(const struct place *place, const json_t *group)
{
	json_t *shown = json_copy((json_t *)(uintptr_t)group);
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:logs:%s:%s:log-group:%s", place->region,
			      place->account->id, json_text(group, NAME));
	CLEANUP(free_ptr) char *streams = xasprintf("%s:*", arn);

	json_object_del(shown, LOGS_STREAMS);
	json_object_set_new(shown, "arn", json_string(streams));
	json_object_set_new(shown, "logGroupArn", json_string(arn));
	json_object_set_new(shown, "metricFilterCount",
			    json_integer((json_int_t)logs_count_filters(
				    place, json_text(group, NAME))));
	return shown;
}

static void describe(struct json_call *call)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	const char *prefix = request_get(call->request, "logGroupNamePrefix");
	json_t *groups = json_array(), *group;
	const char *last = NULL;
	bool more = false;
	size_t index;

	if (!page_logs(call->request, call->sim->page_size, &page,
		       call->answer)) {
		json_decref(groups);
		return;
	}
	json_array_foreach(call->place->log_groups, index, group) {
		const char *name = json_text(group, NAME);
		if ((page.after && strcmp(name, page.after) <= 0) ||
		    (prefix && strncmp(name, prefix, strlen(prefix)) != 0))
			continue;
		more = json_array_size(groups) == (size_t)page.size;
		if (more)
			break;
		json_array_append_new(groups, show(call->place, group));
		last = name;
	}
	CLEANUP(free_ptr)
	char *marker = more ? page_marker(call->request, last) : NULL;
	answer_object(call->answer, json_pack("{so ss*}", "logGroups", groups,
					      "nextToken", marker));
}

/* A key that this account's logs may use; else answer refuses. */
static bool good_key(struct json_call *call, const char *arn)
{
	const json_t *key = kms_find(call->place, arn);

	if (key && !strncmp(arn, "arn:", 4) && strstr(arn, ":key/") &&
	    !strcmp(json_text(key, "KeyState"), "Enabled"))
		return true;
	answer_error(call->answer, call->request, 400,
		     "InvalidParameterException",
		     "The specified KMS key does not exist, is disabled or is "
		     "not allowed to be used with log groups: %s",
		     arn);
	return false;
}

static void create(struct json_call *call)
{
	const char *name = request_get(call->request, NAME);
	const char *key = request_get(call->request, "kmsKeyId");

	if (!good_name(name)) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterException",
			     "1 validation error detected: Value '%s' at "
			     "'logGroupName' failed to satisfy constraint: "
			     "Member must satisfy regular expression pattern: "
			     "[\\.\\-_/#A-Za-z0-9]+",
			     name);
		return;
	}
	if (json_find(call->place->log_groups, NAME, name)) {
		answer_error(call->answer, call->request, 400,
			     "ResourceAlreadyExistsException",
			     "The specified log group already exists");
		return;
	}
	if (key && !good_key(call, key))
		return;
	if (!call->effect->none)
		add_group(call->place,
			  json_pack("{ss ss*}", NAME, name, "kmsKeyId", key));
}

static void delete (struct json_call *call)
{
	json_t *group = logs_find_group(call);

	if (json_is_true(json_object_get(group, PROTECTED))) {
		answer_error(call->answer, call->request, 400,
			     "InvalidOperationException",
			     "The log group is protected from deletion.");
		return;
	}
	for (size_t i = 0; group && !call->effect->none &&
			   i < json_array_size(call->place->log_groups);
	     i++)
		if (json_array_get(call->place->log_groups, i) == group) {
			json_array_remove(call->place->log_groups, i);
			return;
		}
}

static void put_retention(struct json_call *call)
{
	json_t *days =
		json_object_get(call->request->parameters, "retentionInDays");
	json_t *group = logs_find_group(call);

	if (!group)
		return;
	if (!good_retention(json_integer_value(days)))
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterException",
			     "1 validation error detected: Value '%lld' at "
			     "'retentionInDays' failed to satisfy constraint: "
			     "Member must satisfy enum value set: [1, 3, 5, "
			     "7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, "
			     "731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]",
			     (long long)json_integer_value(days));
	else if (!call->effect->none)
		json_object_set(group, "retentionInDays", days);
}

static void delete_retention(struct json_call *call)
{
	json_t *group = logs_find_group(call);

	if (group && !call->effect->none)
		json_object_del(group, "retentionInDays");
}

static void associate_key(struct json_call *call)
{
	const char *key = request_get(call->request, "kmsKeyId");
	json_t *group = logs_find_group(call);

	if (group && good_key(call, key) && !call->effect->none)
		json_object_set_new(group, "kmsKeyId", json_string(key));
}

static void protect(struct json_call *call)
{
	const char *identifier =
		request_get(call->request, "logGroupIdentifier");
	CLEANUP(free_ptr)
	char *arn =
		xasprintf("arn:aws:logs:%s:%s:log-group:", call->place->region,
			  call->place->account->id);
	const char *name = strncmp(identifier, arn, strlen(arn))
				   ? identifier
				   : identifier + strlen(arn);
	json_t *group = json_find(call->place->log_groups, NAME, name);

	if (!group)
		answer_error(call->answer, call->request, 400,
			     "ResourceNotFoundException",
			     "The specified log group does not exist.");
	else if (!call->effect->none)
		json_object_set(
			group, PROTECTED,
			json_object_get(call->request->parameters, PROTECTED));
}

static void disassociate_key(struct json_call *call)
{
	json_t *group = logs_find_group(call);

	if (group && !call->effect->none)
		json_object_del(group, "kmsKeyId");
}

/* By ARN; the simulator's groups have no tags. */
static void list_tags(struct json_call *call)
{
	const char *arn = request_get(call->request, "resourceArn");
	size_t index;
	json_t *group;

	json_array_foreach(call->place->log_groups, index, group) {
		CLEANUP(json_release) json_t *shown = show(call->place, group);
		if (strcmp(json_text(shown, "logGroupArn"), arn) != 0)
			continue;
		answer_object(call->answer, json_pack("{s{}}", "tags"));
		return;
	}
	answer_error(call->answer, call->request, 400,
		     "ResourceNotFoundException",
		     "The specified resource does not exist.");
}

static const struct json_member in_list_tags[] = {
	{ "resourceArn", JSON_STRING, true },
};
static const struct json_member one_group[] = {
	{ NAME, JSON_STRING, true },
};
static const struct json_member in_create[] = {
	{ NAME, JSON_STRING, true },
	{ "kmsKeyId", JSON_STRING, false },
	{ "logGroupClass", JSON_STRING, false },
};
static const struct json_member in_describe[] = {
	{ "logGroupNamePrefix", JSON_STRING, false },
	{ "nextToken", JSON_STRING, false },
	{ "limit", JSON_INTEGER, false },
};
static const struct json_member in_streams[] = {
	{ NAME, JSON_STRING, true },
	{ "logStreamNamePrefix", JSON_STRING, false },
	{ "orderBy", JSON_STRING, false },
	{ "descending", JSON_TRUE, false },
	{ "nextToken", JSON_STRING, false },
	{ "limit", JSON_INTEGER, false },
};
static const struct json_member in_filters[] = {
	{ NAME, JSON_STRING, false },
	{ "filterNamePrefix", JSON_STRING, false },
	{ "metricName", JSON_STRING, false },
	{ "metricNamespace", JSON_STRING, false },
	{ "nextToken", JSON_STRING, false },
	{ "limit", JSON_INTEGER, false },
};
static const struct json_member in_put_retention[] = {
	{ NAME, JSON_STRING, true },
	{ "retentionInDays", JSON_INTEGER, true },
};
static const struct json_member in_protect[] = {
	{ "logGroupIdentifier", JSON_STRING, true },
	{ PROTECTED, JSON_TRUE, true },
};
static const struct json_member in_associate[] = {
	{ NAME, JSON_STRING, true },
	{ "kmsKeyId", JSON_STRING, true },
};

static const struct json_action actions[] = {
	{ "AssociateKmsKey", associate_key, JSON_MEMBERS(in_associate) },
	{ "CreateLogGroup", create, JSON_MEMBERS(in_create) },
	{ "DeleteLogGroup", delete, JSON_MEMBERS(one_group) },
	{ "DeleteRetentionPolicy", delete_retention, JSON_MEMBERS(one_group) },
	{ "DescribeLogGroups", describe, JSON_MEMBERS(in_describe) },
	{ "DescribeLogStreams", logs_describe_streams,
	  JSON_MEMBERS(in_streams) },
	{ "DescribeMetricFilters", logs_describe_filters,
	  JSON_MEMBERS(in_filters) },
	{ "DisassociateKmsKey", disassociate_key, JSON_MEMBERS(one_group) },
	{ "ListTagsForResource", list_tags, JSON_MEMBERS(in_list_tags) },
	{ "PutLogGroupDeletionProtection", protect, JSON_MEMBERS(in_protect) },
	{ "PutRetentionPolicy", put_retention, JSON_MEMBERS(in_put_retention) },
};

void logs_serve(struct sim *sim, struct request *request,
		const struct effect *effect, struct answer *answer)
{
	struct json_call call = { .sim = sim,
				  .request = request,
				  .answer = answer,
				  .effect = effect };

	json_serve(&call, "Logs_20140328", actions, ARRAY_SIZE(actions),
		   "InvalidParameterException");
}
