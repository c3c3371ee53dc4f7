/*
 * A webhook: one POST of JSON. Its URL may be a secret, and so may be what it
 * answers, which can quote the URL: neither is said.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/http.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/secret.h"
#include "plans/notification.h"
#include "plans/notify_channels.h"

#define ANSWER_BYTES (64 * KIB)
#define TICK_MS 200 /* to look whether it is interrupted */
#define TRIES 2     /* where nothing was sent */

DEFINE_CLEANUP(free_http, struct http *, http_free)

/* ---- where to -------------------------------------------------------- */

static int from_environment(const struct notify *notify, struct secret *ret_url,
			    struct error *err)
{
	const char *text = getenv(notify->url_env);

	if (text && *text) {
		secret_set(ret_url, text, strlen(text));
		return 0;
	}
	(void)error_set(err, ERR_USAGE, "the variable %s is not set",
			notify->url_env);
	error_hint(err, "give it the URL, in the environment of aback");
	return -1;
}

/* What is wiped where strbuf_release would only free it. */
static void wipe_text(struct strbuf *text)
{
	struct secret gone = { .bytes = text->cap ? text->buf : NULL,
			       .len = text->len };

	if (gone.bytes)
		secret_release(&gone);
	*text = (struct strbuf)STRBUF_INIT(0);
}

static int from_file(const struct notify *notify, struct secret *ret_url,
		     struct error *err)
{
	CLEANUP(wipe_text) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);
	size_t len;

	if (file_read(notify->url_file, LIMIT_MESSAGE, &text, err))
		return -1;
	len = strcspn(text.buf, " \t\r\n");
	if (!len)
		return error_set(err, ERR_USAGE,
				 "'%s' does not begin with a URL",
				 notify->url_file);
	secret_set(ret_url, text.buf, len);
	return 0;
}

static int find_url(const struct notify *notify, struct secret *ret_url,
		    struct error *err)
{
	if (notify->url)
		secret_set(ret_url, notify->url, strlen(notify->url));
	else if (notify->url_env ? from_environment(notify, ret_url, err)
				 : from_file(notify, ret_url, err))
		return -1;
	if (!notify->url) /* which is for all to read */
		secret_remember_whole_url(ret_url->bytes);
	return http_check_url(ret_url->bytes, err);
}

/* ---- sending --------------------------------------------------------- */

struct sending {
	bool is_over;
	enum http_end end;
	int status;
	bool timed_out, distrusted;
	char *problem; /* of curl, which names host and port at most */
};

static bool ignore(void *ctx, int status, const char *data, size_t len)
{
	(void)ctx;
	(void)status;
	(void)data;
	(void)len;
	return true;
}

static void on_done(void *ctx, const struct http_answer *answer)
{
	struct sending *sending = ctx;

	free(sending->problem);
	*sending = (struct sending){ .is_over = true,
				     .end = answer->end,
				     .status = answer->status,
				     .timed_out = answer->timed_out,
				     .distrusted = answer->distrusted,
				     .problem = xstrdup(answer->problem) };
}

static void release_sending(struct sending *sending)
{
	free(sending->problem);
}

/* One try; what is not over at until_ms is dropped as timed out. */
static void try_once(struct http *http, const struct secret *url,
		     const struct strbuf *body,
		     const struct notify_request *request, int64_t until_ms,
		     struct sending *sending)
{
	static const char *const headers[] = {
		"Content-Type: application/json; charset=utf-8"
	};
	const struct http_request post = { .url = url->bytes,
					   .headers = headers,
					   .headers_len = ARRAY_SIZE(headers),
					   .body = body->buf,
					   .body_len = body->len,
					   .fresh = true,
					   .max_bytes = ANSWER_BYTES,
					   .data = ignore,
					   .done = on_done,
					   .ctx = sending };
	struct http_transfer *transfer = http_start(http, &post);

	sending->is_over = false;
	while (!sending->is_over) {
		const int64_t left = until_ms - clock_monotonic_ms();

		if (left <= 0 ||
		    (request->interrupted && *request->interrupted)) {
			http_cancel(transfer);
			*sending = (struct sending){ .is_over = true,
						     .end = HTTP_CUT_OFF,
						     .timed_out = true };
			return;
		}
		http_step(http, left < TICK_MS ? left : TICK_MS);
	}
}

static bool may_try_again(const struct sending *sending)
{
	return sending->end == HTTP_NOT_SENT && !sending->timed_out &&
	       !sending->distrusted;
}

static int judge(const struct notify *notify, const struct sending *sending,
		 struct error *err)
{
	const bool answered =
		sending->end == HTTP_WHOLE || sending->end == HTTP_STOPPED;

	if (answered && sending->status >= 200 && sending->status < 300)
		return 0;
	if (answered && sending->status >= 300 && sending->status < 400)
		return error_set(err, ERR_NETWORK,
				 "it redirects (%d), which is not followed",
				 sending->status);
	if (answered)
		return error_set(err, ERR_NETWORK, "it answered %d",
				 sending->status);
	if (sending->timed_out)
		return error_set(err, ERR_NETWORK,
				 "it did not answer within %llds",
				 (long long)notify->timeout_s);
	if (sending->distrusted)
		return error_set(err, ERR_NETWORK,
				 "its certificate is not trusted: %s",
				 sending->problem);
	return error_set(err, ERR_NETWORK, "%s: %s",
			 sending->end == HTTP_NOT_SENT
				 ? "it could not be reached"
				 : "its answer was cut off",
			 sending->problem);
}

static int new_client(const struct notify *notify, struct http **ret_http,
		      struct error *err)
{
	const int64_t timeout_ms = notify->timeout_s * 1000;
	const struct http_options options = { .user_agent =
						      "aback/" ABACK_VERSION,
					      .ca_bundle = notify->ca_file,
					      .connect_timeout_ms = timeout_ms,
					      .idle_timeout_ms = timeout_ms,
					      .total_timeout_ms = timeout_ms };

	if (!http_new(&options, ret_http, err))
		return 0;
	error_hint(err, "ca_file of the webhook names it");
	return -1;
}

int notify_webhook(const struct notify_request *request,
		   const struct notify *notify, struct error *err)
{
	const int64_t until_ms =
		clock_monotonic_ms() + notify->timeout_s * 1000;
	CLEANUP(secret_release) struct secret url = SECRET_INIT;
	CLEANUP(free_http) struct http *http = NULL;
	CLEANUP(strbuf_release)
	struct strbuf body = STRBUF_INIT(LIMIT_REQUEST_BODY);
	CLEANUP(release_sending) struct sending sending = { 0 };

	if (find_url(notify, &url, err) || new_client(notify, &http, err))
		return -1;
	if (notify->slack) {
		CLEANUP(json_release)
		json_t *slack = notification_slack(request->notification);

		json_compact(slack, &body);
	} else {
		json_compact(request->notification, &body);
	}
	if (body.overflowed)
		return error_set(err, ERR_LIMIT, "it is too large to be sent");
	for (int i = 0; i < TRIES; i++) {
		try_once(http, &url, &body, request, until_ms, &sending);
		if (!may_try_again(&sending))
			break;
	}
	return judge(notify, &sending, err);
}
