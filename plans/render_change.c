/* A change record: what was done, by whom, how far it got, what is next. */
#include "plans/render.h"

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/render_parts.h"
#include "plans/verify.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

static const char *color_of(const char *state)
{
	if (!strcmp(state, "done") || !strcmp(state, "ok"))
		return PAGE_GREEN;
	if (!strcmp(state, "failed") || !strcmp(state, "refused") ||
	    !strcmp(state, "unfinished") || !strcmp(state, "unknown"))
		return PAGE_RED;
	return PAGE_YELLOW;
}

static void add_fact(void *ctx, const char *label, const char *text, bool bad,
		     bool code)
{
	(void)code;
	page_line(ctx, 0, 2, bad ? PAGE_RED : NULL, "%s: %s", label, text);
}

static void add_head(struct page *page, const struct change_view *view)
{
	const struct record *record = view->record;
	const json_t *change = record->change;
	const char *state = part_state(record);
	const char *reason = json_text(change, "reason");
	const char *reverses = json_text(change, "reverses");
	const char *finished = json_text(record->result, "finished_at");
	CLEANUP(strbuf_release)
	struct strbuf verified = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf gate = STRBUF_INIT(LIMIT_MESSAGE);

	page_line(page, 0, 2, PAGE_BOLD, "change %s", record->id);
	page_line(page, 0, 2, color_of(state), "%s: %s",
		  text_of(change, "kind"), state);
	page_line(page, 0, 2, NULL, "by %s (%s on %s)",
		  text_of(change, "caller"), text_of(change, "user"),
		  text_of(change, "host"));
	page_line(page, 0, 2, NULL, "begun %s%s%s",
		  text_of(change, "started_at"), finished ? ", ended " : "",
		  finished ? finished : "");
	if (reverses)
		page_line(page, 0, 2, NULL, "backs out change %s", reverses);
	if (reason)
		page_line(page, 0, 2, NULL, "reason: %s", reason);
	page_line(page, 0, 2, PAGE_DIM, "plan %s", text_of(change, "plan_id"));
	gate_text(json_object_get(change, "gate"), &gate);
	if (gate.len)
		page_line(page, 0, 2, NULL, "gate: %s", gate.buf);
	part_account(view, add_fact, page);
	proof_summary_text(view->verified, &verified);
	if (verified.len)
		page_line(page, 0, 2, NULL, "verified %s", verified.buf);
}

static void add_changes(struct page *page, const struct change_view *view)
{
	const char *target = "", *address = "";

	for (size_t i = 0; i < view->plan->changes_len; i++) {
		const struct plan_change *change = &view->plan->changes[i];
		const char *state = part_change_state(view->record, change);
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		if (strcmp(target, change->target) != 0 ||
		    strcmp(address, change->address) != 0) {
			target = change->target;
			address = change->address;
			page_blank(page);
			page_line(page, 0, 2, PAGE_BOLD, "%s %s", target,
				  address);
		}
		part_transition(change->before, change->after, change->unit,
				&text);
		page_line(page, 2, 6, *state ? color_of(state) : NULL,
			  "~ %s  %s%s%s", change->setting, text.buf,
			  *state ? "  " : "", state);
	}
}

/* Of what is not done it counts which of several like it that is. */
static void add_undone(struct page *page, const struct plan_step *step,
		       const struct part_end *end)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (strcmp(end->state, "done") != 0) {
		part_parameters(step->parameters, &text);
		page_line(page, 6, 8, NULL, "%s", text.buf);
	}
	if (*end->reason)
		page_line(page, 6, 8, NULL, "%s", end->reason);
}

static void add_steps(struct page *page, const struct change_view *view)
{
	CLEANUP(free_ptr) struct part_end *ends = part_ends(view);

	if (!view->plan->steps_len)
		return;
	page_blank(page);
	page_line(page, 0, 2, PAGE_BOLD, "Steps");
	for (size_t i = 0; i < view->plan->steps_len; i++) {
		const struct plan_step *step = &view->plan->steps[i];

		page_line(page, 2, 6, color_of(ends[i].state),
			  "%zu  %s %s  %s  %s", i, step->target, step->address,
			  step->call, ends[i].state);
		add_undone(page, step, &ends[i]);
		if (*ends[i].request)
			page_line(page, 6, 8, PAGE_DIM, "request %s",
				  ends[i].request);
	}
}

void render_change_text(const struct change_view *view,
			const struct render_style *style, struct strbuf *out)
{
	struct page page = { style, out };
	CLEANUP(strbuf_release)
	struct strbuf command = STRBUF_INIT(LIMIT_MESSAGE);
	const char *next = part_next(view, &command);

	add_head(&page, view);
	add_changes(&page, view);
	add_steps(&page, view);
	if (!next)
		return;
	page_blank(&page);
	page_line(&page, 0, 2, NULL, "%s:", next);
	/* a command is not wrapped: it is to be copied */
	strbuf_addf(out, "  %s\n", command.buf);
}

