#include "cmd/expiry.h"

#include <string.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/patch.h"
#include "cmd/progress.h"
#include "cmd/resume.h"
#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/backout.h"
#include "plans/confirm.h"
#include "plans/confirm_undo.h"

static void release_record(struct record *record)
{
	record_release(record);
}

static void release_confirm(struct confirm *confirm)
{
	confirm_release(confirm);
}

static void release_result(struct execute_result *result)
{
	execute_result_release(result);
}

/* ---- a session of its own, on the same store -------------------------- */

static struct session session_beside(const struct session *session)
{
	return (struct session){ .args = session->args,
				 .store = session->store };
}

static void release_beside(struct session *session)
{
	session->store = NULL; /* it is the other one's */
	session_release(session);
}

/* ---- the backout of one change ---------------------------------------- */

static int load_plan(struct store *store, const char *id,
		     struct plan **ret_plan, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);

	if (record_plan(store, id, &bytes, err))
		return -1;
	return plan_parse_recorded(id, bytes.buf, bytes.len, ret_plan, err);
}

static int settle(const struct session *session, const char *id,
		  const char *outcome, const char *backout_id,
		  struct error *err)
{
	if (!strcmp(outcome, "done"))
		warn("the change %s is backed out, by the change %s", id,
		     backout_id);
	else if (!strcmp(outcome, "nothing"))
		warn("nothing of the change %s was left to back out", id);
	else if (!backout_id)
		warn("the change %s is not backed out: somebody else changed "
		     "the same since; look at it: aback backout %s",
		     id, id);
	else
		warn("the backout of the change %s, %s, ended as %s: aback "
		     "show %s",
		     id, backout_id, outcome, backout_id);
	return confirm_settle(session->store, id, outcome, backout_id, err);
}

/* What is left alone, and why. */
static void warn_of_each(const json_t *entries)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		warn("%s:%s stays as it is: %s", json_text(entry, "address"),
		     json_text(entry, "setting"), json_text(entry, "reason"));
}

/* Run the plan; *ret_outcome stays NULL where it has not come to an end. */
static int run_it(const struct session *beside, const struct plan *plan,
		  const char *reason, const char **ret_outcome,
		  struct execute_result *result, struct error *err)
{
	const struct execute_options options = {
		.reason = reason,
		.interrupted = &interrupted,
		.progress = progress_show,
	};

	if (confirm_undo_run(beside->aws, &beside->places, beside->store, plan,
			     &options, result, err))
		return -1;
	status_line(NULL);
	mark_changed();
	if (error_is_set(&result->trouble))
		print_error(&result->trouble);
	if (strcmp(result->state, "unfinished") != 0)
		*ret_outcome = result->state;
	return 0;
}

/* There is nothing to do any more, perhaps since an earlier backout did it. */
static int nothing_left(const struct session *session, const char *id,
			const char *earlier, struct error *err)
{
	return settle(session, id, earlier ? "done" : "nothing", earlier, err);
}

/* earlier: our backout of it that came to its end; NULL: there is none */
static int back_out(const struct session *session, const char *id,
		    const char *reason, const char *earlier, bool *ret_done,
		    struct error *err)
{
	CLEANUP(release_beside)
	struct session beside = session_beside(session);
	CLEANUP(backout_cleanup) struct backout *backout = NULL;
	CLEANUP(plan_cleanup) struct plan *approved = NULL;
	CLEANUP(plan_cleanup) struct plan *plan = NULL;
	CLEANUP(release_result) struct execute_result result = { 0 };
	const char *outcome = NULL;

	if (load_plan(session->store, id, &approved, err) ||
	    backout_of_change(session->store, id, &backout, err))
		return -1;
	if (!backout->len) {
		*ret_done = true;
		return nothing_left(session, id, earlier, err);
	}
	if (session_open_aws(&beside, backout->targets, backout->targets_len,
			     err))
		return -1;
	if (confirm_undo_plan(beside.aws, &beside.places, session->store,
			      backout, approved, &plan, err))
		return -1;
	warn_of_each(plan->conflicts);
	warn_of_each(plan->blocked);
	if (!plan->changes_len) {
		*ret_done = !json_array_size(plan->conflicts) &&
			    !json_array_size(plan->blocked);
		return *ret_done ? nothing_left(session, id, earlier, err)
				 : settle(session, id, "conflict", NULL, err);
	}
	if (run_it(&beside, plan, reason, &outcome, &result, err))
		return -1;
	if (!outcome)
		return error_set(err, ERR_PARTIAL,
				 "the backout %s was cut off; account for it "
				 "with: aback resume %s",
				 result.change_id, result.change_id);
	*ret_done =
		!strcmp(outcome, "done") && !json_array_size(plan->conflicts);
	if (settle(session, id, outcome, result.change_id, err))
		return -1;
	offer_patch(session, result.change_id);
	return 0;
}

