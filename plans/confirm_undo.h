/* The backout of a change that undoes itself. */
#ifndef ABACK_PLANS_CONFIRM_UNDO_H
#define ABACK_PLANS_CONFIRM_UNDO_H

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "plans/backout.h"
#include "plans/execute.h"
#include "plans/place.h"
#include "plans/plan.h"
#include "state/record.h"
#include "state/store.h"

/*
 * The plan that brings back what the change replaced, three-way against live as
 * any backout's, and no more than was approved with the change's own plan: only
 * calls that it has as `backout`, at no cost that its `backout_consent` does
 * not name. What that leaves out is a conflict of the new plan, which has no
 * changes where nothing is left, or nothing can be restored. approved is the
 * change's plan.
 */
MUST_CHECK int confirm_undo_plan(struct aws *aws, const struct places *places,
				 struct store *store, struct backout *backout,
				 const struct plan *approved,
				 struct plan **ret_plan, struct error *err);

/*
 * Run it as the change that reverses the other: its own record and holds, with
 * the reason. Everything that execute_plan refuses for is refused.
 */
MUST_CHECK int confirm_undo_run(struct aws *aws, const struct places *places,
				struct store *store, const struct plan *plan,
				const struct execute_options *options,
				struct execute_result *ret_result,
				struct error *err);

#endif
