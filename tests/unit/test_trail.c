#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/trail_call.h"
#include "plans/trail_event.h"

static struct place here = { .name = (char *)"prod",
			     .account_id = (char *)"123456789012",
			     .region = (char *)"eu-west-1",
			     .path = (char *)"123456789012/eu-west-1" };
static struct place global = { .name = (char *)"123456789012/global",
			       .account_id = (char *)"123456789012",
			       .region = (char *)"global",
			       .path = (char *)"123456789012/global",
			       .global = true };

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static void check_json(json_t *got, const char *expected)
{
	CLEANUP(json_release) json_t *is = got;
	CLEANUP(json_release) json_t *want = parse(expected);
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(1 << 20);

	assert_non_null(is);
	json_compact(is, &text);
	if (!json_equal(is, want))
		fail_msg("is %s, not %s", text.buf, expected);
}

/* ---- the table ---------------------------------------------------------- */

static void test_trail_calls__are_sorted(void **state)
{
	size_t len;
	const struct trail_call *calls = trail_calls(&len);

	(void)state;
	for (size_t i = 1; i < len; i++)
		assert_true(strcmp(calls[i - 1].call, calls[i].call) < 0);
}

static void check_known(const char *call)
{
	CLEANUP(free_ptr) char *source = NULL;
	const char *colon = call ? strchr(call, ':') : NULL;

	if (!colon)
		return;
	source = xasprintf("%.*s.amazonaws.com", (int)(colon - call), call);
	if (!trail_call_of(source, colon + 1))
		fail_msg("%s is not looked up", call);
}

static void test_trail_calls__have_every_write_of_the_catalogue(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		size_t len;
		const struct setting *rows = catalogue_rows(kind, &len);

		for (size_t i = 0; i < len; i++) {
			if (rows[i].standing != STANDING_WRITABLE)
				continue;
			check_known(rows[i].call);
			check_known(rows[i].call_remove);
		}
	}
}

/* ---- whom it is about --------------------------------------------------- */

static void check_address(const char *source, const char *name,
			  const char *parameters, const char *expected)
{
	CLEANUP(json_release) json_t *given = parse(parameters);
	const struct trail_call *call = trail_call_of(source, name);
	CLEANUP(free_ptr) char *address = NULL;

	assert_non_null(call);
	address = trail_address(call, given,
				trail_is_global(source) ? &global : &here);
	if (expected)
		assert_string_equal(address, expected);
	else
		assert_null(address);
}

static void test_trail_address__by_name(void **state)
{
	(void)state;
	check_address("rds.amazonaws.com", "ModifyDBCluster",
		      "{\"dBClusterIdentifier\": \"Orders\"}",
		      "cluster/orders");
	check_address("iam.amazonaws.com", "PutRolePolicy",
		      "{\"roleName\": \"Deploy\", \"policyName\": \"p\"}",
		      "iam_role/Deploy");
	check_address("logs.amazonaws.com", "PutRetentionPolicy",
		      "{\"logGroupName\": \"/aws/rds/cluster/orders/audit\"}",
		      "log_group/%2Faws%2Frds%2Fcluster%2Forders%2Faudit");
	check_address("ec2.amazonaws.com", "ModifySecurityGroupRules",
		      "{\"ModifySecurityGroupRulesRequest\": "
		      "{\"GroupId\": \"sg-1\"}}",
		      "security_group/sg-1");
	check_address("rds.amazonaws.com", "ModifyDBCluster", "{}", NULL);
	check_address("rds.amazonaws.com", "ModifyDBCluster", "null", NULL);
	check_address("rds.amazonaws.com", "ModifyDBCluster",
		      "{\"dBClusterIdentifier\": 5}", NULL);
}

