#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/aws_fixture.h"

/* ---- reads are tried again ---- */

static void check_read_survives(struct fixture *f, struct reply bad,
				size_t requests)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(f);

	REPLIES(f, bad, { .body = OK_BODY("<Items><Item>x</Item></Items>") });
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_OK);
	assert_int_equal(f->server->len, requests);
	/* the last attempt told all */
	assert_string_equal(strrchr(o.values.buf, '|'), "|x ");
}

static void test_read__survives_throttling(void **state)
{
	check_read_survives(
		*state,
		(struct reply){ .status = 400,
				.body = ERROR_BODY("Throttling", "Rate") },
		2);
}

static void test_read__survives_500(void **state)
{
	check_read_survives(*state,
			    (struct reply){ .status = 500,
					    .type = "text/html",
					    .body = HTML_BODY },
			    2);
}

static void test_read__survives_reset(void **state)
{
	check_read_survives(*state, (struct reply){ .reset = true }, 2);
}

static void test_read__survives_truncation(void **state)
{
	check_read_survives(
		*state,
		(struct reply){
			.body = OK_BODY("<Items><Item>y</Item></Items>"),
			.cut = 90 },
		2);
}

static void test_read__survives_malformed_xml(void **state)
{
	check_read_survives(
		*state,
		(struct reply){ .body = "<TestResponse><TestResult><Items>"
					"<Item>y</Item></Item>" },
		2);
}

static void test_read__many_throttles_are_outlived(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	struct reply throttle = {
		.status = 400,
		.body = ERROR_BODY("ThrottlingException", "Rate exceeded"),
	};

	REPLIES(o.f, throttle, throttle, throttle, throttle, throttle,
		{ .body = OK_BODY("") });
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_OK);
	assert_int_equal(o.begun, 6);
}

static void test_read__gives_up_after_max_attempts(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 400,
		       .body = ERROR_BODY("Throttling", "Rate exceeded") });
	setenv("AWS_MAX_ATTEMPTS", "2", 1);
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.class, AWS_CLASS_THROTTLING);
	assert_int_equal(o.f->server->len, 2);
	assert_int_equal(o.err.code, ERR_AWS);
	says(&o.err, "gave up after 2 attempts: AWS refused "
		     "'rds:DescribeDBClusters' in eu-west-1: Rate exceeded");
	says(&o.err, "request: rds:DescribeDBClusters, HTTP 400, Throttling, "
		     "request id req-2");
	says(&o.err, "hint: ");
}

static void test_read__time_out_is_tried_again_and_said(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .hang = true });
	setenv("AWS_MAX_ATTEMPTS", "2", 1);
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_NETWORK);
	assert_int_equal(o.f->server->len, 2);
	says(&o.err, "no answer of 'http://127.0.0.1:");
}

static void test_read__cut_off_to_the_end_is_incomplete(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .body = OK_BODY("<Items><Item>y</Item></Items>"),
		       .cut = 90 });
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_INCOMPLETE);
	assert_int_equal(o.f->server->len, 3);
	says(&o.err, "could not be read whole");
}

static void test_read__denied_is_final_and_names_the_action(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 403,
		       .body = ERROR_BODY("AccessDenied",
					  "User: x is not authorized\n  to "
					  "perform: rds:DescribeDBClusters") });
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_REFUSED);
	assert_int_equal(o.class, AWS_CLASS_AUTHORISATION);
	assert_string_equal(o.code, "AccessDenied");
	assert_int_equal(o.f->server->len, 1);
	says(&o.err, "is not authorized to perform:");
	says(&o.err, "hint: allow 'rds:DescribeDBClusters'");
}

static void test_read__not_aws_is_said(void **state)
{
	static const struct reply aliens[] = {
		{ .type = "text/html", .body = HTML_BODY },
		{ .type = "text/html", .body = "<html><body/></html>" },
		{ .type = "application/json", .body = "{\"ok\": true}" },
		{ .type = "text/plain", .body = "" },
		/* well-formed, and not the answer to what was asked */
		{ .body = "<DescribeDBSnapshotsResponse/>" },
		{ .body = "<Response/>" },
		{ .body = "<!DOCTYPE a><DescribeDBClustersResponse/>" },
		{ .status = 404, .type = "text/html", .body = HTML_BODY },
		{ .status = 302,
		  .type = "text/html",
		  .headers = "Location: http://127.0.0.1:1/\r\n",
		  .body = "" },
	};
	struct fixture *f = *state;

	setenv("AWS_MAX_ATTEMPTS", "1", 1);
	for (size_t i = 0; i < ARRAY_SIZE(aliens); i++) {
		CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(f);

		replies(f, 1, &aliens[i]);
		run_one(&o, false);
		assert_int_equal(o.outcome, AWS_NOT_SENT);
		assert_int_equal(o.err.code, ERR_NETWORK);
		says(&o.err, "does not answer like AWS");
		says(&o.err, "hint: check AWS_ENDPOINT_URL");
	}
	assert_int_equal(f->server->len, ARRAY_SIZE(aliens));
}

