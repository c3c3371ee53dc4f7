#include <stddef.h>

#include "cmd/command.h"
#include "cmd/expiry.h"
#include "cmd/run_plan.h"
#include "cmd/session.h"
#include "core/limits.h"
#include "plans/rollout.h"

struct apply_args {
	struct common_args common;
	bool yes;
	struct words allow;
	int64_t deadline_s;
	int on_failure;
	int64_t confirm_within_s;
	const char *waves, *max_failures, *health_check, *break_glass;
	int64_t pause_s, health_timeout_s;
	bool no_session_policy;
};

static const struct option_row rows[] = {
	{ .name = "yes",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct apply_args, yes),
	  .help = "do not ask" },
	{ .name = "allow",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct apply_args, allow),
	  .argument = "CLASS",
	  .help = "consent to lossy, one-way, restart, exposure, many or "
		  "no-way-back (also: of a change that the caller may not take "
		  "back); "
		  "may be repeated",
	  .choices = { "lossy", "one-way", "restart", "exposure", "many",
		       "no-way-back" } },
	{ .name = "deadline",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct apply_args, deadline_s),
	  .argument = "TIME",
	  .help = "give up waiting after this long (default 60m)" },
	{ .name = "on-failure",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct apply_args, on_failure),
	  .help = "after a failed step: begin no other, or undo what was done",
	  .choices = { "stop", "backout" } },
	{ .name = "confirm-within",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct apply_args, confirm_within_s),
	  .argument = "TIME",
	  .help = "back it out by itself unless 'aback confirm' comes in this "
		  "time, counted from the beginning" },
	{ .name = "break-glass",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct apply_args, break_glass),
	  .argument = "REASON",
	  .help = "of a backout: pass the gate by; the reason is recorded and "
		  "told" },
	{ .name = "waves",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct apply_args, waves),
	  .argument = "LIST",
	  .help = "so many clusters first, then up to so many, such as "
		  "1,10%,100%" },
	{ .name = "pause",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct apply_args, pause_s),
	  .argument = "TIME",
	  .help = "between two waves" },
	{ .name = "max-failures",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct apply_args, max_failures),
	  .argument = "N|P%",
	  .help = "go on while no more clusters than this have failed "
		  "(default 0)" },
	{ .name = "health-check",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct apply_args, health_check),
	  .argument = "CMD",
	  .help = "a shell command that has to end with 0 after each wave" },
	{ .name = "health-timeout",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct apply_args, health_timeout_s),
	  .argument = "TIME",
	  .help = "kill the health check after this long, as failed "
		  "(default 60s)" },
	{ .name = "no-session-policy",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct apply_args, no_session_policy),
	  .help = "do not hold the role that a target names to "
		  "what the plan does" },
	{ .name = NULL },
};

static void drop_mistakes(struct error_list *list)
{
	error_list_release(list);
}

/*
 * The plan names the file, and whoever wrote the plan may have named any: where
 * it is no desired state, nothing of it is shown.
 */
static int check_named(const struct plan *plan, const char *path,
		       struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(drop_mistakes) struct error_list list = { 0 };
	struct desired *desired = NULL;

	if (!desired_load(path, &desired, &list, &why)) {
		desired_free(desired);
		return 0;
	}
	if (why.code != ERR_DESIRED) {
		error_copy(err, &why);
		error_hint(err, "name the file with -f, or make the plan "
				"again");
		return error_wrap(err, "the plan was made from '%s'", path);
	}
	(void)error_set(err, ERR_STALE,
			"the plan was made from '%s' on %s, which is no valid "
			"desired state now",
			path, plan->created_at);
	error_hint(err, "see: aback validate -f %s; then make the plan again",
		   path);
	return -1;
}

/* A backout's plan has no desired file; its store may still be named in one. */
static int load_desired(struct session *session, const struct plan *plan,
			struct error *err)
{
	const char *path = json_text(plan->desired, "path");

