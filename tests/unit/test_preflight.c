/* What the preflight makes of names and of what AWS's simulation says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "plans/preflight.h"

#define ORDERS "arn:aws:rds:eu-west-1:123456789012:cluster:orders"
#define USERS "arn:aws:rds:eu-west-1:123456789012:cluster:users"

/* ---- who ---------------------------------------------------------------- */

static void assert_principal(const char *caller, const char *arn,
			     const char *role)
{
	char *found_role = NULL;
	char *found = principal_arn(caller, &found_role);

	if (arn)
		assert_string_equal(found, arn);
	else
		assert_null(found);
	if (role)
		assert_string_equal(found_role, role);
	else
		assert_null(found_role);
	free(found);
	free(found_role);
}

static void test_principal_arn__user_and_role_as_they_are(void **state)
{
	(void)state;
	assert_principal("arn:aws:iam::123456789012:user/team/dba",
			 "arn:aws:iam::123456789012:user/team/dba", NULL);
	assert_principal("arn:aws-cn:iam::123456789012:role/x/aback",
			 "arn:aws-cn:iam::123456789012:role/x/aback", NULL);
}

static void test_principal_arn__session_is_of_its_role(void **state)
{
	(void)state;
	assert_principal("arn:aws:sts::123456789012:assumed-role/aback/me@x",
			 "arn:aws:iam::123456789012:role/aback", "aback");
	assert_principal("arn:aws-us-gov:sts::123456789012:assumed-role/"
			 "AWSReservedSSO_Dba_0123456789abcdef/dba",
			 "arn:aws-us-gov:iam::123456789012:role/"
			 "AWSReservedSSO_Dba_0123456789abcdef",
			 "AWSReservedSSO_Dba_0123456789abcdef");
}

static void test_principal_arn__nobody_that_policies_hang_on(void **state)
{
	static const char *const callers[] = {
		"arn:aws:iam::123456789012:root",
		"arn:aws:sts::123456789012:federated-user/bob",
		"arn:aws:iam::123456789012:group/dba",
		"arn:aws:rds:eu-west-1:123456789012:user/x",
		"arn:aws:iam",
		"the caller",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(callers); i++)
		assert_principal(callers[i], NULL, NULL);
}

/* ---- answers ------------------------------------------------------------- */

/* One page with these results. Owned. */
static struct simulated *read_page(const char *results)
{
	struct simulated *simulated = simulated_new("rds:ModifyDBCluster");
	struct error err = ERROR_INIT;
	struct xml_parser *parser = xml_parser_new(
		simulated_paths(), &simulated_handler, simulated);
	char *text = xasprintf("<SimulatePrincipalPolicyResponse>"
			       "<SimulatePrincipalPolicyResult>"
			       "<EvaluationResults>%s</EvaluationResults>"
			       "</SimulatePrincipalPolicyResult>"
			       "</SimulatePrincipalPolicyResponse>",
			       results);

	simulated_begin(simulated);
	assert_int_equal(xml_parse(parser, text, strlen(text), true, &err), 0);
	simulated_page(simulated);
	xml_parser_free(parser);
	free(text);
	return simulated;
}

/* why: a part of what is said; NULL: nothing is. */
static void assert_may(const struct simulated *simulated, const char *resource,
		       size_t asked, enum may may, const char *why)
{
	char *said = NULL;

	assert_int_equal(simulated_may(simulated_entry(simulated->answer,
						       resource, asked),
				       &said),
			 may);
	if (!why)
		assert_null(said);
	else if (!said || !strstr(said, why))
		fail_msg("'%s' is not in '%s'", why, said ? said : "");
	free(said);
}

#define RESULT(action, decision, more)                        \
	"<member><EvalActionName>" action "</EvalActionName>" \
	"<EvalDecision>" decision "</EvalDecision>" more "</member>"
#define ONE(name, decision, more)                                        \
	"<member><EvalResourceName>" name "</EvalResourceName>"          \
	"<EvalResourceDecision>" decision "</EvalResourceDecision>" more \
	"</member>"
#define MISSING(key)                                       \
	"<MissingContextValues><member>" key "</member></" \
	"MissingContextValues>"

static void test_simulated__resources_decide_for_themselves(void **state)
{
	struct simulated *simulated = read_page(RESULT(
		"RDS:modifydbcluster", "explicitDeny",
		"<EvalResourceName>arn:aws:rds:${Region}</EvalResourceName>"
		"<ResourceSpecificResults>" ONE(ORDERS, "allowed", "")
			ONE(USERS, "explicitDeny",
			    "") "</ResourceSpecificResults>"));

	(void)state;
	assert_may(simulated, ORDERS, 2, MAY_DO, NULL);
	assert_may(simulated, USERS, 2, MAY_NOT, "denied explicitly");
	simulated_free(simulated);
}

