#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/aws_fixture.h"

#define JSON_TYPE "application/x-amz-json-1.1"

static void on_json(void *ctx, const json_t *answer)
{
	struct outcome *o = ctx;
	size_t index;
	json_t *group;

	strbuf_adds(&o->values, "{");
	json_array_foreach(json_object_get(answer, "logGroups"), index, group)
		strbuf_addf(&o->values, "%s ", json_text(group, "name"));
	strbuf_adds(&o->values, "}");
}

static void run_json(struct outcome *o, bool mutating)
{
	CLEANUP(json_release)
	json_t *parameters = json_pack("{s:s s:i}", "logGroupName", "/a \"b",
				       "retentionInDays", 30);
	struct aws_call call = call_of(o, mutating);

	call.service = "logs";
	call.action = "PutRetentionPolicy";
	call.parameters = parameters;
	call.json = on_json;
	run(o, &call);
}

static void test_json__request_and_empty_answer(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	const char *request;

	REPLIES(o.f, { .type = JSON_TYPE,
		       .headers = "x-amzn-RequestId: req-j\r\n" });
	run_json(&o, true);
	assert_int_equal(o.outcome, AWS_OK);
	assert_string_equal(o.request_id, "req-j");
	assert_string_equal(o.values.buf, "|{}");
	request = o.f->server->requests[0];
	assert_true(is_signed(request, SECRET_KEY));
	assert_non_null(strstr(request, "/eu-west-1/logs/aws4_request"));
	assert_non_null(strstr(request, ";x-amz-target,"));
	assert_non_null(strstr(request, "\r\nX-Amz-Target: Logs_20140328."
					"PutRetentionPolicy\r\n"));
	assert_non_null(strstr(request, "\r\nContent-Type: " JSON_TYPE "\r\n"));
	assert_non_null(strstr(request, "\r\n\r\n{\"logGroupName\":"));
	assert_non_null(strstr(request, "\"retentionInDays\":30}"));
}

static void test_json__errors_are_classed(void **state)
{
	static const struct {
		const char *body, *code;
		enum aws_class class;
		enum aws_outcome outcome;
	} rows[] = {
		{ "{\"__type\":\"com.amazonaws.logs#ResourceNotFoundException\""
		  ",\"message\":\"no such group\"}",
		  "ResourceNotFoundException", AWS_CLASS_NOT_FOUND,
		  AWS_REFUSED },
		{ "{\"__type\":\"AccessDeniedException:http://x/\","
		  "\"Message\":\"no such group\"}",
		  "AccessDeniedException", AWS_CLASS_AUTHORISATION,
		  AWS_REFUSED },
		{ "{\"__type\":\"InternalFailure\",\"message\":"
		  "\"no such group\"}",
		  "InternalFailure", AWS_CLASS_TRANSIENT, AWS_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(outcome_release)
		struct outcome o = OUTCOME_INIT(*state);

		REPLIES(o.f, { .status = 400,
			       .type = JSON_TYPE,
			       .body = rows[i].body });
		run_json(&o, true);
		assert_int_equal(o.outcome, rows[i].outcome);
		assert_int_equal(o.class, rows[i].class);
		assert_string_equal(o.code, rows[i].code);
		assert_string_equal(o.values.buf, "|");
		says(&o.err, "no such group");
	}
}

static void test_json__throttled_is_sent_again(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f,
		{ .status = 400,
		  .type = JSON_TYPE,
		  .body = "{\"__type\":\"ThrottlingException\"}" },
		{ .type = JSON_TYPE, .body = "{}" });
	run_json(&o, true);
	assert_int_equal(o.outcome, AWS_OK);
	assert_string_equal(o.values.buf, "||{}");
}

