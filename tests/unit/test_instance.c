#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#define FILE_OF "tests/data/answers/instances.xml"
#define ROLE "\"arn:aws:iam::123456789012:role/rds-monitoring-role\""
#define OTHER_ROLE "\"arn:aws:iam::123456789012:role/other\""

static struct live *live;

static int read_file(void **state UNUSED)
{
	live = test_read(&instance_rds, FILE_OF, NULL);
	return live ? 0 : -1;
}

static int free_live(void **state UNUSED)
{
	live_free(live);
	return 0;
}

static const struct resource *instance(const char *address)
{
	const struct resource *found = live_find(live, "prod", address);

	assert_non_null(found);
	return found;
}

static void has(const struct resource *resource, const char *name,
		const char *json)
{
	test_is_json(resource_value(resource,
				    catalogue_lookup(resource->kind, name)),
		     json);
}

static void test_read__an_instance(void **state UNUSED)
{
	const struct resource *one = instance("instance/orders-1");

	assert_int_equal(live->len, 2);
	assert_string_equal(one->cluster, "orders");
	assert_string_equal(one->resource_id, "db-ORDERS1");
	has(one, "publicly_accessible", "true");
	has(one, "monitoring_interval", "60");
	has(one, "monitoring_role_arn", ROLE);
	has(one, "promotion_tier", "0");
	has(one, "db_parameter_group_name", "\"default.aurora-postgresql16\"");
	has(one, "deletion_protection", "(none)");
	test_is_json(
		resource_pending(one,
				 catalogue_lookup(KIND_INSTANCE,
						  "ca_certificate_identifier")),
		"\"rds-ca-rsa2048-g1\"");
	test_is_json(one->pending_elements,
		     "{\"CACertificateIdentifier\":\"rds-ca-rsa2048-g1\","
		     "\"DBInstanceClass\":\"db.r6g.large\"}");
}

static void test_read__defaults_and_a_left_over_role(void **state UNUSED)
{
	const struct resource *two = instance("instance/orders-2");

	has(two, "monitoring_interval", "0");
	has(two, "monitoring_role_arn", "null");
	has(two, "promotion_tier", "1");
	has(two, "publicly_accessible", "false");
	test_is_json(two->pending_elements, "{}");
}

static void test_read__skips_what_is_not_aurora(void **state UNUSED)
{
	test_is_json(live->skipped,
		     "[{\"address\":\"instance/lost\",\"reason\":"
		     "\"it is in no cluster\",\"target\":\"prod\"},"
		     "{\"address\":\"instance/wordpress\",\"reason\":"
		     "\"engine 'mysql' is not Aurora\","
		     "\"target\":\"prod\"}]");
}

static void test_lane__is_the_clusters(void **state UNUSED)
{
	char *lane =
		kind_ops(KIND_INSTANCE)->lane(instance("instance/orders-2"));

	assert_string_equal(lane, "cluster/orders");
	free(lane);
	assert_int_equal(kind_ops(KIND_INSTANCE)->lane_kind, KIND_CLUSTER);
}

static void test_calls__turning_monitoring_on_and_back(void **state UNUSED)
{
	struct drafted on = { .len = 0 }, off = { .len = 0 };

	test_change(&on, KIND_INSTANCE, "monitoring_interval", "0", "60",
		    false);
	test_change(&on, KIND_INSTANCE, "monitoring_role_arn", "null", ROLE,
		    false);
	test_draft(&on, instance("instance/orders-2"));
	test_is_json(on.refused, "{}");
	assert_int_equal(on.calls.len, 1);
	test_is_json(on.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBInstanceIdentifier\":\"orders-2\","
		     "\"MonitoringInterval\":\"60\","
		     "\"MonitoringRoleArn\":" ROLE "}");
	test_after(&on, KIND_INSTANCE, "monitoring_role_arn", "null", ROLE);

	test_change(&off, KIND_INSTANCE, "monitoring_interval", "60", "0",
		    false);
	test_change(&off, KIND_INSTANCE, "monitoring_role_arn", ROLE, "null",
		    false);
	test_draft(&off, instance("instance/orders-1"));
	test_is_json(off.refused, "{}");
	test_is_json(off.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBInstanceIdentifier\":\"orders-1\","
		     "\"MonitoringInterval\":\"0\"}");
	test_after(&off, KIND_INSTANCE, "monitoring_interval", "60", "0");
	test_after(&off, KIND_INSTANCE, "monitoring_role_arn", ROLE, "null");
	test_drafted_release(&on);
	test_drafted_release(&off);
}

