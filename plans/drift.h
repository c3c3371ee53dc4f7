/*
 * Drift: live differs from what was last recorded. Who made the difference is
 * asked of CloudTrail (plans/trail.h); what is recorded can be restored by a
 * plan like any other.
 *
 * Sequence: drift_load; open the places of drift->backout->targets; drift_read;
 * drift_plan where one is wanted. Nothing here writes the store.
 */
#ifndef ABACK_PLANS_DRIFT_H
#define ABACK_PLANS_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "plans/backout.h"
#include "plans/hold.h"
#include "plans/live.h"
#include "plans/plan.h"
#include "plans/render.h"
#include "state/store.h"

#define DRIFT_FORMAT "aback-drift/1"

/* What the store has recorded. */
struct drift {
	/* an item for each recorded setting: `prior` is what is recorded */
	struct backout *backout;
	/* by "<target>\n<address>\n<setting>": the newest of our changes that
	 * set it, {"change", "at", "state", "after"} */
	json_t *origins;
	/* the same: the change that was to set it and is unfinished */
	json_t *unfinished;
	struct holds holds;
};

/*
 * targets: those of aback.yaml, whose names and roles count for their places;
 * others are as the newest change that had them says. ERR_NOT_FOUND: nothing is
 * recorded.
 */
MUST_CHECK int drift_load(struct store *store, const struct target *targets,
			  size_t targets_len, struct drift **ret_drift,
			  struct error *err);
void drift_free(struct drift *drift); /* NULL does nothing */

struct drift_request {
	struct aws *aws;
	const struct places *places;
	struct store *store;
	const struct drift *drift;
	struct planner_only only;
	int64_t now;     /* 0: as the clock has it */
	int64_t pace_ms; /* of struct trail_request */
	void (*progress)(void *ctx, const char *line); /* may be NULL */
	void *progress_ctx;
};

/*
 * Read live state and, where anything differs, the event history since it was
 * recorded; blocks. *ret_live is for drift_plan. *ret_document is a new
 * "aback-drift/1":
 *
 * {"format", "at", "caller", "summary": {"resources", "settings", "changed",
 *  "pending", "gone", "replaced", "attributed", "ours"}, "places": those of the
 *  events' document, empty where CloudTrail was not asked, "differences": […],
 *  "ours": [{"target", "address", "setting", "value", "change"}]: what has
 *  become so as a change of ours wanted that was still waiting when it ended}
 *
 * A difference is {"class", "target", "address", "resource_id", "setting",
 * "recorded", "live", "unit", "recorded_at", "recorded_by", "hold", "event",
 * "reason", "others"}. class: "changed"; "pending" (live is still as recorded
 * and "pending" is to come); "gone" and "replaced", of the resource as a whole,
 * with null under setting; "unread". event: of CloudTrail, who made it; else
 * null and the reason why nobody knows. others: what else somebody else called
 * that set it. Sorted by target, address and setting.
 */
MUST_CHECK int drift_read(const struct drift_request *request,
			  struct live **ret_live, json_t **ret_document,
			  struct error *err);

/* How many differences there are. */
size_t drift_count(const json_t *document);

/*
 * The plan of kind "restore" that brings what changed back to what is recorded.
 * ERR_CONFLICT: nothing of it can be restored.
 */
struct drift_plan_options {
	const json_t *awaited; /* of awaited_load; may be NULL */
	const char *created_by;
	int64_t now;
};
MUST_CHECK int drift_plan(const struct drift *drift, const struct live *live,
			  const json_t *document,
			  const struct drift_plan_options *options,
			  struct plan **ret_plan, struct error *err);

/*
 * Does a plan of kind "restore" restore what this store has recorded? Others
 * are passed over. ERR_EDITED; ERR_STALE: something else is recorded since.
 */
MUST_CHECK int restore_check(const struct plan *plan, struct store *store,
			     struct error *err);

void render_drift_text(const json_t *document, const struct render_style *style,
		       struct strbuf *out);
void render_drift_markdown(const json_t *document, struct strbuf *out);
void render_drift_html(const json_t *document, struct strbuf *out);

#endif
