/* What AWS answers to a call, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/execute_fixture.h"

static void test_execute__state_conflict_passes(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_REFUSE, AWS_CLASS_STATE, "InvalidDBClusterStateFault");
	script(1, WORLD_THROTTLE, AWS_CLASS_THROTTLING, "Throttling");
	assert_executes("done");
	assert_int_equal(count_said("intent 0"), 3);
}

static void test_execute__denied(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	plan_retention("cluster/a", "a");
	script(0, WORLD_REFUSE, AWS_CLASS_AUTHORISATION, "AccessDenied");
	assert_executes("failed");
	assert_step(0, "failed", "AccessDenied: because");
	assert_step(1, "skipped", "step 0");
	assert_int_equal(count_said("call"), 1);
	assert_true(unlocked());
}

static void test_execute__need_not_done(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	script(0, WORLD_REFUSE, AWS_CLASS_VALIDATION, "InvalidInput");
	assert_executes("failed");
	assert_step(1, "skipped", NULL);
	assert_int_equal(count_said("DetachRolePolicy"), 0);
}

static void attach_b(size_t call)
{
	if (call == 0)
		json_object_set_new(world.resources[0].values,
				    "managed_policy_arns",
				    json_pack("[ss]", "a", "b"));
}

static void test_execute__already_there(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	world.before_call = attach_b;
	script(0, WORLD_REFUSE, AWS_CLASS_EXISTS, "EntityAlreadyExists");
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("failed");
	assert_step(0, "failed", "somebody else");
	/* theirs is not taken back, and nothing of ours is there */
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__not_there_after_all(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	script(0, WORLD_REFUSE, AWS_CLASS_NOT_FOUND, "NoSuchEntity");
	assert_executes("failed");
	assert_step(0, "failed", "NoSuchEntity");
	assert_step(1, "skipped", NULL);
}

#define RULE                                                                   \
	"ip_protocol", "tcp", "from_port", 3306, "to_port", 3306, "cidr_ipv4", \
		"10.0.0.0/8"

/* A group with one rule, which the plan takes away by what it is. */
static void plan_revoke(void)
{
	const char *permission = "IpPermissions.1.IpProtocol";
	json_t *parameters =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "GroupId", "sg-1",
			  permission, "tcp", "IpPermissions.1.FromPort", "3306",
			  "IpPermissions.1.ToPort", "3306",
			  "IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8");

	add_resource(KIND_SECURITY_GROUP, "security_group/sg-1", "sg-1", NULL,
		     json_pack("{s:[{s:s, s:s, s:i, s:i, s:s}]}", "ingress",
			       "rule_id", "sgr-1", RULE));
	add_step("prod", "security_group/sg-1", "sg-1",
		 "ec2:RevokeSecurityGroupIngress", parameters,
		 "ec2:AuthorizeSecurityGroupIngress", json_incref(parameters));
	change_in_steps(add_change("prod", "security_group/sg-1", "sg-1",
				   "ingress",
				   json_pack("[{s:s, s:s, s:i, s:i, s:s}]",
					     "rule_id", "sgr-1", RULE),
				   json_array()),
			t.plan->steps_len - 1, 1);
}

static void revoke_before(size_t call)
{
	(void)call;
	json_array_clear(json_object_get(world.resources[0].values, "ingress"));
}

static void assert_refused(enum error_code code, const char *said)
{
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	assert_int_equal(execute(), -1);
	assert_int_equal(t.err.code, code);
	error_render(&t.err, &text);
	assert_non_null(strstr(text.buf, said));
	strbuf_release(&text);
	assert_null(t.result.change_id);
	assert_int_equal(world.calls, 0);
	assert_true(unlocked());
}

static void test_execute__dry_run_is_denied(void **state)
{
	(void)state;
	plan_revoke();
	world.dry_run = "UnauthorizedOperation";
	assert_refused(ERR_PERMISSION,
		       "may not ec2:RevokeSecurityGroupIngress");
}

static void test_execute__dry_run_that_is_carried_out(void **state)
{
	(void)state;
	plan_revoke();
	world.heedless = true;
	assert_refused(ERR_PARTIAL, "does not heed DryRun");
}

static void test_execute__automatic_tries_nothing_first(void **state)
{
	(void)state;
	plan_revoke();
	world.dry_run = "UnauthorizedOperation";
	t.options.automatic = true;
	assert_executes("done");
}

/* EC2 hides in a good answer that there was no such rule. */
static void test_execute__nothing_was_found_to_do(void **state)
{
	(void)state;
	plan_revoke();
	world.before_call = revoke_before;
	script(0, WORLD_MISS, AWS_CLASS_NONE, "");
	t.options.on_failure = ON_FAILURE_BACKOUT;
	assert_executes("failed");
	assert_step(0, "failed", "AWS found nothing to do");
	/* what somebody else took away is not put back */
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__what_was_found_is_done(void **state)
{
	(void)state;
	plan_revoke();
	assert_executes("done");
	assert_step(0, "done", NULL);
}

static void test_execute__eventual(void **state)
{
	(void)state;
	add_resource(KIND_IAM_ROLE, "iam_role/r", "r", NULL,
		     json_pack("{s:[s]}", "managed_policy_arns", "a"));
	plan_policies();
	script(0, WORLD_REFUSE, AWS_CLASS_EVENTUAL, "InvalidParameterValue");
	assert_executes("done");
	assert_int_equal(count_said("call"), 3);
}

static void test_execute__lost_after_the_effect(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_LOSE_AFTER, AWS_CLASS_TRANSIENT, "");
	assert_executes("done");
	assert_step(0, "done", "by reading");
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__lost_before_the_effect(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_LOSE_BEFORE, AWS_CLASS_TRANSIENT, "");
	assert_executes("done");
	assert_non_null(strstr(world.said.buf,
			       "outcome 0 unknown,not_applied 0,intent 0"));
	assert_int_equal(count_said("call"), 2);
}

static void test_execute__ignored(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_protection("cluster/a", "a");
	script(0, WORLD_IGNORE, AWS_CLASS_NONE, "");
	t.options.deadline_s = 1;
	assert_executes("failed");
	assert_step(0, "failed", "the value did not change");
	assert_int_equal(count_said("call"), 1);
}

static void test_execute__window(void **state)
{
	(void)state;
	add_cluster("cluster/a", "a");
	plan_retention("cluster/a", "a");
	json_object_del(t.plan->steps[0].parameters, "ApplyImmediately");
	script(0, WORLD_PEND, AWS_CLASS_NONE, "");
	assert_executes("waiting");
	assert_step(0, "waiting", "window");
	assert_true(unlocked());
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_execute__state_conflict_passes),
		CASE(test_execute__denied),
		CASE(test_execute__need_not_done),
		CASE(test_execute__already_there),
		CASE(test_execute__not_there_after_all),
		CASE(test_execute__dry_run_is_denied),
		CASE(test_execute__dry_run_that_is_carried_out),
		CASE(test_execute__automatic_tries_nothing_first),
		CASE(test_execute__nothing_was_found_to_do),
		CASE(test_execute__what_was_found_is_done),
		CASE(test_execute__eventual),
		CASE(test_execute__lost_after_the_effect),
		CASE(test_execute__lost_before_the_effect),
		CASE(test_execute__ignored),
		CASE(test_execute__window),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
