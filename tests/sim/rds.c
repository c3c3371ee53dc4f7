#include "tests/sim/rds.h"

#include <string.h>

#include "core/mem.h"
#include "tests/sim/rds_events.h"
#include "tests/sim/rds_snapshot.h"
#include "tests/sim/rds_subscription.h"
#include "tests/sim/request.h"
#include "tests/sim/throttle.h"

/* RDS's limit, for each account and region */
#define BURST 300.0
#define PER_SECOND 12.0

static const struct {
	const char *name;
	void (*serve)(struct rds_call *call);
} actions[] = {
	{ "AddRoleToDBCluster", rds_add_role },
	{ "AddSourceIdentifierToSubscription", rds_add_source },
	{ "AddTagsToResource", rds_add_tags },
	{ "CopyDBClusterParameterGroup", rds_copy_param_group },
	{ "CopyDBParameterGroup", rds_copy_param_group },
	{ "CreateDBClusterParameterGroup", rds_create_param_group },
	{ "CreateDBParameterGroup", rds_create_param_group },
	{ "CreateEventSubscription", rds_create_subscription },
	{ "DeleteDBClusterParameterGroup", rds_delete_param_group },
	{ "DeleteDBParameterGroup", rds_delete_param_group },
	{ "DeleteEventSubscription", rds_delete_subscription },
	{ "DescribeCertificates", rds_describe_certificates },
	{ "DescribeDBClusterParameterGroups", rds_describe_param_groups },
	{ "DescribeDBClusterParameters", rds_describe_parameters },
	{ "DescribeDBClusterSnapshotAttributes",
	  rds_describe_cluster_snapshot_attributes },
	{ "DescribeDBClusterSnapshots", rds_describe_cluster_snapshots },
	{ "DescribeDBClusters", rds_describe_clusters },
	{ "DescribeDBEngineVersions", rds_describe_engine_versions },
	{ "DescribeDBInstances", rds_describe_instances },
	{ "DescribeDBParameterGroups", rds_describe_param_groups },
	{ "DescribeDBParameters", rds_describe_parameters },
	{ "DescribeDBSubnetGroups", rds_describe_subnet_groups },
	{ "DescribeEngineDefaultClusterParameters",
	  rds_describe_engine_parameters },
	{ "DescribeEngineDefaultParameters", rds_describe_engine_parameters },
	{ "DescribeEventSubscriptions", rds_describe_subscriptions },
	{ "DescribeEvents", rds_describe_events },
	{ "DescribeGlobalClusters", rds_describe_global },
	{ "DescribePendingMaintenanceActions", rds_describe_maintenance },
	{ "DisableHttpEndpoint", rds_disable_http_endpoint },
	{ "EnableHttpEndpoint", rds_enable_http_endpoint },
	{ "ListTagsForResource", rds_list_tags },
	{ "ModifyDBCluster", rds_modify_cluster },
	{ "ModifyDBClusterParameterGroup", rds_modify_param_group },
	{ "ModifyDBClusterSnapshotAttribute",
	  rds_modify_cluster_snapshot_attribute },
	{ "ModifyDBInstance", rds_modify_instance },
	{ "ModifyDBParameterGroup", rds_modify_param_group },
	{ "ModifyEventSubscription", rds_modify_subscription },
	{ "RebootDBInstance", rds_reboot_instance },
	{ "RemoveRoleFromDBCluster", rds_remove_role },
	{ "RemoveSourceIdentifierFromSubscription", rds_remove_source },
	{ "RemoveTagsFromResource", rds_remove_tags },
	{ "ResetDBClusterParameterGroup", rds_reset_param_group },
	{ "ResetDBParameterGroup", rds_reset_param_group },
	{ "StartActivityStream", rds_start_activity_stream },
	{ "StopActivityStream", rds_stop_activity_stream },
};

