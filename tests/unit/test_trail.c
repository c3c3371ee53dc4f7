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
#include "plans/trail.h"
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

	check_json(trail_to_wire(call, given, "123456789012"), expected);
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
	CLEANUP(json_release)
	json_t *wire = trail_to_wire(call_name, given, "123456789012");
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

static void test_trail_event_touches__what_others_send_besides(void **state)
{
	static const char stream[] =
		"{\"resourceArn\": \"arn:aws:rds:eu-west-1:123456789012:"
		"cluster:orders\", \"mode\": \"async\", \"kmsKeyId\": \"k\","
		" \"engineNativeAuditFieldsIncluded\": true}";

	(void)state;
	check_after("rds:StartActivityStream", KIND_CLUSTER,
		    "database_activity_stream", stream, NULL, "\"async k\"");
	check_after("rds:StopActivityStream", KIND_CLUSTER,
		    "database_activity_stream",
		    "{\"resourceArn\": \"arn:aws:rds:eu-west-1:123456789012:"
		    "cluster:orders\"}",
		    NULL, "null");
	check_after("rds:CreateDBClusterParameterGroup",
		    KIND_CLUSTER_PARAMETER_GROUP, "exists",
		    "{\"dBClusterParameterGroupName\": \"g\","
		    " \"dBParameterGroupFamily\": \"aurora-mysql8.0\","
		    " \"description\": \"d\","
		    " \"tags\": [{\"key\": \"a\", \"value\": \"b\"}]}",
		    NULL, "true");
	check_after("rds:RebootDBInstance", KIND_INSTANCE, "pending_reboot",
		    "{\"dBInstanceIdentifier\": \"x\","
		    " \"forceFailover\": true}",
		    NULL, "false");
	check_after("logs:CreateLogGroup", KIND_LOG_GROUP, "exists",
		    "{\"logGroupName\": \"g\", \"tags\": {\"a\": \"b\"}}", NULL,
		    "true");
	check_after("iam:UpdateRole", KIND_IAM_ROLE, "max_session_duration",
		    "{\"roleName\": \"r\", \"maxSessionDuration\": 7200}",
		    "3600", "7200");
	check_after("iam:UpdateRoleDescription", KIND_IAM_ROLE, "description",
		    "{\"roleName\": \"r\", \"description\": \"new\"}", NULL,
		    "\"new\"");
	check_after("iam:SetDefaultPolicyVersion", KIND_IAM_POLICY, "document",
		    "{\"policyArn\": \"arn:aws:iam::123456789012:policy/p\","
		    " \"versionId\": \"v2\"}",
		    NULL, NULL);
}

static void test_trail_event_touches__parameters(void **state)
{
	static const char two[] =
		"{\"dBClusterParameterGroupName\": \"g\", \"parameters\": ["
		"{\"parameterName\": \"require_secure_transport\","
		" \"parameterValue\": \"OFF\", \"applyMethod\": \"immediate\"},"
		"{\"parameterName\": \"a_new_one\", \"parameterValue\": \"7\","
		" \"applyMethod\": \"pending-reboot\"}]}";

	(void)state;
	check_after("rds:ModifyDBClusterParameterGroup",
		    KIND_CLUSTER_PARAMETER_GROUP, "require_secure_transport",
		    two, "\"ON\"", "\"OFF\"");
	check_after("rds:ModifyDBClusterParameterGroup",
		    KIND_CLUSTER_PARAMETER_GROUP, "a_new_one", two, NULL,
		    "\"7\"");
	check_after("rds:ModifyDBClusterParameterGroup",
		    KIND_CLUSTER_PARAMETER_GROUP, "tls_version", two, NULL,
		    "-");
	check_after("rds:ResetDBClusterParameterGroup",
		    KIND_CLUSTER_PARAMETER_GROUP, "require_secure_transport",
		    "{\"dBClusterParameterGroupName\": \"g\","
		    " \"resetAllParameters\": true}",
		    "\"ON\"", "null");
}

