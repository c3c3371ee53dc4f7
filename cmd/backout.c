#include <stddef.h>

#include "cmd/command.h"
#include "cmd/expiry.h"
#include "cmd/message.h"
#include "cmd/patch.h"
#include "cmd/run_plan.h"
#include "cmd/session.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "plans/awaited.h"
#include "plans/backout.h"
#include "plans/history.h"
#include "plans/live.h"

struct backout_args {
	struct common_args common;
	bool last;
	int64_t to;
	struct words only;
	struct words targets; /* of the records, not of a desired file */
	struct words force;
	const char *reason;
	const char *out;
	bool apply;
	bool yes;
	struct words allow;
	int64_t deadline_s;
	const char *break_glass;
	bool no_session_policy;
};

static const struct option_row rows[] = {
	{ .name = "last",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct backout_args, last),
	  .help = "the newest change" },
	{ .name = "to",
	  .type = OPTION_TIME,
	  .offset = offsetof(struct backout_args, to),
	  .argument = "TIME",
	  .help = "all our changes begun after this moment, such as "
		  "2026-11-20T10:00:00Z or 2026-11-20" },
	{ .name = "only",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct backout_args, only),
	  .argument = "ADDR",
	  .help = "only this resource (cluster/orders) or setting "
		  "(cluster/orders:port); may be repeated" },
	{ .name = "target",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct backout_args, targets),
	  .argument = "NAME",
	  .help = "only what is in this target; may be repeated" },
	{ .name = "force",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct backout_args, force),
	  .argument = "ADDR:SETTING",
	  .help = "restore it even where somebody else changed it since; may "
		  "be repeated" },
	{ .name = "reason",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct backout_args, reason),
	  .argument = "TEXT",
	  .help = "why, for the record and for the hold" },
	{ .letter = 'o',
	  .name = "out",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct backout_args, out),
	  .argument = "PLAN",
	  .help = "write the plan file, for review and apply" },
	{ .name = "apply",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct backout_args, apply),
	  .help = "carry it out now" },
	{ .name = "yes",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct backout_args, yes),
	  .help = "with --apply: do not ask" },
	{ .name = "allow",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct backout_args, allow),
	  .argument = "CLASS",
	  .help = "with --apply: consent to lossy, one-way, restart, exposure, "
		  "many or no-way-back; may be repeated",
	  .choices = { "lossy", "one-way", "restart", "exposure", "many",
		       "no-way-back" } },
	{ .name = "deadline",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct backout_args, deadline_s),
	  .argument = "TIME",
	  .help = "with --apply: give up waiting after this long (default "
		  "60m)" },
	{ .name = "break-glass",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct backout_args, break_glass),
	  .argument = "REASON",
	  .help = "with --apply: pass the gate by; the reason is recorded and "
		  "told" },
	{ .name = "no-session-policy",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct backout_args, no_session_policy),
	  .help = "with --apply: do not hold the role that a target names to "
		  "what the plan does" },
	{ .name = NULL },
};

/* One of CHANGE, --last and --to; -o or --apply, not both. */
static int check_args(const struct backout_args *args, struct error *err)
{
	int ways = (args->common.words.len > 0) + args->last + (args->to > 0);

	if (ways == 1 && !(args->out && args->apply) &&
	    (args->apply || !(args->yes || args->deadline_s ||
			      args->break_glass || args->no_session_policy)))
		return 0;
	if (ways == 0)
		(void)error_set(err, ERR_USAGE, "nothing to back out is named");
	else if (ways > 1)
		(void)error_set(err, ERR_USAGE,
				"CHANGE, --last and --to exclude each other");
	else if (args->out && args->apply)
		(void)error_set(err, ERR_USAGE,
				"-o and --apply exclude each other");
	else
		(void)error_set(err, ERR_USAGE, "%s belongs to --apply here",
				args->yes           ? "--yes"
				: args->deadline_s  ? "--deadline"
				: args->break_glass ? "--break-glass"
						    : "--no-session-policy");
	error_hint(err, "see: aback help backout; the changes are listed by: "
			"aback history");
	return -1;
}

static int find(const struct backout_args *args, struct store *store,
		struct backout **ret_backout, struct error *err)
{
	CLEANUP(free_ptr) char *newest = NULL;

	if (args->to)
		return backout_to_time(store, args->to, ret_backout, err);
	if (args->last && history_newest(store, &newest, err))
		return -1;
	return backout_of_change(store,
				 newest ? newest : args->common.words.items[0],
				 ret_backout, err);
}

/*
 * Where nothing can be restored, the page says of each setting what we set and
 * what is live, before the error.
 */
static int plan_it(const struct session *session, const struct backout *backout,
		   const struct live *live,
		   const struct backout_options *options,
		   struct plan **ret_plan, struct error *err)
{
	CLEANUP(plan_cleanup) struct plan *refused = NULL;
	struct backout_options telling = *options;
	int rc;

	telling.ret_refused = &refused;
	rc = backout_plan(backout, live, &telling, ret_plan, err);
	if (refused)
		session_print_plan(session, refused, false);
	return rc;
}

