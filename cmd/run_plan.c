#include "cmd/run_plan.h"

#include <string.h>

#include "cmd/expiry.h"
#include "cmd/message.h"
#include "cmd/notify.h"
#include "cmd/outcome.h"
#include "cmd/progress.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired_patch.h"
#include "plans/gate.h"
#include "plans/hold.h"
#include "plans/notification.h"

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

/* Each line as a note; the first ones of those that belong together say so. */
static void tell_lines(const char *what, const struct strbuf *lines)
{
	for (const char *line = lines->buf; *line;) {
		const size_t len = strcspn(line, "\n");
		const bool goes_on = *line == ' ' || *line == '-';

		note("%s%.*s", goes_on ? "  " : what, (int)len, line);
		line += len + (line[len] == '\n');
	}
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
	CLEANUP(strbuf_release)
	struct strbuf why = STRBUF_INIT(LIMIT_DESIRED_FILE);
	CLEANUP(release_holds) struct holds holds = { 0 };

	if (file_read(path, LIMIT_DESIRED_FILE, &text, err) ||
	    holds_load(session->store, &holds, err))
		return -1;
	desired_patch(session->desired, slash ? slash + 1 : path, text.buf,
		      text.len, &holds, change_id, &patch, &why);
	tell_lines("not in a patch: ", &why);
	if (!patch.len)
		return 0;
	if (file_write(to, patch.buf, patch.len, 0644, err))
		return -1;
	note("what was restored is held; to make %s ask for it too:", path);
	note("  patch %s %s", path, to);
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

/* Who watches over the gate hears of it at once. */
static void tell_glass(const struct session *session, const struct plan *plan,
		       const char *reason, const char *change_id)
{
	CLEANUP(strbuf_release) struct strbuf what = STRBUF_INIT(LIMIT_MESSAGE);
	struct broken_glass glass = {
		.reason = reason,
		.change_id = change_id,
		.caller = session->places.caller_arn,
	};

	render_plan_headline(plan, &what);
	glass.what = what.buf;
	if (session->desired)
		notify_people(session->desired, OCCASION_BREAK_GLASS,
			      notification_of_break_glass(&glass, clock_now()));
}

int run_plan(struct session *session, const struct plan *plan,
	     const char *bytes, size_t len, const struct run_options *options,
	     struct error *err)
{
	CLEANUP(json_release) json_t *allow = array_of(options->allow);
	CLEANUP(gate_passed_release) struct gate_passed gate = { 0 };
	const struct gate_request request = {
		.store = session->store,
		.desired = session->desired,
		.plan = plan,
		.bytes = bytes,
		.len = len,
		.break_glass = options->break_glass,
		.now = clock_now(),
	};
	CLEANUP(release_result) struct execute_result result = { 0 };
	struct execute_options execute = {
		.allow = allow,
		.deadline_s = options->deadline_s,
		.on_failure = options->on_failure,
		.reason = options->reason,
		.no_session_policy = options->no_session_policy,
		.confirm_within_s = options->confirm_within_s,
		.rollout = options->rollout,
		.interrupted = &interrupted,
		.progress = progress_show,
	};
	int rc;

	show(session, plan, options->yes);
	if (gate_check(&request, &gate, err))
		return -1;
	execute.gate = gate.record;
	execute.restart_until = gate.restart_until;
	if (execute_check(plan, session->desired, session->store, &execute,
			  err))
		return -1;
	if (!plan->steps_len) {
		note("the plan has no steps: nothing to do");
		return EXIT_DONE;
	}
	if (ask(plan, options, err) || check_stdout(err))
		return -1;
	if (!session->aws &&
	    session_open_aws(session, plan->targets, plan->targets_len, err))
		return -1;
	if (execute_plan(session->aws, &session->places, plan, bytes, len,
			 session->desired, session->store, &execute, &result,
			 err))
		return -1;
	rc = print_outcome(session, plan, &result);
	if (options->break_glass)
		tell_glass(session, plan, options->break_glass,
			   result.change_id);
	offer_patch(session, plan, &result);
	if (options->confirm_within_s)
		return expiry_wait(session, result.change_id, rc, err);
	return rc;
}
