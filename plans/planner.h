/*
 * From what is wanted and what is live to a plan. There is one planner: a
 * backout only fills in what is wanted differently.
 */
#ifndef ABACK_PLANS_PLANNER_H
#define ABACK_PLANS_PLANNER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "plans/desired.h"
#include "plans/hold.h"
#include "plans/live.h"
#include "plans/plan.h"
#include "plans/wants.h"

struct planner_input {
	const char *kind;              /* "apply", "backout" */
	const char *reverses;          /* NULL */
	const struct desired *desired; /* NULL for a backout */
	const struct target *targets;
	size_t targets_len;
	const char *created_by; /* NULL: AWS was not asked who */
	int64_t now;
	/*
	 * Where else something may be pending that ApplyImmediately would set
	 * off: the members of a cluster. NULL: only the wanted resources are
	 * looked at.
	 */
	const struct live *live;
	const json_t *awaited; /* of awaited_load; NULL: nobody knows */
};

/*
 * Make changes and steps of everything wanted that is not so yet; blocked and
 * waiting entries where it cannot be done or is under way already. wants is
 * sorted by it. The plan is not finished (plan_finish), so that callers can add
 * to it.
 */
struct plan *planner_plan(const struct planner_input *input,
			  struct wants *wants);

/*
 * The plan of a desired file: decide rules, waivers and holds, then plan.
 * only: addresses ("kind/id" or "kind/id:setting") to restrict it to; NULL or
 * none: everything. holds may be NULL, awaited (awaited_load) too.
 * ERR_NOT_FOUND: an `only` that matches nothing; ERR_USAGE: one that is
 * malformed. A plan over limits.max_clusters is no error here: all its changes
 * need consent "many".
 */
struct planner_only {
	const char *const *items;
	size_t len;
};
MUST_CHECK int planner_desired(const struct desired *desired,
			       const struct live *live,
			       const struct holds *holds, const json_t *awaited,
			       const struct planner_only *only,
			       const char *created_by, int64_t now,
			       struct plan **ret_plan, struct error *err);

/*
 * What planner_desired needs to be read: the kinds that rules name and those
 * that share their lanes, of their rows only those that rules name with their
 * companions.
 */
struct desired_reads; /* owns what live_wanted points to */
struct desired_reads *desired_reads_new(const struct desired *desired,
					const struct live_wanted **ret_wanted);
void desired_reads_free(struct desired_reads *reads);

#endif
