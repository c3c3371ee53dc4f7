/* Each change of a plan, each call and the controls, as parts of its page. */
#include "plans/render_html.h"

#include <inttypes.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"

/* When, and what undoing it takes; `what` is what it is about. */
static void add_cost(struct strbuf *out, const struct plan_change *change,
		     const char *what)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	part_cost(change, what, &text);
	html_text(out, text.buf);
	if (json_is_null(change->pending))
		return;
	strbuf_adds(out, "; takes back what is pending: ");
	html_value(out, change->pending, change->unit);
}

/* The rule that wants it, or what it undoes, and through what. */
static void add_why(struct strbuf *out, const struct plan *plan,
		    const struct plan_change *change)
{
	const char *path = part_desired_path(plan);
	const char *undone = json_text(change->undoes, "change");

	if (change->rule_name) {
		html_text(out, change->rule_name);
		strbuf_addc(out, ' ');
		html_codef(out, "%s:%" PRId64, path ? path : "",
			   change->rule_line);
	}
	if (change->via)
		html_textf(out, " via %s", change->via);
	if (undone && !plan->reverses) {
		strbuf_addf(out, " %s ", part_undoes(plan));
		html_code(out, undone);
	}
}

static void add_by_resource(const struct plan *plan, size_t from, size_t end,
			    const char *caption, struct strbuf *out)
{
	static const char *const columns[] = { "resource", "setting",
					       "change",   "when, and back",
					       "why",      NULL };
	struct html_table table;

	html_table_begin(&table, out, caption, columns);
	for (size_t i = from; i < end; i++) {
		const struct plan_change *change = &plan->changes[i];

		html_row(&table);
		html_cell_code(&table, change->address);
		html_cell_code(&table, change->setting);
		html_cell(&table);
		html_transition(out, change->before, change->after,
				change->unit);
		html_cell(&table);
		add_cost(out, change, change->address);
		html_cell(&table);
		add_why(out, plan, change);
		html_row_end(&table);
	}
	html_table_end(&table);
}

/* The names of a group's resources. New reference. */
static json_t *names_of(const struct part_group *group)
{
	json_t *names = json_array();

	for (size_t i = 0; i < group->len; i++) {
		const struct plan_change *change = group->items[i];

		(void)json_array_append_new(
			names,
			json_from_text(part_identifier(change->address)));
	}
	return names;
}

static void add_by_group(const struct plan *plan, size_t from, size_t end,
			 const char *caption, struct strbuf *out)
{
	static const char *const columns[] = { "setting",   "change",
					       "resources", "when, and back",
					       "why",       NULL };
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };
	struct html_table table;

	part_group_changes(plan, from, end, &groups);
	html_table_begin(&table, out, caption, columns);
	for (size_t i = 0; i < groups.len; i++) {
		const struct plan_change *first = groups.items[i].items[0];
		CLEANUP(json_release)
		json_t *names = names_of(&groups.items[i]);

		html_row(&table);
		html_cell(&table);
		html_codef(out, "%.*s %s", (int)strcspn(first->address, "/"),
			   first->address, first->setting);
		html_cell(&table);
		html_transition(out, first->before, first->after, first->unit);
		html_cell(&table);
		html_names(out, names);
		html_cell(&table);
		add_cost(out, first, "each of them");
		html_cell(&table);
		add_why(out, plan, first);
		html_row_end(&table);
	}
	html_table_end(&table);
}

void html_plan_changes(const struct plan *plan, struct strbuf *out)
{
	for (size_t i = 0; i < plan->changes_len;) {
		size_t end = part_target_end(plan, i);
		CLEANUP(free_ptr)
		char *caption =
			xasprintf("Changes in %s", plan->changes[i].target);

		html_heading(out, 2, NULL, "%s: %zu", caption, end - i);
		if (plan->changes_len < PART_ROWS_MOST)
			add_by_resource(plan, i, end, caption, out);
		else
			add_by_group(plan, i, end, caption, out);
		i = end;
	}
}

/* ---- what a backout undoes -------------------------------------------- */

static void add_member(void *ctx, const char *sign, const char *member,
		       const char *why)
{
	struct strbuf *out = ctx;

	strbuf_addf(out, "<li>%s ", sign);
	html_code(out, member);
	strbuf_addc(out, ' ');
	html_text(out, why);
	strbuf_adds(out, "</li>");
}

