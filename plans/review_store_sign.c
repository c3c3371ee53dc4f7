/* Signing a review off: that somebody has read it, and answers for it. */
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "plans/confirm.h"
#include "plans/decision.h"
#include "plans/review_store_parts.h"
#include "plans/review_store.h"

static json_t *new_signoff(const char *id, const struct review_signer *signer)
{
	CLEANUP(free_ptr) char *self = confirm_self();
	char host[256] = "";
	char now[CLOCK_TEXT_MAX];

	(void)gethostname(host, sizeof(host) - 1); /* "" where there is none */
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o}", "format",
			 "aback-signoff/1", "review", id, "by",
			 json_from_text(signer->by), "note",
			 json_from_text(signer->note), "at",
			 clock_rfc3339(clock_now(), now), "caller",
			 json_from_text(signer->caller ? signer->caller : self),
			 "host", json_from_text(host));
}

static int refuse(const struct review_record *record, struct error *err)
{
	const char *by = json_text(record->signoff, "by");
	const char *at = json_text(record->signoff, "at");

	(void)error_set(err, ERR_SIGNED_OFF,
			"the review %s is signed off already, by '%s' at %s",
			record->id, by ? by : "somebody",
			at ? at : "some time");
	error_hint(err, "a sign-off stays as it is; the next review can be "
			"signed off again");
	return -1;
}

/* Under the lock: nobody else signs meanwhile. */
static int sign(struct store *store, const char *id,
		const struct review_signer *signer, json_t **ret_signoff,
		struct error *err)
{
	CLEANUP(review_record_release) struct review_record record = { 0 };
	CLEANUP(json_release) json_t *signoff = NULL;
	CLEANUP(free_ptr) char *subject = NULL;

	if (review_store_load(store, id, &record, err))
		return -1;
	if (record.signoff)
		return refuse(&record, err);
	signoff = new_signoff(record.id, signer);
	subject = xasprintf("sign off the review %s", record.id);
	if (review_write(store, record.id, "signoff.json", signoff, subject,
			 err))
		return -1;
	*ret_signoff = TAKE(signoff);
	return 0;
}

int review_store_sign(struct store *store, const char *id,
		      const struct review_signer *signer, json_t **ret_signoff,
		      struct error *err)
{
	CLEANUP(review_record_release) struct review_record record = { 0 };
	CLEANUP(lock_cleanup) struct lock *lock = NULL;
	CLEANUP(json_release) json_t *signoff = NULL;
	int rc;

	/* which one: what others reviewed meanwhile is not what was read */
	if (store_fetch(store, err) ||
	    review_store_load(store, id, &record, err))
		return -1;
	if (record.signoff)
		return refuse(&record, err);
	if (decision_take(store, "review", record.id, &lock, err))
		return -1;
	rc = sign(store, record.id, signer, &signoff, err);
	lock_end(lock);
	if (rc)
		return -1;
	*ret_signoff = TAKE(signoff);
	return 0;
}
