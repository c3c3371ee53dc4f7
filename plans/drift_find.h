/* From recorded and live values to differences, for plans/drift.c. */
#ifndef ABACK_PLANS_DRIFT_FIND_H
#define ABACK_PLANS_DRIFT_FIND_H

#include "core/json.h"
#include "plans/drift.h"
#include "plans/only.h"

/*
 * The differences of an "aback-drift/1" document, event and reason still null,
 * and its "ours". ret_summary: {"resources", "settings"}, how many of each were
 * compared. All are new references.
 */
void drift_find(const struct drift *drift, const struct live *live,
		const json_t *awaited, struct only *only,
		json_t **ret_differences, json_t **ret_ours,
		json_t **ret_summary);

#endif
