/*
 * Manual snapshots of clusters: who may copy and restore them. `public` and
 * `shared_with` are one attribute of AWS, whose value `all` means everybody;
 * each change of either is one call that says what is added and what removed.
 */
#include "plans/cluster_snapshot.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/grant.h"
#include "plans/kinds.h"
#include "plans/value.h"

#define MODIFY "rds:ModifyDBClusterSnapshotAttribute"
#define ID "DBClusterSnapshotIdentifier"
#define ATTRIBUTE "AttributeName"
#define RESTORE "restore"
#define TO_ADD "ValuesToAdd.AttributeValue"
#define TO_REMOVE "ValuesToRemove.AttributeValue"

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource,
				const char **ret_why)
{
	const char *status = resource->status ? resource->status : "unknown";

	*ret_why = status;
	if (!strcmp(status, "available"))
		return CONDITION_READY;
	return strcmp(status, "failed") ? CONDITION_BUSY : CONDITION_FAILED;
}

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

/* ---- calls -------------------------------------------------------------- */

/* What the change adds or takes away of the attribute's values. New. */
static json_t *values_of(const struct call_change *change, bool added)
{
	if (is(change->setting, "shared_with"))
		return added ? set_minus(change->after, change->before)
			     : set_minus(change->before, change->after);
	return json_is_true(change->after) == added
		       ? json_pack("[s]", SNAPSHOT_EVERYBODY)
		       : json_array();
}

static void put_values(json_t *parameters, const char *list,
		       const json_t *values)
{
	size_t i;
	json_t *value;

	json_array_foreach(values, i, value) {
		CLEANUP(free_ptr) char *key = xasprintf("%s.%zu", list, i + 1);

		json_object_set(parameters, key, value);
	}
}

static void add_call(const struct resource *resource,
		     const struct call_change *change, size_t index,
		     struct call_list *calls)
{
	CLEANUP(json_release) json_t *more = values_of(change, true);
	CLEANUP(json_release) json_t *fewer = values_of(change, false);
	struct call *call = call_list_add(calls, MODIFY);

	call_add_change(call, index);
	json_object_set_new(call->parameters, ID, json_from_text(resource->id));
	json_object_set_new(call->parameters, ATTRIBUTE, json_string(RESTORE));
	put_values(call->parameters, TO_ADD, more);
	put_values(call->parameters, TO_REMOVE, fewer);
}

/* AWS takes no such call; whether it is encrypted may not be known. */
static bool cannot_be_public(const struct resource *resource,
			     const struct call_change *change)
{
	const json_t *encrypted =
		resource_value(resource, catalogue_lookup(KIND_CLUSTER_SNAPSHOT,
							  "storage_encrypted"));

	return is(change->setting, "public") && json_is_true(change->after) &&
	       json_is_true(encrypted);
}

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused)
{
	for (size_t i = 0; i < changes_len; i++) {
		if (cannot_be_public(resource, &changes[i]))
			json_object_set_new(
				ret_refused, changes[i].setting->name,
				json_pack("{ss ss}", "reason",
					  "an encrypted snapshot cannot be "
					  "public",
					  "remedy",
					  "share it with single accounts "
					  "('shared_with')"));
		else
			add_call(resource, &changes[i], i, ret_calls);
	}
}

/* ---- what a call makes of a value --------------------------------------- */

/* Its members; *ret_len counts the parameters that they were. New. */
static json_t *list_of(const json_t *parameters, const char *list,
		       size_t *ret_len)
{
	json_t *members = json_array();

	for (;; ++*ret_len) {
		CLEANUP(free_ptr)
		char *key =
			xasprintf("%s.%zu", list, json_array_size(members) + 1);
		json_t *member = json_object_get(parameters, key);

		if (!json_is_string(member))
			return members;
		json_array_append(members, member);
	}
}

static json_t *accounts_after(const json_t *value, json_t *more, json_t *fewer)
{
	CLEANUP(json_release) json_t *with = set_union(value, more);
	CLEANUP(json_release) json_t *left = set_minus(with, fewer);
	CLEANUP(json_release)
	json_t *everybody = json_pack("[s]", SNAPSHOT_EVERYBODY);

	return set_minus(left, everybody);
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	size_t len = 2;
	CLEANUP(json_release)
	json_t *more = list_of(parameters, TO_ADD, &len);
	CLEANUP(json_release)
	json_t *fewer = list_of(parameters, TO_REMOVE, &len);
	const char *attribute = json_text(parameters, ATTRIBUTE);

	if (strcmp(call, MODIFY) != 0 || len == 2 ||
	    json_object_size(parameters) != len ||
	    !json_string_length(json_object_get(parameters, ID)) ||
	    !attribute || strcmp(attribute, RESTORE) != 0)
		return NULL;
	if (is(setting, "shared_with"))
		return accounts_after(value, more, fewer);
	if (is(setting, "public") && json_array_has(more, SNAPSHOT_EVERYBODY))
		return json_true();
	if (is(setting, "public") && json_array_has(fewer, SNAPSHOT_EVERYBODY))
		return json_false();
	return json_incref((json_t *)(uintptr_t)value);
}

const struct kind_ops cluster_snapshot_kind = {
	.kind = KIND_CLUSTER_SNAPSHOT,
	.name = "cluster_snapshot",
	.grants = cluster_snapshot_grants,
	.event_source = "db-cluster-snapshot",
	.lane_kind = KIND_CLUSTER_SNAPSHOT,
	.lower_case = true,
	.by_reference = true,
	.of_cluster = true,
	.read = cluster_snapshot_read,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
};
