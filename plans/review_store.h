/*
 * Reviews in the state repository: reviews/<id>/review.json, the document that
 * a review makes ("aback-review/1"), and beside it signoff.json
 * ({"format": "aback-signoff/1", "review", "by", "note", "at", "caller",
 * "host"}) once somebody has signed it off. Both are written once.
 *
 * Sequence: make the whole document; review_store_link gives it its id and what
 * earlier reviews tell; review_store_commit records it. A review that was cut
 * off before that is in the store in no part.
 */
#ifndef ABACK_PLANS_REVIEW_STORE_H
#define ABACK_PLANS_REVIEW_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/desired.h"
#include "state/store.h"

/* So many earlier reviews are asked when a finding was first seen. */
#define REVIEW_LOOKS_BACK 20
/* So many entries has `trend`, the review's own among them. */
#define REVIEW_TREND_MOST 100
/* Clocks of two machines may differ by so much. */
#define REVIEW_SKEW_S 300

struct review_record {
	char *id;
	json_t *review;
	json_t *signoff; /* NULL: nobody has signed it off */
};
void review_record_release(struct review_record *record);

/*
 * The review with that id, or the only one whose id begins with it; NULL: the
 * newest. ERR_NOT_FOUND: there is none; ERR_STATE: it is damaged.
 */
MUST_CHECK int review_store_load(struct store *store, const char *id,
				 struct review_record *ret_record,
				 struct error *err);
/*
 * Each review, the newest first, with one of them in memory at a time. `each`
 * returns 0 to go on, 1 to stop, -1 with err.
 */
MUST_CHECK int review_store_each(struct store *store,
				 int (*each)(const struct review_record *record,
					     void *ctx, struct error *err),
				 void *ctx, struct error *err);

/*
 * Give a finished review its id (later than all before), `previous`, `trend`,
 * and each finding its `first_seen`. Compared is the newest review of the same
 * places. store may be NULL: then nothing came before. now: when it began.
 */
MUST_CHECK int review_store_link(struct store *store, int64_t now,
				 json_t *review, struct error *err);
/*
 * The newest review of the same places as `targets` ([{"account_id", "region"},
 * …]), of those that review_store_link would look at; *ret_review is a new
 * reference, NULL where there is none.
 */
MUST_CHECK int review_store_before(struct store *store, const json_t *targets,
				   json_t **ret_review, struct error *err);
/*
 * Record it. Pushed, where there is a remote, or not recorded at all.
 * ERR_INCOMPLETE: the document is not one of a review that came to its end.
 */
MUST_CHECK int review_store_commit(struct store *store, const json_t *review,
				   struct error *err);

/* Who signs, as far as can be told. */
struct review_signer {
	const char *by;     /* as they call themselves */
	const char *note;   /* NULL: none */
	const char *caller; /* of AWS; NULL: the user of this host */
};
/*
 * Sign off the review that `id` stands for (NULL: the newest); *ret_signoff is
 * what was recorded, a new reference. ERR_NOT_FOUND: there is no such review;
 * ERR_SIGNED_OFF: it is signed off already, and by whom.
 */
MUST_CHECK int review_store_sign(struct store *store, const char *id,
				 const struct review_signer *signer,
				 json_t **ret_signoff, struct error *err);

/*
 * Is a review due at `now`, as `review:` of the desired state wants it? A new
 * document {"format": "aback-due/1", "due", "reason": one sentence, "every_s",
 * "owners", "due_at", "overdue_s" (null unless overdue and known), "last":
 * {"id", "finished_at", "complete", "signed_off_by"} or null, "ahead": [ids of
 * reviews that end after now: a clock went backwards, so they do not count]}.
 * Only reviews that cover all of desired's targets count, and, where it wants
 * that, are signed off. Without any it is due. ERR_DESIRED: the file does not
 * say how often.
 */
MUST_CHECK int review_store_due(struct store *store,
				const struct desired *desired, int64_t now,
				json_t **ret_due, struct error *err);

#endif
