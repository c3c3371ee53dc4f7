#include "cmd/run_plan.h"

#include <string.h>

#include "cmd/expiry.h"
#include "cmd/message.h"
#include "cmd/notify.h"
#include "cmd/outcome.h"
#include "cmd/patch.h"
#include "cmd/progress.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/limits.h"
#include "plans/gate.h"
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

static struct execute_options
execute_options_of(const struct run_options *options, const json_t *allow)
{
	return (struct execute_options){
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
}

/* Whatever goes wrong now, something was changed before. */
static int wait_for_it(const struct session *session, const char *change_id,
		       int rc)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const int ended = expiry_wait(session, change_id, rc, &err);

	if (ended >= 0)
		return ended;
	status_line(NULL);
	print_error(&err);
	return EXIT_NOT_DONE;
}

/* Who has to hear of it, and what is left to do; the exit code. */
static int ended(const struct session *session, const struct plan *plan,
		 const struct run_options *options, bool undoes_itself,
		 struct execute_result *result)
{
	const int rc = print_outcome(session, plan, result);

	if (options->break_glass)
		tell_glass(session, plan, options->break_glass,
			   result->change_id);
	if (!strcmp(plan->kind, "backout") || undoes_itself)
		offer_patch(session, result->change_id);
	return options->confirm_within_s
		       ? wait_for_it(session, result->change_id, rc)
		       : rc;
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
	struct execute_options execute = execute_options_of(options, allow);

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
	return ended(session, plan, options, execute_undoes_itself(&execute),
		     &result);
}
