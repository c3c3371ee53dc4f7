/* One attempt at a call: signed, sent, and its answer read. */
#include <stdlib.h>
#include <string.h>

#include "core/aws_error.h"
#include "core/aws_private.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/sigv4.h"
#include "core/xml.h"

#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"
#define CONTENT_TYPE_JSON "application/x-amz-json-1.1"

/* ---- the answer ---- */

enum meta {
	META_REQUEST_ID = -1,
	META_CODE = -2,
	META_MESSAGE = -3,
	META_MARKER = AWS_META_MARKER,
	META_TRUNCATED = AWS_META_TRUNCATED
};

struct xml_paths *aws_meta_paths(void)
{
	struct xml_paths *paths = xml_paths_new();

	xml_paths_add(paths, "*/ResponseMetadata/RequestId", META_REQUEST_ID);
	xml_paths_add(paths, "*/RequestId", META_REQUEST_ID);
	xml_paths_add(paths, "*/RequestID", META_REQUEST_ID);
	xml_paths_add(paths, "*/requestId", META_REQUEST_ID); /* EC2 */
	xml_paths_add(paths, "*/Error/Code", META_CODE);
	xml_paths_add(paths, "*/Error/Message", META_MESSAGE);
	xml_paths_add(paths, "*/Errors/Error/Code", META_CODE);
	xml_paths_add(paths, "*/Errors/Error/Message", META_MESSAGE);
	xml_paths_add(paths, "Error/Code", META_CODE);
	xml_paths_add(paths, "Error/Message", META_MESSAGE);
	return paths;
}

void aws_keep(char **text, const char *value)
{
	CLEANUP(free_ptr) char *safe = xstrdup(value);

	/* AWS repeats the session token where a signature is wrong */
	secret_hide(safe);
	free(*text);
	*text = aws_error_clean(safe);
}

static void on_open(void *ctx, int id)
{
	struct job *job = ctx;

	if (id >= 0 && job->call.handler->open)
		job->call.handler->open(job->handler_ctx, id);
}

static void on_name(void *ctx, int id, const char *name)
{
	struct job *job = ctx;

	if (id >= 0 && job->call.handler->name)
		job->call.handler->name(job->handler_ctx, id, name);
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct job *job = ctx;

	if (id >= 0) {
		if (job->call.handler->close)
			job->call.handler->close(job->handler_ctx, id, text,
						 len);
	} else if (id == META_REQUEST_ID) {
		aws_keep(&job->request_id, text);
	} else if (id == META_CODE) {
		aws_keep(&job->code, text);
	} else if (id == META_MESSAGE) {
		aws_keep(&job->message, text);
	} else if (id == META_TRUNCATED) {
		job->page_end->truncated = !strcmp(text, "true");
	} else if (len) {
		free(job->page_end->marker);
		job->page_end->marker = xstrndup(text, len);
	}
}

static void begin_answer(struct job *job, bool good)
{
	static const struct xml_handler handler = { .open = on_open,
						    .name = on_name,
						    .close = on_close };

	job->parser = xml_parser_new(job->aws->meta, &handler, job);
	if (!good)
		return;
	if (job->call.answer)
		xml_parser_also(job->parser, job->call.answer);
	if (job->also)
		xml_parser_also(job->parser, job->also);
}

/*
 * expat counts the lines and columns of every piece but the last, which takes
 * it a fifth of its time. So an answer of common size is kept until it is
 * whole; a larger one is read as it streams.
 */
static int read_piece(struct job *job, const char *data, size_t len)
{
	if (job->received <= LIMIT_ANSWER_HELD) {
		strbuf_add(&job->held, data, len);
		return 0;
	}
	if (job->held.len && xml_parse(job->parser, job->held.buf,
				       job->held.len, false, &job->parse_error))
		return -1;
	aws_forget_held(job);
	return xml_parse(job->parser, data, len, false, &job->parse_error);
}

static int read_end(struct job *job)
{
	return xml_parse(job->parser, job->held.buf, job->held.len, true,
			 &job->parse_error);
}

static int take_data(struct job *job, bool good, const char *data, size_t len)
{
	if (aws_speaks_json(job)) {
		strbuf_add(&job->text, data, len);
		return 0;
	}
	if (!job->parser)
		begin_answer(job, good);
	return read_piece(job, data, len);
}

static bool on_data(void *ctx, int status, const char *data, size_t len)
{
	struct job *job = ctx;
	bool good = status >= 200 && status < 300;

	job->received += len;
	if (!good && job->received > LIMIT_ERROR_BODY) {
		(void)error_set(&job->parse_error, ERR_FORMAT,
				"the answer is too long for an error");
		job->malformed = true;
	} else if (take_data(job, good, data, len)) {
		job->malformed = true;
	}
	return !job->malformed;
}