static void test_calls__monitoring_goes_together(void **state UNUSED)
{
	struct drafted on = { .len = 0 }, off = { .len = 0 },
		       role = { .len = 0 }, unset = { .len = 0 };

	test_change(&on, KIND_INSTANCE, "monitoring_interval", "0", "60",
		    false);
	test_draft(&on, instance("instance/orders-2"));
	test_refused(&on, "monitoring_interval", "needs 'monitoring_role_arn'");
	test_change(&off, KIND_INSTANCE, "monitoring_interval", "60", "0",
		    false);
	test_draft(&off, instance("instance/orders-1"));
	test_refused(&off, "monitoring_interval", "also unsets");
	test_change(&role, KIND_INSTANCE, "monitoring_role_arn", "null", ROLE,
		    false);
	test_draft(&role, instance("instance/orders-2"));
	test_refused(&role, "monitoring_role_arn", "is off");
	test_change(&unset, KIND_INSTANCE, "monitoring_role_arn", ROLE, "null",
		    false);
	test_draft(&unset, instance("instance/orders-1"));
	test_refused(&unset, "monitoring_role_arn", "needs it");
	assert_int_equal(on.calls.len + off.calls.len + role.calls.len +
				 unset.calls.len,
			 0);
	test_drafted_release(&on);
	test_drafted_release(&off);
	test_drafted_release(&role);
	test_drafted_release(&unset);
}

static void test_calls__companions_keep_the_other_as_it_is(void **state UNUSED)
{
	struct drafted slower = { .len = 0 }, other = { .len = 0 };

	test_change(&slower, KIND_INSTANCE, "monitoring_interval", "60", "30",
		    false);
	test_draft(&slower, instance("instance/orders-1"));
	test_is_json(slower.calls.items[0].companions,
		     "{\"monitoring_role_arn\":" ROLE "}");
	test_is_json(slower.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBInstanceIdentifier\":\"orders-1\","
		     "\"MonitoringInterval\":\"30\","
		     "\"MonitoringRoleArn\":" ROLE "}");
	test_change(&other, KIND_INSTANCE, "monitoring_role_arn", ROLE,
		    OTHER_ROLE, false);
	test_draft(&other, instance("instance/orders-1"));
	test_is_json(other.calls.items[0].companions,
		     "{\"monitoring_interval\":60}");
	test_drafted_release(&slower);
	test_drafted_release(&other);
}

static void test_calls__a_certificate_has_a_call_of_its_own(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_INSTANCE, "ca_certificate_identifier",
		    "\"rds-ca-2019\"", "\"rds-ca-rsa2048-g1\"", true);
	test_change(&d, KIND_INSTANCE, "publicly_accessible", "true", "false",
		    false);
	test_draft(&d, instance("instance/orders-1"));
	assert_int_equal(d.calls.len, 2);
	test_is_json(d.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBInstanceIdentifier\":\"orders-1\","
		     "\"PubliclyAccessible\":\"false\"}");
	test_is_json(d.calls.items[1].parameters,
		     "{\"CACertificateIdentifier\":\"rds-ca-rsa2048-g1\","
		     "\"DBInstanceIdentifier\":\"orders-1\"}");
	test_drafted_release(&d);
}

static void note(void *ctx, enum kind kind, const char *id)
{
	json_array_append_new(ctx, json_string(kind_ops(kind)->name));
	json_array_append_new(ctx, json_string(id));
}

static void test_references__monitoring_role(void **state UNUSED)
{
	json_t *ids = json_array();

	kind_ops(KIND_INSTANCE)
		->references(instance("instance/orders-1"), note, ids);
	test_is_json(ids, "[\"instance_parameter_group\","
			  "\"default.aurora-postgresql16\","
			  "\"iam_role\",\"rds-monitoring-role\"]");
	json_decref(ids);
}

static void draft_ca(struct drafted *d, const char *facts, const char *after)
{
	struct resource *some = resource_new(KIND_INSTANCE, &test_place);

	some->id = strdup("orders-1");
	some->engine = strdup("aurora-mysql");
	some->engine_version = strdup("8.0.mysql_aurora.3.05.2");
	some->facts = test_json(facts);
	*d = (struct drafted){ .len = 0 };
	test_change(d, KIND_INSTANCE, "ca_certificate_identifier",
		    "\"rds-ca-2019\"", after, false);
	test_draft(d, some);
	resource_free(some);
}

