/* A cluster's settings with calls of their own: reading, calls, refusals. */
#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#include "core/mem.h"
#include "plans/cluster_own.h"

#define FILE_OF "tests/data/answers/clusters-own.xml"
#define ROLE "arn:aws:iam::123456789012:role/"
#define KEY "arn:aws:kms:eu-west-1:123456789012:key/"

static struct live *live;

static int read_file(void **state UNUSED)
{
	live = test_read(&cluster_rds, FILE_OF, NULL);
	return live ? 0 : -1;
}

static int free_live(void **state UNUSED)
{
	live_free(live);
	return 0;
}

static struct resource *cluster(const char *address)
{
	for (size_t i = 0; i < live->len; i++) {
		if (!strcmp(live->items[i]->address, address))
			return live->items[i];
	}
	fail_msg("no '%s'", address);
	return NULL;
}

static void has(const struct resource *resource, const char *name,
		const char *json)
{
	test_is_json(
		resource_value(resource, catalogue_lookup(KIND_CLUSTER, name)),
		json);
}

static void pends(const struct resource *resource, const char *name,
		  const char *json)
{
	test_is_json(resource_pending(resource,
				      catalogue_lookup(KIND_CLUSTER, name)),
		     json);
}

/* ---- reading ------------------------------------------------------------ */

static void test_derive__roles_keep_their_features(void **state UNUSED)
{
	const struct resource *reporting = cluster("cluster/reporting");

	has(reporting, CLUSTER_ROLES,
	    "[\"" ROLE "db/import s3Import\",\"" ROLE "plain\"]");
	has(cluster("cluster/stopping"), CLUSTER_ROLES, "[]");
	has(cluster("cluster/starting"), CLUSTER_ROLES, "[\"" ROLE "plain\"]");
}

/* Only of what was set from one value to the other. */
static void test_derive__a_role_that_cannot_be_assumed(void **state UNUSED)
{
	const struct resource *reporting = cluster("cluster/reporting");
	const struct setting *row =
		catalogue_lookup(KIND_CLUSTER, CLUSTER_ROLES);
	CLEANUP(json_release) json_t *none = json_array();
	CLEANUP(json_release)
	json_t *both =
		test_json("[\"" ROLE "db/import s3Import\",\"" ROLE "plain\"]");
	CLEANUP(json_release) json_t *good = test_json("[\"" ROLE "plain\"]");
	const char *why = resource_unhealthy(reporting, row, none, both);

	assert_non_null(why);
	assert_non_null(strstr(why, "INVALID"));
	assert_null(resource_unhealthy(reporting, row, both, good));
	assert_null(resource_unhealthy(reporting, row, none, good));
	assert_null(resource_unhealthy(cluster("cluster/stopping"), row, none,
				       both));
}

static void test_derive__who_keeps_the_password(void **state UNUSED)
{
	const struct resource *reporting = cluster("cluster/reporting");

	has(reporting, CLUSTER_MANAGED, "true");
	has(reporting, CLUSTER_SECRET_KEY, "\"" KEY "secret\"");
	has(cluster("cluster/starting"), CLUSTER_MANAGED, "false");
	has(cluster("cluster/starting"), CLUSTER_SECRET_KEY, "null");
	assert_non_null(resource_unhealthy(
		reporting, catalogue_lookup(KIND_CLUSTER, CLUSTER_MANAGED),
		NULL, NULL));
}

static void test_derive__streams(void **state UNUSED)
{
	const struct resource *starting = cluster("cluster/starting");
	const struct resource *stopping = cluster("cluster/stopping");

	has(cluster("cluster/reporting"), CLUSTER_STREAM,
	    "\"async " KEY "stream\"");
	pends(cluster("cluster/reporting"), CLUSTER_STREAM, "(none)");
	has(starting, CLUSTER_STREAM, "null");
	pends(starting, CLUSTER_STREAM, "\"sync " KEY "stream\"");
	test_is_json(starting->pending_elements,
		     "{\"ActivityStreamStatus\":\"starting\"}");
	has(stopping, CLUSTER_STREAM, "\"async " KEY "stream\"");
	pends(stopping, CLUSTER_STREAM, "null");
}

static void test_condition__what_aws_is_still_at(void **state UNUSED)
{
	const char *why = NULL;

	assert_int_equal(
		kind_ops(KIND_CLUSTER)
			->condition(cluster("cluster/reporting"), &why),
		CONDITION_READY);
	assert_int_equal(kind_ops(KIND_CLUSTER)
				 ->condition(cluster("cluster/starting"), &why),
			 CONDITION_BUSY);
	assert_non_null(strstr(why, "role"));
	assert_int_equal(kind_ops(KIND_CLUSTER)
				 ->condition(cluster("cluster/stopping"), &why),
			 CONDITION_BUSY);
	assert_non_null(strstr(why, "secret"));
}

