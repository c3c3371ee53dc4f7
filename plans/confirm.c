#include "plans/confirm.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "state/journal.h"
#include "state/lock.h"

/* How much longer than its own deadlines a run may take to end. */
#define SLACK_S 120

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
	char CLEANUP(free_ptr) *path = record_path(record->id, CONFIRM_VERDICT);
	char CLEANUP(free_ptr) *undone =
		record_path(record->id, CONFIRM_UNDONE_FILE);
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

/* ---- who is due ------------------------------------------------------- */

/*
 * A run on another machine cannot be seen to be over; but its own deadlines
 * end it: that of its steps, or the moment by which it had to be confirmed,
 * since pauses between waves do not count to the former; and that of its
 * backout.
 */
static bool is_overdue(const struct record *record, int64_t now)
{
	const char *started = json_text(record->change, "started_at");
	const char *by = json_text(record->change, "confirm_by");
	const json_int_t deadline =
		json_integer_value(json_object_get(record->change, "deadline"));
	struct error CLEANUP(error_release) ignored = ERROR_INIT;
	int64_t when;

	if (by)
		return clock_parse(by, &when, &ignored) == 0 &&
		       now >= when + deadline + SLACK_S;
	if (!started || clock_parse(started, &when, &ignored) < 0)
		return false;
	return now >= when + 2 * deadline + SLACK_S;
}

static void release_infos(struct lock_infos *infos)
{
	lock_infos_release(infos);
}

/*
 * A run holds a lock that names its change to the end. So is there none, or is
 * it that of a process which is seen to be gone?
 */
static int has_no_holder(struct store *store, const struct record *record,
			 bool *ret_none, struct error *err)
{
	struct lock_infos CLEANUP(release_infos) infos = { 0 };
	struct error CLEANUP(error_release) unasked = ERROR_INIT;

	if (lock_list(store, &infos, &unasked, err) < 0)
		return -1;
	*ret_none = !error_is_set(&unasked);
	for (size_t i = 0; i < infos.len; i++) {
		const struct lock_info *info = &infos.items[i];

		if (info->is_known && info->holder.change &&
		    !strcmp(info->holder.change, record->id) &&
		    info->state != HOLDER_DEAD)
			*ret_none = false;
	}
	return 0;
}

int confirm_is_abandoned(struct store *store, const struct record *record,
			 int64_t now, bool *ret_abandoned, struct error *err)
{
	/* ours: then its lock tells; or committed as its process ended */
	if (journal_exists(store, record->id, ret_abandoned, err) < 0)
		return -1;
	if (*ret_abandoned || is_overdue(record, now)) {
		*ret_abandoned = true;
		return 0;
	}
	/* killed between the first commit and the journal */
	return has_no_holder(store, record, ret_abandoned, err);
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
