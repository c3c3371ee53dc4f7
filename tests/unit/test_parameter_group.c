#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#include "core/mem.h"
#include "plans/parameter_group.h"
#include "plans/value.h"

#define KIND KIND_CLUSTER_PARAMETER_GROUP
#define GROUP "\"DBClusterParameterGroupName\":\"orders-pg\""

/* A group that is there, or is not, of which these facts are known. */
static struct resource *group_of(const char *id, bool there, const char *facts)
{
	struct resource *group = resource_new(KIND, &test_place);

	group->id = strdup(id);
	group->address = address_of(KIND, id);
	group->resource_id = strdup("arn");
	group->facts = test_json(facts);
	resource_set_value(group, catalogue_lookup(KIND, "exists"),
			   json_boolean(there));
	return group;
}

static void change(struct drafted *d, const char *name, const char *before,
		   const char *after)
{
	assert_non_null(catalogue_get(KIND, name));
	test_change(d, KIND, name, before, after, false);
}

static const char *text_of(const struct drafted *d, size_t call,
			   const char *key)
{
	return json_text(d->calls.items[call].parameters, key);
}

#define NAME_OF(n) "Parameters.Parameter." #n ".ParameterName"
#define METHOD_OF(n) "Parameters.Parameter." #n ".ApplyMethod"

static void test_calls__a_dynamic_and_a_static_one(void **state UNUSED)
{
	struct drafted d = { .len = 0 };
	struct resource *group =
		group_of("orders-pg", true, "{\"dynamic:wait_timeout\":true}");

	change(&d, "ft_min_word_len", "null", "\"3\"");
	change(&d, "wait_timeout", "null", "\"600\"");
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 1);
	assert_string_equal(d.calls.items[0].call,
			    "rds:ModifyDBClusterParameterGroup");
	test_is_json(
		d.calls.items[0].parameters,
		"{" GROUP ",\"" METHOD_OF(1) "\":\"pending-reboot\",\"" NAME_OF(
			1) "\":\"ft_min_word_len\","
			   "\"Parameters.Parameter.1.ParameterValue\":\"3\","
			   "\"" METHOD_OF(2) "\":\"immediate\",\"" NAME_OF(
				   2) "\":\"wait_timeout\","
				      "\"Parameters.Parameter.2."
				      "ParameterValue\":\"600\"}");
	test_is_json(d.calls.items[0].companions, "{\"exists\":true}");
	test_after(&d, KIND, "wait_timeout", "null", "\"600\"");
	test_after(&d, KIND, "exists", "true", "true");
	assert_non_null(catalogue_get(KIND, "time_zone"));
	test_after(&d, KIND, "time_zone", "\"UTC\"", "\"UTC\"");
	assert_true(parameter_group_at_once(
		"", d.calls.items[0].parameters,
		catalogue_lookup(KIND, "wait_timeout")));
	assert_false(parameter_group_at_once(
		"", d.calls.items[0].parameters,
		catalogue_lookup(KIND, "ft_min_word_len")));
	test_drafted_release(&d);
	resource_free(group);
}

static void test_calls__a_reset_names_what_it_resets(void **state UNUSED)
{
	struct drafted d = { .len = 0 };
	struct resource *group =
		group_of("orders-pg", true, "{\"dynamic:wait_timeout\":true}");

	change(&d, "wait_timeout", "\"600\"", "null");
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 1);
	test_is_json(d.calls.items[0].parameters,
		     "{" GROUP ",\"" METHOD_OF(1) "\":\"immediate\",\"" NAME_OF(
			     1) "\":\"wait_timeout\","
				"\"ResetAllParameters\":\"false\"}");
	test_after(&d, KIND, "wait_timeout", "\"600\"", "null");
	test_drafted_release(&d);
	resource_free(group);
}

/* Each call is taken back by one. */
static void test_calls__new_and_other_values_go_apart(void **state UNUSED)
{
	struct drafted d = { .len = 0 };
	struct resource *group = group_of("orders-pg", true, "{}");

	change(&d, "connect_timeout", "null", "\"5\"");
	change(&d, "long_query_time", "\"1\"", "\"2\"");
	change(&d, "net_read_timeout", "\"9\"", "null");
	change(&d, "require_secure_transport", "null", "\"ON\"");
	change(&d, "wait_timeout", "null", "\"600\"");
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 4);
	assert_string_equal(text_of(&d, 0, NAME_OF(1)), "connect_timeout");
	assert_string_equal(text_of(&d, 0, NAME_OF(2)), "wait_timeout");
	assert_string_equal(text_of(&d, 1, NAME_OF(1)), "long_query_time");
	assert_string_equal(text_of(&d, 2, NAME_OF(1)), "net_read_timeout");
	assert_string_equal(d.calls.items[2].call,
			    "rds:ResetDBClusterParameterGroup");
	/* what may cut clients off comes last */
	assert_string_equal(text_of(&d, 3, NAME_OF(1)),
			    "require_secure_transport");
	test_drafted_release(&d);
	resource_free(group);
}

