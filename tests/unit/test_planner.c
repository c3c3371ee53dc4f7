#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/planner_fixture.h"

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

/* ---- blocked ---- */

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
		CASE(test_planner_plan__what_no_call_changes_is_blocked),
		CASE(test_planner_plan__owned_elsewhere_is_blocked),
		CASE(test_planner_plan__not_read_is_never_planned),
		CASE(test_planner_plan__one_refusal_leaves_the_others),
		CASE(test_planner_plan__whatever_is_planned_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