static void add_three_way(struct html_table *table,
			  const struct plan_change *change)
{
	html_row(table);
	html_cell(table);
	html_codef(table->out, "%s %s:%s", change->target, change->address,
		   change->setting);
	html_cell(table);
	html_value(table->out, json_object_get(change->undoes, "set"),
		   change->unit);
	html_cell(table);
	html_value(table->out, change->before, change->unit);
	html_cell(table);
	html_value(table->out, change->after, change->unit);
	html_cell(table);
	if (part_has_members(change->before, change->after)) {
		strbuf_adds(table->out, "<ul class=\"members\">");
		part_merge(change, add_member, table->out);
		strbuf_adds(table->out, "</ul>");
	} else {
		strbuf_adds(table->out, "–");
	}
	html_row_end(table);
}

void html_plan_three_way(const struct plan *plan, struct strbuf *out)
{
	static const char *const columns[] = {
		"what", "set", "live", "becomes", "member by member", NULL
	};
	struct html_table table = { 0 };

	for (size_t i = 0; i < plan->changes_len; i++) {
		if (!part_is_undoing(plan, &plan->changes[i]))
			continue;
		if (!table.out) {
			html_heading(out, 2, "three-way", PART_THREE_WAY);
			html_table_begin(&table, out, PART_THREE_WAY, columns);
		}
		add_three_way(&table, &plan->changes[i]);
	}
	if (table.out)
		html_table_end(&table);
}

/* ---- calls ------------------------------------------------------------ */

static void add_call(struct strbuf *out, const char *label, const char *call,
		     const json_t *parameters)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	json_compact(parameters, &text);
	html_textf(out, "%s%s %s", label, call, text.buf);
	strbuf_addc(out, '\n');
}

/* A call, what goes along with it, and the call back. */
static void add_calls(struct strbuf *out, const struct plan_step *step,
		      const json_t *parameters, const json_t *back)
{
	strbuf_adds(out, "<pre>");
	add_call(out, "", step->call, parameters);
	if (json_object_size(step->companions))
		add_call(out, part_companions(step->companions), ":",
			 step->companions);
	if (step->backout_call)
		add_call(out, "back: ", step->backout_call, back);
	else
		html_textf(out, "no call backs it out: %s\n",
			   step->backout_reason ? step->backout_reason : "");
	strbuf_adds(out, "</pre></li>\n");
}

static void add_step(struct strbuf *out, const struct plan_step *step)
{
	strbuf_adds(out, "<li>");
	html_codef(out, "%s %s", step->target, step->address);
	add_calls(out, step, step->parameters, step->backout_parameters);
}

/* Steps that differ only in their resource, which stands as "…". */
static void add_step_group(struct strbuf *out, const struct part_group *group)
{
	const struct plan_step *first = group->items[0];
	CLEANUP(json_release)
	json_t *parameters = part_shape(first, first->parameters);
	CLEANUP(json_release)
	json_t *back = part_shape(first, first->backout_parameters);
	CLEANUP(json_release) json_t *names = json_array();

	for (size_t i = 0; i < group->len; i++) {
		const struct plan_step *step = group->items[i];

		(void)json_array_append_new(names,
					    json_from_text(step->address));
	}
	strbuf_addf(out, "<li>%zu × ", group->len);
	html_textf(out, "%s: ", first->target);
	html_names(out, names);
	add_calls(out, first, parameters, back);
}

void html_plan_steps(const struct plan *plan, struct strbuf *out)
{
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	if (!plan->steps_len)
		return;
	if (plan->steps_len >= PART_STEPS_GROUPED_FROM)
		part_group_steps(plan, &groups);
	html_heading(out, 2, "calls", "Calls, and what backs each out: %zu",
		     plan->steps_len);
	strbuf_adds(out, groups.len ? "<ul>\n" : "<ol start=\"0\">\n");
	for (size_t i = 0; i < groups.len; i++)
		add_step_group(out, &groups.items[i]);
	for (size_t i = 0; !groups.len && i < plan->steps_len; i++)
		add_step(out, &plan->steps[i]);
	strbuf_adds(out, groups.len ? "</ul>\n" : "</ol>\n");
}

static void add_controls(void *ctx, const char *setting, const char *controls)
{
	struct html_table *table = ctx;

	html_row(table);
	html_cell_code(table, setting);
	html_cell_text(table, controls);
	html_row_end(table);
}

void html_plan_controls(const struct plan *plan, struct strbuf *out)
{
	static const char *const columns[] = { "setting", "controls", NULL };
	static const char title[] = "Controls on these settings";
	CLEANUP(strbuf_release)
	struct strbuf rows = STRBUF_INIT(LIMIT_RENDERED);
	struct html_table of_rows = { .out = &rows, .columns = columns };
	struct html_table table;

	part_controls(plan, add_controls, &of_rows);
	if (!rows.len)
		return;
	html_heading(out, 2, "controls", title);
	html_table_begin(&table, out, title, columns);
	strbuf_add(out, rows.buf, rows.len);
	html_table_end(&table);
}
