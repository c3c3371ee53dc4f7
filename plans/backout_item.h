/*
 * What change records say about settings, for plans/backout_history.c: one
 * recorded change with its plan and prior state.
 */
#ifndef ABACK_PLANS_BACKOUT_ITEM_H
#define ABACK_PLANS_BACKOUT_ITEM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/backout.h"
#include "plans/plan.h"
#include "state/record.h"
#include "state/store.h"

/* A finished change, read. */
struct past {
	const struct record *record; /* borrowed */
	struct plan *plan;
	json_t *prior; /* "<target>\n<address>\n<setting>" → prior.json's entry
			*/
	json_t *states; /* of its steps, by index: what result.json says */
};

/*
 * Read a finished change. ERR_UNFINISHED: it has no result; ERR_STATE: what is
 * recorded does not hang together.
 */
MUST_CHECK int past_load(struct store *store, const struct record *record,
			 struct past *ret_past, struct error *err);
void past_release(struct past *past);

/* What a change did to one setting. */
struct past_effect {
	bool took;               /* a step took effect, waits to, or may have */
	bool sure;               /* none of those is unknown */
	const char *why_not;     /* where it did not take: a state; borrowed */
	const char *resource_id; /* borrowed */
	json_t *prior, *set;     /* new references */
};
MUST_CHECK int past_effect_of(const struct past *past,
			      const struct plan_change *change,
			      struct past_effect *ret_effect,
			      struct error *err);
void past_effect_release(struct past_effect *effect);

/* Undoing this change of this plan: would it restore what a rule wants? */
bool past_is_redo(const struct past *past, const struct plan_change *change);

/* "<target>\n<address>\n<setting>". Owned. */
char *past_key(const char *target, const char *address, const char *setting);

/* Valid until the next one is added. */
struct backout_item *backout_add(struct backout *backout,
				 const struct plan_change *change,
				 const char *change_id,
				 const struct past_effect *effect, bool redo);
void backout_item_release(struct backout_item *item);
struct backout *backout_new(void);

#endif