static void test_calls__creation_comes_first(void **state UNUSED)
{
	struct drafted d = { .len = 0 };
	struct resource *group = group_of("orders-pg", false, "{}");

	change(&d, "description", "null", "\"ours\"");
	change(&d, "exists", "false", "true");
	change(&d, "family", "null", "\"aurora-mysql8.0\"");
	change(&d, "wait_timeout", "null", "\"600\"");
	test_draft(&d, group);
	assert_int_equal(json_object_size(d.refused), 0);
	assert_int_equal(d.calls.len, 2);
	test_is_json(d.calls.items[0].parameters,
		     "{" GROUP ",\"DBParameterGroupFamily\":"
		     "\"aurora-mysql8.0\",\"Description\":\"ours\"}");
	assert_int_equal(d.calls.items[1].needs_len, 1);
	assert_int_equal(d.calls.items[1].needs[0], 0);
	test_is_json(d.calls.items[1].companions, "{}");
	test_after(&d, KIND, "exists", "false", "true");
	test_after(&d, KIND, "family", "null", "\"aurora-mysql8.0\"");
	test_after(&d, KIND, "wait_timeout", "null", "\"600\"");
	test_drafted_release(&d);
	resource_free(group);
}

static void test_calls__deletion_takes_all_with_it(void **state UNUSED)
{
	struct drafted d = { .len = 0 };
	struct resource *group =
		group_of("orders-pg", true,
			 "{\"parameters\":{\"wait_timeout\":{\"user\":true},"
			 "\"time_zone\":{\"user\":false}}}");

	change(&d, "exists", "true", "false");
	change(&d, "family", "\"aurora-mysql8.0\"", "null");
	change(&d, "wait_timeout", "\"600\"", "null");
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 1);
	test_is_json(d.calls.items[0].parameters, "{" GROUP "}");
	assert_int_equal(d.calls.items[0].changes_len, 3);
	test_after(&d, KIND, "exists", "true", "false");
	test_after(&d, KIND, "wait_timeout", "\"600\"", "null");
	test_drafted_release(&d);
	/* what is not ours keeps it */
	d = (struct drafted){ .len = 0 };
	change(&d, "exists", "true", "false");
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, "exists", "somebody else has set 'wait_timeout'");
	test_drafted_release(&d);
	resource_free(group);
}

static void test_calls__refused(void **state UNUSED)
{
	struct drafted d = { .len = 0 };
	struct resource *group = group_of(
		"orders-pg", true,
		"{\"parameters\":{\"nothing\":null,"
		"\"port\":{\"modifiable\":false},"
		"\"wait_timeout\":{\"type\":\"integer\",\"allowed\":\"1-9\","
		"\"modifiable\":true}},\"nearest\":{\"nothing\":\"noting\"}}");

	change(&d, "family", "\"aurora-mysql8.0\"", "\"aurora-mysql8.4\"");
	change(&d, "nothing", "null", "\"1\"");
	change(&d, "port", "null", "\"1\"");
	change(&d, "time_zone", "null", "\"\"");
	change(&d, "wait_timeout", "null", "\"10\"");
	test_draft(&d, group);
	test_refused(&d, "family", "fixed when the group is created");
	test_refused(&d, "nothing", "has no such parameter");
	assert_non_null(strstr(
		json_text(json_object_get(d.refused, "nothing"), "remedy"),
		"'noting'"));
	test_refused(&d, "port", "does not let it be changed");
	test_refused(&d, "time_zone", "an empty value");
	test_refused(&d, "wait_timeout", "none of its values, which are 1-9");
	test_drafted_release(&d);
	resource_free(group);
}

static void refuses_all(const char *id, bool there, const char *family,
			const char *facts, const char *says)
{
	struct drafted d = { .len = 0 };
	struct resource *group = group_of(id, there, facts);

	if (!there)
		change(&d, "exists", "false", "true");
	if (family)
		change(&d, "family", "null", family);
	change(&d, "wait_timeout", "null", "\"1\"");
	test_draft(&d, group);
	assert_int_equal(d.calls.len, 0);
	assert_int_equal(json_object_size(d.refused), d.len);
	test_refused(&d, "wait_timeout", says);
	test_drafted_release(&d);
	resource_free(group);
}

