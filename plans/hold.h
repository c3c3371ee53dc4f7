/*
 * Holds: settings that a backout restored and that plans leave alone while the
 * rule still asks for the value that was backed out.
 * holds/<target>/<address>.json is
 * {"format": "aback-hold/1", "target", "address", "settings": {"<setting>":
 *  {"change", "by", "at", "reason", "rule_value", "prior", "restored",
 *  "under"}}}:
 * the backout, who ran it, when and why ("" where nobody said); what our change
 * had set, what it had found, and what the backout left; and, where an earlier
 * backout had left a hold already, that one, which still holds: of two changes
 * that are backed out one after the other, both stay undone. A target's name is
 * percent-encoded in the path as identifiers are; the slash of
 * "<account>/global" stays.
 */
#ifndef ABACK_PLANS_HOLD_H
#define ABACK_PLANS_HOLD_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

struct plan;
struct setting;

struct holds {
	json_t *by_target; /* target → address → setting → the object above */
};

/* All holds of a store; store NULL: none. ERR_STATE: a file is malformed. */
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

/*
 * Would going from one value to the other do again what the backout took back?
 * So it is when `after` is the value that was backed out, or means the
 * same, or, for a set, when every member that would be added or removed is one
 * that the backout, or one under it, removed or brought back. setting is the
 * row; NULL: this aback does not know it, and only the same words mean the
 * same.
 */
bool hold_covers(const json_t *hold, const struct setting *setting,
		 const json_t *before, const json_t *after);

/*
 * May a plan be applied as far as holds go? ERR_HELD names the settings that a
 * plan of kind "apply" would set although a hold covers them.
 */
MUST_CHECK int holds_refuse(const struct holds *holds, const struct plan *plan,
			    struct error *err);

/*
 * What a run of the plan does to the holds, into holds and edits, for each of
 * its changes that done_changes (result.json's "changes") gives as "done",
 * "waiting" or "backed_out". An apply that undid itself puts a hold. A backout
 * puts a hold, or, where what it undid was itself a backout that had put one
 * (`undoes.redo`), removes it, and no other that is under it. An apply removes
 * one: holds_refuse let it through since the rule asks for another value now.
 * by: the caller; at: RFC 3339; reason: may be NULL.
 */
void holds_record(struct holds *holds, const struct plan *plan,
		  const char *change_id, const char *by, const char *at,
		  const char *reason, const json_t *done_changes,
		  struct store_edits *edits);

#endif
