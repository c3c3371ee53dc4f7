/*
 * Settings that a rule passes on: `parameters` of a cluster or an instance is a
 * map whose keys are settings of the parameter group that it uses. They are
 * decided as if the rules that match the user of the group had named the group,
 * each key on its own. Where nobody can change that group, since it is AWS's
 * own, another one takes its place (kind_ops.stand_in).
 */
#ifndef ABACK_PLANS_PLANNER_PASS_H
#define ABACK_PLANS_PLANNER_PASS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "plans/desired.h"
#include "plans/kind.h"
#include "plans/live.h"

/* What the rules for one resource pass on. */
struct pass {
	const struct setting *row;     /* "parameters"; NULL: nothing */
	struct wanted_setting *wanted; /* by row of row->passes_to */
	size_t len;
};
/* false: nothing, and nothing to be released. */
bool pass_find(const struct desired *desired, const struct resource *user,
	       struct pass *ret_pass);
void pass_release(struct pass *pass);
/* The row that names who gets it ("db_cluster_parameter_group_name"). */
const struct setting *pass_through(const struct pass *pass);
/* Who made it come to this: of its wanted ones the first rule. Borrowed. */
const struct wanted_setting *pass_first(const struct pass *pass);

/* One setting that a rule passes on to one resource. */
struct passed {
	const struct resource *user;
	const char *via; /* its setting: "parameters" */
	const struct resource *to;
	const struct setting *setting; /* of that */
	struct wanted_setting wanted;
	json_t *value; /* what a stand-in begins with; NULL: what the rule says
			*/
};
struct passing {
	struct passed *items;
	size_t len, cap;
};
void passing_release(struct passing *passing);
/*
 * Pass all of it on. stand_in: of what takes the place of AWS's own; values
 * are those that it begins with, or NULL.
 */
void passing_add(struct passing *passing, const struct pass *pass,
		 const struct resource *user, const struct resource *to,
		 const json_t *values);

/* Those that are for this resource. */
struct passing passing_to(const struct passing *passing,
			  const struct resource *resource);

/* What is to become of a setting that rules of others decide as well. */
struct pass_decision {
	const struct wanted_setting *wanted; /* NULL: nobody passes it on */
	const struct resource *user;         /* whose rule it is */
	const char *via;                     /* its setting */
	json_t *after;                       /* owned */
	/* two users want different values: the other one, its rule, and what
	 * that wants (owned) */
	const struct resource *other;
	const struct wanted_setting *others;
	json_t *others_after;
};
/*
 * The last rule decides, be it of the resource itself (own, rule NULL: none) or
 * of a user; but of two users neither may overrule the other.
 */
void passing_decide(const struct passing *passing,
		    const struct desired *desired,
		    const struct resource *resource,
		    const struct setting *setting,
		    const struct wanted_setting *own,
		    struct pass_decision *ret_decision);

#endif
