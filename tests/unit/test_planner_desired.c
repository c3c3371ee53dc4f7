#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "plans/planner.h"
#include "tests/unit/fleet.h"

#define NOW 1795486530 /* 2026-11-24T02:15:30Z */
#define HEAD                                              \
	"version: 1\n"                                    \
	"state: {repository: ./state.git}\n"              \
	"targets:\n"                                      \
	"  - {name: prod, account_id: \"123456789012\", " \
	"region: eu-west-1}\n"                            \
	"rules:\n"
#define PROTECT                        \
	"  - match: {kind: cluster}\n" \
	"    set: {deletion_protection: true}\n"

struct world {
	struct live *live;
	struct desired *desired;
	struct holds holds;
	struct plan *plan;
	struct error err;
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	json_init();
	world->live = live_new();
	world->holds.by_target = json_object();
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	live_free(world->live);
	desired_free(world->desired);
	holds_release(&world->holds);
	plan_free(world->plan);
	error_release(&world->err);
	free(world);
	return 0;
}

static struct resource *add(struct world *world, struct resource *resource)
{
	live_add(world->live, resource);
	return resource;
}

static void desire(struct world *world, const char *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct error_list list = { 0 };
	CLEANUP(strbuf_release)
	struct strbuf shown = STRBUF_INIT(LIMIT_MESSAGE);

	desired_free(TAKE(world->desired));
	if (desired_parse("aback.yaml", text, strlen(text), &world->desired,
			  &list, &err))
		error_list_render(&list, &shown);
	error_list_release(&list);
	if (!world->desired)
		fail_msg("%s", shown.buf);
}

static struct plan *plan_at(struct world *world, const char *only, int64_t now)
{
	const struct planner_only few = { &only, only != NULL };

	error_release(&world->err);
	plan_free(TAKE(world->plan));
	live_sort(world->live);
	if (planner_desired(world->desired, world->live, &world->holds, NULL,
			    &few, "dba", now, &world->plan, &world->err))
		return NULL;
	return world->plan;
}

