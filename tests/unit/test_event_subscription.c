#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#include "core/mem.h"
#include "plans/event_subscription.h"
#include "plans/value.h"

#define KIND KIND_EVENT_SUBSCRIPTION
#define NAMED "\"SubscriptionName\":\"s\""
#define TOPIC "arn:aws:sns:eu-west-1:123456789012:dba"
#define ITEM                                                                 \
	"\"CustSubscriptionId\":\"s\",\"EventSubscriptionArn\":\"arn:s\","   \
	"\"SnsTopicArn\":\"" TOPIC "\",\"Status\":\"active\","               \
	"\"Enabled\":\"true\",\"EventCategoriesList/EventCategory\":[\"b\"," \
	"\"a\"],\"SourceIdsList/SourceId\":[\"orders\"],\"SourceType\":"     \
	"\"db-cluster\""

static const struct setting *row(const char *name)
{
	return catalogue_lookup(KIND, name);
}

static struct resource *subscription_of(const char *json)
{
	json_t *item = json ? test_json(json) : NULL;
	struct resource *resource =
		event_subscription_resource(&test_place, "s", item);

	json_decref(item);
	return resource;
}

static void test_read__a_subscription(void **state UNUSED)
{
	struct resource *s = subscription_of("{" ITEM "}");

	assert_string_equal(s->address, "event_subscription/s");
	assert_string_equal(s->resource_id, "arn:s");
	assert_false(resource_is_missing(s));
	test_is_json(resource_value(s, row("enabled")), "true");
	test_is_json(resource_value(s, row("event_categories")),
		     "[\"a\",\"b\"]");
	test_is_json(resource_value(s, row("source_ids")), "[\"orders\"]");
	test_is_json(resource_value(s, row("source_type")), "\"db-cluster\"");
	test_is_json(resource_value(s, row("sns_topic_arn")), "\"" TOPIC "\"");
	resource_free(s);
}

static void test_read__one_that_is_not_there(void **state UNUSED)
{
	struct resource *s = subscription_of(NULL);
	const char *why;

	assert_true(resource_is_missing(s));
	/* as AWS will call it */
	assert_string_equal(s->resource_id,
			    "arn:aws:rds:eu-west-1:123456789012:es:s");
	test_is_json(resource_value(s, row("event_categories")), "null");
	assert_int_equal(kind_ops(KIND)->condition(s, &why), CONDITION_READY);
	resource_free(s);
}

static void test_read__one_without_arn(void **state UNUSED)
{
	assert_null(subscription_of("{\"CustSubscriptionId\":\"s\"}"));
}

static void test_condition(void **state UNUSED)
{
	static const struct {
		const char *status;
		enum condition condition;
	} cases[] = { { "active", CONDITION_READY },
		      { "no-permission", CONDITION_READY },
		      { "topic-not-exist", CONDITION_READY },
		      { "creating", CONDITION_BUSY },
		      { "modifying", CONDITION_BUSY },
		      { "something new", CONDITION_BUSY } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(free_ptr)
		char *json = xasprintf("{\"EventSubscriptionArn\":\"arn:s\","
				       "\"Status\":\"%s\"}",
				       cases[i].status);
		struct resource *s = subscription_of(json);
		const char *why = NULL;

		assert_int_equal(kind_ops(KIND)->condition(s, &why),
				 cases[i].condition);
		assert_string_equal(why, cases[i].status);
		resource_free(s);
	}
}

static void in_scope(const char *type, const char *ids, bool expected)
{
	CLEANUP(free_ptr)
	char *json = xasprintf("{%s%s%s\"SourceIdsList/SourceId\":%s}",
			       type ? "\"SourceType\":\"" : "",
			       type ? type : "", type ? "\"," : "", ids);
	json_t *item = test_json(json);
	json_t *sources = test_json("{\"cluster/orders\":true,"
				    "\"instance/orders-1\":true}");

	if (event_subscription_is_in_scope(item, sources) != expected)
		fail_msg("%s", json);
	/* where no clusters are, nothing is theirs */
	json_object_clear(sources);
	assert_false(event_subscription_is_in_scope(item, sources));
	json_decref(item);
	json_decref(sources);
}

static void test_scope(void **state UNUSED)
{
	in_scope("db-cluster", "[]", true);
	in_scope("db-cluster", "[\"x\",\"orders\"]", true);
	in_scope("db-cluster", "[\"x\"]", false);
	in_scope("db-cluster", "[\"orders-1\"]", false);
	in_scope("db-instance", "[]", true);
	in_scope("db-instance", "[\"orders-1\"]", true);
	in_scope("db-instance", "[\"orders\"]", false);
	in_scope("db-cluster-snapshot", "[]", true);
	in_scope("db-cluster-snapshot", "[\"orders\"]", false);
	in_scope("db-snapshot", "[]", false);
	in_scope(NULL, "[]", false);
}

