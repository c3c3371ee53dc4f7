#include <stddef.h>

#include "cmd/command.h"
#include "cmd/expiry.h"
#include "cmd/message.h"
#include "cmd/session.h"
#include "core/clock.h"
#include "core/file.h"
#include "plans/awaited.h"
#include "plans/hold.h"
#include "plans/live.h"
#include "plans/planner.h"

struct plan_args {
	struct common_args common;
	const char *out;
	struct words only;
	bool detailed_exitcode;
};

static const struct option_row rows[] = {
	{ .letter = 'o',
	  .name = "out",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct plan_args, out),
	  .argument = "PLAN",
	  .help = "write the plan file, for review and apply" },
	{ .name = "only",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct plan_args, only),
	  .argument = "ADDR",
	  .help = "only this resource (cluster/orders) or setting "
		  "(cluster/orders:port); may be repeated" },
	{ .name = "detailed-exitcode",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct plan_args, detailed_exitcode),
	  .help = "exit 2 when there is something to change" },
	{ .name = NULL },
};

static void free_reads(struct desired_reads **reads)
{
	desired_reads_free(*reads);
}

static int make_plan(struct session *session, const struct plan_args *args,
		     struct plan **ret_plan, struct error *err)
{
	const struct desired *desired = session->desired;
	const struct planner_only only = { args->only.items, args->only.len };
	const struct live_wanted *wanted;
	CLEANUP(holds_release) struct holds holds = { 0 };
	CLEANUP(json_release) json_t *awaited = NULL;
	CLEANUP(live_cleanup) struct live *live = NULL;
	CLEANUP(free_reads)
	struct desired_reads *reads = desired_reads_new(desired, &wanted);

	if (holds_load(session->store, &holds, err) ||
	    awaited_load(session->store, &awaited, err) ||
	    session_open_aws(session, desired->targets, desired->targets_len,
			     err))
		return -1;
	status_line("reading live state");
	if (live_read(session->aws, &session->places, wanted, &live, err))
		return -1;
	status_line(NULL);
	return planner_desired(desired, live, &holds, awaited, &only,
			       session->places.caller_arn, clock_now(),
			       ret_plan, err);
}

static int run(const void *untyped, struct error *err)
{
	const struct plan_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(plan_cleanup) struct plan *plan = NULL;

	if ((args->out && file_has_place(args->out, err)) ||
	    check_addresses(&args->only, false, err) ||
	    session_load_desired(&session, NULL, err) ||
	    session_read_store(&session, err))
		return -1;
	expiry_mention(&session);
	if (make_plan(&session, args, &plan, err))
		return -1;
	if (args->out && session_write_plan(plan, args->out, err))
		return -1;
	session_foresee(&session, session.desired, plan);
	session_print_plan(&session, plan, args->out != NULL);
	if (args->out)
		session_note_plan(&session, plan, args->out);
	return args->detailed_exitcode && plan->changes_len ? EXIT_FOUND
							    : EXIT_DONE;
}

extern const struct command command_plan;
const struct command command_plan = {
	.name = "plan",
	.summary = "compare aback.yaml with live, show what would change",
	.synopsis = "[-o PLAN] [--only ADDR]... [--detailed-exitcode]",
	.about = "Reads every cluster and instance of the targets and shows "
		 "each setting that is not as aback.yaml wants it: the value "
		 "before and after, the rule and the control behind it, when "
		 "it takes effect, what it restarts, and what undoing it "
		 "takes. Nothing is changed, neither in AWS nor in the store."
		 "\n\n"
		 "With -o the plan is also written to a file. That file is "
		 "what people review and what apply runs, whole and once; "
		 "with -q only a summary is printed beside it.",
	.examples = "aback plan\n"
		    "aback plan -o plan.json --format markdown >plan.md\n"
		    "aback plan --only cluster/orders:deletion_protection",
	.flags = HAS_TARGET | HAS_FORMAT,
	.args_size = sizeof(struct plan_args),
	.options = rows,
	.run = run,
};
