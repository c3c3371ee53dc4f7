#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#define FILE_OF "tests/data/answers/clusters.xml"

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

static const struct resource *cluster(const char *address)
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

static void pends(const struct resource *resource, const char *name,
		  const char *json)
{
	test_is_json(resource_pending(resource,
				      catalogue_lookup(resource->kind, name)),
		     json);
}

/* ---- reading ---------------------------------------------------------- */

static void test_read__a_whole_cluster(void **state UNUSED)
{
	const struct resource *orders = cluster("cluster/orders");

	assert_int_equal(live->len, 2); /* the repeated one is kept once */
	assert_string_equal(orders->resource_id, "cluster-ORDERS0123456789");
	assert_string_equal(orders->engine, "aurora-postgresql");
	assert_string_equal(orders->engine_version, "16.4");
	assert_string_equal(orders->status, "available");
	assert_string_equal(orders->cluster, "orders");
	has(orders, "deletion_protection", "false");
	has(orders, "backup_retention_period", "7");
	has(orders, "vpc_security_group_ids", "[\"sg-1\",\"sg-2\"]");
	has(orders, "preferred_maintenance_window", "\"sun:04:00-sun:05:00\"");
	has(orders, "storage_encrypted", "true");
	has(orders, "domain", "null");
	has(orders, "backtrack_window", "0");
	has(orders, "master_user_password", "(none)");
	test_is_json(orders->tags, "{\"empty\":\"\",\"env\":\"prod\","
				   "\"team\":\"orders & returns\"}");
}

static void test_read__what_goes_with_something_off_is_null(void **state UNUSED)
{
	has(cluster("cluster/orders"), "performance_insights_enabled", "false");
	has(cluster("cluster/orders"), "performance_insights_retention_period",
	    "null");
}

static void test_read__pending(void **state UNUSED)
{
	const struct resource *orders = cluster("cluster/orders");

	pends(orders, "iam_database_authentication_enabled", "true");
	pends(orders, "enabled_cloudwatch_logs_exports", "[\"instance\"]");
	pends(orders, "backup_retention_period", "(none)");
	pends(orders, "db_cluster_parameter_group_name",
	      "\"default.aurora-postgresql16\"");
	test_is_json(orders->pending_elements,
		     "{\"CertificateDetails\":\"rds-ca-ecc384-g1\","
		     "\"IAMDatabaseAuthenticationEnabled\":\"true\","
		     "\"MasterUserPassword\":\"****\","
		     "\"PendingCloudwatchLogsExports\":\"instance on, "
		     "postgresql off\"}");
}

static void test_read__backup_owner(void **state UNUSED)
{
	const json_t *owned = cluster("cluster/orders")->owned_elsewhere;

	assert_non_null(strstr(json_text(owned, "backup_retention_period"),
			       "AWS Backup"));
	assert_non_null(json_text(owned, "preferred_backup_window"));
	assert_int_equal(json_object_size(owned), 2);
	assert_null(cluster("cluster/minimal")->owned_elsewhere);
}

static void test_read__absent_and_empty_elements(void **state UNUSED)
{
	const struct resource *minimal = cluster("cluster/minimal");

	assert_string_equal(minimal->status, "modifying");
	assert_null(minimal->arn);
	has(minimal, "enabled_cloudwatch_logs_exports", "[]");
	has(minimal, "deletion_protection", "false");
	has(minimal, "port", "null");
	test_is_json(minimal->pending_elements, "{}");
	test_is_json(minimal->tags, "{}");
}

static void
test_read__other_engines_are_skipped_with_a_reason(void **state UNUSED)
{
	test_is_json(live->skipped,
		     "[{\"address\":\"cluster/graph\",\"reason\":"
		     "\"engine 'neptune' is not Aurora\","
		     "\"target\":\"prod\"}]");
}

