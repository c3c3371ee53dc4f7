/* What the changes of a plan cost, and what backing them out does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/planner_fixture.h"

static void
test_planner_plan__lowering_is_lossy_and_raising_is_not(void **state)
{
	struct world *world = *state;
	struct resource *low = add(world, fleet_cluster("low"));
	struct resource *high = add(world, fleet_cluster("raise"));

	want_it(world, low, "backup_retention_period", "3", false);
	want_it(world, high, "backup_retention_period", "30", false);
	plan_it(world);
	assert_string_equal(world->plan->changes[0].reversibility, "lossy");
	assert_json(world->plan->changes[0].consent, "['lossy']");
	assert_json(world->plan->changes[0].backout_consent, "[]");
	assert_string_equal(world->plan->changes[1].reversibility,
			    "reversible");
	assert_json(world->plan->changes[1].consent, "[]");
	assert_json(world->plan->changes[1].backout_consent, "['lossy']");
	assert_string_equal(world->plan->changes[1].unit, "days");
	assert_accepted(world->plan);
}

static void test_planner_plan__opening_access_is_exposure(void **state)
{
	struct world *world = *state;
	struct resource *open = add(world, fleet_instance("open", "orders"));
	struct resource *shut = add(world, fleet_instance("shut", "orders"));

	set_live(open, "publicly_accessible", "false");
	want_it(world, open, "publicly_accessible", "true", false);
	want_it(world, shut, "publicly_accessible", "false", false);
	plan_it(world);
	assert_json(world->plan->changes[0].consent, "['exposure']");
	assert_json(world->plan->changes[0].backout_consent, "[]");
	assert_json(world->plan->changes[1].consent, "[]");
	assert_json(world->plan->changes[1].backout_consent, "['exposure']");
	assert_accepted(world->plan);
}

static void test_planner_plan__restart_both_ways(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	want_it(world, orders, "port", "3307", false);
	plan_it(world);
	assert_string_equal(world->plan->changes[0].effect, "restart");
	assert_string_equal(world->plan->changes[0].reversibility, "restart");
	assert_json(world->plan->changes[0].consent, "['restart']");
	assert_json(world->plan->changes[0].backout_consent, "['restart']");
	assert_accepted(world->plan);
}

#define KMS_KEY                                                           \
	"arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-" \
	"555555555555"

static struct resource *cluster_with_insights(struct world *world)
{
	struct resource *orders = add(world, fleet_cluster("orders"));

	set_live(orders, "performance_insights_enabled", "true");
	set_live(orders, "performance_insights_retention_period", "93");
	set_live(orders, "performance_insights_kms_key_id", "'" KMS_KEY "'");
	return orders;
}

/* What AWS forgets with it is recorded, so that it comes back with it. */
static void test_planner_plan__what_goes_with_it(void **state)
{
	struct world *world = *state;
	struct resource *orders = cluster_with_insights(world);
	const struct plan_change *days;

	want_it(world, orders, "performance_insights_enabled", "false", false);
	plan_it(world);
	assert_int_equal(world->plan->changes_len, 3);
	days = change_of(world->plan, "performance_insights_retention_period");
	assert_json(days->before, "93");
	assert_json(days->after, "null");
	assert_string_equal(days->via, "performance_insights_enabled");
	assert_string_equal(days->rule_name, "a rule");
	assert_int_equal(world->plan->steps_len, 1);
	assert_json(world->plan->steps[0].parameters,
		    "{'ApplyImmediately':'true','DBClusterIdentifier':"
		    "'orders','EnablePerformanceInsights':'false'}");
	assert_json(world->plan->steps[0].backout_parameters,
		    "{'ApplyImmediately':'true','DBClusterIdentifier':"
		    "'orders','EnablePerformanceInsights':'true',"
		    "'PerformanceInsightsKMSKeyId':'" KMS_KEY "',"
		    "'PerformanceInsightsRetentionPeriod':'93'}");
	assert_accepted(world->plan);
}

/* A rule cannot have it otherwise, and is told so. */
static void test_planner_plan__what_goes_with_it_against_a_rule(void **state)
{
	struct world *world = *state;
	struct resource *orders = cluster_with_insights(world);

	want_it(world, orders, "performance_insights_enabled", "false", false);
	want_it(world, orders, "performance_insights_retention_period", "7",
		false);
	plan_it(world);
	assert_json(
		change_of(world->plan, "performance_insights_retention_period")
			->after,
		"null");
	assert_int_equal(json_array_size(world->plan->blocked), 1);
	assert_accepted(world->plan);
}

/* What is not done has no consequences, and only the wish is missed. */
static void test_planner_plan__what_goes_with_nothing(void **state)
{
	struct world *world = *state;
	struct resource *orders = cluster_with_insights(world);

	(void)json_object_set_new(orders->pending_elements, "EngineVersion",
				  json_string("x"));
	want_it(world, orders, "performance_insights_enabled", "false", false);
	plan_it(world);
	assert_int_equal(world->plan->changes_len, 0);
	assert_int_equal(json_array_size(world->plan->blocked), 1);
}

/* The others of its call can still be taken back. */
static void test_planner_plan__one_way_goes_alone(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	set_live(orders, "backtrack_window", "3600");
	want_it(world, orders, "backtrack_window", "0", false);
	want_it(world, orders, "deletion_protection", "true", false);
	plan_it(world);
	assert_int_equal(world->plan->steps_len, 2);
	assert_string_equal(
		change_of(world->plan, "backtrack_window")->reversibility,
		"one-way");
	assert_string_equal(
		change_of(world->plan, "deletion_protection")->reversibility,
		"reversible");
	assert_accepted(world->plan);
}

