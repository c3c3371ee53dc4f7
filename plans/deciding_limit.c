#include "plans/deciding.h"

#include "core/mem.h"

/* The cluster that the resource is of, unique over places; NULL: none. */
static char *cluster_of(const struct resource *resource)
{
	const struct kind_ops *ops = kind_ops(resource->kind);
	CLEANUP(free_ptr) char *lane = NULL;

	if (ops->lane_kind != KIND_CLUSTER)
		return NULL;
	lane = ops->lane(resource);
	return xasprintf("%s %s", resource->place->name, lane);
}

void deciding_count_cluster(json_t *clusters, const struct resource *resource)
{
	CLEANUP(free_ptr) char *cluster = cluster_of(resource);

	if (cluster)
		(void)json_object_set_new(clusters, cluster, json_true());
}

bool deciding_over_limit(const struct deciding *deciding,
			 const struct plan *plan)
{
	CLEANUP(json_release) json_t *changed = json_object();
	const struct desired *desired = deciding->desired;
	const size_t matched = json_object_size(deciding->matched_clusters);

	if (!desired->has_limit)
		return false;
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct resource *resource =
			live_find(deciding->live, plan->changes[i].target,
				  plan->changes[i].address);

		if (resource)
			deciding_count_cluster(changed, resource);
	}
	if (!desired->limit_is_percent)
		return json_object_size(changed) > (size_t)desired->limit;
	return json_object_size(changed) * 100 >
	       matched * (size_t)desired->limit;
}
