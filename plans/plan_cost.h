/* What a change costs to do and to undo, from its values and the catalogue. */
#ifndef ABACK_PLANS_PLAN_COST_H
#define ABACK_PLANS_PLAN_COST_H

#include <stdbool.h>

#include "plans/catalogue.h"
#include "plans/plan.h"

/*
 * Set effect, reversibility, consent and backout_consent of a change that has
 * before and after. now: its calls send ApplyImmediately. undoable: each of its
 * steps has a call that takes it back. created: the resource is not there yet,
 * so that it holds nothing to lose.
 */
void plan_set_cost(struct plan_change *change, const struct setting *setting,
		   bool now, bool undoable, bool created);

#endif
