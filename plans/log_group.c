/*
 * Log groups of CloudWatch Logs: read by their exact names, created where a
 * rule wants one that is missing, never deleted. A setting is one call.
 */
#include "plans/grant.h"
#include "plans/log_group.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kinds.h"

#define CREATE "logs:CreateLogGroup"
#define PUT_RETENTION "logs:PutRetentionPolicy"
#define DELETE_RETENTION "logs:DeleteRetentionPolicy"
#define ASSOCIATE "logs:AssociateKmsKey"
#define DISASSOCIATE "logs:DisassociateKmsKey"
#define PROTECT "logs:PutLogGroupDeletionProtection"

#define NAME "logGroupName"
#define IDENTIFIER "logGroupIdentifier" /* of PROTECT: the name, or the ARN */
#define PROTECTED "deletionProtectionEnabled"
#define DAYS "retentionInDays"
#define KEY "kmsKeyId"

char *log_group_name(const char *cluster, const char *log_type)
{
	return xasprintf(LOG_GROUP_PREFIX "%s/%s", cluster, log_type);
}

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource UNUSED,
				const char **ret_why)
{
	*ret_why = "log groups have no status";
	return CONDITION_READY;
}

/* ---- calls ------------------------------------------------------------ */

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

/* What makes the change; NULL: nothing does. */
static const char *call_for(const struct call_change *change)
{
	const bool unset = json_is_null(change->after) ||
			   (json_is_string(change->after) &&
			    is(change->setting, "retention_in_days"));

	if (is(change->setting, "exists"))
		return json_is_true(change->after) ? CREATE : NULL;
	if (is(change->setting, "retention_in_days"))
		return unset ? DELETE_RETENTION : PUT_RETENTION;
	if (is(change->setting, "kms_key_id"))
		return unset ? DISASSOCIATE : ASSOCIATE;
	if (is(change->setting, "deletion_protection"))
		return PROTECT;
	return NULL;
}

/* The parameter of the call that says which group it is. */
static const char *name_of(const char *call)
{
	return strcmp(call, PROTECT) ? NAME : IDENTIFIER;
}

static void add_call(const struct resource *resource,
		     const struct call_change *change, size_t index,
		     struct call_list *calls)
{
	const char *name = call_for(change);
	struct call *call;

	if (!name)
		return;
	call = call_list_add(calls, name);
	call_add_change(call, index);
	json_object_set_new(call->parameters, name_of(name),
			    json_from_text(resource->id));
	if (!strcmp(name, PUT_RETENTION) || !strcmp(name, ASSOCIATE) ||
	    !strcmp(name, PROTECT))
		json_object_set(call->parameters, change->setting->write,
				(json_t *)(uintptr_t)change->after);
}

/* Creating comes first and the others need it; else it must be there. */
static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused UNUSED)
{
	size_t created;

	for (size_t i = 0; i < changes_len; i++) {
		if (is(changes[i].setting, "exists"))
			add_call(resource, &changes[i], i, ret_calls);
	}
	created = ret_calls->len;
	for (size_t i = 0; i < changes_len; i++) {
		const size_t at = ret_calls->len;

		if (is(changes[i].setting, "exists"))
			continue;
		add_call(resource, &changes[i], i, ret_calls);
		if (ret_calls->len == at)
			continue;
		if (created)
			call_add_need(&ret_calls->items[at], 0);
		else
			json_object_set_new(ret_calls->items[at].companions,
					    "exists", json_true());
	}
}

enum takes { NOTHING, A_NUMBER, A_TEXT, A_BOOL };

static bool is_a(const json_t *value, enum takes takes)
{
	switch (takes) {
	case A_NUMBER:
		return json_is_integer(value);
	case A_TEXT:
		return json_is_string(value);
	case A_BOOL:
		return json_is_boolean(value);
	case NOTHING:
		break;
	}
	return !value;
}

/* Has the call these parameters and no others? second: NULL: only the name */
static bool has_only(const char *call, const json_t *parameters,
		     const char *second, enum takes takes)
{
	const json_t *value =
		second ? json_object_get(parameters, second) : NULL;

	return json_string_length(json_object_get(parameters, name_of(call))) &&
	       json_object_size(parameters) == (second ? 2 : 1) &&
	       is_a(value, takes);
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	static const struct {
		const char *call, *setting, *second;
		enum takes takes;
	} rows[] = {
		{ CREATE, "exists", NULL, NOTHING },
		{ PUT_RETENTION, "retention_in_days", DAYS, A_NUMBER },
		{ DELETE_RETENTION, "retention_in_days", NULL, NOTHING },
		{ ASSOCIATE, "kms_key_id", KEY, A_TEXT },
		{ DISASSOCIATE, "kms_key_id", NULL, NOTHING },
		{ PROTECT, "deletion_protection", PROTECTED, A_BOOL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].call, call) != 0)
			continue;
		if (!has_only(call, parameters, rows[i].second, rows[i].takes))
			return NULL;
		if (!is(setting, rows[i].setting))
			return json_incref((json_t *)(uintptr_t)value);
		if (rows[i].second)
			return json_incref(
				json_object_get(parameters, rows[i].second));
		if (!strcmp(call, CREATE))
			return json_true();
		return setting->word ? json_string(setting->word) : json_null();
	}
	return NULL;
}

const struct kind_ops log_group_kind = {
	.kind = KIND_LOG_GROUP,
	.name = "log_group",
	.grants = log_group_grants,
	.lane_kind = KIND_LOG_GROUP,
	.by_reference = true,
	.read = log_group_read,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
};
