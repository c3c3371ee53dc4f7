/*
 * Is the store what aback wrote? Every object, the history from its first
 * commit on, every record and journal, the values and holds that follow from
 * them, locks. What is wrong is collected, not stopped at.
 */
#ifndef ABACK_STATE_FSCK_H
#define ABACK_STATE_FSCK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

struct fsck {
	struct store *store; /* borrowed */
	/*
	 * {"check", "problem", "commit", "path", "expected", "found",
	 * "remedy"}: all strings; null where it does not apply.
	 */
	json_t *damage;
	json_t *notes; /* strings: nothing wrong, but worth knowing */
	json_t *files; /* of records; see state/fsck_history.c */
	char *tip;     /* NULL: there is none */
	size_t commits, objects, changes, reviews;
	/* Whole ids of commits whose signatures are not asked for; borrowed. */
	const char *const *accept;
	size_t accept_len;
	/* commits, of fsck_signatures; those that say why they have none */
	size_t well_signed, unsigned_ends, accepted;
	bool is_checked; /* were signatures? */
};

void fsck_init(struct fsck *fsck, struct store *store);
void fsck_release(struct fsck *fsck);

struct fsck_finding {
	const char *check; /* "object", "history", "record", … */
	/* each may be NULL */
	const char *commit, *path, *expected, *found;
	const char *remedy;
};
void fsck_add(struct fsck *fsck, const struct fsck_finding *finding,
	      const char *fmt, ...) PRINTF_LIKE(3, 4);
/* What could not be read, as the problem; err is used up. */
void fsck_add_error(struct fsck *fsck, const struct fsck_finding *finding,
		    struct error *err);
void fsck_note(struct fsck *fsck, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Was it said of this file that its object cannot be read? */
bool fsck_is_unreadable(const struct fsck *fsck, const char *path);

/*
 * All checks of this layer. ERR_STATE only for what makes going on impossible;
 * damage is no error.
 */
MUST_CHECK int fsck_run(struct fsck *fsck, struct error *err);
/*
 * After fsck_run: check the signature of each commit of the branch, by git,
 * against a file of allowed signers (as gpg.ssh.allowedSignersFile is one) or
 * of OpenPGP public keys. What was recorded while signing was not possible is
 * a finding of its own, "unsigned": it says why, but so could anybody. ERR_IO:
 * no such file, or no git. ERR_USAGE: what is accepted is no whole id.
 */
MUST_CHECK int fsck_signatures(struct fsck *fsck, const char *signers,
			       struct error *err);

/*
 * Show what a store that cannot even be opened says, as the only finding.
 * path: of the store; err is used up.
 */
void fsck_add_unopened(struct fsck *fsck, struct error *err);

/* {"format": "aback-fsck/1", …}. A new reference. */
json_t *fsck_report(const struct fsck *fsck, const char *path);

#endif
