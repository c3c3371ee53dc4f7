/* The changes of a plan, by resource, and its steps. */
#include "plans/render_parts.h"

#include <inttypes.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/value.h"

/* A change lists so many of its controls. */
#define CONTROLS_MOST 3

static void add_members(struct page *page, const char *sign, const char *color,
			const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *members = part_minus(a, b);
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member) {
		CLEANUP(free_ptr) char *text = member_show(member);

		page_line(page, 8, 10, color, "%s %s", sign, text);
	}
}

static void add_values(struct page *page, const struct plan *plan,
		       const struct plan_change *change)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (part_is_set(change->before, change->after)) {
		page_line(page, 4, 8, PAGE_YELLOW, "~ %s", change->setting);
		if (part_is_undoing(plan, change)) {
			page_merge(page, change);
			return;
		}
		add_members(page, "+", PAGE_GREEN, change->after,
			    change->before);
		add_members(page, "−", PAGE_RED, change->before, change->after);
		return;
	}
	part_transition(change->before, change->after, change->unit, &text);
	page_line(page, 4, 8, PAGE_YELLOW, "~ %s  %s", change->setting,
		  text.buf);
	if (part_is_undoing(plan, change) &&
	    part_has_members(change->before, change->after))
		page_merge(page, change);
}

/* What only a backout has: which change it undoes, what it takes back. */
static void add_undone(struct page *page, const struct plan *plan,
		       const struct plan_change *change)
{
	const char *undone = json_text(change->undoes, "change");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (!json_is_null(change->pending)) {
		part_value(change->pending, change->unit, &text);
		page_line(page, 8, 10, PAGE_YELLOW,
			  "takes back what is pending: %s", text.buf);
	}
	if (part_is_undoing(plan, change) &&
	    !part_is_set(change->before, change->after)) {
		strbuf_clear(&text);
		part_three_way(change, &text);
		page_line(page, 8, 10, NULL, "%s", text.buf);
	}
	if (undone && !plan->reverses)
		page_line(page, 8, 10, NULL, "%s %s", part_undoes(plan),
			  undone);
}

/* The first few of the controls that it serves; JSON has all. */
static void add_controls(const json_t *controls, struct strbuf *text)
{
	size_t len = json_array_size(controls);
	json_t *control;
	size_t i;

	json_array_foreach(controls, i, control) {
		if (i == CONTROLS_MOST) {
			strbuf_addf(text, " and %zu more", len - i);
			return;
		}
		strbuf_adds(text, i ? ", " : text->len ? "; " : "");
		strbuf_adds(text, json_string_value(control));
	}
}

static void add_why(struct page *page, const struct plan *plan,
		    const struct plan_change *change)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	const char *path = part_desired_path(plan);

	if (change->rule_name)
		strbuf_addf(&text, "rule '%s' (%s:%" PRId64 ")",
			    change->rule_name, path ? path : "",
			    change->rule_line);
	if (change->via)
		strbuf_addf(&text, "%svia %s", text.len ? "; " : "",
			    change->via);
	add_controls(change->controls, &text);
	if (text.len)
		page_line(page, 8, 10, PAGE_DIM, "%s", text.buf);
}

/* What it costs and why it is there; `what` is what it is about. */
static void add_details(struct page *page, const struct plan *plan,
			const struct plan_change *change, const char *what)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	part_cost(change, what, &text);
	page_line(page, 8, 10, NULL, "%s", text.buf);
	add_undone(page, plan, change);
	add_why(page, plan, change);
}

/* Changes that are alike: what, which resources, then the details once. */
static void add_group(struct page *page, const struct plan *plan,
		      const struct part_group *group)
{
	const struct plan_change *first = group->items[0];
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	part_transition(first->before, first->after, first->unit, &text);
	page_line(page, 2, 9, PAGE_YELLOW, "%4zu × %.*s %s  %s", group->len,
		  (int)strcspn(first->address, "/"), first->address,
		  first->setting, text.buf);
	strbuf_clear(&text);
	for (size_t i = 0; i < group->len; i++) {
		const struct plan_change *change = group->items[i];

		strbuf_addf(&text, "%s%s", i ? ", " : "",
			    part_identifier(change->address));
	}
	page_line(page, 8, 8, PAGE_BOLD, "%s", text.buf);
	if (part_is_undoing(plan, first) &&
	    part_has_members(first->before, first->after))
		page_merge(page, first);
	add_details(page, plan, first,
		    group->len == 1 ? first->address : "each of them");
}