/* Which of them is denied is not said: it has to be asked again. */
static void test_simulated__denial_of_several_is_of_none(void **state)
{
	struct simulated *simulated = read_page(
		RESULT("rds:ModifyDBCluster", "implicitDeny",
		       "<EvalResourceName>" ORDERS "</EvalResourceName>")
			RESULT("rds:ModifyDBCluster", "implicitDeny",
			       "<EvalResourceName>" USERS
			       "</EvalResourceName>"));

	(void)state;
	assert_null(simulated_entry(simulated->answer, ORDERS, 2));
	assert_may(simulated, ORDERS, 1, MAY_NOT, "not allowed by any policy");
	simulated_free(simulated);
	simulated = read_page(RESULT("rds:ModifyDBCluster", "allowed", ""));
	assert_may(simulated, USERS, 2, MAY_DO, NULL);
	simulated_free(simulated);
}

static void test_simulated__missing_keys_make_no_denial(void **state)
{
	struct simulated *simulated = read_page(
		RESULT("rds:ModifyDBCluster", "explicitDeny",
		       MISSING("aws:SourceVpc") "<ResourceSpecificResults>" ONE(
			       ORDERS, "implicitDeny", MISSING("aws:SourceIp"))
			       ONE(USERS, "allowed",
				   MISSING("aws:SourceIp")) "</"
							    "ResourceSpecificRe"
							    "sults>"));

	(void)state;
	assert_may(simulated, ORDERS, 2, MAY_UNKNOWN, "aws:SourceIp");
	assert_may(simulated, USERS, 2, MAY_DO, NULL);
	assert_may(simulated, "*", 1, MAY_UNKNOWN, "aws:SourceVpc");
	simulated_free(simulated);
}

static void test_simulated__who_else_denies_it(void **state)
{
	struct simulated *simulated = read_page(RESULT(
		"rds:ModifyDBCluster", "implicitDeny",
		"<ResourceSpecificResults>" ONE(ORDERS, "implicitDeny", "")
			ONE(USERS, "implicitDeny",
			    "<PermissionsBoundaryDecisionDetai"
			    "l>"
			    "<AllowedByPermissionsBoundary>"
			    "false"
			    "</AllowedByPermissionsBoundary>"
			    "</"
			    "PermissionsBoundaryDecisionDetail"
			    ">") "</ResourceSpecificResults>"
				 "<OrganizationsDecisionDetail"
				 "><AllowedByOrganizations>"
				 "false</"
				 "AllowedByOrganizations>"
				 "</"
				 "OrganizationsDecisionDetail"
				 ">"));

	(void)state;
	assert_may(simulated, ORDERS, 2, MAY_NOT, "organisation's");
	assert_may(simulated, USERS, 2, MAY_NOT, "boundary");
	simulated_free(simulated);
}

static void test_simulated__what_does_not_answer_the_question(void **state)
{
	static const char *const pages[] = {
		"",
		"<member/>",
		RESULT("rds:ModifyDBInstance", "explicitDeny", ""),
		RESULT("", "allowed", ""),
		"<member><EvalDecision>allowed</EvalDecision></member>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		struct simulated *simulated = read_page(pages[i]);

		assert_may(simulated, ORDERS, 1, MAY_UNKNOWN, "does not say");
		simulated_free(simulated);
	}
	struct simulated *odd =
		read_page(RESULT("rds:ModifyDBCluster", "perhaps", ""));

	assert_may(odd, ORDERS, 1, MAY_UNKNOWN, "does not say");
	simulated_free(odd);
}

/* A page that was cut off and comes again counts once, and others stay. */
static void test_simulated__pages(void **state)
{
	struct simulated *simulated = read_page(RESULT(
		"rds:ModifyDBCluster", "allowed",
		"<ResourceSpecificResults>" ONE(
			ORDERS, "allowed", "") "</ResourceSpecificResults>"));

	(void)state;
	json_object_set_new(simulated->page, ORDERS,
			    json_pack("{s:s}", "decision", "explicitDeny"));
	simulated_begin(simulated);
	json_object_set_new(simulated->page, USERS,
			    json_pack("{s:s}", "decision", "explicitDeny"));
	simulated_page(simulated);
	assert_may(simulated, ORDERS, 2, MAY_DO, NULL);
	assert_may(simulated, USERS, 2, MAY_NOT, "denied explicitly");
	simulated_free(simulated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_principal_arn__user_and_role_as_they_are),
		cmocka_unit_test(test_principal_arn__session_is_of_its_role),
		cmocka_unit_test(
			test_principal_arn__nobody_that_policies_hang_on),
		cmocka_unit_test(
			test_simulated__resources_decide_for_themselves),
		cmocka_unit_test(test_simulated__denial_of_several_is_of_none),
		cmocka_unit_test(test_simulated__missing_keys_make_no_denial),
		cmocka_unit_test(test_simulated__who_else_denies_it),
		cmocka_unit_test(
			test_simulated__what_does_not_answer_the_question),
		cmocka_unit_test(test_simulated__pages),
	};

	mem_init();
	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
