#include "cmd/outcome.h"

#include <string.h>

#include "cmd/message.h"
#include "core/json.h"
#include "core/limits.h"
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

/* "  step 3 failed: why", or "  steps 3 to 7 …" where they are alike. */
static void add_undone_steps(const json_t *steps, size_t first, size_t last,
			     struct strbuf *out)
{
	const json_t *step = json_array_get(steps, first);
	const char *reason = json_text(step, "reason");

	if (first == last)
		strbuf_addf(out, "  step %zu ", first);
	else
		strbuf_addf(out, "  steps %zu to %zu ", first, last);
	add_text(out, json_text(step, "state"));
	if (reason && *reason) {
		strbuf_adds(out, ": ");
		add_text(out, reason);
	}
	strbuf_addc(out, '\n');
}

/* Steps that are not done, with their reasons. Steps stand by index. */
static void add_undone(const json_t *result, struct strbuf *out)
{
	const json_t *steps = json_object_get(result, "steps");
	size_t len = json_array_size(steps);

	for (size_t first = 0, next; first < len; first = next) {
		const json_t *step = json_array_get(steps, first);
		const char *state = json_text(step, "state");

		for (next = first + 1; next < len; next++) {
			if (!is_alike(step, json_array_get(steps, next)))
				break;
		}
		if (state && strcmp(state, "done") != 0)
			add_undone_steps(steps, first, next - 1, out);
	}
}

/* Was anything sent that may have had an effect? */
static bool has_effect(const json_t *result)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(result, "steps"), i, step) {
		const char *state = json_text(step, "state");

		if (state && strcmp(state, "skipped") != 0)
			return true;
	}
	return false;
}

static void add_next(const struct execute_result *result, struct strbuf *out)
{
	const char *id = result->change_id;

	if (!strcmp(result->state, "unfinished"))
		strbuf_addf(out, "account for it with:\n  aback resume %s\n",
			    id);
	else if (!strcmp(result->state, "backed_out") ||
		 !has_effect(result->result))
		strbuf_adds(out, "nothing of it is left; a plan runs once, so "
				 "for another try make a new one\n");
	else if (!strcmp(result->state, "waiting"))
		strbuf_addf(out,
			    "look again with:\n  aback show %s\n"
			    "back it out with:\n  aback backout %s\n",
			    id, id);
	else
		strbuf_addf(out, "back it out with:\n  aback backout %s\n", id);
	if (!result->pushed)
		strbuf_adds(out, "the record could not be pushed; the next "
				 "command that writes the store pushes it\n");
}

int print_outcome(const struct session *session,
		  const struct execute_result *result)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	bool done = !strcmp(result->state, "done");

	if (session->args->format == FORMAT_JSON) {
		json_canonical(result->result, &text);
	} else {
		strbuf_addf(&text, "\nchange %s\n%s\n", result->change_id,
			    ending_of(result->state));
		add_undone(result->result, &text);
		add_next(result, &text);
	}
	print_result(&text);
	if (error_is_set(&result->trouble))
		print_error(&result->trouble);
	if (done)
		return EXIT_DONE;
	return interrupted ? EXIT_INTERRUPTED : EXIT_NOT_DONE;
}
