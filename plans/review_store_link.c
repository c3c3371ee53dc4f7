/* What earlier reviews tell of a new one: previous, trend and first_seen. */
#include <string.h>

#include "core/mem.h"
#include "plans/review.h"
#include "plans/review_store.h"
#include "plans/review_store_parts.h"
#include "state/record.h"

/* ---- the same places? ------------------------------------------------ */

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	const char *x = json_text(a, key), *y = json_text(b, key);

	return x && y && !strcmp(x, y);
}

static bool has_place(const json_t *targets, const json_t *wanted)
{
	json_t *target;
	size_t i;

	json_array_foreach(targets, i, target) {
		if (same_text(target, wanted, "account_id") &&
		    same_text(target, wanted, "region"))
			return true;
	}
	return false;
}

/* Does a review of `targets` cover all that `wanted` has? */
static bool covers(const json_t *targets, const json_t *wanted)
{
	json_t *target;
	size_t i;

	json_array_foreach(wanted, i, target) {
		if (!has_place(targets, target))
			return false;
	}
	return true;
}

static bool is_of_same_places(const json_t *review, const json_t *targets)
{
	const json_t *its = json_object_get(review, "targets");

	return covers(its, targets) && covers(targets, its);
}

/* ---- findings -------------------------------------------------------- */

/* Finding by its id, of those that failed or of all. New reference. */
static json_t *by_id(const json_t *review, bool failed_only)
{
	json_t *all = json_object();
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(review, "findings"), i, finding) {
		const char *id = json_text(finding, "id");
		const char *status = json_text(finding, "status");

		if (id &&
		    (!failed_only || (status && !strcmp(status, "failed"))))
			(void)json_object_set(all, id, finding);
	}
	return all;
}

/* Could it not be told this time whether the finding is still there? */
static bool is_unread(const json_t *review, const json_t *finding)
{
	json_t *unread;
	size_t i;

	json_array_foreach(json_object_get(review, "unread"), i, unread) {
		const char *control = json_text(finding, "control");

		if (control &&
		    json_array_has(json_object_get(unread, "controls"),
				   control) &&
		    (!json_text(unread, "target") ||
		     same_text(unread, finding, "target")) &&
		    (!json_text(unread, "address") ||
		     same_text(unread, finding, "address")))
			return true;
	}
	return false;
}

/* How many of these are not among the others, and could be told? */
static json_int_t count_missing(const json_t *these, const json_t *others,
				const json_t *told_by)
{
	json_int_t count = 0;
	const char *id;
	json_t *finding;

	json_object_foreach((json_t *)these, id, finding) {
		if (!json_object_get(others, id) &&
		    !(told_by && is_unread(told_by, finding)))
			count++;
	}
	return count;
}

static json_t *previous_of(const json_t *review, const json_t *before)
{
	CLEANUP(json_release) json_t *now_failed = by_id(review, true);
	CLEANUP(json_release) json_t *then_failed = by_id(before, true);

	return json_pack(
		"{s:s, s:s, s:I, s:I, s:I}", "id", json_text(before, "id"),
		"finished_at", json_text(before, "finished_at"), "failed",
		(json_int_t)review_store_count(before, "failed"), "new",
		count_missing(now_failed, then_failed, NULL), "fixed",
		count_missing(then_failed, now_failed, review));
}

/* ---- the trend ------------------------------------------------------- */

static json_t *trend_of(const json_t *review, const json_t *before)
{
	json_t *trend = json_array();

	if (before) {
		(void)json_array_extend(trend,
					json_object_get(before, "trend"));
		if (!json_array_size(trend))
			(void)json_array_append_new(trend,
						    review_trend_entry(before));
	}
	(void)json_array_append_new(trend, review_trend_entry(review));
	while (json_array_size(trend) > REVIEW_TREND_MOST)
		(void)json_array_remove(trend, 0);
	return trend;
}

/* ---- looking back ---------------------------------------------------- */

struct link {
	json_t *review;
	json_t *open; /* findings whose first_seen is not known yet, by id */
	size_t looked;
	bool compared;
};

/* What the earlier review says it saw first. */
static void take_first_seen(struct link *link, const json_t *before)
{
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(before, "findings"), i, finding) {
		const char *id = json_text(finding, "id");
		json_t *ours = id ? json_object_get(link->open, id) : NULL;
		json_t *seen = json_object_get(finding, "first_seen");

		if (!ours || !json_is_string(seen))
			continue;
		(void)json_object_set(ours, "first_seen", seen);
		(void)json_object_del(link->open, id);
	}
}

static int look(const struct review_record *record, void *ctx,
		struct error *err)
{
	struct link *link = ctx;
	json_t *before = record->review;

	(void)err;
	take_first_seen(link, before);
	if (!link->compared &&
	    is_of_same_places(before,
			      json_object_get(link->review, "targets"))) {
		link->compared = true;
		(void)json_object_set_new(link->review, "previous",
					  previous_of(link->review, before));
		(void)json_object_set_new(link->review, "trend",
					  trend_of(link->review, before));
	}
	return (link->compared && !json_object_size(link->open)) ||
	       ++link->looked == REVIEW_LOOKS_BACK;
}

/* Until an earlier review says otherwise, each was first seen now. */
static void see_now(json_t *review)
{
	json_t *when = json_object_get(review, "started_at");
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(review, "findings"), i, finding)
		(void)json_object_set(finding, "first_seen",
				      when ? when : json_null());
}

int review_store_link(struct store *store, int64_t now, json_t *review,
		      struct error *err)
{
	CLEANUP(free_ptr) char *id = NULL;
	CLEANUP(json_release) json_t *open = by_id(review, false);
	struct link link = { .review = review, .open = open };

	if (!store)
		id = record_new_id(now);
	else if (record_shelf_next_id(store, &record_reviews, now, &id, err))
		return -1;
	(void)json_object_set_new(review, "id", json_string(id));
	(void)json_object_set_new(review, "previous", json_null());
	(void)json_object_set_new(review, "trend", trend_of(review, NULL));
	see_now(review);
	return store ? review_store_each(store, look, &link, err) : 0;
}

struct looking {
	const json_t *targets;
	json_t *review;
	size_t looked;
};

static int look_for(const struct review_record *record, void *ctx,
		    struct error *err)
{
	struct looking *looking = ctx;

	(void)err;
	if (is_of_same_places(record->review, looking->targets)) {
		looking->review = json_incref(record->review);
		return 1;
	}
	return ++looking->looked == REVIEW_LOOKS_BACK;
}

int review_store_before(struct store *store, const json_t *targets,
			json_t **ret_review, struct error *err)
{
	struct looking looking = { .targets = targets };

	if (review_store_each(store, look_for, &looking, err)) {
		json_decref(looking.review);
		return -1;
	}
	*ret_review = looking.review;
	return 0;
}
