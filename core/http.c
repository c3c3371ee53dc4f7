#include "core/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "core/secret.h"

struct http {
	CURLM *multi;
	char *user_agent;
	char *ca_bundle;
	int64_t connect_timeout_ms, idle_timeout_ms, total_timeout_ms;
	struct http_transfer *transfers; /* all under way */
	size_t in_flight;
};

struct http_transfer {
	struct http *http;
	struct http_transfer *next, **link;
	CURL *easy;
	struct curl_slist *headers;
	char *body;
	size_t body_len;
	size_t left; /* bytes that the answer may still have */
	bool too_large;
	int64_t started_ms;
	char problem[CURL_ERROR_SIZE];
	bool (*data)(void *ctx, int status, const char *data, size_t len);
	void (*done)(void *ctx, const struct http_answer *answer);
	void *ctx;
};

/* curl fails to set an option only when it was built without it. */
#define SETOPT(easy, option, value)                                          \
	do {                                                                 \
		CURLcode setopt_rc_ = curl_easy_setopt(easy, option, value); \
		assert(setopt_rc_ == CURLE_OK);                              \
	} while (0)

/* curl names a proxy that it cannot use with the whole of its URL. */
static void remember_proxies(void)
{
	static const char *const variables[] = { "http_proxy",  "HTTP_PROXY",
						 "https_proxy", "HTTPS_PROXY",
						 "all_proxy",   "ALL_PROXY" };

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		secret_remember_url(getenv(variables[i]));
}

int http_new(const struct http_options *options, struct http **ret_http,
	     struct error *err)
{
	struct http *http;

	if (options->ca_bundle && access(options->ca_bundle, R_OK)) {
		(void)error_errno(err, ERR_USAGE,
				  "cannot read the CA bundle '%s'",
				  options->ca_bundle);
		error_hint(err, "AWS_CA_BUNDLE, or ca_bundle in the AWS "
				"config file, names it");
		return -1;
	}
	remember_proxies();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERR_NETWORK, "cannot start libcurl");
	http = xcalloc(1, sizeof(*http));
	http->multi = curl_multi_init();
	assert(http->multi);
	http->user_agent = xstrdup(options->user_agent);
	http->ca_bundle = xstrdup(options->ca_bundle);
	http->connect_timeout_ms = options->connect_timeout_ms;
	http->idle_timeout_ms = options->idle_timeout_ms;
	http->total_timeout_ms = options->total_timeout_ms;
	*ret_http = http;
	return 0;
}

void http_set_user_agent(struct http *http, const char *user_agent)
{
	free(http->user_agent);
	http->user_agent = xstrdup(user_agent);
}

size_t http_in_flight(const struct http *http)
{
	return http->in_flight;
}

/* ---- one transfer ---- */