/* ---- calls ---- */

static void test_calls__creating_says_what_is_not_usual(void **state UNUSED)
{
	struct resource *s = subscription_of(NULL);
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "enabled", "null", "true", false);
	test_change(&d, KIND, "event_categories", "null", "[]", false);
	test_change(&d, KIND, "exists", "false", "true", false);
	test_change(&d, KIND, "sns_topic_arn", "null", "\"" TOPIC "\"", false);
	test_change(&d, KIND, "source_ids", "null", "[\"a\",\"b\"]", false);
	test_change(&d, KIND, "source_type", "null", "\"db-cluster\"", false);
	test_draft(&d, s);
	assert_int_equal(d.calls.len, 1);
	assert_string_equal(d.calls.items[0].call,
			    "rds:CreateEventSubscription");
	test_is_json(d.calls.items[0].parameters,
		     "{\"SnsTopicArn\":\"" TOPIC "\",\"SourceIds.SourceId.1\":"
		     "\"a\",\"SourceIds.SourceId.2\":\"b\",\"SourceType\":"
		     "\"db-cluster\"," NAMED "}");
	test_after(&d, KIND, "enabled", "null", "true");
	test_after(&d, KIND, "event_categories", "null", "[]");
	test_after(&d, KIND, "exists", "false", "true");
	test_after(&d, KIND, "sns_topic_arn", "null", "\"" TOPIC "\"");
	test_after(&d, KIND, "source_ids", "null", "[\"a\",\"b\"]");
	test_after(&d, KIND, "source_type", "null", "\"db-cluster\"");
	test_drafted_release(&d);
	resource_free(s);
}

static void test_calls__nothing_is_created_without_a_topic(void **state UNUSED)
{
	struct resource *s = subscription_of(NULL);
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "enabled", "null", "false", false);
	test_change(&d, KIND, "exists", "false", "true", false);
	test_draft(&d, s);
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, "enabled", "sns_topic_arn");
	test_refused(&d, "exists", "sns_topic_arn");
	test_drafted_release(&d);
	resource_free(s);
}

static void delete_all(struct drafted *d)
{
	test_change(d, KIND, "enabled", "true", "null", false);
	test_change(d, KIND, "event_categories", "[\"a\",\"b\"]", "null",
		    false);
	test_change(d, KIND, "exists", "true", "false", false);
	test_change(d, KIND, "sns_topic_arn", "\"" TOPIC "\"", "null", false);
	test_change(d, KIND, "source_ids", "[\"orders\"]", "null", false);
}

static void test_calls__deleting_takes_all_of_it(void **state UNUSED)
{
	struct resource *s = subscription_of("{" ITEM "}");
	struct drafted d = { .len = 0 };

	delete_all(&d);
	test_change(&d, KIND, "source_type", "\"db-cluster\"", "null", false);
	test_draft(&d, s);
	assert_int_equal(d.calls.len, 1);
	assert_string_equal(d.calls.items[0].call,
			    "rds:DeleteEventSubscription");
	test_is_json(d.calls.items[0].parameters, "{" NAMED "}");
	assert_int_equal(d.calls.items[0].changes_len, 6);
	test_after(&d, KIND, "exists", "true", "false");
	test_after(&d, KIND, "enabled", "true", "null");
	test_drafted_release(&d);
	resource_free(s);
}

static void test_calls__what_is_not_all_ours_stays(void **state UNUSED)
{
	struct resource *s = subscription_of("{" ITEM "}");
	struct drafted d = { .len = 0 };

	delete_all(&d); /* but not its type, which somebody else set */
	test_draft(&d, s);
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, "exists", "'source_type'");
	test_refused(&d, "enabled", "as a whole");
	test_drafted_release(&d);
	resource_free(s);
}

static void test_calls__sources_come_before_others_go(void **state UNUSED)
{
	struct resource *s = subscription_of("{" ITEM "}");
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "enabled", "true", "false", false);
	test_change(&d, KIND, "source_ids", "[\"orders\"]", "[\"a\",\"b\"]",
		    false);
	test_draft(&d, s);
	assert_int_equal(d.calls.len, 4);
	test_is_json(d.calls.items[0].parameters,
		     "{\"Enabled\":\"false\"," NAMED "}");
	assert_string_equal(d.calls.items[1].call,
			    "rds:AddSourceIdentifierToSubscription");
	test_is_json(d.calls.items[2].parameters,
		     "{\"SourceIdentifier\":\"b\"," NAMED "}");
	assert_string_equal(d.calls.items[3].call,
			    "rds:RemoveSourceIdentifierFromSubscription");
	assert_int_equal(d.calls.items[3].needs_len, 3);
	test_after(&d, KIND, "source_ids", "[\"orders\"]", "[\"a\",\"b\"]");
	test_after(&d, KIND, "enabled", "true", "false");
	test_drafted_release(&d);
	resource_free(s);
}

