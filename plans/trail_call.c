#include "plans/trail_call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/iam_policy.h"
#include "plans/kms_key.h"

#define CLUSTER "dBClusterIdentifier"
#define INSTANCE "dBInstanceIdentifier"
#define CLUSTER_GROUP "dBClusterParameterGroupName"
#define INSTANCE_GROUP "dBParameterGroupName"
#define SNAPSHOT "dBClusterSnapshotIdentifier"
#define SUBSCRIPTION "subscriptionName"

#define MODIFY_CLUSTER "rds:ModifyDBCluster"
#define MODIFY_INSTANCE "rds:ModifyDBInstance"

#define OF_CLUSTER(name, as)                                       \
	{                                                          \
		"rds:" name, KIND_CLUSTER, CLUSTER, TRAIL_NAME, as \
	}
#define OF_INSTANCE(name, as)                                        \
	{                                                            \
		"rds:" name, KIND_INSTANCE, INSTANCE, TRAIL_NAME, as \
	}
#define OF_SUBSCRIPTION(name)                                       \
	{                                                           \
		"rds:" name, KIND_EVENT_SUBSCRIPTION, SUBSCRIPTION, \
			TRAIL_NAME, NULL                            \
	}
#define OF_GROUP(name)                                                        \
	{                                                                     \
		"ec2:" name, KIND_SECURITY_GROUP, "groupId", TRAIL_NAME, NULL \
	}
#define OF_ROLE(name)                                                    \
	{                                                                \
		"iam:" name, KIND_IAM_ROLE, "roleName", TRAIL_NAME, NULL \
	}
#define OF_POLICY(name)                                                       \
	{                                                                     \
		"iam:" name, KIND_IAM_POLICY, "policyArn", TRAIL_POLICY, NULL \
	}
#define OF_KEY(name)                                                \
	{                                                           \
		"kms:" name, KIND_KMS_KEY, "keyId", TRAIL_KEY, NULL \
	}
#define OF_LOG(name)                                                           \
	{                                                                      \
		"logs:" name, KIND_LOG_GROUP, "logGroupName", TRAIL_NAME, NULL \
	}
#define OF_ARN(name, member)                                     \
	{                                                        \
		"rds:" name, KIND_COUNT, member, TRAIL_ARN, NULL \
	}