/* ---- what was cut off before ------------------------------------------ */

/* An unfinished change that may be accounted for now; others are left. */
static int resume_if_abandoned(const struct session *session,
			       const struct record *record, struct error *err)
{
	CLEANUP(release_beside)
	struct session beside = session_beside(session);
	bool abandoned;

	if (confirm_is_abandoned(session->store, record, clock_now(),
				 &abandoned, err))
		return -1;
	if (!abandoned) {
		(void)error_set(err, ERR_UNFINISHED,
				"the change %s has not ended: it runs now, or "
				"was cut off",
				record->id);
		error_hint(err, "if its process is gone: aback resume %s",
			   record->id);
		return -1;
	}
	return resume_change(&beside, record, 0, true, true, err) < 0 ? -1 : 0;
}

struct search {
	const struct session *session;
	const char *reverses;
	char *done; /* the automatic one that came to its end; NULL: none */
};

static bool is_of(const struct search *search, const struct record *record)
{
	const char *reverses = json_text(record->change, "reverses");

	return reverses && !strcmp(reverses, search->reverses);
}

/* An earlier try to back it out that was cut off is accounted for first. */
static int resume_backout(const struct record *record, void *ctx,
			  struct error *err)
{
	const struct search *search = ctx;

	return record->result || !is_of(search, record)
		       ? 0
		       : resume_if_abandoned(search->session, record, err);
}

/* One that ended before anybody could write down that it did. */
static int find_done(const struct record *record, void *ctx, struct error *err)
{
	struct search *search = ctx;
	const char *state =
		record->result ? json_text(record->result, "state") : NULL;

	(void)err;
	if (is_of(search, record) && state && !strcmp(state, "done") &&
	    json_is_true(json_object_get(record->change, "automatic"))) {
		free(search->done);
		search->done = xstrdup(record->id);
	}
	return 0;
}

int expiry_one(const struct session *session, const char *id,
	       struct expired *ret_expired, struct error *err)
{
	CLEANUP(release_record) struct record record = { 0 };
	CLEANUP(release_confirm) struct confirm confirm = { 0 };
	CLEANUP(free_ptr) char *self = confirm_self();
	struct search search = { session, id, NULL };
	CLEANUP(free_ptr) char *earlier = NULL;
	const char *reason;

	*ret_expired = (struct expired){ 0 };
	if (record_load(session->store, id, &record, err) ||
	    (!record.result && resume_if_abandoned(session, &record, err)) ||
	    confirm_expire(session->store, id, self, &confirm, err))
		return -1;
	if (confirm.state != CONFIRM_DUE) {
		*ret_expired =
			(struct expired){ .done = true, .by_others = true };
		return 0;
	}
	reason = json_text(confirm.verdict, "reason");
	warn("the change %s is backed out: %s", id, reason ? reason : "");
	if (records_each(session->store, id, resume_backout, &search, err) ||
	    records_each(session->store, id, find_done, &search, err))
		return -1;
	earlier = search.done;
	return back_out(session, id, reason, earlier, &ret_expired->done, err);
}

/* ---- all that are due ------------------------------------------------- */

void expiry_warn(const char *id, const struct error *why)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	error_message(why, &text);
	warn("the change %s is to be backed out, which does not work now: %s",
	     id, text.buf);
}

int expiry_enforce(const struct session *session, struct expiry *ret_expiry,
		   struct error *err)
{
	CLEANUP(json_release) json_t *ids = NULL;
	const json_t *id;
	size_t i;

	*ret_expiry = (struct expiry){ 0 };
	if (confirm_due(session->store, clock_now(), &ids, err))
		return -1;
	json_array_foreach(ids, i, id) {
		CLEANUP(error_release) struct error why = ERROR_INIT;
		struct expired expired;

		ret_expiry->due++;
		if (expiry_one(session, json_string_value(id), &expired,
			       &why)) {
			expiry_warn(json_string_value(id), &why);
			expired.done = false;
		}
		ret_expiry->not_done += !expired.done;
	}
	return 0;
}

size_t expiry_enforce_first(const struct session *session)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	struct expiry expiry;

	if (!expiry_enforce(session, &expiry, &why))
		return expiry.due;
	error_message(&why, &text);
	warn("nobody knows whether a change is to be backed out: %s", text.buf);
	return 0;
}

void expiry_mention(const struct session *session)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(json_release) json_t *ids = NULL;
	const json_t *id;
	size_t i;

	/* a store that cannot be read is told by who needs it */
	if (!session->store ||
	    confirm_due(session->store, clock_now(), &ids, &ignored))
		return;
	json_array_foreach(ids, i, id)
		warn("the change %s is to be backed out, which nobody has done "
		     "yet: aback confirm --expired",
		     json_string_value(id));
}