/* Several rules in one call, spelled as people may spell them. */
static void test_trail_event_touches__rules_of_a_group(void **state)
{
	static const char opened[] =
		"{\"groupId\": \"sg-1\", \"ipPermissions\": {\"items\": ["
		"{\"ipProtocol\": \"6\", \"fromPort\": 3306, \"toPort\": 3306,"
		" \"groups\": {\"items\": [{\"groupId\": \"sg-2\","
		" \"userId\": \"123456789012\"}]},"
		" \"ipRanges\": {\"items\": [{\"cidrIp\": \"10.1.2.3/8\"},"
		" {\"cidrIp\": \"0.0.0.0/0\"}]}}]}}";
	static const char is[] =
		"[{\"cidr_ipv4\": \"0.0.0.0/0\", \"from_port\": 3306,"
		" \"ip_protocol\": \"tcp\", \"to_port\": 3306},"
		"{\"cidr_ipv4\": \"10.0.0.0/8\", \"from_port\": 3306,"
		" \"ip_protocol\": \"tcp\", \"to_port\": 3306},"
		"{\"from_port\": 3306, \"ip_protocol\": \"tcp\","
		" \"referenced_group_id\": \"sg-2\", \"to_port\": 3306}]";
	static const char by_id[] =
		"{\"groupId\": \"sg-1\", \"securityGroupRuleIds\": "
		"{\"items\": [{\"securityGroupRuleId\": \"sgr-1\"}]}}";

	(void)state;
	check_after("ec2:AuthorizeSecurityGroupIngress", KIND_SECURITY_GROUP,
		    "ingress", opened, "[]", is);
	check_after("ec2:AuthorizeSecurityGroupIngress", KIND_SECURITY_GROUP,
		    "egress", opened, "[]", "-");
	check_after("ec2:RevokeSecurityGroupIngress", KIND_SECURITY_GROUP,
		    "ingress", opened, is, "[]");
	check_after("ec2:RevokeSecurityGroupIngress", KIND_SECURITY_GROUP,
		    "ingress", opened, NULL, NULL);
	check_after("ec2:RevokeSecurityGroupIngress", KIND_SECURITY_GROUP,
		    "ingress", by_id,
		    "[{\"cidr_ipv4\": \"0.0.0.0/0\", \"from_port\": 3306,"
		    " \"ip_protocol\": \"tcp\", \"rule_id\": \"sgr-1\","
		    " \"to_port\": 3306}]",
		    "[]");
	check_after("ec2:ModifySecurityGroupRules", KIND_SECURITY_GROUP,
		    "ingress",
		    "{\"ModifySecurityGroupRulesRequest\": {\"GroupId\": "
		    "\"sg-1\", \"SecurityGroupRule\": {\"tag\": 1}}}",
		    NULL, NULL);
}

/* ---- records ------------------------------------------------------------ */

static const char record[] =
	"{\"eventID\": \"e1\", \"eventTime\": \"2026-11-24T10:00:00Z\","
	" \"eventSource\": \"rds.amazonaws.com\","
	" \"eventName\": \"ModifyDBCluster\", \"awsRegion\": \"eu-west-1\","
	" \"sourceIPAddress\": \"198.51.100.7\", \"userAgent\": \"aws-cli\","
	" \"requestID\": \"r1\", \"readOnly\": false,"
	" \"recipientAccountId\": \"123456789012\","
	" \"userIdentity\": {\"type\": \"IAMUser\","
	" \"arn\": \"arn:aws:iam::123456789012:user/dba\"},"
	" \"requestParameters\": {\"dBClusterIdentifier\": \"orders\","
	" \"masterUserPassword\": \"hunter2\","
	" \"manageMasterUserPassword\": true,"
	" \"serverlessV2ScalingConfiguration\": {\"minCapacity\": 0.5,"
	" \"maxCapacity\": 4.0}}}";

static void test_trail_event_new__hides_secrets_and_reals(void **state)
{
	CLEANUP(json_release) json_t *given = parse(record);
	CLEANUP(json_release) json_t *event = trail_event_new(given, false);

	(void)state;
	check_json(json_incref(json_object_get(event, "parameters")),
		   "{\"dBClusterIdentifier\": \"orders\","
		   " \"masterUserPassword\": \"****\","
		   " \"manageMasterUserPassword\": true,"
		   " \"serverlessV2ScalingConfiguration\": "
		   "{\"minCapacity\": \"0.5\", \"maxCapacity\": 4}}");
	assert_string_equal(json_text(event, "caller"),
			    "arn:aws:iam::123456789012:user/dba");
	assert_string_equal(json_text(event, "caller_type"), "IAMUser");
	assert_string_equal(json_text(event, "request_id"), "r1");
	assert_true(json_is_null(json_object_get(event, "error_code")));
}

