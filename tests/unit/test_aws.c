#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/aws.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/secret.h"
#include "core/sigv4.h"

#include "tests/unit/test_server.h"

#define ACCESS_KEY "AKIDTEST"
#define SECRET_KEY "planted-secret-key"

/* ---- fixture ---- */

/* What the server answers: the first rows in turn, then the last again. */
struct script {
	struct reply replies[8];
	size_t len;
};

struct fixture {
	struct server *server;
	struct aws *aws;
	struct aws_session *session;
	struct script script;
	volatile sig_atomic_t interrupted;
	int64_t grace_ms;
	struct strbuf trace;
};

#define OK_BODY(inner)                                                \
	"<TestResponse xmlns=\"http://x/\"><TestResult>" inner        \
	"</TestResult><ResponseMetadata><RequestId>req-1</RequestId>" \
	"</ResponseMetadata></TestResponse>"
#define ERROR_BODY(code, message)                                  \
	"<ErrorResponse><Error><Type>Sender</Type><Code>" code     \
	"</Code><Message>" message "</Message></Error><RequestId>" \
	"req-2</RequestId></ErrorResponse>"
#define HTML_BODY "<html><body><p>Bad gateway<br></body></html>"

static void play(struct server *server, size_t number, const char *request,
		 struct reply *reply)
{
	const struct script *script = server->ctx;

	(void)request;
	*reply = script->replies[number < script->len ? number
						      : script->len - 1];
}

static void on_trace(void *ctx, const char *line)
{
	struct fixture *f = ctx;

	strbuf_addf(&f->trace, "%s\n", line);
}

static void clear_environment(void)
{
	static const char *const names[] = {
		"AWS_PROFILE",          "AWS_SESSION_TOKEN",
		"AWS_REGION",           "AWS_DEFAULT_REGION",
		"AWS_MAX_ATTEMPTS",     "AWS_ENDPOINT_URL_RDS",
		"AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS",
		"AWS_ENDPOINT_URL_EC2", "AWS_CA_BUNDLE",
		"http_proxy",           "AWS_DEFAULT_PROFILE",
		"AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
	setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
	setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY, 1);
	setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY, 1);
}

static void open_client(struct fixture *f, const struct aws_place *place)
{
	struct aws_options options = {
		.user_agent = "aback/test",
		.interrupted = &f->interrupted,
		.trace = on_trace,
		.trace_ctx = f,
		.total_timeout_ms = 1000,
		.grace_ms = f->grace_ms,
	};
	CLEANUP(error_release) struct error err = ERROR_INIT;

	assert_int_equal(aws_new(&options, &f->aws, &err), 0);
	assert_int_equal(aws_session_open(f->aws, place, &f->session, &err), 0);
}

static void use_server(struct fixture *f,
		       void (*respond)(struct server *, size_t, const char *,
				       struct reply *),
		       void *ctx)
{
	char url[64];

	f->server = server_start(respond, ctx);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d",
		       f->server->port);
	setenv("AWS_ENDPOINT_URL", url, 1);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	json_init();
	clear_environment();
	f->trace = (struct strbuf)STRBUF_INIT(MIB);
	use_server(f, play, &f->script);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	aws_free(f->aws);
	server_stop(f->server);
	strbuf_release(&f->trace);
	free(f);
	return 0;
}

/* ---- one call and what came of it ---- */

struct outcome {
	struct fixture *f;
	int done;
	int begun;
	enum aws_outcome outcome;
	enum aws_class class;
	int status;
	char code[64], request_id[64], sent_at[64];
	struct strbuf values;
	struct error err;
};

static void outcome_release(struct outcome *o)
{
	strbuf_release(&o->values);
	error_release(&o->err);
}

#define OUTCOME_INIT(fixture)                                                 \
	{                                                                     \
		.f = (fixture), .values = STRBUF_INIT(MIB), .err = ERROR_INIT \
	}

