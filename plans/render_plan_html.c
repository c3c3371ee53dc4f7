/* A plan as a page: the same as for a pull request, in the same order. */
#include "plans/render.h"

#include <string.h>

#include "core/limits.h"
#include "plans/render_html.h"

static void add_fact(void *ctx, const char *label, const char *text, bool bad,
		     bool code)
{
	struct strbuf *out = ctx;

	html_fact(out, label);
	if (bad)
		html_badge(out, HTML_WARN, text);
	else if (code)
		html_code(out, text);
	else
		html_text(out, text);
	html_fact_end(out);
}

/* What has to be allowed to apply it. */
static void add_consent(const struct plan *plan, struct strbuf *out)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);

	for (size_t i = 0; part_classes[i]; i++) {
		if (!json_array_has(consent, part_classes[i]))
			continue;
		html_fact(out, "consent");
		html_badge(out, HTML_WARN, part_classes[i]);
		strbuf_addc(out, ' ');
		html_text(out, part_class(part_classes[i]));
		html_fact_end(out);
	}
}

static void add_head(const struct plan *plan, struct strbuf *out)
{
	const bool apply = !strcmp(plan->kind, "apply");
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&line, "aback%s%s plan: ", apply ? "" : " ",
		    apply ? "" : plan->kind);
	part_headline(plan, &line);
	html_begin(out, line.buf);
	html_heading(out, 1, NULL, "%s", line.buf);
	html_facts_begin(out);
	if (plan->reverses) {
		html_fact(out, "backs out");
		strbuf_adds(out, "change ");
		html_code(out, plan->reverses);
		html_text(out, part_is_redo(plan) ? PART_REDO : "");
		html_fact_end(out);
	}
	part_facts(plan, add_fact, out);
	add_consent(plan, out);
	html_fact_code(out, "from", part_desired_path(plan));
	html_fact_text(out, "made", plan->created_at);
	html_fact_code(out, "by", plan->created_by);
	html_fact_code(out, "plan", plan->id);
	html_facts_end(out);
}

static void add_summary_row(struct html_table *table,
			    const struct part_group *group)
{
	const struct plan_change *first = group->items[0];
	bool loud;
	const char *effect = part_effect_word(first->effect, &loud);

	html_row(table);
	html_cell(table);
	html_codef(table->out, "%.*s %s", (int)strcspn(first->address, "/"),
		   first->address, first->setting);
	html_cell(table);
	html_transition(table->out, first->before, first->after, first->unit);
	html_cell(table);
	strbuf_addf(table->out, "%zu", group->len);
	html_cell(table);
	if (loud)
		html_badge(table->out, HTML_WARN, effect);
	else
		html_text(table->out, effect);
	html_cell_text(table, part_reversibility(first));
	html_cell_text(table, first->severity);
	html_row_end(table);
}

/* One row for all changes that are alike, the worst first. */
static void add_summary(const struct plan *plan, struct strbuf *out)
{
	static const char *const columns[] = { "setting",   "change",
					       "resources", "takes effect",
					       "way back",  "severity",
					       NULL };
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };
	struct html_table table;

	if (!plan->changes_len)
		return;
	part_group_changes(plan, 0, plan->changes_len, &groups);
	html_heading(out, 2, "summary",
		     "In short: changes by setting, the worst first");
	html_table_begin(&table, out, "Changes by setting, the worst first",
			 columns);
	for (size_t i = 0; i < groups.len; i++)
		add_summary_row(&table, &groups.items[i]);
	html_table_end(&table);
}

/* ---- lists of entries ------------------------------------------------- */

/* prod cluster/orders:port 3306 → 3307 */
static void add_what(const json_t *entry, struct strbuf *out)
{
	const char *target = json_text(entry, "target");
	const char *address = json_text(entry, "address");
	const char *setting = json_text(entry, "setting");
	const json_t *before = json_object_get(entry, "before");
	const json_t *after = json_object_get(entry, "after");

	if (target || address)
		html_codef(out, "%s%s%s%s%s", target ? target : "",
			   target && address ? " " : "", address ? address : "",
			   setting ? ":" : "", setting ? setting : "");
	else
		strbuf_adds(out, "no resource");
	if (!before || !after || part_is_no_change(before, after))
		return;
	strbuf_addc(out, ' ');
	html_transition(out, before, after, part_unit(entry));
}

static bool is_prose(const char *key)
{
	return !strcmp(key, "reason") || !strcmp(key, "remedy");
}

static void add_cell(struct html_table *table, const json_t *entry,
		     const char *key)
{
	const json_t *value = json_object_get(entry, key);

	html_cell(table);
	if (!value || (json_is_null(value) && strcmp(key, "after") != 0))
		return;
	if (is_prose(key))
		html_text(table->out, json_text(entry, key));
	else
		html_value(table->out, value, part_unit(entry));
}

/* Entries that say the same are one row. */
static void add_row(struct html_table *table, const struct part_group *group,
		    const char *const *keys)
{
	const bool folded = group->len > PART_LISTED_MOST;

	html_row(table);
	html_cell(table);
	if (folded)
		strbuf_addf(table->out,
			    "<details><summary>%zu of them</summary>",
			    group->len);
	for (size_t i = 0; i < group->len; i++) {
		strbuf_adds(table->out, i ? "<br>" : "");
		add_what(group->items[i], table->out);
	}
	strbuf_adds(table->out, folded ? "</details>" : "");
	for (size_t k = 0; keys[k]; k++)
		add_cell(table, group->items[0], keys[k]);
	html_row_end(table);
}

static void add_list(void *ctx, const struct part_list *list,
		     const json_t *entries)
{
	struct strbuf *out = ctx;
	const char *columns[8] = { "what" };
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };
	struct html_table table;

	if (!json_array_size(entries))
		return;
	for (size_t i = 0; list->keys[i]; i++)
		columns[i + 1] = list->keys[i];
	html_heading(out, 2, NULL, "%s: %zu", list->title,
		     json_array_size(entries));
	part_group_entries(entries, list->keys, &groups);
	html_table_begin(&table, out, list->title, columns);
	for (size_t i = 0; i < groups.len; i++)
		add_row(&table, &groups.items[i], list->keys);
	html_table_end(&table);
}

void render_plan_html(const struct plan *plan, struct strbuf *out)
{
	add_head(plan, out);
	add_summary(plan, out);
	part_lists(plan, add_list, out);
	html_plan_changes(plan, out);
	html_plan_three_way(plan, out);
	html_plan_steps(plan, out);
	html_plan_controls(plan, out);
	part_lists_last(plan, add_list, out);
	html_end(out);
}
