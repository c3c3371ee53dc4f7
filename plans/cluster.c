#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/cluster_own.h"
#include "plans/grant.h"
#include "plans/kinds.h"
#include "plans/kms_key.h"
#include "plans/log_group.h"
#include "plans/live.h"
#include "plans/lookup.h"
#include "plans/members.h"
#include "plans/rds.h"
#include "plans/value.h"
#include "plans/window.h"

#define INSIGHTS_MODE "database_insights_mode"
#define INSIGHTS_ROW "performance_insights_kms_key_id"
#define DOMAIN_ROLE "domain_iam_role_name"

#define SOURCE "ReplicationSourceIdentifier"
#define GLOBAL "GlobalClusterIdentifier"
#define GROUP "db_cluster_parameter_group_name"

#define KEY "KmsKeyId"
#define INSIGHTS_KEY "PerformanceInsightsKMSKeyId"
#define SECRET_KEY "MasterUserSecret/KmsKeyId"
#define LOGS "enabled_cloudwatch_logs_exports"

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
				     KEY,
				     INSIGHTS_KEY,
				     SECRET_KEY,
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

/* Log types that only one of the engines writes. */
static const struct {
	const char *engine, *log;
} engine_logs[] = {
	{ "aurora-mysql", "audit" },           { "aurora-mysql", "error" },
	{ "aurora-mysql", "general" },         { "aurora-mysql", "slowquery" },
	{ "aurora-postgresql", "postgresql" },
};

static bool is(const struct call_change *change, const char *setting)
{
	return strcmp(change->setting->name, setting) == 0;
}

static const char *refuse_backtrack(const struct call_change *change,
				    const char **ret_remedy)
{
	if (json_is_integer(change->before) &&
	    json_integer_value(change->before))
		return NULL;
	*ret_remedy = "restore a snapshot, or clone the cluster, with "
		      "Backtrack enabled, move the clients, then delete this "
		      "cluster";
	return "Backtrack can be used only on a cluster that was created with "
	       "it";
}

/* Whichever of the three is changed, they must agree afterwards. */
static const char *refuse_insights(const struct rds_drafting *drafting,
				   const char **ret_remedy)
{
	const char *mode =
		json_string_value(rds_target(drafting, INSIGHTS_MODE));
	const json_t *enabled =
		rds_target(drafting, "performance_insights_enabled");
	const json_t *days =
		rds_target(drafting, "performance_insights_retention_period");

	if (!mode || strcmp(mode, "advanced") != 0)
		return NULL;
	*ret_remedy = "let rules set database_insights_mode: standard, or else "
		      "performance_insights_enabled: true and "
		      "performance_insights_retention_period: 465";
	if (enabled && !json_is_true(enabled))
		return "advanced mode of Database Insights needs Performance "
		       "Insights";
	if (days && json_integer_value(days) != 465)
		return "advanced mode of Database Insights needs Performance "
		       "Insights to keep 465 days";
	return NULL;
}

static const char *refuse_key(const struct call_change *change,
			      const struct rds_drafting *drafting,
			      const char **ret_remedy)
{
	const json_t *enabled =
		rds_target(drafting, "performance_insights_enabled");

	if (!json_is_string(change->before) || !json_is_string(change->after) ||
	    !json_is_true(enabled))
		return NULL;
	*ret_remedy = "turn Performance Insights off, which loses its data, "
		      "and on again with the other key";
	return "the key of Performance Insights cannot be changed while it "
	       "is on";
}

static bool overlap(const json_t *daily, const json_t *weekly)
{
	return json_is_string(daily) && json_is_string(weekly) &&
	       window_overlap(json_string_value(daily),
			      json_string_value(weekly));
}

/* Where the wanted ones overlap neither goes: half of it is nobody's wish. */
static const char *refuse_windows(const struct rds_drafting *drafting,
				  const char **ret_remedy)
{
	static const char *const daily = "preferred_backup_window";
	static const char *const weekly = "preferred_maintenance_window";

	if (!overlap(rds_target(drafting, daily),
		     rds_target(drafting, weekly)) &&
	    !overlap(rds_wanted(drafting, daily), rds_wanted(drafting, weekly)))
		return NULL;
	*ret_remedy = "let rules set both windows so that they are apart";
	return "the backup window and the maintenance window of a cluster "
	       "must not overlap";
}