static void on_begin(void *ctx)
{
	struct outcome *o = ctx;

	o->begun++;
	strbuf_addc(&o->values, '|');
}

static void on_value(void *ctx, int id, const char *text, size_t len)
{
	struct outcome *o = ctx;

	(void)id;
	strbuf_add(&o->values, text, len);
	strbuf_addc(&o->values, ' ');
}

static void on_page(void *ctx)
{
	struct outcome *o = ctx;

	strbuf_addc(&o->values, '.');
}

static void on_end(void *ctx, const struct aws_result *result)
{
	struct outcome *o = ctx;

	o->done++;
	o->outcome = result->outcome;
	o->class = result->class;
	o->status = result->http_status;
	(void)snprintf(o->code, sizeof(o->code), "%s", result->code);
	(void)snprintf(o->request_id, sizeof(o->request_id), "%s",
		       result->request_id);
	(void)snprintf(o->sent_at, sizeof(o->sent_at), "%s", result->sent_at);
	assert_int_equal(result->error != NULL, result->outcome != AWS_OK);
	if (result->error)
		error_copy(&o->err, result->error);
}

static const struct xml_handler value_handler = { .close = on_value };

static struct aws_call call_of(struct outcome *o, bool mutating)
{
	return (struct aws_call){
		.session = o->f->session,
		.service = "rds",
		.action = mutating ? "ModifyDBCluster" : "DescribeDBClusters",
		.mutating = mutating,
		.begin = on_begin,
		.done = on_end,
		.ctx = o,
	};
}

static struct xml_paths *value_paths(void)
{
	struct xml_paths *paths = xml_paths_new();

	xml_paths_add(paths, "*/*/Items/Item", 1);
	return paths;
}

DEFINE_CLEANUP(free_paths, struct xml_paths *, xml_paths_free)

static void run(struct outcome *o, const struct aws_call *call)
{
	if (!o->f->aws)
		open_client(o->f, &(struct aws_place){ .region = "eu-west-1" });
	struct aws_call with_session = *call;

	with_session.session = o->f->session;
	aws_start(o->f->aws, &with_session);
	while (!o->done)
		(void)aws_step(o->f->aws, INT64_MAX);
	assert_int_equal(o->done, 1);
}

static void run_one(struct outcome *o, bool mutating)
{
	CLEANUP(free_paths) struct xml_paths *paths = value_paths();
	struct aws_call call = call_of(o, mutating);

	call.answer = paths;
	call.handler = &value_handler;
	run(o, &call);
}

static void list(struct outcome *o)
{
	CLEANUP(free_paths) struct xml_paths *paths = value_paths();
	CLEANUP(json_release)
	json_t *parameters = json_pack("{s:s}", "MaxRecords", "100");
	struct aws_listing listing = {
		.call = call_of(o, false),
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = on_page,
	};

	if (!o->f->aws)
		open_client(o->f, &(struct aws_place){ .region = "eu-west-1" });
	listing.call.session = o->f->session;
	listing.call.answer = paths;
	listing.call.handler = &value_handler;
	listing.call.parameters = parameters;
	aws_list(o->f->aws, &listing);
	assert_int_equal(aws_in_flight(o->f->aws), 1);
	assert_int_equal(aws_step(o->f->aws, INT64_MAX), 1);
	assert_int_equal(o->done, 1);
	assert_int_equal(aws_in_flight(o->f->aws), 0);
}

static void replies(struct fixture *f, size_t len, const struct reply *replies)
{
	assert_true(len <= ARRAY_SIZE(f->script.replies));
	memcpy(f->script.replies, replies, len * sizeof(*replies));
	f->script.len = len;
}

#define REPLIES(f, ...)                                   \
	replies(f,                                        \
		sizeof((struct reply[]){ __VA_ARGS__ }) / \
			sizeof(struct reply),             \
		(struct reply[]){ __VA_ARGS__ })