static void
test_read__only_wanted_rows_and_what_judges_them(void **state UNUSED)
{
	size_t len;
	bool *wanted;
	struct live *some;
	const struct resource *orders;

	(void)catalogue_rows(KIND_CLUSTER, &len);
	wanted = calloc(len, sizeof(*wanted));
	wanted[catalogue_index(catalogue_lookup(
		KIND_CLUSTER, "preferred_backup_window"))] = true;
	some = test_read(&cluster_rds, FILE_OF, wanted);
	free(wanted);
	assert_non_null(some);
	orders = live_find(some, "prod", "cluster/orders");
	has(orders, "preferred_backup_window", "\"02:00-03:00\"");
	has(orders, "preferred_maintenance_window", "\"sun:04:00-sun:05:00\"");
	has(orders, "deletion_protection", "(none)");
	live_free(some);
}

static void test_read__any_split_of_the_bytes(void **state UNUSED)
{
	struct rds_page *page = rds_page_new(&cluster_rds, &test_place, NULL);
	struct live *split = live_new();
	const struct read_request request = { .found = test_found,
					      .skipped = test_skipped,
					      .ctx = split };
	struct error err = ERROR_INIT;

	/* an attempt that broke off leaves nothing behind */
	rds_page_begin(page);
	assert_int_equal(test_feed_file(rds_page_paths(&cluster_rds),
					&rds_page_handler, page, FILE_OF, 7),
			 0);
	rds_page_begin(page);
	assert_int_equal(test_feed_file(rds_page_paths(&cluster_rds),
					&rds_page_handler, page, FILE_OF, 1),
			 0);
	assert_int_equal(rds_page_take(page, &request, &err), 0);
	live_sort(split);
	assert_int_equal(split->len, 2);
	has(live_find(split, "prod", "cluster/orders"), "port", "5432");
	rds_page_free(page);
	live_free(split);
}

static void test_read__without_identity_is_incomplete(void **state UNUSED)
{
	static const char text[] =
		"<R><S><DBClusters><DBCluster><DBClusterIdentifier>x"
		"</DBClusterIdentifier><Engine>aurora-mysql</Engine>"
		"</DBCluster></DBClusters></S></R>";
	struct rds_page *page = rds_page_new(&cluster_rds, &test_place, NULL);
	struct live *none = live_new();
	const struct read_request request = { .found = test_found,
					      .skipped = test_skipped,
					      .ctx = none };
	struct error err = ERROR_INIT;

	assert_int_equal(test_feed(rds_page_paths(&cluster_rds),
				   &rds_page_handler, page, text, strlen(text),
				   64),
			 0);
	assert_int_equal(rds_page_take(page, &request, &err), -1);
	assert_int_equal(err.code, ERR_INCOMPLETE);
	assert_int_equal(none->len, 0);
	error_release(&err);
	rds_page_free(page);
	live_free(none);
}

/* ---- may it be modified ----------------------------------------------- */

static void test_condition__by_status(void **state UNUSED)
{
	static const struct {
		const char *status;
		enum condition condition;
	} known[] = {
		{ "available", CONDITION_READY },
		{ "modifying", CONDITION_BUSY },
		{ "backing-up", CONDITION_BUSY },
		{ "configuring-iam-database-auth", CONDITION_BUSY },
		{ "something-new", CONDITION_BUSY },
		{ "stopped", CONDITION_STOPPED },
		{ "stopping", CONDITION_STOPPED },
		{ "starting", CONDITION_BUSY },
		{ "failed", CONDITION_FAILED },
		{ "deleting", CONDITION_FAILED },
		{ "incompatible-parameters", CONDITION_FAILED },
		{ "inaccessible-encryption-credentials", CONDITION_FAILED },
		{ "inaccessible-encryption-credentials-recoverable",
		  CONDITION_FAILED },
		{ NULL, CONDITION_BUSY },
	};
	struct resource *some = resource_new(KIND_CLUSTER, &test_place);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *why = NULL;

		some->status = (char *)(uintptr_t)known[i].status;
		assert_int_equal(kind_ops(KIND_CLUSTER)->condition(some, &why),
				 known[i].condition);
		assert_string_equal(why,
				    some->status ? some->status : "unknown");
	}
	some->status = NULL;
	resource_free(some);
}

