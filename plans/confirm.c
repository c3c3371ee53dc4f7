#include "plans/confirm.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "state/journal.h"
#include "state/lock.h"

#define VERDICT_FILE "confirm.json"
#define UNDONE_FILE "undone.json"
/* A lock that decides lasts for a commit and a push or two. */
#define LOCK_WAIT_MS INT64_C(60000)
#define LOCK_TICK_MS 100
/* How much longer than its own deadlines a run may take to end. */
#define SLACK_S 120

DEFINE_CLEANUP(lock_freep, struct lock *, lock_free)

void confirm_release(struct confirm *confirm)
{
	json_decref(confirm->verdict);
	json_decref(confirm->undone);
	*confirm = (struct confirm){ 0 };
}

char *confirm_self(void)
{
	const struct passwd *user = getpwuid(getuid());
	char host[256] = "";

	(void)gethostname(host, sizeof(host) - 1); /* "" where there is none */
	return xasprintf("%s on host %s", user ? user->pw_name : "somebody",
			 *host ? host : "unknown");
}

/* ---- how a change stands ---------------------------------------------- */

static bool is(const json_t *object, const char *key, const char *text)
{
	const char *found = json_text(object, key);

	return found && !strcmp(found, text);
}

/* May any of its steps have left something? */
static bool has_effect(const json_t *result)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(result, "steps"), i, step) {
		if (is(step, "state", "failed")
			    ? json_is_true(json_object_get(step, "sent"))
			    : !is(step, "state", "skipped"))
			return true;
	}
	return false;
}

/*
 * Was the backout within the run cut off? What it tried and could not do, or
 * must not, stays as it was reported.
 */
static bool undo_is_missing(const json_t *result)
{
	const json_t *backout = json_object_get(result, "backout");
	json_t *step;
	size_t i;

	if (!json_is_array(backout))
		return true;
	json_array_foreach(backout, i, step) {
		if (is(step, "state", "unknown") ||
		    is(step, "state", "skipped"))
			return json_is_true(json_object_get(result, "resumed"));
	}
	return false;
}

static bool wants_backout(const struct record *record, int64_t by, int64_t now)
{
	if (by && now >= by)
		return true;
	return is(record->change, "on_failure", "backout") &&
	       is(record->result, "state", "failed") &&
	       !json_is_true(json_object_get(record->result, "tolerated")) &&
	       undo_is_missing(record->result);
}

static enum confirm_state state_of(const struct record *record,
				   const struct confirm *confirm, int64_t now)
{
	const int64_t by = confirm->by;
	const json_t *itself = json_object_get(record->change, "undoes_itself");

	if (!json_is_true(itself))
		return CONFIRM_NONE;
	if (is(confirm->verdict, "state", "kept"))
		return CONFIRM_KEPT;
	if (confirm->verdict)
		return confirm->undone ? CONFIRM_UNDONE : CONFIRM_DUE;
	if (!record->result)
		return by && now >= by ? CONFIRM_DUE
		       : by            ? CONFIRM_OPEN
				       : CONFIRM_NONE;
	if (is(record->result, "state", "backed_out"))
		return CONFIRM_UNDONE;
	if (!has_effect(record->result))
		return CONFIRM_NONE;
	if (wants_backout(record, by, now))
		return CONFIRM_DUE;
	return by ? CONFIRM_OPEN : CONFIRM_NONE;
}

int confirm_read(struct store *store, const struct record *record, int64_t now,
		 struct confirm *ret_confirm, struct error *err)
{
	char CLEANUP(free_ptr) *path = record_path(record->id, VERDICT_FILE);
	char CLEANUP(free_ptr) *undone = record_path(record->id, UNDONE_FILE);
	const char *by = json_text(record->change, "confirm_by");
	struct confirm CLEANUP(confirm_release) confirm = { 0 };

	if (by && clock_parse(by, &confirm.by, err) < 0) {
		err->code = ERR_STATE;
		return error_wrap(err, "change.json of %s: confirm_by",
				  record->id);
	}
	if (store_read_json(store, path, &confirm.verdict, err) < 0 ||
	    store_read_json(store, undone, &confirm.undone, err) < 0)
		return -1;
	confirm.state = state_of(record, &confirm, now);
	*ret_confirm = confirm;
	confirm = (struct confirm){ 0 };
	return 0;
}

