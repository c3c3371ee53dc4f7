/*
 * Keeping, expiring, settling: each is one decision about one change, made
 * under the lock of that change's decisions and with what others pushed in
 * view.
 */
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/confirm.h"
#include "plans/decision.h"

/* ---- deciding --------------------------------------------------------- */

/* A file of the record is written once, and stays as it is. */
static int write_once(struct store *store, const char *change_id,
		      const char *file, const char *subject,
		      const json_t *value, struct error *err)
{
	struct store_edits CLEANUP(store_edits_release) edits = { 0 };
	char CLEANUP(free_ptr) *path = record_path(change_id, file);
	char CLEANUP(free_ptr) *line = xasprintf("%s %s", subject, change_id);
	const struct store_trailer trailers[] = { { "Aback-Change", change_id },
						  { NULL, NULL } };

	store_edits_put_json(&edits, path, value);
	return store_commit(store, line, trailers, &edits, STORE_PUSH_REQUIRED,
			    NULL, err);
}

static json_t *new_verdict(const char *change_id, const char *state,
			   const char *by, const char *reason)
{
	char now[CLOCK_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "format",
			 "aback-confirm/1", "change", change_id, "state", state,
			 "at", clock_rfc3339(clock_now(), now), "by",
			 json_from_text(by), "reason", json_from_text(reason));
}

/* One decision, under its lock: given how the change stands, what is next. */
struct decision {
	struct store *store;
	struct record record;
	const char *by;
	struct confirm confirm;
};

static void decision_release(struct decision *decision)
{
	record_release(&decision->record);
	confirm_release(&decision->confirm);
}

static int look(struct decision *decision, const char *change_id,
		struct error *err)
{
	/* the id may be that of the record which goes */
	char CLEANUP(free_ptr) *id = xstrdup(change_id);

	decision_release(decision);
	if (record_load(decision->store, id, &decision->record, err) < 0)
		return -1;
	return confirm_read(decision->store, &decision->record,
			    clock_onward_ms() / 1000, &decision->confirm, err);
}

/* What others decided comes first; then decide. */
static int decide(struct decision *decision, const char *change_id,
		  int (*act)(struct decision *decision, struct error *err),
		  struct error *err)
{
	struct lock CLEANUP(lock_cleanup) *lock = NULL;
	int result;

	if (decision_take(decision->store, "confirm", change_id, &lock, err) <
	    0)
		return -1;
	result = look(decision, change_id, err) < 0 ? -1 : act(decision, err);
	lock_end(lock);
	return result;
}

/* ---- keeping ---------------------------------------------------------- */

/* What became of a change whose time was over, for who comes too late. */
static void what_happened(const struct confirm *confirm, struct strbuf *out)
{
	const char *outcome = json_text(confirm->undone, "outcome");
	const char *backout = json_text(confirm->undone, "backout");

	if (!confirm->verdict && confirm->state == CONFIRM_UNDONE)
		strbuf_adds(out, "it was backed out while it ran");
	else if (!outcome)
		strbuf_adds(out, "it is to be backed out");
	else if (!strcmp(outcome, "nothing"))
		strbuf_adds(out, "nothing of it was left to back out");
	else if (!backout)
		strbuf_adds(out, "it could not be backed out: somebody else "
				 "has changed the same since");
	else
		strbuf_addf(out,
			    "it was backed out by the change %s, which "
			    "ended as %s",
			    backout, outcome);
}

static int too_late(const struct decision *decision, struct error *err)
{
	const struct confirm *confirm = &decision->confirm;
	struct strbuf CLEANUP(strbuf_release) what = STRBUF_INIT(LIMIT_MESSAGE);
	const char *backout = json_text(confirm->undone, "backout");
	char by[CLOCK_TEXT_MAX];

	what_happened(confirm, &what);
	if (confirm->by)
		error_set(err, ERR_TOO_LATE,
			  "the change %s had to be confirmed by %s: %s",
			  decision->record.id, clock_rfc3339(confirm->by, by),
			  what.buf);
	else
		error_set(err, ERR_TOO_LATE, "the change %s failed: %s",
			  decision->record.id, what.buf);
	if (confirm->state == CONFIRM_DUE)
		error_hint(err, "see to it now: aback confirm --expired");
	else if (backout)
		error_hint(err, "to have it again: aback backout %s --apply",
			   backout);
	else
		error_hint(err, "see: aback show %s", decision->record.id);
	return -1;
}

static int unconfirmable(const struct decision *decision, struct error *err)
{
	const struct record *record = &decision->record;

	if (!record->result) {
		error_set(err, ERR_UNFINISHED,
			  "the change %s has not ended: there is nothing yet "
			  "to confirm",
			  record->id);
		error_hint(err,
			   "wait until it is done; if its process is gone: "
			   "aback resume %s",
			   record->id);
		return -1;
	}
	error_set(err, ERR_USAGE, "the change %s needs no confirmation: %s",
		  record->id,
		  decision->confirm.by ? "it changed nothing"
				       : "it was made without "
					 "--confirm-within");
	error_hint(err, "see: aback show %s", record->id);
	return -1;
}