static void has_condition(const char *facts, enum condition expected)
{
	struct resource *some = resource_new(KIND_CLUSTER, &test_place);
	const char *why = NULL;

	some->status = strdup("available");
	some->facts = test_json(facts);
	assert_int_equal(kind_ops(KIND_CLUSTER)->condition(some, &why),
			 expected);
	if (expected == CONDITION_BUSY)
		assert_string_equal(why, "none of its instances is the writer");
	resource_free(some);
}

static void test_condition__needs_a_writer(void **state UNUSED)
{
#define WRITER "\"DBClusterMembers/DBClusterMember/IsClusterWriter\":"
	has_condition("{}", CONDITION_READY);
	has_condition("{" WRITER "[\"true\"]}", CONDITION_READY);
	has_condition("{" WRITER "[\"false\",\"true\"]}", CONDITION_READY);
	has_condition("{" WRITER "[\"false\",\"false\"]}", CONDITION_BUSY);
	has_condition("{" WRITER "[\"false\"],\"ReplicationSourceIdentifier\":"
		      "[\"arn:aws:rds:eu-west-1:1:cluster:a\"]}",
		      CONDITION_READY);
	has_condition("{" WRITER "[\"false\"],\"GlobalClusterIdentifier\":"
		      "[\"world\"]}",
		      CONDITION_READY);
#undef WRITER
	/* as it is read */
	assert_int_equal(kind_ops(KIND_CLUSTER)
				 ->condition(cluster("cluster/orders"),
					     &(const char *){ NULL }),
			 CONDITION_READY);
}

/* ---- calls ------------------------------------------------------------ */

static void draft_one(struct drafted *d, const char *name, const char *before,
		      const char *after)
{
	test_change(d, KIND_CLUSTER, name, before, after, false);
	test_draft(d, cluster("cluster/orders"));
}

static void test_calls__one_boolean(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	draft_one(&d, "deletion_protection", "false", "true");
	assert_int_equal(d.calls.len, 1);
	assert_string_equal(d.calls.items[0].call, "rds:ModifyDBCluster");
	test_is_json(d.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"DeletionProtection\":\"true\"}");
	test_is_json(d.calls.items[0].companions, "{}");
	test_is_json(d.refused, "{}");
	test_after(&d, KIND_CLUSTER, "deletion_protection", "false", "true");
	test_after(&d, KIND_CLUSTER, "port", "5432", "5432");
	test_drafted_release(&d);
}

static void test_calls__groups_by_when_and_class(void **state UNUSED)
{
	static const char *const expected[] = {
		"{\"ApplyImmediately\":\"true\",\"CopyTagsToSnapshot\":"
		"\"true\",\"DBClusterIdentifier\":\"orders\","
		"\"DeletionProtection\":\"true\"}",
		"{\"ApplyImmediately\":\"true\",\"DBClusterIdentifier\":"
		"\"orders\",\"EnableIAMDatabaseAuthentication\":\"true\"}",
		"{\"ApplyImmediately\":\"true\",\"DBClusterIdentifier\":"
		"\"orders\",\"Port\":\"15432\"}",
		"{\"BackupRetentionPeriod\":\"14\",\"DBClusterIdentifier\":"
		"\"orders\"}",
	};
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_CLUSTER, "port", "5432", "15432", false);
	test_change(&d, KIND_CLUSTER, "backup_retention_period", "7", "14",
		    true);
	test_change(&d, KIND_CLUSTER, "deletion_protection", "false", "true",
		    false);
	test_change(&d, KIND_CLUSTER, "iam_database_authentication_enabled",
		    "false", "true", false);
	test_change(&d, KIND_CLUSTER, "copy_tags_to_snapshot", "false", "true",
		    false);
	test_draft(&d, cluster("cluster/orders"));
	assert_int_equal(d.calls.len, ARRAY_SIZE(expected));
	for (size_t i = 0; i < d.calls.len; i++)
		test_is_json(d.calls.items[i].parameters, expected[i]);
	assert_int_equal(d.calls.items[0].changes_len, 2);
	assert_int_equal(d.calls.items[0].changes[0], 2);
	assert_int_equal(d.calls.items[0].changes[1], 4);
	test_after(&d, KIND_CLUSTER, "backup_retention_period", "7", "14");
	test_drafted_release(&d);
}

