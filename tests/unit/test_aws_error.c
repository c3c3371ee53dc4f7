#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/aws_error.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

static void check(const char *code, int status, enum aws_class expected)
{
	enum aws_class class = aws_error_class(code, "", status);

	if (class != expected)
		fail_msg("'%s' with %d is of class %d, not %d", code, status,
			 class, expected);
}

static void test_aws_error_class__by_code(void **state)
{
	(void)state;
	check("Throttling", 400, AWS_CLASS_THROTTLING);
	check("ThrottlingException", 400, AWS_CLASS_THROTTLING);
	check("SlowDown", 503, AWS_CLASS_THROTTLING);
	check("PriorRequestNotComplete", 400, AWS_CLASS_THROTTLING);
	check("RequestTimeout", 400, AWS_CLASS_TRANSIENT);
	check("ServiceFailure", 500, AWS_CLASS_TRANSIENT);
	check("ExpiredToken", 403, AWS_CLASS_CREDENTIALS);
	check("InvalidClientTokenId", 403, AWS_CLASS_CREDENTIALS);
	check("AccessDenied", 403, AWS_CLASS_AUTHORISATION);
	check("OptInRequired", 403, AWS_CLASS_AUTHORISATION);
	check("InvalidDBClusterStateFault", 400, AWS_CLASS_STATE);
	check("InvalidDBInstanceState", 400, AWS_CLASS_STATE);
	check("ConcurrentModification", 409, AWS_CLASS_STATE);
	check("DBClusterNotFoundFault", 404, AWS_CLASS_NOT_FOUND);
	check("DBInstanceNotFound", 404, AWS_CLASS_NOT_FOUND);
	check("NoSuchEntity", 404, AWS_CLASS_NOT_FOUND);
	check("EntityAlreadyExists", 409, AWS_CLASS_EXISTS);
	check("LimitExceeded", 409, AWS_CLASS_QUOTA);
	/* not throttling, whatever botocore's list says */
	check("LimitExceededException", 400, AWS_CLASS_QUOTA);
	check("InvalidParameterCombination", 400, AWS_CLASS_VALIDATION);
	check("UnmodifiableEntity", 400, AWS_CLASS_VALIDATION);
	check("VpcEncryptionControlViolationException", 400,
	      AWS_CLASS_VALIDATION);
}

static void test_aws_error_class__new_codes_by_their_ending(void **state)
{
	(void)state;
	check("DBShardGroupNotFound", 404, AWS_CLASS_NOT_FOUND);
	check("GlobalClusterNotFoundFault", 404, AWS_CLASS_NOT_FOUND);
	check("ThingAlreadyExistsFault", 400, AWS_CLASS_EXISTS);
	check("InstanceQuotaExceeded", 400, AWS_CLASS_QUOTA);
	check("InvalidGlobalClusterStateFault", 400, AWS_CLASS_STATE);
}

static void test_aws_error_class__unknown_codes_by_status(void **state)
{
	(void)state;
	check("", 429, AWS_CLASS_THROTTLING);
	check("Whatever", 500, AWS_CLASS_TRANSIENT);
	check("Whatever", 403, AWS_CLASS_AUTHORISATION);
	check("Whatever", 404, AWS_CLASS_OTHER);
	check("", 200, AWS_CLASS_NONE);
}

static void test_aws_error_class__eventual_by_message(void **state)
{
	(void)state;
	assert_int_equal(aws_error_class("InvalidParameterValue",
					 "IAM role ARN value is invalid or "
					 "does not include the required "
					 "permissions for: x",
					 400),
			 AWS_CLASS_EVENTUAL);
	assert_int_equal(aws_error_class("MalformedPolicyDocument",
					 "Invalid principal in policy: x", 400),
			 AWS_CLASS_EVENTUAL);
	check("MalformedPolicyDocument", 400, AWS_CLASS_VALIDATION);
	check("InvalidParameterValue", 400, AWS_CLASS_VALIDATION);
}

/*
 * The table is searched by halves, so one row out of order hides others: look
 * for each row that the first test does not name.
 */