/* 1: it can be kept; 0: it is kept already; -1: it cannot be. */
static int can_keep(const struct decision *decision, struct error *err)
{
	switch (decision->confirm.state) {
	case CONFIRM_KEPT:
		return 0;
	case CONFIRM_DUE:
	case CONFIRM_UNDONE:
		return too_late(decision, err);
	case CONFIRM_OPEN:
		if (decision->record.result)
			return 1;
		break;
	case CONFIRM_NONE:
		break;
	}
	return unconfirmable(decision, err);
}

static int keep(struct decision *decision, struct error *err)
{
	json_t CLEANUP(json_release) *verdict = NULL;
	int can = can_keep(decision, err);

	if (can <= 0)
		return can;
	verdict = new_verdict(decision->record.id, "kept", decision->by, NULL);
	if (write_once(decision->store, decision->record.id, CONFIRM_VERDICT,
		       "Confirm", verdict, err) < 0)
		return -1;
	return look(decision, decision->record.id, err);
}

static void hand_over(struct decision *decision, struct confirm *ret_confirm)
{
	*ret_confirm = decision->confirm;
	decision->confirm = (struct confirm){ 0 };
}

int confirm_keep(struct store *store, const char *change_id, const char *by,
		 struct confirm *ret_confirm, struct error *err)
{
	struct decision CLEANUP(decision_release)
		decision = { .store = store, .by = by };
	char CLEANUP(free_ptr) *id = NULL;

	/* the beginning of an id will do, and a plain refusal needs no lock */
	if (look(&decision, change_id, err) < 0 || can_keep(&decision, err) < 0)
		return -1;
	id = xstrdup(decision.record.id);
	if (decide(&decision, id, keep, err) < 0)
		return -1;
	hand_over(&decision, ret_confirm);
	return 0;
}

/* ---- expiring --------------------------------------------------------- */

static int expire(struct decision *decision, struct error *err)
{
	const struct record *record = &decision->record;
	json_t CLEANUP(json_release) *verdict = NULL;
	char CLEANUP(free_ptr) *reason = NULL;
	char by[CLOCK_TEXT_MAX];

	if (decision->confirm.state != CONFIRM_DUE ||
	    decision->confirm.verdict || !record->result)
		return 0;
	if (decision->confirm.by &&
	    clock_onward_ms() / 1000 >= decision->confirm.by)
		reason = xasprintf("not confirmed by %s",
				   clock_rfc3339(decision->confirm.by, by));
	else
		reason = xasprintf("the change %s failed", record->id);
	verdict = new_verdict(record->id, "expired", decision->by, reason);
	if (write_once(decision->store, record->id, CONFIRM_VERDICT, "Expire",
		       verdict, err) < 0)
		return -1;
	return look(decision, record->id, err);
}

int confirm_expire(struct store *store, const char *change_id, const char *by,
		   struct confirm *ret_confirm, struct error *err)
{
	struct decision CLEANUP(decision_release)
		decision = { .store = store, .by = by };

	if (decide(&decision, change_id, expire, err) < 0)
		return -1;
	hand_over(&decision, ret_confirm);
	return 0;
}

/* What a backout came to, to be written down under the lock. */
struct settling {
	struct decision decision; /* first, so that act gets at the rest */
	const char *outcome, *backout_id;
};

static int settle(struct decision *decision, struct error *err)
{
	const struct settling *settling = (const struct settling *)decision;
	json_t CLEANUP(json_release) *undone = NULL;
	char now[CLOCK_TEXT_MAX];

	if (decision->confirm.state != CONFIRM_DUE ||
	    !decision->confirm.verdict)
		return 0; /* somebody else saw to it meanwhile */
	undone = json_pack("{s:s, s:s, s:s, s:s, s:o}", "format",
			   "aback-undone/1", "change", decision->record.id,
			   "at", clock_rfc3339(clock_now(), now), "outcome",
			   settling->outcome, "backout",
			   json_from_text(settling->backout_id));
	return write_once(decision->store, decision->record.id,
			  CONFIRM_UNDONE_FILE, "Settle the expiry of", undone,
			  err);
}

int confirm_settle(struct store *store, const char *change_id,
		   const char *outcome, const char *backout_id,
		   struct error *err)
{
	struct settling settling = { .decision = { .store = store },
				     .outcome = outcome,
				     .backout_id = backout_id };
	int result = decide(&settling.decision, change_id, settle, err);

	decision_release(&settling.decision);
	return result;
}
