/*
 * A client of AWS against a server that plays what a test wrote down, and one
 * call with what came of it.
 */
#ifndef ABACK_TESTS_UNIT_AWS_FIXTURE_H
#define ABACK_TESTS_UNIT_AWS_FIXTURE_H

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

static inline void play(struct server *server, size_t number,
			const char *request, struct reply *reply)
{
	const struct script *script = server->ctx;

	(void)request;
	*reply = script->replies[number < script->len ? number
						      : script->len - 1];
}

static inline void on_trace(void *ctx, const char *line)
{
	struct fixture *f = ctx;

	strbuf_addf(&f->trace, "%s\n", line);
}

static inline void clear_environment(void)
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

static inline void open_client(struct fixture *f, const struct aws_place *place)
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

static inline void use_server(struct fixture *f,
			      void (*respond)(struct server *, size_t,
					      const char *, struct reply *),
			      void *ctx)
{
	char url[64];

	f->server = server_start(respond, ctx);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d",
		       f->server->port);
	setenv("AWS_ENDPOINT_URL", url, 1);
}

static inline int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	json_init();
	clear_environment();
	f->trace = (struct strbuf)STRBUF_INIT(MIB);
	use_server(f, play, &f->script);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
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

static inline void outcome_release(struct outcome *o)
{
	strbuf_release(&o->values);
	error_release(&o->err);
}

#define OUTCOME_INIT(fixture)                                                 \
	{                                                                     \
		.f = (fixture), .values = STRBUF_INIT(MIB), .err = ERROR_INIT \
	}

static inline void on_begin(void *ctx)
{
	struct outcome *o = ctx;

	o->begun++;
	strbuf_addc(&o->values, '|');
}

static inline void on_value(void *ctx, int id, const char *text, size_t len)
{
	struct outcome *o = ctx;

	(void)id;
	strbuf_add(&o->values, text, len);
	strbuf_addc(&o->values, ' ');
}

static inline void on_page(void *ctx)
{
	struct outcome *o = ctx;

	strbuf_addc(&o->values, '.');
}

static inline void on_end(void *ctx, const struct aws_result *result)
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

static inline struct aws_call call_of(struct outcome *o, bool mutating)
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

static inline struct xml_paths *value_paths(void)
{
	struct xml_paths *paths = xml_paths_new();

	xml_paths_add(paths, "*/*/Items/Item", 1);
	return paths;
}

DEFINE_CLEANUP(free_paths, struct xml_paths *, xml_paths_free)

static inline void run(struct outcome *o, const struct aws_call *call)
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

static inline void run_one(struct outcome *o, bool mutating)
{
	CLEANUP(free_paths) struct xml_paths *paths = value_paths();
	struct aws_call call = call_of(o, mutating);

	call.answer = paths;
	call.handler = &value_handler;
	run(o, &call);
}

static inline void list(struct outcome *o)
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

static inline void replies(struct fixture *f, size_t len,
			   const struct reply *replies)
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

static inline void says(const struct error *err, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf rendered = STRBUF_INIT(MIB);

	error_render(err, &rendered);
	if (!strstr(rendered.buf, text))
		fail_msg("\n%s\ndoes not say '%s'", rendered.buf, text);
	if (strstr(rendered.buf, SECRET_KEY))
		fail_msg("a secret is told: %s", rendered.buf);
}

/* Was it signed as its Authorization header claims? */
static inline bool is_signed(const char *request, const char *secret_text)
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

static inline size_t count(const struct fixture *f, const char *text)
{
	size_t found = 0;

	for (size_t i = 0; i < f->server->len; i++)
		found += strstr(f->server->requests[i], text) != NULL;
	return found;
}

static inline struct aws_call ec2_call(struct outcome *o,
				       const json_t *parameters)
{
	struct aws_call call = call_of(o, false);

	call.service = "ec2";
	call.action = "DescribeSecurityGroups";
	call.parameters = parameters;
	return call;
}

#endif
