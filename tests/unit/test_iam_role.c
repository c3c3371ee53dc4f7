#include "tests/unit/call_fixture.h"
#include "tests/unit/rds_fixture.h"

#include "plans/iam_role_answer.h"

#define A "\"arn:aws:iam::aws:policy/A\""
#define B "\"arn:aws:iam::aws:policy/B\""
#define C "\"arn:aws:iam::aws:policy/C\""
#define SETTING "managed_policy_arns"

static struct place global = { .name = (char *)"123456789012/global",
			       .global = true };

static const char inline_names[] =
	"<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames>"
	"<member>p+q</member></PolicyNames><IsTruncated>false</IsTruncated>"
	"</ListRolePoliciesResult></ListRolePoliciesResponse>";
static const char inline_policy[] =
	"<GetRolePolicyResponse><GetRolePolicyResult>"
	"<PolicyDocument>%7B%22Statement%22%3A%22x+y%22%7D</PolicyDocument>"
	"<PolicyName>p+q</PolicyName></GetRolePolicyResult>"
	"</GetRolePolicyResponse>";

static void is_read(const struct resource *role, const char *name,
		    const char *json)
{
	test_is_json(
		resource_value(role, catalogue_lookup(KIND_IAM_ROLE, name)),
		json);
}

static struct resource *read_role(void)
{
	struct iam_role_answer *answer =
		iam_role_answer_new("rds-monitoring-role");
	struct resource *role;

	assert_int_equal(test_feed_file(iam_role_paths(), &iam_role_handler,
					answer, "tests/data/answers/role.xml",
					64),
			 0);
	/* the attempt before broke off half-way */
	assert_int_equal(test_feed_file(iam_policies_paths(), &iam_role_handler,
					answer,
					"tests/data/answers/policies.xml", 64),
			 0);
	iam_role_answer_begin_page(answer);
	assert_int_equal(test_feed_file(iam_policies_paths(), &iam_role_handler,
					answer,
					"tests/data/answers/policies.xml", 64),
			 0);
	iam_role_answer_page(answer);
	assert_int_equal(test_feed(iam_inline_paths(), &iam_role_handler,
				   answer, inline_names, strlen(inline_names),
				   7),
			 0);
	iam_role_answer_names(answer);
	/* one attempt that told nothing, and one that told the document */
	assert_false(iam_role_answer_document(answer, "p+q"));
	assert_int_equal(test_feed(iam_inline_paths(), &iam_role_handler,
				   answer, inline_policy, strlen(inline_policy),
				   7),
			 0);
	assert_true(iam_role_answer_document(answer, "p+q"));
	iam_role_answer_begin_document(answer);
	assert_false(iam_role_answer_document(answer, "other"));
	role = iam_role_answer_resource(answer, &global, NULL, NULL);
	iam_role_answer_free(answer);
	return role;
}

static void test_read__a_role(void **state UNUSED)
{
	struct resource *role = read_role();

	assert_non_null(role);
	assert_string_equal(role->address, "iam_role/rds-monitoring-role");
	assert_string_equal(role->resource_id, "AROAEXAMPLE0123456789");
	assert_null(role->status);
	assert_null(role->pending_elements);
	test_is_json(
		resource_value(role, catalogue_lookup(KIND_IAM_ROLE, SETTING)),
		"[\"arn:aws:iam::aws:policy/AdministratorAccess\","
		"\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]");
	is_read(role, "assume_role_policy",
		"{\"Id\":\"a+b%\",\"Version\":\"2012-10-17\"}");
	is_read(role, "inline_policies", "{\"p+q\":{\"Statement\":\"x+y\"}}");
	is_read(role, "max_session_duration", "3600");
	is_read(role, "description", "null");
	is_read(role, "permissions_boundary", "null");
	resource_free(role);
}

static void test_calls__update_role_has_both_settings(void **state UNUSED)
{
	struct resource *role = read_role();
	struct drafted one = { .len = 0 }, two = { .len = 0 };

	test_change(&one, KIND_IAM_ROLE, "max_session_duration", "3600", "7200",
		    false);
	test_draft(&one, role);
	assert_int_equal(one.calls.len, 1);
	test_is_json(one.calls.items[0].parameters,
		     "{\"Description\":\"\",\"MaxSessionDuration\":\"7200\","
		     "\"RoleName\":\"rds-monitoring-role\"}");
	test_is_json(one.calls.items[0].companions, "{\"description\":null}");
	test_after(&one, KIND_IAM_ROLE, "description", "\"x\"", "null");
	test_change(&two, KIND_IAM_ROLE, "description", "null", "\" a \"",
		    false);
	test_change(&two, KIND_IAM_ROLE, "max_session_duration", "3600", "7200",
		    false);
	test_draft(&two, role);
	assert_int_equal(two.calls.len, 1);
	assert_int_equal(two.calls.items[0].changes_len, 2);
	test_is_json(two.calls.items[0].companions, "{}");
	test_after(&two, KIND_IAM_ROLE, "description", "null", "\" a \"");
	test_drafted_release(&one);
	test_drafted_release(&two);
	resource_free(role);
}

static void test_calls__boundary(void **state UNUSED)
{
	struct resource *role = read_role();
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_IAM_ROLE, "permissions_boundary", A, "null",
		    false);
	test_draft(&d, role);
	assert_string_equal(d.calls.items[0].call,
			    "iam:DeleteRolePermissionsBoundary");
	test_is_json(d.calls.items[0].parameters,
		     "{\"RoleName\":\"rds-monitoring-role\"}");
	test_after(&d, KIND_IAM_ROLE, "permissions_boundary", A, "null");
	test_after(&d, KIND_IAM_ROLE, "max_session_duration", "3600", "3600");
	test_drafted_release(&d);
	resource_free(role);
}

