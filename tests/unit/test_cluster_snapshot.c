#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#include <stdlib.h>

#include "core/mem.h"
#include "plans/cluster_snapshot.h"
#include "plans/value.h"

#define KIND KIND_CLUSTER_SNAPSHOT
#define MODIFY "rds:ModifyDBClusterSnapshotAttribute"
#define NAMED                            \
	"\"AttributeName\":\"restore\"," \
	"\"DBClusterSnapshotIdentifier\":\"s1\""
#define ADD "\"ValuesToAdd.AttributeValue.1\":"
#define REMOVE "\"ValuesToRemove.AttributeValue.1\":"
#define ITEM                                                              \
	"{\"DBClusterSnapshotIdentifier\":\"S1\","                        \
	"\"DBClusterIdentifier\":\"Orders\",\"Engine\":\"aurora-mysql\"," \
	"\"Status\":\"available\",\"DBClusterSnapshotArn\":\"arn:s1\""

static const struct setting *row(const char *name)
{
	return catalogue_lookup(KIND, name);
}

static struct resource *snapshot_of(const char *json)
{
	json_t *item = test_json(json);
	struct resource *resource =
		cluster_snapshot_resource(&test_place, item);

	json_decref(item);
	return resource;
}

static void share(struct resource *snapshot, const char *json)
{
	json_t *values = test_json(json);

	cluster_snapshot_share(snapshot, values);
	json_decref(values);
}

static void test_read__a_snapshot(void **state UNUSED)
{
	struct resource *snapshot =
		snapshot_of(ITEM ",\"StorageEncrypted\":\"true\","
				 "\"KmsKeyId\":\"arn:key\"}");

	assert_string_equal(snapshot->address, "cluster_snapshot/s1");
	assert_string_equal(snapshot->resource_id, "arn:s1");
	assert_string_equal(snapshot->cluster, "orders");
	test_is_json(resource_value(snapshot, row("storage_encrypted")),
		     "true");
	test_is_json(resource_value(snapshot, row("kms_key_id")),
		     "\"arn:key\"");
	/* nobody has asked yet */
	assert_null(resource_value(snapshot, row("public")));
	assert_null(resource_value(snapshot, row("shared_with")));
	resource_free(snapshot);
}

static void test_read__one_without_identity(void **state UNUSED)
{
	assert_null(snapshot_of("{}"));
	assert_null(snapshot_of("{\"DBClusterSnapshotIdentifier\":\"s1\"}"));
	assert_null(snapshot_of("{\"DBClusterSnapshotArn\":\"arn:s1\"}"));
}

static void shares_as(const char *values, const char *everybody,
		      const char *accounts)
{
	struct resource *snapshot = snapshot_of(ITEM "}");

	share(snapshot, values);
	test_is_json(resource_value(snapshot, row("public")), everybody);
	test_is_json(resource_value(snapshot, row("shared_with")), accounts);
	resource_free(snapshot);
}

static void test_share__all_is_no_account(void **state UNUSED)
{
	shares_as("[]", "false", "[]");
	shares_as("[\"all\"]", "true", "[]");
	shares_as("[\"222222222222\",\"all\",\"111111111111\"]", "true",
		  "[\"111111111111\",\"222222222222\"]");
}

static void test_condition(void **state UNUSED)
{
	static const struct {
		const char *status;
		enum condition condition;
	} cases[] = { { "available", CONDITION_READY },
		      { "creating", CONDITION_BUSY },
		      { "copying", CONDITION_BUSY },
		      { "something new", CONDITION_BUSY },
		      { "failed", CONDITION_FAILED } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resource *snapshot = snapshot_of(ITEM "}");
		const char *why = NULL;

		free(snapshot->status);
		snapshot->status = xstrdup(cases[i].status);
		assert_int_equal(kind_ops(KIND)->condition(snapshot, &why),
				 cases[i].condition);
		assert_string_equal(why, cases[i].status);
		resource_free(snapshot);
	}
}

/* ---- calls ---- */

static void test_calls__one_a_change(void **state UNUSED)
{
	struct resource *snapshot = snapshot_of(ITEM "}");
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "public", "true", "false", false);
	test_change(&d, KIND, "shared_with",
		    "[\"111111111111\",\"222222222222\"]",
		    "[\"222222222222\",\"333333333333\"]", false);
	test_draft(&d, snapshot);
	assert_int_equal(d.calls.len, 2);
	assert_string_equal(d.calls.items[0].call, MODIFY);
	test_is_json(d.calls.items[0].parameters,
		     "{" NAMED "," REMOVE "\"all\"}");
	test_is_json(d.calls.items[1].parameters,
		     "{" NAMED "," ADD "\"333333333333\"," REMOVE
		     "\"111111111111\"}");
	test_after(&d, KIND, "public", "true", "false");
	test_after(&d, KIND, "shared_with",
		   "[\"111111111111\",\"222222222222\"]",
		   "[\"222222222222\",\"333333333333\"]");
	test_after(&d, KIND, "storage_encrypted", "false", "false");
	test_drafted_release(&d);
	resource_free(snapshot);
}

