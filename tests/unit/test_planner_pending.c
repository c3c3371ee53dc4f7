/* What is pending already where a plan would change something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/planner_fixture.h"

static void test_planner_plan__pending_as_wanted_is_waiting(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	set_pending(orders, "backup_retention_period", "14");
	want_it(world, orders, "backup_retention_period", "14", false);
	want_it(world, orders, "deletion_protection", "true", false);
	plan_it(world);
	assert_int_equal(json_array_size(world->plan->waiting), 1);
	assert_json(json_object_get(json_array_get(world->plan->waiting, 0),
				    "pending"),
		    "14");
	/* which the other step may set off: it is wanted now */
	assert_int_equal(world->plan->changes_len, 1);
	assert_accepted(world->plan);
}

static void
test_planner_plan__a_window_value_is_not_set_off_before_it(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	set_pending(orders, "backup_retention_period", "14");
	want_it(world, orders, "backup_retention_period", "14", true);
	want_it(world, orders, "deletion_protection", "true", false);
	plan_it(world);
	assert_int_equal(json_array_size(world->plan->waiting), 1);
	assert_non_null(only_block(world->plan, "reason"));
}

static void
test_planner_plan__somebody_elses_pending_blocks_apply_immediately(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	(void)json_object_set_new(orders->pending_elements, "EngineVersion",
				  json_string("8.0.mysql_aurora.3.07.1"));
	want_it(world, orders, "deletion_protection", "true", false);
	want_it(world, orders, "backup_retention_period", "14", true);
	plan_it(world);
	/* what sends no ApplyImmediately sets nothing off */
	assert_int_equal(world->plan->changes_len, 1);
	assert_string_equal(world->plan->changes[0].setting,
			    "backup_retention_period");
	assert_int_equal(json_array_size(world->plan->blocked), 1);
	assert_non_null(strstr(
		json_text(json_array_get(world->plan->blocked, 0), "reason"),
		"EngineVersion of 'cluster/orders', 8.0.mysql_aurora.3.07.1"));
	assert_accepted(world->plan);
}

static void
test_planner_plan__a_members_pending_counts_for_its_cluster(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));
	struct resource *member =
		add(world, fleet_instance("orders-1", "orders"));
	struct resource *other = add(world, fleet_cluster("other"));

	world->with_live = true;
	(void)json_object_set_new(member->pending_elements, "DBInstanceClass",
				  json_string("db.r6g.large"));
	want_it(world, orders, "deletion_protection", "true", false);
	want_it(world, other, "deletion_protection", "true", false);
	plan_it(world);
	assert_int_equal(world->plan->changes_len, 1);
	assert_string_equal(world->plan->changes[0].address, "cluster/other");
	assert_non_null(strstr(
		json_text(json_array_get(world->plan->blocked, 0), "reason"),
		"DBInstanceClass of 'instance/orders-1'"));
}

/* AWS says: pending changes that cause an outage are then applied at once. */
static void test_planner_plan__a_window_that_has_begun(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));
	struct resource *member =
		add(world, fleet_instance("orders-1", "orders"));
	const json_t *blocked;

	world->with_live = true;
	set_live(orders, "preferred_maintenance_window",
		 "'sun:04:00-sun:05:00'");
	want_it(world, orders, "preferred_maintenance_window",
		"'tue:02:00-tue:03:00'", true);
	assert_int_equal(plan_it(world)->changes_len, 1);
	assert_accepted(world->plan);

	(void)json_object_set_new(member->pending_elements, "DBInstanceClass",
				  json_string("db.r6g.large"));
	assert_int_equal(plan_it(world)->changes_len, 0);
	blocked = json_array_get(world->plan->blocked, 0);
	assert_string_equal(json_text(blocked, "reason"),
			    "that window has begun already, so that AWS would "
			    "at once do the pending DBInstanceClass of "
			    "'instance/orders-1', db.r6g.large");
	assert_non_null(json_text(blocked, "remedy"));

	/* another one sets nothing off */
	json_decref(world->wants.items[0].after);
	world->wants.items[0].after = j("'tue:03:00-tue:04:00'");
	assert_int_equal(plan_it(world)->changes_len, 1);
}

static void
test_planner_plan__a_clusters_pending_leaves_its_members_alone(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));
	struct resource *member =
		add(world, fleet_instance("orders-1", "orders"));

	world->with_live = true;
	(void)json_object_set_new(orders->pending_elements, "EngineVersion",
				  json_string("x"));
	want_it(world, member, "publicly_accessible", "false", false);
	assert_int_equal(plan_it(world)->changes_len, 1);
}

static void
test_planner_plan__another_pending_value_of_the_setting_blocks(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));
	struct resource *same = add(world, fleet_cluster("same"));

	set_pending(orders, "backup_retention_period", "3");
	set_pending(same, "backup_retention_period", "3");
	want_it(world, orders, "backup_retention_period", "14", true);
	want_it(world, same, "backup_retention_period", "7", true);
	plan_it(world);
	assert_int_equal(world->plan->changes_len, 0);
	/* the second agrees now, but will not when the window comes */
	assert_int_equal(json_array_size(world->plan->blocked), 2);
}

static void test_planner_plan__our_own_pending_is_taken_back(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));
	CLEANUP(json_release) json_t *ours = j("14");

	set_pending(orders, "backup_retention_period", "14");
	wants_add(&world->wants,
		  &(struct want){ .resource = orders,
				  .setting = row(KIND_CLUSTER,
						 "backup_retention_period"),
				  .after = j("7"),
				  .pending = ours });
	want_it(world, orders, "deletion_protection", "true", false);
	plan_it(world);
	assert_int_equal(world->plan->changes_len, 2);
	assert_json(world->plan->changes[0].before, "7");
	assert_json(world->plan->changes[0].after, "7");
	assert_json(world->plan->changes[0].pending, "14");
	make_backout(world->plan);
	assert_string_equal(
		parameter(&world->plan->steps[0], "BackupRetentionPeriod"),
		"7");
	/* before another call could set it off */
	assert_int_equal(world->plan->steps[1].needs_len, 1);
	assert_accepted(world->plan);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_planner_plan__pending_as_wanted_is_waiting),
		CASE(test_planner_plan__a_window_value_is_not_set_off_before_it),
		CASE(test_planner_plan__somebody_elses_pending_blocks_apply_immediately),
		CASE(test_planner_plan__a_members_pending_counts_for_its_cluster),
		CASE(test_planner_plan__a_window_that_has_begun),
		CASE(test_planner_plan__a_clusters_pending_leaves_its_members_alone),
		CASE(test_planner_plan__another_pending_value_of_the_setting_blocks),
		CASE(test_planner_plan__our_own_pending_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