static const struct trail_call table[] = {
	OF_GROUP("AuthorizeSecurityGroupEgress"),
	OF_GROUP("AuthorizeSecurityGroupIngress"),
	OF_GROUP("DeleteSecurityGroup"),
	OF_GROUP("ModifySecurityGroupRules"),
	OF_GROUP("RevokeSecurityGroupEgress"),
	OF_GROUP("RevokeSecurityGroupIngress"),
	OF_GROUP("UpdateSecurityGroupRuleDescriptionsEgress"),
	OF_GROUP("UpdateSecurityGroupRuleDescriptionsIngress"),
	OF_ROLE("AttachRolePolicy"),
	OF_POLICY("CreatePolicyVersion"),
	OF_ROLE("CreateRole"),
	OF_POLICY("DeletePolicy"),
	OF_POLICY("DeletePolicyVersion"),
	OF_ROLE("DeleteRole"),
	OF_ROLE("DeleteRolePermissionsBoundary"),
	OF_ROLE("DeleteRolePolicy"),
	OF_ROLE("DetachRolePolicy"),
	OF_ROLE("PutRolePermissionsBoundary"),
	OF_ROLE("PutRolePolicy"),
	OF_POLICY("SetDefaultPolicyVersion"),
	OF_ROLE("TagRole"),
	OF_ROLE("UntagRole"),
	OF_ROLE("UpdateAssumeRolePolicy"),
	OF_ROLE("UpdateRole"),
	OF_ROLE("UpdateRoleDescription"),
	OF_KEY("CancelKeyDeletion"),
	OF_KEY("DisableKey"),
	OF_KEY("DisableKeyRotation"),
	OF_KEY("EnableKey"),
	OF_KEY("EnableKeyRotation"),
	OF_KEY("PutKeyPolicy"),
	OF_KEY("ScheduleKeyDeletion"),
	OF_LOG("AssociateKmsKey"),
	OF_LOG("CreateLogGroup"),
	OF_LOG("DeleteLogGroup"),
	OF_LOG("DeleteRetentionPolicy"),
	OF_LOG("DisassociateKmsKey"),
	{ "logs:PutLogGroupDeletionProtection", KIND_LOG_GROUP,
	  "logGroupIdentifier", TRAIL_NAME, NULL },
	OF_LOG("PutRetentionPolicy"),
	OF_CLUSTER("AddRoleToDBCluster", NULL),
	OF_SUBSCRIPTION("AddSourceIdentifierToSubscription"),
	OF_ARN("AddTagsToResource", "resourceName"),
	OF_ARN("ApplyPendingMaintenanceAction", "resourceIdentifier"),
	OF_CLUSTER("BacktrackDBCluster", NULL),
	{ "rds:CopyDBClusterParameterGroup", KIND_CLUSTER_PARAMETER_GROUP,
	  "targetDBClusterParameterGroupIdentifier", TRAIL_NAME, NULL },
	{ "rds:CopyDBClusterSnapshot", KIND_CLUSTER_SNAPSHOT,
	  "targetDBClusterSnapshotIdentifier", TRAIL_NAME, NULL },
	{ "rds:CopyDBParameterGroup", KIND_INSTANCE_PARAMETER_GROUP,
	  "targetDBParameterGroupIdentifier", TRAIL_NAME, NULL },
	OF_CLUSTER("CreateDBCluster", MODIFY_CLUSTER),
	{ "rds:CreateDBClusterParameterGroup", KIND_CLUSTER_PARAMETER_GROUP,
	  CLUSTER_GROUP, TRAIL_NAME, NULL },
	{ "rds:CreateDBClusterSnapshot", KIND_CLUSTER_SNAPSHOT, SNAPSHOT,
	  TRAIL_NAME, NULL },
	OF_INSTANCE("CreateDBInstance", MODIFY_INSTANCE),
	{ "rds:CreateDBParameterGroup", KIND_INSTANCE_PARAMETER_GROUP,
	  INSTANCE_GROUP, TRAIL_NAME, NULL },
	OF_SUBSCRIPTION("CreateEventSubscription"),
	OF_CLUSTER("DeleteDBCluster", NULL),
	{ "rds:DeleteDBClusterParameterGroup", KIND_CLUSTER_PARAMETER_GROUP,
	  CLUSTER_GROUP, TRAIL_NAME, NULL },
	{ "rds:DeleteDBClusterSnapshot", KIND_CLUSTER_SNAPSHOT, SNAPSHOT,
	  TRAIL_NAME, NULL },
	OF_INSTANCE("DeleteDBInstance", NULL),
	{ "rds:DeleteDBParameterGroup", KIND_INSTANCE_PARAMETER_GROUP,
	  INSTANCE_GROUP, TRAIL_NAME, NULL },
	OF_SUBSCRIPTION("DeleteEventSubscription"),
	OF_ARN("DisableHttpEndpoint", "resourceArn"),
	OF_ARN("EnableHttpEndpoint", "resourceArn"),
	OF_CLUSTER("FailoverDBCluster", NULL),
	OF_ARN("ModifyActivityStream", "resourceArn"),
	OF_CLUSTER("ModifyDBCluster", NULL),
	{ "rds:ModifyDBClusterParameterGroup", KIND_CLUSTER_PARAMETER_GROUP,
	  CLUSTER_GROUP, TRAIL_NAME, NULL },
	{ "rds:ModifyDBClusterSnapshotAttribute", KIND_CLUSTER_SNAPSHOT,
	  SNAPSHOT, TRAIL_NAME, NULL },
	OF_INSTANCE("ModifyDBInstance", NULL),
	{ "rds:ModifyDBParameterGroup", KIND_INSTANCE_PARAMETER_GROUP,
	  INSTANCE_GROUP, TRAIL_NAME, NULL },
	OF_SUBSCRIPTION("ModifyEventSubscription"),
	OF_CLUSTER("PromoteReadReplicaDBCluster", NULL),
	OF_CLUSTER("RebootDBCluster", NULL),
	OF_INSTANCE("RebootDBInstance", NULL),
	OF_CLUSTER("RemoveRoleFromDBCluster", NULL),
	OF_SUBSCRIPTION("RemoveSourceIdentifierFromSubscription"),
	OF_ARN("RemoveTagsFromResource", "resourceName"),
	{ "rds:ResetDBClusterParameterGroup", KIND_CLUSTER_PARAMETER_GROUP,
	  CLUSTER_GROUP, TRAIL_NAME, NULL },
	{ "rds:ResetDBParameterGroup", KIND_INSTANCE_PARAMETER_GROUP,
	  INSTANCE_GROUP, TRAIL_NAME, NULL },
	OF_CLUSTER("RestoreDBClusterFromS3", MODIFY_CLUSTER),
	OF_CLUSTER("RestoreDBClusterFromSnapshot", MODIFY_CLUSTER),
	OF_CLUSTER("RestoreDBClusterToPointInTime", MODIFY_CLUSTER),
	OF_ARN("StartActivityStream", "resourceArn"),
	OF_CLUSTER("StartDBCluster", NULL),
	OF_ARN("StopActivityStream", "resourceArn"),
	OF_CLUSTER("StopDBCluster", NULL),
};

