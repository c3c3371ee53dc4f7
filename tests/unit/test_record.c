#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/limits.h"
#include "state/record.h"
#include "store_fixture.h"

#define OLD "20261101T000000Z-000001"
#define NEW "20261124T021530Z-a1b2c3"
#define NEWER "20261124T021530Z-b00000"

static void add_change(struct store_edits *edits, const char *id,
		       const char *plan_id, bool finished)
{
	CLEANUP(json_release)
	json_t *change =
		json_pack("{s:s, s:s, s:s}", "format", "aback-change/1", "id",
			  id, "plan_id", plan_id);
	CLEANUP(json_release)
	json_t *prior =
		json_pack("{s:s, s:[]}", "format", "aback-prior/1", "values");
	CLEANUP(json_release)
	json_t *result = json_pack("{s:s, s:s}", "format", "aback-result/1",
				   "state", "done");
	CLEANUP(free_ptr) char *change_path = record_path(id, "change.json");
	CLEANUP(free_ptr) char *prior_path = record_path(id, "prior.json");
	CLEANUP(free_ptr) char *plan_path = record_path(id, "plan.json");
	CLEANUP(free_ptr) char *result_path = record_path(id, "result.json");

	store_edits_put_json(edits, change_path, change);
	store_edits_put_json(edits, prior_path, prior);
	store_edits_put(edits, plan_path, "the plan\n", 9);
	if (finished)
		store_edits_put_json(edits, result_path, result);
}

/* A store with three changes, the newest unfinished. */
static int setup(void **state)
{
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	struct fixture *f;

	if (fixture_setup_store(state))
		return -1;
	f = *state;
	add_change(&edits, NEW, "sha256:2", true);
	add_change(&edits, OLD, "sha256:1", true);
	add_change(&edits, NEWER, "sha256:3", false);
	return store_commit(f->store, "Record", NULL, &edits, STORE_PUSH_LATER,
			    NULL, &f->err);
}

static void test_record_new_id__form(void **state)
{
	CLEANUP(free_ptr) char *id = record_new_id(1795486530);
	CLEANUP(free_ptr) char *other = record_new_id(1795486530);

	(void)state;
	assert_true(record_is_id(id));
	assert_memory_equal(id, "20261124T021530Z-", 17);
	assert_string_not_equal(id, other);
}

static void test_record_next_id__is_later_than_every_change(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *same = NULL;
	CLEANUP(free_ptr) char *before = NULL;
	CLEANUP(free_ptr) char *hours_before = NULL;
	CLEANUP(free_ptr) char *long_before = NULL;
	CLEANUP(free_ptr) char *after = NULL;

	/* the newest is of 02:15:30 */
	assert_int_equal(record_next_id(f->store, 1795486530, &same, &f->err),
			 0);
	assert_memory_equal(same, "20261124T021531Z-", 17);
	assert_int_equal(record_next_id(f->store, 1795486520, &before, &f->err),
			 0);
	assert_memory_equal(before, "20261124T021531Z-", 17);
	assert_int_equal(record_next_id(f->store, 1795486600, &after, &f->err),
			 0);
	assert_memory_equal(after, "20261124T021640Z-", 17);
	/* the clock was set back by an hour, or local time taken for UTC */
	assert_int_equal(record_next_id(f->store, 1795486530 - 14 * 3600,
					&hours_before, &f->err),
			 0);
	assert_memory_equal(hours_before, "20261124T021531Z-", 17);
	/* a clock that was years ahead is not followed */
	assert_int_equal(
		record_next_id(f->store, 1700000000, &long_before, &f->err), 0);
	assert_memory_equal(long_before, "20231114T221320Z-", 17);
}

static void test_record_is_id__only_that_form(void **state)
{
	static const char *const bad[] = {
		"",
		"20261124",
		"20261124T021530Z-A1B2C3",
		NEW "0",
		"20261124T021530Z-a1b2c",
		"20261124t021530Z-a1b2c3",
		"../../../../../../../../",
		"2026112xT021530Z-a1b2c3",
	};

	(void)state;
	assert_true(record_is_id(NEW));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(record_is_id(bad[i]));
}

