/*
 * A plan for a pull request: what it costs and a table by setting first, each
 * resource and each call folded below. A page that would be too long for a
 * comment lists less, and says so.
 */
#include "plans/render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_parts.h"

void md_code_of(struct strbuf *out, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	md_code(out, text);
}

static void add_fact(void *ctx, const char *label, const char *text, bool bad,
		     bool code)
{
	struct strbuf *out = ctx;

	strbuf_addf(out, "- **%s**: %s", label, bad ? ":warning: " : "");
	if (code)
		strbuf_addf(out, "`%s`", text);
	else
		md_text(out, text);
	strbuf_addc(out, '\n');
}

static void add_title(const struct plan *plan, struct strbuf *out)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);

	strbuf_adds(out, "## aback");
	if (strcmp(plan->kind, "apply") != 0)
		strbuf_addf(out, " %s", plan->kind);
	strbuf_adds(out, " plan: ");
	part_headline(plan, out);
	strbuf_adds(out, "\n\n");
	if (plan->reverses) {
		strbuf_adds(out, "- **backs out** change ");
		md_code(out, plan->reverses);
		strbuf_addf(out, "%s\n", part_is_redo(plan) ? PART_REDO : "");
	}
	part_facts(plan, add_fact, out);
	for (size_t i = 0; part_classes[i]; i++) {
		if (json_array_has(consent, part_classes[i]))
			strbuf_addf(out, "- :warning: **%s**: %s\n",
				    part_classes[i],
				    part_class(part_classes[i]));
	}
}

/* Where it comes from, for who wants to know. */
static void add_origin(const struct plan *plan, struct strbuf *out)
{
	const char *path = part_desired_path(plan);

	strbuf_adds(out, "\n<sub>");
	if (path) {
		strbuf_adds(out, "from ");
		md_code(out, path);
		strbuf_adds(out, ", made ");
	} else {
		strbuf_adds(out, "made ");
	}
	md_text(out, plan->created_at);
	if (*plan->created_by) {
		strbuf_adds(out, " by ");
		md_code(out, plan->created_by);
	}
	strbuf_adds(out, ", ");
	md_code(out, plan->id);
	strbuf_adds(out, "</sub>\n");
}

void md_transition(const json_t *before, const json_t *after, const char *unit,
		   struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (part_is_set(before, after)) {
		part_transition(before, after, unit, &text);
		md_code(out, text.buf);
		return;
	}
	part_value(before, json_is_integer(after) ? NULL : unit, &text);
	md_code(out, text.buf);
	strbuf_adds(out, " → ");
	strbuf_clear(&text);
	part_value(after, unit, &text);
	md_code(out, text.buf);
}

void md_group_cells(const struct part_group *group, struct strbuf *out)
{
	const struct plan_change *first = group->items[0];

	strbuf_adds(out, "| ");
	md_code_of(out, "%.*s %s", (int)strcspn(first->address, "/"),
		   first->address, first->setting);
	strbuf_adds(out, " | ");
	md_transition(first->before, first->after, first->unit, out);
}

/* One row for all changes that are alike, the worst first. */
static void add_summary(const struct markdown *md)
{
	struct strbuf *out = md->out;
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	if (!md->plan->changes_len)
		return;
	part_group_changes(md->plan, 0, md->plan->changes_len, &groups);
	strbuf_adds(out, "\n| setting | change | resources | takes effect | "
			 "way back | severity |\n"
			 "| --- | --- | ---: | --- | --- | --- |\n");
	for (size_t i = 0; i < groups.len && i < md->most; i++) {
		const struct plan_change *first = groups.items[i].items[0];
		bool loud;
		const char *effect = part_effect_word(first->effect, &loud);
		const char *mark = loud ? "**" : "";

		md_group_cells(&groups.items[i], out);
		strbuf_addf(out, " | %zu | %s%s%s | ", groups.items[i].len,
			    mark, effect, mark);
		md_text(out, part_reversibility(first));
		strbuf_adds(out, " | ");
		md_text(out, first->severity ? first->severity : "");
		strbuf_adds(out, " |\n");
	}
	if (groups.len > md->most)
		strbuf_addf(out, "\n… and %zu rows more\n",
			    groups.len - md->most);
}

static void add_subject(const json_t *entry, struct strbuf *out)
{
	const char *target = json_text(entry, "target");
	const char *address = json_text(entry, "address");
	const char *setting = json_text(entry, "setting");

	if (!target && !address)
		return;
	md_code_of(out, "%s%s%s%s%s", target ? target : "",
		   target && address ? " " : "", address ? address : "",
		   setting ? ":" : "", setting ? setting : "");
}

