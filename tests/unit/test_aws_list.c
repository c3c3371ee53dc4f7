#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/aws_fixture.h"

/* The answer to a listing with three pages of two items. */
static void pages(struct server *server, size_t number, const char *request,
		  struct reply *reply)
{
	(void)server;
	(void)number;
	if (strstr(request, "Marker=m%2F2"))
		reply->body = OK_BODY("<Items><Item>5</Item></Items>");
	else if (strstr(request, "Marker=m1"))
		reply->body = OK_BODY("<Items/><Marker>m/2</Marker>");
	else
		reply->body = OK_BODY("<Items><Item>1</Item><Item>2</Item>"
				      "</Items><Marker>m1</Marker>");
}

static void test_aws_list__all_pages_in_turn(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	o.f->server->respond = pages;
	list(&o);
	assert_int_equal(o.outcome, AWS_OK);
	assert_string_equal(o.values.buf, "|1 2 .|.|5 .");
	assert_int_equal(o.f->server->len, 3);
	assert_int_equal(count(o.f, "MaxRecords=100"), 3);
}

/* The second page breaks off once. */
static void broken_page(struct server *server, size_t number,
			const char *request, struct reply *reply)
{
	if (number == 1) {
		reply->body = OK_BODY("<Items><Item>3</Item><Item>4</Item>");
		reply->cut = 86; /* within the second item */
	} else {
		pages(server, number, request, reply);
	}
}

static void test_aws_list__partial_page_is_begun_again(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	o.f->server->respond = broken_page;
	list(&o);
	assert_int_equal(o.outcome, AWS_OK);
	/* what is short is read only when it is whole */
	assert_string_equal(o.values.buf, "|1 2 .||.|5 .");
}

/* As above, but so long that its beginning is read before it breaks off. */
static void broken_long_page(struct server *server, size_t number,
			     const char *request, struct reply *reply)
{
	static char body[LIMIT_ANSWER_HELD + 256 * KIB];
	static const char head[] = "<TestResponse><TestResult><Items>"
				   "<Item>3</Item>";

	if (number != 1) {
		pages(server, number, request, reply);
		return;
	}
	memset(body, ' ', sizeof(body) - 1);
	memcpy(body, head, strlen(head));
	reply->body = body;
	reply->cut = sizeof(body) - 2;
}

static void test_aws_list__partial_long_page_is_begun_again(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	o.f->server->respond = broken_long_page;
	list(&o);
	assert_int_equal(o.outcome, AWS_OK);
	assert_string_equal(o.values.buf, "|1 2 .|3 |.|5 .");
}

static void test_aws_list__repeated_marker_is_incomplete(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .body = OK_BODY("<Marker>m</Marker>") });
	list(&o);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_INCOMPLETE);
	assert_int_equal(o.f->server->len, 2);
	says(&o.err, "a marker that it gave before");
}

static void test_aws_list__truncated_without_a_marker(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f,
		{ .body = OK_BODY("<IsTruncated>true</IsTruncated>"
				  "<Marker>m</Marker>") },
		{ .body = OK_BODY("<IsTruncated>true</IsTruncated>") });
	list(&o);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_INCOMPLETE);
	says(&o.err, "it says that there is more, but not where");
}

static void test_aws_list__not_truncated(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .body = OK_BODY("<IsTruncated>false</IsTruncated>"
				       "<Marker/>") });
	list(&o);
	assert_int_equal(o.outcome, AWS_OK);
	assert_int_equal(o.f->server->len, 1);
}

static void test_aws_list__failure_on_a_later_page_fails_all(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .body = OK_BODY("<Marker>m</Marker>") },
		{ .status = 403, .body = ERROR_BODY("AccessDenied", "x") });
	list(&o);
	assert_int_equal(o.outcome, AWS_REFUSED);
	assert_int_equal(o.err.code, ERR_AWS);
}

static void test_aws_list__ec2_next_token(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	CLEANUP(free_paths) struct xml_paths *paths = xml_paths_new();
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss}", "MaxResults", "1000");
	struct aws_listing listing = { .call = ec2_call(&o, parameters),
				       .marker_path = "*/nextToken",
				       .marker_parameter = "NextToken",
				       .page_done = on_page };

	REPLIES(o.f,
		{ .body = "<DescribeSecurityGroupsResponse><s><item>1</item></"
			  "s>"
			  "<nextToken>t=1</nextToken></"
			  "DescribeSecurityGroupsResponse>" },
		{ .body = "<DescribeSecurityGroupsResponse><s><item>2</item></"
			  "s>"
			  "<nextToken/></DescribeSecurityGroupsResponse>" });
	xml_paths_add(paths, "*/s/item", 1);
	listing.call.answer = paths;
	listing.call.handler = &value_handler;
	open_client(o.f, &(struct aws_place){ .region = "eu-west-1" });
	listing.call.session = o.f->session;
	aws_list(o.f->aws, &listing);
	while (!o.done)
		(void)aws_step(o.f->aws, INT64_MAX);
	assert_int_equal(o.outcome, AWS_OK);
	assert_string_equal(o.values.buf, "|1 .|2 .");
	assert_int_equal(o.f->server->len, 2);
	assert_non_null(strstr(o.f->server->requests[1],
			       "MaxResults=1000&NextToken=t%3D1"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_aws_list__all_pages_in_turn),
		TEST(test_aws_list__partial_page_is_begun_again),
		TEST(test_aws_list__partial_long_page_is_begun_again),
		TEST(test_aws_list__repeated_marker_is_incomplete),
		TEST(test_aws_list__truncated_without_a_marker),
		TEST(test_aws_list__not_truncated),
		TEST(test_aws_list__failure_on_a_later_page_fails_all),
		TEST(test_aws_list__ec2_next_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