static struct resource *instance_with_ca(struct world *world, const char *facts)
{
	struct resource *instance =
		add(world, fleet_instance("orders-1", "orders"));

	instance->engine_version = xstrdup("8.0.mysql_aurora.3.05.2");
	instance->facts = j(facts);
	set_live(instance, "ca_certificate_identifier", "'rds-ca-old'");
	return instance;
}

/* What the engine version says of it decides what a new CA costs. */
static void test_planner_plan__a_ca_without_a_restart(void **state)
{
	struct world *world = *state;
	struct resource *instance = instance_with_ca(
		world, "{'rotates_certificate_without_restart':true}");

	want_it(world, instance, "ca_certificate_identifier", "'rds-ca-new'",
		false);
	plan_it(world);
	assert_string_equal(world->plan->changes[0].effect, "immediate");
	assert_string_equal(world->plan->changes[0].reversibility,
			    "reversible");
	assert_json(world->plan->changes[0].consent, "[]");
	assert_json(world->plan->changes[0].backout_consent, "[]");
	assert_json(world->plan->changes[0].facts,
		    "{'rotates_certificate_without_restart':true}");
	assert_accepted(world->plan);

	world->wants.items[0].window = true;
	plan_it(world);
	assert_string_equal(world->plan->changes[0].effect, "window");
	assert_null(parameter(&world->plan->steps[0], "ApplyImmediately"));
	assert_accepted(world->plan);
}

static void test_planner_plan__a_ca_with_a_restart(void **state)
{
	static const char *const facts[] = {
		"{}", "{'rotates_certificate_without_restart':false}"
	};
	struct world *world = *state;
	struct resource *instance = instance_with_ca(world, "{}");

	want_it(world, instance, "ca_certificate_identifier", "'rds-ca-new'",
		false);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		json_decref(instance->facts);
		instance->facts = j(facts[i]);
		plan_it(world);
		assert_string_equal(world->plan->changes[0].effect, "restart");
		assert_json(world->plan->changes[0].consent, "['restart']");
		assert_json(world->plan->changes[0].backout_consent,
			    "['restart']");
		assert_null(world->plan->changes[0].facts);
		assert_accepted(world->plan);
	}
}

/* Nothing brings a CA back that has expired, or that the version dropped. */
static void test_planner_plan__an_old_ca_does_not_come_back(void **state)
{
	static const char *const cases[][2] = {
		{ "{'expired_certificates':"
		  "{'rds-ca-old':'2024-08-22T17:08:50Z','rds-ca-new':null}}",
		  "the CA 'rds-ca-old' expired at 2024-08-22T17:08:50Z" },
		{ "{'supported_ca_certificate_identifiers':['rds-ca-new']}",
		  "does not support the CA 'rds-ca-old', only rds-ca-new" },
	};
	struct world *world = *state;
	struct resource *instance = instance_with_ca(world, "{}");

	want_it(world, instance, "ca_certificate_identifier", "'rds-ca-new'",
		false);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_decref(instance->facts);
		instance->facts = j(cases[i][0]);
		plan_it(world);
		assert_int_equal(world->plan->changes_len, 1);
		assert_string_equal(world->plan->changes[0].reversibility,
				    "one-way");
		assert_json(world->plan->changes[0].consent,
			    "['one-way','restart']");
		assert_null(world->plan->steps[0].backout_call);
		assert_non_null(strstr(world->plan->steps[0].backout_reason,
				       cases[i][1]));
		assert_accepted(world->plan);
	}
}

static void test_planner_plan__a_group_waits_for_a_reboot(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	set_live(orders, "db_cluster_parameter_group_name", "'old'");
	want_it(world, orders, "db_cluster_parameter_group_name", "'new'",
		false);
	plan_it(world);
	assert_string_equal(world->plan->changes[0].effect, "reboot");
	/* that takes nobody's consent; but undoing it takes a reboot as well */
	assert_string_equal(world->plan->changes[0].reversibility, "restart");
	assert_json(world->plan->changes[0].consent, "[]");
	assert_accepted(world->plan);
}

static void test_planner_plan__no_way_back_is_one_way(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	/* AWS shows a value that nobody may send */
	set_live(orders, "backup_retention_period", "'strange'");
	want_it(world, orders, "backup_retention_period", "7", false);
	plan_it(world);
	assert_null(world->plan->steps[0].backout_call);
	assert_non_null(world->plan->steps[0].backout_reason);
	assert_string_equal(world->plan->changes[0].reversibility, "one-way");
	assert_true(json_array_has(world->plan->changes[0].consent, "one-way"));
	assert_accepted(world->plan);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_planner_plan__lowering_is_lossy_and_raising_is_not),
		CASE(test_planner_plan__opening_access_is_exposure),
		CASE(test_planner_plan__restart_both_ways),
		CASE(test_planner_plan__what_goes_with_it),
		CASE(test_planner_plan__what_goes_with_it_against_a_rule),
		CASE(test_planner_plan__what_goes_with_nothing),
		CASE(test_planner_plan__one_way_goes_alone),
		CASE(test_planner_plan__a_ca_without_a_restart),
		CASE(test_planner_plan__a_ca_with_a_restart),
		CASE(test_planner_plan__an_old_ca_does_not_come_back),
		CASE(test_planner_plan__a_group_waits_for_a_reboot),
		CASE(test_planner_plan__no_way_back_is_one_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
