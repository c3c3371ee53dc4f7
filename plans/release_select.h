/*
 * Which holds `aback release` lets go: those on what it names, and those on
 * what was derived from that. `parameters` of a cluster become settings of a
 * group that is made for it, so that one rule can leave a dozen holds; they
 * are told by the `via` of the change that was backed out.
 */
#ifndef ABACK_PLANS_RELEASE_SELECT_H
#define ABACK_PLANS_RELEASE_SELECT_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/hold.h"
#include "plans/kind.h"
#include "state/store.h"

/*
 * address: of a setting, or of a whole resource; what: as it was given, for
 * messages. wanted: of which target; NULL: of the only one that has any.
 * ret_selected: a new array, sorted by address and setting, of what the
 * holds say and "target", "address" and "setting". ERR_NOT_FOUND: nothing is
 * held there; ERR_USAGE: several targets have it.
 */
MUST_CHECK int release_select(struct store *store, const struct holds *holds,
			      const struct address *address, const char *what,
			      const char *wanted, json_t **ret_selected,
			      struct error *err);

#endif
