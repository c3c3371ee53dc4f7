/* Asking whoever has credentials, over HTTP. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/credential_source.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"

#define CONNECT_TIMEOUT_MS 5000
/* An answer with credentials has a few hundred bytes. */
#define ANSWER_MOST (256 * KIB)
#define STEP_MS 200

struct asking {
	struct strbuf *body;
	int status;
	char *why;
	bool done;
};

static bool on_data(void *ctx, int status UNUSED, const char *data, size_t len)
{
	struct asking *asking = ctx;

	strbuf_add(asking->body, data, len);
	return !asking->body->overflowed;
}

static void on_done(void *ctx, const struct http_answer *answer)
{
	struct asking *asking = ctx;

	asking->done = true;
	if (answer->end == HTTP_WHOLE)
		asking->status = answer->status;
	else
		asking->why = xstrdup(answer->timed_out ? "no answer in time"
							: answer->problem);
}

static bool is_interrupted(const struct finding *finding)
{
	const volatile sig_atomic_t *flag = finding->request->interrupted;

	return flag && *flag;
}

static int open_http(struct finding *finding, struct error *err)
{
	const struct credentials_request *request = finding->request;
	const struct http_options options = {
		.user_agent = request->user_agent ? request->user_agent
						  : "aback/" ABACK_VERSION,
		.ca_bundle = request->ca_bundle,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.idle_timeout_ms = CONNECT_TIMEOUT_MS,
		.total_timeout_ms = (int64_t)6 * CONNECT_TIMEOUT_MS,
	};

	return finding->http ? 0 : http_new(&options, &finding->http, err);
}

/* One attempt; asking says how it ended. */
static void try_once(struct finding *finding, const struct fetch *fetch,
		     struct asking *asking)
{
	const int64_t until = clock_monotonic_ms() + fetch->timeout_ms;
	struct http_request request = {
		.method = fetch->method,
		.url = fetch->url,
		.headers = fetch->headers,
		.body = fetch->body ? fetch->body : "",
		.body_len = fetch->body ? strlen(fetch->body) : 0,
		.fresh = true,
		.direct = fetch->direct,
		.max_bytes = ANSWER_MOST,
		.data = on_data,
		.done = on_done,
		.ctx = asking,
	};
	struct http_transfer *transfer;

	while (fetch->headers[request.headers_len])
		request.headers_len++;
	transfer = http_start(finding->http, &request);
	while (!asking->done && !is_interrupted(finding) &&
	       clock_monotonic_ms() < until)
		http_step(finding->http, STEP_MS);
	if (asking->done)
		return;
	http_cancel(transfer);
	asking->why = xstrdup("no answer in time");
}

int credential_fetch(struct finding *finding, const struct fetch *fetch,
		     int *ret_status, struct strbuf *ret_body, char **ret_why,
		     struct error *err)
{
	*ret_why = NULL;
	if (open_http(finding, err))
		return -1;
	for (int i = 0; i < fetch->attempts; i++) {
		struct asking asking = { .body = ret_body };

		wipe(ret_body->buf, ret_body->len);
		strbuf_clear(ret_body);
		try_once(finding, fetch, &asking);
		free(*ret_why);
		*ret_why = asking.why;
		*ret_status = asking.status;
		if (is_interrupted(finding))
			return error_set(err, ERR_INTERRUPTED,
					 "interrupted while credentials were "
					 "fetched");
		if (asking.status && asking.status < 500)
			break;
	}
	return 0;
}

/* What the answer says of its refusal, without anything that may be secret. */
static int refuse(const char *whom, int status, const char *why,
		  const json_t *answer, struct error *err)
{
	const char *code = json_text(answer, "code");
	const char *message = json_text(answer, "message");

	if (!code)
		code = json_text(answer, "error");
	if (!message)
		message = json_text(answer, "error_description");
	if (!status)
		return error_set(err, ERR_CREDENTIALS, "%s gave no answer: %s",
				 whom, why ? why : "it is not there");
	return error_set(err, ERR_CREDENTIALS,
			 "%s refused credentials with the status %d%s%s%s%s",
			 whom, status, code ? ", " : "", code ? code : "",
			 message ? ": " : "", message ? message : "");
}

int credential_fetch_json(struct finding *finding, const struct fetch *fetch,
			  const char *whom, json_t **ret_answer,
			  struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf body = STRBUF_INIT(ANSWER_MOST);
	CLEANUP(error_release) struct error bad = ERROR_INIT;
	CLEANUP(json_release) json_t *answer = NULL;
	CLEANUP(free_ptr) char *why = NULL;
	int status = 0, malformed;

	if (credential_fetch(finding, fetch, &status, &body, &why, err))
		return -1;
	malformed = json_parse_answer(body.buf, body.len, &answer, &bad);
	wipe(body.buf, body.len);
	if (status != 200)
		return refuse(whom, status, why, malformed ? NULL : answer,
			      err);
	if (malformed)
		return error_set(err, ERR_CREDENTIALS,
				 "%s answered with something that is no JSON",
				 whom);
	*ret_answer = TAKE(answer);
	return 0;
}
