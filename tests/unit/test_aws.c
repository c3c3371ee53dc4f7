#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/aws_fixture.h"

/* ---- the request ---- */

static void test_aws_start__request_is_signed_and_answer_read(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	CLEANUP(json_release)
	json_t *parameters = json_pack("{s:s}", "DBClusterIdentifier", "a b");
	CLEANUP(free_paths) struct xml_paths *paths = value_paths();
	struct aws_call call = call_of(&o, true);
	const char *request;

	REPLIES(o.f, { .body = OK_BODY("<Items><Item>x</Item></Items>") });
	setenv("AWS_SESSION_TOKEN", "planted-token", 1);
	call.parameters = parameters;
	call.answer = paths;
	call.handler = &value_handler;
	run(&o, &call);
	assert_int_equal(o.outcome, AWS_OK);
	assert_int_equal(o.status, 200);
	assert_string_equal(o.request_id, "req-1");
	assert_string_equal(o.values.buf, "|x ");
	assert_int_equal(strlen(o.sent_at), strlen("2026-11-24T02:15:30Z"));
	assert_int_equal(o.f->server->len, 1);
	request = o.f->server->requests[0];
	assert_true(is_signed(request, SECRET_KEY));
	assert_false(is_signed(request, "another"));
	assert_non_null(strstr(request, "\r\nX-Amz-Security-Token: planted"));
	assert_non_null(strstr(request, "/eu-west-1/rds/aws4_request"));
	assert_non_null(strstr(request, "\r\nUser-Agent: aback/test\r\n"));
	assert_non_null(strstr(request, "\r\n\r\nAction=ModifyDBCluster&"
					"Version=2014-10-31&"
					"DBClusterIdentifier=a%20b"));
	assert_non_null(strstr(o.f->trace.buf, "rds:ModifyDBCluster eu-west-1 "
					       "HTTP 200, "));
	assert_null(strstr(o.f->trace.buf, "planted"));
}

static void test_aws_set_change__is_told_in_the_user_agent(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .body = OK_BODY("") });
	open_client(o.f, &(struct aws_place){ .region = "eu-west-1" });
	aws_set_change(o.f->aws, "20261124T021530Z-abc123");
	run_one(&o, false);
	assert_non_null(strstr(o.f->server->requests[0],
			       "User-Agent: aback/test "
			       "change/20261124T021530Z-abc123\r\n"));
}

static void test_aws_start__iam_is_signed_for_us_east_1(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	struct aws_call call = call_of(&o, false);

	REPLIES(o.f, { .body = OK_BODY("") });
	call.service = "iam";
	call.action = "ListAttachedRolePolicies";
	run(&o, &call);
	assert_non_null(strstr(o.f->server->requests[0],
			       "/us-east-1/iam/aws4_request"));
	assert_non_null(strstr(o.f->server->requests[0], "Version=2010-05-08"));
}

/* ---- EC2's dialect of the query protocol ---- */

static void test_aws_start__ec2_lists_are_flat(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	CLEANUP(json_release)
	json_t *parameters =
		json_pack("{ss ss}", "GroupId.1", "sg-1", "GroupId.2", "sg-2");
	CLEANUP(free_paths) struct xml_paths *paths = xml_paths_new();
	struct aws_call call = ec2_call(&o, parameters);

	REPLIES(o.f, { .body = "<DescribeSecurityGroupsResponse xmlns="
			       "\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
			       "<requestId>req-7</requestId><securityGroupInfo>"
			       "<item><groupId>sg-1</groupId></item>"
			       "</securityGroupInfo>"
			       "</DescribeSecurityGroupsResponse>" });
	xml_paths_add(paths, "*/securityGroupInfo/item/groupId", 1);
	call.answer = paths;
	call.handler = &value_handler;
	run(&o, &call);
	assert_int_equal(o.outcome, AWS_OK);
	assert_string_equal(o.values.buf, "|sg-1 ");
	assert_string_equal(o.request_id, "req-7");
	assert_non_null(strstr(o.f->server->requests[0],
			       "Action=DescribeSecurityGroups&"
			       "Version=2016-11-15&GroupId.1=sg-1&"
			       "GroupId.2=sg-2"));
	assert_non_null(strstr(o.f->server->requests[0],
			       "/eu-west-1/ec2/aws4_request"));
}

#define EC2_ERROR(code, message)                                    \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"    \
	"<Errors><Error><Code>" code "</Code><Message>" message     \
	"</Message></Error></Errors><RequestID>req-8</RequestID></" \
	"Response>"

static void test_aws_start__ec2_error(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	struct aws_call call = ec2_call(&o, NULL);

	REPLIES(o.f, { .status = 400,
		       .body = EC2_ERROR("InvalidGroup.NotFound",
					 "The security group 'sg-1' does not "
					 "exist") });
	run(&o, &call);
	assert_int_equal(o.outcome, AWS_REFUSED);
	assert_int_equal(o.class, AWS_CLASS_NOT_FOUND);
	assert_string_equal(o.code, "InvalidGroup.NotFound");
	assert_string_equal(o.request_id, "req-8");
	says(&o.err, "The security group 'sg-1' does not exist");
}

/* A bare <Response> without an error is no answer, and not half of one. */
static void test_aws_start__ec2_empty_response_is_not_success(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	struct aws_call call = ec2_call(&o, NULL);

	call.mutating = true;
	REPLIES(o.f, { .body = "<Response></Response>" });
	run(&o, &call);
	assert_int_equal(o.outcome, AWS_UNKNOWN);
}

/* ---- many at once ---- */

