/*
 * Changes that undo themselves: how one stands, who decides what, and which
 * plans may. The runs themselves are tests/cli/confirm.bats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "plans/confirm.h"
#include "state/lock.h"
#include "tests/unit/store_fixture.h"

#define ID "20261124T021530Z-a1b2c3"
#define OLDER "20261123T021530Z-a1b2c3"
#define BY "2026-11-24T02:25:30Z"

static int64_t at(const char *text)
{
	struct error err = ERROR_INIT;
	int64_t when = 0;

	assert_int_equal(clock_parse(text, &when, &err), 0);
	return when;
}

static json_t *parse(const char *text)
{
	json_t *value = text ? json_loads(text, 0, NULL) : NULL;

	assert_true(!text == !value);
	return value;
}

/* Put one document of a change's record into the store. */
static void put(struct fixture *f, const char *id, const char *file,
		const char *text)
{
	CLEANUP(free_ptr) char *path = record_path(id, file);
	CLEANUP(free_ptr)
	char *format = xasprintf("aback-%.*s/1", (int)strcspn(file, "."), file);
	CLEANUP(free_ptr) char *whole = NULL;
	json_t *value = parse(text);

	json_object_set_new(value, "format", json_string(format));
	json_object_set_new(value,
			    strcmp(file, "change.json") ? "change" : "id",
			    json_string(id));
	whole = json_dumps(value, JSON_COMPACT);
	json_decref(value);
	assert_ok(f, put_file(f, f->store, path, whole, STORE_PUSH_REQUIRED));
}

static enum confirm_state state_at(struct fixture *f, const char *id,
				   const char *change, const char *result,
				   int64_t now)
{
	CLEANUP(confirm_release) struct confirm confirm = { 0 };
	CLEANUP(record_release)
	struct record record = { .id = xstrdup(id),
				 .change = parse(change),
				 .result = parse(result) };

	assert_ok(f, confirm_read(f->store, &record, now, &confirm, &f->err));
	return confirm.state;
}

/* ---- how a change stands ------------------------------------------------- */

#define WITHIN "{\"undoes_itself\": true, \"confirm_by\": \"" BY "\"}"
#define ON_FAILURE "{\"undoes_itself\": true, \"on_failure\": \"backout\"}"
#define STEPS(state, steps) "{\"state\": \"" state "\", \"steps\": [" steps "]}"
#define DONE "{\"state\": \"done\"}"
#define SKIPPED "{\"state\": \"skipped\"}"
#define REFUSED "{\"state\": \"failed\", \"sent\": false}"
#define FAILED "{\"state\": \"failed\", \"sent\": true}"