	if (!path)
		return session_find_desired(session, err);
	if (!session->args->file && check_named(plan, path, err))
		return -1;
	return session_load_desired(session, path, err);
}

static int needs(const char *option, const char *other, struct error *err)
{
	(void)error_set(err, ERR_USAGE, "%s means nothing without %s", option,
			other);
	error_hint(err, "see: aback help apply");
	return -1;
}

static int read_rollout(const struct apply_args *args,
			struct rollout *ret_rollout, struct error *err)
{
	int64_t pauses_s;

	if (args->pause_s && !args->waves)
		return needs("--pause", "--waves", err);
	if (args->health_timeout_s && !args->health_check)
		return needs("--health-timeout", "--health-check", err);
	if ((args->waves &&
	     rollout_parse_waves(args->waves, ret_rollout, err)) ||
	    (args->max_failures &&
	     rollout_parse_failures(args->max_failures, ret_rollout, err)))
		return -1;
	ret_rollout->pause_s = args->pause_s;
	ret_rollout->health_check = args->health_check;
	ret_rollout->health_timeout_s = args->health_timeout_s;
	pauses_s =
		ret_rollout->waves_len > 1
			? args->pause_s * (int64_t)(ret_rollout->waves_len - 1)
			: 0;
	if (args->confirm_within_s && pauses_s >= args->confirm_within_s) {
		(void)error_set(err, ERR_USAGE,
				"the pauses between the waves alone take as "
				"long as --confirm-within leaves");
		error_hint(err, "its time is counted from the beginning");
		return -1;
	}
	return 0;
}

static bool has_rollout(const struct apply_args *args)
{
	return args->waves || args->max_failures || args->health_check;
}

static int run(const void *untyped, struct error *err)
{
	const struct apply_args *args = untyped;
	CLEANUP(rollout_release) struct rollout rollout = { 0 };
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	const struct run_options options = {
		.yes = args->yes,
		.allow = &args->allow,
		.deadline_s = args->deadline_s,
		.on_failure =
			args->on_failure ? ON_FAILURE_BACKOUT : ON_FAILURE_STOP,
		.confirm_within_s = args->confirm_within_s,
		.break_glass = args->break_glass,
		.no_session_policy = args->no_session_policy,
		.rollout = has_rollout(args) ? &rollout : NULL,
		.question = "Apply this plan?",
	};

	if (read_rollout(args, &rollout, err) ||
	    plan_load(args->common.words.items[0], &bytes, &plan, err) ||
	    load_desired(&session, plan, err) ||
	    session_open_store(&session, err))
		return -1;
	(void)expiry_enforce_first(&session);
	return run_plan(&session, plan, bytes.buf, bytes.len, &options, err);
}

extern const struct command command_apply;
const struct command command_apply = {
	.name = "apply",
	.summary = "carry out a plan file, exactly and once",
	.synopsis = "PLAN [--yes] [--allow CLASS]... [--deadline TIME] "
		    "[--on-failure stop|backout] [--confirm-within TIME] "
		    "[--waves LIST [--pause TIME]] [--max-failures N|P%] "
		    "[--health-check CMD [--health-timeout TIME]] "
		    "[--break-glass REASON] [--no-session-policy]",
	.about =
		"Sends exactly the calls of the plan file, or refuses: when "
		"the file was edited or has run before, when aback.yaml is "
		"another one, when a value in AWS is no longer what the plan "
		"saw, when a needed consent is missing, or when AWS says "
		"beforehand that it would refuse a call, or one that takes it "
		"back. The prior values "
		"are committed to the state repository before the first call. "
		"It ends when every setting reads back as planned, or says "
		"what still waits.\n\n"
		"The plan runs whole: there is no --target and no --only here. "
		"Plan less instead.",
	.examples = "aback apply plan.json\n"
		    "aback apply plan.json --yes --allow restart",
	.least = 1,
	.most = 1,
	.flags = HAS_FORMAT,
	.completes = COMPLETES_FILES,
	.args_size = sizeof(struct apply_args),
	.options = rows,
	.run = run,
};
