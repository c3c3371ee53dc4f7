/*
 * What a desired file wants of what is live, setting by setting: the steps of
 * plans/planner_desired.c, which the files deciding_*.c share.
 */
#ifndef ABACK_PLANS_DECIDING_H
#define ABACK_PLANS_DECIDING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"
#include "plans/desired.h"
#include "plans/hold.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/only.h"
#include "plans/plan.h"
#include "plans/planner.h"
#include "plans/planner_pass.h"

struct deciding {
	const struct desired *desired;
	const struct live *live;
	const struct holds *holds;
	int64_t now;
	struct only only;
	struct wants wants;
	/* what has been found to be neither a want nor nothing */
	json_t *held, *waived, *skipped, *blocked;
	struct passing passing;   /* to resources that come later */
	json_t *texts;            /* that wants point to */
	bool *rule_used;          /* by rule: it matched something */
	json_t *cluster_users;    /* NULL: there is no limit to them */
	json_t *matched_clusters; /* "<place> <lane>" → true */
};

void deciding_release(struct deciding *deciding);

/* What is to become of one row: by a rule that names it, or one that expands
 * into it, or both. */
struct decision {
	const struct setting *setting;
	const struct wanted_setting *wanted; /* whose rule it is */
	json_t *after;
	const char *via; /* the setting that was expanded, or passed on */
	const struct resource *by; /* that has it; NULL: this resource */
	bool stuck; /* rules ask for it and against it, which was said */
};

/* An entry of the array, about a setting. Borrowed. */
json_t *deciding_note(json_t *array, const struct resource *resource,
		      const struct setting *setting, const char *reason);
/* What is wanted cannot be. Steals after. */
void deciding_block(struct deciding *deciding, const struct resource *resource,
		    const struct setting *setting, json_t *after,
		    const char *reason, const char *remedy);
/* Is the setting waived? If it would do something, that is said. */
bool deciding_is_waived(struct deciding *deciding,
			const struct resource *resource,
			const struct setting *setting, bool matters);
/* Is it so already, and will it stay so? */
bool deciding_is_satisfied(const struct resource *resource,
			   const struct setting *setting, const json_t *after);
/* Does a hold keep it from becoming so? That is said. */
bool deciding_is_held(struct deciding *deciding,
		      const struct resource *resource,
		      const struct setting *setting, json_t *after);
/* Want it, unless it is so, waived or held. Steals decision->after. */
void deciding_setting(struct deciding *deciding,
		      const struct resource *resource,
		      const struct decision *decision);

/* ---- settings that are another way to ask for one (deciding_expand.c) ---- */

/* Let what expands into the decision's setting work on its value. */
void deciding_expand(struct deciding *deciding, const struct resource *resource,
		     const struct wanted_setting *by,
		     struct decision *decision);

/* ---- settings that are passed on to others (deciding_pass.c) ---- */

/* What the resource's rules pass on, and to whom. */
struct handing {
	struct pass pass;
	struct stand_in stand_in;
	const struct setting *through;
	struct decision instead; /* of `through`, where something stands in */
};

void handing_release(struct handing *handing);

/* Find to whom the resource's rules pass something on, and pass it on. */
void deciding_hand_on(struct deciding *deciding, const struct resource *user,
		      const struct wanted_setting *wanted,
		      struct handing *handing);
/* What rules for others say about the row; false: it cannot be decided. */
bool deciding_take_passed(struct deciding *deciding,
			  const struct resource *resource,
			  const struct passing *passing,
			  const struct wanted_setting *own,
			  struct decision *decision);

/* ---- limits.max_clusters (deciding_limit.c) ---- */

/*
 * Which clusters use which resource, of what was read. New reference; only for
 * the functions below.
 */
json_t *deciding_cluster_users(const struct live *live);
/* Add the resource's cluster, or all that use it, to the keys of clusters. */
void deciding_count_clusters(const json_t *users, json_t *clusters,
			     const struct resource *resource);
/* Does the plan change more clusters than the file lets it? */
bool deciding_over_limit(const struct deciding *deciding,
			 const struct plan *plan);

#endif