static void test_calls__log_exports_are_a_difference(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	draft_one(&d, "enabled_cloudwatch_logs_exports",
		  "[\"iam-db-auth-error\",\"instance\"]",
		  "[\"instance\",\"postgresql\"]");
	test_is_json(d.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"CloudwatchLogsExportConfiguration.DisableLogTypes."
		     "member.1\":\"iam-db-auth-error\","
		     "\"CloudwatchLogsExportConfiguration.EnableLogTypes."
		     "member.1\":\"postgresql\","
		     "\"DBClusterIdentifier\":\"orders\"}");
	test_after(&d, KIND_CLUSTER, "enabled_cloudwatch_logs_exports",
		   "[\"iam-db-auth-error\",\"instance\"]",
		   "[\"instance\",\"postgresql\"]");
	test_drafted_release(&d);
}

static void test_calls__security_groups_are_sent_whole(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	draft_one(&d, "vpc_security_group_ids", "[\"sg-1\",\"sg-2\"]",
		  "[\"sg-2\",\"sg-3\"]");
	test_is_json(d.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"VpcSecurityGroupIds.VpcSecurityGroupId.1\":\"sg-2\","
		     "\"VpcSecurityGroupIds.VpcSecurityGroupId.2\":\"sg-3\"}");
	test_after(&d, KIND_CLUSTER, "vpc_security_group_ids",
		   "[\"sg-1\",\"sg-2\"]", "[\"sg-2\",\"sg-3\"]");
	test_drafted_release(&d);
}

static void test_calls__empty_groups_are_refused(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	draft_one(&d, "vpc_security_group_ids", "[\"sg-1\"]", "[]");
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, "vpc_security_group_ids", "at least 1");
	test_drafted_release(&d);
}

static void test_calls__backtrack(void **state UNUSED)
{
	struct resource *mysql = resource_new(KIND_CLUSTER, &test_place);
	struct drafted d = { .len = 0 }, e = { .len = 0 }, f = { .len = 0 };

	mysql->id = strdup("shop");
	mysql->engine = strdup("aurora-mysql");
	draft_one(&d, "backtrack_window", "0", "86400");
	test_refused(&d, "backtrack_window", "only aurora-mysql");
	test_change(&e, KIND_CLUSTER, "backtrack_window", "0", "86400", false);
	test_draft(&e, mysql);
	test_refused(&e, "backtrack_window", "created with");
	test_change(&f, KIND_CLUSTER, "backtrack_window", "3600", "86400",
		    false);
	test_draft(&f, mysql);
	assert_int_equal(f.calls.len, 1);
	test_drafted_release(&d);
	test_drafted_release(&e);
	test_drafted_release(&f);
	resource_free(mysql);
}

static void test_calls__overlapping_windows(void **state UNUSED)
{
	struct drafted d = { .len = 0 }, e = { .len = 0 };

	draft_one(&d, "preferred_backup_window", "\"02:00-03:00\"",
		  "\"04:30-05:30\"");
	test_refused(&d, "preferred_backup_window", "must not overlap");
	/* moving both is fine */
	test_change(&e, KIND_CLUSTER, "preferred_backup_window",
		    "\"02:00-03:00\"", "\"04:30-05:30\"", false);
	test_change(&e, KIND_CLUSTER, "preferred_maintenance_window",
		    "\"sun:04:00-sun:05:00\"", "\"sun:01:00-sun:02:00\"",
		    false);
	test_draft(&e, cluster("cluster/orders"));
	test_is_json(e.refused, "{}");
	assert_int_equal(e.calls.len, 1);
	test_drafted_release(&d);
	test_drafted_release(&e);
}

/* Both are judged by where they are going to be, not by where they are. */
static void test_calls__wanted_windows_that_overlap(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_CLUSTER, "preferred_backup_window",
		    "\"02:00-03:00\"", "\"06:00-07:00\"", false);
	test_change(&d, KIND_CLUSTER, "preferred_maintenance_window",
		    "\"sun:04:00-sun:05:00\"", "\"mon:06:30-mon:07:30\"",
		    false);
	test_draft(&d, cluster("cluster/orders"));
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, "preferred_backup_window", "must not overlap");
	test_refused(&d, "preferred_maintenance_window", "must not overlap");
	test_drafted_release(&d);
}