static void test_record_load__whole_id_and_beginning(void **state)
{
	static const char *const texts[] = { NEW, "20261124T021530Z-a" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(record_release) struct record record = { 0 };

		assert_ok(f, record_load(f->store, texts[i], &record, &f->err));
		assert_string_equal(record.id, NEW);
		assert_string_equal(json_text(record.change, "plan_id"),
				    "sha256:2");
		assert_string_equal(json_text(record.result, "state"), "done");
	}
}

static void test_record_load__unfinished_has_no_result(void **state)
{
	struct fixture *f = *state;
	CLEANUP(record_release) struct record record = { 0 };

	assert_ok(f, record_load(f->store, NEWER, &record, &f->err));
	assert_null(record.result);
}

static void test_record_load__ambiguous_and_unknown_say_which(void **state)
{
	struct fixture *f = *state;
	struct record record;

	assert_int_equal(record_load(f->store, "20261124", &record, &f->err),
			 -1);
	assert_error(f, ERR_NOT_FOUND, NEWER);
	assert_int_equal(record_load(f->store, "2025", &record, &f->err), -1);
	assert_error(f, ERR_NOT_FOUND, "the newest are " NEWER ", " NEW);
	assert_int_equal(record_load(f->store, "", &record, &f->err), -1);
	assert_error(f, ERR_NOT_FOUND, "aback history");
}

static void test_record_load__damage_and_newer_formats_are_said(void **state)
{
	static const struct {
		const char *text, *wanted;
	} bad[] = {
		{ "[]", "not a document of its kind" },
		{ "{\"format\": \"aback-plan/1\"}",
		  "not a document of its kind" },
		{ "{\"format\": \"aback-change/2\"}", "install a newer aback" },
		{ "{\"format\"", "damaged" },
	};
	struct fixture *f = *state;
	struct record record;
	struct records records = { 0 };
	char *id;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_ok(f,
			  put_file(f, f->store, "changes/" NEW "/change.json",
				   bad[i].text, STORE_PUSH_LATER));
		assert_int_equal(record_load(f->store, NEW, &record, &f->err),
				 -1);
		assert_error(f, ERR_STATE, bad[i].wanted);
		assert_int_equal(records_load(f->store, &records, &f->err), -1);
		assert_error(f, ERR_STATE, bad[i].wanted);
		assert_int_equal(
			record_of_plan(f->store, "sha256:x", &id, &f->err), -1);
	}
}

/* Their ids, each followed by a blank. */
static int add_id(const struct record *record, void *ids, struct error *err)
{
	(void)err;
	assert_non_null(record->change);
	strbuf_addf(ids, "%s ", record->id);
	return 0;
}

static int stop_at_new(const struct record *record, void *calls,
		       struct error *err)
{
	++*(int *)calls;
	return strcmp(record->id, NEW) != 0
		       ? 0
		       : error_set(err, ERR_CONFLICT, "enough");
}

static void test_records_each__after_an_id_or_all(void **state)
{
	struct fixture *f = *state;
	CLEANUP(strbuf_release) struct strbuf ids = STRBUF_INIT(KIB);
	CLEANUP(free_ptr) char *newest = NULL;
	int calls = 0;

	assert_ok(f, records_each(f->store, NULL, add_id, &ids, &f->err));
	assert_string_equal(ids.buf, OLD " " NEW " " NEWER " ");
	strbuf_clear(&ids);
	assert_ok(f, records_each(f->store, OLD, add_id, &ids, &f->err));
	assert_string_equal(ids.buf, NEW " " NEWER " ");
	strbuf_clear(&ids);
	assert_ok(f, records_each(f->store, NEWER, add_id, &ids, &f->err));
	assert_string_equal(ids.buf, "");
	assert_int_equal(
		records_each(f->store, NULL, stop_at_new, &calls, &f->err), -1);
	assert_int_equal(calls, 2);
	assert_int_equal(f->err.code, ERR_CONFLICT);
	assert_ok(f, record_newest(f->store, &newest, &f->err));
	assert_string_equal(newest, NEWER);
}