static void note_reference(void *ctx, enum kind kind, const char *id)
{
	json_array_append_new(ctx, json_from_text(kind_ops(kind)->name));
	json_array_append_new(ctx, json_from_text(id));
}

static bool refers(const json_t *references, const char *kind, const char *id)
{
	for (size_t i = 0; i < json_array_size(references); i += 2) {
		const char *its =
			json_string_value(json_array_get(references, i));

		if (!strcmp(its, kind) &&
		    !strcmp(json_string_value(
				    json_array_get(references, i + 1)),
			    id))
			return true;
	}
	return false;
}

static void test_references__roles_and_keys(void **state UNUSED)
{
	CLEANUP(json_release) json_t *all = json_array();

	kind_ops(KIND_CLUSTER)
		->references(cluster("cluster/reporting"), note_reference, all);
	assert_true(refers(all, "iam_role", "import"));
	assert_true(refers(all, "iam_role", "plain"));
	assert_true(refers(all, "kms_key", "stream"));
	assert_true(refers(all, "kms_key", "secret"));
}

/* ---- whose the secret is ------------------------------------------------- */

static void with_owner(const char *owner, const char *managed)
{
	struct resource *resource = resource_new(KIND_CLUSTER, &test_place);

	resource->id = xstrdup("orders");
	resource->address = xstrdup("cluster/orders");
	resource->facts = test_json(owner);
	test_set_value(resource, CLUSTER_MANAGED, "true");
	cluster_enriched(resource);
	has(resource, CLUSTER_MANAGED, managed);
	resource_free(resource);
}

static void test_enriched__only_rds_is_believed(void **state UNUSED)
{
	with_owner("{\"secret_owner\": \"rds\"}", "true");
	with_owner("{}", "true"); /* nobody could ask */
	with_owner("{\"secret_owner\": \"\"}", "\"unknown\"");
	with_owner("{\"secret_owner\": null}", "\"unknown\"");
}

/* ---- calls --------------------------------------------------------------- */

static struct drafted d;
static struct resource *bare;

static int begin(void **state UNUSED)
{
	d = (struct drafted){ .len = 0 };
	bare = resource_new(KIND_CLUSTER, &test_place);
	bare->id = xstrdup("orders");
	bare->address = xstrdup("cluster/orders");
	return 0;
}

static int end(void **state UNUSED)
{
	test_drafted_release(&d);
	resource_free(bare);
	return 0;
}

static void change(const char *name, const char *before, const char *after,
		   bool window)
{
	test_change(&d, KIND_CLUSTER, name, before, after, window);
}

static void is_call(size_t i, const char *call, const char *parameters)
{
	assert_true(i < d.calls.len);
	assert_string_equal(d.calls.items[i].call, call);
	test_is_json(d.calls.items[i].parameters, parameters);
}

static void needs_only(size_t i, size_t need)
{
	assert_int_equal(d.calls.items[i].needs_len, 1);
	assert_int_equal(d.calls.items[i].needs[0], need);
}

#define BOTH "[\"" ROLE "a s3Import\",\"" ROLE "b Lambda\"]"

static void test_calls__roles_come_before_others_go(void **state UNUSED)
{
	change(CLUSTER_ROLES, BOTH, "[\"" ROLE "b Lambda\",\"" ROLE "c\"]",
	       true);
	test_draft(&d, bare);
	assert_int_equal(d.calls.len, 2);
	is_call(0, "rds:AddRoleToDBCluster",
		"{\"DBClusterIdentifier\":\"orders\",\"RoleArn\":\"" ROLE
		"c\"}");
	is_call(1, "rds:RemoveRoleFromDBCluster",
		"{\"DBClusterIdentifier\":\"orders\",\"FeatureName\":"
		"\"s3Import\",\"RoleArn\":\"" ROLE "a\"}");
	needs_only(1, 0);
	test_after(&d, KIND_CLUSTER, CLUSTER_ROLES, BOTH,
		   "[\"" ROLE "b Lambda\",\"" ROLE "c\"]");
}