static void test_aws_step__more_calls_than_may_be_in_flight(void **state)
{
	struct fixture *f = *state;
	struct outcome o = OUTCOME_INIT(f);
	struct aws_call call;
	size_t ended = 0;

	REPLIES(f, { .body = OK_BODY("") });
	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	call = call_of(&o, false);
	call.session = f->session;
	for (int i = 0; i < 60; i++)
		aws_start(f->aws, &call);
	assert_int_equal(aws_in_flight(f->aws), 60);
	while (aws_in_flight(f->aws))
		ended += aws_step(f->aws, INT64_MAX);
	assert_int_equal(ended, 60);
	assert_int_equal(o.done, 60);
	assert_true(f->server->connections <= 16);
	outcome_release(&o);
}

static void test_aws_step__returns_at_the_time_given(void **state)
{
	struct fixture *f = *state;
	struct outcome o = OUTCOME_INIT(f);
	struct aws_call call;
	int64_t until = clock_monotonic_ms() + 60;

	REPLIES(f, { .hang = true });
	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	assert_int_equal(aws_step(f->aws, INT64_MAX), 0); /* nothing to do */
	call = call_of(&o, false);
	call.session = f->session;
	aws_start(f->aws, &call);
	assert_int_equal(aws_step(f->aws, until), 0);
	assert_true(clock_monotonic_ms() >= until);
	assert_int_equal(o.done, 0);
	outcome_release(&o);
}

static void test_aws_free__in_the_middle(void **state)
{
	struct fixture *f = *state;
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(f);
	struct aws_listing listing = { .marker_path = "*/*/Marker",
				       .marker_parameter = "Marker" };
	struct aws_call call;

	REPLIES(f, { .hang = true });
	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	call = call_of(&o, true);
	call.session = f->session;
	listing.call = call_of(&o, false);
	listing.call.session = f->session;
	aws_list(f->aws, &listing);
	aws_start(f->aws, &call);
	assert_int_equal(aws_step(f->aws, clock_monotonic_ms() + 50), 0);
	aws_start(f->aws, &call);
	aws_free(f->aws);
	f->aws = NULL;
	assert_int_equal(o.done, 0);
}

/* ---- interrupted ---- */

/* The second request comes with the interruption; it is answered later. */
static void interrupt(struct server *server, size_t number, const char *request,
		      struct reply *reply)
{
	struct fixture *f = server->ctx;

	if (strstr(request, "Describe")) {
		reply->hang = true;
		return;
	}
	(void)number;
	f->interrupted = 1;
	usleep(300000);
	reply->body = OK_BODY("");
}

static void test_interrupted__mutation_under_way_gets_its_answer(void **state)
{
	struct fixture *f = *state;
	CLEANUP(outcome_release) struct outcome read = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome write = OUTCOME_INIT(f);
	CLEANUP(outcome_release) struct outcome late = OUTCOME_INIT(f);
	struct aws_call call;

	f->server->respond = interrupt;
	f->server->ctx = f;
	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	call = call_of(&read, false);
	call.session = f->session;
	aws_start(f->aws, &call);
	call = call_of(&write, true);
	call.session = f->session;
	aws_start(f->aws, &call);
	while (!read.done)
		(void)aws_step(f->aws, INT64_MAX);
	assert_int_equal(read.outcome, AWS_NOT_SENT);
	assert_int_equal(read.err.code, ERR_INTERRUPTED);
	call = call_of(&late, true);
	call.session = f->session;
	aws_start(f->aws, &call);
	while (!late.done || !write.done)
		(void)aws_step(f->aws, INT64_MAX);
	assert_int_equal(late.outcome, AWS_NOT_SENT);
	assert_int_equal(late.err.code, ERR_INTERRUPTED);
	assert_int_equal(late.begun, 0);
	assert_int_equal(write.outcome, AWS_OK);
}

/* It does not answer at all. */
static void interrupt_and_hang(struct server *server, size_t number,
			       const char *request, struct reply *reply)
{
	struct fixture *f = server->ctx;

	(void)number;
	(void)request;
	f->interrupted = 1;
	reply->hang = true;
}

static void
test_interrupted__mutation_without_an_answer_is_unknown(void **state)
{
	struct fixture *f = *state;
	CLEANUP(outcome_release) struct outcome write = OUTCOME_INIT(f);
	struct aws_call call;
	int64_t begin;

	f->grace_ms = 100;
	f->server->respond = interrupt_and_hang;
	f->server->ctx = f;
	open_client(f, &(struct aws_place){ .region = "eu-west-1" });
	call = call_of(&write, true);
	call.session = f->session;
	aws_start(f->aws, &call);
	begin = clock_monotonic_ms();
	while (!write.done)
		(void)aws_step(f->aws, INT64_MAX);
	/* long before the call's own time is over */
	assert_in_range(clock_monotonic_ms() - begin, 100, 900);
	assert_int_equal(write.outcome, AWS_UNKNOWN);
	assert_int_equal(write.err.code, ERR_INTERRUPTED);
	assert_int_equal(aws_in_flight(f->aws), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_aws_start__request_is_signed_and_answer_read),
		TEST(test_aws_set_change__is_told_in_the_user_agent),
		TEST(test_aws_start__iam_is_signed_for_us_east_1),
		TEST(test_aws_start__ec2_lists_are_flat),
		TEST(test_aws_start__ec2_error),
		TEST(test_aws_start__ec2_empty_response_is_not_success),
		TEST(test_aws_step__more_calls_than_may_be_in_flight),
		TEST(test_aws_step__returns_at_the_time_given),
		TEST(test_aws_free__in_the_middle),
		TEST(test_interrupted__mutation_under_way_gets_its_answer),
		TEST(test_interrupted__mutation_without_an_answer_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
