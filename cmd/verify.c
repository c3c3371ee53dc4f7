#include "plans/verify.h"

#include <stddef.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"

/* As long as event history usually lags. */
#define WAIT_S (INT64_C(15) * 60)

struct verify_args {
	struct common_args common;
	int64_t wait_s;
	bool no_wait;
	bool check;
};

static const struct option_row rows[] = {
	{ .name = "wait",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct verify_args, wait_s),
	  .argument = "TIME",
	  .help = "wait at most so long for CloudTrail's event history to "
		  "catch up (default 15m)" },
	{ .name = "no-wait",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct verify_args, no_wait),
	  .help = "do not wait: what event history does not show yet is not "
		  "proven" },
	{ .name = "check",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct verify_args, check),
	  .help = "check a proof again without AWS: a file, or a change's "
		  "newest proof" },
	{ .name = NULL },
};

static void release_subject(struct verify_subject *subject)
{
	verify_subject_release(subject);
}

static int check_args(const struct verify_args *args, struct error *err)
{
	if ((args->wait_s > 0) + args->no_wait + args->check <= 1)
		return 0;
	(void)error_set(err, ERR_USAGE,
			"--wait, --no-wait and --check exclude each other");
	error_hint(err, "see: aback help verify");
	return -1;
}

/* On a terminal it counts; elsewhere what is waited for is said once. */
static void show_progress(void *ctx, const char *line)
{
	bool *said = ctx;

	if (has_status_line())
		status_line(line);
	else if (!*said)
		note("%s", line);
	*said = true;
}

static void print_proof(const struct session *session, const json_t *proof)
{
	struct render_style style = session_style(session);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	switch ((enum format)session->args->format) {
	case FORMAT_TEXT:
		render_proof_text(proof, &style, &text);
		break;
	case FORMAT_JSON:
		json_canonical(proof, &text);
		break;
	case FORMAT_MARKDOWN:
		render_proof_markdown(proof, &text);
		break;
	case FORMAT_HTML:
		render_proof_html(proof, &text);
		break;
	}
	print_result(&text);
}

/* Keep it beside the change, and say where. */
static int keep(struct session *session, const json_t *proof, struct error *err)
{
	CLEANUP(free_ptr) char *path = NULL;
	bool pushed = true;

	if (proof_store(session->store, proof, &path, &pushed, err))
		return error_wrap(err, "the proof could not be kept");
	note("kept in the state repository: %s", path);
	if (!pushed)
		warn("the proof could not be pushed to the remote; when it can "
		     "be reached: aback state sync");
	if (store_unsigned(session->store))
		warn("its commit is not signed: %s",
		     store_unsigned(session->store));
	return 0;
}

static int verify(struct session *session, const struct verify_args *args,
		  json_t **ret_proof, struct error *err)
{
	CLEANUP(release_subject) struct verify_subject subject = { 0 };
	bool said = false;
	const struct verify_options options = {
		.wait_s = args->no_wait  ? 0
			  : args->wait_s ? args->wait_s
					 : WAIT_S,
		.interrupted = &interrupted,
		.progress = show_progress,
		.progress_ctx = &said,
	};
	int rc;

	if (session_open_fresh_store(session, err) ||
	    verify_load(session->store, args->common.words.items[0],
			clock_now(), &subject, err) ||
	    session_open_aws(session, subject.plan->targets,
			     subject.plan->targets_len, err))
		return -1;
	status_line("reading live state and event history");
	rc = verify_run(session->aws, &session->places, session->store,
			&subject, &options, ret_proof, err);
	status_line(NULL);
	return rc;
}

static int check(struct session *session, const char *word, struct error *err)
{
	struct render_style style = session_style(session);
	CLEANUP(json_release) json_t *result = NULL;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	if (session_open_fresh_store(session, err) ||
	    proof_check(session->store, word, &result, err))
		return -1;
	if (session->args->format == FORMAT_JSON)
		json_canonical(result, &text);
	else
		render_proof_check_text(result, &style, &text);
	print_result(&text);
	return json_is_true(json_object_get(result, "holds")) ? EXIT_DONE
							      : EXIT_FOUND;
}

static int run(const void *untyped, struct error *err)
{
	const struct verify_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(json_release) json_t *proof = NULL;

	if (check_args(args, err) || session_find_desired(&session, err))
		return -1;
	if (args->check)
		return check(&session, args->common.words.items[0], err);
	if (verify(&session, args, &proof, err))
		return -1;
	print_proof(&session, proof);
	if (keep(&session, proof, err))
		return -1;
	return strcmp(json_text(proof, "verdict"), PROOF_PROVEN) ? EXIT_FOUND
								 : EXIT_DONE;
}

extern const struct command command_verify;
const struct command command_verify = {
	.name = "verify",
	.summary = "prove that a change holds and nothing else moved",
	.synopsis = "CHANGE [--wait TIME | --no-wait] | --check FILE|CHANGE",
	.about = "Proves from live state, CloudTrail's event history and logs "
		 "that a change, or a backout, holds: its settings read back "
		 "as recorded and nothing of them is pending; each of its "
		 "calls stands in event history with our request id; and "
		 "event history shows no other write on its resources since. "
		 "What cannot be seen or read is not proven, and what "
		 "contradicts it refutes it.\n\n"
		 "Event history lags by minutes, so it waits until that shows "
		 "a call of its own. The result and its evidence are kept "
		 "beside the change, in the state repository.\n\n"
		 "With --check it reads a proof again without AWS: does its "
		 "record agree with the state repository, and does its verdict "
		 "follow from its evidence?",
	.examples =
		"aback verify 20261124T021530Z-a1b2c3\n"
		"aback verify 20261124T021530Z --wait 30m --format markdown\n"
		"aback verify --check 20261124T021530Z",
	.least = 1,
	.most = 1,
	.flags = HAS_FORMAT,
	.args_size = sizeof(struct verify_args),
	.options = rows,
	.run = run,
};
