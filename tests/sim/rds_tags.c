/* Tags of clusters and instances, by ARN. */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/json_call.h"
#include "tests/sim/param_group.h"
#include "tests/sim/rds.h"
#include "tests/sim/rds_snapshot.h"
#include "tests/sim/request.h"
#include "tests/sim/settle.h"
#include "tests/sim/tags.h"
#include "tests/sim/xml.h"

static void refuse(struct rds_call *call, const char *message)
{
	answer_error(call->answer, call->request, 400, "InvalidParameterValue",
		     "%s", message);
}

/* The resource of the ARN; NULL: answer is the error. */
static struct resource *named(struct rds_call *call)
{
	const char *arn = request_get(call->request, "ResourceName");

	if (arn && !strncmp(arn, "arn:aws:rds:", 12))
		return rds_find(call, strstr(arn, ":cluster:") != NULL,
				"ResourceName");
	refuse(call, "The specified resource name does not match an RDS "
		     "resource in this region.");
	return NULL;
}

static void answer_tags(struct rds_call *call, const json_t *state)
{
	const json_t *tags = json_object_get(state, "TagList");
	CLEANUP(json_release) json_t *none = json_array();

	answer_begin(call->answer, call->request);
	xml_value(&call->answer->body, "TagList", tags ? tags : none);
	answer_end(call->answer, call->request);
}

/* What is neither cluster nor instance only lists its tags. */
static json_t *find_other(const struct place *place, const char *type,
			  const char *name)
{
	const char *key = SNAPSHOT_ID;
	json_t *found = NULL;

	if (!strcmp(type, "cluster-pg") || !strcmp(type, "pg"))
		return param_group_get(place, *type == 'c', name);
	if (!strcmp(type, "es"))
		key = "CustSubscriptionId";
	found = json_find(*key == 'C' ? place->subscriptions : place->snapshots,
			  key, name);
	return json_incref(found);
}

/* arn:aws:rds:<region>:<account>:<type>:<name>; false: of none of these. */
static bool list_others(struct rds_call *call, const char *arn)
{
	static const char *const types[][2] = {
		{ "cluster-pg", "DBParameterGroupNotFound" },
		{ "cluster-snapshot", "DBClusterSnapshotNotFoundFault" },
		{ "es", "SubscriptionNotFound" },
		{ "pg", "DBParameterGroupNotFound" },
	};
	CLEANUP(free_ptr)
	char *prefix = xasprintf("arn:aws:rds:%s:%s:", call->place->region,
				 call->place->account->id);
	size_t len = strlen(prefix);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		size_t type_len = strlen(types[i][0]);
		if (strncmp(arn, prefix, len) != 0 ||
		    strncmp(arn + len, types[i][0], type_len) != 0 ||
		    arn[len + type_len] != ':')
			continue;
		const char *name = arn + len + type_len + 1;
		CLEANUP(json_release)
		json_t *state = find_other(call->place, types[i][0], name);
		if (state)
			answer_tags(call, state);
		else
			answer_error(call->answer, call->request, 404,
				     types[i][1], "%s not found.", name);
		return true;
	}
	return false;
}

void rds_list_tags(struct rds_call *call)
{
	static const char *const names[] = { "ResourceName", "Filters." };
	const char *arn = request_get(call->request, "ResourceName");

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    (arn && list_others(call, arn)))
		return;
	struct resource *resource = named(call);
	if (resource)
		answer_tags(call, resource->state);
}

/* The resource has these tags now, unless a fault keeps it from that. */
static void put(struct rds_call *call, struct resource *resource,
		json_t *stolen)
{
	CLEANUP(json_release) json_t *tags = stolen;

	if (!call->effect->none && call->effect->delay_ms &&
	    !resource->flight) {
		CLEANUP(json_release)
		json_t *set = json_pack("{sO}", "TagList", tags);
		const struct flight_plan plan = { .status = "available",
						  .set = set };

		flight_start(&call->sim->fleet, resource, &plan,
			     clock_monotonic_ms(), call->effect->delay_ms, 0);
	} else if (!call->effect->none) {
		settle_element(resource, "TagList", tags);
	}
	answer_empty(call->answer, call->request);
}

void rds_add_tags(struct rds_call *call)
{
	static const char *const names[] = { "ResourceName", "Tags.Tag." };
	struct resource *resource =
		rds_only(call, names, ARRAY_SIZE(names)) ? named(call) : NULL;
	CLEANUP(json_release)
	json_t *given = resource ? tags_given(call->request, "Tags.Tag") : NULL;
	CLEANUP(json_release) json_t *tags = NULL;

	if (!resource)
		return;
	if (!given || tags_bad(given)) {
		refuse(call, given ? tags_bad(given) : "Tags are malformed");
		return;
	}
	tags = tags_with(json_object_get(resource->state, "TagList"), given,
			 false);
	if (tags_counted(tags) > TAGS_MAX)
		refuse(call, "The maximum number of tags is 50");
	else
		put(call, resource, json_incref(tags));
}

void rds_remove_tags(struct rds_call *call)
{
	static const char *const names[] = { "ResourceName",
					     "TagKeys.member." };
	struct resource *resource =
		rds_only(call, names, ARRAY_SIZE(names)) ? named(call) : NULL;
	CLEANUP(json_release)
	json_t *keys =
		resource ? tags_keys_given(call->request, "TagKeys.member")
			 : NULL;

	if (!resource)
		return;
	if (!keys)
		refuse(call, "TagKeys are malformed");
	else
		put(call, resource,
		    tags_without(json_object_get(resource->state, "TagList"),
				 keys, false));
}
