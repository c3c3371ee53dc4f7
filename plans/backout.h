/*
 * A backout is a plan made from recorded prior state.
 */
#ifndef ABACK_PLANS_BACKOUT_H
#define ABACK_PLANS_BACKOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "plans/live.h"
#include "plans/plan.h"
#include "plans/planner.h"
#include "state/record.h"
#include "state/store.h"

/* One setting to bring back: what we made of what. */
struct backout_item {
	char *change; /* the change that set it (the oldest, for --to) */
	char *target;
	char *address;
	char *resource_id;
	char *setting;
	json_t *set;   /* what we left */
	json_t *prior; /* what was there before */
};
struct backout {
	struct backout_item *items; /* sorted by target, address, setting */
	size_t len, cap;
	struct target *targets; /* of the changes' plans */
	size_t targets_len;
	char *reverses; /* the change id; NULL for --to over several */
	/* entries of the plan's `conflicts` that history alone already shows */
	json_t *conflicts;
};

/* What one change did that is still to be undone. */
MUST_CHECK int backout_of_change(struct store *store, const char *change_id,
				 struct backout **ret_backout,
				 struct error *err);
/* Our changes begun after a moment; a setting that a later change of ours set
 * again is brought back to what it was before the first of them. */
MUST_CHECK int backout_to_time(struct store *store, int64_t when,
			       struct backout **ret_backout, struct error *err);
void backout_free(struct backout *backout);

/* Read what backout_plan needs: live, as the items' resources are now. */
MUST_CHECK int backout_observe(struct aws *aws, const struct places *places,
			       const struct backout *backout,
			       struct live **ret_live, struct error *err);

struct backout_options {
	struct planner_only only;
	struct planner_only force; /* "kind/id:setting" that may overwrite */
	const char *created_by;
	int64_t now;
};
/*
 * The plan: three-way for each item (set, live, prior), sets merged per
 * member, conflicts listed. ERR_NOT_FOUND: an only or force that matches
 * nothing. ERR_CONFLICT: nothing can be restored, all are conflicts.
 */
MUST_CHECK int backout_plan(const struct backout *backout,
			    const struct live *live,
			    const struct backout_options *options,
			    struct plan **ret_plan, struct error *err);

#endif
