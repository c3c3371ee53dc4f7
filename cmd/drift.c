#include "plans/drift.h"

#include <stddef.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/notify.h"
#include "cmd/session.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/awaited.h"
#include "plans/notification.h"

struct drift_args {
	struct common_args common;
	struct words only;
	struct words targets; /* of the records, not of a desired file */
	const char *out;
	bool notify;
};

static const struct option_row rows[] = {
	{ .name = "only",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct drift_args, only),
	  .argument = "ADDR",
	  .help = "only this resource (cluster/orders) or setting "
		  "(cluster/orders:port); may be repeated" },
	{ .name = "target",
	  .type = OPTION_LIST,
	  .offset = offsetof(struct drift_args, targets),
	  .argument = "NAME",
	  .help = "only what is in this target; may be repeated" },
	{ .letter = 'o',
	  .name = "out",
	  .type = OPTION_TEXT,
	  .offset = offsetof(struct drift_args, out),
	  .argument = "PLAN",
	  .help = "write the plan that restores what is recorded" },
	{ .name = "notify",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct drift_args, notify),
	  .help = "tell whoever notify: of aback.yaml names of what "
		  "differs" },
	{ .name = NULL },
};

static void free_drift(struct drift **drift)
{
	drift_free(*drift);
}

static void print(const struct session *session, const json_t *document)
{
	struct render_style style = session_style(session);
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	switch ((enum format)session->args->format) {
	case FORMAT_TEXT:
		render_drift_text(document, &style, &text);
		break;
	case FORMAT_JSON:
		json_canonical(document, &text);
		break;
	case FORMAT_MARKDOWN:
		render_drift_markdown(document, &text);
		break;
	case FORMAT_HTML:
		render_drift_html(document, &text);
		break;
	}
	print_result(&text);
}

static void show_progress(void *ctx, const char *line)
{
	(void)ctx;
	status_line(line);
}

static int load(struct session *session, const struct drift_args *args,
		struct drift **ret_drift, struct error *err)
{
	const struct desired *desired = session->desired;

	if (drift_load(session->store, desired ? desired->targets : NULL,
		       desired ? desired->targets_len : 0, ret_drift, err))
		return -1;
	return backout_keep((*ret_drift)->backout, args->targets.items,
			    args->targets.len, err);
}

/* The plan, where there is anything that it could restore. */
static int write_plan(const struct session *session, const char *path,
		      const struct drift *drift, const struct live *live,
		      const json_t *document, struct error *err)
{
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(json_release) json_t *awaited = NULL;
	struct drift_plan_options options = {
		.created_by = session->places.caller_arn,
		.now = clock_now(),
	};

	if (awaited_load(session->store, &awaited, err))
		return -1;
	options.awaited = awaited;
	if (drift_plan(drift, live, document, &options, &plan, err))
		return -1;
	if (!plan->changes_len) {
		(void)error_set(err, ERR_CONFLICT,
				"nothing of it can be restored: no setting "
				"differs that a call could set back");
		error_hint(err, "the list above says what became of each");
		return -1;
	}
	if (session_write_plan(plan, path, err))
		return -1;
	session_note_plan(session, plan, path);
	return 0;
}

static int run(const void *untyped, struct error *err)
{
	const struct drift_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(free_drift) struct drift *drift = NULL;
	CLEANUP(live_cleanup) struct live *live = NULL;
	CLEANUP(json_release) json_t *document = NULL;
	struct drift_request request = {
		.only = { args->only.items, args->only.len },
		.progress = show_progress,
	};

	if ((args->out && file_has_place(args->out, err)) ||
	    check_addresses(&args->only, false, err) ||
	    session_find_desired(&session, err) ||
	    (args->notify &&
	     notify_check(session.desired, OCCASION_DRIFT, err)) ||
	    session_open_fresh_store(&session, err) ||
	    load(&session, args, &drift, err) ||
	    session_open_aws(&session, drift->backout->targets,
			     drift->backout->targets_len, err))
		return -1;
	request.aws = session.aws;
	request.places = &session.places;
	request.store = session.store;
	request.drift = drift;
	if (drift_read(&request, &live, &document, err))
		return -1;
	status_line(NULL);
	print(&session, document);
	if (!drift_count(document))
		return EXIT_DONE;
	if (args->notify)
		notify_people(session.desired, OCCASION_DRIFT,
			      notification_of_drift(document, clock_now()));
	if (args->out &&
	    write_plan(&session, args->out, drift, live, document, err))
		return -1;
	return EXIT_FOUND;
}

extern const struct command command_drift;
const struct command command_drift = {
	.name = "drift",
	.summary = "live against last recorded, with who changed it",
	.synopsis = "[--only ADDR]... [--target NAME]... [-o PLAN] [--notify]",
	.about = "Compares what aback last recorded of each setting that it "
		 "changed with what is live. Of each difference CloudTrail's "
		 "event history is asked who made it, when and from where; "
		 "where it does not know, the reason is said. The exit code is "
		 "2 when anything differs.\n\n"
		 "With -o, a plan is written that restores what is recorded: "
		 "it is reviewed, applied and itself backed out like any "
		 "other. With --notify, whoever `notify:` of aback.yaml names "
		 "is told of the differences, as an alert for a timer.\n\n"
		 "Only the state repository is needed, not aback.yaml: where "
		 "there is none, --state names a bare clone of it. Nothing is "
		 "written to it.",
	.examples = "aback drift\n"
		    "aback drift --only cluster/orders -o restore.json",
	.most = 0,
	.flags = HAS_FORMAT,
	.args_size = sizeof(struct drift_args),
	.options = rows,
	.run = run,
};
