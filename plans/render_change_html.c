/* A change record, and the history of changes, as pages. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/history.h"
#include "plans/render.h"
#include "plans/render_html.h"
#include "plans/verify.h"

static void add_state(struct strbuf *out, const char *state)
{
	if (*state)
		html_badge(out, html_tone_of(state), state);
}

static void add_fact(void *ctx, const char *label, const char *text, bool bad,
		     bool code)
{
	(void)bad;
	(void)code;
	html_fact_text(ctx, label, text);
}

static void add_head(const struct change_view *view, struct strbuf *out)
{
	const json_t *change = view->record->change;
	const char *state = part_state(view->record);
	CLEANUP(free_ptr)
	char *title = xasprintf("change %s: %s", view->record->id, state);
	CLEANUP(strbuf_release)
	struct strbuf verified = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf gate = STRBUF_INIT(LIMIT_MESSAGE);

	html_begin(out, title);
	html_heading(out, 1, NULL, "change %s", view->record->id);
	html_facts_begin(out);
	html_fact(out, "state");
	add_state(out, state);
	html_fact_end(out);
	html_fact_text(out, "kind", json_text(change, "kind"));
	html_fact_code(out, "by", json_text(change, "caller"));
	html_fact_code(out, "user", json_text(change, "user"));
	html_fact_code(out, "host", json_text(change, "host"));
	html_fact_text(out, "begun", json_text(change, "started_at"));
	html_fact_text(out, "ended",
		       json_text(view->record->result, "finished_at"));
	html_fact_code(out, "backs out", json_text(change, "reverses"));
	html_fact_text(out, "reason", json_text(change, "reason"));
	html_fact_code(out, "plan", json_text(change, "plan_id"));
	gate_text(json_object_get(change, "gate"), &gate);
	html_fact_text(out, "gate", gate.buf);
	part_account(view, add_fact, out);
	proof_summary_text(view->verified, &verified);
	html_fact_text(out, "verified", verified.buf);
	html_facts_end(out);
}

static void add_next(const struct change_view *view, struct strbuf *out)
{
	CLEANUP(strbuf_release)
	struct strbuf command = STRBUF_INIT(LIMIT_MESSAGE);
	const char *next = part_next(view, &command);

	if (!next)
		return;
	strbuf_adds(out, "<p>");
	html_textf(out, "%s:", next);
	strbuf_adds(out, "</p>\n<pre>");
	html_text(out, command.buf);
	strbuf_adds(out, "</pre>\n");
}

static void add_changes(const struct change_view *view, struct strbuf *out)
{
	static const char *const columns[] = { "resource", "setting", "change",
					       "state", NULL };
	struct html_table table;

	html_heading(out, 2, "changes", "Changes: %zu",
		     view->plan->changes_len);
	html_table_begin(&table, out,
			 "What was to change, and what became of it", columns);
	for (size_t i = 0; i < view->plan->changes_len; i++) {
		const struct plan_change *change = &view->plan->changes[i];

		html_row(&table);
		html_cell(&table);
		html_codef(out, "%s %s", change->target, change->address);
		html_cell_code(&table, change->setting);
		html_cell(&table);
		html_transition(out, change->before, change->after,
				change->unit);
		html_cell(&table);
		add_state(out, part_change_state(view->record, change));
		html_row_end(&table);
	}
	html_table_end(&table);
}

/* Of what is not done it counts what was sent. */
static void add_end(struct strbuf *out, const struct plan_step *step,
		    const struct part_end *end)
{
	add_state(out, end->state);
	if (*end->reason) {
		strbuf_addc(out, ' ');
		html_text(out, end->reason);
	}
	if (strcmp(end->state, "done") != 0) {
		CLEANUP(strbuf_release)
		struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

		part_parameters(step->parameters, &text);
		strbuf_adds(out, "<br>");
		html_code(out, text.buf);
	}
}