static void test_trail_address__by_arn(void **state)
{
	(void)state;
	check_address("rds.amazonaws.com", "AddTagsToResource",
		      "{\"resourceName\": "
		      "\"arn:aws:rds:eu-west-1:123456789012:db:orders-1\"}",
		      "instance/orders-1");
	check_address("rds.amazonaws.com", "EnableHttpEndpoint",
		      "{\"resourceArn\": "
		      "\"arn:aws:rds:eu-west-1:123456789012:cluster:orders\"}",
		      "cluster/orders");
	check_address("rds.amazonaws.com", "AddTagsToResource",
		      "{\"resourceName\": "
		      "\"arn:aws:rds:eu-west-1:123456789012:ri:x\"}",
		      NULL);
	check_address("iam.amazonaws.com", "CreatePolicyVersion",
		      "{\"policyArn\": "
		      "\"arn:aws:iam::123456789012:policy/import\"}",
		      "iam_policy/import");
	check_address("kms.amazonaws.com", "DisableKeyRotation",
		      "{\"keyId\": \"arn:aws:kms:eu-west-1:123456789012:"
		      "key/0aa\"}",
		      "kms_key/0aa");
}

/* ---- from its spelling to the wire's ------------------------------------ */

static void check_wire(const char *call, const char *parameters,
		       const char *expected)
{
	CLEANUP(json_release) json_t *given = parse(parameters);

	check_json(trail_to_wire(call, given), expected);
}

static void test_trail_to_wire__of_queries(void **state)
{
	(void)state;
	check_wire("rds:ModifyDBCluster",
		   "{\"dBClusterIdentifier\": \"orders\","
		   " \"applyImmediately\": true, \"backupRetentionPeriod\": 7,"
		   " \"vpcSecurityGroupIds\": [\"sg-1\", \"sg-2\"],"
		   " \"cloudwatchLogsExportConfiguration\":"
		   " {\"enableLogTypes\": [\"audit\"]}, \"nothing\": null}",
		   "{\"DBClusterIdentifier\": \"orders\","
		   " \"ApplyImmediately\": \"true\","
		   " \"BackupRetentionPeriod\": \"7\","
		   " \"VpcSecurityGroupIds.VpcSecurityGroupId.1\": \"sg-1\","
		   " \"VpcSecurityGroupIds.VpcSecurityGroupId.2\": \"sg-2\","
		   " \"CloudwatchLogsExportConfiguration.EnableLogTypes."
		   "member.1\": \"audit\"}");
	check_wire("rds:ModifyDBClusterParameterGroup",
		   "{\"dBClusterParameterGroupName\": \"g\", \"parameters\": "
		   "[{\"parameterName\": \"tls\", \"parameterValue\": \"ON\","
		   " \"applyMethod\": \"immediate\"}]}",
		   "{\"DBClusterParameterGroupName\": \"g\","
		   " \"Parameters.Parameter.1.ParameterName\": \"tls\","
		   " \"Parameters.Parameter.1.ParameterValue\": \"ON\","
		   " \"Parameters.Parameter.1.ApplyMethod\": \"immediate\"}");
	check_wire("iam:TagRole",
		   "{\"roleName\": \"r\", \"tags\": "
		   "[{\"key\": \"a\", \"value\": \"b\"}]}",
		   "{\"RoleName\": \"r\", \"Tags.member.1.Key\": \"a\","
		   " \"Tags.member.1.Value\": \"b\"}");
	check_wire("ec2:AuthorizeSecurityGroupIngress",
		   "{\"groupId\": \"sg-1\", \"ipPermissions\": {\"items\": "
		   "[{\"ipProtocol\": \"tcp\", \"fromPort\": 3306,"
		   " \"toPort\": 3306, \"groups\": {}, \"ipRanges\": "
		   "{\"items\": [{\"cidrIp\": \"0.0.0.0/0\"}]}}]}}",
		   "{\"GroupId\": \"sg-1\", \"IpPermissions.1.IpProtocol\": "
		   "\"tcp\", \"IpPermissions.1.FromPort\": \"3306\","
		   " \"IpPermissions.1.ToPort\": \"3306\","
		   " \"IpPermissions.1.IpRanges.1.CidrIp\": \"0.0.0.0/0\"}");
}

