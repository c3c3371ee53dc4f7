/*
 * The executor: what is sent, in which order, and what is left behind when
 * something breaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/execute_fixture.h"

/* ---- tests: a run that works ------------------------------------------ */

static void check_way_back(size_t call)
{
	struct records records = { 0 };
	json_t *prior = NULL;

	/* at the very moment of the first call, the way back is in the store */
	assert_int_equal(call, 0);
	assert_int_equal(records_load(t.store, &records, &t.err), 0);
	assert_int_equal(records.len, 1);
	assert_null(records.items[0].result);
	assert_int_equal(
		record_prior(t.store, records.items[0].id, &prior, &t.err), 0);
	assert_int_equal(json_array_size(json_object_get(prior, "values")), 1);
	json_decref(prior);
	records_release(&records);
}

static void test_execute__in_order(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_call = check_way_back;
	assert_executes("done");
	assert_string_equal(world.said.buf,
			    "change,intent 0,call rds:ModifyDBCluster,"
			    "outcome 0 ok,settled 0 done");
	assert_true(world_protected(0));
	assert_true(recorded("result.json"));
	assert_true(recorded("journal.jsonl"));
	assert_true(t.result.pushed);
	assert_true(unlocked());
	assert_int_equal(t.result.trouble.code, ERR_NONE);
}

static void test_execute__records_values(void **state)
{
	json_t *file = NULL;

	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	assert_executes("done");
	assert_int_equal(store_read_json(t.store,
					 "123456789012/eu-west-1/cluster/"
					 "a.json",
					 &file, &t.err),
			 0);
	assert_non_null(file);
	assert_true(json_is_true(json_object_get(
		json_object_get(file, "values"), "deletion_protection")));
	/* what no change names is not recorded either */
	assert_int_equal(json_object_size(json_object_get(file, "values")), 1);
	json_decref(file);
}

static void test_execute__two_steps_of_one_lane(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	assert_executes("done");
	/* the second begins when the first is settled */
	assert_non_null(strstr(world.said.buf, "settled 0 done,intent 1"));
}

static void test_execute__lanes_side_by_side(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_protection("cluster/a", "a");
	plan_protection("cluster/b", "b");
	assert_executes("done");
	assert_non_null(
		strstr(world.said.buf, "call rds:ModifyDBCluster,intent 1"));
	/* one look serves both */
	assert_true(world.looks <= 5);
}

static void test_execute__many_lanes_are_paced(void **state)
{
	static char ids[WORLD_MAX][12], addresses[WORLD_MAX][24];
	const int64_t begin = clock_monotonic_ms();

	(void)state;
	for (size_t i = 0; i < WORLD_MAX; i++) {
		snprintf(ids[i], sizeof(ids[i]), "c%03zu", i);
		snprintf(addresses[i], sizeof(addresses[i]), "cluster/%.11s",
			 ids[i]);
		add_cluster(addresses[i], ids[i]);
		plan_protection(addresses[i], ids[i]);
	}
	assert_executes("done");
	/* beyond the burst, about ten requests a second, reads and writes */
	assert_true(clock_monotonic_ms() - begin > 1500);
	assert_true(clock_monotonic_ms() - begin < 15000);
	assert_int_equal(count_said("call"), WORLD_MAX);
}

static void test_execute__set_in_two_calls(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	assert_executes("done");
	assert_non_null(strstr(world.said.buf, "call iam:AttachRolePolicy"));
	assert_non_null(strstr(world.said.buf, "call iam:DetachRolePolicy"));
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(world.resources[0].values,
						    "managed_policy_arns"),
				    0)),
			    "b");
}

/* ---- tests: what breaks ----------------------------------------------- */

static void test_execute__no_intent_no_call(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.journal_fails_at = 1;
	assert_executes("failed");
	assert_int_equal(count_said("call"), 0);
	assert_int_equal(t.result.trouble.code, ERR_IO);
}

static void test_execute__disk_full_stops_the_others(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_protection("cluster/a", "a");
	plan_protection("cluster/b", "b");
	world.journal_fails_at = 2; /* the second intent */
	assert_executes("unfinished");
	assert_int_equal(count_said("call"), 1);
	assert_false(recorded("result.json"));
	assert_false(unlocked());
}

static void test_execute__credentials_expire(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	world.blind = ERR_CREDENTIALS;
	world.blind_from = 3; /* after the first call */
	assert_executes("unfinished");
	assert_int_equal(count_said("call"), 1);
	assert_int_equal(t.result.trouble.code, ERR_CREDENTIALS);
	assert_true(recorded("prior.json"));
	assert_false(recorded("result.json"));
	assert_false(unlocked());
}

static void interrupt(size_t look)
{
	(void)look;
	t.interrupted = 1;
}

static void test_execute__interrupted_before_the_call(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	/* the observation is over; the look before the write is not */
	world.before_look = NULL;
	world.before_call = interrupt;
	plan_retention("cluster/a", "a");
	assert_executes("unfinished");
	assert_int_equal(count_said("call"), 1);
	assert_step(1, "skipped", "interrupted");
}

static void test_execute__runs_once(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	assert_executes("done");
	execute_result_release(&t.result);
	strbuf_clear(&t.bytes);
	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, ERR_ALREADY_RUN);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_execute__in_order),
		CASE(test_execute__records_values),
		CASE(test_execute__two_steps_of_one_lane),
		CASE(test_execute__lanes_side_by_side),
		CASE(test_execute__many_lanes_are_paced),
		CASE(test_execute__set_in_two_calls),
		CASE(test_execute__no_intent_no_call),
		CASE(test_execute__disk_full_stops_the_others),
		CASE(test_execute__credentials_expire),
		CASE(test_execute__interrupted_before_the_call),
		CASE(test_execute__runs_once),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
