/*
 * Roles: of the account, not of a region; read by their exact names. A change
 * of the attached policies is one call a policy, attaching before detaching.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/iam_role_read.h"
#include "plans/kinds.h"
#include "plans/value.h"

#define ATTACH "iam:AttachRolePolicy"
#define DETACH "iam:DetachRolePolicy"
#define ROLE "RoleName"
#define POLICY "PolicyArn"
#define SERVICE_PATH "/aws-service-role/"

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource UNUSED,
				const char **ret_why)
{
	*ret_why = "roles have no status";
	return CONDITION_READY;
}

/* Why nobody but AWS can change the role, or NULL. */
static const char *not_ours(const struct resource *resource)
{
	const char *path = json_text(resource->facts, IAM_ROLE_PATH);

	return path && strncmp(path, SERVICE_PATH, strlen(SERVICE_PATH)) == 0
		       ? "the role belongs to an AWS service, which alone may "
			 "change it"
		       : NULL;
}

static size_t add_call(const struct resource *resource, const char *name,
		       size_t change, const json_t *policy,
		       struct call_list *calls)
{
	struct call *call = call_list_add(calls, name);

	call_add_change(call, change);
	json_object_set_new(call->parameters, ROLE,
			    json_from_text(resource->id));
	json_object_set_new(call->parameters, POLICY,
			    json_from_text(json_string_value(policy)));
	return calls->len - 1;
}

static void add_calls(const struct resource *resource,
		      const struct call_change *change, size_t index,
		      struct call_list *calls)
{
	CLEANUP(json_release)
	json_t *more = set_minus(change->after, change->before);
	CLEANUP(json_release)
	json_t *fewer = set_minus(change->before, change->after);
	const size_t attaches = calls->len;
	size_t i;
	json_t *policy;

	json_array_foreach(more, i, policy)
		(void)add_call(resource, ATTACH, index, policy, calls);
	const size_t detaches = calls->len;

	json_array_foreach(fewer, i, policy) {
		const size_t added =
			add_call(resource, DETACH, index, policy, calls);

		for (size_t need = attaches; need < detaches; need++)
			call_add_need(&calls->items[added], need);
	}
}

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused)
{
	const char *reason = not_ours(resource);

	for (size_t i = 0; i < changes_len; i++) {
		if (reason) {
			json_t *entry = json_object();

			json_object_set_new(entry, "reason",
					    json_string(reason));
			json_object_set_new(entry, "remedy", json_null());
			json_object_set_new(ret_refused,
					    changes[i].setting->name, entry);
		} else {
			add_calls(resource, &changes[i], i, ret_calls);
		}
	}
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	const bool attach = strcmp(call, ATTACH) == 0;
	json_t *policy = json_object_get(parameters, POLICY);
	CLEANUP(json_release) json_t *one = NULL;

	if ((!attach && strcmp(call, DETACH) != 0) ||
	    json_object_size(parameters) != 2 || !json_is_string(policy) ||
	    !json_string_length(json_object_get(parameters, ROLE)))
		return NULL;
	if (!setting->write || strcmp(setting->write, POLICY) != 0)
		return json_incref((json_t *)(uintptr_t)value);
	one = json_array();
	json_array_append(one, policy);
	return attach ? set_union(value, one) : set_minus(value, one);
}

const struct kind_ops iam_role_kind = {
	.kind = KIND_IAM_ROLE,
	.name = "iam_role",
	.global = true,
	.lane_kind = KIND_IAM_ROLE,
	.by_reference = true,
	.read = iam_role_read,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
};
