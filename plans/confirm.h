/*
 * Changes that undo themselves: `apply --confirm-within` until somebody
 * confirms, `apply --on-failure backout` once something failed.
 *
 * What is to happen stands in change.json ("undoes_itself", "confirm_by",
 * "on_failure"), which is pushed before the first write, so that whoever opens
 * the store later can see to it. What was decided stands in confirm.json:
 * {"format": "aback-confirm/1", "change", "state": "kept" or "expired", "at",
 *  "by", "reason"}, and how the backout of what expired ended in undone.json:
 * {"format": "aback-undone/1", "change", "at", "backout", "outcome": "done",
 *  "waiting", "failed", "conflict", or "nothing" (was left to undo)}.
 * Both are written once, under a lock of their own, "confirm/<change>", after
 * a look at what others pushed: of a confirmation and an expiry that race, one
 * wins.
 *
 * Killed between the two files, the next one finds the change due again and
 * makes the backout of what is left.
 */
#ifndef ABACK_PLANS_CONFIRM_H
#define ABACK_PLANS_CONFIRM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/execute.h"
#include "plans/plan.h"
#include "state/record.h"
#include "state/store.h"

#define CONFIRM_VERDICT "confirm.json"
#define CONFIRM_UNDONE_FILE "undone.json"

enum confirm_state {
	CONFIRM_NONE,  /* it does not undo itself, or has no effect to undo */
	CONFIRM_OPEN,  /* it waits to be confirmed */
	CONFIRM_KEPT,  /* it was confirmed */
	CONFIRM_DUE,   /* it is to be backed out */
	CONFIRM_UNDONE /* it was backed out by itself, or as far as could be */
};

struct confirm {
	enum confirm_state state;
	int64_t by;      /* until when it can be confirmed; 0: it never could */
	json_t *verdict; /* confirm.json; NULL: there is none */
	json_t *undone;  /* undone.json; NULL: there is none */
};
void confirm_release(struct confirm *confirm);

/* How the change stands at that moment. ERR_STATE: its record is damaged. */
MUST_CHECK int confirm_read(struct store *store, const struct record *record,
			    int64_t now, struct confirm *ret_confirm,
			    struct error *err);

/* ---- confirm_check.c ---- */

/*
 * May this plan undo itself? ERR_CONSENT where a change or its backout destroys
 * data, cannot be undone or restarts something, and where its backout opens
 * access that --allow exposure does not cover. Asks nothing of a plan whose
 * options do not make it undo itself. ERR_USAGE: its time is longer than a
 * year.
 */
MUST_CHECK int confirm_check(const struct plan *plan,
			     const struct execute_options *options,
			     struct error *err);

/* ---- confirm_decide.c ---- */

/*
 * Keep the change: by is who says so. *ret_confirm is how it stands then;
 * keeping what is kept is no error. ERR_TOO_LATE: its time is over, and what
 * became of it; ERR_USAGE: there is nothing to confirm; ERR_UNFINISHED: its
 * steps still run.
 */
MUST_CHECK int confirm_keep(struct store *store, const char *change_id,
			    const char *by, struct confirm *ret_confirm,
			    struct error *err);

/*
 * Decide that the change is backed out, unless somebody kept it or it is backed
 * out already: look at ret_confirm->state, which is CONFIRM_DUE where it is to
 * be done now.
 */
MUST_CHECK int confirm_expire(struct store *store, const char *change_id,
			      const char *by, struct confirm *ret_confirm,
			      struct error *err);
/* Its backout is over; backout_id is NULL where there was nothing to send. */
MUST_CHECK int confirm_settle(struct store *store, const char *change_id,
			      const char *outcome, const char *backout_id,
			      struct error *err);

/* ---- confirm.c ---- */

/*
 * The ids of the changes that are due at that moment, the newest first, as a
 * new array; those that still run, as far as can be told, are not among them.
 */
MUST_CHECK int confirm_due(struct store *store, int64_t now, json_t **ret_ids,
			   struct error *err);
/*
 * May this unfinished change be accounted for, without a person who knows that
 * its process is gone? Whoever does so still has to get its lock.
 */
MUST_CHECK int confirm_is_abandoned(struct store *store,
				    const struct record *record, int64_t now,
				    bool *ret_abandoned, struct error *err);

/* "alice on host build-7": who decides, without asking AWS. Owned. */
char *confirm_self(void);

#endif
