/* Does a plan that changes many clusters say so? */
#include "core/json.h"
#include "plans/deciding.h"
#include "plans/execute_run.h"

/*
 * Nothing in a plan shows how many clusters its instances are of, so that who
 * edits it could take "many" out of it; with what is live it shows. A limit in
 * percent is of all that the rules match, which an apply does not read.
 */
int check_limit(const struct plan *plan, const struct desired *desired,
		const struct live *live, struct error *err)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);
	CLEANUP(json_release) json_t *clusters = json_object();
	CLEANUP(json_release) json_t *users = NULL;

	if (!desired || !desired->has_limit || desired->limit_is_percent ||
	    !json_is_object(plan->desired) || json_array_has(consent, "many"))
		return 0;
	users = deciding_cluster_users(live);
	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct resource *resource =
			live_find(live, plan->changes[i].target,
				  plan->changes[i].address);

		if (resource)
			deciding_count_clusters(users, clusters, resource);
	}
	if (json_object_size(clusters) <= (size_t)desired->limit)
		return 0;
	(void)error_set(err, ERR_EDITED,
			"the plan changes %zu clusters and does not say that "
			"this is over limits.max_clusters of '%s', which is "
			"%lld",
			json_object_size(clusters), desired->path,
			(long long)desired->limit);
	error_hint(err, "it was edited: plan again");
	return -1;
}
