#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/limits.h"
#include "plans/review_store.h"
#include "state/fsck.h"
#include "state/record.h"
#include "tests/unit/store_fixture.h"

#define NOV_24 INT64_C(1795486530) /* 2026-11-24T02:15:30Z */
#define DAY INT64_C(86400)

/* A finding that failed, of one cluster. */
static json_t *finding(const char *id, const char *address)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", id, "control",
			 "deletion-protection", "target", "prod", "address",
			 address, "status", "failed");
}

/* A finished review of eu-west-1 with these findings (stolen). */
static json_t *new_review(int64_t when, json_t *findings)
{
	char at[CLOCK_TEXT_MAX];
	CLEANUP(free_ptr) char *id = record_new_id(when);

	(void)clock_rfc3339(when, at);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:[{s:s, s:s, s:s}], s:{s:I, s:i, "
		"s:i, s:{s:i}}, s:[], s:o, s:[]}",
		"format", "aback-review/1", "id", id, "started_at", at,
		"finished_at", at, "complete", true, "targets", "name", "prod",
		"account_id", "123456789012", "region", "eu-west-1", "summary",
		"failed", (json_int_t)json_array_size(findings), "waived", 1,
		"unread", 0, "by_severity", "high", 2, "controls", "findings",
		findings, "unread");
}

/* Linked and committed; a new reference. */
static json_t *put_review(struct fixture *f, int64_t when, json_t *findings)
{
	json_t *review = new_review(when, findings);

	assert_ok(f, review_store_link(f->store, when, review, &f->err));
	assert_ok(f, review_store_commit(f->store, review, &f->err));
	return review;
}

static const char *first_seen(const json_t *review, size_t i)
{
	return json_text(json_array_get(json_object_get(review, "findings"), i),
			 "first_seen");
}

static long long number(const json_t *review, const char *part, const char *key)
{
	return (long long)json_integer_value(
		json_object_get(json_object_get(review, part), key));
}

/* ---- linking --------------------------------------------------------- */

static void test_review_store_link__what_came_before(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *first = put_review(
		f, NOV_24,
		json_pack("[o, o]", finding("aa", "a"), finding("bb", "b")));
	CLEANUP(json_release)
	json_t *second = put_review(
		f, NOV_24 + DAY,
		json_pack("[o, o]", finding("bb", "b"), finding("cc", "c")));
	json_t *trend = json_object_get(second, "trend");

	assert_true(json_is_null(json_object_get(first, "previous")));
	assert_int_equal(json_array_size(json_object_get(first, "trend")), 1);
	assert_string_equal(first_seen(first, 0), "2026-11-24T02:15:30Z");

	assert_int_equal(number(second, "previous", "failed"), 2);
	assert_int_equal(number(second, "previous", "new"), 1);
	assert_int_equal(number(second, "previous", "fixed"), 1);
	assert_string_equal(
		json_text(json_object_get(second, "previous"), "id"),
		json_text(first, "id"));
	assert_int_equal(json_array_size(trend), 2);
	assert_string_equal(json_text(json_array_get(trend, 1), "id"),
			    json_text(second, "id"));
	assert_string_equal(first_seen(second, 0), "2026-11-24T02:15:30Z");
	assert_string_equal(first_seen(second, 1), "2026-11-25T02:15:30Z");
}

/* A finding that comes back was first seen when it was first seen. */
static void test_review_store_link__first_seen_outlives_a_gap(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *first =
		put_review(f, NOV_24, json_pack("[o]", finding("aa", "a")));
	CLEANUP(json_release)
	json_t *second = put_review(f, NOV_24 + DAY, json_array());
	CLEANUP(json_release)
	json_t *third = put_review(f, NOV_24 + 2 * DAY,
				   json_pack("[o]", finding("aa", "a")));

	assert_string_equal(first_seen(third, 0), "2026-11-24T02:15:30Z");
	assert_int_equal(number(third, "previous", "new"), 1);
	assert_int_equal(number(second, "previous", "fixed"), 1);
}

