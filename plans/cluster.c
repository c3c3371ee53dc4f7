#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/cluster_own.h"
#include "plans/grant.h"
#include "plans/kinds.h"
#include "plans/live.h"
#include "plans/lookup.h"
#include "plans/members.h"
#include "plans/rds.h"
#include "plans/value.h"

#define SOURCE "ReplicationSourceIdentifier"
#define GLOBAL "GlobalClusterIdentifier"

static const char *const facts[] = { CLUSTER_ENGINE_MODE,
				     CLUSTER_ROLE_ARN,
				     CLUSTER_ROLE_FEATURE,
				     CLUSTER_ROLE_STATUS,
				     CLUSTER_STREAM_STATUS,
				     CLUSTER_STREAM_MODE,
				     CLUSTER_STREAM_KEY,
				     FACT_SECRET_ARN,
				     CLUSTER_SECRET_STATUS,
				     MEMBER_ID,
				     MEMBER_STATUS,
				     CLUSTER_KEY,
				     CLUSTER_INSIGHTS_KEY,
				     CLUSTER_SECRET_KEY_FACT,
				     MEMBER_WRITES,
				     SOURCE,
				     GLOBAL,
				     CLUSTER_PORT_FACT,
				     CLUSTER_GROUPS_FACT,
				     CLUSTER_GROUP_STATUS_FACT,
				     CLUSTER_SUBNET_GROUP_FACT,
				     NULL };
static const char *const role_facts[] = { CLUSTER_ROLE_ARN,
					  CLUSTER_ROLE_FEATURE,
					  CLUSTER_ROLE_STATUS, NULL };

const struct rds_kind cluster_rds = {
	.kind = KIND_CLUSTER,
	.call = "rds:ModifyDBCluster",
	.identifier = "DBClusterIdentifier",
	.describe = "DescribeDBClusters",
	.lane_identifier = "DBClusterIdentifier",
	.element = "DBClusters/DBCluster",
	.arn_type = "cluster",
	.id = "DBClusterIdentifier",
	.resource_id = "DbClusterResourceId",
	.arn = "DBClusterArn",
	.status = "Status",
	.cluster = "DBClusterIdentifier",
	.facts = facts,
	.group = CLUSTER_ROLE,
	.group_facts = role_facts,
	.group_setting = CLUSTER_GROUP,
	.group_status = MEMBER_STATUS,
	.refuse = cluster_refuse,
	.derive = cluster_derive,
	.own_calls = cluster_own_calls,
};

static void read_clusters(const struct read_request *request)
{
	rds_read(&cluster_rds, request);
}

/* Without members there is nothing to be written to either, and no harm. */
static bool lacks_writer(const struct resource *resource)
{
	json_t *writers = json_object_get(resource->facts, MEMBER_WRITES);
	size_t i;
	json_t *is_writer;

	/* that of a replica may be another cluster's member */
	if (rds_fact(resource, SOURCE) || rds_fact(resource, GLOBAL))
		return false;
	json_array_foreach(writers, i, is_writer) {
		if (strcasecmp(json_string_value(is_writer), "true") == 0)
			return false;
	}
	return json_array_size(writers) > 0;
}

static enum condition condition(const struct resource *resource,
				const char **ret_why)
{
	const enum condition condition = rds_condition(resource, ret_why);
	const char *at = cluster_in_progress(resource);

	if (condition != CONDITION_READY)
		return condition;
	if (at)
		*ret_why = at;
	else if (lacks_writer(resource))
		*ret_why = "none of its instances is the writer";
	else if (any_member_status(resource, "applying"))
		*ret_why = "its parameters are being applied";
	else
		return condition;
	return CONDITION_BUSY;
}

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused)
{
	rds_calls(&cluster_rds, resource, changes, changes_len, ret_calls,
		  ret_refused);
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	bool own;
	json_t *after =
		cluster_after_own(call, parameters, setting, value, &own);

	return own ? after
		   : rds_after_call(&cluster_rds, call, parameters, setting,
				    value);
}

struct needing {
	void (*fn)(void *ctx, enum kind kind, const char *id,
		   const char *setting);
	void *ctx;
};

static void need_created(void *ctx, enum kind kind, const char *id)
{
	const struct needing *needing = ctx;

	needing->fn(needing->ctx, kind, id, "exists");
}

static bool is(const struct call_change *change, const char *setting)
{
	return strcmp(change->setting->name, setting) == 0;
}

/* A group that is there before its first event keeps its retention and key. */
static void needs(const struct resource *resource,
		  const struct call_change *change,
		  void (*fn)(void *ctx, enum kind kind, const char *id,
			     const char *setting),
		  void *ctx)
{
	struct needing needing = { .fn = fn, .ctx = ctx };
	CLEANUP(json_release) json_t *more = NULL;

	/* what it is to use has what it is to have */
	if (is(change, CLUSTER_GROUP) && json_is_string(change->after))
		fn(ctx, KIND_CLUSTER_PARAMETER_GROUP,
		   json_string_value(change->after), NULL);
	if (!is(change, CLUSTER_LOGS))
		return;
	more = set_minus(change->after, change->before);
	cluster_each_log_group(resource, more, need_created, &needing);
}

/* Another group takes effect on each member when that is rebooted. */
static void follows(const struct resource *resource,
		    const struct call_change *change, const struct live *live,
		    void (*fn)(void *ctx, const struct resource *resource,
			       const struct setting *setting, json_t *before,
			       json_t *after),
		    void *ctx)
{
	size_t i;
	json_t *id;

	if (!is(change, CLUSTER_GROUP))
		return;
	json_array_foreach(cluster_members(resource), i, id) {
		CLEANUP(free_ptr)
		char *address =
			address_of(KIND_INSTANCE, json_string_value(id));
		const struct resource *member =
			live_find(live, resource->place->name, address);

		if (member)
			fn(ctx, member,
			   catalogue_lookup(KIND_INSTANCE, "pending_reboot"),
			   json_true(), json_false());
	}
}

const struct kind_ops cluster_kind = {
	.kind = KIND_CLUSTER,
	.name = "cluster",
	.grants = cluster_grants,
	.event_source = "db-cluster",
	.lane_kind = KIND_CLUSTER,
	.lower_case = true,
	.read = read_clusters,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
	.foreign = cluster_foreign,
	.enriched = cluster_enriched,
	.refers_to = 1u << KIND_IAM_ROLE | 1u << KIND_LOG_GROUP |
		     1u << KIND_KMS_KEY | 1u << KIND_SECURITY_GROUP |
		     1u << KIND_CLUSTER_SNAPSHOT |
		     1u << KIND_EVENT_SUBSCRIPTION |
		     1u << KIND_CLUSTER_PARAMETER_GROUP,
	.references = cluster_references,
	.needs = needs,
	.follows = follows,
};
