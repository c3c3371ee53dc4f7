/*
 * A plan for a terminal, the worst things on top: what has to be allowed, what
 * cannot be done, then the changes, then the calls.
 */
#include "plans/render.h"

#include <inttypes.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_parts.h"

/* A class of consent lists so many of its changes one by one. */
#define LISTED_MOST 10
/* A change lists so many of its controls. */
#define CONTROLS_MOST 3
/* From so many changes on, a table by setting comes first. */
#define GROUPED_FROM 10

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
		page_line(page, 0, 2, NULL, "backs out change %s",
			  plan->reverses);
	page_line(page, 0, 2, PAGE_DIM, "made %s by %s", plan->created_at,
		  plan->created_by);
}

static void add_consent_class(struct page *page, const struct plan *plan,
			      const char *class)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!json_array_has(change->consent, class))
			continue;
		if (!count++)
			page_line(page, 2, 4, PAGE_RED, "! %s: %s", class,
				  part_class(class));
		if (count > LISTED_MOST || !strcmp(class, "many"))
			continue;
		part_transition(change->before, change->after, change->unit,
				&text);
		page_line(page, 6, 8, NULL, "%s %s:%s  %s", change->target,
			  change->address, change->setting, text.buf);
	}
	if (count > LISTED_MOST && strcmp(class, "many") != 0)
		page_line(page, 6, 8, NULL, "and %zu more",
			  count - LISTED_MOST);
}

/* What has to be allowed to apply it, and what to back it out. */
static void add_consent(struct page *page, const struct plan *plan)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);
	CLEANUP(json_release) json_t *backout = part_backout_consent(plan);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!json_array_size(consent) && !json_array_size(backout))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Before you apply it");
	for (size_t i = 0; part_classes[i]; i++) {
		if (json_array_has(consent, part_classes[i]))
			add_consent_class(page, plan, part_classes[i]);
	}
	if (json_array_size(consent)) {
		part_allow(consent, &text);
		page_line(page, 2, 4, NULL, "applying it needs%s", text.buf);
	}
	strbuf_clear(&text);
	if (json_array_size(backout)) {
		part_allow(backout, &text);
		page_line(page, 2, 4, NULL, "backing it out will need%s",
			  text.buf);
	}
}

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
	const char *unit = json_text(entry, "unit");

	if (!before && !after)
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

/* Do two entries say the same of what they are about? */
static bool says_the_same(const struct section *section, const json_t *a,
			  const json_t *b)
{
	for (size_t i = 0; section->keys[i]; i++) {
		if (!json_equal(json_object_get(a, section->keys[i]),
				json_object_get(b, section->keys[i])))
			return false;
	}
	return true;
}

/* What it is about; what it says only where the next says something else. */
static void add_entry(struct page *page, const struct section *section,
		      const json_t *entry, const json_t *next)
{
	CLEANUP(strbuf_release)
	struct strbuf subject = STRBUF_INIT(LIMIT_RENDERED);

	add_subject(entry, &subject);
	add_entry_values(entry, &subject);
	if (subject.len)
		page_line(page, 2, 6, section->color, "%s", subject.buf);
	if (next && says_the_same(section, entry, next))
		return;
	for (size_t i = 0; section->keys[i]; i++) {
		const json_t *value = json_object_get(entry, section->keys[i]);
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (!value || json_is_null(value))
			continue;
		part_value(value, NULL, &text);
		page_line(page, 4, 6, NULL, "%s%s", section->labels[i],
			  text.buf);
	}
}

static void add_section(struct page *page, const struct section *section,
			const json_t *entries)
{
	json_t *entry;
	size_t i;

	if (!json_array_size(entries))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "%s", section->title);
	json_array_foreach(entries, i, entry)
		add_entry(page, section, entry, json_array_get(entries, i + 1));
}

static void add_blocked(struct page *page, const struct plan *plan)
{
	static const struct section blocked = {
		"Blocked: wanted, but no call can do it",
		PAGE_RED,
		{ "reason", "remedy" },
		{ "", "remedy: " }
	};
	static const struct section conflicts = {
		"Conflicts: somebody else changed these; left alone",
		PAGE_RED,
		{ "reason", "change", "set", "live", "prior" },
		{ "", "set by change ", "we set: ", "live is: ", "before us: " }
	};

	if (!page->style->brief)
		add_section(page, &blocked, plan->blocked);
	add_section(page, &conflicts, plan->conflicts);
}