static void test_trail_to_wire__of_json(void **state)
{
	(void)state;
	check_wire("kms:EnableKeyRotation",
		   "{\"keyId\": \"k\", \"rotationPeriodInDays\": 90}",
		   "{\"KeyId\": \"k\", \"RotationPeriodInDays\": 90}");
	check_wire("logs:PutRetentionPolicy",
		   "{\"logGroupName\": \"g\", \"retentionInDays\": 90}",
		   "{\"logGroupName\": \"g\", \"retentionInDays\": 90}");
}

/* ---- what the call made of settings ------------------------------------- */

/* after: NULL: not known; "-": the setting is not touched. */
static void check_after(const char *call_name, enum kind kind,
			const char *setting, const char *parameters,
			const char *before, const char *after)
{
	const char *colon = strchr(call_name, ':');
	CLEANUP(free_ptr)
	char *source = xasprintf("%.*s.amazonaws.com", (int)(colon - call_name),
				 call_name);
	const struct trail_call *call = trail_call_of(source, colon + 1);
	CLEANUP(json_release) json_t *given = parse(parameters);
	CLEANUP(json_release) json_t *wire = trail_to_wire(call_name, given);
	CLEANUP(json_release) json_t *was = before ? parse(before) : NULL;
	json_t *is = NULL;
	const bool touched = trail_event_touches(
		call, wire, catalogue_get(kind, setting), was, &is);

	assert_int_equal(touched, !after || strcmp(after, "-") != 0);
	if (after && touched)
		check_json(is, after);
	else
		assert_null(is);
}

static void test_trail_event_touches__scalar(void **state)
{
	static const char parameters[] =
		"{\"dBClusterIdentifier\": \"orders\","
		" \"applyImmediately\": false, \"engineVersion\": \"8.0\","
		" \"masterUserPassword\": \"****\","
		" \"deletionProtection\": false}";

	(void)state;
	check_after("rds:ModifyDBCluster", KIND_CLUSTER, "deletion_protection",
		    parameters, NULL, "false");
	check_after("rds:ModifyDBCluster", KIND_CLUSTER, "deletion_protection",
		    parameters, "true", "false");
	check_after("rds:ModifyDBCluster", KIND_CLUSTER,
		    "backup_retention_period", parameters, "7", "-");
	check_after("rds:CreateDBInstance", KIND_INSTANCE,
		    "publicly_accessible",
		    "{\"dBInstanceIdentifier\": \"x\", \"engine\": \"e\","
		    " \"publiclyAccessible\": true}",
		    NULL, "true");
}

static void test_trail_event_touches__members_of_a_set(void **state)
{
	static const char exports[] = "{\"dBClusterIdentifier\": \"orders\","
				      " \"cloudwatchLogsExportConfiguration\":"
				      " {\"disableLogTypes\": [\"audit\"]}}";

	(void)state;
	check_after("rds:ModifyDBCluster", KIND_CLUSTER,
		    "enabled_cloudwatch_logs_exports", exports, NULL, NULL);
	check_after("rds:ModifyDBCluster", KIND_CLUSTER,
		    "enabled_cloudwatch_logs_exports", exports,
		    "[\"audit\", \"error\"]", "[\"error\"]");
	check_after("iam:DetachRolePolicy", KIND_IAM_ROLE,
		    "managed_policy_arns",
		    "{\"roleName\": \"r\", \"policyArn\": \"arn:aws:p\"}", NULL,
		    NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trail_calls__are_sorted),
		cmocka_unit_test(
			test_trail_calls__have_every_write_of_the_catalogue),
		cmocka_unit_test(test_trail_address__by_name),
		cmocka_unit_test(test_trail_address__by_arn),
		cmocka_unit_test(test_trail_to_wire__of_queries),
		cmocka_unit_test(test_trail_to_wire__of_json),
		cmocka_unit_test(test_trail_event_touches__scalar),
		cmocka_unit_test(test_trail_event_touches__members_of_a_set),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
