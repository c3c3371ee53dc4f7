#include "cmd/resume.h"

#include <stddef.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/expiry.h"
#include "cmd/message.h"
#include "cmd/outcome.h"
#include "cmd/patch.h"
#include "cmd/progress.h"
#include "cmd/session.h"
#include "core/limits.h"
#include "plans/execute.h"
#include "state/record.h"

struct resume_args {
	struct common_args common;
	int64_t deadline_s;
};

static const struct option_row rows[] = {
	{ .name = "deadline",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct resume_args, deadline_s),
	  .argument = "TIME",
	  .help = "give up waiting after this long (default 60m)" },
	{ .name = NULL },
};

static void release_result(struct execute_result *result)
{
	execute_result_release(result);
}

/* stdout is the command's that was asked for. */
static int note_end(const struct record *record,
		    const struct execute_result *result)
{
	mark_changed();
	note("the change %s, which was cut off, is accounted for: %s",
	     record->id, result->state);
	if (error_is_set(&result->trouble))
		print_error(&result->trouble);
	return 0;
}

int resume_change(struct session *session, const struct record *record,
		  int64_t deadline_s, bool in_passing, bool take_over,
		  struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(release_result) struct execute_result result = { 0 };
	const struct execute_options options = {
		.deadline_s = deadline_s,
		.take_over = take_over,
		.interrupted = &interrupted,
		.progress = progress_show,
	};
	int rc;

	if (record_plan(session->store, record->id, &bytes, err) ||
	    plan_parse_recorded(record->id, bytes.buf, bytes.len, &plan, err) ||
	    session_open_aws(session, plan->targets, plan->targets_len, err) ||
	    execute_resume(session->aws, &session->places, session->store,
			   record->id, &options, &result, err))
		return -1;
	if (in_passing)
		return note_end(record, &result);
	rc = print_outcome(session, plan, &result);
	offer_patch(session, record->id); /* of a backout */
	expiry_announce(session, record->id);
	return rc;
}

static void release_records(struct records *records)
{
	records_release(records);
}

/* The one unfinished change, or NULL where there is none. Owned by records. */
static int find_unfinished(struct store *store, struct records *records,
			   const struct record **ret_record, struct error *err)
{
	const struct record *found = NULL;

	if (records_load(store, records, err))
		return -1;
	for (size_t i = 0; i < records->len; i++) {
		if (records->items[i].result)
			continue;
		if (found) {
			(void)error_set(err, ERR_USAGE,
					"several changes are unfinished: "
					"'%s', '%s'",
					found->id, records->items[i].id);
			error_hint(err, "name one: aback resume %s", found->id);
			return -1;
		}
		found = &records->items[i];
	}
	*ret_record = found;
	return 0;
}

static void release_record(struct record *record)
{
	record_release(record);
}

/* What was cut off, or not confirmed in time, may have to undo itself. */
static int back_out_due(const struct session *session, int rc,
			struct error *err)
{
	struct expiry expiry;

	if (expiry_enforce(session, &expiry, err))
		return -1;
	return rc == EXIT_DONE && expiry.not_done ? EXIT_NOT_DONE : rc;
}

static int run(const void *untyped, struct error *err)
{
	const struct resume_args *args = untyped;
	CLEANUP(session_release)
	struct session session = { .args = &args->common };
	CLEANUP(release_records) struct records records = { 0 };
	CLEANUP(release_record) struct record named = { 0 };
	const struct record *record = NULL;
	int rc;

	if (session_find_desired(&session, err) ||
	    session_open_fresh_store(&session, err))
		return -1;
	if (args->common.words.len) {
		if (record_load(session.store, args->common.words.items[0],
				&named, err))
			return -1;
		record = &named;
	} else if (find_unfinished(session.store, &records, &record, err)) {
		return -1;
	}
	if (!record || record->result) {
		note("nothing to resume: %s is finished",
		     record ? record->id : "every change");
		return back_out_due(&session, EXIT_DONE, err);
	}
	/* who names it says that its process is gone */
	rc = resume_change(&session, record, args->deadline_s, false,
			   args->common.words.len > 0, err);
	return rc < 0 || interrupted ? rc : back_out_due(&session, rc, err);
}

extern const struct command command_resume;
const struct command command_resume = {
	.name = "resume",
	.summary = "account for an apply that was cut off",
	.synopsis = "[CHANGE] [--deadline TIME]",
	.about = "For a change that was killed, lost its network or its "
		 "machine: finds out by reading which of its calls took "
		 "effect, records that, and ends the change. What was not sent "
		 "stays unsent; make a new plan for it.\n\n"
		 "A run on another host cannot be seen to be gone: to account "
		 "for it from here, name its change.\n\n"
		 "A change that undoes itself (--confirm-within, --on-failure "
		 "backout) and could not, because its process died, is then "
		 "backed out.",
	.examples = "aback resume",
	.most = 1,
	.flags = HAS_FORMAT,
	.args_size = sizeof(struct resume_args),
	.options = rows,
	.run = run,
};
