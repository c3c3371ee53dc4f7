/*
 * A plan for a pull request: what it costs and a table by setting first, each
 * resource and each call folded below.
 */
#include "plans/render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_parts.h"

static void add_code_of(struct strbuf *out, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

static void add_code_of(struct strbuf *out, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	md_code(out, text);
}

static void add_title(const struct plan *plan, struct strbuf *out)
{
	const char *path = part_desired_path(plan);

	strbuf_adds(out, "## aback");
	if (strcmp(plan->kind, "apply") != 0)
		strbuf_addf(out, " %s", plan->kind);
	strbuf_adds(out, " plan: ");
	part_headline(plan, out);
	strbuf_adds(out, "\n\n");
	if (path) {
		strbuf_adds(out, "Desired state ");
		md_code(out, path);
		strbuf_adds(out, ", made ");
	} else {
		strbuf_adds(out, "Made ");
	}
	md_text(out, plan->created_at);
	strbuf_adds(out, " by ");
	md_code(out, plan->created_by);
	if (plan->reverses) {
		strbuf_adds(out, ", backs out change ");
		md_code(out, plan->reverses);
	}
	strbuf_adds(out, ".\n");
}

static void add_consent(const struct plan *plan, struct strbuf *out)
{
	CLEANUP(json_release) json_t *consent = plan_consent(plan);
	CLEANUP(json_release) json_t *backout = part_backout_consent(plan);
	CLEANUP(strbuf_release)
	struct strbuf allow = STRBUF_INIT(LIMIT_MESSAGE);

	if (!json_array_size(consent) && !json_array_size(backout))
		return;
	strbuf_addc(out, '\n');
	for (size_t i = 0; part_classes[i]; i++) {
		if (json_array_has(consent, part_classes[i]))
			strbuf_addf(out, "- :warning: **%s**: %s\n",
				    part_classes[i],
				    part_class(part_classes[i]));
	}
	part_allow(consent, &allow);
	if (allow.len)
		strbuf_addf(out, "- applying it needs `%s`\n", allow.buf + 1);
	strbuf_clear(&allow);
	part_allow(backout, &allow);
	if (allow.len)
		strbuf_addf(out, "- backing it out will need `%s`\n",
			    allow.buf + 1);
}

/* Before and after as code; sets as their added and removed members. */
static void add_transition(const json_t *before, const json_t *after,
			   const char *unit, struct strbuf *out)
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

static void add_group(const struct change_group *group, struct strbuf *out)
{
	const struct plan_change *first = group->first;

	strbuf_adds(out, "| ");
	add_code_of(out, "%.*s", (int)strcspn(first->address, "/"),
		    first->address);
	strbuf_addc(out, ' ');
	md_code(out, first->setting);
	strbuf_adds(out, " | ");
	add_transition(first->before, first->after, first->unit, out);
	strbuf_addf(out, " | %zu | ", group->len);
	if (!strcmp(first->effect, "restart") ||
	    !strcmp(first->effect, "reboot"))
		strbuf_addf(out, "**%s**", first->effect);
	else
		md_text(out, first->effect);
	strbuf_adds(out, " | ");
	md_text(out, part_reversibility(first->reversibility));
	strbuf_adds(out, " |\n");
}

static void add_summary(const struct plan *plan, struct strbuf *out)
{
	CLEANUP(change_groups_release) struct change_groups groups = { 0 };

	if (!plan->changes_len)
		return;
	change_groups_make(plan, &groups);
	strbuf_adds(out, "\n| setting | change | resources | takes effect | "
			 "way back |\n| --- | --- | ---: | --- | --- |\n");
	for (size_t i = 0; i < groups.len; i++)
		add_group(&groups.items[i], out);
}

static void add_subject(const json_t *entry, struct strbuf *out)
{
	const char *target = json_text(entry, "target");
	const char *address = json_text(entry, "address");
	const char *setting = json_text(entry, "setting");

	if (!target && !address)
		return;
	add_code_of(out, "%s%s%s%s%s", target ? target : "",
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
	part_value(value, NULL, &text);
	if (!strcmp(key, "reason") || !strcmp(key, "remedy"))
		md_text(out, text.buf);
	else
		md_code(out, text.buf);
}

/* A table of entries, folded or not; keys ends with NULL. */
static void add_table(const char *title, bool folded, const char *const *keys,
		      const json_t *entries, struct strbuf *out)
{
	json_t *entry;
	size_t i;

	if (!json_array_size(entries))
		return;
	if (folded)
		strbuf_addf(out, "\n<details><summary>%s: %zu</summary>\n\n",
			    title, json_array_size(entries));
	else
		strbuf_addf(out, "\n### %s: %zu\n\n", title,
			    json_array_size(entries));
	strbuf_adds(out, "| what |");
	for (size_t k = 0; keys[k]; k++)
		strbuf_addf(out, " %s |", keys[k]);
	strbuf_adds(out, "\n| --- |");
	for (size_t k = 0; keys[k]; k++)
		strbuf_adds(out, " --- |");
	strbuf_addc(out, '\n');
	json_array_foreach(entries, i, entry) {
		strbuf_adds(out, "| ");
		add_subject(entry, out);
		for (size_t k = 0; keys[k]; k++) {
			strbuf_adds(out, " | ");
			add_cell(entry, keys[k], out);
		}
		strbuf_adds(out, " |\n");
	}
	if (folded)
		strbuf_adds(out, "\n</details>\n");
}

static void add_not_done(const struct plan *plan, struct strbuf *out)
{
	static const char *const blocked[] = { "before", "after", "reason",
					       "remedy", NULL };
	static const char *const conflicts[] = { "set", "live", "prior",
						 "reason", NULL };
	static const char *const waiting[] = { "pending", "reason", NULL };
	static const char *const held[] = { "after", "change", "by", "reason",
					    NULL };
	static const char *const waived[] = { "expires", "reason", NULL };

	add_table("Blocked", false, blocked, plan->blocked, out);
	add_table("Conflicts", false, conflicts, plan->conflicts, out);
	add_table("Waiting", false, waiting, plan->waiting, out);
	add_table("Held", false, held, plan->held, out);
	add_table("Waived", true, waived, plan->waived, out);
}

static void add_change(const struct plan *plan,
		       const struct plan_change *change, struct strbuf *out)
{
	const char *path = part_desired_path(plan);
	CLEANUP(strbuf_release)
	struct strbuf controls = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_adds(out, "| ");
	add_code_of(out, "%s", change->address);
	strbuf_adds(out, " | ");
	md_code(out, change->setting);
	strbuf_adds(out, " | ");
	add_transition(change->before, change->after, change->unit, out);
	strbuf_adds(out, " | ");
	if (change->rule_name) {
		md_text(out, change->rule_name);
		strbuf_addc(out, ' ');
		add_code_of(out, "%s:%" PRId64, path ? path : "",
			    change->rule_line);
	}
	strbuf_adds(out, " | ");
	part_join(change->controls, &controls);
	md_text(out, controls.buf);
	strbuf_adds(out, " |\n");
}

static void add_changes(const struct plan *plan, struct strbuf *out)
{
	size_t i = 0;

	while (i < plan->changes_len) {
		const char *target = plan->changes[i].target;
		size_t end = i;

		while (end < plan->changes_len &&
		       !strcmp(plan->changes[end].target, target))
			end++;
		strbuf_adds(out, "\n<details><summary>");
		md_code(out, target);
		strbuf_addf(out,
			    ": %zu</summary>\n\n| resource | setting | change "
			    "| rule | controls |\n"
			    "| --- | --- | --- | --- | --- |\n",
			    end - i);
		for (; i < end; i++)
			add_change(plan, &plan->changes[i], out);
		strbuf_adds(out, "\n</details>\n");
	}
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

static void add_steps(const struct plan *plan, struct strbuf *out)
{
	if (!plan->steps_len)
		return;
	strbuf_addf(out,
		    "\n<details><summary>Calls, and what backs each out: "
		    "%zu</summary>\n\n<pre>\n",
		    plan->steps_len);
	for (size_t i = 0; i < plan->steps_len; i++) {
		const struct plan_step *step = &plan->steps[i];

		strbuf_addf(out, "%zu  ", i);
		md_pre(out, step->target);
		strbuf_addc(out, ' ');
		md_pre(out, step->address);
		strbuf_addc(out, '\n');
		add_call("", step->call, step->parameters, out);
		if (json_object_size(step->companions))
			add_call("sent along unchanged: ", "", step->companions,
				 out);
		if (step->backout_call) {
			add_call("back: ", step->backout_call,
				 step->backout_parameters, out);
			continue;
		}
		strbuf_adds(out, "   no call backs it out: ");
		md_pre(out, step->backout_reason ? step->backout_reason : "");
		strbuf_addc(out, '\n');
	}
	strbuf_adds(out, "</pre>\n\n</details>\n");
}

void render_plan_markdown(const struct plan *plan, struct strbuf *out)
{
	static const char *const skipped[] = { "reason", NULL };

	add_title(plan, out);
	add_consent(plan, out);
	add_summary(plan, out);
	add_not_done(plan, out);
	add_changes(plan, out);
	add_steps(plan, out);
	add_table("Skipped", true, skipped, plan->skipped, out);
	strbuf_adds(out, "\n<sub>");
	md_code(out, plan->id);
	strbuf_adds(out, "</sub>\n");
}