/* What could not be read is not fixed. */
static void test_review_store_link__unread_is_not_fixed(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *first = put_review(
		f, NOV_24,
		json_pack("[o, o]", finding("aa", "a"), finding("bb", "b")));
	CLEANUP(json_release)
	json_t *second = new_review(NOV_24 + DAY, json_array());

	(void)json_object_set_new(second, "unread",
				  json_pack("[{s:s, s:s, s:[s]}]", "target",
					    "prod", "address", "b", "controls",
					    "deletion-protection"));
	assert_ok(f,
		  review_store_link(f->store, NOV_24 + DAY, second, &f->err));
	assert_int_equal(number(second, "previous", "fixed"), 1);
}

/* Of other places nothing is new, and nothing fixed. */
static void test_review_store_link__compares_the_same_places(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *first =
		put_review(f, NOV_24, json_pack("[o]", finding("aa", "a")));
	json_t *other = new_review(NOV_24 + DAY, json_array());
	CLEANUP(json_release) json_t *third = NULL;

	(void)json_object_set_new(
		json_array_get(json_object_get(other, "targets"), 0), "region",
		json_string("us-east-1"));
	assert_ok(f, review_store_link(f->store, NOV_24 + DAY, other, &f->err));
	assert_true(json_is_null(json_object_get(other, "previous")));
	assert_ok(f, review_store_commit(f->store, other, &f->err));
	json_decref(other);

	third = put_review(f, NOV_24 + 2 * DAY, json_array());
	assert_string_equal(json_text(json_object_get(third, "previous"), "id"),
			    json_text(first, "id"));
	assert_int_equal(json_array_size(json_object_get(third, "trend")), 2);
}

static void test_review_store_link__two_within_a_second(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		json_decref(put_review(f, NOV_24, json_array()));
	CLEANUP(json_release)
	json_t *last = put_review(f, NOV_24, json_array());
	CLEANUP(review_record_release) struct review_record newest = { 0 };

	assert_ok(f, review_store_load(f->store, NULL, &newest, &f->err));
	assert_string_equal(newest.id, json_text(last, "id"));
	assert_int_equal(json_array_size(json_object_get(last, "trend")), 4);
}

static void test_review_store_link__without_a_store(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *review =
		new_review(NOV_24, json_pack("[o]", finding("aa", "a")));

	assert_ok(f, review_store_link(NULL, NOV_24, review, &f->err));
	assert_true(json_is_null(json_object_get(review, "previous")));
	assert_string_equal(first_seen(review, 0), "2026-11-24T02:15:30Z");
}

/* ---- committing and loading ------------------------------------------ */

static void test_review_store_commit__cut_off_is_not_recorded(void **state)
{
	static const char *const parts[] = {
		"format",  "id",       "started_at", "finished_at", "summary",
		"targets", "findings", "controls",   "unread"
	};
	struct fixture *f = *state;
	CLEANUP(json_release) json_t *ids = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		CLEANUP(json_release)
		json_t *review = new_review(NOV_24, json_array());

		(void)json_object_del(review, parts[i]);
		assert_int_equal(review_store_commit(f->store, review, &f->err),
				 -1);
		assert_int_equal(f->err.code, ERR_INCOMPLETE);
		error_release(&f->err);
	}
	assert_ok(f,
		  record_shelf_ids(f->store, &record_reviews, &ids, &f->err));
	assert_int_equal(json_array_size(ids), 0);
}

static void test_review_store_load__by_id_and_none(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release) json_t *review = NULL;
	CLEANUP(review_record_release) struct review_record found = { 0 };
	CLEANUP(free_ptr) char *beginning = NULL;

	assert_int_equal(review_store_load(f->store, NULL, &found, &f->err),
			 -1);
	assert_error(f, ERR_NOT_FOUND, "aback review");
	error_release(&f->err);
	review = put_review(f, NOV_24, json_array());
	beginning = xstrndup(json_text(review, "id"), 18);
	assert_ok(f, review_store_load(f->store, beginning, &found, &f->err));
	assert_true(json_equal(found.review, review));
	assert_null(found.signoff);
	review_record_release(&found);
	assert_int_equal(review_store_load(f->store, "2025", &found, &f->err),
			 -1);
	assert_error(f, ERR_NOT_FOUND, "there is no review '2025'");
}