static void test_calls__groups_that_cannot_be(void **state UNUSED)
{
	refuses_all("default.aurora-mysql8.0", true, NULL, "{}",
		    "a default group");
	refuses_all("orders-pg", false, NULL, "{}", "no such parameter group");
	refuses_all("a.b", false, "\"aurora-mysql8.0\"", "{}", "no such name");
	refuses_all("1a", false, "\"aurora-mysql8.0\"", "{}", "no such name");
	refuses_all("a-", false, "\"aurora-mysql8.0\"", "{}", "no such name");
	refuses_all("a--b", false, "\"aurora-mysql8.0\"", "{}", "no such name");
	refuses_all("a", false, "\"mysql99\"", "{\"bad_family\":true}",
		    "no such family");
}

static void makes_nothing(const char *call, const char *parameters)
{
	json_t *value = test_json(parameters);
	json_t *null = json_null();

	if (kind_ops(KIND)->after_call(
		    call, value, catalogue_get(KIND, "wait_timeout"), null))
		fail_msg("%s %s", call, parameters);
	json_decref(value);
}

/* An edited plan cannot hide anything in a call. */
static void test_after_call__what_makes_no_sense(void **state UNUSED)
{
	static const char modify[] = "rds:ModifyDBClusterParameterGroup";
	static const char reset[] = "rds:ResetDBClusterParameterGroup";

	makes_nothing(modify, "{}");
	makes_nothing(modify, "{" GROUP "}");
	makes_nothing(modify, "{" GROUP ",\"" NAME_OF(1) "\":\"a\"}");
	makes_nothing(
		modify,
		"{" GROUP ",\"" NAME_OF(1) "\":\"a\",\"" METHOD_OF(
			1) "\":\"soon\","
			   "\"Parameters.Parameter.1.ParameterValue\":\"1\"}");
	makes_nothing(
		modify,
		"{" GROUP ",\"" NAME_OF(1) "\":\"a\",\"" METHOD_OF(
			1) "\":\"immediate\",\"Other\":\"1\","
			   "\"Parameters.Parameter.1.ParameterValue\":\"1\"}");
	makes_nothing(reset, "{" GROUP ",\"" NAME_OF(1) "\":\"a\",\"" METHOD_OF(
				     1) "\":\"immediate\"}");
	makes_nothing(reset, "{" GROUP ",\"" NAME_OF(1) "\":\"a\",\"" METHOD_OF(
				     1) "\":\"immediate\","
					"\"ResetAllParameters\":\"true\"}");
	makes_nothing("rds:CreateDBClusterParameterGroup", "{" GROUP "}");
	makes_nothing("rds:DeleteDBClusterParameterGroup",
		      "{" GROUP ",\"Force\":\"1\"}");
	makes_nothing("rds:DeleteDBParameterGroup", "{" GROUP "}");
	makes_nothing("rds:DeleteDBCluster", "{" GROUP "}");
}

static void exposes(const char *name, const char *before, const char *after,
		    bool expected)
{
	const struct setting *row = catalogue_get(KIND, name);
	json_t *from = test_json(before), *to = test_json(after);

	if (value_exposes(row, from, to) != expected)
		fail_msg("%s from %s to %s", name, before, after);
	json_decref(from);
	json_decref(to);
}

static void test_value_exposes__what_is_weaker(void **state UNUSED)
{
	static const char tls[] = "require_secure_transport";

	exposes(tls, "\"ON\"", "\"OFF\"", true);
	exposes(tls, "\"1\"", "\"0\"", true);
	exposes(tls, "\"OFF\"", "\"ON\"", false);
	exposes(tls, "null", "\"ON\"", false);
	/* the default may be anything */
	exposes(tls, "null", "\"OFF\"", true);
	exposes(tls, "\"ON\"", "null", true);
	exposes("tls_version", "\"TLSv1.2,TLSv1.3\"", "\"TLSv1.3\"", false);
	exposes("tls_version", "\"TLSv1.2\"", "\"TLSv1.1,TLSv1.2\"", true);
	exposes("tls_version", "\"TLSv1.2\"", "\"TLSv1.2,TLSv1.3\"", false);
	exposes("rds.accepted_password_auth_method", "\"scram\"",
		"\"md5+scram\"", true);
	exposes("rds.allowed_extensions", "\"pgaudit\"", "\"*\"", true);
	exposes("wait_timeout", "\"1\"", "\"0\"", false);
}