static void add_steps(const struct change_view *view, struct strbuf *out)
{
	static const char *const columns[] = { "step",  "resource", "call",
					       "state", "request",  NULL };
	CLEANUP(free_ptr) struct part_end *ends = part_ends(view);
	struct html_table table;

	html_heading(out, 2, "calls", "Calls: %zu", view->plan->steps_len);
	html_table_begin(&table, out, "Each call, and how far it got", columns);
	for (size_t i = 0; i < view->plan->steps_len; i++) {
		const struct plan_step *step = &view->plan->steps[i];

		html_row(&table);
		html_cell(&table);
		strbuf_addf(out, "%zu", i);
		html_cell(&table);
		html_codef(out, "%s %s", step->target, step->address);
		html_cell_code(&table, step->call);
		html_cell(&table);
		add_end(out, step, &ends[i]);
		html_cell_code(&table, ends[i].request);
		html_row_end(&table);
	}
	html_table_end(&table);
}

void render_change_html(const struct change_view *view, struct strbuf *out)
{
	add_head(view, out);
	add_next(view, out);
	add_changes(view, out);
	html_plan_three_way(view->plan, out);
	add_steps(view, out);
	html_end(out);
}

/* ---- history ---------------------------------------------------------- */

static void add_settings(const json_t *entry, struct strbuf *out)
{
	static const char *const columns[] = { "setting", "values", "state",
					       NULL };
	const json_t *settings = json_object_get(entry, "settings");
	CLEANUP(free_ptr)
	char *caption = xasprintf("What %s set", json_text(entry, "change"));
	struct html_table table;
	json_t *setting;
	size_t i;

	if (!json_array_size(settings))
		return;
	html_table_begin(&table, out, caption, columns);
	json_array_foreach(settings, i, setting) {
		const char *state = json_text(setting, "state");

		html_row(&table);
		html_cell(&table);
		html_codef(out, "%s %s:%s", json_text(setting, "target"),
			   json_text(setting, "address"),
			   json_text(setting, "setting"));
		html_cell(&table);
		html_transition(out, json_object_get(setting, "before"),
				json_object_get(setting, "after"),
				json_text(setting, "unit"));
		html_cell(&table);
		add_state(out, state ? state : "");
		html_row_end(&table);
	}
	html_table_end(&table);
}

static void add_entry(const json_t *entry, struct strbuf *out)
{
	const char *state = json_text(entry, "state");
	CLEANUP(strbuf_release)
	struct strbuf confirm = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release)
	struct strbuf verified = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(strbuf_release) struct strbuf gate = STRBUF_INIT(LIMIT_MESSAGE);

	html_heading(out, 2, json_text(entry, "change"), "%s",
		     json_text(entry, "change"));
	html_facts_begin(out);
	html_fact(out, "state");
	add_state(out, state ? state : "");
	html_fact_end(out);
	html_fact_text(out, "kind", json_text(entry, "kind"));
	html_fact_text(out, "begun", json_text(entry, "at"));
	html_fact_code(out, "by", json_text(entry, "by"));
	html_fact_code(out, "backs out", json_text(entry, "reverses"));
	html_fact_text(out, "reason", json_text(entry, "reason"));
	gate_text(json_object_get(entry, "gate"), &gate);
	html_fact_text(out, "gate", gate.buf);
	(void)part_confirm(json_object_get(entry, "confirm"), &confirm);
	html_fact_text(out, "confirmation", confirm.buf);
	proof_summary_text(json_object_get(entry, "verified"), &verified);
	html_fact_text(out, "verified", verified.buf);
	html_facts_end(out);
	add_settings(entry, out);
}

void render_history_html(const json_t *history, struct strbuf *out)
{
	json_t *entry;
	size_t i;

	html_begin(out, "aback: history of changes");
	html_heading(out, 1, NULL, "History of changes: %zu",
		     json_array_size(history));
	json_array_foreach(history, i, entry)
		add_entry(entry, out);
	html_end(out);
}