static void test_review_store_load__damaged(void **state)
{
	struct fixture *f = *state;
	CLEANUP(review_record_release) struct review_record found = { 0 };

	assert_ok(f, put_file(f, f->store,
			      "reviews/20261124T021530Z-a1b2c3/review.json",
			      "{\"format\": \"aback-review/1\"}\n",
			      STORE_PUSH_REQUIRED));
	assert_int_equal(review_store_load(f->store, NULL, &found, &f->err),
			 -1);
	assert_error(f, ERR_STATE, "fsck");
}

/* ---- signing off ----------------------------------------------------- */

static void test_review_store_sign__once(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *review = put_review(f, NOV_24, json_array());
	CLEANUP(json_release) json_t *signoff = NULL;
	CLEANUP(json_release) json_t *again = NULL;
	const struct review_signer signer = { .by = "Alice",
					      .note = "all waivers checked" };
	CLEANUP(review_record_release) struct review_record found = { 0 };

	assert_ok(f, review_store_sign(f->store, NULL, &signer, &signoff,
				       &f->err));
	assert_string_equal(json_text(signoff, "format"), "aback-signoff/1");
	assert_string_equal(json_text(signoff, "review"),
			    json_text(review, "id"));
	assert_string_equal(json_text(signoff, "by"), "Alice");
	assert_non_null(json_text(signoff, "caller"));
	assert_non_null(json_text(signoff, "host"));
	assert_ok(f, review_store_load(f->store, NULL, &found, &f->err));
	assert_true(json_equal(found.signoff, signoff));

	assert_int_equal(review_store_sign(f->store, json_text(review, "id"),
					   &signer, &again, &f->err),
			 -1);
	assert_error(f, ERR_SIGNED_OFF, "by 'Alice'");
	assert_null(again);
}

static void test_review_store_sign__needs_a_review(void **state)
{
	struct fixture *f = *state;
	json_t *signoff = NULL;
	const struct review_signer signer = { .by = "Alice" };

	assert_int_equal(
		review_store_sign(f->store, NULL, &signer, &signoff, &f->err),
		-1);
	assert_error(f, ERR_NOT_FOUND, "no review");
	assert_null(signoff);
}

/* Another clone signs first, and what it pushed is seen. */
static void test_review_store_sign__another_clone_was_first(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *review = put_review(f, NOV_24, json_array());
	const struct review_signer signer = { .by = "Alice" };
	CLEANUP(json_release) json_t *signoff = NULL;
	CLEANUP(free_ptr) char *path = xasprintf("%s/other.git", f->directory);
	struct store *other = NULL;
	json_t *second = NULL;

	assert_ok(f, store_open(path, f->remote, &other, &f->err));
	assert_ok(f,
		  review_store_sign(other, NULL, &signer, &signoff, &f->err));
	store_free(other);
	assert_int_equal(
		review_store_sign(f->store, NULL, &signer, &second, &f->err),
		-1);
	assert_error(f, ERR_SIGNED_OFF, "signed off already");
}

/* Two clones review: neither's is lost. */
static void test_review_store_commit__two_clones(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *path = xasprintf("%s/other.git", f->directory);
	struct store *mine = f->store;
	struct store *other = NULL;
	CLEANUP(json_release) json_t *ids = NULL;

	assert_ok(f, store_open(path, f->remote, &other, &f->err));
	json_decref(put_review(f, NOV_24, json_array()));
	f->store = other; /* which has not fetched */
	json_decref(put_review(f, NOV_24 + 1, json_array()));
	f->store = mine;
	store_free(other);
	assert_ok(f, store_fetch(f->store, &f->err));
	assert_ok(f,
		  record_shelf_ids(f->store, &record_reviews, &ids, &f->err));
	assert_int_equal(json_array_size(ids), 2);
}

