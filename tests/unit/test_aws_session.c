#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/aws_fixture.h"

/* ---- roles ---- */

#define ROLE_TOKEN "IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJ"

/* Assumed credentials live for ctx seconds. */
static void sts(struct server *server, size_t number, const char *request,
		struct reply *reply)
{
	const int *lifetime = server->ctx;
	char expiry[CLOCK_TEXT_MAX];

	if (!strstr(request, "Action=AssumeRole")) {
		reply->body = OK_BODY("<Items><Item>x</Item></Items>");
		return;
	}
	reply->owned = xasprintf(
		"<AssumeRoleResponse><AssumeRoleResult><Credentials>"
		"<AccessKeyId>ASIA%zu</AccessKeyId><SecretAccessKey>"
		"role-secret</SecretAccessKey><SessionToken>" ROLE_TOKEN
		"</SessionToken>"
		"<Expiration>%s</Expiration></Credentials></AssumeRoleResult>"
		"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
		"</AssumeRoleResponse>",
		number, clock_rfc3339(clock_now() + *lifetime, expiry));
}

static const struct aws_place role_place = {
	.region = "eu-west-1",
	.role_arn = "arn:aws:iam::123456789012:role/aback",
};

static void test_role__is_assumed_once_for_many_calls(void **state)
{
	struct fixture *f = *state;
	int lifetime = 3600;
	CLEANUP(outcome_release) struct outcome one = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome two = OUTCOME_INIT(f);

	f->server->respond = sts;
	f->server->ctx = &lifetime;
	open_client(f, &role_place);
	struct aws_call call = call_of(&two, false);

	call.session = f->session;
	aws_start(f->aws, &call);
	run_one(&one, true);
	while (!two.done)
		(void)aws_step(f->aws, INT64_MAX);
	assert_int_equal(one.outcome, AWS_OK);
	assert_int_equal(two.outcome, AWS_OK);
	assert_int_equal(count(f, "Action=AssumeRole"), 1);
	assert_true(is_signed(f->server->requests[0], SECRET_KEY));
	assert_non_null(strstr(f->server->requests[0],
			       "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3A"
			       "role%2Faback&RoleSessionName=aback"));
	assert_true(is_signed(f->server->requests[1], "role-secret"));
	assert_non_null(strstr(f->server->requests[1], "Credential=ASIA0/"));
}

static void test_role__is_assumed_again_before_it_expires(void **state)
{
	struct fixture *f = *state;
	int lifetime = 4;
	CLEANUP(outcome_release) struct outcome one = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome two = OUTCOME_INIT(f);

	f->server->respond = sts;
	f->server->ctx = &lifetime;
	open_client(f, &role_place);
	run_one(&one, false);
	usleep(2100000); /* half of it, by a clock of seconds */
	run_one(&two, false);
	assert_int_equal(two.outcome, AWS_OK);
	assert_int_equal(count(f, "Action=AssumeRole"), 2);
}

static void test_role__expired_already_is_an_error(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	int lifetime = -10;

	o.f->server->respond = sts;
	o.f->server->ctx = &lifetime;
	open_client(o.f, &role_place);
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_CREDENTIALS);
	assert_int_equal(o.f->server->len, 1);
	says(&o.err, "have expired already");
}

static void test_role__change_is_told_in_the_session_name(void **state)
{
	struct fixture *f = *state;
	int lifetime = 3600;
	CLEANUP(outcome_release) struct outcome one = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome two = OUTCOME_INIT(f);

	f->server->respond = sts;
	f->server->ctx = &lifetime;
	open_client(f, &role_place);
	run_one(&one, false);
	aws_set_change(f->aws, "20261124T021530Z-abc123");
	run_one(&two, false);
	assert_int_equal(count(f, "RoleSessionName=aback-20261124T021530Z-"
				  "abc123"),
			 1);
}

/* As AWS does where a signature is wrong. */
static void repeat(struct server *server, size_t number, const char *request,
		   struct reply *reply)
{
	if (strstr(request, "Action=AssumeRole")) {
		sts(server, number, request, reply);
		return;
	}
	reply->status = 403;
	reply->body = ERROR_BODY("SignatureDoesNotMatch",
				 "'x-amz-security-token:" ROLE_TOKEN
				 "' by role-secret");
}