static void test_calls__everybody_comes_by_name(void **state UNUSED)
{
	struct resource *snapshot = snapshot_of(ITEM "}");
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "public", "false", "true", false);
	test_draft(&d, snapshot);
	test_is_json(d.calls.items[0].parameters, "{" NAMED "," ADD "\"all\"}");
	test_after(&d, KIND, "public", "false", "true");
	/* which accounts are named is another matter */
	test_after(&d, KIND, "shared_with", "[\"111111111111\"]",
		   "[\"111111111111\"]");
	test_drafted_release(&d);
	resource_free(snapshot);
}

static void test_calls__an_encrypted_one_stays_private(void **state UNUSED)
{
	struct resource *snapshot =
		snapshot_of(ITEM ",\"StorageEncrypted\":\"true\"}");
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "public", "false", "true", false);
	test_change(&d, KIND, "shared_with", "[]", "[\"111111111111\"]", false);
	test_draft(&d, snapshot);
	assert_int_equal(d.calls.len, 1);
	test_refused(&d, "public", "encrypted");
	test_drafted_release(&d);
	resource_free(snapshot);
}

static void test_after_call__nonsense(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "rds:DeleteDBClusterSnapshot", "{" NAMED "}" },
		{ MODIFY, "{" NAMED "}" },
		{ MODIFY, "{" NAMED "," ADD "true}" },
		{ MODIFY, "{" NAMED "," ADD "\"all\",\"x\":\"1\"}" },
		{ MODIFY, "{" ADD "\"all\",\"AttributeName\":\"restore\"}" },
		{ MODIFY, "{" ADD "\"all\",\"AttributeName\":\"other\","
			  "\"DBClusterSnapshotIdentifier\":\"s1\"}" },
		{ MODIFY, "{" NAMED ",\"ValuesToAdd.AttributeValue.2\":"
			  "\"all\"}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		json_t *params = test_json(pairs[i][1]);

		assert_null(kind_ops(KIND)->after_call(
			pairs[i][0], params, row("public"), json_true()));
		json_decref(params);
	}
}

/* ---- values ---- */

static bool is_valid(const char *setting, const char *json)
{
	json_t *value = test_json(json), *checked = NULL;
	struct error err = ERROR_INIT;
	const int rc = value_check(row(setting), value, &checked, &err);

	if (rc)
		assert_int_equal(err.code, ERR_DESIRED);
	json_decref(value);
	json_decref(checked);
	error_release(&err);
	return !rc;
}

static void test_values(void **state UNUSED)
{
	struct strbuf many = STRBUF_INIT(KIB);

	assert_true(is_valid("shared_with", "[]"));
	assert_true(is_valid("shared_with", "[\"111111111111\"]"));
	assert_false(is_valid("shared_with", "[\"all\"]"));
	assert_false(is_valid("shared_with", "[\"11111111111\"]"));
	assert_false(is_valid("shared_with", "[\"1111111111111\"]"));
	assert_false(is_valid("shared_with", "[\"11111111111a\"]"));
	assert_false(is_valid("shared_with", "null"));
	assert_false(is_valid("public", "null"));
	for (int i = 0; i <= 20; i++)
		strbuf_addf(&many, "%s\"%012d\"", i ? "," : "[", i);
	strbuf_addc(&many, ']');
	assert_false(is_valid("shared_with", many.buf));
	strbuf_release(&many);
}

static bool exposes(const char *setting, const char *before, const char *after)
{
	json_t *from = test_json(before), *to = test_json(after);
	const bool opens = value_exposes(row(setting), from, to);

	json_decref(from);
	json_decref(to);
	return opens;
}

static void test_exposure(void **state UNUSED)
{
	assert_true(exposes("public", "false", "true"));
	assert_false(exposes("public", "true", "false"));
	assert_true(exposes("shared_with", "[]", "[\"111111111111\"]"));
	assert_false(exposes("shared_with", "[\"111111111111\"]", "[]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read__a_snapshot),
		cmocka_unit_test(test_read__one_without_identity),
		cmocka_unit_test(test_share__all_is_no_account),
		cmocka_unit_test(test_condition),
		cmocka_unit_test(test_calls__one_a_change),
		cmocka_unit_test(test_calls__everybody_comes_by_name),
		cmocka_unit_test(test_calls__an_encrypted_one_stays_private),
		cmocka_unit_test(test_after_call__nonsense),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_exposure),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
