#include "plans/policy.h"

#include <stdarg.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"

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

#define BREACH_INIT                                  \
	{                                            \
		.names = STRBUF_INIT(LIMIT_MESSAGE), \
	}

/* "the policy protects: cluster/a:port"; nothing where there is no breach. */
static void tell(struct breach *breach, json_t *told, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void tell(struct breach *breach, json_t *told, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *what = NULL;
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	if (breach->count > NAMED_MOST)
		strbuf_addf(&breach->names, " and %zu more",
			    breach->count - NAMED_MOST);
	text = xasprintf("the policy %s: %s", what, breach->names.buf);
	if (breach->count)
		json_array_add_unique(told, text);
	strbuf_release(&breach->names);
}

/* Is the change of that class? */
typedef bool (*needs_fn)(const struct plan_change *change, const char *class);

static bool has_consent(const struct plan_change *change, const char *class)
{
	return json_array_has(change->consent, class);
}

static bool needs(const struct plan_change *change, const char *class)
{
	return has_consent(change, class) ||
	       !strcmp(change->reversibility, class);
}

static bool backout_needs(const struct plan_change *change, const char *class)
{
	return json_array_has(change->backout_consent, class);
}

static void find_denied(const struct policy_rules *policy,
			const struct plan *plan, needs_fn is_of, json_t *told)
{
	for (size_t d = 0; d < policy->deny_len; d++) {
		struct breach breach = BREACH_INIT;

		for (size_t i = 0; i < plan->changes_len; i++) {
			if (is_of(&plan->changes[i], policy->deny[d]))
				add(&breach, &plan->changes[i]);
		}
		tell(&breach, told, "allows no change that is '%s'",
		     policy->deny[d]);
	}
}

/* The address of a resource, or of one of its settings. */
static bool is_protected(const struct policy_rules *policy,
			 const struct plan_change *change)
{
	CLEANUP(free_ptr)
	char *setting = xasprintf("%s:%s", change->address, change->setting);

	for (size_t i = 0; i < policy->protected_len; i++) {
		const char *glob = policy->protected[i];

		if (glob_matches(glob,
				 strchr(glob, ':') ? setting : change->address))
			return true;
	}
	return false;
}

static void find_protected(const struct policy_rules *policy,
			   const struct plan *plan, json_t *told)
{
	struct breach breach = BREACH_INIT;

	for (size_t i = 0; i < plan->changes_len; i++) {
		if (is_protected(policy, &plan->changes[i]))
			add(&breach, &plan->changes[i]);
	}
	tell(&breach, told, "protects");
}

int64_t policy_restart_until(const struct desired *desired, int64_t now)
{
	const struct policy_rules *policy = &desired->policy;
	int64_t until = 0;

	for (size_t i = 0; i < policy->restart_windows_len; i++) {
		const struct period *window = &policy->restart_windows[i];
		int64_t begin;

		if (cron_came(&window->cron, window->zone, now, window->for_s,
			      &begin) &&
		    begin + window->for_s > until)
			until = begin + window->for_s;
	}
	return until;
}

/* when: a part of the sentence, of the windows or of now */
static void find_restarts(const struct plan *plan, needs_fn is_of,
			  const char *when, json_t *told)
{
	struct breach breach = BREACH_INIT;

	for (size_t i = 0; i < plan->changes_len; i++) {
		if (is_of(&plan->changes[i], "restart"))
			add(&breach, &plan->changes[i]);
	}
	tell(&breach, told, "allows restarts in its restart_windows only%s",
	     when);
}

/* (60 hours from "0 18 * * 5" in Europe/Berlin) */
static void add_windows(const struct policy_rules *policy, struct strbuf *out)
{
	for (size_t i = 0; i < policy->restart_windows_len; i++) {
		const struct period *window = &policy->restart_windows[i];
		const bool hours = !(window->for_s % 3600);

		strbuf_addf(out, "%s%lld %s from \"%s\" in %s", i ? ", " : " (",
			    (long long)(window->for_s / (hours ? 3600 : 60)),
			    hours ? "h" : "min", window->text, window->zone);
	}
	strbuf_addc(out, ')');
}

static void foresee_restarts(const struct policy_rules *policy,
			     const struct plan *plan, needs_fn is_of,
			     json_t *told)
{
	CLEANUP(strbuf_release) struct strbuf when = STRBUF_INIT(LIMIT_MESSAGE);

	if (!policy->restart_windows_len)
		return;
	add_windows(policy, &when);
	find_restarts(plan, is_of, when.buf, told);
}

json_t *policy_foresee(const struct desired *desired, const struct plan *plan)
{
	json_t *told = json_array();

	find_protected(&desired->policy, plan, told);
	find_denied(&desired->policy, plan, needs, told);
	foresee_restarts(&desired->policy, plan, has_consent, told);
	return told;
}

json_t *policy_foresee_back(const struct desired *desired,
			    const struct plan *plan)
{
	json_t *told = json_array();

	find_denied(&desired->policy, plan, backout_needs, told);
	foresee_restarts(&desired->policy, plan, backout_needs, told);
	return told;
}

int policy_check(const struct desired *desired, const struct plan *plan,
		 int64_t now, struct error *err)
{
	const struct policy_rules *policy = &desired->policy;
	CLEANUP(json_release) json_t *told = json_array();
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	find_protected(policy, plan, told);
	find_denied(policy, plan, needs, told);
	if (policy->restart_windows_len && !policy_restart_until(desired, now))
		find_restarts(plan, has_consent, ", and none is open now",
			      told);
	for (size_t i = 0; i < json_array_size(told); i++)
		strbuf_addf(&text, "%s%s", i ? "; " : "",
			    json_string_value(json_array_get(told, i)));
	if (!text.len)
		return 0;
	(void)error_set(err, ERR_GATE, "%s", text.buf);
	error_where(err, "%s:%ld", desired->path, policy->line);
	error_hint(err,
		   "plan without it, with --only; or have the policy changed, "
		   "with the review that takes%s",
		   strcmp(plan->kind, "backout")
			   ? ""
			   : "; in an emergency: --break-glass 'why'");
	return -1;
}