/* In two calls, the first would run into what the other one still is. */
static void test_calls__windows_move_together(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_CLUSTER, "preferred_backup_window",
		    "\"02:00-03:00\"", "\"04:30-05:30\"", true);
	test_change(&d, KIND_CLUSTER, "preferred_maintenance_window",
		    "\"sun:04:00-sun:05:00\"", "\"sun:01:00-sun:02:00\"",
		    false);
	test_draft(&d, cluster("cluster/orders"));
	test_is_json(d.refused, "{}");
	assert_int_equal(d.calls.len, 1);
	test_is_json(d.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"PreferredBackupWindow\":\"04:30-05:30\","
		     "\"PreferredMaintenanceWindow\":"
		     "\"sun:01:00-sun:02:00\"}");
	test_drafted_release(&d);
}

/* A group that is not there must not take the port down with it. */
static void test_calls__a_group_goes_alone_and_last(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_CLUSTER, "db_cluster_parameter_group_name",
		    "\"default.aurora-postgresql15\"", "\"hardened\"", false);
	test_change(&d, KIND_CLUSTER, "port", "5432", "15432", false);
	test_draft(&d, cluster("cluster/orders"));
	assert_int_equal(d.calls.len, 2);
	test_is_json(d.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"Port\":\"15432\"}");
	test_is_json(d.calls.items[1].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"DBClusterParameterGroupName\":\"hardened\"}");
	assert_int_equal(d.calls.items[1].needs_len, 0);
	test_drafted_release(&d);
}

static void test_calls__insights(void **state UNUSED)
{
	struct drafted d = { .len = 0 }, e = { .len = 0 };

	/* Performance Insights is off: neither mode nor retention can go */
	test_change(&d, KIND_CLUSTER, "database_insights_mode", "\"standard\"",
		    "\"advanced\"", false);
	test_change(&d, KIND_CLUSTER, "performance_insights_retention_period",
		    "null", "465", false);
	test_draft(&d, cluster("cluster/orders"));
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, "database_insights_mode", "Performance Insights");
	test_refused(&d, "performance_insights_retention_period",
		     "'performance_insights_enabled' is off");

	test_change(&e, KIND_CLUSTER, "database_insights_mode", "\"standard\"",
		    "\"advanced\"", true);
	test_change(&e, KIND_CLUSTER, "performance_insights_retention_period",
		    "null", "465", false);
	test_change(&e, KIND_CLUSTER, "performance_insights_enabled", "false",
		    "true", false);
	test_draft(&e, cluster("cluster/orders"));
	test_is_json(e.refused, "{}");
	/* what must go together is one call, now if any is wanted now */
	assert_int_equal(e.calls.len, 1);
	test_is_json(e.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"DatabaseInsightsMode\":\"advanced\","
		     "\"EnablePerformanceInsights\":\"true\","
		     "\"PerformanceInsightsRetentionPeriod\":\"465\"}");
	test_is_json(e.calls.items[0].companions, "{}");
	test_drafted_release(&d);
	test_drafted_release(&e);
}

static void test_calls__insights_companions(void **state UNUSED)
{
	struct resource *some = resource_new(KIND_CLUSTER, &test_place);
	struct drafted d = { .len = 0 }, off = { .len = 0 };

	some->id = strdup("orders");
	test_set_value(some, "performance_insights_enabled", "true");
	test_set_value(some, "performance_insights_retention_period", "465");
	test_change(&d, KIND_CLUSTER, "database_insights_mode", "\"standard\"",
		    "\"advanced\"", false);
	test_draft(&d, some);
	test_is_json(d.calls.items[0].companions,
		     "{\"performance_insights_enabled\":true,"
		     "\"performance_insights_retention_period\":465}");
	test_is_json(d.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"DatabaseInsightsMode\":\"advanced\","
		     "\"EnablePerformanceInsights\":\"true\","
		     "\"PerformanceInsightsRetentionPeriod\":\"465\"}");
	test_change(&off, KIND_CLUSTER, "performance_insights_enabled", "true",
		    "false", false);
	test_draft(&off, some);
	test_after(&off, KIND_CLUSTER, "performance_insights_retention_period",
		   "465", "null");
	test_drafted_release(&d);
	test_drafted_release(&off);
	resource_free(some);
}