static void test_calls__what_is_in_the_way_goes_first(void **state UNUSED)
{
	/* a's feature goes to c, b is wanted for another one */
	change(CLUSTER_ROLES, BOTH,
	       "[\"" ROLE "b s3Export\",\"" ROLE "c s3Import\"]", false);
	test_draft(&d, bare);
	assert_int_equal(d.calls.len, 4);
	assert_string_equal(d.calls.items[0].call,
			    "rds:RemoveRoleFromDBCluster");
	assert_string_equal(d.calls.items[1].call,
			    "rds:RemoveRoleFromDBCluster");
	assert_int_equal(d.calls.items[2].needs_len, 2);
	assert_int_equal(d.calls.items[3].needs_len, 2);
	test_after(&d, KIND_CLUSTER, CLUSTER_ROLES, BOTH,
		   "[\"" ROLE "b s3Export\",\"" ROLE "c s3Import\"]");
}

static void test_calls__another_key_is_a_stop_and_a_start(void **state UNUSED)
{
	change(CLUSTER_STREAM, "\"async " KEY "a\"", "\"async " KEY "b\"",
	       false);
	test_draft(&d, bare);
	assert_int_equal(d.calls.len, 2);
	is_call(0, "rds:StopActivityStream",
		"{\"ApplyImmediately\":\"true\",\"ResourceArn\":"
		"\"arn:aws:rds:eu-west-1:123456789012:cluster:orders\"}");
	is_call(1, "rds:StartActivityStream",
		"{\"ApplyImmediately\":\"true\",\"KmsKeyId\":\"" KEY
		"b\",\"Mode\":\"async\",\"ResourceArn\":"
		"\"arn:aws:rds:eu-west-1:123456789012:cluster:orders\"}");
	needs_only(1, 0);
	test_after(&d, KIND_CLUSTER, CLUSTER_STREAM, "\"async " KEY "a\"",
		   "\"async " KEY "b\"");
}

static void test_calls__what_waits_for_the_window_is_last(void **state UNUSED)
{
	change(CLUSTER_STREAM, "null", "\"async " KEY "a\"", true);
	change("deletion_protection", "false", "true", true);
	change(CLUSTER_HTTP, "true", "false", true);
	test_draft(&d, bare);
	assert_int_equal(d.calls.len, 3);
	assert_string_equal(d.calls.items[0].call, "rds:DisableHttpEndpoint");
	assert_string_equal(d.calls.items[1].call, "rds:ModifyDBCluster");
	assert_string_equal(d.calls.items[2].call, "rds:StartActivityStream");
	assert_string_equal(
		json_text(d.calls.items[2].parameters, "ApplyImmediately"),
		"false");
}

static void test_calls__serverless_v1_is_modified(void **state UNUSED)
{
	bare->facts = test_json("{\"serverless_v1\": true}");
	change(CLUSTER_HTTP, "false", "true", false);
	change("deletion_protection", "false", "true", false);
	test_draft(&d, bare);
	assert_int_equal(d.calls.len, 1);
	is_call(0, "rds:ModifyDBCluster",
		"{\"ApplyImmediately\":\"true\",\"DBClusterIdentifier\":"
		"\"orders\",\"DeletionProtection\":\"true\","
		"\"EnableHttpEndpoint\":\"true\"}");
}

static void test_calls__the_password_goes_alone(void **state UNUSED)
{
	change(CLUSTER_MANAGED, "false", "true", true);
	change(CLUSTER_SECRET_KEY, "null", "\"" KEY "a\"", false);
	change("deletion_protection", "false", "true", false);
	test_draft(&d, bare);
	assert_int_equal(d.calls.len, 2);
	is_call(1, "rds:ModifyDBCluster",
		"{\"ApplyImmediately\":\"true\",\"DBClusterIdentifier\":"
		"\"orders\",\"ManageMasterUserPassword\":\"true\","
		"\"MasterUserSecretKmsKeyId\":\"" KEY "a\"}");
}

/* ---- what is no such call ------------------------------------------------ */

static void makes_no_sense(const char *call, const char *parameters)
{
	CLEANUP(json_release) json_t *wire = test_json(parameters);
	CLEANUP(json_release) json_t *value = json_array();
	CLEANUP(json_release)
	json_t *after = kind_ops(KIND_CLUSTER)
				->after_call(call, wire,
					     catalogue_lookup(KIND_CLUSTER,
							      CLUSTER_ROLES),
					     value);

	assert_null(after);
}

static void test_after_call__more_or_less_than_it_takes(void **state UNUSED)
{
	makes_no_sense("rds:AddRoleToDBCluster",
		       "{\"DBClusterIdentifier\": \"orders\"}");
	makes_no_sense("rds:AddRoleToDBCluster",
		       "{\"DBClusterIdentifier\": \"orders\", \"RoleArn\": "
		       "\"a\", \"FeatureName\": \"\"}");
	makes_no_sense("rds:AddRoleToDBCluster",
		       "{\"DBClusterIdentifier\": \"orders\", \"RoleArn\": "
		       "\"a\", \"DeletionProtection\": \"false\"}");
	makes_no_sense("rds:StopActivityStream", "{\"ResourceArn\": \"a\"}");
	makes_no_sense("rds:EnableHttpEndpoint",
		       "{\"ResourceArn\": \"a\", \"Mode\": \"async\"}");
	makes_no_sense("rds:ModifyDBCluster",
		       "{\"DBClusterIdentifier\": \"orders\", \"RoleArn\": "
		       "\"a\"}");
	makes_no_sense("rds:ModifyDBCluster",
		       "{\"DBClusterIdentifier\": \"orders\", \"Mode\": "
		       "\"async\"}");
}