static void test_read__nobody_listens(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	setenv("AWS_ENDPOINT_URL_RDS", "http://127.0.0.1:1", 1);
	run_one(&o, false);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.status, 0);
	assert_int_equal(o.err.code, ERR_NETWORK);
	assert_int_equal(o.begun, 3);
	says(&o.err, "cannot reach 'http://127.0.0.1:1/'");
}

/* ---- mutations are sent once ---- */

static void check_unknown(struct fixture *f, struct reply bad)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(f);

	replies(f, 1, &bad);
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_UNKNOWN);
	assert_int_equal(f->server->len, 1);
	says(&o.err, "whether AWS ran it is not known");
}

static void test_mutation__500_is_unknown(void **state)
{
	check_unknown(*state, (struct reply){ .status = 500,
					      .type = "text/html",
					      .body = HTML_BODY });
}

static void test_mutation__answer_to_another_call_is_unknown(void **state)
{
	check_unknown(
		*state,
		(struct reply){ .body = "<DescribeDBClustersResponse/>" });
}

static void test_mutation__503_of_aws_is_unknown(void **state)
{
	check_unknown(*state,
		      (struct reply){ .status = 503,
				      .body = ERROR_BODY("ServiceUnavailable",
							 "later") });
}

static void test_mutation__internal_failure_is_unknown(void **state)
{
	check_unknown(*state, (struct reply){ .status = 400,
					      .body = ERROR_BODY(
						      "InternalFailure", "") });
}

static void test_mutation__reset_is_unknown(void **state)
{
	check_unknown(*state, (struct reply){ .reset = true });
}

static void test_mutation__hang_is_unknown(void **state)
{
	check_unknown(*state, (struct reply){ .hang = true });
}

static void test_mutation__truncation_is_unknown(void **state)
{
	check_unknown(*state,
		      (struct reply){ .body = OK_BODY("x"), .cut = 20 });
}

static void test_mutation__unparsable_success_is_unknown(void **state)
{
	check_unknown(*state, (struct reply){ .type = "application/json",
					      .body = "{}" });
}

static void test_mutation__alien_4xx_is_unknown(void **state)
{
	check_unknown(*state, (struct reply){ .status = 403,
					      .type = "text/html",
					      .body = HTML_BODY });
}

static void test_mutation__refusal_is_certain(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 400,
		       .body = ERROR_BODY("InvalidDBClusterStateFault",
					  "is not available") });
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_REFUSED);
	assert_int_equal(o.class, AWS_CLASS_STATE);
	assert_int_equal(o.f->server->len, 1);
}

static void test_mutation__throttled_is_sent_again(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 503, .body = ERROR_BODY("SlowDown", "") },
		{ .body = OK_BODY("") });
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_OK);
	assert_int_equal(o.f->server->len, 2);
}

static void test_mutation__no_connection_is_not_sent(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	setenv("AWS_ENDPOINT_URL_RDS", "http://127.0.0.1:1", 1);
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.begun, 3);
}

/*
 * A kept connection dies with the request: libcurl would send it again on a
 * new one.
 */
static void test_mutation__kept_connection_is_never_used(void **state)
{
	struct fixture *f = *state;
	CLEANUP(outcome_release) struct outcome read = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome write = OUTCOME_INIT(f);

	REPLIES(f, { .body = OK_BODY("") }, { .reset = true });
	run_one(&read, false);
	run_one(&write, true);
	assert_int_equal(write.outcome, AWS_UNKNOWN);
	assert_int_equal(f->server->len, 2);
	assert_int_equal(f->server->connections, 2);
}

static void test_read__connection_is_kept(void **state)
{
	struct fixture *f = *state;
	CLEANUP(outcome_release) struct outcome one = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome two = OUTCOME_INIT(f);

	REPLIES(f, { .body = OK_BODY("") });
	run_one(&one, false);
	run_one(&two, false);
	assert_int_equal(f->server->connections, 1);
}

/* ---- clock and credentials ---- */

/* Refuses what is not signed for 2030. */
static void in_2030(struct server *server, size_t number, const char *request,
		    struct reply *reply)
{
	(void)server;
	(void)number;
	reply->headers = "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n";
	if (strstr(request, "X-Amz-Date: 20300101T0000")) {
		reply->body = OK_BODY("");
		return;
	}
	reply->status = 403;
	reply->body = server->ctx;
}