static void test_calls__a_ca_that_cannot_be(void **state UNUSED)
{
	static const char facts[] =
		"{\"supported_ca_certificate_identifiers\":[\"a\",\"b\"],"
		"\"expired_certificates\":{\"a\":\"2024-08-22T17:08:50Z\","
		"\"b\":null}}";
	struct drafted d;

	draft_ca(&d, facts, "\"c\"");
	test_refused(&d, "ca_certificate_identifier",
		     "aurora-mysql 8.0.mysql_aurora.3.05.2 does not support "
		     "the CA 'c', only a, b");
	assert_int_equal(d.calls.len, 0);
	test_drafted_release(&d);
	draft_ca(&d, facts, "\"a\"");
	test_refused(&d, "ca_certificate_identifier",
		     "the CA 'a' expired at 2024-08-22T17:08:50Z");
	test_drafted_release(&d);
	draft_ca(&d, facts, "\"b\"");
	test_is_json(d.refused, "{}");
	assert_int_equal(d.calls.len, 1);
	test_drafted_release(&d);
	draft_ca(&d, "{}", "\"c\"");
	test_is_json(d.refused, "{}");
	test_drafted_release(&d);
}

/* ---- reboots ---- */

static struct live *lane_of(const char *cluster_facts, const char *status)
{
	struct live *all = live_new();
	struct resource *cluster = resource_new(KIND_CLUSTER, &test_place);
	struct resource *one = resource_new(KIND_INSTANCE, &test_place);

	cluster->id = strdup("orders");
	cluster->address = strdup("cluster/orders");
	cluster->facts = test_json(cluster_facts);
	one->id = strdup("orders-1");
	one->cluster = strdup("orders");
	one->address = strdup("instance/orders-1");
	one->facts = json_pack("{s[s]}",
			       "DBParameterGroups/DBParameterGroup/"
			       "ParameterApplyStatus",
			       status);
	live_add(all, cluster);
	live_add(all, one);
	live_sort(all);
	kind_ops(KIND_INSTANCE)->complete(one, all);
	return all;
}

#define MEMBERS_ "\"DBClusterMembers/DBClusterMember/"
#define IDS MEMBERS_ "DBInstanceIdentifier\":[\"orders-2\",\"orders-1\"]"
#define STATUS MEMBERS_ "DBClusterParameterGroupStatus\":"
#define WRITES MEMBERS_ "IsClusterWriter\":"

static void test_complete__what_the_cluster_says(void **state UNUSED)
{
	static const struct {
		const char *facts, *status, *value, *after;
	} cases[] = {
		{ "{" IDS "," STATUS "[\"in-sync\",\"pending-reboot\"]," WRITES
		  "[\"false\",\"true\"]}",
		  "in-sync", "true", "[\"orders-2\"]" },
		{ "{" IDS "," STATUS "[\"pending-reboot\",\"in-sync\"]," WRITES
		  "[\"true\",\"false\"]}",
		  "in-sync", "false", "[]" },
		{ "{" IDS "," STATUS "[\"in-sync\",\"in-sync\"]}",
		  "pending-reboot", "true", "[]" },
		{ "{" IDS "," STATUS "[\"in-sync\",\"applying\"]}", "applying",
		  "false", "[]" },
		/* one of them lacks it, and nobody knows which */
		{ "{" IDS "," STATUS "[\"pending-reboot\"]}", "in-sync",
		  "(none)", "[]" },
		{ "{" IDS "," STATUS "[\"in-sync\"]}", "in-sync", "false",
		  "[]" },
		{ "{}", "in-sync", "false", "[]" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct live *all = lane_of(cases[i].facts, cases[i].status);
		const struct resource *one =
			live_find(all, test_place.name, "instance/orders-1");

		has(one, "pending_reboot", cases[i].value);
		test_is_json(json_object_get(one->facts, "cluster"),
			     "\"orders\"");
		test_is_json(json_object_get(one->facts, "reboots_after"),
			     cases[i].after);
		live_free(all);
	}
}

static void test_condition__parameters_being_applied(void **state UNUSED)
{
	struct live *all = lane_of("{}", "applying");
	struct resource *one = all->items[1];
	const char *why;

	one->status = strdup("available");
	assert_int_equal(kind_ops(KIND_INSTANCE)->condition(one, &why),
			 CONDITION_BUSY);
	assert_non_null(strstr(why, "being applied"));
	live_free(all);
}

static void test_calls__a_reboot_after_now_and_before_later(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_INSTANCE, "ca_certificate_identifier",
		    "\"rds-ca-2019\"", "\"rds-ca-rsa2048-g1\"", true);
	test_change(&d, KIND_INSTANCE, "pending_reboot", "true", "false",
		    false);
	test_change(&d, KIND_INSTANCE, "publicly_accessible", "true", "false",
		    false);
	test_draft(&d, instance("instance/orders-1"));
	assert_int_equal(d.calls.len, 3);
	assert_string_equal(d.calls.items[1].call, "rds:RebootDBInstance");
	test_is_json(d.calls.items[1].parameters,
		     "{\"DBInstanceIdentifier\":\"orders-1\"}");
	assert_int_equal(d.calls.items[0].changes[0], 2);
	assert_int_equal(d.calls.items[1].changes[0], 1);
	assert_int_equal(d.calls.items[2].changes[0], 0);
	assert_null(json_object_get(d.calls.items[2].parameters,
				    "ApplyImmediately"));
	test_drafted_release(&d);
}

