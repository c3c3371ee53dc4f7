/*
 * A plan for a terminal, the worst things on top: what has to be allowed, what
 * cannot be done, then the changes, then the calls.
 */
#include "plans/render.h"

#include <string.h>

#include "core/limits.h"
#include "plans/render_parts.h"

/* The labels of facts stand in a column. */
#define FACT_COLUMN 17

static void add_fact(void *ctx, const char *label, const char *text, bool bad,
		     bool code)
{
	struct page *page = ctx;

	(void)code;
	page_line(page, 2, FACT_COLUMN, bad ? PAGE_RED : NULL, "%-*s%s",
		  FACT_COLUMN - 2, label, text);
}

static void add_title(struct page *page, const struct plan *plan)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	const char *path = part_desired_path(plan);

	page_line(page, 0, 2, PAGE_BOLD, "aback%s%s plan%s%s",
		  strcmp(plan->kind, "apply") ? " " : "",
		  strcmp(plan->kind, "apply") ? plan->kind : "",
		  path ? " for " : "", path ? path : "");
	part_headline(plan, &text);
	page_line(page, 0, 2, NULL, "%s", text.buf);
	if (plan->reverses)
		page_line(page, 0, 2, part_is_redo(plan) ? PAGE_RED : NULL,
			  "backs out change %s%s", plan->reverses,
			  part_is_redo(plan) ? PART_REDO : "");
	part_facts(plan, add_fact, page);
	page_line(page, 0, 2, PAGE_DIM, "made %s%s%s", plan->created_at,
		  *plan->created_by ? " by " : "", plan->created_by);
}

static void add_consent_class(struct page *page, const struct plan *plan,
			      const char *class)
{
	bool listed = strcmp(class, "many") != 0; /* it is about all of them */
	size_t count = 0;

	page_line(page, 2, 4, PAGE_RED, "! %s: %s", class, part_class(class));
	for (size_t i = 0; listed && i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!json_array_has(change->consent, class) ||
		    count++ >= PART_LISTED_MOST)
			continue;
		part_transition(change->before, change->after, change->unit,
				&text);
		page_line(page, 6, 8, NULL, "%s %s:%s  %s", change->target,
			  change->address, change->setting, text.buf);
	}
	if (count > PART_LISTED_MOST)
		page_line(page, 6, 8, NULL, "and %zu more",
			  count - PART_LISTED_MOST);
}

/* What has to be allowed to apply it, and why. */
static void add_consent(struct page *page, const struct plan *plan)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);

	if (!json_array_size(consent))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Before you apply it");
	for (size_t i = 0; part_classes[i]; i++) {
		if (json_array_has(consent, part_classes[i]))
			add_consent_class(page, plan, part_classes[i]);
	}
}

/* How many of what, a line each. */
static void add_in_short(struct page *page, const struct plan *plan)
{
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	part_group_changes(plan, 0, plan->changes_len, &groups);
	if (!groups.len)
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "In short");
	for (size_t i = 0; i < groups.len; i++) {
		const struct plan_change *first = groups.items[i].items[0];
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		part_transition(first->before, first->after, first->unit,
				&text);
		page_line(page, 2, 9, NULL, "%4zu × %.*s %s  %s",
			  groups.items[i].len,
			  (int)strcspn(first->address, "/"), first->address,
			  first->setting, text.buf);
	}
}

void render_plan_headline(const struct plan *plan, struct strbuf *out)
{
	part_headline(plan, out);
}

void render_plan_allow(const struct plan *plan, struct strbuf *out)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);

	part_allow(consent, out);
}

/* Is something of the i-th change left? ends are in the plan's order. */
static bool is_left(const json_t *ends, size_t i)
{
	const char *state = json_text(json_array_get(ends, i), "state");

	return !state || (strcmp(state, "skipped") != 0 &&
			  strcmp(state, "backed_out") != 0);
}

void render_backout_allow(const struct plan *plan, const json_t *ends,
			  struct strbuf *out)
{
	CLEANUP(json_release) json_t *needed = json_array();
	json_t *class;
	size_t c;

	for (size_t i = 0; i < plan->changes_len; i++) {
		if (!is_left(ends, i))
			continue;
		json_array_foreach(plan->changes[i].backout_consent, c, class)
			json_array_add_unique(needed, json_string_value(class));
	}
	part_allow(needed, out);
}

void render_plan_text(const struct plan *plan, const struct render_style *style,
		      struct strbuf *out)
{
	struct page page = { style, out };

	add_title(&page, plan);
	add_consent(&page, plan);
	page_blocked(&page, plan);
	if (style->brief) {
		add_in_short(&page, plan);
		page_stays(&page, plan);
		return;
	}
	page_left_alone(&page, plan);
	page_changes(&page, plan);
	page_steps(&page, plan);
	page_skipped(&page, plan);
}