static void trace(const struct job *job, const struct http_answer *answer)
{
	CLEANUP(strbuf_release)
	struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&line, "%s:%s %s ", job->call.service, job->call.action,
		    job->call.session->region);
	if (answer->status)
		strbuf_addf(&line, "HTTP %d", answer->status);
	else
		strbuf_addf(&line, "no answer (%s)", answer->problem);
	if (job->code)
		strbuf_addf(&line, " %s", job->code);
	strbuf_addf(&line, ", %lld ms", (long long)answer->elapsed_ms);
	if (job->attempts > 1)
		strbuf_addf(&line, ", attempt %d", job->attempts);
	if (job->request_id)
		strbuf_addf(&line, ", request id %s", job->request_id);
	job->aws->trace(job->aws->trace_ctx, line.buf);
}

static void end_answer(struct job *job, const struct http_answer *answer)
{
	if (aws_speaks_json(job))
		aws_json_read(job, answer);
	else if (job->parser && read_end(job))
		job->malformed = true;
}

static void on_done(void *ctx, const struct http_answer *answer)
{
	struct job *job = ctx;

	TAILQ_REMOVE(&job->aws->flying, job, entry);
	job->transfer = NULL; /* it is gone when this returns */
	if (answer->end == HTTP_WHOLE && !job->malformed)
		end_answer(job, answer);
	if (!job->request_id && *answer->request_id)
		aws_keep(&job->request_id, answer->request_id);
	if (job->aws->trace)
		trace(job, answer);
	aws_judge(job, answer);
}

/* ---- the request ---- */

#define HEADERS_MAX 6

struct headers {
	struct sigv4_header signed_ones[HEADERS_MAX];
	size_t signed_len;
	char *lines[HEADERS_MAX];
	size_t len;
};

static void headers_release(struct headers *headers)
{
	for (size_t i = 0; i < headers->len; i++) {
		wipe(headers->lines[i], strlen(headers->lines[i]));
		free(headers->lines[i]);
	}
}

static void add_header(struct headers *headers, const char *name,
		       const char *value)
{
	headers->lines[headers->len++] = xasprintf("%s: %s", name, value);
}

static void add_signed(struct headers *headers, const char *name,
		       const char *value)
{
	headers->signed_ones[headers->signed_len++] =
		(struct sigv4_header){ .name = name, .value = value };
	add_header(headers, name, value);
}

static void sign(struct job *job, const struct credentials *credentials,
		 struct headers *headers)
{
	struct aws_session *session = job->call.session;
	const struct endpoint *endpoint = &session->endpoints[job->service];
	char amz_date[CLOCK_TEXT_MAX], hash[SHA256_HEX_MAX];
	CLEANUP(strbuf_release)
	struct strbuf authorization = STRBUF_INIT(LIMIT_MESSAGE);
	struct sigv4_scope scope = {
		.amz_date = clock_basic(aws_now(job->aws), amz_date),
		.region = endpoint->signing_region,
		.service = job->call.service,
	};
	struct sigv4_request request = {
		.method = "POST",
		.path = endpoint->path,
		.headers = headers->signed_ones,
		.payload_hash = sha256_hex(job->body, strlen(job->body), hash),
	};

	CLEANUP(free_ptr)
	char *target = aws_speaks_json(job) ? aws_json_target(job) : NULL;

	add_signed(headers, "Content-Type",
		   target ? CONTENT_TYPE_JSON : CONTENT_TYPE);
	add_signed(headers, "Host", endpoint->host);
	add_signed(headers, "X-Amz-Date", amz_date);
	if (secret_is_set(&credentials->session_token))
		add_signed(headers, "X-Amz-Security-Token",
			   credentials->session_token.bytes);
	if (target)
		add_signed(headers, "X-Amz-Target", target);
	request.headers_len = headers->signed_len;
	sigv4_authorization(
		&request, &scope, credentials->access_key,
		aws_session_key(session, job->as_base, credentials, &scope),
		&authorization);
	add_header(headers, "Authorization", authorization.buf);
}

static void refuse_body(struct job *job)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	(void)error_set(&err, ERR_USAGE,
			"the parameters of '%s:%s' are too large for a request",
			job->call.service, job->call.action);
	aws_job_fail(job, &err);
}

void aws_attempt(struct job *job)
{
	CLEANUP(headers_release) struct headers headers = { .len = 0 };
	struct aws_session *session = job->call.session;
	const struct credentials *credentials;

	if (!job->body) {
		refuse_body(job);
		return;
	}
	credentials = aws_session_credentials(session, job);
	if (!credentials)
		return; /* parked */
	sign(job, credentials, &headers);
	job->generation = session->generation;
	job->attempts++;
	job->received = 0;
	job->malformed = false;
	(void)clock_rfc3339(clock_now(), job->sent_at);
	if (job->call.begin)
		job->call.begin(job->call.ctx);
	TAILQ_INSERT_TAIL(&job->aws->flying, job, entry);
	job->transfer = http_start(
		job->aws->http,
		&(struct http_request){
			.url = session->endpoints[job->service].url,
			.headers = (const char *const *)headers.lines,
			.headers_len = headers.len,
			.body = job->body,
			.body_len = strlen(job->body),
			.fresh = job->call.mutating,
			.max_bytes = LIMIT_ANSWER,
			.idle_timeout_ms =
				job->call.mutating
					? 0
					: job->aws->read_idle_timeout_ms,
			.data = on_data,
			.done = on_done,
			.ctx = job,
		});
}