static void add_cell(const json_t *entry, const char *key, struct strbuf *out)
{
	const json_t *value = json_object_get(entry, key);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (!value || (json_is_null(value) && strcmp(key, "before") != 0 &&
		       strcmp(key, "after") != 0))
		return;
	part_value(value, part_unit(entry), &text);
	if (!strcmp(key, "reason") || !strcmp(key, "remedy"))
		md_text(out, text.buf);
	else
		md_code(out, text.buf);
}

/* `prod cluster/orders:port` 3306 → 3307 */
static void add_what(const json_t *entry, struct strbuf *out)
{
	const json_t *before = json_object_get(entry, "before");
	const json_t *after = json_object_get(entry, "after");

	add_subject(entry, out);
	if (!before || !after || part_is_no_change(before, after))
		return;
	strbuf_addc(out, ' ');
	md_transition(before, after, part_unit(entry), out);
}

/* Entries that say the same are one row. */
static void add_row(const struct markdown *md, const struct part_group *group,
		    const char *const *keys)
{
	strbuf_adds(md->out, "| ");
	for (size_t i = 0; i < group->len && i < md->most; i++) {
		strbuf_adds(md->out, i ? "<br>" : "");
		add_what(group->items[i], md->out);
	}
	if (group->len > md->most)
		strbuf_addf(md->out, "<br>and %zu more", group->len - md->most);
	for (size_t k = 0; keys[k]; k++) {
		strbuf_adds(md->out, " | ");
		add_cell(group->items[0], keys[k], md->out);
	}
	strbuf_adds(md->out, " |\n");
}

/* A table of entries, folded or not; keys ends with NULL. */
static void add_table(const struct markdown *md, const char *title, bool folded,
		      const char *const *keys, const json_t *entries)
{
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	if (!json_array_size(entries))
		return;
	strbuf_addf(md->out,
		    folded ? "\n<details><summary>%s: %zu</summary>\n\n"
			   : "\n### %s: %zu\n\n",
		    title, json_array_size(entries));
	strbuf_adds(md->out, "| what |");
	for (size_t k = 0; keys[k]; k++)
		strbuf_addf(md->out, " %s |", keys[k]);
	strbuf_adds(md->out, "\n| --- |");
	for (size_t k = 0; keys[k]; k++)
		strbuf_adds(md->out, " --- |");
	strbuf_addc(md->out, '\n');
	part_group_entries(entries, keys, &groups);
	for (size_t i = 0; i < groups.len && i < md->most; i++)
		add_row(md, &groups.items[i], keys);
	if (groups.len > md->most)
		strbuf_addf(md->out, "\n… and %zu rows more\n",
			    groups.len - md->most);
	if (folded)
		strbuf_adds(md->out, "\n</details>\n");
}

static void add_list(void *ctx, const struct part_list *list,
		     const json_t *entries)
{
	add_table(ctx, list->title, list->folded, list->keys, entries);
}

static void add_page(struct markdown *md)
{
	static const char *const three_way[] = { "set", "live", "becomes",
						 "member by member", NULL };
	CLEANUP(json_release)
	json_t *entries = part_three_way_entries(md->plan);

	add_title(md->plan, md->out);
	if (!md->most)
		strbuf_adds(md->out, "- lists are left out, to fit a comment; "
				     "the plan file has all of them\n");
	else if (md->most != SIZE_MAX)
		strbuf_addf(md->out,
			    "- lists are cut after %zu entries, to fit a "
			    "comment; the plan file has all of them\n",
			    md->most);
	add_summary(md);
	part_lists(md->plan, add_list, md);
	md_plan_changes(md);
	add_table(md, PART_THREE_WAY, true, three_way, entries);
	md_plan_steps(md);
	md_plan_controls(md);
	part_lists_last(md->plan, add_list, md);
	add_origin(md->plan, md->out);
}

void render_plan_markdown(const struct plan *plan, struct strbuf *out)
{
	/* how much of each list, until the page fits a comment */
	static const size_t cuts[] = { SIZE_MAX, 20, 5, 0 };
	struct strbuf CLEANUP(strbuf_release) page =
		STRBUF_INIT(LIMIT_RENDERED);

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		struct markdown md = { plan, &page, cuts[i] };

		strbuf_clear(&page);
		page.overflowed = false;
		add_page(&md);
		if (!page.overflowed && page.len <= PART_COMMENT_MOST)
			break;
	}
	strbuf_add(out, page.buf, page.len);
}
