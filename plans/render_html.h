/*
 * What the pages of plans, changes, histories and reviews share.
 * Only plans/render_*html.c use this.
 */
#ifndef ABACK_PLANS_RENDER_HTML_H
#define ABACK_PLANS_RENDER_HTML_H

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/html.h"
#include "plans/plan.h"
#include "plans/render_parts.h"

/* A value as code. */
void html_value(struct strbuf *out, const json_t *value, const char *unit);
/* Before and after; of sets a list of what is added and what goes. */
void html_transition(struct strbuf *out, const json_t *before,
		     const json_t *after, const char *unit);
/* Names, separated by commas; many are folded behind their number. */
void html_names(struct strbuf *out, const json_t *names);
/* A fact that is a text or code, unless it is NULL or "". */
void html_fact_text(struct strbuf *out, const char *name, const char *text);
void html_fact_code(struct strbuf *out, const char *name, const char *text);

/* The parts of render_plan_html. */
void html_plan_changes(const struct plan *plan, struct strbuf *out);
void html_plan_three_way(const struct plan *plan, struct strbuf *out);
void html_plan_steps(const struct plan *plan, struct strbuf *out);
void html_plan_controls(const struct plan *plan, struct strbuf *out);

#endif
