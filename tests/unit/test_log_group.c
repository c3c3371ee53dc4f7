#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#include "core/mem.h"
#include "plans/log_group.h"
#include "plans/value.h"

#define KIND KIND_LOG_GROUP
#define GROUP "/aws/rds/cluster/orders/audit"
#define NAMED "\"logGroupName\":\"" GROUP "\""
#define ARN "arn:aws:kms:eu-west-1:123456789012:key/1"

static const struct setting *row(const char *name)
{
	return catalogue_lookup(KIND, name);
}

static struct resource *group_of(const char *json)
{
	json_t *group = json ? test_json(json) : NULL;
	struct resource *resource =
		log_group_resource(&test_place, GROUP, group);

	json_decref(group);
	return resource;
}

static void reads_as(const char *json, const char *exists, const char *days,
		     const char *key)
{
	struct resource *resource = group_of(json);

	test_is_json(resource_value(resource, row("exists")), exists);
	test_is_json(resource_value(resource, row("retention_in_days")), days);
	test_is_json(resource_value(resource, row("kms_key_id")), key);
	assert_string_equal(
		resource->address,
		"log_group/%2Faws%2Frds%2Fcluster%2Forders%2Faudit");
	/* the same before and after it is made */
	assert_string_equal(
		resource->resource_id,
		"arn:aws:logs:eu-west-1:123456789012:log-group:" GROUP);
	assert_string_equal(resource->cluster, "orders");
	assert_int_equal(resource_is_missing(resource), json == NULL);
	resource_free(resource);
}

static void test_read__a_group(void **state UNUSED)
{
	reads_as("{" NAMED ",\"retentionInDays\":30,\"storedBytes\":7}", "true",
		 "30", "null");
	reads_as("{" NAMED ",\"kmsKeyId\":\"" ARN "\"}", "true", "\"never\"",
		 "\"" ARN "\"");
}

static void test_read__a_group_that_is_not_there(void **state UNUSED)
{
	reads_as(NULL, "false", "\"never\"", "null");
}

static void test_read__arns_have_their_partition(void **state UNUSED)
{
	static const char *const cases[][2] = {
		{ "cn-north-1", "arn:aws-cn:logs:cn-north-1:" },
		{ "us-gov-west-1", "arn:aws-us-gov:logs:us-gov-west-1:" },
		{ "us-isob-east-1", "arn:aws-iso-b:logs:us-isob-east-1:" },
		{ "eu-central-1", "arn:aws:logs:eu-central-1:" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct place place = test_place;
		CLEANUP(free_ptr) char *region = xstrdup(cases[i][0]);
		CLEANUP(free_ptr)
		char *arn =
			xasprintf("%s123456789012:log-group:x", cases[i][1]);
		struct resource *resource;

		place.region = region;
		resource = log_group_resource(&place, "x", NULL);
		assert_string_equal(resource->resource_id, arn);
		resource_free(resource);
	}
}

static void test_read__a_group_of_no_cluster(void **state UNUSED)
{
	struct resource *resource =
		log_group_resource(&test_place, "RDSOSMetrics", NULL);

	assert_null(resource->cluster);
	resource_free(resource);
}

static void shares(const char *names, const char *prefix)
{
	json_t *array = test_json(names);
	CLEANUP(free_ptr) char *found = log_group_shared_prefix(array);

	assert_string_equal(found, prefix);
	json_decref(array);
}

static void test_shared_prefix(void **state UNUSED)
{
	shares("[\"/a/b\"]", "/a/b");
	shares("[\"/a/b\",\"/a/bc\"]", "/a/b");
	shares("[\"/a/b\",\"/a/c\",\"/x\"]", "/");
	shares("[\"a\",\"b\"]", "");
}

/* ---- calls ---- */

static void test_calls__creating_comes_first(void **state UNUSED)
{
	struct resource *resource = group_of(NULL);
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "exists", "false", "true", false);
	test_change(&d, KIND, "kms_key_id", "null", "\"" ARN "\"", false);
	test_change(&d, KIND, "retention_in_days", "\"never\"", "90", false);
	test_draft(&d, resource);
	assert_int_equal(d.calls.len, 3);
	assert_string_equal(d.calls.items[0].call, "logs:CreateLogGroup");
	test_is_json(d.calls.items[0].parameters, "{" NAMED "}");
	assert_string_equal(d.calls.items[1].call, "logs:AssociateKmsKey");
	test_is_json(d.calls.items[1].parameters,
		     "{\"kmsKeyId\":\"" ARN "\"," NAMED "}");
	assert_string_equal(d.calls.items[2].call, "logs:PutRetentionPolicy");
	test_is_json(d.calls.items[2].parameters,
		     "{" NAMED ",\"retentionInDays\":90}");
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(d.calls.items[i].needs_len, 1);
		assert_int_equal(d.calls.items[i].needs[0], 0);
		assert_int_equal(json_object_size(d.calls.items[i].companions),
				 0);
	}
	test_after(&d, KIND, "exists", "false", "true");
	test_after(&d, KIND, "kms_key_id", "null", "\"" ARN "\"");
	test_after(&d, KIND, "retention_in_days", "\"never\"", "90");
	test_drafted_release(&d);
	resource_free(resource);
}

/* It has to be there still when the call is made. */
static void test_calls__of_a_group_that_is_there(void **state UNUSED)
{
	struct resource *resource = group_of("{" NAMED "}");
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "kms_key_id", "\"" ARN "\"", "null", false);
	test_change(&d, KIND, "retention_in_days", "30", "\"never\"", false);
	test_draft(&d, resource);
	assert_int_equal(d.calls.len, 2);
	assert_string_equal(d.calls.items[0].call, "logs:DisassociateKmsKey");
	assert_string_equal(d.calls.items[1].call,
			    "logs:DeleteRetentionPolicy");
	for (size_t i = 0; i < 2; i++) {
		test_is_json(d.calls.items[i].parameters, "{" NAMED "}");
		test_is_json(d.calls.items[i].companions, "{\"exists\":true}");
	}
	test_after(&d, KIND, "kms_key_id", "\"" ARN "\"", "null");
	test_after(&d, KIND, "retention_in_days", "30", "\"never\"");
	test_drafted_release(&d);
	resource_free(resource);
}