/* Nor may Performance Insights fall short of what the mode needs. */
static void test_calls__insights_below_advanced(void **state UNUSED)
{
	struct resource *some = resource_new(KIND_CLUSTER, &test_place);
	struct drafted d = { .len = 0 }, off = { .len = 0 },
		       both = { .len = 0 };

	some->id = strdup("orders");
	test_set_value(some, "database_insights_mode", "\"advanced\"");
	test_set_value(some, "performance_insights_enabled", "true");
	test_set_value(some, "performance_insights_retention_period", "465");
	test_change(&d, KIND_CLUSTER, "performance_insights_retention_period",
		    "465", "31", false);
	test_draft(&d, some);
	test_refused(&d, "performance_insights_retention_period",
		     "needs Performance Insights to keep 465 days");
	test_change(&off, KIND_CLUSTER, "performance_insights_enabled", "true",
		    "false", false);
	test_draft(&off, some);
	test_refused(&off, "performance_insights_enabled",
		     "needs Performance Insights");
	/* what goes off is sent no value, not even as a companion */
	test_change(&both, KIND_CLUSTER, "performance_insights_enabled", "true",
		    "false", false);
	test_change(&both, KIND_CLUSTER, "database_insights_mode",
		    "\"advanced\"", "\"standard\"", true);
	test_draft(&both, some);
	test_is_json(both.refused, "{}");
	assert_int_equal(both.calls.len, 1);
	test_is_json(both.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\","
		     "\"DatabaseInsightsMode\":\"standard\","
		     "\"EnablePerformanceInsights\":\"false\"}");
	test_drafted_release(&d);
	test_drafted_release(&off);
	test_drafted_release(&both);
	resource_free(some);
}

static void test_calls__leaving_a_domain(void **state UNUSED)
{
	struct resource *some = resource_new(KIND_CLUSTER, &test_place);
	struct drafted d = { .len = 0 }, e = { .len = 0 };

	some->id = strdup("orders");
	test_set_value(some, "domain", "\"d-1234567890\"");
	test_set_value(some, "domain_iam_role_name", "\"rds-directory\"");
	test_change(&d, KIND_CLUSTER, "domain", "\"d-1234567890\"", "null",
		    false);
	test_draft(&d, some);
	test_refused(&d, "domain", "also unsets 'domain_iam_role_name'");

	test_change(&e, KIND_CLUSTER, "domain", "\"d-1234567890\"", "null",
		    false);
	test_change(&e, KIND_CLUSTER, "domain_iam_role_name",
		    "\"rds-directory\"", "null", false);
	test_draft(&e, some);
	assert_int_equal(e.calls.len, 1);
	test_is_json(e.calls.items[0].parameters,
		     "{\"ApplyImmediately\":\"true\","
		     "\"DBClusterIdentifier\":\"orders\",\"Domain\":\"none\"}");
	test_after(&e, KIND_CLUSTER, "domain", "\"d-1234567890\"", "null");
	test_after(&e, KIND_CLUSTER, "domain_iam_role_name",
		   "\"rds-directory\"", "null");
	test_drafted_release(&d);
	test_drafted_release(&e);
	resource_free(some);
}

static void test_calls__logs_of_the_other_engine(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	draft_one(&d, "enabled_cloudwatch_logs_exports", "[\"postgresql\"]",
		  "[\"audit\",\"postgresql\"]");
	test_refused(&d, "enabled_cloudwatch_logs_exports",
		     "only aurora-mysql");
	test_drafted_release(&d);
}

