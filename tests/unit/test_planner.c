#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "plans/planner.h"
#include "tests/unit/fleet.h"

#define NOW 1795486530 /* 2026-11-24T02:15:30Z */

/* What a test plans with; set up and torn down around each. */
struct world {
	struct wants wants;
	struct resource *resources[8];
	size_t len;
	struct plan *plan;
	struct live live; /* its items are those above */
	bool with_live;
};

static int set_up(void **state)
{
	json_init();
	*state = xcalloc(1, sizeof(struct world));
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	wants_release(&world->wants);
	for (size_t i = 0; i < world->len; i++)
		resource_free(world->resources[i]);
	plan_free(world->plan);
	free(world);
	return 0;
}

static struct resource *add(struct world *world, struct resource *resource)
{
	world->resources[world->len++] = resource;
	return resource;
}

static void want_it(struct world *world, const struct resource *resource,
		    const char *setting, const char *after, bool window)
{
	wants_add(&world->wants,
		  &(struct want){ .resource = resource,
				  .setting = row(resource->kind, setting),
				  .after = j(after),
				  .window = window,
				  .rule_name = "a rule",
				  .rule_line = 12 });
}

static struct plan *plan_it(struct world *world)
{
	const struct planner_input input = {
		.kind = "apply",
		.targets = &fleet_target,
		.targets_len = 1,
		.created_by = "arn:aws:iam::123456789012:user/dba",
		.now = NOW,
		.live = world->with_live ? &world->live : NULL,
	};

	world->live.items = world->resources;
	world->live.len = world->len;
	plan_free(world->plan);
	world->plan = planner_plan(&input, &world->wants);
	/* as if from a file */
	world->plan->desired =
		j("{'path':'aback.yaml','sha256':'','git_blob':''}");
	plan_finish(world->plan);
	return world->plan;
}

/* Every plan that is made must also be one that is accepted. */
static void assert_accepted(const struct plan *plan)
{
	CLEANUP(strbuf_release)
	struct strbuf bytes = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release)
	struct strbuf again = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct plan *read = NULL;

	plan_write(plan, &bytes);
	if (plan_parse("made.json", bytes.buf, bytes.len, &read, &err)) {
		error_render(&err, &text);
		fail_msg("%s%s", text.buf, bytes.buf);
	}
	plan_write(read, &again);
	plan_free(read);
	assert_string_equal(bytes.buf, again.buf);
}

static const char *parameter(const struct plan_step *step, const char *name)
{
	return json_text(step->parameters, name);
}

static void assert_json(const json_t *value, const char *text)
{
	CLEANUP(json_release) json_t *expected = j(text);

	if (!json_equal(value, expected)) {
		CLEANUP(strbuf_release)
		struct strbuf is = STRBUF_INIT(LIMIT_MESSAGE);

		if (value)
			json_compact(value, &is);
		fail_msg("is %s, not %s", value ? is.buf : "NULL", text);
	}
}

/* Let a plan made here pass as a backout. */
static void make_backout(struct plan *plan)
{
	free(plan->kind);
	plan->kind = xstrdup("backout");
	json_decref(plan->desired);
	plan->desired = json_null();
	for (size_t i = 0; i < plan->changes_len; i++) {
		free(plan->changes[i].rule_name);
		plan->changes[i].rule_name = NULL;
		plan->changes[i].undoes =
			j("{'change':'20261124T021530Z-a1b2c3','set':14,"
			  "'prior':7,'redo':false}");
	}
	plan_finish(plan);
}

/* ---- steps ---- */

static void test_planner_plan__one_setting(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));
	const struct plan *plan;

	want_it(world, orders, "deletion_protection", "true", false);
	plan = plan_it(world);
	assert_int_equal(plan->changes_len, 1);
	assert_int_equal(plan->steps_len, 1);
	assert_string_equal(plan->steps[0].call, "rds:ModifyDBCluster");
	assert_json(plan->steps[0].parameters,
		    "{'ApplyImmediately':'true','DBClusterIdentifier':"
		    "'orders','DeletionProtection':'true'}");
	assert_json(plan->steps[0].backout_parameters,
		    "{'ApplyImmediately':'true','DBClusterIdentifier':"
		    "'orders','DeletionProtection':'false'}");
	assert_string_equal(plan->changes[0].reversibility, "reversible");
	assert_string_equal(plan->changes[0].effect, "immediate");
	assert_int_equal(plan->changes[0].rule_line, 12);
	assert_json(plan->changes[0].consent, "[]");
	assert_accepted(plan);
}