static void test_confirm_read__by_record_and_time(void **state)
{
	struct fixture *f = *state;
	const int64_t before = at(BY) - 1, over = at(BY);
	const struct {
		const char *change, *result;
		int64_t now;
		enum confirm_state wanted;
	} cases[] = {
		/* without the word for it nothing undoes itself */
		{ "{}", STEPS("done", DONE), over, CONFIRM_NONE },
		{ "{\"confirm_by\": \"" BY "\"}", STEPS("done", DONE), over,
		  CONFIRM_NONE },
		{ "{\"undoes_itself\": \"true\", \"confirm_by\": \"" BY "\"}",
		  STEPS("done", DONE), over, CONFIRM_NONE },
		/* the last second is the one before */
		{ WITHIN, STEPS("done", DONE), before, CONFIRM_OPEN },
		{ WITHIN, STEPS("done", DONE), over, CONFIRM_DUE },
		{ WITHIN, STEPS("waiting", DONE), over, CONFIRM_DUE },
		{ WITHIN, STEPS("failed", DONE "," REFUSED), over,
		  CONFIRM_DUE },
		/* not ended yet: whoever finds it accounts for it first */
		{ WITHIN, NULL, before, CONFIRM_OPEN },
		{ WITHIN, NULL, over, CONFIRM_DUE },
		{ ON_FAILURE, NULL, over, CONFIRM_NONE },
		/* nothing was changed, so nothing is left to undo */
		{ WITHIN, STEPS("failed", REFUSED "," SKIPPED), over,
		  CONFIRM_NONE },
		{ WITHIN, STEPS("failed", ""), over, CONFIRM_NONE },
		{ WITHIN, STEPS("failed", FAILED), over, CONFIRM_DUE },
		/* undone while it ran */
		{ WITHIN, STEPS("backed_out", DONE), over, CONFIRM_UNDONE },
		{ ON_FAILURE, STEPS("backed_out", DONE), over, CONFIRM_UNDONE },
		/* it failed, and the process that was to undo it is gone */
		{ ON_FAILURE, STEPS("failed", DONE "," REFUSED), before,
		  CONFIRM_DUE },
		{ ON_FAILURE, STEPS("done", DONE), before, CONFIRM_NONE },
		{ ON_FAILURE, STEPS("failed", REFUSED), before, CONFIRM_NONE },
		{ ON_FAILURE,
		  "{\"state\": \"failed\", \"tolerated\": true, \"steps\": "
		  "[" DONE "," FAILED "]}",
		  before, CONFIRM_NONE },
		/* it tried to undo it, and could not: that is its end */
		{ ON_FAILURE,
		  "{\"state\": \"failed\", \"steps\": [" DONE "], "
		  "\"backout\": [" FAILED "]}",
		  before, CONFIRM_NONE },
		{ ON_FAILURE,
		  "{\"state\": \"failed\", \"steps\": [" DONE "], "
		  "\"backout\": [" SKIPPED "]}",
		  before, CONFIRM_NONE },
		/* it was cut off in the middle of that */
		{ ON_FAILURE,
		  "{\"state\": \"failed\", \"resumed\": true, \"steps\": "
		  "[" DONE "], \"backout\": [" SKIPPED "]}",
		  before, CONFIRM_DUE },
		{ ON_FAILURE,
		  "{\"state\": \"failed\", \"resumed\": true, \"steps\": "
		  "[" DONE "], \"backout\": [{\"state\": \"unknown\"}]}",
		  before, CONFIRM_DUE },
		{ ON_FAILURE,
		  "{\"state\": \"failed\", \"resumed\": true, \"steps\": "
		  "[" DONE "], \"backout\": [" DONE "]}",
		  before, CONFIRM_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum confirm_state found = state_at(
			f, ID, cases[i].change, cases[i].result, cases[i].now);

		if (found != cases[i].wanted)
			fail_msg("case %zu (%s, %s): %d instead of %d", i,
				 cases[i].change,
				 cases[i].result ? cases[i].result : "-", found,
				 cases[i].wanted);
	}
}

static void test_confirm_read__what_was_decided_counts(void **state)
{
	struct fixture *f = *state;
	const int64_t over = at(BY) + 1000;

	put(f, ID, CONFIRM_VERDICT, "{\"state\": \"kept\"}");
	assert_int_equal(state_at(f, ID, WITHIN, STEPS("done", DONE), over),
			 CONFIRM_KEPT);
	put(f, OLDER, CONFIRM_VERDICT, "{\"state\": \"expired\"}");
	assert_int_equal(
		state_at(f, OLDER, WITHIN, STEPS("done", DONE), at(BY) - 1000),
		CONFIRM_DUE);
	put(f, OLDER, CONFIRM_UNDONE_FILE, "{\"outcome\": \"conflict\"}");
	assert_int_equal(state_at(f, OLDER, WITHIN, STEPS("done", DONE), over),
			 CONFIRM_UNDONE);
}

static void test_confirm_read__a_damaged_time_is_said(void **state)
{
	struct fixture *f = *state;
	struct confirm confirm;
	CLEANUP(record_release)
	struct record record = { .id = xstrdup(ID),
				 .change = parse("{\"undoes_itself\": true, "
						 "\"confirm_by\": \"soon\"}") };

	assert_int_equal(confirm_read(f->store, &record, 0, &confirm, &f->err),
			 -1);
	assert_error(f, ERR_STATE, "confirm_by");
}

/* ---- who is due ---------------------------------------------------------- */

static void due(struct fixture *f, int64_t now, const char *wanted)
{
	json_t *ids = NULL;
	CLEANUP(free_ptr) char *text = NULL;

	assert_ok(f, confirm_due(f->store, now, &ids, &f->err));
	text = json_dumps(ids, JSON_COMPACT);
	json_decref(ids);
	assert_string_equal(text, wanted);
}

static void test_confirm_due__the_newest_first_without_those_that_run(void **s)
{
	struct fixture *f = *s;
	const char *running = "{\"undoes_itself\": true, \"deadline\": 60, "
			      "\"started_at\": \"2026-11-24T02:15:30Z\", "
			      "\"confirm_by\": \"2026-11-24T02:16:00Z\"}";
	const char *place = "123456789012/eu-west-1";
	struct lock *lock = NULL;

	due(f, at(BY), "[]");
	put(f, OLDER, "change.json", WITHIN);
	put(f, OLDER, "result.json", STEPS("done", DONE));
	put(f, "20261122T021530Z-a1b2c3", "change.json", "{}");
	put(f, "20261122T021530Z-a1b2c3", "result.json", STEPS("done", DONE));
	put(f, ID, "change.json", running);
	due(f, at(BY) - 1, "[\"" ID "\"]");
	/* it has no journal here, and somebody its lock: another machine's, for
	 * all that it may take */
	assert_ok(f,
		  lock_take(f->store, &place, 1, "alice", ID, &lock, &f->err));
	due(f, at("2026-11-24T02:18:59Z"), "[]");
	due(f, at("2026-11-24T02:19:00Z"), "[\"" ID "\"]");
	/* with pauses, it may run until it had to be confirmed, and then takes
	 * itself back */
	put(f, ID, "change.json",
	    "{\"undoes_itself\": true, \"deadline\": 60, \"started_at\": "
	    "\"2026-11-24T02:15:30Z\", \"confirm_by\": "
	    "\"2026-11-24T03:00:00Z\"}");
	due(f, at("2026-11-24T03:02:59Z"), "[\"" OLDER "\"]");
	due(f, at("2026-11-24T03:03:00Z"), "[\"" ID "\",\"" OLDER "\"]");
	put(f, ID, "change.json", running);
	/* without its lock nothing runs */
	assert_ok(f, lock_release(lock, &f->err));
	lock_free(lock);
	due(f, at("2026-11-24T02:18:59Z"), "[\"" ID "\"]");
	due(f, at(BY), "[\"" ID "\",\"" OLDER "\"]");
	put(f, ID, CONFIRM_VERDICT, "{\"state\": \"kept\"}");
	due(f, at(BY), "[\"" OLDER "\"]");
}

/* ---- deciding ------------------------------------------------------------ */

/* A change that ended well and can be confirmed until then. */
static void ended(struct fixture *f, int64_t by)
{
	char text[CLOCK_TEXT_MAX];
	CLEANUP(free_ptr)
	char *change = xasprintf("{\"undoes_itself\": true, "
				 "\"confirm_by\": \"%s\"}",
				 clock_rfc3339(by, text));

	put(f, ID, "change.json", change);
	put(f, ID, "result.json", STEPS("done", DONE));
}

static void test_confirm_keep__in_time_and_twice(void **state)
{
	struct fixture *f = *state;
	CLEANUP(confirm_release) struct confirm kept = { 0 };
	CLEANUP(confirm_release) struct confirm again = { 0 };
	CLEANUP(confirm_release) struct confirm expired = { 0 };

	ended(f, clock_now() + 3600);
	/* the beginning of its id will do */
	assert_ok(f,
		  confirm_keep(f->store, "20261124", "anna", &kept, &f->err));
	assert_int_equal(kept.state, CONFIRM_KEPT);
	assert_string_equal(json_text(kept.verdict, "by"), "anna");
	assert_ok(f, confirm_keep(f->store, ID, "otto", &again, &f->err));
	assert_string_equal(json_text(again.verdict, "by"), "anna");
	/* and nobody can let it expire any more */
	assert_ok(f, confirm_expire(f->store, ID, "otto", &expired, &f->err));
	assert_int_equal(expired.state, CONFIRM_KEPT);
}

static void test_confirm_expire__then_it_cannot_be_kept(void **state)
{
	struct fixture *f = *state;
	CLEANUP(confirm_release) struct confirm early = { 0 };
	CLEANUP(confirm_release) struct confirm expired = { 0 };
	CLEANUP(confirm_release) struct confirm kept = { 0 };

	ended(f, clock_now() - 1);
	assert_int_equal(confirm_keep(f->store, ID, "anna", &kept, &f->err),
			 -1);
	assert_error(f, ERR_TOO_LATE, "it is to be backed out");
	error_release(&f->err);
	/* nothing is settled that nobody decided */
	assert_ok(f, confirm_settle(f->store, ID, "done", NULL, &f->err));
	assert_ok(f, confirm_expire(f->store, ID, "anna", &early, &f->err));
	assert_int_equal(early.state, CONFIRM_DUE);
	assert_string_equal(json_text(early.verdict, "state"), "expired");
	assert_null(early.undone);
	assert_ok(f, confirm_settle(f->store, ID, "conflict", NULL, &f->err));
	/* once: a second one who comes from the backout changes nothing */
	assert_ok(f, confirm_settle(f->store, ID, "done", OLDER, &f->err));
	assert_ok(f, confirm_expire(f->store, ID, "otto", &expired, &f->err));
	assert_int_equal(expired.state, CONFIRM_UNDONE);
	assert_string_equal(json_text(expired.undone, "outcome"), "conflict");
	assert_int_equal(confirm_keep(f->store, ID, "anna", &kept, &f->err),
			 -1);
	assert_error(f, ERR_TOO_LATE, "could not be backed out");
}

static void test_confirm_expire__not_before_its_time(void **state)
{
	struct fixture *f = *state;
	CLEANUP(confirm_release) struct confirm confirm = { 0 };

	ended(f, clock_now() + 3600);
	assert_ok(f, confirm_expire(f->store, ID, "otto", &confirm, &f->err));
	assert_int_equal(confirm.state, CONFIRM_OPEN);
	assert_null(confirm.verdict);
}

static void test_confirm_keep__what_cannot_be(void **state)
{
	struct fixture *f = *state;
	struct confirm confirm;

	put(f, ID, "change.json", "{}");
	put(f, ID, "result.json", STEPS("done", DONE));
	put(f, OLDER, "change.json",
	    "{\"undoes_itself\": true, \"confirm_by\": "
	    "\"2999-01-01T00:00:00Z\"}");
	assert_int_equal(confirm_keep(f->store, ID, "a", &confirm, &f->err),
			 -1);
	assert_error(f, ERR_USAGE, "needs no confirmation");
	error_release(&f->err);
	assert_int_equal(confirm_keep(f->store, OLDER, "a", &confirm, &f->err),
			 -1);
	assert_error(f, ERR_UNFINISHED, "has not ended");
	error_release(&f->err);
	assert_int_equal(
		confirm_keep(f->store, "20200101", "a", &confirm, &f->err), -1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
}

/* ---- which plans may ----------------------------------------------------- */

struct cost {
	const char *reversibility, *consent, *backout_consent;
};

/* A plan of changes that cost so, checked; 0, or -1 with f->err. */
static int check(struct fixture *f, const struct cost *costs, size_t len,
		 const struct execute_options *options)
{
	struct plan_change *changes = xcalloc(len + 1, sizeof(*changes));
	const struct plan plan = { .changes = changes, .changes_len = len };
	int rc;

	error_release(&f->err);
	f->err = (struct error)ERROR_INIT;
	for (size_t i = 0; i < len; i++) {
		changes[i].address = xasprintf("cluster/c%zu", i);
		changes[i].setting = xstrdup("backup_retention_period");
		changes[i].reversibility = xstrdup(costs[i].reversibility);
		changes[i].consent = parse(costs[i].consent);
		changes[i].backout_consent = parse(costs[i].backout_consent);
	}
	rc = confirm_check(&plan, options, &f->err);
	for (size_t i = 0; i < len; i++) {
		free(changes[i].address);
		free(changes[i].setting);
		free(changes[i].reversibility);
		json_decref(changes[i].consent);
		json_decref(changes[i].backout_consent);
	}
	free(changes);
	return rc;
}

static void test_confirm_check__what_can_be_undone_unseen(void **state)
{
	struct fixture *f = *state;
	const struct cost fine = { "reversible", "[]", "[]" };
	const struct cost opens = { "reversible", "[]", "[\"exposure\"]" };
	const struct cost bad[] = {
		{ "lossy", "[\"lossy\"]", "[]" },
		{ "reversible", "[]", "[\"lossy\"]" },
		{ "one-way", "[]", "[]" },
		{ "one-way", "[\"one-way\"]", "[]" },
		{ "restart", "[\"restart\"]", "[\"restart\"]" },
		{ "reversible", "[]", "[\"restart\"]" },
	};
	json_t *allow = json_pack("[s, s, s]", "lossy", "one-way", "restart");
	json_t *exposure = json_pack("[s]", "exposure");
	struct execute_options options = { .allow = allow };

	/* who asks for nothing of the sort is not asked */
	assert_ok(f, check(f, bad, ARRAY_SIZE(bad), &options));
	for (int i = 0; i < 2; i++) {
		const char *name =
			i ? "--on-failure backout" : "--confirm-within";

		options.confirm_within_s = i ? 0 : 600;
		options.on_failure = i ? ON_FAILURE_BACKOUT : ON_FAILURE_STOP;
		assert_ok(f, check(f, &fine, 1, &options));
		for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
			/* and no --allow makes it harmless */
			assert_int_equal(check(f, &bad[k], 1, &options), -1);
			assert_error(f, ERR_CONSENT, name);
			assert_error(f, ERR_CONSENT, "cluster/c0");
		}
		assert_int_equal(check(f, &opens, 1, &options), -1);
		assert_error(f, ERR_CONSENT, "opens access");
		assert_error(f, ERR_CONSENT, "add --allow exposure");
		options.allow = exposure;
		assert_ok(f, check(f, &opens, 1, &options));
		options.allow = allow;
	}
	json_decref(allow);
	json_decref(exposure);
}

static void test_confirm_check__names_three_and_counts_the_rest(void **state)
{
	struct fixture *f = *state;
	const struct cost costs[] = {
		{ "reversible", "[]", "[\"exposure\"]" },
		{ "reversible", "[]", "[\"lossy\"]" },
		{ "reversible", "[]", "[\"lossy\"]" },
		{ "reversible", "[]", "[]" },
		{ "reversible", "[]", "[\"lossy\"]" },
	};
	json_t *none = json_array();
	const struct execute_options options = { .allow = none,
						 .confirm_within_s = 1 };

	assert_int_equal(check(f, costs, ARRAY_SIZE(costs), &options), -1);
	assert_error(f, ERR_CONSENT, "cluster/c2");
	assert_error(f, ERR_CONSENT, "and 1 more");
	/* --allow exposure would not be enough */
	assert_error(f, ERR_CONSENT, "--only");
	json_decref(none);
}

#define STORE(test)                                                \
	cmocka_unit_test_setup_teardown(test, fixture_setup_store, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(test_confirm_read__by_record_and_time),
		STORE(test_confirm_read__what_was_decided_counts),
		STORE(test_confirm_read__a_damaged_time_is_said),
		STORE(test_confirm_due__the_newest_first_without_those_that_run),
		STORE(test_confirm_keep__in_time_and_twice),
		STORE(test_confirm_expire__then_it_cannot_be_kept),
		STORE(test_confirm_expire__not_before_its_time),
		STORE(test_confirm_keep__what_cannot_be),
		STORE(test_confirm_check__what_can_be_undone_unseen),
		STORE(test_confirm_check__names_three_and_counts_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
