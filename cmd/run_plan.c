#include "cmd/run_plan.h"

#include <string.h>

#include "cmd/message.h"
#include "cmd/progress.h"
#include "core/file.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/terminal.h"
#include "plans/desired_patch.h"
#include "plans/hold.h"

static json_t *array_of(const struct words *words)
{
	json_t *array = json_array();

	for (size_t i = 0; i < words->len; i++)
		json_array_add_unique(array, words->items[i]);
	return array;
}

/*
 * Show what will be done: whole to whoever is asked (on stderr where stdout is
 * a program's), in short where --yes says that it was looked at.
 */
static void show(const struct session *session, const struct plan *plan,
		 bool yes)
{
	struct render_style style = session_style(session);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (yes &&
	    (session->args->quiet || session->args->format != FORMAT_TEXT))
		return;
	style.brief = yes;
	render_plan_text(plan, &style, &text);
	if (session->args->format == FORMAT_TEXT)
		print_result(&text);
	else
		print_for_people(&text);
}

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

/* The question says again how much it is about: the plan has scrolled by. */
static int ask(const struct plan *plan, const struct run_options *options,
	       struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	render_plan_headline(plan, &text);
	strbuf_addf(&text, ". %s", options->question);
	return ask_yes(options->yes, text.buf, err);
}

static void release_result(struct execute_result *result)
{
	execute_result_release(result);
}

static void release_holds(struct holds *holds)
{
	holds_release(holds);
}

/*
 * After a backout: the patch that makes aback.yaml ask for what was restored,
 * beside it. What fails here changes nothing about the backout.
 */
static int write_patch(const struct session *session, const char *change_id,
		       struct error *err)
{
	const char *path = session->desired->path;
	const char *slash = strrchr(path, '/');
	CLEANUP(free_ptr) char *name = xasprintf("backout-%s.patch", change_id);
	CLEANUP(free_ptr) char *to = file_beside(path, name);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(strbuf_release)
	struct strbuf patch = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(release_holds) struct holds holds = { 0 };

	if (file_read(path, LIMIT_DESIRED_FILE, &text, err) ||
	    holds_load(session->store, &holds, err))
		return -1;
	desired_patch(session->desired, slash ? slash + 1 : path, text.buf,
		      text.len, &holds, change_id, &patch);
	if (!patch.len)
		return 0;
	if (file_write(to, patch.buf, patch.len, 0644, err))
		return -1;
	note("what was restored is held; to make %s agree: patch %s %s", path,
	     path, to);
	return 0;
}

static void offer_patch(const struct session *session, const struct plan *plan,
			const struct execute_result *result)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!session->desired || strcmp(plan->kind, "backout") != 0)
		return;
	if (write_patch(session, result->change_id, &err)) {
		error_message(&err, &text);
		warn("no patch for %s: %s", session->desired->path, text.buf);
	}
}

int run_plan(struct session *session, const struct plan *plan,
	     const char *bytes, size_t len, const struct run_options *options,
	     struct error *err)
{
	CLEANUP(json_release) json_t *allow = array_of(options->allow);
	CLEANUP(release_result) struct execute_result result = { 0 };
	const struct execute_options execute = {
		.allow = allow,
		.deadline_s = options->deadline_s,
		.on_failure = options->on_failure,
		.reason = options->reason,
		.interrupted = &interrupted,
		.progress = progress_show,
	};
	int rc;

	show(session, plan, options->yes);
	if (execute_check(plan, session->desired, session->store, &execute,
			  err))
		return -1;
	if (!plan->steps_len) {
		note("the plan has no steps: nothing to do");
		return EXIT_DONE;
	}
	if (ask(plan, options, err))
		return -1;
	if (!session->aws &&
	    session_open_aws(session, plan->targets, plan->targets_len, err))
		return -1;
	if (execute_plan(session->aws, &session->places, plan, bytes, len,
			 session->desired, session->store, &execute, &result,
			 err))
		return -1;
	rc = print_outcome(session, &result);
	offer_patch(session, plan, &result);
	return rc;
}
