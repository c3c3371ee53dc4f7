#include "core/aws_error.h"

#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

struct row {
	const char *code;
	enum aws_class class;
};

/*
 * Sorted by code (the tests check it). Sources: botocore's retries/standard.py
 * and the error codes of its service models.
 */
static const struct row rows[] = {
	{ "AccessDenied", AWS_CLASS_AUTHORISATION },
	{ "AccessDeniedException", AWS_CLASS_AUTHORISATION },
	{ "AlreadyExistsException", AWS_CLASS_EXISTS },
	{ "AuthFailure", AWS_CLASS_CREDENTIALS },
	{ "BandwidthLimitExceeded", AWS_CLASS_THROTTLING },
	{ "ConcurrentModification", AWS_CLASS_STATE },
	{ "DBClusterNotFoundFault", AWS_CLASS_NOT_FOUND },
	{ "DBClusterParameterGroupNotFound", AWS_CLASS_NOT_FOUND },
	{ "DBClusterRoleAlreadyExists", AWS_CLASS_EXISTS },
	{ "DBClusterRoleNotFound", AWS_CLASS_NOT_FOUND },
	{ "DBClusterRoleQuotaExceeded", AWS_CLASS_QUOTA },
	{ "DBInstanceNotFound", AWS_CLASS_NOT_FOUND },
	{ "DBParameterGroupAlreadyExists", AWS_CLASS_EXISTS },
	{ "DBParameterGroupNotFound", AWS_CLASS_NOT_FOUND },
	{ "DBParameterGroupQuotaExceeded", AWS_CLASS_QUOTA },
	{ "DependencyTimeoutException", AWS_CLASS_TRANSIENT },
	{ "DisabledException", AWS_CLASS_VALIDATION },
	{ "EC2ThrottledException", AWS_CLASS_THROTTLING },
	{ "EntityAlreadyExists", AWS_CLASS_EXISTS },
	{ "ExpiredToken", AWS_CLASS_CREDENTIALS },
	{ "ExpiredTokenException", AWS_CLASS_CREDENTIALS },
	{ "IncompleteSignature", AWS_CLASS_CREDENTIALS },
	{ "IncompleteSignatureException", AWS_CLASS_CREDENTIALS },
	{ "InternalFailure", AWS_CLASS_TRANSIENT },
	{ "InvalidArnException", AWS_CLASS_VALIDATION },
	{ "InvalidClientTokenId", AWS_CLASS_CREDENTIALS },
	{ "InvalidDBClusterStateFault", AWS_CLASS_STATE },
	{ "InvalidDBInstanceState", AWS_CLASS_STATE },
	{ "InvalidDBParameterGroupState", AWS_CLASS_STATE },
	{ "InvalidEventSubscriptionState", AWS_CLASS_STATE },
	{ "InvalidGroupId.Malformed", AWS_CLASS_VALIDATION },
	{ "InvalidInput", AWS_CLASS_VALIDATION },
	{ "InvalidOperationException", AWS_CLASS_VALIDATION },
	{ "InvalidParameter", AWS_CLASS_VALIDATION },
	{ "InvalidParameterCombination", AWS_CLASS_VALIDATION },
	{ "InvalidParameterException", AWS_CLASS_VALIDATION },
	{ "InvalidParameterValue", AWS_CLASS_VALIDATION },
	{ "InvalidPermission.Duplicate", AWS_CLASS_EXISTS },
	{ "InvalidPermission.Malformed", AWS_CLASS_VALIDATION },
	{ "InvalidResourceStateFault", AWS_CLASS_STATE },
	{ "InvalidSignatureException", AWS_CLASS_CREDENTIALS },
	{ "InvalidVPCNetworkStateFault", AWS_CLASS_VALIDATION },
	{ "KMSInternalException", AWS_CLASS_TRANSIENT },
	{ "KMSInvalidStateException", AWS_CLASS_VALIDATION },
	{ "KMSKeyNotAccessibleFault", AWS_CLASS_VALIDATION },
	{ "LimitExceeded", AWS_CLASS_QUOTA },
	{ "LimitExceededException", AWS_CLASS_QUOTA },
	{ "MalformedPolicyDocument", AWS_CLASS_VALIDATION },
	{ "MissingAuthenticationToken", AWS_CLASS_CREDENTIALS },
	{ "MissingAuthenticationTokenException", AWS_CLASS_CREDENTIALS },
	{ "MissingParameter", AWS_CLASS_VALIDATION },
	{ "NoSuchEntity", AWS_CLASS_NOT_FOUND },
	{ "NotFoundException", AWS_CLASS_NOT_FOUND },
	{ "OperationAbortedException", AWS_CLASS_STATE },
	{ "OptInRequired", AWS_CLASS_AUTHORISATION },
	{ "PriorRequestNotComplete", AWS_CLASS_THROTTLING },
	{ "ProvisionedThroughputExceededException", AWS_CLASS_THROTTLING },
	{ "RequestExpired", AWS_CLASS_CREDENTIALS },
	{ "RequestInTheFuture", AWS_CLASS_CREDENTIALS },
	{ "RequestLimitExceeded", AWS_CLASS_THROTTLING },
	{ "RequestThrottled", AWS_CLASS_THROTTLING },
	{ "RequestThrottledException", AWS_CLASS_THROTTLING },
	{ "RequestTimeTooSkewed", AWS_CLASS_CREDENTIALS },
	{ "RequestTimeout", AWS_CLASS_TRANSIENT },
	{ "RequestTimeoutException", AWS_CLASS_TRANSIENT },
	{ "ResourceAlreadyExistsException", AWS_CLASS_EXISTS },
	{ "ResourceNotFoundException", AWS_CLASS_NOT_FOUND },
	{ "SNSInvalidTopic", AWS_CLASS_VALIDATION },
	{ "SNSNoAuthorization", AWS_CLASS_VALIDATION },
	{ "SNSTopicArnNotFound", AWS_CLASS_VALIDATION },
	{ "ServiceFailure", AWS_CLASS_TRANSIENT },
	{ "ServiceUnavailable", AWS_CLASS_TRANSIENT },
	{ "ServiceUnavailableException", AWS_CLASS_TRANSIENT },
	{ "SignatureDoesNotMatch", AWS_CLASS_CREDENTIALS },
	{ "SlowDown", AWS_CLASS_THROTTLING },
	{ "SourceNotFound", AWS_CLASS_VALIDATION },
	{ "SubscriptionAlreadyExist", AWS_CLASS_EXISTS },
	{ "SubscriptionCategoryNotFound", AWS_CLASS_VALIDATION },
	{ "SubscriptionNotFound", AWS_CLASS_NOT_FOUND },
	{ "ThrottledException", AWS_CLASS_THROTTLING },
	{ "Throttling", AWS_CLASS_THROTTLING },
	{ "ThrottlingException", AWS_CLASS_THROTTLING },
	{ "TooManyRequestsException", AWS_CLASS_THROTTLING },
	{ "UnauthorizedOperation", AWS_CLASS_AUTHORISATION },
	{ "UnknownParameter", AWS_CLASS_VALIDATION },
	{ "UnmodifiableEntity", AWS_CLASS_VALIDATION },
	{ "UnrecognizedClientException", AWS_CLASS_CREDENTIALS },
	{ "UnsupportedOperationException", AWS_CLASS_VALIDATION },
	{ "ValidationError", AWS_CLASS_VALIDATION },
	{ "ValidationException", AWS_CLASS_VALIDATION },
	{ "VpcEncryptionControlViolationException", AWS_CLASS_VALIDATION },
};