/* Is it a log that only the other engine writes? */
static const char *other_engine(const char *engine, const char *log)
{
	for (size_t i = 0; engine && i < ARRAY_SIZE(engine_logs); i++) {
		if (strcmp(engine_logs[i].log, log) == 0 &&
		    strcmp(engine_logs[i].engine, engine) != 0)
			return engine_logs[i].engine;
	}
	return NULL;
}

static void refuse_log(const struct resource *resource, const char *log,
		       struct strbuf *reason, const char **ret_remedy)
{
	const json_t *can = json_object_get(resource->facts, FACT_LOG_TYPES);
	const char *other = other_engine(resource->engine, log);

	if (can ? json_array_has(can, log) : !other)
		return;
	if (other) {
		strbuf_addf(reason, "only %s writes the log '%s'", other, log);
		*ret_remedy = "give each engine a rule of its own: match: "
			      "{kind: cluster, engine: aurora-mysql} and "
			      "aurora-postgresql";
		return;
	}
	strbuf_addf(reason, "%s %s cannot export the log '%s', only ",
		    resource->engine, resource->engine_version, log);
	rds_list(can, reason);
	if (!json_array_size(can))
		strbuf_adds(reason, "newer versions can");
	*ret_remedy = "leave it out where this version runs, or upgrade the "
		      "cluster first";
}

static void refuse_logs(const struct resource *resource,
			const struct call_change *change, struct strbuf *reason,
			const char **ret_remedy)
{
	CLEANUP(json_release)
	json_t *more = set_minus(change->after, change->before);
	size_t i;
	json_t *log;

	json_array_foreach(more, i, log) {
		if (!reason->len)
			refuse_log(resource, json_string_value(log), reason,
				   ret_remedy);
	}
}

static const char *refuse_fixedly(const struct resource *resource,
				  const struct call_change *change,
				  const struct rds_drafting *drafting,
				  const char **ret_remedy)
{
	const char *mode = rds_fact(resource, CLUSTER_ENGINE_MODE);

	if (mode && strcmp(mode, "serverless") == 0 &&
	    (is(change, "port") || is(change, "preferred_backup_window")))
		return "Aurora Serverless v1 does not allow it to be changed";
	if (is(change, "backtrack_window"))
		return refuse_backtrack(change, ret_remedy);
	if (is(change, INSIGHTS_MODE) ||
	    is(change, "performance_insights_enabled") ||
	    is(change, "performance_insights_retention_period"))
		return refuse_insights(drafting, ret_remedy);
	if (is(change, "performance_insights_kms_key_id"))
		return refuse_key(change, drafting, ret_remedy);
	if (is(change, "preferred_backup_window") ||
	    is(change, "preferred_maintenance_window"))
		return refuse_windows(drafting, ret_remedy);
	return NULL;
}

static void refuse(const struct resource *resource,
		   const struct call_change *change,
		   const struct rds_drafting *drafting, struct strbuf *reason,
		   const char **ret_remedy)
{
	const char *why;

	if (is(change, LOGS)) {
		refuse_logs(resource, change, reason, ret_remedy);
		return;
	}
	cluster_refuse_own(resource, change, reason, ret_remedy);
	if (reason->len)
		return;
	why = refuse_fixedly(resource, change, drafting, ret_remedy);
	if (why)
		strbuf_adds(reason, why);
}

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
	.group_setting = GROUP,
	.group_status = MEMBER_STATUS,
	.refuse = refuse,
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

/* The groups that CloudWatch Logs has, or will have, for these log types. */
static void
each_log_group(const struct resource *resource, const json_t *log_types,
	       void (*fn)(void *ctx, enum kind kind, const char *id), void *ctx)
{
	size_t i;
	json_t *type;

	json_array_foreach(log_types, i, type) {
		CLEANUP(free_ptr)
		char *name =
			log_group_name(resource->id, json_string_value(type));

		fn(ctx, KIND_LOG_GROUP, name);
	}
}

