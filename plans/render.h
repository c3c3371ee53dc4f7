/*
 * Documents as text for a terminal, as Markdown for a pull request and as a
 * page of HTML.
 * A renderer reads no clock, terminal or environment.
 */
#ifndef ABACK_PLANS_RENDER_H
#define ABACK_PLANS_RENDER_H

#include <stdbool.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/plan.h"
#include "state/record.h"

struct render_style {
	bool color;
	unsigned width; /* columns; 0: do not wrap */
	bool brief;     /* of a plan, what it costs, its conflicts, a table */
};

void render_plan_text(const struct plan *plan, const struct render_style *style,
		      struct strbuf *out);
/* "7 changes to 3 resources, 2 blocked", "no changes" */
void render_plan_headline(const struct plan *plan, struct strbuf *out);
/* " --allow restart --allow lossy": what applying it needs, or nothing. */
void render_plan_allow(const struct plan *plan, struct strbuf *out);
/*
 * " --allow lossy": what backing out the plan's change will need, or nothing.
 * ends: the changes of its result.json; of those that were skipped or backed
 * out nothing is left.
 */
void render_backout_allow(const struct plan *plan, const json_t *ends,
			  struct strbuf *out);
void render_plan_markdown(const struct plan *plan, struct strbuf *out);
void render_plan_html(const struct plan *plan, struct strbuf *out);

/* A change record: change.json, its plan, prior, journal and result. */
struct change_view {
	const struct record *record;
	const struct plan *plan;
	const json_t *prior;
	const json_t *journal;
	const json_t *verified; /* of proof_summary; NULL: nobody looked */
	const json_t *confirm;  /* of history_confirm; NULL: not known */
};
void render_change_text(const struct change_view *view,
			const struct render_style *style, struct strbuf *out);
void render_change_markdown(const struct change_view *view, struct strbuf *out);
void render_change_html(const struct change_view *view, struct strbuf *out);
json_t *render_change_json(const struct change_view *view);

#endif