/* ---- due ------------------------------------------------------------- */

static struct target targets[] = {
	{ .name = (char[]){ "prod" },
	  .account_id = (char[]){ "123456789012" },
	  .region = (char[]){ "eu-west-1" } },
	{ .name = (char[]){ "us" },
	  .account_id = (char[]){ "123456789012" },
	  .region = (char[]){ "us-east-1" } },
};
static const char *owners[] = { "dba@example.com", "sec@example.com" };

static struct desired wants(size_t targets_len)
{
	return (struct desired){ .path = "aback.yaml",
				 .targets = targets,
				 .targets_len = targets_len,
				 .review_every_s = 90 * DAY,
				 .owners = owners,
				 .owners_len = 2 };
}

/* Is one due then, and does the reason have this in it? */
static void expect_due(struct fixture *f, size_t targets_len, int64_t now,
		       bool due, const char *reason)
{
	const struct desired desired = wants(targets_len);
	CLEANUP(json_release) json_t *found = NULL;

	assert_ok(f,
		  review_store_due(f->store, &desired, now, &found, &f->err));
	if (!strstr(json_text(found, "reason"), reason))
		fail_msg("'%s' is not in '%s'", reason,
			 json_text(found, "reason"));
	assert_int_equal(json_is_true(json_object_get(found, "due")), due);
	assert_non_null(strstr(json_text(found, "reason"),
			       "dba@example.com, sec@example.com"));
}

static void test_review_store_due__never_reviewed(void **state)
{
	expect_due(*state, 1, NOV_24, true, "there is none of all targets yet");
}

static void test_review_store_due__in_time_and_over(void **state)
{
	struct fixture *f = *state;

	json_decref(put_review(f, NOV_24, json_array()));
	expect_due(f, 1, NOV_24 + 1, false, "due in 89 days");
	expect_due(f, 1, NOV_24 + 90 * DAY - 1, false, "due in 1 second:");
	expect_due(f, 1, NOV_24 + 90 * DAY, true, "overdue by 0 seconds");
	expect_due(f, 1, NOV_24 + 102 * DAY, true,
		   "overdue by 12 days: the last, 20261124T021530Z-");
}

/* Where sign-off is wanted, a review that nobody signed is none. */
static void test_review_store_due__signed_off(void **state)
{
	struct fixture *f = *state;
	struct desired desired = wants(1);
	const struct review_signer signer = { .by = "Alice" };
	CLEANUP(json_release) json_t *signoff = NULL;

	desired.review_sign_off = true;
	json_decref(put_review(f, NOV_24, json_array()));
	for (int i = 0; i < 2; i++) {
		CLEANUP(json_release) json_t *due = NULL;

		assert_ok(f, review_store_due(f->store, &desired, NOV_24, &due,
					      &f->err));
		assert_int_equal(json_is_true(json_object_get(due, "due")), !i);
		if (!i) {
			assert_non_null(strstr(json_text(due, "reason"),
					       "none of all targets that is "
					       "signed off yet"));
			assert_ok(f, review_store_sign(f->store, NULL, &signer,
						       &signoff, &f->err));
		}
	}
}

/* A review of one of two targets is none of both. */
static void test_review_store_due__of_all_targets(void **state)
{
	struct fixture *f = *state;

	json_decref(put_review(f, NOV_24, json_array()));
	expect_due(f, 1, NOV_24, false, "due in 90 days");
	expect_due(f, 2, NOV_24, true, "there is none of all targets yet");
}

static void test_review_store_due__the_clock_went_backwards(void **state)
{
	struct fixture *f = *state;

	json_decref(put_review(f, NOV_24, json_array()));
	expect_due(f, 1, NOV_24 - 60, false, "due in 90 days");
	expect_due(f, 1, NOV_24 - DAY, true, "the clock went backwards");
	/* an earlier one counts all the same, and a new one settles it */
	json_decref(put_review(f, NOV_24 - DAY, json_array()));
	expect_due(f, 1, NOV_24 - DAY, false, "the clock went backwards");
}