/* New codes follow the old ones' pattern. The first that fits decides. */
static const struct row endings[] = {
	{ "NotFound", AWS_CLASS_NOT_FOUND },
	{ "NotFoundFault", AWS_CLASS_NOT_FOUND },
	{ "AlreadyExists", AWS_CLASS_EXISTS },
	{ "AlreadyExistsFault", AWS_CLASS_EXISTS },
	{ "AlreadyExistsException", AWS_CLASS_EXISTS },
	{ "QuotaExceeded", AWS_CLASS_QUOTA },
	{ "QuotaExceededFault", AWS_CLASS_QUOTA },
	{ "LimitExceeded", AWS_CLASS_QUOTA },
	{ "State", AWS_CLASS_STATE },
	{ "StateFault", AWS_CLASS_STATE },
};

/* What AWS says while IAM has not yet told all of AWS about a new role. */
static const struct {
	const char *code, *message;
} eventual[] = {
	{ "InvalidParameterValue", "IAM role ARN value is invalid or does not "
				   "include the required permissions" },
	{ "MalformedPolicyDocument", "Invalid principal in policy" },
};

static int by_code(const void *key, const void *row)
{
	return strcmp(key, ((const struct row *)row)->code);
}

static bool ends_in(const char *text, const char *ending)
{
	size_t len = strlen(text), ending_len = strlen(ending);

	return len > ending_len && !strcmp(text + len - ending_len, ending);
}

static enum aws_class class_of_status(int http_status)
{
	if (http_status == 429)
		return AWS_CLASS_THROTTLING;
	if (http_status >= 500)
		return AWS_CLASS_TRANSIENT;
	if (http_status == 403)
		return AWS_CLASS_AUTHORISATION;
	return http_status >= 300 ? AWS_CLASS_OTHER : AWS_CLASS_NONE;
}

enum aws_class aws_error_class(const char *code, const char *message,
			       int http_status)
{
	const struct row *row;

	for (size_t i = 0; i < ARRAY_SIZE(eventual); i++) {
		if (!strcmp(code, eventual[i].code) &&
		    strstr(message, eventual[i].message))
			return AWS_CLASS_EVENTUAL;
	}
	row = bsearch(code, rows, ARRAY_SIZE(rows), sizeof(*rows), by_code);
	if (row)
		return row->class;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		if (ends_in(code, endings[i].code))
			return endings[i].class;
	}
	return class_of_status(http_status);
}