static void draft_logs(struct drafted *d, const char *facts, const char *before,
		       const char *after)
{
	struct resource *some = resource_new(KIND_CLUSTER, &test_place);

	some->id = strdup("orders");
	some->engine = strdup("aurora-postgresql");
	some->engine_version = strdup("13.12");
	some->facts = test_json(facts);
	*d = (struct drafted){ .len = 0 };
	test_change(d, KIND_CLUSTER, "enabled_cloudwatch_logs_exports", before,
		    after, false);
	test_draft(d, some);
	resource_free(some);
}

/* What the running version says it can export decides, not a list of ours. */
static void test_calls__logs_of_the_running_version(void **state UNUSED)
{
	static const char name[] = "enabled_cloudwatch_logs_exports";
	static const char old[] = "{\"exportable_log_types\":[\"postgresql\"]}";
	struct drafted d;

	draft_logs(&d, old, "[]", "[\"instance\",\"postgresql\"]");
	test_refused(&d, name,
		     "aurora-postgresql 13.12 cannot export the log "
		     "'instance', only postgresql");
	test_drafted_release(&d);
	/* what is exported already is nobody's to judge, nor is what goes */
	draft_logs(&d, old, "[\"instance\"]", "[\"instance\",\"postgresql\"]");
	test_is_json(d.refused, "{}");
	test_drafted_release(&d);
	draft_logs(&d, old, "[\"instance\",\"postgresql\"]",
		   "[\"postgresql\"]");
	test_is_json(d.refused, "{}");
	test_drafted_release(&d);
	/* AWS knows better than the table */
	draft_logs(&d, "{\"exportable_log_types\":[\"audit\"]}", "[]",
		   "[\"audit\"]");
	test_is_json(d.refused, "{}");
	test_drafted_release(&d);
	draft_logs(&d, old, "[]", "[\"audit\"]");
	test_refused(&d, name, "only aurora-mysql");
	test_drafted_release(&d);
	draft_logs(&d, "{\"exportable_log_types\":[]}", "[]",
		   "[\"postgresql\"]");
	test_refused(&d, name, "cannot export the log 'postgresql'");
	test_drafted_release(&d);
	draft_logs(&d, "{}", "[]", "[\"instance\",\"postgresql\"]");
	test_is_json(d.refused, "{}");
	test_drafted_release(&d);
}

static void test_calls__what_cannot_be_unset(void **state UNUSED)
{
	struct drafted d = { .len = 0 };

	draft_one(&d, "network_type", "\"DUAL\"", "null");
	test_refused(&d, "network_type", "no way to unset");
	test_drafted_release(&d);
}

/* A plan's step is checked by making its call again from the step alone. */
static void test_calls__need_nothing_but_the_id(void **state UNUSED)
{
	struct resource *bare = resource_new(KIND_CLUSTER, &test_place);
	static const char *const rows[][3] = {
		{ "preferred_backup_window", "\"02:00-03:00\"",
		  "\"04:30-05:30\"" },
		{ "database_insights_mode", "\"standard\"", "\"advanced\"" },
		{ "performance_insights_retention_period", "7", "31" },
		{ "domain", "\"d-1\"", "null" },
		{ "backtrack_window", "3600", "7200" },
	};

	bare->id = strdup("orders");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct drafted d = { .len = 0 };

		test_change(&d, KIND_CLUSTER, rows[i][0], rows[i][1],
			    rows[i][2], false);
		test_draft(&d, bare);
		test_is_json(d.refused, "{}");
		assert_int_equal(d.calls.len, 1);
		test_drafted_release(&d);
	}
	resource_free(bare);
}

static void after_is_nonsense(const char *call, const char *parameters)
{
	const struct setting *row =
		catalogue_lookup(KIND_CLUSTER, "deletion_protection");
	json_t *params = test_json(parameters);

	assert_null(kind_ops(KIND_CLUSTER)
			    ->after_call(call, params, row, json_false()));
	json_decref(params);
}