static void test_aws_error_class__table_is_sorted(void **state)
{
	(void)state;
	check("AccessDeniedException", 400, AWS_CLASS_AUTHORISATION);
	check("AuthFailure", 400, AWS_CLASS_CREDENTIALS);
	check("BandwidthLimitExceeded", 400, AWS_CLASS_THROTTLING);
	check("EC2ThrottledException", 400, AWS_CLASS_THROTTLING);
	check("ExpiredTokenException", 400, AWS_CLASS_CREDENTIALS);
	check("IncompleteSignature", 400, AWS_CLASS_CREDENTIALS);
	check("InternalFailure", 400, AWS_CLASS_TRANSIENT);
	check("InvalidInput", 400, AWS_CLASS_VALIDATION);
	check("InvalidPermission.Duplicate", 400, AWS_CLASS_EXISTS);
	check("InvalidVPCNetworkStateFault", 400, AWS_CLASS_VALIDATION);
	check("KMSKeyNotAccessibleFault", 400, AWS_CLASS_VALIDATION);
	check("MissingAuthenticationToken", 400, AWS_CLASS_CREDENTIALS);
	check("NotFoundException", 400, AWS_CLASS_NOT_FOUND);
	check("OperationAbortedException", 400, AWS_CLASS_STATE);
	check("ProvisionedThroughputExceededException", 400,
	      AWS_CLASS_THROTTLING);
	check("RequestExpired", 400, AWS_CLASS_CREDENTIALS);
	check("RequestInTheFuture", 400, AWS_CLASS_CREDENTIALS);
	check("RequestLimitExceeded", 400, AWS_CLASS_THROTTLING);
	check("RequestThrottled", 400, AWS_CLASS_THROTTLING);
	check("RequestThrottledException", 400, AWS_CLASS_THROTTLING);
	check("RequestTimeTooSkewed", 400, AWS_CLASS_CREDENTIALS);
	check("RequestTimeoutException", 400, AWS_CLASS_TRANSIENT);
	check("ServiceUnavailable", 400, AWS_CLASS_TRANSIENT);
	check("SignatureDoesNotMatch", 400, AWS_CLASS_CREDENTIALS);
	check("ThrottledException", 400, AWS_CLASS_THROTTLING);
	check("TooManyRequestsException", 400, AWS_CLASS_THROTTLING);
	check("UnauthorizedOperation", 400, AWS_CLASS_AUTHORISATION);
	check("UnrecognizedClientException", 400, AWS_CLASS_CREDENTIALS);
	check("ValidationError", 400, AWS_CLASS_VALIDATION);
}

static void test_aws_error_skewed__codes_and_messages(void **state)
{
	(void)state;
	assert_true(aws_error_skewed("RequestTimeTooSkewed", ""));
	assert_true(aws_error_skewed("RequestExpired", ""));
	assert_true(aws_error_skewed("SignatureDoesNotMatch",
				     "Signature expired: x"));
	assert_true(aws_error_skewed("SignatureDoesNotMatch",
				     "Signature not yet current: x"));
	assert_false(aws_error_skewed("SignatureDoesNotMatch", "x"));
	assert_false(aws_error_skewed("AccessDenied", "Signature expired"));
}

static void test_aws_error_clean__no_control_bytes(void **state)
{
	CLEANUP(free_ptr)
	char *text = aws_error_clean("\n  a\t\x1b[31m b\r\n\x7f c\xc3\xbc \n");
	CLEANUP(free_ptr) char *none = aws_error_clean(" \n");

	(void)state;
	assert_string_equal(text, "a [31m b c\xc3\xbc");
	assert_string_equal(none, "");
}

static void test_aws_error_set__says_what_to_do(void **state)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(MIB);
	struct aws_refusal refusal = {
		.service = "rds",
		.action = "ModifyDBCluster",
		.region = "eu-west-1",
		.http_status = 403,
		.class = AWS_CLASS_AUTHORISATION,
		.code = "AccessDenied",
		.message = "not you",
		.request_id = "r-1",
		.credentials_source = "the environment",
	};

	(void)state;
	assert_int_equal(aws_error_set(&err, &refusal), -1);
	error_render(&err, &text);
	assert_string_equal(
		text.buf,
		"error: AWS refused 'rds:ModifyDBCluster' in eu-west-1: not "
		"you\n"
		"  request: rds:ModifyDBCluster, HTTP 403, AccessDenied, "
		"request id r-1\n"
		"hint: allow 'rds:ModifyDBCluster' in the caller's policy, and "
		"in what limits it (permissions boundary, service control "
		"policy)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aws_error_class__by_code),
		cmocka_unit_test(
			test_aws_error_class__new_codes_by_their_ending),
		cmocka_unit_test(test_aws_error_class__unknown_codes_by_status),
		cmocka_unit_test(test_aws_error_class__eventual_by_message),
		cmocka_unit_test(test_aws_error_class__table_is_sorted),
		cmocka_unit_test(test_aws_error_skewed__codes_and_messages),
		cmocka_unit_test(test_aws_error_clean__no_control_bytes),
		cmocka_unit_test(test_aws_error_set__says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