static void test_calls__protection(void **state UNUSED)
{
	struct resource *resource =
		group_of("{" NAMED ",\"deletionProtectionEnabled\":true}");
	struct drafted d = { .len = 0 };

	test_is_json(resource_value(resource, row("deletion_protection")),
		     "true");
	test_change(&d, KIND, "deletion_protection", "true", "false", false);
	test_draft(&d, resource);
	assert_int_equal(d.calls.len, 1);
	test_is_json(d.calls.items[0].parameters,
		     "{\"deletionProtectionEnabled\":false,"
		     "\"logGroupIdentifier\":\"" GROUP "\"}");
	test_after(&d, KIND, "deletion_protection", "true", "false");
	test_after(&d, KIND, "exists", "true", "true");
	test_drafted_release(&d);
	resource_free(resource);
}

static void test_calls__nothing_deletes(void **state UNUSED)
{
	struct resource *resource = group_of("{" NAMED "}");
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "exists", "true", "false", false);
	test_draft(&d, resource);
	assert_int_equal(d.calls.len, 0);
	test_drafted_release(&d);
	resource_free(resource);
}

static void test_after_call__nonsense(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "logs:DeleteLogGroup", "{" NAMED "}" },
		{ "logs:CreateLogGroup", "{}" },
		{ "logs:CreateLogGroup", "{\"logGroupName\":\"\"}" },
		{ "logs:CreateLogGroup", "{" NAMED ",\"x\":1}" },
		{ "logs:PutRetentionPolicy", "{" NAMED "}" },
		{ "logs:PutRetentionPolicy",
		  "{" NAMED ",\"retentionInDays\":\"30\"}" },
		{ "logs:PutRetentionPolicy",
		  "{" NAMED ",\"retentionInDays\":30,\"x\":1}" },
		{ "logs:AssociateKmsKey", "{" NAMED ",\"kmsKeyId\":1}" },
		{ "logs:PutLogGroupDeletionProtection",
		  "{" NAMED ",\"deletionProtectionEnabled\":true}" },
		{ "logs:PutLogGroupDeletionProtection",
		  "{\"logGroupIdentifier\":\"x\","
		  "\"deletionProtectionEnabled\":\"true\"}" },
		{ "logs:DisassociateKmsKey",
		  "{" NAMED ",\"kmsKeyId\":\"" ARN "\"}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		json_t *params = test_json(pairs[i][1]);

		assert_null(kind_ops(KIND)->after_call(
			pairs[i][0], params, row("exists"), json_true()));
		json_decref(params);
	}
}

/* ---- values ---- */

static void is_valid(const char *setting, const char *json,
		     const char *expected)
{
	json_t *value = test_json(json), *checked = NULL;
	struct error err = ERROR_INIT;
	const int rc = value_check(row(setting), value, &checked, &err);

	if ((rc == 0) != (expected != NULL))
		fail_msg("%s: %s is %s", setting, json,
			 rc ? "refused" : "taken");
	if (!rc)
		test_is_json(checked, expected);
	else
		assert_int_equal(err.code, ERR_DESIRED);
	json_decref(value);
	json_decref(checked);
	error_release(&err);
}

static void test_values(void **state UNUSED)
{
	is_valid("retention_in_days", "1", "1");
	is_valid("retention_in_days", "3653", "3653");
	is_valid("retention_in_days", "\"never\"", "\"never\"");
	is_valid("retention_in_days", "\"Never\"", "\"never\"");
	is_valid("retention_in_days", "null", "\"never\"");
	is_valid("retention_in_days", "2", NULL);
	is_valid("retention_in_days", "0", NULL);
	is_valid("retention_in_days", "3654", NULL);
	is_valid("retention_in_days", "\"90\"", NULL);
	is_valid("retention_in_days", "\"always\"", NULL);
	is_valid("kms_key_id", "\"alias/logs\"", NULL);
	is_valid("kms_key_id", "\"" ARN "\"", "\"" ARN "\"");
	is_valid("kms_key_id", "null", "null");
	is_valid("exists", "true", "true");
	is_valid("exists", "false", NULL);
}

static bool loses(const char *before, const char *after)
{
	json_t *from = test_json(before), *to = test_json(after);
	const bool lost = value_loses(row("retention_in_days"), from, to);

	json_decref(from);
	json_decref(to);
	return lost;
}

static void test_loss__never_is_the_longest(void **state UNUSED)
{
	assert_true(loses("\"never\"", "3653"));
	assert_false(loses("3653", "\"never\""));
	assert_true(loses("90", "30"));
	assert_false(loses("30", "90"));
	assert_false(loses("\"never\"", "\"never\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read__a_group),
		cmocka_unit_test(test_read__a_group_that_is_not_there),
		cmocka_unit_test(test_read__arns_have_their_partition),
		cmocka_unit_test(test_read__a_group_of_no_cluster),
		cmocka_unit_test(test_shared_prefix),
		cmocka_unit_test(test_calls__creating_comes_first),
		cmocka_unit_test(test_calls__of_a_group_that_is_there),
		cmocka_unit_test(test_calls__protection),
		cmocka_unit_test(test_calls__nothing_deletes),
		cmocka_unit_test(test_after_call__nonsense),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_loss__never_is_the_longest),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
