#include "plans/policy.h"

#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/limits.h"

/* So many changes are named; the plan shows more. */
#define NAMED_MOST 3

/* What does not hold, and of which changes. */
struct breach {
	struct strbuf names;
	size_t count;
};

static void add(struct breach *breach, const struct plan_change *change)
{
	if (breach->count++ < NAMED_MOST)
		strbuf_addf(&breach->names, "%s%s:%s",
			    breach->names.len ? ", " : "", change->address,
			    change->setting);
}

static int refuse(struct breach *breach, const struct desired *desired,
		  const char *what, struct error *err)
{
	int rc = 0;

	if (breach->count > NAMED_MOST)
		strbuf_addf(&breach->names, " and %zu more",
			    breach->count - NAMED_MOST);
	if (breach->count) {
		rc = error_set(err, ERR_GATE, "the policy %s: %s", what,
			       breach->names.buf);
		error_where(err, "%s:%ld", desired->path, desired->policy.line);
		error_hint(err, "plan without it, with --only; or have the "
				"policy changed, with the review that takes");
	}
	strbuf_release(&breach->names);
	return rc;
}

#define BREACH_INIT                                  \
	{                                            \
		.names = STRBUF_INIT(LIMIT_MESSAGE), \
	}

static bool needs(const struct plan_change *change, const char *class)
{
	return json_array_has(change->consent, class) ||
	       !strcmp(change->reversibility, class);
}

static int check_denied(const struct desired *desired, const struct plan *plan,
			struct error *err)
{
	const struct policy_rules *policy = &desired->policy;

	for (size_t d = 0; d < policy->deny_len; d++) {
		struct breach breach = BREACH_INIT;
		CLEANUP(strbuf_release)
		struct strbuf what = STRBUF_INIT(LIMIT_MESSAGE);

		strbuf_addf(&what, "allows no change that is '%s'",
			    policy->deny[d]);
		for (size_t i = 0; i < plan->changes_len; i++) {
			if (needs(&plan->changes[i], policy->deny[d]))
				add(&breach, &plan->changes[i]);
		}
		if (refuse(&breach, desired, what.buf, err))
			return -1;
	}
	return 0;
}

static bool is_protected(const struct policy_rules *policy, const char *address)
{
	for (size_t i = 0; i < policy->protected_len; i++) {
		if (glob_matches(policy->protected[i], address))
			return true;
	}
	return false;
}

static int check_protected(const struct desired *desired,
			   const struct plan *plan, struct error *err)
{
	struct breach breach = BREACH_INIT;

	for (size_t i = 0; i < plan->changes_len; i++) {
		if (is_protected(&desired->policy, plan->changes[i].address))
			add(&breach, &plan->changes[i]);
	}
	return refuse(&breach, desired, "protects", err);
}

static bool is_open(const struct policy_rules *policy, int64_t now)
{
	for (size_t i = 0; i < policy->restart_windows_len; i++) {
		const struct period *window = &policy->restart_windows[i];
		int64_t begin;

		if (cron_came(&window->cron, window->zone, now, window->for_s,
			      &begin))
			return true;
	}
	return false;
}

static int check_restarts(const struct desired *desired,
			  const struct plan *plan, int64_t now,
			  struct error *err)
{
	struct breach breach = BREACH_INIT;

	if (!desired->policy.restart_windows_len ||
	    is_open(&desired->policy, now))
		return 0;
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (json_array_has(plan->changes[i].consent, "restart"))
			add(&breach, &plan->changes[i]);
	}
	return refuse(&breach, desired,
		      "allows restarts in its restart_windows only, and none "
		      "is open now",
		      err);
}

int policy_check(const struct desired *desired, const struct plan *plan,
		 int64_t now, struct error *err)
{
	if (!desired->policy.line)
		return 0;
	if (check_protected(desired, plan, err) ||
	    check_denied(desired, plan, err))
		return -1;
	return check_restarts(desired, plan, now, err);
}