bool aws_is_lacking(const struct aws_result *result)
{
	if (result->outcome == AWS_REFUSED)
		return result->class != AWS_CLASS_CREDENTIALS &&
		       result->class != AWS_CLASS_THROTTLING;
	return result->http_status && result->error->code == ERR_NETWORK;
}

bool aws_error_expired(const char *code)
{
	return !strcmp(code, "ExpiredToken") ||
	       !strcmp(code, "ExpiredTokenException");
}

bool aws_error_unsigned(const char *code)
{
	return !strcmp(code, "SignatureDoesNotMatch") ||
	       !strcmp(code, "InvalidSignatureException");
}

bool aws_error_skewed(const char *code, const char *message)
{
	if (!strcmp(code, "RequestTimeTooSkewed") ||
	    !strcmp(code, "RequestExpired") ||
	    !strcmp(code, "RequestInTheFuture"))
		return true;
	return aws_error_unsigned(code) &&
	       (strstr(message, "Signature expired") ||
		strstr(message, "Signature not yet current"));
}

char *aws_error_clean(const char *text)
{
	struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE / 4);
	bool blank = false;

	for (; *text && !out.overflowed; text++) {
		unsigned char c = (unsigned char)*text;

		if (c <= ' ' || c == 0x7f) {
			blank = out.len > 0;
			continue;
		}
		if (blank)
			strbuf_addc(&out, ' ');
		strbuf_addc(&out, *text);
		blank = false;
	}
	return strbuf_detach(&out);
}

static const char *said(const char *text)
{
	return *text ? text : NULL;
}

void aws_error_request(struct error *err, const struct aws_refusal *refusal)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&text, "%s:%s", refusal->service, refusal->action);
	if (refusal->http_status)
		strbuf_addf(&text, ", HTTP %d", refusal->http_status);
	if (*refusal->code)
		strbuf_addf(&text, ", %s", refusal->code);
	if (*refusal->request_id)
		strbuf_addf(&text, ", request id %s", refusal->request_id);
	error_request(err, "%s", text.buf);
	strbuf_clear(&text);
	strbuf_addf(&text, "%s:%s", refusal->service, refusal->action);
	error_call(err, text.buf, said(refusal->code), said(refusal->message),
		   said(refusal->request_id));
}

static void hint_credentials(struct error *err,
			     const struct aws_refusal *refusal)
{
	const char *source = refusal->credentials_source;

	if (aws_error_skewed(refusal->code, refusal->message))
		error_hint(err, "set this machine's clock");
	else if (aws_error_expired(refusal->code))
		error_hint(err,
			   "the credentials of %s have expired: renew them "
			   "(log in again) and repeat the command",
			   source);
	else if (aws_error_unsigned(refusal->code))
		error_hint(err,
			   "the secret access key of %s does not belong to its "
			   "access key id, or the clock is wrong",
			   source);
	else
		error_hint(err,
			   "AWS does not know the credentials of %s: check "
			   "them, and a session token that belongs to them",
			   source);
}

static void hint(struct error *err, const struct aws_refusal *refusal)
{
	switch (refusal->class) {
	case AWS_CLASS_CREDENTIALS:
		hint_credentials(err, refusal);
		break;
	case AWS_CLASS_AUTHORISATION:
		if (!strcmp(refusal->action, "AssumeRole"))
			error_hint(err, "the role's trust policy must name the "
					"caller, and the caller's own policy "
					"allow 'sts:AssumeRole' on the role");
		else
			error_hint(err,
				   "allow '%s:%s' in the caller's policy, and "
				   "in what limits it (permissions boundary, "
				   "service control policy)",
				   refusal->service, refusal->action);
		break;
	case AWS_CLASS_THROTTLING:
		error_hint(err, "the account's request rate is used up: try "
				"again later, or raise AWS_MAX_ATTEMPTS");
		break;
	case AWS_CLASS_TRANSIENT:
		error_hint(err, "try again; https://health.aws.amazon.com "
				"tells of outages");
		break;
	case AWS_CLASS_STATE:
		error_hint(err, "another operation is under way: wait until "
				"it is over, then plan again");
		break;
	case AWS_CLASS_EVENTUAL:
		error_hint(err, "a new role takes a while to be known "
				"everywhere: try again in a few minutes");
		break;
	case AWS_CLASS_NONE:
	case AWS_CLASS_NOT_FOUND:
	case AWS_CLASS_EXISTS:
	case AWS_CLASS_QUOTA:
	case AWS_CLASS_VALIDATION:
	case AWS_CLASS_OTHER:
		break;
	}
}

int aws_error_set(struct error *err, const struct aws_refusal *refusal)
{
	enum error_code code = refusal->class == AWS_CLASS_CREDENTIALS
				       ? ERR_CREDENTIALS
				       : ERR_AWS;

	(void)error_set(err, code, "AWS refused '%s:%s' in %s: %s",
			refusal->service, refusal->action, refusal->region,
			*refusal->message ? refusal->message
			: *refusal->code  ? refusal->code
					  : "it gave no reason");
	aws_error_request(err, refusal);
	hint(err, refusal);
	return -1;
}