/* ---- what may undo itself --------------------------------------------- */

/* The class of the first list that undoing by itself does not go with. */
static const char *hard_class(const json_t *classes)
{
	static const char *const hard[] = { "lossy", "one-way", "restart" };

	for (size_t i = 0; i < ARRAY_SIZE(hard); i++)
		if (json_array_has(classes, hard[i]))
			return hard[i];
	return NULL;
}

static const char *words_of(const char *class)
{
	static const struct {
		const char *class, *text;
	} words[] = {
		{ "lossy", "destroys data" },
		{ "one-way", "cannot be undone" },
		{ "restart", "restarts something" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].class, class))
			return words[i].text;
	return class;
}

/*
 * A reboot that follows from other changes is not taken back, but what it put
 * into effect is set back all the same, and then told as waiting. Who has to
 * confirm a change that was rebooted for must not come to believe that it is
 * gone again.
 */
static bool is_left(const struct plan_change *change,
		    const struct execute_options *options)
{
	return plan_change_follows(change) &&
	       (options->confirm_within_s <= 0 ||
		!json_array_has(options->allow, "restart"));
}

/* Why a change cannot undo itself; false: it can. */
static bool add_obstacle(const struct plan_change *change, const json_t *allow,
			 struct strbuf *out, bool *ret_exposure)
{
	const char *doing = hard_class(change->consent);
	const char *undoing = hard_class(change->backout_consent);

	if (!doing && !strcmp(change->reversibility, "one-way"))
		doing = "one-way";
	if (doing) {
		strbuf_addf(out, "%s:%s %s", change->address, change->setting,
			    words_of(doing));
		return true;
	}
	if (undoing) {
		strbuf_addf(out, "the backout of %s:%s %s", change->address,
			    change->setting, words_of(undoing));
		return true;
	}
	if (json_array_has(change->backout_consent, "exposure") &&
	    !json_array_has(allow, "exposure")) {
		*ret_exposure = true;
		strbuf_addf(out, "the backout of %s:%s opens access",
			    change->address, change->setting);
		return true;
	}
	return false;
}

#define OBSTACLES_NAMED 3

int confirm_check(const struct plan *plan,
		  const struct execute_options *options, struct error *err)
{
	struct strbuf CLEANUP(strbuf_release) text = STRBUF_INIT(LIMIT_MESSAGE);
	const char *option = options->confirm_within_s > 0
				     ? "--confirm-within"
				     : "--on-failure backout";
	size_t found = 0, exposing = 0;

	if (!execute_undoes_itself(options))
		return 0;
	for (size_t i = 0; i < plan->changes_len; i++) {
		struct strbuf CLEANUP(strbuf_release) why =
			STRBUF_INIT(LIMIT_MESSAGE);
		bool exposure = false;

		if (is_left(&plan->changes[i], options))
			continue;
		if (!add_obstacle(&plan->changes[i], options->allow, &why,
				  &exposure))
			continue;
		exposing += exposure;
		if (found++ < OBSTACLES_NAMED)
			strbuf_addf(&text, "%s%s", text.len ? "; " : "",
				    why.buf);
	}
	if (!found)
		return 0;
	if (found > OBSTACLES_NAMED)
		strbuf_addf(&text, "; and %zu more", found - OBSTACLES_NAMED);
	error_set(err, ERR_CONSENT,
		  "%s is for what can be undone unseen, and that is not all of "
		  "this plan: %s",
		  option, text.buf);
	if (exposing == found)
		error_hint(err, "if that is meant, add --allow exposure");
	else
		error_hint(err,
			   "plan the rest with --only, or leave %s out and "
			   "back it out yourself",
			   option);
	return -1;
}

/* ---- deciding --------------------------------------------------------- */

/*
 * The lock of one decision. It is held for a moment only, so whoever finds it
 * taken waits.
 */
static int take(struct store *store, const char *change_id,
		struct lock **ret_lock, struct error *err)
{
	char CLEANUP(free_ptr) *self = confirm_self();
	char CLEANUP(free_ptr) *place = xasprintf("confirm/%s", change_id);
	const char *places[] = { place };
	const int64_t until = clock_monotonic_ms() + LOCK_WAIT_MS;