const struct trail_call *trail_calls(size_t *ret_len)
{
	*ret_len = ARRAY_SIZE(table);
	return table;
}

static int by_call(const void *key, const void *row)
{
	return strcmp(key, ((const struct trail_call *)row)->call);
}

/* "rds" of "rds.amazonaws.com"; in other partitions it is the same. */
static char *service_of(const char *source)
{
	return xstrndup(source, strcspn(source, "."));
}

const struct trail_call *trail_call_of(const char *source, const char *name)
{
	CLEANUP(free_ptr) char *service = service_of(source);
	CLEANUP(free_ptr) char *call = xasprintf("%s:%s", service, name);

	return bsearch(call, table, ARRAY_SIZE(table), sizeof(*table), by_call);
}

bool trail_is_global(const char *source)
{
	return strcspn(source, ".:") == 3 && !strncmp(source, "iam", 3);
}

json_t *trail_names(bool global)
{
	json_t *names = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *colon = strchr(table[i].call, ':');

		if (trail_is_global(table[i].call) == global)
			json_array_add_unique(names, colon + 1);
	}
	return names;
}

/* ---- whom it is about --------------------------------------------------- */

/* By a name whose first letter may be large: newer calls of EC2 have it so. */
static json_t *member(const json_t *object, const char *name)
{
	CLEANUP(free_ptr) char *large = xstrdup(name);
	json_t *value = json_object_get(object, name);

	*large = (char)toupper((unsigned char)*large);
	return value ? value : json_object_get(object, large);
}

/* {"ModifySecurityGroupRulesRequest": {…}}: what is in it. */
static const json_t *unwrapped(const json_t *parameters)
{
	const char *key;
	json_t *value;

	if (json_object_size(parameters) != 1)
		return parameters;
	json_object_foreach((json_t *)(uintptr_t)parameters, key, value) {
		const size_t len = strlen(key);

		if (len > 7 && !strcmp(key + len - 7, "Request") &&
		    json_is_object(value))
			return value;
	}
	return parameters;
}

/* What is behind the type of "arn:aws:rds:eu-west-1:123456789012:cluster:x". */
static char *address_of_arn(const char *arn, const struct place *place)
{
	static const struct {
		const char *type;
		enum kind kind;
	} types[] = {
		{ "cluster", KIND_CLUSTER },
		{ "cluster-pg", KIND_CLUSTER_PARAMETER_GROUP },
		{ "cluster-snapshot", KIND_CLUSTER_SNAPSHOT },
		{ "db", KIND_INSTANCE },
		{ "es", KIND_EVENT_SUBSCRIPTION },
		{ "pg", KIND_INSTANCE_PARAMETER_GROUP },
	};
	CLEANUP(free_ptr)
	char *here = xasprintf(":rds:%s:%s:", place->region, place->account_id);
	const char *at = strstr(arn, here);

	for (size_t i = 0; at && i < ARRAY_SIZE(types); i++) {
		const char *rest = at + strlen(here);
		const size_t len = strlen(types[i].type);

		if (!strncmp(rest, types[i].type, len) && rest[len] == ':' &&
		    rest[len + 1])
			return address_of(types[i].kind, rest + len + 1);
	}
	return NULL;
}