static void test_value_loses__a_shorter_log(void **state UNUSED)
{
	const struct setting *row =
		catalogue_get(KIND, "rds.log_retention_period");
	json_t *less = json_string("1440"), *more = json_string("10080");

	assert_true(value_loses(row, more, less));
	assert_false(value_loses(row, less, more));
	assert_true(value_loses(row, more, json_null()));
	json_decref(less);
	json_decref(more);
}

/* Any name has a row of its own, for as long as the program runs. */
static void test_catalogue_get__makes_rows(void **state UNUSED)
{
	size_t before, after;
	const struct setting *rows = catalogue_rows(KIND, &before);
	const struct setting *known = catalogue_get(KIND, "tls_version");
	const struct setting *made = catalogue_get(KIND, "some.new-one_2");
	const struct setting *found = NULL;
	struct error err = ERROR_INIT;

	assert_ptr_equal(catalogue_lookup(KIND, "some.new-one_2"), made);
	assert_ptr_equal(catalogue_get(KIND, "some.new-one_2"), made);
	assert_ptr_equal(catalogue_rows(KIND, &after), rows);
	assert_int_equal(after, before + 1);
	assert_ptr_equal(&rows[catalogue_index(made)], made);
	assert_ptr_equal(&rows[catalogue_index(known)], known);
	assert_string_equal(made->spared_by, "dynamic:some.new-one_2");
	assert_string_equal(made->call, "rds:ModifyDBClusterParameterGroup");
	/* of the other kind it is another one, and of most kinds none */
	assert_null(catalogue_lookup(KIND_INSTANCE_PARAMETER_GROUP,
				     "some.new-one_2"));
	assert_null(catalogue_get(KIND_CLUSTER, "some.new-one_2"));
	assert_null(catalogue_get(KIND, ""));
	assert_null(catalogue_get(KIND, "Upper"));
	assert_null(catalogue_get(KIND, "a b"));
	assert_null(catalogue_get(KIND, "_a"));
	assert_null(catalogue_get(KIND, "a\xc3\xa9"));
	assert_int_equal(catalogue_find(KIND, "tls_Version", &found, &err), -1);
	assert_non_null(strstr(err.hint, "'tls_version'"));
	error_release(&err);
}

static void test_resource_value__of_a_younger_row(void **state UNUSED)
{
	struct resource *group = group_of("orders-pg", true, "{}");
	const struct setting *young = catalogue_get(KIND, "younger");

	assert_null(resource_value(group, young));
	assert_null(resource_pending(group, young));
	resource_set_pending(group, young, json_string("x"));
	resource_set_value(group, young, json_string("y"));
	resource_set_value(group, young, json_string("z"));
	test_is_json(resource_value(group, young), "\"z\"");
	test_is_json(resource_pending(group, young), "\"x\"");
	resource_free(group);
}

static void test_catalogue_get__ends_somewhere(void **state UNUSED)
{
	size_t len;

	for (size_t i = 0; i < 2 * LIMIT_OPEN_ROWS; i++) {
		CLEANUP(free_ptr) char *name = xasprintf("row%zu", i);

		(void)catalogue_get(KIND_INSTANCE_PARAMETER_GROUP, name);
	}
	(void)catalogue_rows(KIND_INSTANCE_PARAMETER_GROUP, &len);
	assert_int_equal(len, LIMIT_OPEN_ROWS);
	assert_null(catalogue_get(KIND_INSTANCE_PARAMETER_GROUP, "one_more"));
	assert_non_null(catalogue_get(KIND_INSTANCE_PARAMETER_GROUP, "row0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls__a_dynamic_and_a_static_one),
		cmocka_unit_test(test_calls__a_reset_names_what_it_resets),
		cmocka_unit_test(test_calls__new_and_other_values_go_apart),
		cmocka_unit_test(test_calls__creation_comes_first),
		cmocka_unit_test(test_calls__deletion_takes_all_with_it),
		cmocka_unit_test(test_calls__refused),
		cmocka_unit_test(test_calls__groups_that_cannot_be),
		cmocka_unit_test(test_after_call__what_makes_no_sense),
		cmocka_unit_test(test_value_exposes__what_is_weaker),
		cmocka_unit_test(test_value_loses__a_shorter_log),
		cmocka_unit_test(test_catalogue_get__makes_rows),
		cmocka_unit_test(test_resource_value__of_a_younger_row),
		cmocka_unit_test(test_catalogue_get__ends_somewhere),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