/* ---- refusals ------------------------------------------------------------ */

static void of_engine(const char *engine, const char *facts)
{
	bare->engine = xstrdup(engine);
	bare->engine_version = xstrdup("1");
	bare->facts = test_json(facts);
}

static void test_refuse__features_of_the_engine(void **state UNUSED)
{
	of_engine("aurora-postgresql",
		  "{\"supported_feature_names\": [\"Lambda\"]}");
	change(CLUSTER_ROLES, "[]", "[\"" ROLE "a s3Import\"]", false);
	test_draft(&d, bare);
	test_refused(&d, CLUSTER_ROLES,
		     "has no feature 's3Import', only "
		     "Lambda");
}

static void test_refuse__a_feature_on_mysql(void **state UNUSED)
{
	of_engine("aurora-mysql", "{}");
	change(CLUSTER_ROLES, "[]", "[\"" ROLE "a s3Import\"]", false);
	test_draft(&d, bare);
	test_refused(&d, CLUSTER_ROLES, "takes roles without a feature");
}

/* What is there is never refused: it may have to go. */
static void test_refuse__not_what_is_taken_away(void **state UNUSED)
{
	of_engine("aurora-mysql", "{}");
	change(CLUSTER_ROLES, "[\"" ROLE "a made-up\"]", "[]", false);
	test_draft(&d, bare);
	test_is_json(d.refused, "{}");
	assert_int_equal(d.calls.len, 1);
}

static void test_refuse__streams(void **state UNUSED)
{
	of_engine("aurora-mysql", "{}");
	change(CLUSTER_STREAM, "null", "\"sync " KEY "a\"", false);
	test_draft(&d, bare);
	test_refused(&d, CLUSTER_STREAM, "only asynchronously");
}

static void test_refuse__another_mode_in_the_window(void **state UNUSED)
{
	change(CLUSTER_STREAM, "\"sync " KEY "a\"", "\"async " KEY "a\"", true);
	test_draft(&d, bare);
	test_refused(&d, CLUSTER_STREAM, "one window");
}

static void test_refuse__to_take_back_what_waits(void **state UNUSED)
{
	change(CLUSTER_STREAM, "null", "null", false);
	test_draft(&d, bare);
	test_refused(&d, CLUSTER_STREAM, "cannot be taken back");
}

static void test_refuse__a_secret_of_nobody(void **state UNUSED)
{
	bare->facts = test_json("{\"MasterUserSecret/SecretArn\": [\"arn:x\"], "
				"\"secret_owner\": null}");
	change(CLUSTER_MANAGED, "\"unknown\"", "true", false);
	test_draft(&d, bare);
	test_refused(&d, CLUSTER_MANAGED, "does not have");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derive__roles_keep_their_features),
		cmocka_unit_test(test_derive__a_role_that_cannot_be_assumed),
		cmocka_unit_test(test_derive__who_keeps_the_password),
		cmocka_unit_test(test_derive__streams),
		cmocka_unit_test(test_condition__what_aws_is_still_at),
		cmocka_unit_test(test_references__roles_and_keys),
		cmocka_unit_test(test_enriched__only_rds_is_believed),
		CASE(test_calls__roles_come_before_others_go),
		CASE(test_calls__what_is_in_the_way_goes_first),
		CASE(test_calls__another_key_is_a_stop_and_a_start),
		CASE(test_calls__what_waits_for_the_window_is_last),
		CASE(test_calls__serverless_v1_is_modified),
		CASE(test_calls__the_password_goes_alone),
		cmocka_unit_test(test_after_call__more_or_less_than_it_takes),
		CASE(test_refuse__features_of_the_engine),
		CASE(test_refuse__a_feature_on_mysql),
		CASE(test_refuse__not_what_is_taken_away),
		CASE(test_refuse__streams),
		CASE(test_refuse__another_mode_in_the_window),
		CASE(test_refuse__to_take_back_what_waits),
		CASE(test_refuse__a_secret_of_nobody),
	};

	json_init();
	return cmocka_run_group_tests(tests, read_file, free_live);
}