static const struct target *target_of(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->targets_len; i++) {
		if (!strcmp(plan->targets[i].name, name))
			return &plan->targets[i];
	}
	return NULL;
}

static void add_target(struct page *page, const struct plan *plan,
		       const char *name)
{
	const struct target *target = target_of(plan, name);

	page_blank(page);
	if (target)
		page_line(page, 0, 2, PAGE_BOLD, "%s  (%s, %s)", name,
			  target->account_id, target->region);
	else
		page_line(page, 0, 2, PAGE_BOLD, "%s", name);
}

/* The changes of one target by resource. */
static void add_by_resource(struct page *page, const struct plan *plan,
			    size_t from, size_t end)
{
	const char *address = "";

	for (size_t i = from; i < end; i++) {
		const struct plan_change *change = &plan->changes[i];

		if (strcmp(address, change->address) != 0) {
			address = change->address;
			page_line(page, 2, 4, PAGE_BOLD, "%s", address);
		}
		add_values(page, plan, change);
		add_details(page, plan, change, change->address);
	}
}

/* The same by what is changed, the worst first. */
static void add_by_group(struct page *page, const struct plan *plan,
			 size_t from, size_t end)
{
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	part_group_changes(plan, from, end, &groups);
	for (size_t i = 0; i < groups.len; i++)
		add_group(page, plan, &groups.items[i]);
}

void page_changes(struct page *page, const struct plan *plan)
{
	size_t i = 0;

	while (i < plan->changes_len) {
		size_t end = part_target_end(plan, i);

		add_target(page, plan, plan->changes[i].target);
		if (plan->changes_len < PART_GROUPED_FROM)
			add_by_resource(page, plan, i, end);
		else
			add_by_group(page, plan, i, end);
		i = end;
	}
}

/* The call, what goes along with it, and the call back. */
static void add_call(struct page *page, const struct plan_step *step,
		     const json_t *parameters, const json_t *back)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	part_parameters(parameters, &text);
	page_line(page, 6, 6, NULL, "%s", text.buf);
	strbuf_clear(&text);
	if (json_object_size(step->companions)) {
		part_parameters(step->companions, &text);
		page_line(page, 6, 8, NULL, "%s: %s",
			  part_companions(step->companions), text.buf);
		strbuf_clear(&text);
	}
	if (!step->backout_call) {
		page_line(page, 4, 6, PAGE_RED, "no call backs it out: %s",
			  step->backout_reason ? step->backout_reason : "");
		return;
	}
	part_parameters(back, &text);
	page_line(page, 4, 6, PAGE_DIM, "back: %s %s", step->backout_call,
		  text.buf);
}

/* Steps that differ only in their resource, which stands as "…". */
static void add_step_group(struct page *page, const struct part_group *group)
{
	const struct plan_step *first = group->items[0];
	CLEANUP(json_release)
	json_t *parameters = part_shape(first, first->parameters);
	CLEANUP(json_release)
	json_t *back = part_shape(first, first->backout_parameters);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	for (size_t i = 0; i < group->len; i++) {
		const struct plan_step *step = group->items[i];

		strbuf_addf(&text, "%s%s", i ? ", " : "", step->address);
	}
	page_line(page, 2, 4, NULL, "%zu × %s", group->len, first->call);
	page_line(page, 6, 6, NULL, "%s %s", first->target, text.buf);
	add_call(page, first, parameters, back);
}

void page_steps(struct page *page, const struct plan *plan)
{
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	if (!plan->steps_len)
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD,
		  "Steps: each call, and the one that takes it back");
	if (plan->steps_len >= PART_STEPS_GROUPED_FROM)
		part_group_steps(plan, &groups);
	for (size_t i = 0; i < groups.len; i++)
		add_step_group(page, &groups.items[i]);
	for (size_t i = 0; !groups.len && i < plan->steps_len; i++) {
		const struct plan_step *step = &plan->steps[i];

		page_line(page, 2, 6, NULL, "%zu  %s %s  %s", i, step->target,
			  step->address, step->call);
		add_call(page, step, step->parameters,
			 step->backout_parameters);
	}
}
