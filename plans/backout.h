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
	bool redo;     /* it is the restoring by a backout that is undone */
	/* a later change of ours that set it again; NULL: none */
	char *later;
	/* a later change of ours that backed it out already; NULL: none */
	char *undone_by;
};
struct backout {
	struct backout_item *items; /* sorted by target, address, setting */
	size_t len, cap;
	struct target *targets; /* those that the items are in */
	size_t targets_len;
	char *reverses; /* the change id; NULL for --to */
	/* entries of the plan's `skipped`: what never took effect */
	json_t *skipped;
};

/*
 * What one change did: of its settings those whose steps took effect, wait to,
 * or may have. change_id: an id or its unambiguous beginning. ERR_NOT_FOUND;
 * ERR_UNFINISHED: it, or a later one of the same settings, was cut off.
 */
MUST_CHECK int backout_of_change(struct store *store, const char *change_id,
				 struct backout **ret_backout,
				 struct error *err);
/*
 * Our changes begun after a moment: each setting is brought back to what it was
 * before the first of them. ERR_NOT_FOUND: there are none; ERR_UNFINISHED;
 * ERR_CONFLICT: a target's name means another place in one of them.
 */
MUST_CHECK int backout_to_time(struct store *store, int64_t when,
			       struct backout **ret_backout, struct error *err);
void backout_free(struct backout *backout); /* NULL does nothing */
DEFINE_CLEANUP(backout_cleanup, struct backout *, backout_free)
/* Of a plan's change its item, or NULL. Borrowed. */
const struct backout_item *backout_find(const struct backout *backout,
					const struct plan_change *change);
/*
 * Keep only what is in these targets, with the global resources of their
 * accounts; no names: all. ERR_USAGE: there is nothing in one of them.
 */
MUST_CHECK int backout_keep(struct backout *backout, const char *const *names,
			    size_t len, struct error *err);

/*
 * Does a plan restore what the changes that it undoes recorded in this store?
 * What undoes nothing is passed over. ERR_EDITED; ERR_UNFINISHED: one of those
 * changes was cut off.
 */
MUST_CHECK int backout_check(const struct plan *plan, struct store *store,
			     struct error *err);

/* Read what backout_plan needs: live, as the items' resources are now. */
MUST_CHECK int backout_observe(struct aws *aws, const struct places *places,
			       const struct backout *backout,
			       struct live **ret_live, struct error *err);

struct backout_options {
	const char *kind; /* of the plan; NULL: "backout" */
	struct planner_only only;
	struct planner_only force; /* "kind/id:setting" that may overwrite */
	const json_t *awaited;     /* of awaited_load; may be NULL */
	const char *created_by;
	int64_t now;
	/*
	 * Where nothing can be restored: a plan without changes that says why
	 * of each setting, to be shown. NULL: not wanted.
	 */
	struct plan **ret_refused;
};
/*
 * The plan: three-way for each item (set, live, prior), sets merged per
 * member, conflicts listed; see docs/backout.md. ERR_NOT_FOUND: an only or
 * force that matches nothing. ERR_CONFLICT: nothing can be restored, all are
 * conflicts.
 */
MUST_CHECK int backout_plan(const struct backout *backout,
			    const struct live *live,
			    const struct backout_options *options,
			    struct plan **ret_plan, struct error *err);

#endif