static void add_left_alone(struct page *page, const struct plan *plan)
{
	static const struct section waiting = {
		"Waiting: under way already, nothing to send",
		PAGE_YELLOW,
		{ "pending", "reason" },
		{ "pending: ", "" }
	};
	static const struct section held = {
		"Held: backed out before, left alone until released",
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

static void add_skipped(struct page *page, const struct plan *plan)
{
	json_t *entry;
	size_t i;

	if (!json_array_size(plan->skipped))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Skipped");
	json_array_foreach(plan->skipped, i, entry) {
		CLEANUP(strbuf_release)
		struct strbuf subject = STRBUF_INIT(LIMIT_RENDERED);

		add_subject(entry, &subject);
		page_line(page, 2, 6, PAGE_DIM, "%s%s%s", subject.buf,
			  subject.len ? ": " : "", text_of(entry, "reason"));
	}
}

/* Many changes: first how many of what. */
static void add_groups(struct page *page, const struct plan *plan)
{
	CLEANUP(change_groups_release) struct change_groups groups = { 0 };

	change_groups_make(plan, &groups);
	if (!groups.len ||
	    (!page->style->brief && (plan->changes_len < GROUPED_FROM ||
				     groups.len == plan->changes_len)))
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "In short");
	for (size_t i = 0; i < groups.len; i++) {
		const struct plan_change *first = groups.items[i].first;
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

static void add_members(struct page *page, const char *sign, const char *color,
			const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *members = part_minus(a, b);
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member)
		page_line(page, 8, 10, color, "%s %s", sign,
			  json_string_value(member));
}

static void add_values(struct page *page, const struct plan_change *change)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (part_is_set(change->before, change->after)) {
		page_line(page, 4, 8, PAGE_YELLOW, "~ %s", change->setting);
		add_members(page, "+", PAGE_GREEN, change->after,
			    change->before);
		add_members(page, "−", PAGE_RED, change->before, change->after);
		return;
	}
	part_transition(change->before, change->after, change->unit, &text);
	page_line(page, 4, 8, PAGE_YELLOW, "~ %s  %s", change->setting,
		  text.buf);
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
	if (undone && !plan->reverses)
		page_line(page, 8, 10, NULL, "undoes change %s", undone);
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

static void add_change(struct page *page, const struct plan *plan,
		       const struct plan_change *change)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release)
	struct strbuf allow = STRBUF_INIT(LIMIT_MESSAGE);

	add_values(page, change);
	part_effect(change, &text);
	strbuf_addf(&text, "; %s", part_reversibility(change->reversibility));
	if (change->severity)
		strbuf_addf(&text, "; severity %s", change->severity);
	part_allow(change->backout_consent, &allow);
	if (allow.len)
		strbuf_addf(&text, "; backing it out needs%s", allow.buf);
	page_line(page, 8, 10, NULL, "%s", text.buf);
	add_undone(page, plan, change);
	add_why(page, plan, change);
}

static const struct target *target_of(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->targets_len; i++) {
		if (!strcmp(plan->targets[i].name, name))
			return &plan->targets[i];
	}
	return NULL;
}

static void add_changes(struct page *page, const struct plan *plan)
{
	const char *target = "", *address = "";

	for (size_t i = 0; i < plan->changes_len; i++) {
		const struct plan_change *change = &plan->changes[i];
		bool other_target = strcmp(target, change->target) != 0;

		if (other_target) {
			const struct target *t =
				target_of(plan, change->target);

			target = change->target;
			page_blank(page);
			page_line(page, 0, 2, PAGE_BOLD, "%s%s%s%s%s%s", target,
				  t ? "  (" : "", t ? t->account_id : "",
				  t ? ", " : "", t ? t->region : "",
				  t ? ")" : "");
		}
		if (other_target || strcmp(address, change->address) != 0) {
			address = change->address;
			page_line(page, 2, 4, PAGE_BOLD, "%s", address);
		}
		add_change(page, plan, change);
	}
}

/* "DBClusterIdentifier=orders DeletionProtection=true" */
static void add_parameters(const json_t *parameters, struct strbuf *out)
{
	CLEANUP(json_release) json_t *keys = json_array();
	CLEANUP(json_release) json_t *sorted = NULL;
	json_t *value, *name;
	const char *key;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)parameters, key, value)
		(void)json_array_append_new(keys, json_string(key));
	sorted = json_sorted_set(keys);
	json_array_foreach(sorted, i, name) {
		key = json_string_value(name);
		strbuf_addf(out, "%s%s=", i ? " " : "", key);
		part_value(json_object_get(parameters, key), NULL, out);
	}
}

static void add_step(struct page *page, const struct plan_step *step,
		     size_t index)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	page_line(page, 2, 6, NULL, "%zu  %s %s  %s", index, step->target,
		  step->address, step->call);
	add_parameters(step->parameters, &text);
	page_line(page, 6, 6, NULL, "%s", text.buf);
	strbuf_clear(&text);
	if (json_object_size(step->companions)) {
		add_parameters(step->companions, &text);
		page_line(page, 6, 8, NULL, "sent along unchanged: %s",
			  text.buf);
		strbuf_clear(&text);
	}
	if (!step->backout_call) {
		page_line(page, 4, 6, PAGE_RED, "no call backs it out: %s",
			  step->backout_reason ? step->backout_reason : "");
		return;
	}
	add_parameters(step->backout_parameters, &text);
	page_line(page, 4, 6, PAGE_DIM, "back: %s %s", step->backout_call,
		  text.buf);
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

void render_plan_text(const struct plan *plan, const struct render_style *style,
		      struct strbuf *out)
{
	struct page page = { style, out };

	add_title(&page, plan);
	add_consent(&page, plan);
	add_blocked(&page, plan);
	if (style->brief) {
		add_groups(&page, plan);
		return;
	}
	add_left_alone(&page, plan);
	add_groups(&page, plan);
	add_changes(&page, plan);
	if (plan->steps_len) {
		page_blank(&page);
		page_line(&page, 0, 2, PAGE_BOLD,
			  "Steps: each call, and the one that takes it back");
	}
	for (size_t i = 0; i < plan->steps_len; i++)
		add_step(&page, &plan->steps[i], i);
	add_skipped(&page, plan);
}
