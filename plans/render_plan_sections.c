/* The parts of a plan that change nothing: blocked, waiting, held and so on. */
#include "plans/render_parts.h"

#include <string.h>

#include "core/limits.h"
#include "plans/catalogue.h"

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_text(entry, key);

	return text ? text : "";
}

/* "prod cluster/orders:port": what an entry is about. */
static void add_subject(const json_t *entry, struct strbuf *out)
{
	const char *address = json_text(entry, "address");
	const char *setting = json_text(entry, "setting");

	strbuf_adds(out, text_of(entry, "target"));
	if (address)
		strbuf_addf(out, "%s%s", out->len ? " " : "", address);
	if (setting)
		strbuf_addf(out, ":%s", setting);
}

/* `before → after` where the entry has them. */
static void add_entry_values(const json_t *entry, struct strbuf *out)
{
	const json_t *before = json_object_get(entry, "before");
	const json_t *after = json_object_get(entry, "after");
	const char *unit = part_unit(entry);

	if ((!before && !after) || part_is_no_change(before, after))
		return;
	strbuf_adds(out, "  ");
	if (before)
		part_transition(before, after, unit, out);
	else
		part_value(after, unit, out);
}

/* A section of entries: a line for the subject and values, one a key. */
struct section {
	const char *title, *color;
	const char *keys[6];   /* shown, each on its own line, … */
	const char *labels[6]; /* … after this */
};

static void add_subject_line(struct page *page, const struct section *section,
			     const json_t *entry)
{
	CLEANUP(strbuf_release)
	struct strbuf subject = STRBUF_INIT(LIMIT_RENDERED);

	add_subject(entry, &subject);
	add_entry_values(entry, &subject);
	if (subject.len)
		page_line(page, 2, 6, section->color, "%s", subject.buf);
}

/* What it is about, then once what is the same for all of them. */
static void add_entries(struct page *page, const struct section *section,
			const struct part_group *group)
{
	const json_t *first = group->items[0];

	for (size_t i = 0; i < group->len && i < PART_LISTED_MOST; i++)
		add_subject_line(page, section, group->items[i]);
	if (group->len > PART_LISTED_MOST)
		page_line(page, 2, 6, section->color, "and %zu more",
			  group->len - PART_LISTED_MOST);
	for (size_t i = 0; section->keys[i]; i++) {
		const json_t *value = json_object_get(first, section->keys[i]);
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!value || json_is_null(value))
			continue;
		part_value(value, part_unit(first), &text);
		page_line(page, 4, 6, NULL, "%s%s", section->labels[i],
			  text.buf);
	}
}

static void add_section(struct page *page, const struct section *section,
			const json_t *entries)
{
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	if (!json_array_size(entries))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "%s", section->title);
	part_group_entries(entries, section->keys, &groups);
	for (size_t i = 0; i < groups.len; i++)
		add_entries(page, section, &groups.items[i]);
}

void page_blocked(struct page *page, const struct plan *plan)
{
	static const struct section blocked = {
		"Blocked: wanted, but not to be done now, or ever",
		PAGE_RED,
		{ "reason", "remedy" },
		{ "", "remedy: " }
	};
	static const struct section conflicts = {
		"Conflicts: left alone, for these reasons",
		PAGE_RED,
		{ "reason", "change", "set", "live", "prior" },
		{ "", "set by change ", "we set: ", "live is: ", "before us: " }
	};

	if (!page->style->brief)
		add_section(page, &blocked, plan->blocked);
	add_section(page, &conflicts, plan->conflicts);
}

void page_left_alone(struct page *page, const struct plan *plan)
{
	static const struct section waiting = {
		"Waiting: under way already, nothing to send",
		PAGE_YELLOW,
		{ "pending", "reason" },
		{ "pending: ", "" }
	};
	static const struct section held = {
		"Held: backed out before; 'aback release ADDR:SETTING' lets go",
		PAGE_YELLOW,
		{ "change", "at", "by", "reason" },
		{ "since change ", "of ", "by ", "" }
	};
	static const struct section waived = {
		"Waived", NULL, { "expires", "reason" }, { "until ", "" }
	};

	add_section(page, &waiting, plan->waiting);
	add_section(page, &held, plan->held);
	add_section(page, &waived, plan->waived);
}

/* A line each; of many with the same reason the first ones and a count. */
static void add_lines(struct page *page, const char *title, const char *color,
		      const json_t *entries)
{
	static const char *const keys[] = { "reason", NULL };
	CLEANUP(part_groups_release) struct part_groups groups = { 0 };

	if (!json_array_size(entries))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "%s", title);
	part_group_entries(entries, keys, &groups);
	for (size_t i = 0; i < groups.len; i++) {
		const struct part_group *group = &groups.items[i];
		const char *reason = text_of(group->items[0], "reason");

		for (size_t k = 0; k < group->len && k < PART_LISTED_MOST;
		     k++) {
			CLEANUP(strbuf_release)
			struct strbuf subject = STRBUF_INIT(LIMIT_RENDERED);

			add_subject(group->items[k], &subject);
			page_line(page, 2, 6, color, "%s%s%s", subject.buf,
				  subject.len ? ": " : "", reason);
		}
		if (group->len > PART_LISTED_MOST)
			page_line(page, 2, 6, color, "and %zu more: %s",
				  group->len - PART_LISTED_MOST, reason);
	}
}

void page_skipped(struct page *page, const struct plan *plan)
{
	add_lines(page, "To know", PAGE_YELLOW, plan->notes);
	add_lines(page, "Skipped", PAGE_DIM, plan->skipped);
}

/* Skipped, because what we created or changed there stays. */
static bool is_left_behind(const json_t *entry)
{
	const char *name = json_text(entry, "setting");
	const char *address = json_text(entry, "address");
	const struct setting *setting =
		name && address ? setting_at(address, name) : NULL;

	return setting && setting->left_behind &&
	       !strcmp(text_of(entry, "reason"), setting->left_behind);
}

void page_stays(struct page *page, const struct plan *plan)
{
	CLEANUP(json_release) json_t *left = json_array();
	json_t *entry;
	size_t i;

	json_array_foreach(plan->skipped, i, entry) {
		if (is_left_behind(entry))
			json_array_append(left, entry);
	}
	if (!strcmp(plan->kind, "backout"))
		add_lines(page, "To know", PAGE_YELLOW, plan->notes);
	add_lines(page, "Stays", PAGE_YELLOW, left);
}