	while (lock_take(store, places, 1, self, NULL, ret_lock, err) < 0) {
		if (err->code != ERR_LOCKED || clock_monotonic_ms() >= until)
			return -1;
		error_release(err);
		*err = (struct error)ERROR_INIT;
		clock_sleep_ms(LOCK_TICK_MS);
	}
	return 0;
}

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
	return confirm_read(decision->store, &decision->record, clock_now(),
			    &decision->confirm, err);
}

/* What others decided comes first; then decide. */
static int decide(struct decision *decision, const char *change_id,
		  int (*act)(struct decision *decision, struct error *err),
		  struct error *err)
{
	struct lock CLEANUP(lock_freep) *lock = NULL;
	struct error CLEANUP(error_release) second = ERROR_INIT;
	int result;

	if (take(decision->store, change_id, &lock, err) < 0)
		return -1;
	result = store_fetch(decision->store, err) < 0 ||
				 look(decision, change_id, err) < 0
			 ? -1
			 : act(decision, err);
	if (lock_release(lock, &second) < 0 && result == 0) {
		error_copy(err, &second);
		return -1;
	}
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
	if (write_once(decision->store, decision->record.id, VERDICT_FILE,
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
	if (decision->confirm.by && clock_now() >= decision->confirm.by)
		reason = xasprintf("not confirmed by %s",
				   clock_rfc3339(decision->confirm.by, by));
	else
		reason = xasprintf("the change %s failed", record->id);
	verdict = new_verdict(record->id, "expired", decision->by, reason);
	if (write_once(decision->store, record->id, VERDICT_FILE, "Expire",
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
	return write_once(decision->store, decision->record.id, UNDONE_FILE,
			  "Settle the expiry of", undone, err);
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

/* ---- who is due ------------------------------------------------------- */

/*
 * A run on another machine cannot be seen to be over; but its own deadlines
 * end it: that of its steps, which the confirmation's cuts short, and that of
 * its backout.
 */
static bool is_overdue(const struct record *record, int64_t now)
{
	const char *started = json_text(record->change, "started_at");
	const json_t *deadline = json_object_get(record->change, "deadline");
	struct error CLEANUP(error_release) ignored = ERROR_INIT;
	int64_t when;

	if (!started || clock_parse(started, &when, &ignored) < 0)
		return false;
	return now >= when + 2 * json_integer_value(deadline) + SLACK_S;
}

int confirm_is_abandoned(struct store *store, const struct record *record,
			 int64_t now, bool *ret_abandoned, struct error *err)
{
	bool known;

	/* ours: then its lock tells; or committed as its process ended */
	if (journal_exists(store, record->id, &known, err) < 0)
		return -1;
	*ret_abandoned = known || is_overdue(record, now);
	return 0;
}

struct search {
	struct store *store;
	int64_t now;
	json_t *ids; /* oldest first */
};

static int add_due(const struct record *record, void *ctx, struct error *err)
{
	struct search *search = ctx;
	struct confirm CLEANUP(confirm_release) confirm = { 0 };
	bool abandoned = true;

	if (!json_is_true(json_object_get(record->change, "undoes_itself")))
		return 0;
	if (confirm_read(search->store, record, search->now, &confirm, err) < 0)
		return -1;
	if (confirm.state != CONFIRM_DUE)
		return 0;
	if (!record->result &&
	    confirm_is_abandoned(search->store, record, search->now, &abandoned,
				 err) < 0)
		return -1;
	if (abandoned)
		json_array_append_new(search->ids, json_string(record->id));
	return 0;
}

int confirm_due(struct store *store, int64_t now, json_t **ret_ids,
		struct error *err)
{
	json_t CLEANUP(json_release) *oldest_first = json_array();
	struct search search = { .store = store,
				 .now = now,
				 .ids = oldest_first };
	json_t *ids;

	if (records_each(store, NULL, add_due, &search, err) < 0)
		return -1;
	ids = json_array();
	for (size_t i = json_array_size(oldest_first); i-- > 0;)
		json_array_append(ids, json_array_get(oldest_first, i));
	*ret_ids = ids;
	return 0;
}