static void md_row(struct strbuf *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	strbuf_addf(out, "| %s | ", name);
	md_code(out, value);
	strbuf_adds(out, " |\n");
}

static void md_fact(void *ctx, const char *label, const char *text, bool bad,
		    bool code)
{
	(void)bad;
	(void)code;
	md_row(ctx, label, text);
}

static void md_head(const struct change_view *view, struct strbuf *out)
{
	const json_t *change = view->record->change;
	CLEANUP(strbuf_release)
	struct strbuf verified = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf gate = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_adds(out, "## change ");
	md_code(out, view->record->id);
	strbuf_adds(out, ": ");
	md_text(out, part_state(view->record));
	strbuf_adds(out, "\n\n| | |\n| --- | --- |\n");
	md_row(out, "kind", json_text(change, "kind"));
	md_row(out, "by", json_text(change, "caller"));
	md_row(out, "user", json_text(change, "user"));
	md_row(out, "host", json_text(change, "host"));
	md_row(out, "begun", json_text(change, "started_at"));
	md_row(out, "ended", json_text(view->record->result, "finished_at"));
	md_row(out, "backs out", json_text(change, "reverses"));
	md_row(out, "reason", json_text(change, "reason"));
	md_row(out, "plan", json_text(change, "plan_id"));
	gate_text(json_object_get(change, "gate"), &gate);
	md_row(out, "gate", gate.buf);
	part_account(view, md_fact, out);
	proof_summary_text(view->verified, &verified);
	md_row(out, "verified", verified.buf);
}

static void md_changes(const struct change_view *view, struct strbuf *out)
{
	strbuf_adds(out, "\n| resource | setting | change | state |\n"
			 "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < view->plan->changes_len; i++) {
		const struct plan_change *change = &view->plan->changes[i];
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
		CLEANUP(free_ptr)
		char *where =
			xasprintf("%s %s", change->target, change->address);

		part_transition(change->before, change->after, change->unit,
				&text);
		strbuf_adds(out, "| ");
		md_code(out, where);
		strbuf_adds(out, " | ");
		md_code(out, change->setting);
		strbuf_adds(out, " | ");
		md_code(out, text.buf);
		strbuf_adds(out, " | ");
		md_text(out, part_change_state(view->record, change));
		strbuf_adds(out, " |\n");
	}
}

static void md_steps(const struct change_view *view, struct strbuf *out)
{
	CLEANUP(free_ptr) struct part_end *ends = part_ends(view);

	strbuf_addf(out,
		    "\n<details><summary>Calls: %zu</summary>\n\n"
		    "| step | resource | call | state | request |\n"
		    "| ---: | --- | --- | --- | --- |\n",
		    view->plan->steps_len);
	for (size_t i = 0; i < view->plan->steps_len; i++) {
		const struct plan_step *step = &view->plan->steps[i];

		strbuf_addf(out, "| %zu | ", i);
		md_code(out, step->address);
		strbuf_adds(out, " | ");
		md_code(out, step->call);
		strbuf_adds(out, " | ");
		md_text(out, ends[i].state);
		if (*ends[i].reason) {
			strbuf_adds(out, ": ");
			md_text(out, ends[i].reason);
		}
		strbuf_adds(out, " | ");
		md_code(out, ends[i].request);
		strbuf_adds(out, " |\n");
	}
	strbuf_adds(out, "\n</details>\n");
}

void render_change_markdown(const struct change_view *view, struct strbuf *out)
{
	md_head(view, out);
	md_changes(view, out);
	md_steps(view, out);
}

json_t *render_change_json(const struct change_view *view)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	json_t *whole = json_object();

	plan_write(view->plan, &bytes);
	(void)json_object_set_new(whole, "id", json_string(view->record->id));
	(void)json_object_set_new(whole, "state",
				  json_string(part_state(view->record)));
	(void)json_object_set(whole, "change", view->record->change);
	(void)json_object_set_new(
		whole, "plan",
		json_loadb(bytes.buf, bytes.len, JSON_REJECT_DUPLICATES, NULL));
	(void)json_object_set(whole, "prior", (json_t *)(uintptr_t)view->prior);
	(void)json_object_set(whole, "journal",
			      (json_t *)(uintptr_t)view->journal);
	if (view->record->result)
		(void)json_object_set(whole, "result", view->record->result);
	else
		(void)json_object_set_new(whole, "result", json_null());
	if (view->verified)
		(void)json_object_set(whole, "verified",
				      (json_t *)(uintptr_t)view->verified);
	if (json_is_object(view->confirm))
		(void)json_object_set(whole, "confirm",
				      (json_t *)(uintptr_t)view->confirm);
	return whole;
}