static void test_after_call__nonsense(void **state UNUSED)
{
#define ID "\"DBClusterIdentifier\":\"orders\""
	after_is_nonsense("rds:DeleteDBCluster", "{" ID "}");
	after_is_nonsense("rds:ModifyDBInstance", "{" ID "}");
	after_is_nonsense("rds:ModifyDBCluster", "{}");
	after_is_nonsense("rds:ModifyDBCluster",
			  "{\"DBClusterIdentifier\":\"\"}");
	after_is_nonsense("rds:ModifyDBCluster",
			  "{" ID ",\"MasterUserPassword\":\"x\"}");
	after_is_nonsense("rds:ModifyDBCluster",
			  "{" ID ",\"DeletionProtection\":true}");
	after_is_nonsense("rds:ModifyDBCluster",
			  "{" ID ",\"ApplyImmediately\":\"false\"}");
	after_is_nonsense(
		"rds:ModifyDBCluster",
		"{" ID ",\"VpcSecurityGroupIds.VpcSecurityGroupId.x\":\"\"}");
	after_is_nonsense("rds:ModifyDBCluster",
			  "{" ID
			  ",\"VpcSecurityGroupIds.VpcSecurityGroupId\":\"\"}");
#undef ID
}

static void note(void *ctx, enum kind kind, const char *id)
{
	json_array_append_new(ctx, json_string(kind_ops(kind)->name));
	json_array_append_new(ctx, json_string(id));
}

static void test_references__what_the_cluster_uses(void **state UNUSED)
{
	json_t *ids = json_array();

	kind_ops(KIND_CLUSTER)
		->references(cluster("cluster/orders"), note, ids);
	test_is_json(ids,
		     "[\"cluster_snapshot\",\"cluster/orders\","
		     "\"event_subscription\",\"cluster/orders\","
		     "\"event_subscription\",\"instance/orders-1\","
		     "\"event_subscription\",\"instance/orders-2\","
		     "\"cluster_parameter_group\","
		     "\"default.aurora-postgresql16\","
		     "\"kms_key\",\"11112222-3333-4444-5555-666677778888\","
		     "\"log_group\",\"/aws/rds/cluster/orders/postgresql\","
		     "\"iam_role\",\"aurora-s3\",\"security_group\",\"sg-2\","
		     "\"security_group\",\"sg-1\"]");
	json_decref(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read__a_whole_cluster),
		cmocka_unit_test(
			test_read__what_goes_with_something_off_is_null),
		cmocka_unit_test(test_read__pending),
		cmocka_unit_test(test_read__backup_owner),
		cmocka_unit_test(test_read__absent_and_empty_elements),
		cmocka_unit_test(
			test_read__other_engines_are_skipped_with_a_reason),
		cmocka_unit_test(
			test_read__only_wanted_rows_and_what_judges_them),
		cmocka_unit_test(test_read__any_split_of_the_bytes),
		cmocka_unit_test(test_read__without_identity_is_incomplete),
		cmocka_unit_test(test_condition__by_status),
		cmocka_unit_test(test_condition__needs_a_writer),
		cmocka_unit_test(test_calls__one_boolean),
		cmocka_unit_test(test_calls__groups_by_when_and_class),
		cmocka_unit_test(test_calls__log_exports_are_a_difference),
		cmocka_unit_test(test_calls__security_groups_are_sent_whole),
		cmocka_unit_test(test_calls__empty_groups_are_refused),
		cmocka_unit_test(test_calls__backtrack),
		cmocka_unit_test(test_calls__overlapping_windows),
		cmocka_unit_test(test_calls__wanted_windows_that_overlap),
		cmocka_unit_test(test_calls__windows_move_together),
		cmocka_unit_test(test_calls__a_group_goes_alone_and_last),
		cmocka_unit_test(test_calls__insights),
		cmocka_unit_test(test_calls__insights_companions),
		cmocka_unit_test(test_calls__insights_below_advanced),
		cmocka_unit_test(test_calls__leaving_a_domain),
		cmocka_unit_test(test_calls__logs_of_the_other_engine),
		cmocka_unit_test(test_calls__logs_of_the_running_version),
		cmocka_unit_test(test_calls__what_cannot_be_unset),
		cmocka_unit_test(test_calls__need_nothing_but_the_id),
		cmocka_unit_test(test_after_call__nonsense),
		cmocka_unit_test(test_references__what_the_cluster_uses),
	};

	json_init();
	return cmocka_run_group_tests(tests, read_file, free_live);
}
