#include <string.h>

#include "core/mem.h"
#include "plans/kinds.h"
#include "plans/lookup.h"
#include "plans/rds.h"

#define MONITORING_ROLE "MonitoringRoleArn"

#define GROUP_STATUS "DBParameterGroups/DBParameterGroup/ParameterApplyStatus"

static const char *const facts[] = { MONITORING_ROLE, GROUP_STATUS, NULL };

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
	.identifier = "DBInstanceIdentifier",
	.describe = "DescribeDBInstances",
	.element = "DBInstances/DBInstance",
	.id = "DBInstanceIdentifier",
	.resource_id = "DbiResourceId",
	.arn = "DBInstanceArn",
	.status = "DBInstanceStatus",
	.cluster = "DBClusterIdentifier",
	.facts = facts,
	.group_setting = "db_parameter_group_name",
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

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused)
{
	rds_calls(&instance_rds, resource, changes, changes_len, ret_calls,
		  ret_refused);
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	return rds_after_call(&instance_rds, call, parameters, setting, value);
}

static void references(const struct resource *resource,
		       void (*fn)(void *ctx, enum kind kind, const char *id),
		       void *ctx)
{
	const char *arn = rds_fact(resource, MONITORING_ROLE);
	const char *name = arn ? strrchr(arn, '/') : NULL;

	if (name && name[1])
		fn(ctx, KIND_IAM_ROLE, name + 1);
}

const struct kind_ops instance_kind = {
	.kind = KIND_INSTANCE,
	.name = "instance",
	.lane_kind = KIND_CLUSTER,
	.lower_case = true,
	.read = read_instances,
	.lane = lane,
	.condition = rds_condition,
	.calls = calls,
	.after_call = after_call,
	.references = references,
};
