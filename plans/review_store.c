#include "plans/review_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/review_store_parts.h"
#include "state/record.h"

void review_record_release(struct review_record *record)
{
	free(record->id);
	json_decref(record->review);
	json_decref(record->signoff);
	*record = (struct review_record){ 0 };
}

/* reviews/<id>/<file>. Owned. */
static char *review_path(const char *id, const char *file)
{
	return xasprintf("%s/%s/%s", record_reviews.directory, id, file);
}

/* ---- reading --------------------------------------------------------- */

static int damaged(struct store *store, const char *path, const char *why,
		   struct error *err)
{
	(void)error_set(err, ERR_STATE, "the state repository '%s' is damaged",
			store_path(store));
	error_where(err, "%s: %s", path, why);
	error_hint(err, "aback state fsck says what is wrong with it");
	return -1;
}

static bool is(const json_t *object, const char *key, const char *text)
{
	const char *found = json_text(object, key);

	return found && !strcmp(found, text);
}

bool review_time(const json_t *review, const char *key, int64_t *ret_when)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	const char *text = json_text(review, key);

	return text && !clock_parse(text, ret_when, &ignored);
}

/* What a document lacks to be that of a finished review; NULL: nothing. */
static const char *missing(const json_t *review)
{
	static const char *const arrays[] = { "targets", "controls", "findings",
					      "unread" };
	const char *id = json_text(review, "id");
	int64_t ignored;

	if (!is(review, "format", "aback-review/1"))
		return "format";
	if (!id || !record_is_id(id))
		return "id";
	if (!review_time(review, "started_at", &ignored))
		return "started_at";
	if (!review_time(review, "finished_at", &ignored))
		return "finished_at";
	if (!json_is_object(json_object_get(review, "summary")))
		return "summary";
	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++) {
		if (!json_is_array(json_object_get(review, arrays[i])))
			return arrays[i];
	}
	return NULL;
}

int review_is_signed(struct store *store, const char *id, bool *ret_signed,
		     struct error *err)
{
	CLEANUP(free_ptr) char *path = review_path(id, "signoff.json");
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);

	return store_read(store, path, &text, ret_signed, err);
}

int review_load(struct store *store, const char *id,
		struct review_record *ret_record, struct error *err)
{
	CLEANUP(review_record_release) struct review_record record = { 0 };
	CLEANUP(free_ptr) char *path = review_path(id, "review.json");
	CLEANUP(free_ptr) char *signoff = review_path(id, "signoff.json");
	CLEANUP(free_ptr) char *why = NULL;

	record.id = xstrdup(id);
	if (store_read_json(store, path, &record.review, err) ||
	    store_read_json(store, signoff, &record.signoff, err))
		return -1;
	if (!record.review)
		return damaged(store, path, "missing", err);
	if (!is(record.review, "id", id))
		return damaged(store, path, "'id' is not its own", err);
	if (missing(record.review)) {
		why = xasprintf("'%s' is not that of a review",
				missing(record.review));
		return damaged(store, path, why, err);
	}
	*ret_record = record;
	memset(&record, 0, sizeof(record)); /* it is the caller's now */
	return 0;
}

int review_store_load(struct store *store, const char *id,
		      struct review_record *ret_record, struct error *err)
{
	CLEANUP(json_release) json_t *ids = NULL;
	CLEANUP(free_ptr) char *found = NULL;

	if (id) {
		if (record_shelf_find(store, &record_reviews, id, &found, err))
			return -1;
		return review_load(store, found, ret_record, err);
	}
	if (record_shelf_ids(store, &record_reviews, &ids, err))
		return -1;
	if (!json_array_size(ids)) {
		(void)error_set(err, ERR_NOT_FOUND,
				"there is no review in the state repository "
				"'%s'",
				store_path(store));
		error_hint(err, "%s", record_reviews.none);
		return -1;
	}
	found = xstrdup(json_string_value(
		json_array_get(ids, json_array_size(ids) - 1)));
	return review_load(store, found, ret_record, err);
}

int review_store_each(struct store *store,
		      int (*each)(const struct review_record *record, void *ctx,
				  struct error *err),
		      void *ctx, struct error *err)
{
	CLEANUP(json_release) json_t *ids = NULL;

	if (record_shelf_ids(store, &record_reviews, &ids, err))
		return -1;
	for (size_t i = json_array_size(ids); i > 0; i--) {
		CLEANUP(review_record_release)
		struct review_record record = { 0 };
		int rc;

		if (review_load(store,
				json_string_value(json_array_get(ids, i - 1)),
				&record, err))
			return -1;
		rc = each(&record, ctx, err);
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	return 0;
}

/* ---- writing --------------------------------------------------------- */

int review_write(struct store *store, const char *id, const char *file,
		 const json_t *value, const char *subject, struct error *err)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(free_ptr) char *path = review_path(id, file);
	const struct store_trailer trailers[] = { { "Aback-Review", id },
						  { NULL, NULL } };

	store_edits_put_json(&edits, path, value);
	return store_commit(store, subject, trailers, &edits,
			    STORE_PUSH_REQUIRED, NULL, err);
}

long long review_store_count(const json_t *review, const char *key)
{
	return (long long)json_integer_value(
		json_object_get(json_object_get(review, "summary"), key));
}

int review_store_commit(struct store *store, const json_t *review,
			struct error *err)
{
	const char *lacks = missing(review);
	CLEANUP(free_ptr) char *subject = NULL;
	const char *id;

	if (lacks)
		return error_set(err, ERR_INCOMPLETE,
				 "a review without '%s' did not come to its "
				 "end, and is not recorded",
				 lacks);
	id = json_text(review, "id");
	subject = xasprintf("review %s: %lld failed, %lld waived, %lld unread",
			    id, review_store_count(review, "failed"),
			    review_store_count(review, "waived"),
			    review_store_count(review, "unread"));
	return review_write(store, id, "review.json", review, subject, err);
}