static void test_role__what_it_gave_is_hidden(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	int lifetime = 3600;

	o.f->server->respond = repeat;
	o.f->server->ctx = &lifetime;
	open_client(o.f, &role_place);
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_REFUSED);
	says(&o.err, "'x-amz-security-token:***' by ***");
}

static void test_role__refused(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 403,
		       .body = ERROR_BODY("AccessDenied", "not you") });
	open_client(o.f, &role_place);
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_CREDENTIALS);
	assert_int_equal(o.begun, 0);
	says(&o.err, "cannot assume the role "
		     "'arn:aws:iam::123456789012:role/aback': AWS refused "
		     "'sts:AssumeRole' in eu-west-1: not you");
	says(&o.err, "trust policy");
}

/* ---- who is it? ---- */

static void test_aws_session_caller__tells_the_account(void **state)
{
	struct fixture *f = *state;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(aws_caller_release) struct aws_caller caller = { .arn = NULL };

	REPLIES(f, { .body = OK_BODY("<Arn>arn:aws:iam::123456789012:user/x"
				     "</Arn><UserId>AIDA</UserId><Account>"
				     "123456789012</Account>") });
	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	assert_int_equal(aws_session_caller(f->session, &caller, &err), 0);
	assert_string_equal(caller.account, "123456789012");
	assert_string_equal(caller.arn, "arn:aws:iam::123456789012:user/x");
	assert_string_equal(caller.user_id, "AIDA");
}

static void test_aws_session_caller__no_account_is_an_error(void **state)
{
	struct fixture *f = *state;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(aws_caller_release) struct aws_caller caller = { .arn = NULL };

	REPLIES(f, { .body = OK_BODY("<Account>12</Account>") });
	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	assert_int_equal(aws_session_caller(f->session, &caller, &err), -1);
	says(&err, "does not answer like AWS");
}

static void test_aws_session_open__bad_regions(void **state)
{
	struct fixture *f = *state;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct aws_session *session = NULL;

	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	assert_int_equal(aws_session_open(f->aws,
					  &(struct aws_place){ .region = NULL },
					  &session, &err),
			 -1);
	says(&err, "set AWS_REGION");
	assert_int_equal(
		aws_session_open(f->aws,
				 &(struct aws_place){ .region = "evil.com/#" },
				 &session, &err),
		-1);
	assert_int_equal(err.code, ERR_USAGE);
	setenv("AWS_DEFAULT_REGION", "eu-north-1", 1);
	assert_int_equal(aws_session_open(f->aws,
					  &(struct aws_place){ .region = NULL },
					  &session, &err),
			 0);
	assert_string_equal(aws_session_region(session), "eu-north-1");
	setenv("AWS_REGION", "us-east-2", 1);
	assert_int_equal(aws_session_open(f->aws,
					  &(struct aws_place){ .region = NULL },
					  &session, &err),
			 0);
	assert_string_equal(aws_session_region(session), "us-east-2");
}

static void test_aws_session_open__bad_endpoints(void **state)
{
	static const char *const bad[] = {
		"127.0.0.1:80", "ftp://x/", "https://user:pw@x/",
		"https://x/?q", "http://",  "https://x y/"
	};
	struct fixture *f = *state;
	struct aws_session *session = NULL;

	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(error_release) struct error err = ERROR_INIT;

		setenv("AWS_ENDPOINT_URL_RDS", bad[i], 1);
		assert_int_equal(
			aws_session_open(
				f->aws,
				&(struct aws_place){ .region = "eu-west-1" },
				&session, &err),
			-1);
		assert_int_equal(err.code, ERR_USAGE);
		says(&err, "AWS_ENDPOINT_URL_RDS cannot be used");
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_role__is_assumed_once_for_many_calls),
		TEST(test_role__is_assumed_again_before_it_expires),
		TEST(test_role__expired_already_is_an_error),
		TEST(test_role__change_is_told_in_the_session_name),
		TEST(test_role__what_it_gave_is_hidden),
		TEST(test_role__refused),
		TEST(test_aws_session_caller__tells_the_account),
		TEST(test_aws_session_caller__no_account_is_an_error),
		TEST(test_aws_session_open__bad_regions),
		TEST(test_aws_session_open__bad_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
