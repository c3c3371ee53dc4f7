/* What moves between the plan and its calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/execute_fixture.h"

static void test_execute__moved_before(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	json_object_set_new(world.resources[0].values, "deletion_protection",
			    json_true());
	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, ERR_STALE);
	assert_null(t.result.change_id);
	assert_string_equal(world.said.buf, "");
	assert_true(unlocked());
}

static void test_execute__moves_before_its_write(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = protect_late;
	assert_executes("failed");
	assert_step(0, "failed", "changed by somebody since the plan");
	assert_int_equal(count_said("call"), 0);
}

static void pend_late(size_t look)
{
	if (look == 1)
		json_object_set_new(world.resources[0].pending_elements,
				    "EngineVersion", json_string("17.1"));
}

static void test_execute__foreign_pending_appears(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = pend_late;
	assert_executes("failed");
	assert_step(0, "failed", "EngineVersion");
	assert_int_equal(count_said("call"), 0);
}

static void pend_on_member_late(size_t look)
{
	if (look == 1)
		json_object_set_new(world.resources[1].pending_elements,
				    "DBInstanceClass",
				    json_string("db.r6g.large"));
}

static void test_execute__foreign_pending_on_a_member(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/a-1", "a-1", "a", json_object());
	plan_protection("cluster/a", "a");
	world.before_look = pend_on_member_late;
	assert_executes("failed");
	assert_step(0, "failed", "instance/a-1 has a pending change");
	assert_int_equal(count_said("call"), 0);
}

static void test_execute__foreign_pending_on_a_member_before(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/a-1", "a-1", "a", json_object());
	plan_protection("cluster/a", "a");
	pend_on_member_late(1);
	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, ERR_STALE);
}

static void test_execute__foreign_pending_elsewhere(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/b-1", "b-1", "b", json_object());
	plan_protection("cluster/a", "a");
	pend_on_member_late(1);
	assert_executes("done");
}

static void become_another(size_t look)
{
	if (look == 1)
		world.resources[0].resource_id = "another";
}

static void test_execute__another_resource(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = become_another;
	assert_executes("failed");
	assert_int_equal(count_said("call"), 0);
}

static void busy_at_first(size_t look)
{
	world.resources[0].status = look < 3 ? "backing-up" : "available";
}

static void test_execute__busy_is_waited_for(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.before_look = busy_at_first;
	assert_executes("done");
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__busy_to_the_deadline(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.resources[0].status = "pondering";
	t.options.deadline_s = 1;
	assert_executes("failed");
	assert_step(0, "failed", "pondering");
	assert_int_equal(count_said("call"), 0);
}

/* Two clusters, of which the first one's change restarts it. */
static void restart_until(int64_t until)
{
	t.options.allow = json_pack("[s]", "restart");
	t.options.restart_until = until;
	add_cluster("cluster/a", "a");
	add_cluster("cluster/b", "b");
	plan_protection("cluster/a", "a");
	plan_protection("cluster/b", "b");
	json_array_append_new(t.plan->changes[0].consent,
			      json_string("restart"));
}

static void test_execute__restarts_in_the_window(void **state)
{
	(void)state;
	restart_until(clock_now() + 600);
	assert_executes("done");
	json_decref((json_t *)(uintptr_t)t.options.allow);
}

static void test_execute__no_restart_after_the_window(void **state)
{
	(void)state;
	restart_until(clock_now());
	assert_executes("failed");
	assert_step(0, "failed",
		    "not sent: it restarts cluster/a, and the "
		    "policy's window for that closed at 2");
	assert_false(world_protected(0));
	json_decref((json_t *)(uintptr_t)t.options.allow);
}

static void test_execute__stopped(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	world.resources[0].status = "stopped";
	assert_executes("failed");
	assert_step(0, "failed", "stopped");
	assert_int_equal(count_said("call"), 0);
}

static void test_execute__member_busy(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	add_resource(KIND_INSTANCE, "instance/a-1", "a-1", "a", json_object());
	plan_protection("cluster/a", "a");
	world.resources[1].status = "rebooting";
	t.options.deadline_s = 1;
	assert_executes("failed");
	assert_step(0, "failed", "instance/a-1");
	assert_int_equal(count_said("call"), 0);
}

static json_t *group_status;

/* AWS tells only at the fourth look that the members wait. */
static void members_tell_late(size_t look)
{
	if (look == 4)
		json_array_set_new(json_object_get(group_status, "statuses"), 0,
				   json_string("pending-reboot"));
}

static void test_execute__a_status_that_comes_late(void **state)
{
	struct plan_change *change;

	(void)state;
	add_resource(
		KIND_CLUSTER, "cluster/a", "a", "a",
		json_pack("{s:s}", "db_cluster_parameter_group_name", "old"));
	group_status = json_pack("{s:[s]}", "statuses", "in-sync");
	world.resources[0].facts = group_status;
	add_step("prod", "cluster/a", "a", "rds:ModifyDBCluster",
		 json_pack("{s:s, s:s}", "DBClusterIdentifier", "a",
			   "DBClusterParameterGroupName", "new"),
		 NULL, NULL);
	change = add_change("prod", "cluster/a", "a",
			    "db_cluster_parameter_group_name",
			    json_string("old"), json_string("new"));
	free(change->effect);
	change->effect = xstrdup("reboot");
	change_in_steps(change, t.plan->steps_len - 1, 1);
	world.before_look = members_tell_late;
	assert_executes("waiting");
	assert_step(0, "waiting", "when the instances are rebooted");
	json_decref(group_status);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_execute__moved_before),
		CASE(test_execute__moves_before_its_write),
		CASE(test_execute__foreign_pending_appears),
		CASE(test_execute__foreign_pending_on_a_member),
		CASE(test_execute__foreign_pending_on_a_member_before),
		CASE(test_execute__foreign_pending_elsewhere),
		CASE(test_execute__another_resource),
		CASE(test_execute__busy_is_waited_for),
		CASE(test_execute__busy_to_the_deadline),
		CASE(test_execute__restarts_in_the_window),
		CASE(test_execute__no_restart_after_the_window),
		CASE(test_execute__stopped),
		CASE(test_execute__member_busy),
		CASE(test_execute__a_status_that_comes_late),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