static char *address_of_name(enum kind kind, const char *name)
{
	CLEANUP(free_ptr) char *id = xstrdup(name);

	for (char *c = id; kind_ops(kind)->lower_case && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return address_of(kind, id);
}

static char *address_in(const struct trail_call *call, const char *name,
			const struct place *place)
{
	CLEANUP(free_ptr) char *policy = NULL;

	switch (call->names) {
	case TRAIL_ARN:
		return address_of_arn(name, place);
	case TRAIL_KEY:
		if (kms_key_is_foreign(name, place))
			return NULL;
		return address_of(call->kind, kms_key_id_of(name, place));
	case TRAIL_POLICY:
		policy = iam_policy_id_of(name, place);
		return address_of(call->kind, policy);
	case TRAIL_NAME:
		break;
	}
	return address_of_name(call->kind, name);
}

char *trail_address(const struct trail_call *call, const json_t *parameters,
		    const struct place *place)
{
	const char *name =
		json_string_value(member(unwrapped(parameters), call->member));

	return name && *name ? address_in(call, name, place) : NULL;
}

char *trail_guess_address(const char *source, const json_t *parameters,
			  const struct place *place)
{
	CLEANUP(free_ptr) char *service = service_of(source);
	const size_t len = strlen(service);
	char *address = NULL;

	for (size_t i = 0; !address && i < ARRAY_SIZE(table); i++) {
		if (!strncmp(table[i].call, service, len) &&
		    table[i].call[len] == ':')
			address = trail_address(&table[i], parameters, place);
	}
	return address;
}

/* ---- from its spelling to the wire's ------------------------------------ */

struct flattening {
	const char *service; /* "rds" */
	size_t service_len;
	json_t *wire;
};

static bool is_of(const struct flattening *f, const char *call)
{
	return call && !strncmp(call, f->service, f->service_len) &&
	       call[f->service_len] == ':';
}

/* What is between "<list>." and the next dot, or the end; NULL: another list.
 */
static char *item_in(const char *name, const char *list)
{
	const size_t len = strlen(list);

	if (!name || strncmp(name, list, len) != 0 || name[len] != '.')
		return NULL;
	return xstrndup(name + len + 1, strcspn(name + len + 1, "."));
}

/* How the items of a list are called in the service's requests. Owned. */
static char *item_name(const struct flattening *f, const char *list)
{
	static const char *const others[] = { "Parameters.Parameter",
					      "SourceIds.SourceId" };
	char *item = NULL;

	for (enum kind kind = 0; !item && kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; !item && i < len; i++) {
			if (is_of(f, rows[i].call))
				item = item_in(rows[i].write, list);
			if (!item && is_of(f, rows[i].call))
				item = item_in(rows[i].write_remove, list);
		}
	}
	for (size_t i = 0; !item && i < ARRAY_SIZE(others); i++)
		item = item_in(others[i], list);
	return item ? item : xstrdup("member");
}

static void flatten(const struct flattening *f, const char *name,
		    const json_t *value);

static void flatten_list(const struct flattening *f, const char *name,
			 const json_t *list)
{
	const bool bare = is_of(f, "ec2:");
	CLEANUP(free_ptr) char *item = bare ? NULL : item_name(f, name);
	size_t i;
	json_t *value;

	if (!bare && !json_array_size(list))
		json_object_set_new(f->wire, name, json_string(""));
	json_array_foreach(list, i, value) {
		CLEANUP(free_ptr)
		char *key = bare ? xasprintf("%s.%zu", name, i + 1)
				 : xasprintf("%s.%s.%zu", name, item, i + 1);
		flatten(f, key, value);
	}
}

static void flatten_members(const struct flattening *f, const char *prefix,
			    const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		CLEANUP(free_ptr) char *name = xasprintf("%s%s", prefix, key);
		char *first = name + strlen(prefix);

		*first = (char)toupper((unsigned char)*first);
		flatten(f, name, value);
	}
}

static void flatten(const struct flattening *f, const char *name,
		    const json_t *value)
{
	const json_t *items = json_object_get(value, "items");

	if (json_is_array(value)) {
		flatten_list(f, name, value);
	} else if (json_is_array(items) && json_object_size(value) == 1) {
		flatten_list(f, name, items);
	} else if (json_is_object(value)) {
		CLEANUP(free_ptr) char *prefix = xasprintf("%s.", name);

		flatten_members(f, prefix, value);
	} else if (json_is_string(value)) {
		json_object_set(f->wire, name, (json_t *)(uintptr_t)value);
	} else if (json_is_boolean(value)) {
		json_object_set_new(
			f->wire, name,
			json_string(json_is_true(value) ? "true" : "false"));
	} else if (json_is_integer(value)) {
		CLEANUP(free_ptr)
		char *text =
			xasprintf("%lld", (long long)json_integer_value(value));

		json_object_set_new(f->wire, name, json_string(text));
	}
}

/* Values stay what they are; logs alone has small first letters itself. */
static json_t *to_object(const char *service, const json_t *parameters)
{
	const bool as_is = !strcmp(service, "logs");
	json_t *wire = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)parameters, key, value) {
		CLEANUP(free_ptr) char *name = xstrdup(key);

		if (!as_is)
			*name = (char)toupper((unsigned char)*name);
		if (!json_is_null(value))
			json_object_set(wire, name, value);
	}
	return wire;
}

json_t *trail_to_wire(const char *call, const json_t *parameters)
{
	const size_t len = strcspn(call, ":");
	CLEANUP(free_ptr) char *service = xstrndup(call, len);
	const struct flattening f = { .service = call,
				      .service_len = len,
				      .wire = json_object() };

	if (endpoint_speaks_json(service)) {
		json_decref(f.wire);
		return to_object(service, parameters);
	}
	flatten_members(&f, "", unwrapped(parameters));
	return f.wire;
}
