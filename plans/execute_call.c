/* CALL: the intent, the request, and what its outcome means for the step. */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/execute_run.h"

#define MISSED "AWS found nothing to do: what the call names is not there"
#define EVENTUAL_MS (4 * INT64_C(60000)) /* IAM takes its time */

/* ---- CALL ------------------------------------------------------------- */

static const char *const outcome_names[] = {
	[AWS_OK] = "ok",
	[AWS_REFUSED] = "refused",
	[AWS_NOT_SENT] = "not_sent",
	[AWS_UNKNOWN] = "unknown",
};

static int journal_outcome(struct run *run, const struct run_step *step,
			   const struct aws_result *result)
{
	json_t *fields = json_object();

	json_object_set_new(fields, "outcome",
			    json_string(outcome_names[result->outcome]));
	json_object_set_new(fields, "status",
			    json_integer(result->http_status));
	json_object_set_new(fields, "code", json_from_text(result->code));
	json_object_set_new(fields, "message", json_from_text(result->message));
	json_object_set_new(fields, "request_id",
			    json_from_text(result->request_id));
	if (step->missed && result->outcome == AWS_OK) {
		json_object_set_new(fields, "missed", json_true());
		json_object_set_new(fields, "message", json_string(MISSED));
	}
	return run_journal(run, step, "outcome", fields);
}

/* "AccessDenied: not authorized to …", or what the client says. */
static char *refusal_text(const struct aws_result *result)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);

	if (*result->code)
		return xasprintf("%s: %s", result->code, result->message);
	if (result->error)
		error_message(result->error, &text);
	return xstrdup(text.buf);
}

/* The same codes, but nothing that waiting mends (catalogue: TF#30131). */
static bool hopeless_state(const char *message)
{
	return strstr(message, "healthy primary") ||
	       strstr(message, "pending orderable config change") ||
	       strstr(message, "still members of this parameter group");
}

static void fail_call(struct lane *lane, struct run_step *step,
		      const struct aws_result *result)
{
	char CLEANUP(free_ptr) *text = refusal_text(result);

	if (result->class == AWS_CLASS_CREDENTIALS && !lane->run->undoing)
		run_stop(lane->run, "%s", text);
	step_end(lane->run, step, STEP_FAILED, "%s", text);
	lane_next(lane);
}

/* Refused for a reason that may pass: look again, then send again. */
static void call_again(struct lane *lane, struct run_step *step,
		       const struct aws_result *result)
{
	if (lane_past_deadline(lane)) {
		fail_call(lane, step, result);
		return;
	}
	run_progress(lane->run, step, "waiting",
		     *result->code ? result->code : "AWS is busy");
	lane->phase = LANE_READY;
	lane_back_off(lane, LONGEST_DELAY_MS);
}

static void call_refused(struct lane *lane, struct run_step *step,
			 const struct aws_result *result)
{
	int64_t now = clock_monotonic_ms();

	step->sent = false;
	if (result->class == AWS_CLASS_STATE &&
	    !hopeless_state(result->message)) {
		call_again(lane, step, result);
	} else if (result->class == AWS_CLASS_EVENTUAL &&
		   (step->eventual_ms == 0 ||
		    now - step->eventual_ms < EVENTUAL_MS)) {
		if (step->eventual_ms == 0)
			step->eventual_ms = now;
		call_again(lane, step, result);
	} else if (result->class == AWS_CLASS_EXISTS ||
		   result->class == AWS_CLASS_NOT_FOUND) {
		free(step->refusal);
		step->refusal = refusal_text(result);
		lane_enter(lane, LANE_SETTLE, FIRST_LOOK_MS);
	} else {
		fail_call(lane, step, result);
	}
}

static void call_not_sent(struct lane *lane, struct run_step *step,
			  const struct aws_result *result)
{
	step->sent = false;
	if (run_interrupted(lane->run)) {
		step_leave(lane->run, step, "interrupted");
		lane_next(lane);
	} else if (result->class == AWS_CLASS_THROTTLING) {
		call_again(lane, step, result);
	} else {
		fail_call(lane, step, result);
	}
}

static void call_done(void *ctx, const struct aws_result *result)
{
	struct lane *lane = ctx;
	struct run_step *step = lane_step(lane);

	if (*result->request_id) {
		free(step->request_id);
		step->request_id = xstrdup(result->request_id);
	}
	/* a line that cannot be written halts the run; the step is then open */
	(void)journal_outcome(lane->run, step, result);
	switch (result->outcome) {
	case AWS_OK:
		if (step->missed) {
			/* it did nothing; one before it may have */
			step->sent = false;
			free(step->refusal);
			step->refusal = xstrdup(MISSED);
		} else {
			step->doubted = false;
		}
		lane_enter(lane, LANE_SETTLE, FIRST_LOOK_MS);
		break;
	case AWS_UNKNOWN:
		step->doubted = true;
		step->doubts++;
		run_progress(lane->run, step, "unknown",
			     "no answer from AWS: finding out by reading");
		lane_enter(lane, LANE_SETTLE, FIRST_LOOK_MS);
		break;
	case AWS_REFUSED:
		call_refused(lane, step, result);
		break;
	case AWS_NOT_SENT:
		call_not_sent(lane, step, result);
		break;
	}
}

/* Where the kind's answers tell of what was not found, listen. */
static const struct xml_paths *missed_paths(const struct kind_ops *ops)
{
	static struct xml_paths *paths[KIND_COUNT];

	if (ops->missed && !paths[ops->kind]) {
		paths[ops->kind] = xml_paths_new();
		xml_paths_add(paths[ops->kind], ops->missed, 0);
	}
	return paths[ops->kind];
}

static void on_missed(void *ctx, int id UNUSED, const char *text UNUSED,
		      size_t len UNUSED)
{
	lane_step(ctx)->missed = true;
}

static void begin_answer(void *ctx)
{
	lane_step(ctx)->missed = false;
}

void lane_send(struct lane *lane, struct run_step *step)
{
	static const struct xml_handler handler = { .close = on_missed };
	/* the client keeps the pointers until the call is done */
	struct aws_call call = { .session =
					 step->session
						 ? step->session
						 : lane->watch->place->session,
				 .service = step->service,
				 .action = step->action,
				 .parameters = step->parameters,
				 .mutating = true,
				 .answer = missed_paths(step->ops),
				 .handler = &handler,
				 .begin = begin_answer,
				 .done = call_done,
				 .ctx = lane };

	if (!run_is_ours(lane->run, false) ||
	    run_journal(lane->run, step, "intent", NULL) < 0)
		return;
	step->sent = true;
	if (!step->sent_at)
		step->sent_at = clock_now();
	free(step->refusal);
	step->refusal = NULL;
	lane->phase = LANE_CALL;
	run_progress(lane->run, step, "sent", step->call);
	aws_start(lane->run->aws, &call);
}