void rds_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer)
{
	struct rds_call call = {
		.sim = sim,
		.request = request,
		.answer = answer,
		.place = account_place(request->account, request->region),
		.effect = effect,
	};

	if (!call.place) /* a region where nothing is */
		call.place =
			account_add_place(request->account, request->region);
	if (sim->throttle &&
	    !throttle_take(&call.place->requests, BURST, PER_SECOND)) {
		answer_error(answer, request, 400, "Throttling",
			     "Rate exceeded");
		return;
	}
	if (strcmp(request->version, "2014-10-31") != 0) {
		answer_error(answer, request, 400, "InvalidAction",
			     "Could not find operation %s for version %s",
			     request->action, request->version);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, request->action)) {
			actions[i].serve(&call);
			return;
		}
	answer_error(answer, request, 400, "InvalidAction",
		     "Could not find operation %s for version %s",
		     request->action, request->version);
}

struct resource *rds_find(struct rds_call *call, bool cluster,
			  const char *parameter)
{
	const char *name = request_get(call->request, parameter);

	if (!name || !*name) {
		answer_error(call->answer, call->request, 400,
			     "MissingParameter",
			     "The request must contain the parameter %s.",
			     parameter);
		return NULL;
	}
	struct resource *resource =
		place_find_named(call->place, cluster, name);
	if (!resource && cluster)
		answer_error(call->answer, call->request, 404,
			     "DBClusterNotFoundFault",
			     "DBCluster %s not found.", name);
	else if (!resource)
		answer_error(call->answer, call->request, 404,
			     "DBInstanceNotFound", "DBInstance %s not found.",
			     name);
	return resource;
}

static bool allowed(const char *parameter, const char *const *names, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t name_len = strlen(names[i]);
		if (!strcmp(names[i], parameter) ||
		    (names[i][name_len - 1] == '.' &&
		     !strncmp(names[i], parameter, name_len)))
			return true;
	}
	return false;
}

bool rds_only(struct rds_call *call, const char *const *names, size_t len)
{
	const char *key;
	json_t *value;

	json_object_foreach(call->request->parameters, key, value) {
		if (allowed(key, names, len))
			continue;
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterValue",
			     "Unknown parameter '%s' of %s", key,
			     call->request->action);
		return false;
	}
	return true;
}

/* ---- filters ------------------------------------------------------------ */

void rds_filters_release(struct rds_filters *filters)
{
	for (size_t i = 0; i < filters->len; i++)
		json_decref(filters->items[i].values);
}

static bool refuse_filter(struct rds_call *call, const char *what)
{
	answer_error(call->answer, call->request, 400, "InvalidParameterValue",
		     "Unrecognized filter name or value: %s", what);
	return false;
}

static json_t *read_values(const struct request *request, size_t number)
{
	json_t *values = json_array();

	for (size_t v = 1;; v++) {
		CLEANUP(free_ptr)
		char *name = xasprintf("Filters.Filter.%zu.Values.Value.%zu",
				       number, v);
		const char *value = request_get(request, name);
		if (!value)
			return values;
		json_array_append_new(values, json_string(value));
	}
}

bool rds_read_filters(struct rds_call *call, const char *const *names,
		      size_t names_len, struct rds_filters *ret_filters)
{
	size_t seen = 0, given = 0;
	const char *key;
	json_t *ignored;

	for (size_t number = 1; number <= RDS_FILTERS_MAX; number++) {
		CLEANUP(free_ptr)
		char *parameter = xasprintf("Filters.Filter.%zu.Name", number);
		const char *name = request_get(call->request, parameter);
		if (!name)
			break;
		if (!allowed(name, names, names_len))
			return refuse_filter(call, name);
		struct rds_filter *filter =
			&ret_filters->items[ret_filters->len++];
		filter->name = name;
		filter->values = read_values(call->request, number);
		if (!json_array_size(filter->values))
			return refuse_filter(call, name);
		seen += 1 + json_array_size(filter->values);
	}
	/* each one was understood: numbers from 1 and nothing else */
	json_object_foreach(call->request->parameters, key, ignored)
		given += !strncmp(key, "Filters.", 8);
	return seen == given || refuse_filter(call, "malformed Filters");
}

bool rds_filter_accepts(const struct rds_filters *filters, const char *name,
			const char *text)
{
	for (size_t i = 0; i < filters->len; i++)
		if (!strcmp(filters->items[i].name, name) &&
		    !(text && json_array_has(filters->items[i].values, text)))
			return false;
	return true;
}
