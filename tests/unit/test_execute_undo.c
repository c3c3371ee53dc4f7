/* The automatic backout of what did not end well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/execute_fixture.h"

/* Protection and retention in one call. */
static void plan_both(const char *address, const char *id)
{
	size_t index = t.plan->steps_len;

	plan_protection(address, id);
	json_object_set_new(t.plan->steps[index].parameters,
			    "BackupRetentionPeriod", json_string("21"));
	json_object_set_new(t.plan->steps[index].backout_parameters,
			    "BackupRetentionPeriod", json_string("7"));
	change_in_steps(add_change("prod", address, id,
				   "backup_retention_period", json_integer(7),
				   json_integer(21)),
			index, 1);
}

static int64_t world_retention(size_t resource)
{
	return json_integer_value(json_object_get(
		world.resources[resource].values, "backup_retention_period"));
}

/* Of the first cluster's call, one of two values comes true. */
static void half_of_it(size_t look)
{
	if (world.calls == 2 && count_said("backout_intent") == 0)
		protect_late(1);
	(void)look;
}

/* While the first step waits to be sent again, the second one fails. */
static void lose_the_other(size_t look)
{
	(void)look;
	if (!count_said("outcome 0 refused"))
		return;
	world.resources[0].status = "modifying";
	world.resources[1].resource_id = "another";
}

/* Its call may still come about: that is no step that was never sent. */
static void test_undo__of_what_was_to_be_sent_again(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_protection("cluster/a", "a");
	plan_protection("cluster/b", "b");
	script(0, WORLD_LOSE_BEFORE, AWS_CLASS_NONE, "");
	script(1, WORLD_PEND, AWS_CLASS_NONE, "");
	script(2, WORLD_REFUSE, AWS_CLASS_STATE, "InvalidDBClusterStateFault");
	world.before_look = lose_the_other;
	assert_executes("failed");
	assert_step(0, "failed", "not sent again");
	assert_true(json_is_true(json_object_get(
		json_array_get(json_object_get(t.result.result, "steps"), 0),
		"sent")));
	assert_step(1, "failed", "not there any more");
}

static void test_undo__of_nothing_and_of_a_part(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_both("cluster/a", "a");
	plan_protection("cluster/b", "b");
	script(0, WORLD_IGNORE, AWS_CLASS_NONE, "");
	script(1, WORLD_IGNORE, AWS_CLASS_NONE, "");
	world.before_look = half_of_it;
	t.options.deadline_s = 1;
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("backed_out");
	assert_step(0, "failed", "backup_retention_period is 7");
	assert_step(1, "failed", "the value did not change");
	assert_false(world_protected(0));
	/* for what was not there, nothing is sent */
	assert_int_equal(count_said("backout_intent 0"), 1);
	assert_int_equal(count_said("backout_intent 1"), 0);
	assert_int_equal(count_said("call"), 3);
}

static void retain_differently(size_t look)
{
	if (world.calls == 1)
		json_object_set_new(world.resources[0].values,
				    "backup_retention_period",
				    json_integer(30));
	(void)look;
}

static void test_undo__leaves_what_is_somebody_elses(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_both("cluster/a", "a");
	script(0, WORLD_IGNORE, AWS_CLASS_NONE, "");
	world.before_look = retain_differently;
	t.options.deadline_s = 1;
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("failed");
	assert_int_equal(count_said("call"), 1);
	assert_int_equal(world_retention(0), 30);
}

/* The present value sent again takes a pending one back. */
static void take_pending_back(size_t call)
{
	if (call == 2)
		json_object_clear(world.resources[0].pending);
}

static void test_undo__of_what_waits_for_the_window(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_retention("cluster/a", "a");
	json_object_del(t.plan->steps[0].parameters, "ApplyImmediately");
	plan_protection("cluster/b", "b");
	script(0, WORLD_PEND, AWS_CLASS_NONE, "");
	script(1, WORLD_REFUSE, AWS_CLASS_QUOTA, "Quota");
	world.before_call = take_pending_back;
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("backed_out");
	assert_int_equal(count_said("backout_intent 0"), 1);
	assert_int_equal(world_retention(0), 7);
}

static void test_execute__backout_on_failure(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	script(1, WORLD_REFUSE, AWS_CLASS_QUOTA, "Quota");
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("backed_out");
	assert_non_null(strstr(world.said.buf, "backout_intent 0"));
	assert_false(world_protected(0));
	assert_int_equal(count_said("call"), 3);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_undo__of_what_was_to_be_sent_again),
		CASE(test_undo__of_nothing_and_of_a_part),
		CASE(test_undo__leaves_what_is_somebody_elses),
		CASE(test_undo__of_what_waits_for_the_window),
		CASE(test_execute__backout_on_failure),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
