/* The folded parts of a plan's page: each change, each call, the controls. */
#include "plans/render.h"

#include <inttypes.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_parts.h"

/* Is this a page that shows less, to fit a comment? */
static bool md_is_cut(const struct markdown *md)
{
	return md->most != SIZE_MAX;
}

static void add_rule(const struct plan *plan, const struct plan_change *change,
		     struct strbuf *out)
{
	const char *path = part_desired_path(plan);

	if (!change->rule_name)
		return;
	md_text(out, change->rule_name);
	strbuf_addc(out, ' ');
	md_code_of(out, "%s:%" PRId64, path ? path : "", change->rule_line);
}

/* One row a change. */
static void add_by_resource(const struct plan *plan, size_t from, size_t end,
			    struct strbuf *out)
{
	strbuf_adds(out, "| resource | setting | change | rule |\n"
			 "| --- | --- | --- | --- |\n");
	for (size_t i = from; i < end; i++) {
		const struct plan_change *change = &plan->changes[i];

		strbuf_adds(out, "| ");
		md_code(out, change->address);
		strbuf_adds(out, " | ");
		md_code(out, change->setting);
		strbuf_adds(out, " | ");
		md_transition(change->before, change->after, change->unit, out);
		strbuf_adds(out, " | ");
		add_rule(plan, change, out);
		strbuf_adds(out, " |\n");
	}
}

/* One row for changes that are alike, with the names of their resources. */
static void add_by_group(const struct markdown *md, size_t from, size_t end)
{
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	part_group_changes(md->plan, from, end, &groups);
	strbuf_adds(md->out, "| setting | change | resources | rule |\n"
			     "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < groups.len && i < md->most; i++) {
		const struct part_group *group = &groups.items[i];

		md_group_cells(group, md->out);
		strbuf_adds(md->out, " | ");
		for (size_t k = 0; k < group->len && k < md->most; k++) {
			const struct plan_change *change = group->items[k];

			strbuf_adds(md->out, k ? ", " : "");
			md_text(md->out, part_identifier(change->address));
		}
		if (group->len > md->most)
			strbuf_addf(md->out, " and %zu more",
				    group->len - md->most);
		strbuf_adds(md->out, " | ");
		add_rule(md->plan, group->items[0], md->out);
		strbuf_adds(md->out, " |\n");
	}
	if (groups.len > md->most)
		strbuf_addf(md->out, "\n… and %zu rows more\n",
			    groups.len - md->most);
}

void md_plan_changes(const struct markdown *md)
{
	const struct plan *plan = md->plan;
	size_t i = 0;

	while (i < plan->changes_len) {
		const char *target = plan->changes[i].target;
		size_t end = part_target_end(plan, i);

		strbuf_adds(md->out, "\n<details><summary>Changes in ");
		md_code(md->out, target);
		strbuf_addf(md->out, ": %zu</summary>\n\n", end - i);
		if (plan->changes_len < PART_ROWS_MOST && !md_is_cut(md))
			add_by_resource(plan, i, end, md->out);
		else
			add_by_group(md, i, end);
		strbuf_adds(md->out, "\n</details>\n");
		i = end;
	}
}

struct control_rows {
	struct strbuf text;
	size_t len, most;
};

static void add_controls(void *ctx, const char *setting, const char *controls)
{
	struct control_rows *table = ctx;
	struct strbuf *rows = &table->text;

	if (table->len++ >= table->most)
		return;
	strbuf_adds(rows, "| ");
	md_code(rows, setting);
	strbuf_adds(rows, " | ");
	md_text(rows, controls);
	strbuf_adds(rows, " |\n");
}

void md_plan_controls(const struct markdown *md)
{
	struct control_rows rows = { STRBUF_INIT(LIMIT_RENDERED), 0, md->most };

	part_controls(md->plan, add_controls, &rows);
	if (rows.len) {
		strbuf_adds(md->out, "\n<details><summary>Controls on these "
				     "settings</summary>\n\n"
				     "| setting | controls |\n| --- | --- |\n");
		strbuf_add(md->out, rows.text.buf, rows.text.len);
		if (rows.len > md->most)
			strbuf_addf(md->out, "\n… and %zu rows more\n",
				    rows.len - md->most);
		strbuf_adds(md->out, "\n</details>\n");
	}
	strbuf_release(&rows.text);
}

static void add_call(const char *label, const char *call,
		     const json_t *parameters, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	json_compact(parameters, &text);
	strbuf_addf(out, "   %s", label);
	md_pre(out, call);
	strbuf_addc(out, ' ');
	md_pre(out, text.buf);
	strbuf_addc(out, '\n');
}

static void add_companions(const json_t *companions, struct strbuf *out)
{
	CLEANUP(free_ptr)
	char *label = xasprintf("%s: ", part_companions(companions));

	add_call(label, "", companions, out);
}

/* A call, what goes along with it, and the call back. */
static void add_step(const struct plan_step *step, const json_t *parameters,
		     const json_t *back, struct strbuf *out)
{
	add_call("", step->call, parameters, out);
	if (json_object_size(step->companions))
		add_companions(step->companions, out);
	if (step->backout_call) {
		add_call("back: ", step->backout_call, back, out);
		return;
	}
	strbuf_adds(out, "   no call backs it out: ");
	md_pre(out, step->backout_reason ? step->backout_reason : "");
	strbuf_addc(out, '\n');
}

/* Steps that differ only in their resource, which stands as "…". */
static void add_step_group(const struct markdown *md,
			   const struct part_group *group)
{
	const struct plan_step *first = group->items[0];
	CLEANUP(json_release)
	json_t *parameters = part_shape(first, first->parameters);
	CLEANUP(json_release)
	json_t *back = part_shape(first, first->backout_parameters);

	strbuf_addf(md->out, "%zu ×  ", group->len);
	md_pre(md->out, first->target);
	for (size_t i = 0; i < group->len && i < md->most; i++) {
		const struct plan_step *step = group->items[i];

		strbuf_addc(md->out, ' ');
		md_pre(md->out, step->address);
	}
	if (group->len > md->most)
		strbuf_addf(md->out, " and %zu more", group->len - md->most);
	strbuf_addc(md->out, '\n');
	add_step(first, parameters, back, md->out);
}

void md_plan_steps(const struct markdown *md)
{
	const struct plan *plan = md->plan;
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	if (!plan->steps_len)
		return;
	if (plan->steps_len >= PART_STEPS_GROUPED_FROM)
		part_group_steps(plan, &groups);
	strbuf_addf(md->out,
		    "\n<details><summary>Calls, and what backs each out: "
		    "%zu</summary>\n\n<pre>\n",
		    plan->steps_len);
	for (size_t i = 0; i < groups.len && i < md->most; i++)
		add_step_group(md, &groups.items[i]);
	if (groups.len > md->most)
		strbuf_addf(md->out, "… and %zu kinds of call more\n",
			    groups.len - md->most);
	for (size_t i = 0; !groups.len && i < plan->steps_len && i < md->most;
	     i++) {
		const struct plan_step *step = &plan->steps[i];

		strbuf_addf(md->out, "%zu  ", i);
		md_pre(md->out, step->target);
		strbuf_addc(md->out, ' ');
		md_pre(md->out, step->address);
		strbuf_addc(md->out, '\n');
		add_step(step, step->parameters, step->backout_parameters,
			 md->out);
	}
	if (!groups.len && plan->steps_len > md->most)
		strbuf_addf(md->out, "… and %zu calls more\n",
			    plan->steps_len - md->most);
	strbuf_adds(md->out, "</pre>\n\n</details>\n");
}