static void check_kept(const char *member, json_t *value, bool all, bool kept)
{
	CLEANUP(json_release) json_t *given = parse(record);
	CLEANUP(json_release) json_t *event = NULL;

	json_object_set_new(given, member, value);
	event = trail_event_new(given, all);
	assert_int_equal(event != NULL, kept);
}

static void test_trail_event_new__keeps_what_matters(void **state)
{
	(void)state;
	check_kept("readOnly", json_true(), true, false);
	check_kept("readOnly", json_string("true"), true, false);
	check_kept("eventName", json_string("RunInstances"), false, false);
	check_kept("eventName", json_string("RunInstances"), true, true);
	check_kept("eventName", json_integer(3), true, false);
	check_kept("requestParameters", json_null(), false, true);
	check_kept("userIdentity", json_null(), false, true);
}

/* ---- looking up --------------------------------------------------------- */

static const char document[] =
	"{\"places\": [{\"complete\": true}], \"events\": ["
	"{\"id\": \"1\", \"at\": \"2026-11-24T10:00:00Z\", \"target\": "
	"\"prod\","
	" \"addresses\": [\"cluster/a\"], \"settings\":"
	" [{\"address\": \"cluster/a\", \"setting\": \"port\"}]},"
	"{\"id\": \"2\", \"at\": \"2026-11-24T10:00:05Z\", \"target\": "
	"\"prod\","
	" \"addresses\": [\"cluster/a\"], \"settings\":"
	" [{\"address\": \"cluster/a\", \"setting\": \"port\"}]},"
	"{\"id\": \"3\", \"at\": \"2026-11-24T10:00:05Z\", \"target\": "
	"\"prod\","
	" \"addresses\": [\"cluster/a\"], \"settings\":"
	" [{\"address\": \"cluster/a\", \"setting\": \"port\"}]},"
	"{\"id\": \"4\", \"at\": \"2026-11-24T10:00:07Z\", \"target\": "
	"\"prod\","
	" \"error_code\": \"AccessDenied\","
	" \"addresses\": [\"cluster/a\"], \"settings\": []},"
	"{\"id\": \"5\", \"at\": \"2026-11-24T10:00:08Z\", \"target\": "
	"\"other\","
	" \"addresses\": [\"cluster/a\"], \"settings\":"
	" [{\"address\": \"cluster/a\", \"setting\": \"port\"}]}]}";

static bool has_id(const void *ctx, const json_t *event)
{
	return !strcmp(json_text(event, "id"), ctx);
}

static void check_newest(const char *setting, const char *fits,
			 const char *expected)
{
	CLEANUP(json_release) json_t *events = parse(document);
	const json_t *event = trail_newest(events, "prod", "cluster/a", setting,
					   fits ? has_id : NULL, fits);

	if (expected)
		assert_string_equal(json_text(event, "id"), expected);
	else
		assert_null(event);
}

static void test_trail_newest__within_the_newest_second(void **state)
{
	(void)state;
	check_newest("port", NULL, "3");
	check_newest("port", "2", "2");
	/* an older one is not the newest, though it would fit */
	check_newest("port", "1", NULL);
	check_newest(NULL, NULL, "3");
	check_newest("deletion_protection", NULL, NULL);
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
		cmocka_unit_test(
			test_trail_event_touches__what_others_send_besides),
		cmocka_unit_test(test_trail_event_touches__parameters),
		cmocka_unit_test(test_trail_event_touches__rules_of_a_group),
		cmocka_unit_test(test_trail_event_new__hides_secrets_and_reals),
		cmocka_unit_test(test_trail_event_new__keeps_what_matters),
		cmocka_unit_test(test_trail_newest__within_the_newest_second),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