static int status_of(CURL *easy)
{
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

static size_t on_data(char *data, size_t size, size_t count, void *ctx)
{
	struct http_transfer *transfer = ctx;
	size_t len = size * count;

	if (len > transfer->left) {
		transfer->too_large = true;
		return 0;
	}
	transfer->left -= len;
	if (!transfer->data(transfer->ctx, status_of(transfer->easy), data,
			    len))
		return 0;
	return len;
}

static void wipe_headers(struct curl_slist *headers)
{
	for (struct curl_slist *line = headers; line; line = line->next)
		wipe(line->data, strlen(line->data));
	curl_slist_free_all(headers);
}

static void add_header(struct http_transfer *transfer, const char *line)
{
	transfer->headers = curl_slist_append(transfer->headers, line);
	assert(transfer->headers);
}

static void set_limits(const struct http *http, int64_t idle_timeout_ms,
		       CURL *easy)
{
	SETOPT(easy, CURLOPT_NOSIGNAL, 1L);
	SETOPT(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)http->connect_timeout_ms);
	SETOPT(easy, CURLOPT_TIMEOUT_MS, (long)http->total_timeout_ms);
	SETOPT(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	SETOPT(easy, CURLOPT_LOW_SPEED_TIME,
	       (long)((idle_timeout_ms + 999) / 1000));
	SETOPT(easy, CURLOPT_BUFFERSIZE, 128L * 1024);
	SETOPT(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SETOPT(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SETOPT(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SETOPT(easy, CURLOPT_PATH_AS_IS, 1L);
	SETOPT(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SETOPT(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	SETOPT(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (http->ca_bundle)
		SETOPT(easy, CURLOPT_CAINFO, http->ca_bundle);
}

static void set_request(struct http_transfer *transfer,
			const struct http_request *request)
{
	CURL *easy = transfer->easy;

	secret_remember_url(request->url);
	SETOPT(easy, CURLOPT_URL, request->url);
	SETOPT(easy, CURLOPT_USERAGENT, transfer->http->user_agent);
	if (request->method && !strcmp(request->method, "GET")) {
		SETOPT(easy, CURLOPT_HTTPGET, 1L);
	} else {
		SETOPT(easy, CURLOPT_POST, 1L);
		SETOPT(easy, CURLOPT_POSTFIELDS, transfer->body);
		SETOPT(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		       (curl_off_t)request->body_len);
	}
	if (request->method && !strcmp(request->method, "PUT"))
		SETOPT(easy, CURLOPT_CUSTOMREQUEST, "PUT");
	if (request->direct)
		SETOPT(easy, CURLOPT_NOPROXY, "*");
	SETOPT(easy, CURLOPT_FRESH_CONNECT, (long)request->fresh);
	SETOPT(easy, CURLOPT_FORBID_REUSE, (long)request->fresh);
	for (size_t i = 0; i < request->headers_len; i++)
		add_header(transfer, request->headers[i]);
	add_header(transfer, "Expect:"); /* a round trip for nothing */
	SETOPT(easy, CURLOPT_HTTPHEADER, transfer->headers);
	SETOPT(easy, CURLOPT_WRITEFUNCTION, on_data);
	SETOPT(easy, CURLOPT_WRITEDATA, transfer);
	SETOPT(easy, CURLOPT_ERRORBUFFER, transfer->problem);
	SETOPT(easy, CURLOPT_PRIVATE, transfer);
}

struct http_transfer *http_start(struct http *http,
				 const struct http_request *request)
{
	struct http_transfer *transfer = xcalloc(1, sizeof(*transfer));
	CURLMcode added;

	transfer->http = http;
	transfer->easy = curl_easy_init();
	assert(transfer->easy);
	transfer->body = xstrndup(request->body, request->body_len);
	transfer->body_len = request->body_len;
	transfer->left = request->max_bytes;
	transfer->data = request->data;
	transfer->done = request->done;
	transfer->ctx = request->ctx;
	transfer->started_ms = clock_monotonic_ms();
	set_limits(http,
		   request->idle_timeout_ms > 0 ? request->idle_timeout_ms
						: http->idle_timeout_ms,
		   transfer->easy);
	set_request(transfer, request);
	transfer->next = http->transfers;
	transfer->link = &http->transfers;
	if (transfer->next)
		transfer->next->link = &transfer->next;
	http->transfers = transfer;
	http->in_flight++;
	added = curl_multi_add_handle(http->multi, transfer->easy);
	assert(added == CURLM_OK);
	return transfer;
}

void http_cancel(struct http_transfer *transfer)
{
	struct http *http = transfer->http;

	(void)curl_multi_remove_handle(http->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	wipe_headers(transfer->headers);
	wipe(transfer->body, transfer->body_len);
	free(transfer->body);
	*transfer->link = transfer->next;
	if (transfer->next)
		transfer->next->link = transfer->link;
	http->in_flight--;
	free(transfer);
}

void http_free(struct http *http)
{
	struct http_transfer *transfer, *next;

	if (!http)
		return;
	for (transfer = http->transfers; transfer; transfer = next) {
		next = transfer->next;
		http_cancel(transfer);
	}
	(void)curl_multi_cleanup(http->multi);
	curl_global_cleanup();
	free(http->user_agent);
	free(http->ca_bundle);
	free(http);
}

/* ---- how it ended ---- */

static bool is_distrust(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION ||
	       code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_SSL_ISSUER_ERROR ||
	       code == CURLE_SSL_CRL_BADFILE || code == CURLE_SSL_CERTPROBLEM;
}

static enum http_end end_of(const struct http_transfer *transfer, CURLcode code)
{
	long sent = 0;

	if (code == CURLE_OK)
		return HTTP_WHOLE;
	if (code == CURLE_WRITE_ERROR)
		return HTTP_STOPPED;
	/* bytes of requests that were given to the connection */
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
	return sent ? HTTP_CUT_OFF : HTTP_NOT_SENT;
}

static const char *header_of(CURL *easy, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) !=
	    CURLHE_OK)
		return "";
	return header->value;
}

static const char *problem_of(const struct http_transfer *transfer,
			      CURLcode code)
{
	if (code == CURLE_OK)
		return "";
	if (transfer->too_large)
		return "the answer is too large";
	return *transfer->problem ? transfer->problem
				  : curl_easy_strerror(code);
}

static void finish(struct http_transfer *transfer, CURLcode code)
{
	CURL *easy = transfer->easy;
	const char *date = header_of(easy, "Date");
	time_t when = *date ? curl_getdate(date, NULL) : -1;
	struct http_answer answer = {
		.end = end_of(transfer, code),
		.status = status_of(easy),
		.timed_out = code == CURLE_OPERATION_TIMEDOUT,
		.distrusted = is_distrust(code),
		.problem = problem_of(transfer, code),
		.date = when > 0 ? (int64_t)when : 0,
		.elapsed_ms = clock_monotonic_ms() - transfer->started_ms,
		.content_type = header_of(easy, "Content-Type"),
		.request_id = header_of(easy, "x-amzn-requestid"),
	};

	transfer->done(transfer->ctx, &answer);
	http_cancel(transfer);
}

/* Returns how many ended. */
static size_t deliver(struct http *http)
{
	size_t ended = 0;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left))) {
		char *private = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;

		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
					&private);
		finish((struct http_transfer *)(void *)private, code);
		ended++;
	}
	return ended;
}

void http_step(struct http *http, int64_t timeout_ms)
{
	int running;

	(void)curl_multi_perform(http->multi, &running);
	if (deliver(http) || timeout_ms <= 0)
		return;
	(void)curl_multi_poll(
		http->multi, NULL, 0,
		timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms, NULL);
	(void)curl_multi_perform(http->multi, &running);
	(void)deliver(http);
}

/* ---- URLs ---- */

void http_url_release(struct http_url *url)
{
	free(url->host);
	free(url->path);
	*url = (struct http_url){ .host = NULL };
}

DEFINE_CLEANUP(curl_url_free, CURLU *, curl_url_cleanup)

static void free_curl(char **text)
{
	curl_free(*text);
}

/* A part of the URL, or NULL; freed by curl_free. */
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
	char *text = NULL;

	return curl_url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool has_part(CURLU *url, CURLUPart part)
{
	CLEANUP(free_curl) char *text = part_of(url, part, 0);

	return text != NULL;
}

static bool is_http(const char *scheme)
{
	return scheme && (!strcmp(scheme, "http") || !strcmp(scheme, "https"));
}

static const char not_http[] = "it must begin with https:// (or http://)";

static const char *problem_with(CURLU *parts, const char *scheme)
{
	if (!is_http(scheme))
		return not_http;
	if (has_part(parts, CURLUPART_USER) ||
	    has_part(parts, CURLUPART_PASSWORD))
		return "it must not hold a user or password";
	if (has_part(parts, CURLUPART_QUERY) ||
	    has_part(parts, CURLUPART_FRAGMENT))
		return "it must end with the path";
	return NULL;
}

/* No message quotes it: it may hold a password. */
static int split(CURLU *parts, const char *url, struct error *err)
{
	CURLUcode rc = curl_url_set(parts, CURLUPART_URL, url, 0);

	if (rc != CURLUE_OK)
		return error_set(err, ERR_USAGE, "it is no URL: %s",
				 curl_url_strerror(rc));
	return 0;
}

int http_check_url(const char *url, struct error *err)
{
	CLEANUP(curl_url_free) CURLU *parts = curl_url();

	if (split(parts, url, err))
		return -1;
	CLEANUP(free_curl) char *scheme = part_of(parts, CURLUPART_SCHEME, 0);

	if (!is_http(scheme))
		return error_set(err, ERR_USAGE, "the URL cannot be used: %s",
				 not_http);
	return 0;
}

int http_url_parse(const char *url, struct http_url *ret_url, struct error *err)
{
	CLEANUP(curl_url_free) CURLU *parts = curl_url();

	if (split(parts, url, err))
		return -1;
	CLEANUP(free_curl) char *scheme = part_of(parts, CURLUPART_SCHEME, 0);
	CLEANUP(free_curl) char *host = part_of(parts, CURLUPART_HOST, 0);
	CLEANUP(free_curl) char *path = part_of(parts, CURLUPART_PATH, 0);
	CLEANUP(free_curl)
	char *port = part_of(parts, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
	const char *problem = problem_with(parts, scheme);

	if (problem)
		return error_set(err, ERR_USAGE, "the URL cannot be used: %s",
				 problem);
	*ret_url = (struct http_url){
		.host = port ? xasprintf("%s:%s", host, port) : xstrdup(host),
		.path = xstrdup(path),
	};
	return 0;
}