static void test_planner_plan__nothing_to_do_is_an_empty_plan(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	want_it(world, orders, "backup_retention_period", "7", false);
	assert_int_equal(plan_it(world)->changes_len, 0);
	assert_int_equal(world->plan->steps_len, 0);
	assert_json(world->plan->blocked, "[]");
	assert_accepted(world->plan);
}

static void
test_planner_plan__immediate_and_deferrable_are_two_calls(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	want_it(world, orders, "deletion_protection", "true", false);
	want_it(world, orders, "backup_retention_period", "14", false);
	want_it(world, orders, "copy_tags_to_snapshot", "true", false);
	assert_int_equal(plan_it(world)->steps_len, 2);
	assert_non_null(
		parameter(&world->plan->steps[0], "DeletionProtection"));
	assert_non_null(
		parameter(&world->plan->steps[0], "CopyTagsToSnapshot"));
	assert_string_equal(
		parameter(&world->plan->steps[1], "BackupRetentionPeriod"),
		"14");
	assert_accepted(world->plan);
}

static void test_planner_plan__window_sends_no_apply_immediately(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	want_it(world, orders, "backup_retention_period", "14", true);
	assert_int_equal(plan_it(world)->steps_len, 1);
	assert_null(parameter(&world->plan->steps[0], "ApplyImmediately"));
	assert_string_equal(world->plan->changes[0].effect, "window");
	/* but it is taken back at once */
	assert_string_equal(json_text(world->plan->steps[0].backout_parameters,
				      "ApplyImmediately"),
			    "true");
	assert_accepted(world->plan);
}

static void test_planner_plan__is_sorted_whatever_the_order(void **state)
{
	struct world *world = *state;
	struct resource *b = add(world, fleet_cluster("b"));
	struct resource *a = add(world, fleet_cluster("a"));
	struct resource *role = add(world, fleet_role("r"));

	want_it(world, b, "deletion_protection", "true", false);
	want_it(world, role, "managed_policy_arns",
		"['arn:aws:iam::aws:policy/New']", false);
	want_it(world, a, "deletion_protection", "true", false);
	want_it(world, a, "backup_retention_period", "14", false);
	plan_it(world);
	assert_string_equal(world->plan->changes[0].address, "iam_role/r");
	assert_string_equal(world->plan->changes[1].setting,
			    "backup_retention_period");
	assert_string_equal(world->plan->changes[3].address, "cluster/b");
	assert_string_equal(world->plan->steps[4].address, "cluster/b");
	assert_int_equal(world->plan->changes[3].steps[0], 4);
	assert_accepted(world->plan);
}

static void test_planner_plan__role_attaches_before_it_detaches(void **state)
{
	struct world *world = *state;
	struct resource *role = add(world, fleet_role("r"));
	const struct plan_step *steps;

	want_it(world, role, "managed_policy_arns",
		"['arn:aws:iam::aws:policy/A','arn:aws:iam::aws:policy/B']",
		false);
	assert_int_equal(plan_it(world)->steps_len, 3);
	steps = world->plan->steps;
	assert_string_equal(steps[0].call, "iam:AttachRolePolicy");
	assert_string_equal(steps[2].call, "iam:DetachRolePolicy");
	assert_int_equal(steps[2].needs_len, 2);
	/* each step is taken back by its own opposite */
	assert_string_equal(steps[0].backout_call, "iam:DetachRolePolicy");
	assert_json(steps[0].backout_parameters,
		    "{'PolicyArn':'arn:aws:iam::aws:policy/A','RoleName':'r'}");
	assert_string_equal(steps[2].backout_call, "iam:AttachRolePolicy");
	assert_int_equal(world->plan->changes[0].steps_len, 3);
	assert_string_equal(world->plan->changes[0].target, fleet_global);
	assert_accepted(world->plan);
}

/* ---- what it costs ---- */

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

