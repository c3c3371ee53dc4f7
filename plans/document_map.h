/*
 * Maps by name, of policy documents or of texts: each name is on its own in a
 * backout and for a hold, as each member of a set is.
 */
#ifndef ABACK_PLANS_DOCUMENT_MAP_H
#define ABACK_PLANS_DOCUMENT_MAP_H

#include <stdbool.h>

#include "core/json.h"

/*
 * Is the value such a map, and not a document? Values that were recorded tell
 * it themselves: only documents have a Statement that is no text and has none.
 */
bool is_document_map(const json_t *value);

/*
 * `live` with each name that we changed, from prior to set, as it was in prior;
 * what others added or changed stays. New reference.
 */
json_t *document_map_restored(const json_t *live, const json_t *set,
			      const json_t *prior);
/*
 * The first name that we changed and that now is neither what we set nor what
 * it was before; NULL: there is none. Borrowed.
 */
const char *document_map_conflict(const json_t *live, const json_t *set,
				  const json_t *prior);
/*
 * Does going from before to after set only names that we changed from prior to
 * set, to what we set?
 */
bool document_map_covers(const json_t *set, const json_t *prior,
			 const json_t *before, const json_t *after);

#endif
