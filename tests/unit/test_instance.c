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
	assert_int_equal(kind, KIND_IAM_ROLE);
	json_array_append_new(ctx, json_string(id));
}

static void test_references__monitoring_role(void **state UNUSED)
{
	json_t *ids = json_array();

	kind_ops(KIND_INSTANCE)
		->references(instance("instance/orders-1"), note, ids);
	test_is_json(ids, "[\"rds-monitoring-role\"]");
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
	};

	json_init();
	return cmocka_run_group_tests(tests, read_file, free_live);
}
