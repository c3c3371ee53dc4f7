/*
 * limits.max_clusters: how many clusters a plan changes. What belongs to no
 * cluster counts as all those that use it: a parameter group, a role, and what
 * a role uses in turn.
 */
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

static char *key_of(const char *place, const char *address)
{
	return xasprintf("%s\n%s", place, address);
}

/* The clusters, as an object's keys, that use what is at an address. */
struct noting {
	json_t *users; /* "<place>\n<address>" → those */
	const struct resource *resource;
	json_t *clusters; /* that this resource is of, or is used by */
};

static void on_reference(void *ctx, enum kind kind, const char *id)
{
	const struct noting *noting = ctx;
	const struct place *place = noting->resource->place;
	CLEANUP(free_ptr) char *address = address_of(kind, id);
	CLEANUP(free_ptr)
	char *global = xasprintf("%s/global", place->account_id);
	CLEANUP(free_ptr)
	char *key =
		key_of(kind_ops(kind)->global ? global : place->name, address);
	json_t *clusters = json_object_get(noting->users, key);

	if (clusters)
		(void)json_object_update(clusters, noting->clusters);
	else
		(void)json_object_set_new(noting->users, key,
					  json_copy(noting->clusters));
}

static void note_references(json_t *users, const struct resource *resource,
			    json_t *clusters)
{
	struct noting noting = { .users = users,
				 .resource = resource,
				 .clusters = clusters };

	if (kind_ops(resource->kind)->references)
		kind_ops(resource->kind)
			->references(resource, on_reference, &noting);
}

static json_t *users_of(const json_t *users, const struct resource *resource)
{
	CLEANUP(free_ptr)
	char *key = key_of(resource->place->name, resource->address);

	return json_object_get(users, key);
}

/* First what clusters and instances use, then what that uses. */
json_t *deciding_cluster_users(const struct live *live)
{
	json_t *users = json_object();

	for (size_t i = 0; i < live->len; i++) {
		CLEANUP(free_ptr) char *cluster = cluster_of(live->items[i]);
		CLEANUP(json_release) json_t *one = json_object();

		if (!cluster)
			continue;
		(void)json_object_set_new(one, cluster, json_true());
		note_references(users, live->items[i], one);
	}
	for (size_t i = 0; i < live->len; i++) {
		CLEANUP(json_release)
		json_t *those = json_incref(users_of(users, live->items[i]));

		if (those)
			note_references(users, live->items[i], those);
	}
	return users;
}

void deciding_count_clusters(const json_t *users, json_t *clusters,
			     const struct resource *resource)
{
	CLEANUP(free_ptr) char *cluster = cluster_of(resource);
	json_t *those = cluster ? NULL : users_of(users, resource);

	if (cluster)
		(void)json_object_set_new(clusters, cluster, json_true());
	else if (those)
		(void)json_object_update(clusters, those);
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
			deciding_count_clusters(deciding->cluster_users,
						changed, resource);
	}
	if (!desired->limit_is_percent)
		return json_object_size(changed) > (size_t)desired->limit;
	return json_object_size(changed) * 100 >
	       matched * (size_t)desired->limit;
}