static void test_calls__inline_policies(void **state UNUSED)
{
	struct resource *role = read_role();
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_IAM_ROLE, "inline_policies",
		    "{\"a\":{\"Statement\":{\"Action\":\"x\"}},\"b\":{},"
		    "\"c\":\"unreadable\"}",
		    "{\"a\":{\"Statement\":[{\"Action\":[\"x\"]}]},\"d\":"
		    "{\"Statement\":[\"%41+\"]},\"c\":\"unreadable\"}",
		    false);
	test_draft(&d, role);
	assert_int_equal(d.calls.len, 2);
	test_is_json(d.calls.items[0].parameters,
		     "{\"PolicyDocument\":\"{\\\"Statement\\\":[\\\"%41+"
		     "\\\"]}\",\"PolicyName\":\"d\",\"RoleName\":"
		     "\"rds-monitoring-role\"}");
	assert_string_equal(d.calls.items[1].call, "iam:DeleteRolePolicy");
	assert_int_equal(d.calls.items[1].needs_len, 1);
	/* what somebody else put meanwhile stays */
	test_after(&d, KIND_IAM_ROLE, "inline_policies", "{\"b\":{},\"z\":{}}",
		   "{\"d\":{\"Statement\":[\"%41+\"]},\"z\":{}}");
	test_drafted_release(&d);
	resource_free(role);
}

static void test_read__an_answer_about_nobody(void **state UNUSED)
{
	struct iam_role_answer *answer = iam_role_answer_new("x");

	assert_null(iam_role_answer_resource(answer, &global, NULL, NULL));
	iam_role_answer_free(answer);
}

static void test_calls__attach_before_detach(void **state UNUSED)
{
	struct resource *role = read_role();
	struct drafted d = { .len = 0 };

	test_change(&d, KIND_IAM_ROLE, SETTING, "[" A "]", "[" B "," C "]",
		    false);
	test_draft(&d, role);
	assert_int_equal(d.calls.len, 3);
	assert_string_equal(d.calls.items[0].call, "iam:AttachRolePolicy");
	test_is_json(d.calls.items[0].parameters,
		     "{\"PolicyArn\":" B
		     ",\"RoleName\":\"rds-monitoring-role\"}");
	assert_int_equal(d.calls.items[1].needs_len, 0);
	assert_string_equal(d.calls.items[2].call, "iam:DetachRolePolicy");
	assert_int_equal(d.calls.items[2].needs_len, 2);
	assert_int_equal(d.calls.items[2].needs[1], 1);
	test_after(&d, KIND_IAM_ROLE, SETTING, "[" A "]", "[" B "," C "]");
	/* what somebody else attached meanwhile stays */
	test_after(&d, KIND_IAM_ROLE, SETTING, "[" A ",\"x\"]",
		   "[" B "," C ",\"x\"]");
	test_drafted_release(&d);
	resource_free(role);
}

static void test_calls__a_services_own_role_is_refused(void **state UNUSED)
{
	struct resource *role = read_role();
	struct drafted d = { .len = 0 };

	json_object_set_new(
		role->facts, IAM_ROLE_PATH,
		json_string("/aws-service-role/rds.amazonaws.com/"));
	test_change(&d, KIND_IAM_ROLE, SETTING, "[]", "[" A "]", false);
	test_draft(&d, role);
	assert_int_equal(d.calls.len, 0);
	test_refused(&d, SETTING, "AWS service");
	test_drafted_release(&d);
	resource_free(role);
}

static void test_after_call__nonsense(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "iam:DeleteRole",
		  "{\"RoleName\":\"r\",\"PolicyArn\":" A "}" },
		{ "iam:UpdateRole", "{\"RoleName\":\"r\"}" },
		{ "iam:UpdateRole",
		  "{\"RoleName\":\"r\",\"MaxSessionDuration\":\"3600\"}" },
		{ "iam:PutRolePolicy",
		  "{\"RoleName\":\"r\",\"PolicyName\":\"p\"}" },
		{ "iam:DeleteRolePolicy",
		  "{\"RoleName\":\"r\",\"PolicyName\":\"\"}" },
		{ "iam:DeleteRolePermissionsBoundary",
		  "{\"RoleName\":\"r\",\"PermissionsBoundary\":" A "}" },
		{ "iam:AttachRolePolicy", "{\"PolicyArn\":" A "}" },
		{ "iam:AttachRolePolicy", "{\"RoleName\":\"r\"}" },
		{ "iam:AttachRolePolicy",
		  "{\"RoleName\":\"\",\"PolicyArn\":" A "}" },
		{ "iam:AttachRolePolicy",
		  "{\"RoleName\":\"r\",\"PolicyArn\":" A ",\"x\":\"y\"}" },
		{ "iam:AttachRolePolicy",
		  "{\"RoleName\":\"r\",\"PolicyArn\":1}" },
	};
	json_t *none = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		json_t *params = test_json(pairs[i][1]);

		assert_null(kind_ops(KIND_IAM_ROLE)
				    ->after_call(pairs[i][0], params,
						 catalogue_lookup(KIND_IAM_ROLE,
								  SETTING),
						 none));
		json_decref(params);
	}
	json_decref(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read__a_role),
		cmocka_unit_test(test_read__an_answer_about_nobody),
		cmocka_unit_test(test_calls__attach_before_detach),
		cmocka_unit_test(test_calls__update_role_has_both_settings),
		cmocka_unit_test(test_calls__boundary),
		cmocka_unit_test(test_calls__inline_policies),
		cmocka_unit_test(test_calls__a_services_own_role_is_refused),
		cmocka_unit_test(test_after_call__nonsense),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
