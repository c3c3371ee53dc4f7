/* aback review: a review in the state repository. */
#include "cmd/message.h"
#include "cmd/review.h"
#include "core/limits.h"
#include "plans/review_store.h"

int review_open_store(struct session *session, const struct review_args *args,
		      struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (!session_open_fresh_store(session, &why))
		return 0;
	if (why.code != ERR_NOT_FOUND || args->common.state) {
		error_copy(err, &why);
		return -1;
	}
	error_message(&why, &text);
	if (!args->no_record)
		note("note: %s; so the review is not recorded", text.buf);
	return 0;
}

int review_link(const struct session *session, int64_t began_at, json_t *review,
		struct error *err)
{
	return review_store_link(session->store, began_at, review, err);
}

int review_record(const struct session *session, const struct review_args *args,
		  const json_t *review, struct error *err)
{
	if (!session->store || args->no_record)
		return 0;
	if (check_stdout(err))
		return -1;
	if (interrupted)
		return error_set(err, ERR_INTERRUPTED,
				 "interrupted; the review is not recorded");
	if (review_store_commit(session->store, review, err))
		return error_wrap(err, "the review is not recorded");
	note("recorded as the review %s", json_text(review, "id"));
	return 0;
}