static void check_skew(struct fixture *f, const char *refusal, bool mutating)
{
	CLEANUP(outcome_release) struct outcome one = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome two = OUTCOME_INIT(f);

	f->server->respond = in_2030;
	f->server->ctx = (void *)(uintptr_t)refusal;
	run_one(&one, mutating);
	assert_int_equal(one.outcome, AWS_OK);
	assert_int_equal(f->server->len, 2);
	run_one(&two, mutating); /* now it knows */
	assert_int_equal(two.outcome, AWS_OK);
	assert_int_equal(f->server->len, 3);
}

static void test_skew__is_corrected_once(void **state)
{
	check_skew(*state, ERROR_BODY("RequestTimeTooSkewed", "x"), false);
}

static void test_skew__of_a_mutation(void **state)
{
	check_skew(*state,
		   ERROR_BODY("SignatureDoesNotMatch",
			      "Signature expired: 1 is now earlier than 2"),
		   true);
}

static void test_skew__without_a_message(void **state)
{
	check_skew(*state, ERROR_BODY("SignatureDoesNotMatch", "no"), false);
}

static void test_skew__that_stays_is_final(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 403,
		       .headers = "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n",
		       .body = ERROR_BODY("RequestExpired", "x") });
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_REFUSED);
	assert_int_equal(o.f->server->len, 2);
	assert_int_equal(o.err.code, ERR_CREDENTIALS);
	says(&o.err, "hint: set this machine's clock");
}

static void test_signature_mismatch__with_a_right_clock_is_final(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 403,
		       .body = ERROR_BODY("SignatureDoesNotMatch", "x") });
	run_one(&o, false);
	assert_int_equal(o.f->server->len, 1);
	assert_int_equal(o.err.code, ERR_CREDENTIALS);
	says(&o.err, "secret access key of the environment");
}

static void test_expired__is_final_when_nothing_is_newer(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .status = 403,
		       .body = ERROR_BODY("ExpiredToken", "expired") });
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_REFUSED);
	assert_int_equal(o.f->server->len, 1);
	assert_int_equal(o.err.code, ERR_CREDENTIALS);
	says(&o.err, "have expired: renew them");
}

/* The credentials are renewed while the first request is under way. */
static void expire(struct server *server, size_t number, const char *request,
		   struct reply *reply)
{
	(void)server;
	(void)request;
	if (number) {
		reply->body = OK_BODY("");
		return;
	}
	setenv("AWS_SECRET_ACCESS_KEY", "newer", 1);
	reply->status = 403;
	reply->body = ERROR_BODY("ExpiredToken", "expired");
}

static void test_expired__newer_credentials_are_loaded_once(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	o.f->server->respond = expire;
	run_one(&o, true);
	assert_int_equal(o.outcome, AWS_OK);
	assert_int_equal(o.f->server->len, 2);
	assert_true(is_signed(o.f->server->requests[0], SECRET_KEY));
	assert_true(is_signed(o.f->server->requests[1], "newer"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read__survives_throttling),
		TEST(test_read__survives_500),
		TEST(test_read__survives_reset),
		TEST(test_read__survives_truncation),
		TEST(test_read__survives_malformed_xml),
		TEST(test_read__many_throttles_are_outlived),
		TEST(test_read__gives_up_after_max_attempts),
		TEST(test_read__time_out_is_tried_again_and_said),
		TEST(test_read__cut_off_to_the_end_is_incomplete),
		TEST(test_read__denied_is_final_and_names_the_action),
		TEST(test_read__not_aws_is_said),
		TEST(test_read__nobody_listens),
		TEST(test_mutation__500_is_unknown),
		TEST(test_mutation__answer_to_another_call_is_unknown),
		TEST(test_mutation__503_of_aws_is_unknown),
		TEST(test_mutation__internal_failure_is_unknown),
		TEST(test_mutation__reset_is_unknown),
		TEST(test_mutation__hang_is_unknown),
		TEST(test_mutation__truncation_is_unknown),
		TEST(test_mutation__unparsable_success_is_unknown),
		TEST(test_mutation__alien_4xx_is_unknown),
		TEST(test_mutation__refusal_is_certain),
		TEST(test_mutation__throttled_is_sent_again),
		TEST(test_mutation__no_connection_is_not_sent),
		TEST(test_mutation__kept_connection_is_never_used),
		TEST(test_read__connection_is_kept),
		TEST(test_skew__is_corrected_once),
		TEST(test_skew__of_a_mutation),
		TEST(test_skew__without_a_message),
		TEST(test_skew__that_stays_is_final),
		TEST(test_signature_mismatch__with_a_right_clock_is_final),
		TEST(test_expired__is_final_when_nothing_is_newer),
		TEST(test_expired__newer_credentials_are_loaded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