static int make_plan(struct session *session, const struct backout_args *args,
		     struct plan **ret_plan, struct error *err)
{
	CLEANUP(backout_cleanup) struct backout *backout = NULL;
	CLEANUP(live_cleanup) struct live *live = NULL;
	CLEANUP(json_release) json_t *awaited = NULL;
	struct backout_options options = {
		.only = { args->only.items, args->only.len },
		.force = { args->force.items, args->force.len },
		.now = clock_now(),
	};

	if (find(args, session->store, &backout, err) ||
	    awaited_load(session->store, &awaited, err) ||
	    backout_keep(backout, args->targets.items, args->targets.len,
			 err) ||
	    session_open_aws(session, backout->targets, backout->targets_len,
			     err))
		return -1;
	status_line("reading live state");
	if (backout_observe(session->aws, &session->places, backout, &live,
			    err))
		return -1;
	status_line(NULL);
	options.created_by = session->places.caller_arn;
	options.awaited = awaited;
	return plan_it(session, backout, live, &options, ret_plan, err);
}

static int apply_it(struct session *session, const struct backout_args *args,
		    const struct plan *plan, struct error *err)
{
	const struct strbuf *bytes = &plan->bytes;
	const struct run_options options = {
		.yes = args->yes,
		.allow = &args->allow,
		.deadline_s = args->deadline_s,
		.on_failure = ON_FAILURE_STOP,
		.reason = args->reason ? args->reason : args->break_glass,
		.break_glass = args->break_glass,
		.no_session_policy = args->no_session_policy,
		.question = "Back this out?",
	};
	int rc;

	if (session_check_plan(plan, err))
		return -1;
	rc = run_plan(session, plan, bytes->buf, bytes->len, &options, err);
	if (rc == EXIT_DONE && json_array_size(plan->conflicts)) {
		warn("conflicts were left alone; restore one with --force "
		     "ADDR:SETTING");
		return EXIT_NOT_DONE;
	}
	if (rc == EXIT_DONE && json_array_size(plan->blocked)) {
		warn("what is blocked was left as it is");
		return EXIT_NOT_DONE;
	}
	return rc;
}

/*
 * What backs itself out comes first, and then `--last` is no longer what was
 * meant.
 */
static int back_out_due(const struct session *session, struct error *err)
{
	if (!expiry_enforce_first(session))
		return 0;
	(void)error_set(err, ERR_STALE,
			"what had to be backed out by itself came first, see "
			"above; nothing else was changed");
	error_hint(err, "look at: aback history; then give the command again "
			"if it is still meant");
	return -1;
}

static int run(const void *untyped, struct error *err)
{
	const struct backout_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(plan_cleanup) struct plan *plan = NULL;

	if (check_args(args, err) ||
	    (args->out && file_has_place(args->out, err)) ||
	    check_addresses(&args->only, false, err) ||
	    check_addresses(&args->force, true, err) ||
	    session_find_desired(&session, err) ||
	    session_open_fresh_store(&session, err) ||
	    (args->apply && back_out_due(&session, err)) ||
	    make_plan(&session, args, &plan, err))
		return -1;
	if (args->apply && plan->changes_len)
		return apply_it(&session, args, plan, err);
	if (args->out && session_write_plan(plan, args->out, err))
		return -1;
	session_foresee(&session, session.desired, plan);
	session_print_plan(&session, plan, args->out != NULL);
	if (args->out) {
		session_note_plan(&session, plan, args->out);
		offer_plan_patch(&session, plan, args->out);
	} else if (!plan->changes_len)
		note("nothing of it is left to restore: nothing was changed");
	else
		note("nothing was changed; add --apply to do it, or -o PLAN "
		     "to have it reviewed");
	return EXIT_DONE;
}

extern const struct command command_backout;
const struct command command_backout = {
	.name = "backout",
	.summary = "bring back what a change replaced",
	.synopsis = "CHANGE|--last|--to TIME [--only ADDR]... "
		    "[--target NAME]... "
		    "[--force ADDR:SETTING]... [--reason TEXT] "
		    "[-o PLAN | --apply [--yes] [--allow CLASS]... "
		    "[--deadline 60m] [--break-glass REASON] "
		    "[--no-session-policy]]",
	.about = "Makes a plan that restores the recorded prior values of a "
		 "change. What somebody else changed since then is a conflict: "
		 "it is reported and left alone, unless named with --force. "
		 "Sets merge: members that others added stay.\n\n"
		 "What was restored is held: plans leave it alone until the "
		 "rule asks for another value or the hold is released. Backing "
		 "out a backout redoes the change.\n\n"
		 "Only the state repository is needed, not aback.yaml: where "
		 "there is none, --state names a bare clone of it.",
	.examples = "aback backout --last --apply\n"
		    "aback backout 20261124T021530Z-a1b2c3 -o back.json\n"
		    "aback backout --to 2026-11-20 --only cluster/orders "
		    "--apply",
	.most = 1,
	.flags = HAS_FORMAT,
	.args_size = sizeof(struct backout_args),
	.options = rows,
	.run = run,
};
