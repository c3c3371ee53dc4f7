#include "cmd/outcome.h"

#include <string.h>

#include "cmd/message.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/terminal.h"

/* The words for how a change ended. */
static const struct {
	const char *state, *text;
} endings[] = {
	{ "done", "done: all of it reads back as planned" },
	{ "waiting", "not all of it is in effect yet: the rest waits for the "
		     "maintenance window or a reboot" },
	{ "failed", "not all of it was done" },
	{ "backed_out", "it failed, and what it had done was backed out" },
	{ "unfinished", "it was cut off before its end" },
};

static const char *ending_of(const char *state)
{
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		if (!strcmp(endings[i].state, state))
			return endings[i].text;
	}
	return state;
}

static void add_text(struct strbuf *out, const char *text)
{
	terminal_escape(out, text, false);
}

static bool is_alike(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "state"),
			  json_object_get(b, "state")) &&
	       json_equal(json_object_get(a, "reason"),
			  json_object_get(b, "reason"));
}

static size_t index_of(const json_t *step)
{
	return (size_t)json_integer_value(json_object_get(step, "index"));
}

/* " (rds:ModifyDBCluster of cluster/orders)" */
static void add_call(const struct plan *plan, size_t index, struct strbuf *out)
{
	if (index >= plan->steps_len)
		return;
	strbuf_adds(out, " (");
	add_text(out, plan->steps[index].call);
	strbuf_adds(out, " of ");
	add_text(out, plan->steps[index].address);
	strbuf_addc(out, ')');
}

/* "  step 3 (…) failed: why", or "  steps 3 to 7 …" where they are alike. */
static void add_undone_steps(const struct plan *plan, const json_t *steps,
			     const char *what, size_t first, size_t last,
			     struct strbuf *out)
{
	const json_t *step = json_array_get(steps, first);
	const char *reason = json_text(step, "reason");

	if (first == last)
		strbuf_addf(out, "  %sstep %zu", what, index_of(step));
	else
		strbuf_addf(out, "  %ssteps %zu to %zu", what, index_of(step),
			    index_of(step) + last - first);
	if (first == last)
		add_call(plan, index_of(step), out);
	strbuf_addc(out, ' ');
	add_text(out, json_text(step, "state"));
	if (reason && *reason) {
		strbuf_adds(out, ": ");
		add_text(out, reason);
	}
	strbuf_addc(out, '\n');
}

/* Steps that are not done, with their reasons. */
static void add_undone(const struct plan *plan, const json_t *steps,
		       const char *what, struct strbuf *out)
{
	size_t len = json_array_size(steps);

	for (size_t first = 0, next; first < len; first = next) {
		const json_t *step = json_array_get(steps, first);
		const char *state = json_text(step, "state");

		for (next = first + 1; next < len; next++) {
			const json_t *other = json_array_get(steps, next);

			if (!is_alike(step, other) ||
			    index_of(other) != index_of(step) + next - first)
				break;
		}
		if (state && strcmp(state, "done") != 0)
			add_undone_steps(plan, steps, what, first, next - 1,
					 out);
	}
}

/* Was anything sent that may have had an effect? */
static bool has_effect(const json_t *result)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(result, "steps"), i, step) {
		const char *state = json_text(step, "state");
		const bool failed = state && !strcmp(state, "failed");

		if (state && strcmp(state, "skipped") != 0 &&
		    (!failed || json_is_true(json_object_get(step, "sent"))))
			return true;
	}
	return false;
}

/* What to type next, on a line of its own. */
static void add_command(const struct session *session, const char *command,
			const char *id, const char *options, struct strbuf *out)
{
	strbuf_addf(out, "  aback %s %s%s", command, id, options);
	session_add_options(session, out);
	strbuf_addc(out, '\n');
}

static void add_sync(const struct session *session, struct strbuf *out)
{
	strbuf_adds(out, "the record could not be pushed to the remote; when "
			 "it can be reached again: aback state sync");
	session_add_options(session, out);
	strbuf_addc(out, '\n');
}