static struct plan *plan(struct world *world, const char *text)
{
	desire(world, text);
	if (!plan_at(world, NULL, NOW)) {
		CLEANUP(strbuf_release)
		struct strbuf why = STRBUF_INIT(LIMIT_MESSAGE);

		error_render(&world->err, &why);
		fail_msg("%s", why.buf);
	}
	return world->plan;
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

static const char *first(const json_t *array, const char *key)
{
	assert_true(json_array_size(array) > 0);
	return json_text(json_array_get(array, 0), key);
}

/* ---- rules ---- */

static void test_planner_desired__the_last_rule_decides(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	add(world, fleet_cluster("ledger"));
	plan(world, HEAD "  - name: all\n"
			 "    match: {kind: cluster}\n"
			 "    set: {backup_retention_period: 14}\n"
			 "  - name: ledger longer\n"
			 "    match: {kind: cluster, id: ledger}\n"
			 "    set: {backup_retention_period: 30}\n");
	assert_int_equal(world->plan->changes_len, 2);
	assert_string_equal(world->plan->changes[0].address, "cluster/ledger");
	assert_json(world->plan->changes[0].after, "30");
	assert_string_equal(world->plan->changes[0].rule_name, "ledger longer");
	assert_json(world->plan->changes[1].after, "14");
	assert_string_equal(json_text(world->plan->desired, "path"),
			    "aback.yaml");
}

static void test_planner_desired__unnamed_settings_are_not_touched(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	add(world, fleet_instance("orders-1", "orders"));
	plan(world, HEAD PROTECT);
	assert_int_equal(world->plan->changes_len, 1);
	assert_int_equal(json_object_size(world->plan->steps[0].parameters), 3);
}

static void test_planner_desired__members_are_merged_into_live(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	set_live(orders, "enabled_cloudwatch_logs_exports",
		 "['error', 'general']");
	plan(world, HEAD "  - match: {kind: cluster}\n"
			 "    set:\n"
			 "      enabled_cloudwatch_logs_exports:\n"
			 "        {include: [audit], exclude: [general]}\n");
	assert_json(world->plan->changes[0].after, "['audit', 'error']");
	/* a plain list is the whole value */
	plan(world,
	     HEAD "  - match: {kind: cluster}\n"
		  "    set: {enabled_cloudwatch_logs_exports: [audit]}\n");
	assert_json(world->plan->changes[0].after, "['audit']");
}

static void test_planner_desired__a_rule_that_matches_nothing(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	plan(world, HEAD PROTECT "  - name: gone\n"
				 "    match: {kind: cluster, id: gone}\n"
				 "    set: {deletion_protection: true}\n");
	assert_string_equal(first(world->plan->skipped, "reason"),
			    "the rule 'gone' (aback.yaml:8) matches nothing");
	assert_null(first(world->plan->skipped, "target"));
}

static void test_planner_desired__what_reading_passed_over_is_said(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	live_skip(world->live, "prod", KIND_CLUSTER, "docs",
		  "docdb is not Aurora");
	plan(world, HEAD PROTECT);
	assert_string_equal(first(world->plan->skipped, "address"),
			    "cluster/docs");
}

static void test_planner_desired__another_engines_setting(void **state)
{
	struct world *world = *state;
	struct resource *orders = add(world, fleet_cluster("orders"));

	free(orders->engine);
	orders->engine = xstrdup("aurora-postgresql");
	plan(world, HEAD "  - match: {kind: cluster}\n"
			 "    set: {backtrack_window: 3600}\n");
	assert_int_equal(world->plan->changes_len, 0);
	assert_int_equal(json_array_size(world->plan->blocked), 0);
	assert_string_equal(
		first(world->plan->skipped, "reason"),
		"only aurora-mysql has it, and this is aurora-postgresql");
}

/* ---- what is passed on ---- */

static struct resource *add_group(struct world *world, const char *id,
				  bool there, const char *users)
{
	struct resource *group = add(
		world, fleet_resource(KIND_CLUSTER_PARAMETER_GROUP, id, id));

	set_live(group, "exists", there ? "true" : "false");
	set_live(group, "family", there ? "'aurora-mysql8.0'" : "null");
	set_live(group, "require_secure_transport", "null");
	set_live(group, "server_audit_logging", "null");
	group->engine = xstrdup("aurora-mysql");
	group->facts = json_pack("{so}", "users", j(users));
	return group;
}

static struct resource *add_user(struct world *world, const char *id,
				 const char *group)
{
	struct resource *cluster = add(world, fleet_cluster(id));

	set_live(cluster, "db_cluster_parameter_group_name", group);
	return cluster;
}

#define SET(id, parameters)                        \
	"  - name: of " id "\n"                    \
	"    match: {kind: cluster, id: " id "}\n" \
	"    set: {parameters: {" parameters "}}\n"
#define OF_GROUP(value)                                          \
	"  - match: {kind: cluster_parameter_group, id: ours}\n" \
	"    set: {require_secure_transport: \"" value "\"}\n"
#define TLS(value) "require_secure_transport: \"" value "\""

static void test_planner_desired__parameters_go_to_the_group(void **state)
{
	struct world *world = *state;

	add_user(world, "orders", "'ours'");
	add_user(world, "users", "'ours'");
	add_group(world, "ours", true, "['orders','users']");
	plan(world, HEAD SET("orders", TLS("ON")) SET("users", TLS("ON")));
	assert_int_equal(world->plan->changes_len, 1);
	assert_string_equal(world->plan->changes[0].address,
			    "cluster_parameter_group/ours");
	assert_string_equal(world->plan->changes[0].via,
			    "cluster/users:parameters");
	assert_json(world->plan->changes[0].after, "'ON'");
	assert_int_equal(json_array_size(world->plan->blocked), 0);
}

static void test_planner_desired__users_that_disagree(void **state)
{
	struct world *world = *state;

	add_user(world, "orders", "'ours'");
	add_user(world, "users", "'ours'");
	add_group(world, "ours", true, "['orders','users']");
	plan(world, HEAD SET("orders", TLS("ON")) SET("users", TLS("TRUE")));
	assert_int_equal(world->plan->changes_len, 0);
	assert_string_equal(first(world->plan->blocked, "setting"),
			    "require_secure_transport");
	assert_non_null(strstr(first(world->plan->blocked, "reason"),
			       "cluster/orders and cluster/users both use it"));
	/* what the group itself is to have, when that is said last, decides */
	plan(world, HEAD SET("orders", TLS("ON")) SET("users", TLS("TRUE"))
			    OF_GROUP("ON"));
	assert_int_equal(world->plan->changes_len, 1);
	assert_null(world->plan->changes[0].via);
	assert_int_equal(json_array_size(world->plan->blocked), 0);
	/* and said in between it overrules the one before it */
	plan(world, HEAD SET("orders", TLS("ON")) OF_GROUP("ON")
			    SET("users", TLS("TRUE")));
	assert_int_equal(world->plan->changes_len, 1);
	assert_json(world->plan->changes[0].after, "'TRUE'");
}

static void test_planner_desired__a_group_of_its_own(void **state)
{
	struct world *world = *state;
	static const char own[] = "orders-aurora-mysql8-0";
	const struct plan_change *change;

	add_user(world, "orders", "'default.aurora-mysql8.0'");
	add_group(world, "default.aurora-mysql8.0", true, "['orders']");
	add_group(world, own, false, "[]");
	plan(world, HEAD SET("orders", TLS("ON")));
	assert_int_equal(json_array_size(world->plan->blocked), 0);
	assert_int_equal(world->plan->changes_len, 5);
	change = plan_find_change(world->plan, "prod", "cluster/orders",
				  "db_cluster_parameter_group_name");
	assert_json(change->after, "'orders-aurora-mysql8-0'");
	assert_string_equal(change->via, "parameters");
	change = plan_find_change(
		world->plan, "prod",
		"cluster_parameter_group/orders-aurora-mysql8-0", "family");
	assert_json(change->after, "'aurora-mysql8.0'");
	/* created and set before it is used */
	assert_string_equal(world->plan->steps[0].call,
			    "rds:CreateDBClusterParameterGroup");
	assert_string_equal(world->plan->steps[2].call, "rds:ModifyDBCluster");
	assert_int_equal(world->plan->steps[2].needs_len, 2);
	/* unless there is nothing to be set */
	plan(world, HEAD SET("orders", "require_secure_transport: null"));
	assert_int_equal(world->plan->changes_len, 0);
}

static void test_planner_desired__no_group_of_its_own(void **state)
{
	struct world *world = *state;
	struct resource *own;

	add_user(world, "orders", "'default.aurora-mysql8.0'");
	add_group(world, "default.aurora-mysql8.0", true, "['orders']");
	own = add_group(world, "orders-aurora-mysql8-0", true, "['other']");
	plan(world, HEAD SET("orders", TLS("ON")));
	assert_int_equal(world->plan->changes_len, 0);
	assert_string_equal(first(world->plan->blocked, "setting"),
			    "parameters");
	assert_non_null(strstr(first(world->plan->blocked, "reason"),
			       "used by 'other'"));
	json_object_set_new(own->facts, "users", json_array());
	set_live(own, "family", "'aurora-mysql5.7'");
	plan(world, HEAD SET("orders", TLS("ON")));
	assert_non_null(strstr(first(world->plan->blocked, "reason"),
			       "of the family 'aurora-mysql5.7'"));
	set_live(own, "family", "'aurora-mysql8.0'");
	plan(world, HEAD SET("orders", TLS("ON")));
	assert_int_equal(json_array_size(world->plan->blocked), 0);
	assert_int_equal(world->plan->changes_len, 2);
}

static void test_planner_desired__a_group_that_was_not_read(void **state)
{
	struct world *world = *state;
	struct resource *orders = add_user(world, "orders", "'ours'");
	const struct setting *name =
		row(KIND_CLUSTER, "db_cluster_parameter_group_name");

	plan(world, HEAD SET("orders", TLS("ON")));
	assert_non_null(
		strstr(first(world->plan->blocked, "reason"), "not read"));
	resource_set_value(orders, name, NULL);
	plan(world, HEAD SET("orders", TLS("ON")));
	assert_non_null(
		strstr(first(world->plan->blocked, "reason"), "not read"));
}

/* ---- waivers and holds ---- */

#define WAIVER                                     \
	"waivers:\n"                               \
	"  - match: {kind: cluster, id: orders}\n" \
	"    settings: [deletion_protection]\n"    \
	"    reason: decommissioned\n"             \
	"    expires: 2027-01-31\n"

static void
test_planner_desired__a_waiver_holds_until_its_day_ends(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	add(world, fleet_cluster("other"));
	desire(world, HEAD PROTECT WAIVER);
	/* 2027-01-31T23:59:59Z */
	assert_non_null(plan_at(world, NULL, 1801439999));
	assert_int_equal(world->plan->changes_len, 1);
	assert_string_equal(first(world->plan->waived, "address"),
			    "cluster/orders");
	assert_string_equal(first(world->plan->waived, "expires"),
			    "2027-01-31");
	assert_string_equal(first(world->plan->waived, "reason"),
			    "decommissioned");
	/* a second later */
	assert_non_null(plan_at(world, NULL, 1801440000));
	assert_int_equal(world->plan->changes_len, 2);
	assert_json(world->plan->waived, "[]");
	assert_non_null(strstr(first(world->plan->skipped, "reason"),
			       "expired on 2027-01-31"));
}

static void hold(struct world *world, const char *text)
{
	json_decref(world->holds.by_target);
	world->holds.by_target =
		json_pack("{s:{s:{s:o}}}", "prod", "cluster/orders",
			  "backup_retention_period", j(text));
}

#define RETAIN(days)                        \
	HEAD "  - match: {kind: cluster}\n" \
	     "    set: {backup_retention_period: " days "}\n"

static void test_planner_desired__held_until_the_rule_differs(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	hold(world, "{'change': '20261120T101500Z-a1b2c3', 'by': 'bob', 'at': "
		    "'2026-11-20T10:15:00Z', 'reason': 'slow', 'rule_value': "
		    "14, 'restored': 7}");
	plan(world, RETAIN("14"));
	assert_int_equal(world->plan->changes_len, 0);
	assert_string_equal(first(world->plan->held, "change"),
			    "20261120T101500Z-a1b2c3");
	assert_string_equal(first(world->plan->held, "by"), "bob");
	assert_string_equal(first(world->plan->held, "reason"), "slow");
	assert_json(
		json_object_get(json_array_get(world->plan->held, 0), "after"),
		"14");
	plan(world, RETAIN("21"));
	assert_int_equal(world->plan->changes_len, 1);
	assert_json(world->plan->held, "[]");
	/* nothing to hold where it is as the rule wants */
	plan(world, RETAIN("7"));
	assert_json(world->plan->held, "[]");
}

/* ---- --only ---- */

static void test_planner_desired__only_restricts(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	add(world, fleet_cluster("ledger"));
	desire(world, HEAD "  - match: {kind: cluster}\n"
			   "    set: {deletion_protection: true, "
			   "storage_encrypted: true}\n");
	assert_non_null(plan_at(world, "cluster/orders", NOW));
	assert_int_equal(world->plan->changes_len, 1);
	assert_int_equal(json_array_size(world->plan->blocked), 1);
	assert_non_null(
		plan_at(world, "cluster/ledger:storage_encrypted", NOW));
	assert_int_equal(world->plan->changes_len, 0);
	assert_string_equal(first(world->plan->blocked, "address"),
			    "cluster/ledger");
}

static void test_planner_desired__only_must_match(void **state)
{
	struct world *world = *state;

	add(world, fleet_cluster("orders"));
	desire(world, HEAD PROTECT);
	assert_null(plan_at(world, "cluster/ordres", NOW));
	assert_int_equal(world->err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(world->err.hint, "cluster/orders"));
	/* it is there, but no rule names the setting */
	assert_null(plan_at(world, "cluster/orders:port", NOW));
	assert_int_equal(world->err.code, ERR_NOT_FOUND);
	assert_null(plan_at(world, "orders", NOW));
	assert_int_equal(world->err.code, ERR_USAGE);
	/* as it should be already: that matches, and is no change */
	set_live(world->live->items[0], "deletion_protection", "true");
	assert_non_null(plan_at(world, "cluster/orders", NOW));
	assert_int_equal(world->plan->changes_len, 0);
}

/* ---- limits ---- */

static void test_planner_desired__over_the_limit_needs_consent(void **state)
{
	static const struct {
		const char *limit;
		bool over; /* with 2 of 4 clusters changed */
	} cases[] = { { "1", true },
		      { "2", false },
		      { "49%", true },
		      { "50%", false },
		      { "100%", false } };
	struct world *world = *state;

	for (size_t i = 0; i < 4; i++) {
		CLEANUP(free_ptr) char *id = xasprintf("c%zu", i);
		CLEANUP(free_ptr) char *member = xasprintf("i%zu", i);
		struct resource *cluster = add(world, fleet_cluster(id));

		(void)add(world, fleet_instance(member, id));
		if (i < 2)
			set_live(cluster, "deletion_protection", "true");
		/* the instances of the same two count as them */
		if (i < 2)
			set_live(world->live->items[world->live->len - 1],
				 "publicly_accessible", "false");
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(free_ptr)
		char *text = xasprintf(HEAD PROTECT
				       "  - match: {kind: instance}\n"
				       "    set: {publicly_accessible: false}\n"
				       "limits: {max_clusters: %s}\n",
				       cases[i].limit);

		plan(world, text);
		assert_int_equal(world->plan->changes_len, 4);
		for (size_t c = 0; c < 4; c++)
			assert_int_equal(
				json_array_has(world->plan->changes[c].consent,
					       "many"),
				cases[i].over);
	}
}

/* ---- the bytes ---- */

static void test_planner_desired__same_input_same_bytes(void **state)
{
	static const char text[] = HEAD
		"  - match: {kind: cluster}\n"
		"    set: {deletion_protection: true, storage_encrypted: true,"
		" enabled_cloudwatch_logs_exports: [error, audit]}\n"
		"  - match: {kind: instance}\n"
		"    set: {publicly_accessible: false}\n";
	struct world *world = *state;
	CLEANUP(strbuf_release) struct strbuf a = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(strbuf_release) struct strbuf b = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(free_ptr) char *id = NULL;

	add(world, fleet_instance("i1", "a"));
	add(world, fleet_cluster("b"));
	add(world, fleet_cluster("a"));
	plan_write(plan(world, text), &a);
	id = xstrdup(world->plan->id);
	/* in another order, at another time */
	live_free(world->live);
	world->live = live_new();
	add(world, fleet_cluster("a"));
	add(world, fleet_instance("i1", "a"));
	add(world, fleet_cluster("b"));
	assert_non_null(plan_at(world, NULL, NOW + 1000));
	assert_string_not_equal(world->plan->id, id);
	free(world->plan->created_at);
	world->plan->created_at = xstrdup("2026-11-24T02:15:30Z");
	plan_finish(world->plan);
	plan_write(world->plan, &b);
	assert_string_equal(a.buf, b.buf);
}

/* ---- what is read ---- */

static bool reads(const struct live_wanted *wanted, enum kind kind,
		  const char *setting)
{
	return wanted->rows[kind][catalogue_index(row(kind, setting))];
}

static void test_desired_reads_new__only_what_rules_need(void **state)
{
	struct world *world = *state;
	const struct live_wanted *wanted;
	struct desired_reads *all;

	desire(world, HEAD PROTECT);
	all = desired_reads_new(world->desired, &wanted);
	assert_true(wanted->kinds[KIND_CLUSTER]);
	/* what is pending on the members counts */
	assert_true(wanted->kinds[KIND_INSTANCE]);
	assert_false(wanted->kinds[KIND_IAM_ROLE]);
	assert_true(reads(wanted, KIND_CLUSTER, "deletion_protection"));
	assert_false(reads(wanted, KIND_CLUSTER, "port"));
	assert_false(reads(wanted, KIND_INSTANCE, "publicly_accessible"));
	assert_false(wanted->references);
	desired_reads_free(all);

	desire(world, HEAD "  - match: {kind: instance}\n"
			   "    set: {monitoring_interval: 60}\n");
	all = desired_reads_new(world->desired, &wanted);
	assert_false(wanted->kinds[KIND_CLUSTER]);
	assert_true(reads(wanted, KIND_INSTANCE, "monitoring_interval"));
	/* which goes along */
	assert_true(reads(wanted, KIND_INSTANCE, "monitoring_role_arn"));
	desired_reads_free(all);
}

static void test_desired_reads_new__roles_by_name_or_by_use(void **state)
{
	struct world *world = *state;
	const struct live_wanted *wanted;
	struct desired_reads *all;

	desire(world, HEAD "  - match: {kind: iam_role, id: [r, s]}\n"
			   "    set: {managed_policy_arns: []}\n");
	all = desired_reads_new(world->desired, &wanted);
	assert_json(wanted->ids,
		    "{'123456789012/global': {'iam_role': ['r', 's']}}");
	assert_false(wanted->references);
	/* who uses them is said in the plan */
	assert_true(wanted->kinds[KIND_CLUSTER]);
	assert_true(wanted->kinds[KIND_INSTANCE]);
	desired_reads_free(all);

	desire(world, HEAD "  - match: {kind: iam_role, id: \"rds-*\"}\n"
			   "    set: {managed_policy_arns: []}\n");
	all = desired_reads_new(world->desired, &wanted);
	assert_json(wanted->ids, "{}");
	assert_true(wanted->references);
	assert_true(wanted->kinds[KIND_CLUSTER]);
	assert_true(wanted->kinds[KIND_INSTANCE]);
	desired_reads_free(all);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_planner_desired__the_last_rule_decides),
		CASE(test_planner_desired__unnamed_settings_are_not_touched),
		CASE(test_planner_desired__members_are_merged_into_live),
		CASE(test_planner_desired__a_rule_that_matches_nothing),
		CASE(test_planner_desired__what_reading_passed_over_is_said),
		CASE(test_planner_desired__another_engines_setting),
		CASE(test_planner_desired__a_waiver_holds_until_its_day_ends),
		CASE(test_planner_desired__held_until_the_rule_differs),
		CASE(test_planner_desired__only_restricts),
		CASE(test_planner_desired__only_must_match),
		CASE(test_planner_desired__over_the_limit_needs_consent),
		CASE(test_planner_desired__same_input_same_bytes),
		CASE(test_planner_desired__parameters_go_to_the_group),
		CASE(test_planner_desired__users_that_disagree),
		CASE(test_planner_desired__a_group_of_its_own),
		CASE(test_planner_desired__no_group_of_its_own),
		CASE(test_planner_desired__a_group_that_was_not_read),
		CASE(test_desired_reads_new__only_what_rules_need),
		CASE(test_desired_reads_new__roles_by_name_or_by_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
