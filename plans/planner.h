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

/* One setting of one resource that should have this value. */
struct want {
	const struct resource *resource;
	const struct setting *setting;
	json_t *after; /* the whole value; owned by the list */
	bool window;
	const char *rule_name; /* NULL: of a backout */
	long rule_line;
	const char *via; /* NULL */
};
struct wants {
	struct want *items;
	size_t len, cap;
};
void wants_add(struct wants *wants, const struct want *want); /* steals after */
void wants_release(struct wants *wants);

struct planner_input {
	const char *kind;              /* "apply", "backout" */
	const char *reverses;          /* NULL */
	const struct desired *desired; /* NULL for a backout */
	const struct target *targets;
	size_t targets_len;
	const char *created_by;
	int64_t now;
};

/*
 * Make changes and steps of everything wanted that is not so yet; blocked and
 * waiting entries where it cannot be done or is under way already. The plan is
 * not finished (plan_finish), so that callers can add to it.
 */
struct plan *planner_plan(const struct planner_input *input,
			  const struct wants *wants);

/*
 * The plan of a desired file: decide rules, waivers and holds, then plan.
 * only: addresses ("kind/id" or "kind/id:setting") to restrict it to.
 * ERR_NOT_FOUND: an `only` that matches nothing; ERR_LIMIT: never here, the
 * limit is checked by apply through plan's consent "many".
 */
struct planner_only {
	const char *const *items;
	size_t len;
};
MUST_CHECK int planner_desired(const struct desired *desired,
			       const struct live *live,
			       const struct holds *holds,
			       const struct planner_only *only,
			       const char *created_by, int64_t now,
			       struct plan **ret_plan, struct error *err);

/* What planner_desired needs to be read: only kinds and rows rules name. */
struct desired_reads; /* owns the masks that live_wanted points to */
struct desired_reads *desired_reads_new(const struct desired *desired,
					const struct live_wanted **ret_wanted);
void desired_reads_free(struct desired_reads *reads);

#endif