static void add_next(const struct session *session, const struct plan *plan,
		     const struct execute_result *result, struct strbuf *out)
{
	const char *id = result->change_id;
	CLEANUP(strbuf_release) struct strbuf back = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(free_ptr) char *branch = NULL;

	if (session_gate(session, &branch)) {
		strbuf_adds(&back, " -o back.json");
	} else {
		strbuf_adds(&back, " --apply");
		render_backout_allow(plan,
				     json_object_get(result->result, "changes"),
				     &back);
	}
	if (!strcmp(result->state, "unfinished")) {
		strbuf_adds(out, "account for it with:\n");
		add_command(session, "resume", id, "", out);
	} else if (!strcmp(result->state, "backed_out")) {
		strbuf_adds(out, "what was backed out is held; for another "
				 "try, make a new plan, after 'aback release "
				 "ADDR:SETTING'\n");
	} else if (!has_effect(result->result)) {
		strbuf_adds(out, "a plan runs once: for another try, make a "
				 "new one\n");
	} else {
		if (!strcmp(result->state, "waiting"))
			strbuf_adds(out, "'aback plan' lists it as waiting "
					 "until it is in effect\n");
		strbuf_adds(out, strcmp(plan->kind, "backout")
					 ? "back it out with:\n"
					 : "redo what it undid with:\n");
		add_command(session, "backout", id, back.buf, out);
	}
	if (!result->pushed && store_has_remote(session->store))
		add_sync(session, out);
}

/* Did it fail before anything was changed? */
static bool is_vain(const struct execute_result *result)
{
	return !strcmp(result->state, "failed") && !has_effect(result->result);
}

static int exit_code_of(const struct execute_result *result)
{
	if (!strcmp(result->state, "done"))
		return EXIT_DONE;
	if (interrupted)
		return EXIT_INTERRUPTED;
	return is_vain(result) ? EXIT_ERROR : EXIT_NOT_DONE;
}

/* The result as JSON; what is next goes to stderr. */
static void print_json(const struct session *session,
		       const struct execute_result *result)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	json_canonical(result->result, &text);
	print_result(&text);
	if (!result->pushed && store_has_remote(session->store)) {
		strbuf_clear(&text);
		add_sync(session, &text);
		warn("%.*s", (int)text.len - 1, text.buf);
	}
}

static void add_words(const struct session *session, const struct plan *plan,
		      const struct execute_result *result, struct strbuf *out)
{
	strbuf_addf(out, "\nchange %s\n%s\n", result->change_id,
		    is_vain(result) ? "none of it was done; nothing was changed"
				    : ending_of(result->state));
	add_undone(plan, json_object_get(result->result, "steps"), "", out);
	add_undone(plan, json_object_get(result->result, "backout"),
		   "the backout of ", out);
	add_next(session, plan, result, out);
}

/* A page of the change's record; the words go to stderr. */
static void print_page(const struct session *session, const struct plan *plan,
		       const struct execute_result *result)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (session_print_change(session, result->change_id, &err))
		print_error(&err);
	add_words(session, plan, result, &text);
	print_for_people(&text);
}

int print_outcome(const struct session *session, const struct plan *plan,
		  const struct execute_result *result)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (!is_vain(result))
		mark_changed();
	switch ((enum format)session->args->format) {
	case FORMAT_TEXT:
		add_words(session, plan, result, &text);
		print_result(&text);
		break;
	case FORMAT_JSON:
		print_json(session, result);
		break;
	case FORMAT_MARKDOWN:
	case FORMAT_HTML:
		print_page(session, plan, result);
		break;
	}
	if (store_unsigned(session->store))
		warn("the end of the change was recorded without a signature: "
		     "%s",
		     store_unsigned(session->store));
	if (error_is_set(&result->trouble))
		print_error(&result->trouble);
	return exit_code_of(result);
}