/* What stands after a reboot goes on needing what it needed. */
static void test_calls__needs_across_a_reboot(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_INSTANCE, "pending_reboot", "true", "false",
		    false);
	test_change(&d, KIND_INSTANCE, "publicly_accessible", "true", "false",
		    false);
	test_change(&d, KIND_INSTANCE, "tags", "{\"a\":\"1\"}", "{\"b\":\"2\"}",
		    false);
	test_draft(&d, instance("instance/orders-1"));
	assert_int_equal(d.calls.len, 4);
	assert_string_equal(d.calls.items[1].call, "rds:RebootDBInstance");
	assert_string_equal(d.calls.items[2].call, "rds:AddTagsToResource");
	assert_string_equal(d.calls.items[3].call,
			    "rds:RemoveTagsFromResource");
	assert_int_equal(d.calls.items[3].needs_len, 1);
	assert_int_equal(d.calls.items[3].needs[0], 2);
	test_drafted_release(&d);
}

static void after_reboot(const char *parameters, const char *setting,
			 const char *value, const char *expected)
{
	json_t *given = test_json(parameters), *before = test_json(value);
	json_t *after =
		kind_ops(KIND_INSTANCE)
			->after_call("rds:RebootDBInstance", given,
				     catalogue_lookup(KIND_INSTANCE, setting),
				     before);

	test_is_json(after, expected);
	json_decref(given);
	json_decref(before);
	json_decref(after);
}

static void test_after_call__a_reboot(void **state UNUSED)
{
	static const char good[] = "{\"DBInstanceIdentifier\":\"orders-1\"}";

	after_reboot(good, "pending_reboot", "true", "false");
	after_reboot(good, "publicly_accessible", "true", "true");
	after_reboot("{}", "pending_reboot", "true", "(none)");
	after_reboot("{\"DBInstanceIdentifier\":\"\"}", "pending_reboot",
		     "true", "(none)");
	after_reboot("{\"DBInstanceIdentifier\":1}", "pending_reboot", "true",
		     "(none)");
	after_reboot("{\"DBInstanceIdentifier\":\"orders-1\","
		     "\"ForceFailover\":\"true\"}",
		     "pending_reboot", "true", "(none)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls__a_ca_that_cannot_be),
		cmocka_unit_test(test_read__an_instance),
		cmocka_unit_test(test_read__defaults_and_a_left_over_role),
		cmocka_unit_test(test_read__skips_what_is_not_aurora),
		cmocka_unit_test(test_lane__is_the_clusters),
		cmocka_unit_test(test_calls__turning_monitoring_on_and_back),
		cmocka_unit_test(test_calls__monitoring_goes_together),
		cmocka_unit_test(
			test_calls__companions_keep_the_other_as_it_is),
		cmocka_unit_test(
			test_calls__a_certificate_has_a_call_of_its_own),
		cmocka_unit_test(test_references__monitoring_role),
		cmocka_unit_test(test_complete__what_the_cluster_says),
		cmocka_unit_test(test_condition__parameters_being_applied),
		cmocka_unit_test(
			test_calls__a_reboot_after_now_and_before_later),
		cmocka_unit_test(test_calls__needs_across_a_reboot),
		cmocka_unit_test(test_after_call__a_reboot),
	};

	json_init();
	return cmocka_run_group_tests(tests, read_file, free_live);
}