/* An answer that is none: a write may have run, a read is read again. */
static void test_json__unusable_answers(void **state)
{
	static const struct reply bad[] = {
		{ .body = HTML_BODY, .type = "text/html" },
		{ .body = "", .type = "text/plain" },
		{ .body = "{\"logGroups\":[", .type = JSON_TYPE },
		{ .body = "[]", .type = JSON_TYPE },
		{ .body = "{\"a\":1,\"a\":2}", .type = JSON_TYPE },
		{ .body = "{\"logGroups\":[]}", .type = JSON_TYPE, .cut = 9 },
		{ .status = 400, .body = "{\"oops\":1}", .type = JSON_TYPE },
		{ .status = 502, .body = HTML_BODY, .type = "text/html" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(outcome_release)
		struct outcome o = OUTCOME_INIT(*state);

		REPLIES(o.f, bad[i]);
		run_json(&o, true);
		if (o.outcome != AWS_UNKNOWN)
			fail_msg("answer %zu: outcome %d", i, o.outcome);
		assert_string_equal(o.values.buf, "|");
	}
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	size_t before = o.f->server->len;

	/* the script goes by the number of the request */
	assert_true(before >= ARRAY_SIZE(bad));
	REPLIES(o.f, { .body = "{\"logGroups\":[", .type = JSON_TYPE });
	run_json(&o, false);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_INCOMPLETE);
	assert_true(o.f->server->len > before + 1);
}

static void test_json__skew_is_corrected(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f,
		{ .status = 400,
		  .type = JSON_TYPE,
		  .headers = "Date: Tue, 24 Nov 2026 02:15:30 GMT\r\n",
		  .body = "{\"__type\":\"InvalidSignatureException\","
			  "\"message\":\"Signature expired: 2\"}" },
		{ .type = JSON_TYPE, .body = "{}" });
	run_json(&o, true);
	assert_int_equal(o.outcome, AWS_OK);
}

static void json_pages(struct server *server, size_t number,
		       const char *request, struct reply *reply)
{
	(void)server;
	reply->type = JSON_TYPE;
	if (strstr(request, "\"nextToken\":\"n1\""))
		reply->body = "{\"logGroups\":[{\"name\":\"c\"}]}";
	else if (number)
		reply->body = "{\"logGroups\":[{\"name\":\"a\"}],"
			      "\"nextToken\":\"n1\"}";
	else
		reply->body = "{\"logGroups\":[";
}

static void list_json(struct outcome *o)
{
	struct aws_listing listing = {
		.call = call_of(o, false),
		.marker_path = "nextToken",
		.marker_parameter = "nextToken",
		.page_done = on_page,
	};

	open_client(o->f, &(struct aws_place){ .region = "eu-west-1" });
	listing.call.session = o->f->session;
	listing.call.service = "logs";
	listing.call.action = "DescribeLogGroups";
	listing.call.json = on_json;
	aws_list(o->f->aws, &listing);
	while (!o->done)
		(void)aws_step(o->f->aws, INT64_MAX);
}

static void test_json__listing(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	o.f->server->respond = json_pages;
	list_json(&o);
	assert_int_equal(o.outcome, AWS_OK);
	assert_string_equal(o.values.buf, "||{a }.|{c }.");
}

static void test_json__listing_truncated_without_a_marker(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);

	REPLIES(o.f, { .type = JSON_TYPE, .body = "{\"Truncated\":true}" });
	list_json(&o);
	assert_int_equal(o.outcome, AWS_NOT_SENT);
	assert_int_equal(o.err.code, ERR_INCOMPLETE);
}

static void test_json__own_endpoint(void **state)
{
	CLEANUP(outcome_release) struct outcome o = OUTCOME_INIT(*state);
	char url[64];

	REPLIES(o.f, { .type = JSON_TYPE, .body = "{}" });
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d",
		       o.f->server->port);
	setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
	setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", url, 1);
	run_json(&o, false);
	assert_int_equal(o.outcome, AWS_OK);
	unsetenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_json__request_and_empty_answer),
		TEST(test_json__errors_are_classed),
		TEST(test_json__throttled_is_sent_again),
		TEST(test_json__unusable_answers),
		TEST(test_json__skew_is_corrected),
		TEST(test_json__listing),
		TEST(test_json__listing_truncated_without_a_marker),
		TEST(test_json__own_endpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