static void test_calls__categories_go_with_their_type(void **state UNUSED)
{
	struct resource *s = subscription_of("{" ITEM "}");
	struct drafted d = { .len = 0 };

	test_change(&d, KIND, "event_categories", "[\"a\",\"b\"]", "[]", false);
	test_draft(&d, s);
	test_is_json(
		d.calls.items[0].parameters,
		"{\"EventCategories\":\"\",\"SourceType\":\"db-cluster\"," NAMED
		"}");
	test_is_json(d.calls.items[0].companions,
		     "{\"source_type\":\"db-cluster\"}");
	test_after(&d, KIND, "event_categories", "[\"a\",\"b\"]", "[]");
	test_after(&d, KIND, "source_type", "\"db-cluster\"", "\"db-cluster\"");
	test_drafted_release(&d);
	resource_free(s);
}

static void test_after_call__nonsense(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "rds:RebootDBInstance", "{" NAMED "}" },
		{ "rds:CreateEventSubscription", "{" NAMED "}" },
		{ "rds:CreateEventSubscription",
		  "{" NAMED ",\"SnsTopicArn\":\"t\",\"x\":\"1\"}" },
		{ "rds:CreateEventSubscription",
		  "{" NAMED
		  ",\"SnsTopicArn\":\"t\",\"EventCategories\":\"\"}" },
		{ "rds:ModifyEventSubscription", "{\"Enabled\":\"true\"}" },
		{ "rds:ModifyEventSubscription",
		  "{" NAMED ",\"SourceIds.SourceId.1\":\"a\"}" },
		{ "rds:ModifyEventSubscription",
		  "{" NAMED ",\"EventCategories\":\"x\"}" },
		{ "rds:ModifyEventSubscription",
		  "{" NAMED ",\"EventCategories.EventCategory.2\":\"x\"}" },
		{ "rds:ModifyEventSubscription", "{" NAMED ",\"Enabled\":1}" },
		{ "rds:AddSourceIdentifierToSubscription", "{" NAMED "}" },
		{ "rds:AddSourceIdentifierToSubscription",
		  "{" NAMED ",\"SourceIdentifier\":\"\"}" },
		{ "rds:DeleteEventSubscription", "{" NAMED ",\"x\":\"1\"}" },
		{ "rds:DeleteEventSubscription", "{}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		json_t *params = test_json(pairs[i][1]);
		json_t *after = kind_ops(KIND)->after_call(
			pairs[i][0], params, row("enabled"), json_true());

		if (after)
			fail_msg("%s %s", pairs[i][0], pairs[i][1]);
		json_decref(params);
	}
}

/* ---- values ---- */

static bool is_valid(const char *setting, const char *json)
{
	json_t *value = test_json(json), *checked = NULL;
	struct error err = ERROR_INIT;
	const int rc = value_check(row(setting), value, &checked, &err);

	json_decref(value);
	json_decref(checked);
	error_release(&err);
	return !rc;
}

static void test_values(void **state UNUSED)
{
	assert_true(is_valid("sns_topic_arn", "\"" TOPIC "\""));
	assert_true(is_valid("sns_topic_arn",
			     "\"arn:aws-cn:sns:cn-north-1:123456789012:x\""));
	assert_false(is_valid("sns_topic_arn", "\"dba\""));
	assert_false(is_valid("sns_topic_arn", "\"" TOPIC ".fifo\""));
	assert_false(is_valid("sns_topic_arn", "null"));
	assert_true(is_valid("source_ids", "[\"orders\",\"rds:x\"]"));
	assert_false(is_valid("source_ids", "[\"Orders\"]"));
	assert_false(is_valid("source_ids", "[\"a b\"]"));
	assert_true(is_valid("source_type", "\"zero-etl\""));
	assert_false(is_valid("source_type", "\"db-dream\""));
	assert_true(is_valid("source_type", "null"));
	assert_true(is_valid("event_categories", "[\"read replica\"]"));
	assert_false(is_valid("exists", "false"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read__a_subscription),
		cmocka_unit_test(test_read__one_that_is_not_there),
		cmocka_unit_test(test_read__one_without_arn),
		cmocka_unit_test(test_condition),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_calls__creating_says_what_is_not_usual),
		cmocka_unit_test(
			test_calls__nothing_is_created_without_a_topic),
		cmocka_unit_test(test_calls__deleting_takes_all_of_it),
		cmocka_unit_test(test_calls__what_is_not_all_ours_stays),
		cmocka_unit_test(test_calls__sources_come_before_others_go),
		cmocka_unit_test(test_calls__categories_go_with_their_type),
		cmocka_unit_test(test_after_call__nonsense),
		cmocka_unit_test(test_values),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
