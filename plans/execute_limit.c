/*
 * What the desired file limits while a plan runs: does one that changes many
 * clusters say so, and is it still time to restart something?
 */
#include "core/clock.h"
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
	error_hint(err, "it was edited, or more clusters share what it "
			"changes than did: plan again");
	return -1;
}

static bool restarts(const struct run_step *step)
{
	for (size_t i = 0; i < step->values_len; i++)
		if (json_array_has(step->values[i].change->consent, "restart"))
			return true;
	return false;
}

/* A run may take hours, and what is resumed sends nothing. */
bool step_is_late(struct lane *lane, struct run_step *step)
{
	const struct run *run = lane->run;
	const int64_t until = run->options->restart_until;
	char text[CLOCK_TEXT_MAX];

	if (!until || step->undo || clock_now() < until || !restarts(step))
		return false;
	step_end(lane->run, step, STEP_FAILED,
		 "not sent: it restarts %s, and the policy's window for that "
		 "closed at %s",
		 step->plan->address, clock_rfc3339(until, text));
	lane_next(lane);
	return true;
}
