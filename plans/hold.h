/*
 * Holds: settings that a backout restored and that plans leave alone while the
 * rule still asks for the value that was backed out.
 * holds/<target>/<address>.json is
 * {"format": "aback-hold/1", "target", "address", "settings": {"<setting>":
 *  {"change", "by", "at", "reason", "rule_value", "restored"}}}.
 */
#ifndef ABACK_PLANS_HOLD_H
#define ABACK_PLANS_HOLD_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

struct holds {
	json_t *by_target; /* target → address → setting → the object above */
};

/* All holds of a store; store NULL: none. */
MUST_CHECK int holds_load(struct store *store, struct holds *ret_holds,
			  struct error *err);
void holds_release(struct holds *holds);

/* The hold on this setting, or NULL. Borrowed. */
const json_t *holds_find(const struct holds *holds, const char *target,
			 const char *address, const char *setting);

/*
 * Put or remove (hold NULL) a hold and add the file's edit to edits. The hold
 * is borrowed.
 */
void holds_change(struct holds *holds, struct store_edits *edits,
		  const char *target, const char *address, const char *setting,
		  const json_t *hold);

#endif
