/* The call that takes a step back. */
#ifndef ABACK_PLANS_WAY_BACK_H
#define ABACK_PLANS_WAY_BACK_H

#include <stddef.h>

#include "core/json.h"
#include "plans/catalogue.h"
#include <stdbool.h>

#include "plans/kind.h"
#include "plans/plan.h"

/*
 * changes: from what the step leaves to what it found, on a resource that was
 * otherwise read as it is. Sets the step's backout, or returns why there is
 * none. Owned.
 */
char *way_back_find(const struct resource *resource,
		    const struct call_change *changes, size_t changes_len,
		    struct plan_step *step);

/*
 * Why a value must not be sent: it is none that the setting can have, or not in
 * canonical form. NULL: it may. Whether null can be sent the kind knows. Owned.
 */
char *value_unsendable(const struct setting *setting, const json_t *value);

/*
 * What a step says that one call does not take back, but several do, which a
 * backout makes.
 */
#define WAY_BACK_SEVERAL \
	"more than one call takes it back: a backout makes them"
/* Is there a way back from the step: a call, or several? */
bool way_back_known(const struct plan_step *step);

#endif
