#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/grant.h"
#include "plans/kinds.h"
#include "plans/live.h"
#include "plans/lookup.h"
#include "plans/members.h"
#include "plans/rds.h"
#include "plans/rds_events.h"

#define MONITORING_ROLE "MonitoringRoleArn"

#define GROUP "db_parameter_group_name"
#define REBOOT "rds:RebootDBInstance"
#define PENDING_REBOOT "pending_reboot"
#define IDENTIFIER "DBInstanceIdentifier"

#define GROUP_STATUS INSTANCE_APPLY_STATUS_FACT

static const char *const facts[] = { MONITORING_ROLE, GROUP_STATUS,
				     INSTANCE_VALID_TILL_FACT, NULL };

static void refuse_unsupported(const struct resource *resource, const char *ca,
			       struct strbuf *reason, const char **ret_remedy)
{
	const json_t *cas = json_object_get(resource->facts, FACT_CAS);

	if (!cas || json_array_has(cas, ca))
		return;
	strbuf_addf(reason, "%s %s does not support the CA '%s', only ",
		    resource->engine, resource->engine_version, ca);
	rds_list(cas, reason);
	*ret_remedy = "choose one of those";
}

static void refuse_expired(const struct resource *resource, const char *ca,
			   struct strbuf *reason, const char **ret_remedy)
{
	const char *since =
		json_text(json_object_get(resource->facts, FACT_EXPIRED), ca);

	if (!since)
		return;
	strbuf_addf(reason, "the CA '%s' expired at %s", ca, since);
	*ret_remedy = "choose one that is valid: 'aws rds "
		      "describe-certificates' shows them";
}

static void refuse(const struct resource *resource,
		   const struct call_change *change,
		   const struct rds_drafting *drafting UNUSED,
		   struct strbuf *reason, const char **ret_remedy)
{
	const char *ca = json_string_value(change->after);

	if (!ca ||
	    strcmp(change->setting->name, "ca_certificate_identifier") != 0)
		return;
	refuse_expired(resource, ca, reason, ret_remedy);
	if (!reason->len)
		refuse_unsupported(resource, ca, reason, ret_remedy);
}

const struct rds_kind instance_rds = {
	.kind = KIND_INSTANCE,
	.call = "rds:ModifyDBInstance",
	.identifier = IDENTIFIER,
	.describe = "DescribeDBInstances",
	.element = "DBInstances/DBInstance",
	.arn_type = "db",
	.id = "DBInstanceIdentifier",
	.resource_id = "DbiResourceId",
	.arn = "DBInstanceArn",
	.status = "DBInstanceStatus",
	.cluster = "DBClusterIdentifier",
	.facts = facts,
	.group_setting = GROUP,
	.group_status = GROUP_STATUS,
	.refuse = refuse,
};

static void read_instances(const struct read_request *request)
{
	rds_read(&instance_rds, request);
}

/* One modification at a time of a cluster and all of its members. */
static char *lane(const struct resource *resource)
{
	return address_of(KIND_CLUSTER, resource->cluster);
}

static bool has_status(const struct resource *resource, const char *status)
{
	return json_array_has(json_object_get(resource->facts, GROUP_STATUS),
			      status);
}

static enum condition condition(const struct resource *resource,
				const char **ret_why)
{
	const enum condition condition = rds_condition(resource, ret_why);

	if (condition != CONDITION_READY || !has_status(resource, "applying"))
		return condition;
	*ret_why = "its parameters are being applied";
	return CONDITION_BUSY;
}

/* ---- calls ---- */

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

static bool is_immediate(const struct call *call)
{
	return json_object_get(call->parameters, RDS_APPLY);
}

/*
 * A reboot is a call of its own, after those that it puts into effect; but it
 * would set off what is left to the window.
 */
static void add_reboot(const struct resource *resource, size_t change,
		       struct call_list *calls)
{
	struct call *call = call_list_add(calls, REBOOT);
	size_t at = calls->len - 1;

	json_object_set_new(call->parameters, IDENTIFIER,
			    json_from_text(resource->id));
	call_add_change(call, change);
	for (; at && !is_immediate(&calls->items[at - 1]); at--) {
		const struct call later = calls->items[at - 1];

		calls->items[at - 1] = calls->items[at];
		calls->items[at] = later;
	}
	/* the later ones need each other, where they are now */
	for (size_t i = at + 1; i < calls->len; i++) {
		for (size_t n = 0; n < calls->items[i].needs_len; n++)
			calls->items[i].needs[n] +=
				calls->items[i].needs[n] >= at;
	}
}

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused)
{
	CLEANUP(free_ptr)
	struct call_change *modifies =
		xcalloc(changes_len + 1, sizeof(*modifies));
	size_t len = 0, reboot = changes_len;

	for (size_t i = 0; i < changes_len; i++) {
		if (is(changes[i].setting, PENDING_REBOOT))
			reboot = i;
		else
			modifies[len++] = changes[i];
	}
	rds_calls(&instance_rds, resource, modifies, len, ret_calls,
		  ret_refused);
	for (size_t c = 0; c < ret_calls->len; c++) {
		const struct call *call = &ret_calls->items[c];

		for (size_t i = 0; i < call->changes_len; i++)
			call->changes[i] += call->changes[i] >= reboot;
	}
	if (reboot < changes_len)
		add_reboot(resource, reboot, ret_calls);
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	const char *id = json_text(parameters, IDENTIFIER);

	if (strcmp(call, REBOOT) != 0)
		return rds_after_call(&instance_rds, call, parameters, setting,
				      value);
	if (!id || !*id || json_object_size(parameters) != 1)
		return NULL;
	return is(setting, PENDING_REBOOT)
		       ? json_false()
		       : json_incref((json_t *)(uintptr_t)value);
}

