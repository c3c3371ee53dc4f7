/* The gate's conditions that need no more than the plan, the store and a file.
 */
#include "plans/gate.h"

#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/gate_private.h"
#include "state/remote.h"

/* A plan of the future is of a clock that is wrong, here or there. */
#define CLOCKS_DIFFER_S 300

/* The one store that all share is what makes a plan run once. */
int gate_check_store(const struct gate_request *request,
		     const struct desired *desired, const char *whose,
		     struct error *err)
{
	const char *here = store_remote(request->store);
	const char *there = desired->remote;

	if (there && here && remote_same_place(here, there))
		return store_check_direct(request->store, err);
	(void)error_set(err, ERR_GATE,
			"the store '%s' has the remote '%s', and '%s'%s wants "
			"'%s'",
			store_path(request->store), here ? here : "(none)",
			desired->path, whose, there ? there : "(none)");
	error_hint(err, there ? "use the store of state.remote"
			      : "a gate needs state.remote in aback.yaml");
	return -1;
}

/* The store of the branch's desired file, which is the same from everywhere. */
static int check_pinned_store(const struct gating *gating, struct error *err)
{
	const char *there = gating->desired->remote;
	CLEANUP(free_ptr)
	char *whose = xasprintf(" on the branch '%s'", gating->pin->branch);

	if (!there || !remote_is_relative(there))
		return gate_check_store(gating->request, gating->desired, whose,
					err);
	(void)error_set(err, ERR_GATE,
			"state.remote is '%s' in '%s'%s, which is another "
			"place from each folder",
			there, gating->pin->desired, whose);
	error_hint(err, "name it by a URL or an absolute path");
	return -1;
}

static int check_desired(const struct gating *gating, struct error *err)
{
	const char *made_from =
		json_text(gating->request->plan->desired, "sha256");

	if (!json_is_object(gating->request->plan->desired))
		return 0; /* a backout, which needs only the store */
	if (made_from && !strcmp(made_from, gating->desired->sha256))
		return 0;
	(void)error_set(err, ERR_GATE,
			"the plan was made from another '%s' (sha256 %.12s) "
			"than the one on the branch '%s' (%.12s)",
			gating->pin->desired, made_from ? made_from : "",
			gating->pin->branch, gating->desired->sha256);
	error_hint(err, "make the plan again from the branch, and have it "
			"reviewed");
	return -1;
}

static int check_age(const struct gating *gating, struct error *err)
{
	const int64_t most = gating->desired->gate.max_plan_age_s;
	const char *created = gating->request->plan->created_at;
	int64_t when;

	if (clock_parse(created, &when, err))
		return error_wrap(err, "the plan's created_at");
	if (when > gating->request->now + CLOCKS_DIFFER_S)
		return error_set(err, ERR_GATE,
				 "the plan was made at %s, which is in the "
				 "future",
				 created);
	if (!most || gating->request->now - when <= most)
		return 0;
	(void)error_set(err, ERR_GATE,
			"the plan was made at %s, and gate.max_plan_age "
			"is %s",
			created, gating->desired->gate.max_plan_age);
	error_hint(err, "make the plan again and have it reviewed");
	return -1;
}

static int check_freezes(const struct gating *gating, struct error *err)
{
	const struct gate_rules *rules = &gating->desired->gate;

	for (size_t i = 0; i < rules->freezes_len; i++) {
		const struct period *freeze = &rules->freezes[i];
		char begin[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];
		int64_t since;

		if (!cron_came(&freeze->cron, freeze->zone,
			       gating->request->now, freeze->for_s, &since))
			continue;
		(void)error_set(err, ERR_GATE,
				"a freeze holds from %s to %s (\"%s\" in %s)",
				clock_rfc3339(since, begin),
				clock_rfc3339(since + freeze->for_s, end),
				freeze->text, freeze->zone);
		error_where(err, "%s:%ld", gating->pin->desired, freeze->line);
		error_hint(err, "apply after it; a backout that cannot wait "
				"passes with --break-glass REASON");
		return -1;
	}
	return 0;
}

int gate_check_conditions(const struct gating *gating, struct error *err)
{
	return check_pinned_store(gating, err) || check_desired(gating, err) ||
			       check_age(gating, err) ||
			       check_freezes(gating, err)
		       ? -1
		       : 0;
}
