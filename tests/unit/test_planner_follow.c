/* Reboots that follow from a parameter group, and those asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/planner_fixture.h"

static struct resource *add_member(struct world *world, const char *id,
				   const char *before)
{
	struct resource *member = add(world, fleet_instance(id, "orders"));

	set_live(member, "pending_reboot", "false");
	member->facts = json_pack("{ss so}", "cluster", "orders",
				  "reboots_after", j(before));
	return member;
}

/* A cluster of two, of which the first one writes. */
static struct resource *reboot_fleet(struct world *world)
{
	struct resource *orders = add(world, fleet_cluster("orders"));

	orders->facts = j("{'DBClusterMembers/DBClusterMember/"
			  "DBInstanceIdentifier':['orders-1','orders-2']}");
	set_live(orders, "db_cluster_parameter_group_name", "'old'");
	add_member(world, "orders-1", "['orders-2']");
	add_member(world, "orders-2", "[]");
	world->with_live = true;
	return orders;
}

static void assert_needs(const struct plan *plan, const char *consent)
{
	CLEANUP(json_release) json_t *needed = plan_consent(plan);

	assert_json(needed, consent);
}

#define BY_GROUP "cluster/orders:db_cluster_parameter_group_name"

static void test_planner_plan__reboots_follow_a_group(void **state)
{
	struct world *world = *state;
	struct resource *orders = reboot_fleet(world);
	const struct plan *plan;

	want_it(world, orders, "db_cluster_parameter_group_name", "'new'",
		false);
	plan = plan_it(world);
	assert_int_equal(plan->changes_len, 3);
	assert_string_equal(plan->changes[1].address, "instance/orders-1");
	assert_string_equal(plan->changes[1].via, BY_GROUP);
	assert_json(plan->changes[1].before, "true");
	assert_json(plan->changes[1].consent, "['restart']");
	assert_json(plan->changes[1].backout_consent, "[]");
	assert_true(plan_change_follows(&plan->changes[1]));
	assert_false(plan_change_follows(&plan->changes[0]));
	assert_needs(plan, "[]");
	/* the reader, then the writer */
	assert_string_equal(plan->steps[1].address, "instance/orders-2");
	assert_int_equal(plan->steps[1].needs_len, 1);
	assert_string_equal(plan->steps[2].address, "instance/orders-1");
	assert_int_equal(plan->steps[2].needs_len, 2);
	assert_accepted(plan);
}

static void test_planner_plan__one_reboot_of_two_causes(void **state)
{
	struct world *world = *state;
	struct resource *orders = reboot_fleet(world);
	const struct plan *plan;

	set_live(world->resources[2], "db_parameter_group_name", "'old'");
	want_it(world, orders, "db_cluster_parameter_group_name", "'new'",
		false);
	want_it(world, world->resources[2], "db_parameter_group_name", "'new'",
		false);
	plan = plan_it(world);
	assert_int_equal(plan->steps_len, 4);
	assert_string_equal(plan_find_change(plan, "prod", "instance/orders-2",
					     "pending_reboot")
				    ->via,
			    BY_GROUP
			    ", instance/orders-2:db_parameter_group_name");
	assert_accepted(plan);
}

static void test_planner_plan__what_is_asked_for_does_not_follow(void **state)
{
	struct world *world = *state;
	struct resource *orders = reboot_fleet(world);
	const struct plan *plan;
	const struct plan_change *asked;

	set_live(world->resources[1], "pending_reboot", "true");
	want_it(world, world->resources[1], "pending_reboot", "false", false);
	want_it(world, orders, "db_cluster_parameter_group_name", "'new'",
		false);
	plan = plan_it(world);
	asked = plan_find_change(plan, "prod", "instance/orders-1",
				 "pending_reboot");
	assert_null(asked->via);
	assert_needs(plan, "['restart']");
	/* but it comes after the group, and the reader */
	assert_int_equal(plan->steps[asked->steps[0]].needs_len, 2);
	assert_accepted(plan);
}

static void test_planner_plan__left_to_the_window_reboots_nothing(void **state)
{
	struct world *world = *state;
	struct resource *orders = reboot_fleet(world);

	want_it(world, orders, "db_cluster_parameter_group_name", "'new'",
		true);
	plan_it(world);
	assert_int_equal(world->plan->changes_len, 1);
	assert_int_equal(json_array_size(world->plan->notes), 1);
	assert_non_null(strstr(
		json_text(json_array_get(world->plan->notes, 0), "reason"),
		"no reboot is planned"));
}

static void test_planner_plan__a_reboot_that_follows_from_nothing(void **state)
{
	struct world *world = *state;
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct plan *read = NULL;

	(void)reboot_fleet(world);
	wants_add(
		&world->wants,
		&(struct want){ .resource = world->resources[2],
				.setting = row(KIND_INSTANCE, "pending_reboot"),
				.before = j("true"),
				.after = j("false"),
				.rule_name = "a rule",
				.rule_line = 12,
				.via = BY_GROUP });
	plan_write(plan_it(world), &bytes);
	assert_int_equal(
		plan_parse("made.json", bytes.buf, bytes.len, &read, &err), -1);
	assert_int_equal(err.code, ERR_EDITED);
	assert_non_null(strstr(err.chain[0], "follows from no other change"));
}

static void test_planner_plan__facts_of_a_reboot_order_it(void **state)
{
	struct world *world = *state;
	struct resource *orders = reboot_fleet(world);
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct plan *read = NULL;

	want_it(world, orders, "db_cluster_parameter_group_name", "'new'",
		false);
	plan_it(world);
	/* as if it were no writer: then it would not wait for the reader */
	json_object_set_new(world->plan->changes[1].facts, "reboots_after",
			    json_array());
	plan_finish(world->plan);
	plan_write(world->plan, &bytes);
	assert_int_equal(
		plan_parse("made.json", bytes.buf, bytes.len, &read, &err), -1);
	assert_int_equal(err.code, ERR_EDITED);
}

/* It is named already and not in effect: no call sets it off. */
static void test_planner_plan__a_group_awaiting_a_reboot(void **state)
{
	struct world *world = *state;
	struct resource *as_wanted = add(world, fleet_cluster("orders"));
	struct resource *other = add(world, fleet_cluster("other"));
	const char *name = "db_cluster_parameter_group_name";
	const size_t at = catalogue_index(row(KIND_CLUSTER, name));

	set_live(as_wanted, name, "'strict'");
	set_live(other, name, "'lax'");
	as_wanted->pending[at] = j("'strict'");
	other->pending[at] = j("'lax'");
	want_it(world, as_wanted, name, "'strict'", false);
	want_it(world, other, name, "'strict'", false);
	plan_it(world);
	assert_int_equal(json_array_size(world->plan->blocked), 0);
	assert_int_equal(json_array_size(world->plan->waiting), 1);
	assert_non_null(strstr(
		json_text(json_array_get(world->plan->waiting, 0), "reason"),
		"rebooted"));
	assert_int_equal(world->plan->changes_len, 1);
	assert_string_equal(world->plan->changes[0].address, "cluster/other");
	assert_accepted(world->plan);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_planner_plan__reboots_follow_a_group),
		CASE(test_planner_plan__one_reboot_of_two_causes),
		CASE(test_planner_plan__what_is_asked_for_does_not_follow),
		CASE(test_planner_plan__left_to_the_window_reboots_nothing),
		CASE(test_planner_plan__a_reboot_that_follows_from_nothing),
		CASE(test_planner_plan__facts_of_a_reboot_order_it),
		CASE(test_planner_plan__a_group_awaiting_a_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