static void test_records_load__oldest_first(void **state)
{
	struct fixture *f = *state;
	CLEANUP(records_release) struct records records = { 0 };

	/* what people put beside them is passed over */
	assert_ok(f, put_file(f, f->store, "changes/README", "hello",
			      STORE_PUSH_LATER));
	assert_ok(f, put_file(f, f->store, "changes/notes/x", "hello",
			      STORE_PUSH_LATER));
	assert_ok(f, records_load(f->store, &records, &f->err));
	assert_int_equal(records.len, 3);
	assert_string_equal(records.items[0].id, OLD);
	assert_string_equal(records.items[1].id, NEW);
	assert_string_equal(records.items[2].id, NEWER);
}

static void test_record_prior_and_plan__exact(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_release) json_t *prior = NULL;
	CLEANUP(strbuf_release) struct strbuf plan = STRBUF_INIT(1000);

	assert_ok(f, record_prior(f->store, NEW, &prior, &f->err));
	assert_true(json_is_array(json_object_get(prior, "values")));
	assert_ok(f, record_plan(f->store, NEW, &plan, &f->err));
	assert_string_equal(plan.buf, "the plan\n");
	assert_int_equal(record_plan(f->store, "20200101T000000Z-000000", &plan,
				     &f->err),
			 -1);
	assert_error(f, ERR_STATE, "missing");
}

static void test_record_of_plan__finds_or_not(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free_ptr) char *id = NULL;

	assert_ok(f, record_of_plan(f->store, "sha256:1", &id, &f->err));
	assert_string_equal(id, OLD);
	free(TAKE(id));
	assert_ok(f, record_of_plan(f->store, "sha256:9", &id, &f->err));
	assert_null(id);
}

static void test_records__five_thousand_are_quick(void **state)
{
	enum { CHANGES = 5000 };
	struct fixture *f = *state;
	CLEANUP(store_edits_release) struct store_edits edits = { 0 };
	CLEANUP(records_release) struct records records = { 0 };
	CLEANUP(free_ptr) char *id = NULL;
	int64_t start;

	for (int i = 0; i < CHANGES; i++) {
		CLEANUP(free_ptr)
		char *name = xasprintf("20260101T000000Z-%06x", (unsigned)i);
		CLEANUP(free_ptr) char *plan = xasprintf("sha256:p%d", i);

		add_change(&edits, name, plan, true);
	}
	assert_ok(f, store_commit(f->store, "Many", NULL, &edits,
				  STORE_PUSH_LATER, NULL, &f->err));
	start = clock_monotonic_ms();
	assert_ok(f, record_of_plan(f->store, "sha256:none", &id, &f->err));
	print_message("# no such plan among 5,000: %lld ms\n",
		      (long long)(clock_monotonic_ms() - start));
	assert_true(clock_monotonic_ms() - start < 5000);
	start = clock_monotonic_ms();
	assert_ok(f, records_load(f->store, &records, &f->err));
	assert_int_equal(records.len, CHANGES + 3);
	print_message("# all 5,000 changes: %lld ms\n",
		      (long long)(clock_monotonic_ms() - start));
	start = clock_monotonic_ms();
	assert_ok(f, put_file(f, f->store, "changes/" NEW "/x", "x",
			      STORE_PUSH_LATER));
	print_message("# a commit on top of them: %lld ms\n",
		      (long long)(clock_monotonic_ms() - start));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define RECORDS(test) \
	cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
		cmocka_unit_test(test_record_new_id__form),
		RECORDS(test_record_next_id__is_later_than_every_change),
		cmocka_unit_test(test_record_is_id__only_that_form),
		RECORDS(test_record_load__whole_id_and_beginning),
		RECORDS(test_record_load__unfinished_has_no_result),
		RECORDS(test_record_load__ambiguous_and_unknown_say_which),
		RECORDS(test_record_load__damage_and_newer_formats_are_said),
		RECORDS(test_records_each__after_an_id_or_all),
		RECORDS(test_records_load__oldest_first),
		RECORDS(test_record_prior_and_plan__exact),
		RECORDS(test_record_of_plan__finds_or_not),
		RECORDS(test_records__five_thousand_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