static const struct plan_change *change_of(const struct plan *plan,
					   const char *setting)
{
	for (size_t i = 0; i < plan->changes_len; i++) {
		if (!strcmp(plan->changes[i].setting, setting))
			return &plan->changes[i];
	}
	fail_msg("nothing changes '%s'", setting);
	return NULL;
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

/* ---- blocked ---- */

static const char *only_block(const struct plan *plan, const char *key)
{
	assert_int_equal(plan->changes_len, 0);
	assert_int_equal(plan->steps_len, 0);
	assert_int_equal(json_array_size(plan->blocked), 1);
	return json_text(json_array_get(plan->blocked, 0), key);
}

static void test_planner_plan__what_no_call_changes_is_blocked(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	want_it(world, orders, "storage_encrypted", "true", false);
	assert_non_null(only_block(plan_it(world), "reason"));
	assert_non_null(only_block(world->plan, "remedy"));
	assert_json(json_object_get(json_array_get(world->plan->blocked, 0),
				    "before"),
		    "false");
	assert_accepted(world->plan);
}

static void test_planner_plan__owned_elsewhere_is_blocked(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	orders->owned_elsewhere =
		j("{'backup_retention_period': 'AWS Backup owns it'}");
	want_it(world, orders, "backup_retention_period", "14", false);
	assert_string_equal(only_block(plan_it(world), "reason"),
			    "AWS Backup owns it");
}

static void test_planner_plan__not_read_is_never_planned(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));
	const size_t at =
		catalogue_index(row(KIND_CLUSTER, "deletion_protection"));

	json_decref(orders->values[at]);
	orders->values[at] = NULL;
	want_it(world, orders, "deletion_protection", "true", false);
	assert_non_null(only_block(plan_it(world), "reason"));
}

static void test_planner_plan__one_refusal_leaves_the_others(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	want_it(world, orders, "backtrack_window", "3600", false);
	want_it(world, orders, "deletion_protection", "true", false);
	plan_it(world);
	assert_int_equal(world->plan->changes_len, 1);
	assert_int_equal(json_array_size(world->plan->blocked), 1);
	assert_accepted(world->plan);
}

/* ---- pending ---- */

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

/* ---- reboots ---- */

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

/* ---- the whole catalogue ---- */

static json_t *some_set(const struct setting *setting, unsigned n)
{
	CLEANUP(json_release) json_t *set = json_array();

	for (unsigned i = n; i <= n + n % 3; i++) {
		const char *choice = setting->choices[i % SETTING_CHOICES_MAX];
		CLEANUP(free_ptr)
		char *text =
			choice ? xstrdup(choice)
			: strstr(setting->name, "arns")
				? xasprintf("arn:aws:iam::aws:policy/%u", i)
				: xasprintf("sg-%u", i);

		json_array_add_unique(set, text);
	}
	return json_sorted_set(set);
}

static json_t *some_rules(unsigned n)
{
	json_t *rules = json_array();

	for (unsigned i = 0; i < 3; i++) {
		CLEANUP(free_ptr)
		char *network = xasprintf("10.%u.0.0/16", i);

		if (n >> i & 1)
			json_array_append_new(
				rules, json_pack("{ss ss}", "cidr_ipv4",
						 network, "ip_protocol", "-1"));
	}
	return rules;
}

static json_t *some_texts(unsigned n)
{
	json_t *texts = json_object();

	for (unsigned i = 0; i < 4; i++) {
		CLEANUP(free_ptr) char *key = xasprintf("key %u", i);

		if (n >> i & 1)
			json_object_set_new(texts, key,
					    json_string(n % 3 ? "a"
							: i   ? "b"
							      : ""));
	}
	return texts;
}

/* Some values that the row's type can have, valid or not. */
static json_t *some_value(const struct setting *setting, unsigned n)
{
	CLEANUP(free_ptr) char *text = NULL;
	const char *choice = setting->choices[n % SETTING_CHOICES_MAX];

	switch (setting->type) {
	case TYPE_BOOL:
		return json_boolean(n % 2);
	case TYPE_INT:
		return json_integer(setting->min + n % 3 * 7);
	case TYPE_STRING_SET:
		return some_set(setting, n);
	case TYPE_RULE_SET:
		return some_rules(n);
	case TYPE_STRING_MAP:
		return some_texts(n);
	case TYPE_DAILY_WINDOW:
		text = xasprintf("0%u:00-0%u:00", n % 8, n % 8 + 1);
		return json_string(text);
	case TYPE_WEEKLY_WINDOW:
		text = xasprintf("sun:0%u:00-sun:0%u:00", n % 8, n % 8 + 1);
		return json_string(text);
	case TYPE_DOCUMENT:
		return json_pack("{s:{s:s, s:[s]}}", "Statement", "Effect",
				 "Allow", "Action", n % 2 ? "a:b" : "a:c");
	case TYPE_DOCUMENT_MAP:
		return json_pack("{s:{s:{s:s, s:s}}}", n % 3 ? "p" : "q",
				 "Statement", "Effect", "Allow", "Action",
				 n % 2 ? "a:b" : "a:c");
	case TYPE_ENUM:
	case TYPE_TEXT:
	case TYPE_STRING:
	case TYPE_LOWER_STRING:
	case TYPE_PARAMETER:
		if (choice)
			return json_string(choice);
		text = strstr(setting->name, "kms")
			       ? xasprintf("arn:aws:kms:eu-west-1:123456789012:"
					   "key/%u",
					   n)
		       : strstr(setting->name, "role_arn")
			       ? xasprintf("arn:aws:iam::123456789012:role/r%u",
					   n)
			       : xasprintf("value-%u", n);
		return json_string(text);
	}
	return json_null();
}