/* ---- reboots ---- */

/* The cluster knows whether its own parameters wait for this member. */
static void complete(struct resource *resource, const struct live *live)
{
	const struct setting *row =
		catalogue_lookup(KIND_INSTANCE, PENDING_REBOOT);
	CLEANUP(free_ptr) char *address = lane(resource);
	const struct resource *cluster =
		live_find(live, resource->place->name, address);
	const bool own = has_status(resource, "pending-reboot");
	json_t *group, *own_group;
	const char *status;

	if (!cluster)
		return;
	group = resource_value(
		cluster, catalogue_lookup(KIND_CLUSTER,
					  "db_cluster_parameter_group_name"));
	own_group = resource_value(resource,
				   catalogue_lookup(KIND_INSTANCE, GROUP));
	if (!resource->facts)
		resource->facts = json_object();
	json_object_set_new(resource->facts, FACT_CLUSTER,
			    json_from_text(resource->cluster));
	json_object_set_new(resource->facts, FACT_REBOOTS_AFTER,
			    members_before(cluster, resource->id));
	if (group)
		json_object_set(resource->facts, FACT_CLUSTER_GROUP, group);
	if (own_group)
		json_object_set(resource->facts, FACT_OWN_GROUP, own_group);
	status = member_status(cluster, resource->id);
	if (!own && !status && any_member_status(cluster, "pending-reboot"))
		return; /* some member waits, and nobody knows whether this */
	resource_set_value(
		resource, row,
		json_boolean(own ||
			     (status && !strcmp(status, "pending-reboot"))));
}

static void follows(const struct resource *resource,
		    const struct call_change *change,
		    const struct live *live UNUSED,
		    void (*fn)(void *ctx, const struct resource *resource,
			       const struct setting *setting, json_t *before,
			       json_t *after),
		    void *ctx)
{
	if (is(change->setting, GROUP))
		fn(ctx, resource,
		   catalogue_lookup(KIND_INSTANCE, PENDING_REBOOT), json_true(),
		   json_false());
}

/* What is to be in effect is there, and the writer comes last. */
static void needs(const struct resource *resource,
		  const struct call_change *change,
		  void (*fn)(void *ctx, enum kind kind, const char *id,
			     const char *setting),
		  void *ctx)
{
	const char *cluster = json_text(resource->facts, FACT_CLUSTER);
	const char *group = json_text(resource->facts, FACT_CLUSTER_GROUP);
	const char *own_group = json_text(resource->facts, FACT_OWN_GROUP);
	size_t i;
	json_t *reader;

	if (is(change->setting, GROUP) && json_is_string(change->after))
		fn(ctx, KIND_INSTANCE_PARAMETER_GROUP,
		   json_string_value(change->after), NULL);
	/* a reboot lets go of nothing */
	if (!is(change->setting, PENDING_REBOOT) || json_is_true(change->after))
		return;
	fn(ctx, KIND_INSTANCE, resource->id, GROUP);
	if (group)
		fn(ctx, KIND_CLUSTER_PARAMETER_GROUP, group, NULL);
	if (own_group)
		fn(ctx, KIND_INSTANCE_PARAMETER_GROUP, own_group, NULL);
	if (cluster)
		fn(ctx, KIND_CLUSTER, cluster,
		   "db_cluster_parameter_group_name");
	json_array_foreach(json_object_get(resource->facts, FACT_REBOOTS_AFTER),
			   i, reader)
		fn(ctx, KIND_INSTANCE, json_string_value(reader),
		   PENDING_REBOOT);
}

/* RDS writes down each restart of an instance. */
static void happened(struct aws *aws, const struct place *place,
		     const json_t *parameters, int64_t since,
		     void (*done)(void *ctx, const char *evidence,
				  const struct error *err),
		     void *ctx)
{
	rds_events_find(aws, place, "db-instance",
			json_text(parameters, IDENTIFIER), "restarted", since,
			done, ctx);
}

static void add_role(const char *arn,
		     void (*fn)(void *ctx, enum kind kind, const char *id),
		     void *ctx)
{
	const char *name = arn ? strrchr(arn, '/') : NULL;

	if (name && name[1])
		fn(ctx, KIND_IAM_ROLE, name + 1);
}

static void references(const struct resource *resource,
		       void (*fn)(void *ctx, enum kind kind, const char *id),
		       void *ctx)
{
	const char *arn = rds_fact(resource, MONITORING_ROLE);
	const char *wanted_arn = json_string_value(resource_value(
		resource,
		catalogue_lookup(KIND_INSTANCE, "monitoring_role_arn")));
	const char *parameters = json_string_value(resource_value(
		resource, catalogue_lookup(KIND_INSTANCE, GROUP)));

	if (parameters)
		fn(ctx, KIND_INSTANCE_PARAMETER_GROUP, parameters);
	add_role(arn, fn, ctx);
	if (!arn || !wanted_arn || strcmp(arn, wanted_arn) != 0)
		add_role(wanted_arn, fn, ctx);
}

const struct kind_ops instance_kind = {
	.kind = KIND_INSTANCE,
	.name = "instance",
	.grants = instance_grants,
	.event_source = "db-instance",
	.lane_kind = KIND_CLUSTER,
	.lower_case = true,
	.read = read_instances,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
	.refers_to = 1u << KIND_IAM_ROLE | 1u << KIND_INSTANCE_PARAMETER_GROUP,
	.references = references,
	.needs = needs,
	.complete = complete,
	.follows = follows,
	.happened = happened,
};