static void test_review_store_due__not_asked_for(void **state)
{
	struct fixture *f = *state;
	struct desired desired = wants(1);
	json_t *due = NULL;

	desired.review_every_s = 0;
	assert_int_equal(
		review_store_due(f->store, &desired, NOV_24, &due, &f->err),
		-1);
	assert_error(f, ERR_DESIRED, "how often");
}

/* ---- fsck ------------------------------------------------------------ */

static char *damage_of(struct fixture *f)
{
	struct fsck fsck;
	struct strbuf text = STRBUF_INIT(MIB);

	fsck_init(&fsck, f->store);
	assert_ok(f, fsck_run(&fsck, &f->err));
	if (json_array_size(fsck.damage))
		json_canonical(fsck.damage, &text);
	fsck_release(&fsck);
	return strbuf_detach(&text);
}

static void test_fsck_run__reviews(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release)
	json_t *review = put_review(f, NOV_24, json_array());
	const struct review_signer signer = { .by = "Alice" };
	CLEANUP(json_release) json_t *signoff = NULL;
	CLEANUP(free_ptr)
	char *path =
		xasprintf("reviews/%s/review.json", json_text(review, "id"));
	CLEANUP(free_ptr) char *sound = NULL;
	CLEANUP(free_ptr) char *damaged = NULL;
	CLEANUP(free_ptr) char *message = NULL;

	assert_ok(f, review_store_sign(f->store, NULL, &signer, &signoff,
				       &f->err));
	sound = damage_of(f);
	assert_string_equal(sound, "");
	message = output_of(f, "git -C state.git log --format=%%B main");
	assert_non_null(strstr(message, "Aback-Review: 2026"));
	assert_non_null(strstr(message, "Aback-Digest: "));
	assert_ok(f, put_file(f, f->store, path, "{}\n", STORE_PUSH_REQUIRED));
	damaged = damage_of(f);
	assert_non_null(strstr(damaged, "was changed after it had been"));
	assert_non_null(strstr(damaged, "'id' is not the one"));
}

/* A sign-off of nothing is damage. */
static void test_fsck_run__signoff_without_review(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *damaged = NULL;

	assert_ok(f, put_file(f, f->store,
			      "reviews/20261124T021530Z-a1b2c3/signoff.json",
			      "{\"review\": \"20261124T021530Z-a1b2c4\"}\n",
			      STORE_PUSH_REQUIRED));
	damaged = damage_of(f);
	assert_non_null(strstr(damaged, "a part of the record is missing"));
	assert_non_null(strstr(damaged, "'review' is not the one"));
}

#define STORE(fn)                                                \
	cmocka_unit_test_setup_teardown(fn, fixture_setup_store, \
					fixture_teardown)
#define REMOTE(fn)                                                \
	cmocka_unit_test_setup_teardown(fn, fixture_setup_remote, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(test_review_store_link__what_came_before),
		STORE(test_review_store_link__first_seen_outlives_a_gap),
		STORE(test_review_store_link__unread_is_not_fixed),
		STORE(test_review_store_link__compares_the_same_places),
		STORE(test_review_store_link__two_within_a_second),
		STORE(test_review_store_link__without_a_store),
		STORE(test_review_store_commit__cut_off_is_not_recorded),
		STORE(test_review_store_load__by_id_and_none),
		STORE(test_review_store_load__damaged),
		STORE(test_review_store_sign__once),
		STORE(test_review_store_sign__needs_a_review),
		REMOTE(test_review_store_sign__another_clone_was_first),
		REMOTE(test_review_store_commit__two_clones),
		STORE(test_review_store_due__never_reviewed),
		STORE(test_review_store_due__in_time_and_over),
		STORE(test_review_store_due__signed_off),
		STORE(test_review_store_due__of_all_targets),
		STORE(test_review_store_due__the_clock_went_backwards),
		STORE(test_review_store_due__not_asked_for),
		STORE(test_fsck_run__reviews),
		STORE(test_fsck_run__signoff_without_review),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