static void want_many(struct world *world, struct resource *resource,
		      unsigned round)
{
	size_t len;
	const struct setting *rows = catalogue_rows(resource->kind, &len);

	for (size_t i = 0; i < len; i++) {
		const unsigned n = round * 7 + (unsigned)i * (round % 3 + 1);

		/* what passes to another resource is no want of this one */
		if (rows[i].standing != STANDING_WRITABLE ||
		    rows[i].passes_through)
			continue;
		if (n % 4) {
			json_decref(resource->values[i]);
			resource->values[i] = some_value(&rows[i], n / 2);
		}
		if (n % 3 == 1)
			continue;
		wants_add(&world->wants,
			  &(struct want){
				  .resource = resource,
				  .setting = &rows[i],
				  .after = n % 5 == 4 && rows[i].nullable
						   ? json_null()
						   : some_value(&rows[i], n),
				  .window = n % 2,
				  .rule_name = "a rule" });
	}
}

static void test_planner_plan__whatever_is_planned_is_accepted(void **state)
{
	struct world *world = *state;
	size_t changes = 0;

	for (unsigned round = 0; round < 200; round++) {
		want_many(world, add(world, fleet_cluster("orders")), round);
		want_many(world, add(world, fleet_instance("i", "orders")),
			  round);
		want_many(world, add(world, fleet_role("r")), round);
		assert_accepted(plan_it(world));
		changes += world->plan->changes_len;
		wants_release(&world->wants);
		while (world->len)
			resource_free(world->resources[--world->len]);
	}
	/* it is not that nothing was planned */
	assert_true(changes > 1000);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_planner_plan__one_setting),
		CASE(test_planner_plan__nothing_to_do_is_an_empty_plan),
		CASE(test_planner_plan__immediate_and_deferrable_are_two_calls),
		CASE(test_planner_plan__window_sends_no_apply_immediately),
		CASE(test_planner_plan__is_sorted_whatever_the_order),
		CASE(test_planner_plan__role_attaches_before_it_detaches),
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
		CASE(test_planner_plan__what_no_call_changes_is_blocked),
		CASE(test_planner_plan__owned_elsewhere_is_blocked),
		CASE(test_planner_plan__not_read_is_never_planned),
		CASE(test_planner_plan__one_refusal_leaves_the_others),
		CASE(test_planner_plan__pending_as_wanted_is_waiting),
		CASE(test_planner_plan__a_window_value_is_not_set_off_before_it),
		CASE(test_planner_plan__somebody_elses_pending_blocks_apply_immediately),
		CASE(test_planner_plan__a_members_pending_counts_for_its_cluster),
		CASE(test_planner_plan__a_window_that_has_begun),
		CASE(test_planner_plan__a_clusters_pending_leaves_its_members_alone),
		CASE(test_planner_plan__another_pending_value_of_the_setting_blocks),
		CASE(test_planner_plan__our_own_pending_is_taken_back),
		CASE(test_planner_plan__a_group_awaiting_a_reboot),
		CASE(test_planner_plan__reboots_follow_a_group),
		CASE(test_planner_plan__one_reboot_of_two_causes),
		CASE(test_planner_plan__what_is_asked_for_does_not_follow),
		CASE(test_planner_plan__left_to_the_window_reboots_nothing),
		CASE(test_planner_plan__a_reboot_that_follows_from_nothing),
		CASE(test_planner_plan__facts_of_a_reboot_order_it),
		CASE(test_planner_plan__whatever_is_planned_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