static void says(const struct error *err, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf rendered = STRBUF_INIT(MIB);

	error_render(err, &rendered);
	if (!strstr(rendered.buf, text))
		fail_msg("\n%s\ndoes not say '%s'", rendered.buf, text);
	if (strstr(rendered.buf, SECRET_KEY))
		fail_msg("a secret is told: %s", rendered.buf);
}

/* ---- the request ---- */

/* Was it signed as its Authorization header claims? */
static bool is_signed(const char *request, const char *secret_text)
{
	CLEANUP(free_ptr) char *copy = xstrdup(request);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(sigv4_claim_release)
	struct sigv4_claim claim = { .access_key = NULL };
	struct sigv4_header headers[16];
	struct sigv4_request signed_request = { .method = "POST",
						.path = "/",
						.headers = headers };
	char *body = strstr(copy, "\r\n\r\n"), hash[SHA256_HEX_MAX];
	char *line = strstr(copy, "\r\n") + 2;
	struct secret secret = SECRET_INIT;
	const char *authorization = "";
	bool good;

	*body = '\0';
	body += 4;
	signed_request.payload_hash = sha256_hex(body, strlen(body), hash);
	while (line) {
		char *end = strstr(line, "\r\n");
		char *colon = strstr(line, ": ");

		if (end)
			*end = '\0';
		*colon = '\0';
		headers[signed_request.headers_len++] =
			(struct sigv4_header){ line, colon + 2 };
		if (!strcasecmp(line, "authorization"))
			authorization = colon + 2;
		line = end ? end + 2 : NULL;
	}
	if (sigv4_claim_parse(authorization, &claim, &err))
		return false;
	secret_set(&secret, secret_text, strlen(secret_text));
	good = sigv4_verify(&claim, &signed_request, &secret);
	secret_release(&secret);
	return good;
}

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
	assert_int_equal(aws_requests_sent(o.f->aws), 1);
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

static struct aws_call ec2_call(struct outcome *o, const json_t *parameters)
{
	struct aws_call call = call_of(o, false);

	call.service = "ec2";
	call.action = "DescribeSecurityGroups";
	call.parameters = parameters;
	return call;
}

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

static size_t count(const struct fixture *f, const char *text)
{
	size_t found = 0;

	for (size_t i = 0; i < f->server->len; i++)
		found += strstr(f->server->requests[i], text) != NULL;
	return found;
}

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

/* ---- listings ---- */

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

/* ---- JSON 1.1 ---- */

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
		TEST(test_aws_start__request_is_signed_and_answer_read),
		TEST(test_aws_set_change__is_told_in_the_user_agent),
		TEST(test_aws_start__iam_is_signed_for_us_east_1),
		TEST(test_aws_start__ec2_lists_are_flat),
		TEST(test_aws_start__ec2_error),
		TEST(test_aws_start__ec2_empty_response_is_not_success),
		TEST(test_aws_list__ec2_next_token),
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
		TEST(test_json__request_and_empty_answer),
		TEST(test_json__errors_are_classed),
		TEST(test_json__throttled_is_sent_again),
		TEST(test_json__unusable_answers),
		TEST(test_json__skew_is_corrected),
		TEST(test_json__listing),
		TEST(test_json__listing_truncated_without_a_marker),
		TEST(test_json__own_endpoint),
		TEST(test_aws_list__all_pages_in_turn),
		TEST(test_aws_list__partial_page_is_begun_again),
		TEST(test_aws_list__partial_long_page_is_begun_again),
		TEST(test_aws_list__repeated_marker_is_incomplete),
		TEST(test_aws_list__truncated_without_a_marker),
		TEST(test_aws_list__not_truncated),
		TEST(test_aws_list__failure_on_a_later_page_fails_all),
		TEST(test_aws_free__in_the_middle),
		TEST(test_aws_step__more_calls_than_may_be_in_flight),
		TEST(test_aws_step__returns_at_the_time_given),
		TEST(test_interrupted__mutation_under_way_gets_its_answer),
		TEST(test_interrupted__mutation_without_an_answer_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
