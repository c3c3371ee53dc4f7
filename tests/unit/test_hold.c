#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "plans/hold.h"
#include "plans/kind.h"
#include "plans/plan.h"
#include "tests/unit/store_fixture.h"

/* JSON out of a literal; ' stands for ". New reference. */
static json_t *j(const char *text)
{
	CLEANUP(free_ptr) char *quoted = xstrdup(text);
	json_t *value;

	for (char *c = quoted; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	value = json_loads(quoted, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	return value;
}

static bool covers_of(const char *address, const char *setting,
		      const char *hold, const char *before, const char *after)
{
	CLEANUP(json_release) json_t *h = j(hold);
	CLEANUP(json_release) json_t *b = j(before);
	CLEANUP(json_release) json_t *a = j(after);

	return hold_covers(h, setting_at(address, setting), b, a);
}

static bool covers(const char *hold, const char *before, const char *after)
{
	return covers_of("", "", hold, before, after);
}

static void test_hold_covers__the_value_that_was_backed_out(void **state)
{
	static const char hold[] =
		"{'rule_value': 14, 'prior': 7, 'restored': 7}";

	(void)state;
	assert_true(covers(hold, "7", "14"));
	/* whatever became of it meanwhile */
	assert_true(covers(hold, "21", "14"));
	/* the rule asks for something else now */
	assert_false(covers(hold, "7", "21"));
	assert_false(covers(hold, "7", "null"));
}

static void test_hold_covers__null_and_false_are_values(void **state)
{
	(void)state;
	assert_true(
		covers("{'rule_value': null, 'prior': 'a'}", "'a'", "null"));
	assert_true(covers("{'rule_value': false, 'prior': true}", "true",
			   "false"));
	assert_false(
		covers("{'rule_value': false, 'prior': true}", "true", "0"));
}

static void test_hold_covers__sets_by_their_members(void **state)
{
	static const char hold[] =
		"{'rule_value': ['a', 'b'], 'prior': ['b', 'c']}";

	(void)state;
	/* the backout removed a and brought back c */
	assert_true(covers(hold, "['b', 'c']", "['a', 'b']"));
	/* somebody has added x since, which the rule leaves alone */
	assert_true(covers(hold, "['b', 'c', 'x']", "['a', 'b', 'x']"));
	/* the rule wants another one as well */
	assert_false(covers(hold, "['b', 'c']", "['a', 'b', 'd']"));
	/* or takes away what the backout had nothing to do with */
	assert_false(covers(hold, "['b', 'c', 'x']", "['a', 'b', 'c']"));
}

static void test_hold_covers__what_an_earlier_backout_took_back(void **state)
{
	static const char value[] =
		"{'rule_value': 20, 'prior': 14, 'restored': 14, 'under': "
		"{'rule_value': 25, 'prior': 20, 'restored': 20}}";
	static const char set[] =
		"{'rule_value': ['a'], 'prior': [], 'under': {'rule_value': "
		"['a', 'b'], 'prior': ['a'], 'under': {'rule_value': ['b'], "
		"'prior': ['c', 'b']}}}";

	(void)state;
	assert_true(covers(value, "14", "20"));
	assert_true(covers(value, "14", "25"));
	assert_false(covers(value, "14", "30"));
	/* members of several, taken together */
	assert_true(covers(set, "[]", "['a', 'b']"));
	assert_true(covers(set, "['c', 'x']", "['a', 'b', 'x']"));
	assert_false(covers(set, "[]", "['a', 'b', 'd']"));
}

static void test_hold_covers__documents_by_what_they_mean(void **state)
{
	static const char role[] = "iam_role/a";
	static const char policy[] = "assume_role_policy";
	static const char hold[] =
		"{'rule_value': {'Statement': {'Effect': 'Allow', 'Action': "
		"'sts:AssumeRole', 'Principal': {'AWS': '123456789012'}}}, "
		"'prior': {'Statement': []}}";
	static const char before[] = "{'Statement': []}";

	(void)state;
	assert_true(covers_of(
		role, policy, hold, before,
		"{'Statement': [{'Action': ['sts:AssumeRole'], 'Effect': "
		"'Allow', 'Principal': {'AWS': "
		"['arn:aws:iam::123456789012:root']}}]}"));
	assert_false(covers_of(
		role, policy, hold, before,
		"{'Statement': [{'Action': ['sts:AssumeRole'], 'Effect': "
		"'Allow', 'Principal': {'AWS': ['*']}}]}"));
}

/* ---- refusing a plan ---- */

static struct plan *plan_of(const char *kind, const char *before,
			    const char *after)
{
	struct plan *plan = plan_new();
	struct plan_change *change = plan_add_change(plan);

	plan->kind = xstrdup(kind);
	change->target = xstrdup("prod");
	change->address = xstrdup("cluster/orders");
	change->setting = xstrdup("backup_retention_period");
	json_decref(change->before);
	change->before = j(before);
	json_decref(change->after);
	change->after = j(after);
	return plan;
}

static struct holds holds_of(const char *hold)
{
	CLEANUP(free_ptr)
	char *text = xasprintf("{'prod': {'cluster/orders': "
			       "{'backup_retention_period': %s}}}",
			       hold);

	return (struct holds){ .by_target = j(text) };
}

static void test_holds_refuse__names_what_is_held(void **state)
{
	CLEANUP(plan_cleanup) struct plan *plan = plan_of("apply", "7", "14");
	CLEANUP(holds_release)
	struct holds holds = holds_of("{'rule_value': 14, 'change': "
				      "'20261124T021530Z-a1b2c3'}");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	(void)state;
	assert_int_equal(holds_refuse(&holds, plan, &err), -1);
	assert_int_equal(err.code, ERR_HELD);
	assert_int_equal(error_exit_code(err.code), 3);
	error_render(&err, &text);
	assert_non_null(
		strstr(text.buf, "cluster/orders:backup_retention_period"));
	assert_non_null(strstr(text.buf, "20261124T021530Z-a1b2c3"));
	assert_non_null(strstr(err.hint, "aback release cluster/orders:"
					 "backup_retention_period"));
}

static void test_holds_refuse__only_what_an_apply_would_set_again(void **state)
{
	CLEANUP(plan_cleanup) struct plan *other = plan_of("apply", "7", "21");
	CLEANUP(plan_cleanup) struct plan *back = plan_of("backout", "7", "14");
	CLEANUP(plan_cleanup) struct plan *same = plan_of("apply", "7", "14");
	CLEANUP(holds_release)
	struct holds holds = holds_of("{'rule_value': 14, 'change': 'c'}");
	CLEANUP(holds_release)
	struct holds none = { .by_target = json_object() };
	CLEANUP(error_release) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(holds_refuse(&holds, other, &err), 0);
	assert_int_equal(holds_refuse(&holds, back, &err), 0);
	assert_int_equal(holds_refuse(&none, same, &err), 0);
}

/* ---- files ---- */

static void commit(struct fixture *f, const struct store_edits *edits)
{
	assert_ok(f, store_commit(f->store, "Hold", NULL, edits,
				  STORE_PUSH_LATER, NULL, &f->err));
}

static void test_holds_change__put_read_and_remove(void **state)
{
	struct fixture *f = *state;
	CLEANUP(holds_release) struct holds holds = { 0 };
	CLEANUP(holds_release) struct holds read = { 0 };
	CLEANUP(json_release)
	json_t *hold = j("{'change': 'c', 'by': 'dba', 'at': 't', 'reason': "
			 "'', 'rule_value': 14, 'restored': 7}");
	struct store_edits CLEANUP(store_edits_release) put = { 0 };
	struct store_edits CLEANUP(store_edits_release) less = { 0 };
	struct store_edits CLEANUP(store_edits_release) none = { 0 };
	CLEANUP(free_ptr) char *text = NULL;

	assert_ok(f, holds_load(f->store, &holds, &f->err));
	holds_change(&holds, &put, "my prod", "cluster/orders", "port", hold);
	holds_change(&holds, &put, "my prod", "cluster/orders", "domain", hold);
	holds_change(&holds, &put, "123456789012/global", "iam_role/r",
		     "managed_policy_arns", hold);
	commit(f, &put);
	text = get_file(f, f->store, "holds/my%20prod/cluster/orders.json");
	assert_non_null(text);
	free(TAKE(text));
	text = get_file(f, f->store,
			"holds/123456789012/global/iam_role/r.json");
	assert_non_null(text);

	assert_ok(f, holds_load(f->store, &read, &f->err));
	assert_true(json_equal(
		holds_find(&read, "my prod", "cluster/orders", "port"), hold));
	assert_non_null(holds_find(&read, "123456789012/global", "iam_role/r",
				   "managed_policy_arns"));
	assert_null(holds_find(&read, "prod", "cluster/orders", "port"));

	/* the file goes with the last of its holds, not before */
	holds_change(&read, &less, "my prod", "cluster/orders", "port", NULL);
	commit(f, &less);
	free(TAKE(text));
	text = get_file(f, f->store, "holds/my%20prod/cluster/orders.json");
	assert_non_null(text);
	assert_null(strstr(text, "port"));
	holds_change(&read, &none, "my prod", "cluster/orders", "domain", NULL);
	commit(f, &none);
	free(TAKE(text));
	text = get_file(f, f->store, "holds/my%20prod/cluster/orders.json");
	assert_null(text);
}

static void test_holds_load__a_malformed_one_is_not_none(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"not JSON",
		"{\"format\": \"aback-hold/2\", \"target\": \"prod\", "
		"\"address\": \"cluster/x\", \"settings\": {}}",
		"{\"format\": \"aback-hold/1\", \"target\": \"prod\", "
		"\"address\": \"cluster/x\", \"settings\": {\"port\": 1}}",
		"{\"format\": \"aback-hold/1\", \"target\": \"prod\", "
		"\"address\": \"cluster/x\", \"settings\": {\"port\": "
		"{\"change\": \"c\"}}}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct holds holds = { 0 };

		assert_ok(f, put_file(f, f->store, "holds/prod/cluster/x.json",
				      bad[i], STORE_PUSH_LATER));
		error_release(&f->err);
		assert_int_equal(holds_load(f->store, &holds, &f->err), -1);
		assert_error(f, ERR_STATE, "holds/prod/cluster/x.json");
		assert_null(holds.by_target);
	}
}

static void test_holds_load__no_store_has_none(void **state)
{
	CLEANUP(holds_release) struct holds holds = { 0 };
	CLEANUP(error_release) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(holds_load(NULL, &holds, &err), 0);
	assert_null(holds_find(&holds, "prod", "cluster/orders", "port"));
}

/* ---- what a run leaves ---- */

static const char done[] =
	"[{'target': 'prod', 'address': 'cluster/orders', 'setting': "
	"'backup_retention_period', 'state': 'done'}]";

static const json_t *after_run(struct holds *holds, const struct plan *plan,
			       const char *result)
{
	struct store_edits CLEANUP(store_edits_release) edits = { 0 };
	CLEANUP(json_release) json_t *changes = j(result);

	holds_record(holds, plan, "the-change", "dba", "now", NULL, changes,
		     &edits);
	return holds_find(holds, "prod", "cluster/orders",
			  "backup_retention_period");
}

static void test_holds_record__a_backout_puts_one(void **state)
{
	CLEANUP(plan_cleanup) struct plan *plan = plan_of("backout", "21", "7");
	CLEANUP(holds_release)
	struct holds holds = { .by_target = json_object() };
	const json_t *hold;

	(void)state;
	plan->changes[0].undoes =
		j("{'change': 'x', 'set': 14, 'prior': 7, 'redo': false}");
	/* not where it did not come about */
	assert_null(after_run(&holds, plan, "[]"));
	hold = after_run(&holds, plan, done);
	assert_non_null(hold);
	assert_string_equal(json_text(hold, "change"), "the-change");
	assert_string_equal(json_text(hold, "reason"), "");
	assert_int_equal(
		json_integer_value(json_object_get(hold, "rule_value")), 14);
	assert_int_equal(json_integer_value(json_object_get(hold, "restored")),
			 7);
}

static void test_holds_record__a_redo_and_an_apply_end_it(void **state)
{
	static const char *const kinds[] = { "backout", "apply" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		CLEANUP(plan_cleanup)
		struct plan *plan = plan_of(kinds[i], "7", "21");
		CLEANUP(holds_release)
		struct holds holds =
			holds_of("{'rule_value': 14, 'change': 'c'}");

		plan->changes[0].undoes = j("{'change': 'x', 'set': 7, "
					    "'prior': 21, 'redo': true}");
		assert_non_null(after_run(&holds, plan, "[]"));
		assert_null(after_run(&holds, plan, done));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_hold_covers__the_value_that_was_backed_out),
		cmocka_unit_test(test_hold_covers__null_and_false_are_values),
		cmocka_unit_test(test_hold_covers__sets_by_their_members),
		cmocka_unit_test(
			test_hold_covers__what_an_earlier_backout_took_back),
		cmocka_unit_test(test_hold_covers__documents_by_what_they_mean),
		cmocka_unit_test(test_holds_refuse__names_what_is_held),
		cmocka_unit_test(
			test_holds_refuse__only_what_an_apply_would_set_again),
		cmocka_unit_test_setup_teardown(
			test_holds_change__put_read_and_remove,
			fixture_setup_store, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			test_holds_load__a_malformed_one_is_not_none,
			fixture_setup_store, fixture_teardown),
		cmocka_unit_test(test_holds_load__no_store_has_none),
		cmocka_unit_test(test_holds_record__a_backout_puts_one),
		cmocka_unit_test(test_holds_record__a_redo_and_an_apply_end_it),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