static void add_key(const struct resource *resource, const json_t *key,
		    void (*fn)(void *ctx, enum kind kind, const char *id),
		    void *ctx)
{
	const char *arn = json_string_value(key);

	if (arn && *arn)
		fn(ctx, KIND_KMS_KEY, kms_key_id_of(arn, resource->place));
}

/* Of a row with `refers`; NULL where it was not read. */
static json_t *row_value(const struct resource *resource, const char *setting)
{
	return resource_value(resource,
			      catalogue_lookup(KIND_CLUSTER, setting));
}

/* What a row has or will have, where no fact says it already. */
static void
add_key_of_row(const struct resource *resource, const char *setting,
	       const char *fact,
	       void (*fn)(void *ctx, enum kind kind, const char *id), void *ctx)
{
	const json_t *key = row_value(resource, setting);

	if (!json_equal(
		    key,
		    json_array_get(json_object_get(resource->facts, fact), 0)))
		add_key(resource, key, fn, ctx);
}

static void each_key(const struct resource *resource,
		     void (*fn)(void *ctx, enum kind kind, const char *id),
		     void *ctx)
{
	static const char *const names[] = { KEY, INSIGHTS_KEY, SECRET_KEY };
	CLEANUP(json_release) json_t *stream = cluster_stream_key(resource);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const json_t *texts =
			json_object_get(resource->facts, names[i]);

		add_key(resource, json_array_get(texts, 0), fn, ctx);
	}
	add_key_of_row(resource, INSIGHTS_ROW, INSIGHTS_KEY, fn, ctx);
	add_key_of_row(resource, CLUSTER_SECRET_KEY, SECRET_KEY, fn, ctx);
	add_key(resource, stream, fn, ctx);
}

/* Events of the cluster and of its members are what a listing has to tell. */
static void each_event_source(const struct resource *resource,
			      void (*fn)(void *ctx, enum kind kind,
					 const char *id),
			      void *ctx)
{
	size_t i;
	json_t *member;

	fn(ctx, KIND_EVENT_SUBSCRIPTION, resource->address);
	json_array_foreach(json_object_get(resource->facts, MEMBER_ID), i,
			   member) {
		CLEANUP(free_ptr)
		char *address =
			address_of(KIND_INSTANCE, json_string_value(member));

		fn(ctx, KIND_EVENT_SUBSCRIPTION, address);
	}
}

static void references(const struct resource *resource,
		       void (*fn)(void *ctx, enum kind kind, const char *id),
		       void *ctx)
{
	const char *parameters = json_string_value(resource_value(
		resource, catalogue_lookup(KIND_CLUSTER, GROUP)));
	size_t i;
	json_t *group, *role;

	fn(ctx, KIND_CLUSTER_SNAPSHOT, resource->address);
	each_event_source(resource, fn, ctx);
	if (parameters)
		fn(ctx, KIND_CLUSTER_PARAMETER_GROUP, parameters);
	each_key(resource, fn, ctx);
	each_log_group(
		resource,
		resource_value(resource, catalogue_lookup(KIND_CLUSTER, LOGS)),
		fn, ctx);

	cluster_each_role(resource, fn, ctx);
	json_array_foreach(
		json_object_get(resource->facts, CLUSTER_GROUPS_FACT), i, group)
		fn(ctx, KIND_SECURITY_GROUP, json_string_value(group));
	json_array_foreach(row_value(resource, CLUSTER_GROUPS), i, group) {
		const char *id = json_string_value(group);

		if (!json_array_has(json_object_get(resource->facts,
						    CLUSTER_GROUPS_FACT),
				    id))
			fn(ctx, KIND_SECURITY_GROUP, id);
	}
	role = row_value(resource, DOMAIN_ROLE);
	if (json_is_string(role))
		fn(ctx, KIND_IAM_ROLE, json_string_value(role));
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
	if (is(change, GROUP) && json_is_string(change->after))
		fn(ctx, KIND_CLUSTER_PARAMETER_GROUP,
		   json_string_value(change->after), NULL);
	if (!is(change, LOGS))
		return;
	more = set_minus(change->after, change->before);
	each_log_group(resource, more, need_created, &needing);
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

	if (!is(change, GROUP))
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
	.references = references,
	.needs = needs,
	.follows = follows,
};
