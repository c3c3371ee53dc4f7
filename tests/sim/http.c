#include "tests/sim/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/request.h"
#include "tests/sim/sim.h"

struct http_server {
	struct MHD_Daemon *daemon;
};

/* ---- requests ----------------------------------------------------------- */

/* The first to see a request: keeps its URI as it was sent. */
static void *request_new(void *ctx, const char *uri,
			 struct MHD_Connection *connection)
{
	struct request *request = xcalloc(1, sizeof(*request));

	(void)ctx;
	(void)connection;
	request->uri = xstrdup(uri);
	request->headers = json_object();
	request->parameters = json_object();
	request->body = (struct strbuf)STRBUF_INIT(REQUEST_BODY_MAX);
	return request;
}

static void request_free(void *ctx, struct MHD_Connection *connection,
			 void **slot, enum MHD_RequestTerminationCode code)
{
	struct request *request = *slot;

	(void)ctx;
	(void)connection;
	(void)code;
	if (!request)
		return;
	strbuf_release(&request->body);
	json_decref(request->headers);
	json_decref(request->parameters);
	free(request->method);
	free(request->uri);
	free(request->action);
	free(request->version);
	free(request->service);
	free(request->region);
	free(request->access_key_id);
	free(request);
	*slot = NULL;
}

static enum MHD_Result keep_header(void *ctx, enum MHD_ValueKind kind,
				   const char *name, const char *value)
{
	struct request *request = ctx;
	CLEANUP(free_ptr) char *key = xstrdup(name);

	(void)kind;
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	const char *before = json_text(request->headers, key);
	CLEANUP(free_ptr)
	char *all = before ? xasprintf("%s,%s", before, value ? value : "")
			   : xstrdup(value ? value : "");
	/* a header that is not UTF-8 is one that was not sent */
	(void)json_object_set_new(request->headers, key, json_string(all));
	return MHD_YES;
}

/* ---- answers ------------------------------------------------------------ */

/* Close with a reset instead of an orderly end. */
static enum MHD_Result drop(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (info)
		(void)setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER,
				 &linger, sizeof(linger));
	return MHD_NO;
}

struct half {
	char *body;
	size_t len;
};

static ssize_t read_half(void *ctx, uint64_t at, char *out, size_t max)
{
	struct half *half = ctx;

	if (at >= half->len)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t len = half->len - (size_t)at;
	if (len > max)
		len = max;
	memcpy(out, half->body + at, len);
	return (ssize_t)len;
}

static void free_half(void *ctx)
{
	struct half *half = ctx;

	free(half->body);
	free(half);
}

static struct MHD_Response *response_new(struct answer *answer)
{
	size_t len = answer->body.len;
	char *body = strbuf_detach(&answer->body);

	if (!answer->truncate)
		return MHD_create_response_from_buffer(len, body,
						       MHD_RESPMEM_MUST_FREE);
	struct half *half = xmalloc(sizeof(*half));
	*half = (struct half){ .body = body, .len = len / 2 };
	return MHD_create_response_from_callback(len, 4096, read_half, half,
						 free_half);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection,
				   const struct request *request,
				   struct answer *answer)
{
	struct MHD_Response *response = response_new(answer);

	if (!response)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Content-Type",
				      answer->content_type);
	(void)MHD_add_response_header(response, "x-amzn-RequestId",
				      request->request_id);
	if (answer->date)
		(void)MHD_add_response_header(response, "Date", answer->date);
	if (answer->query_error && answer->code) {
		CLEANUP(free_ptr)
		char *code =
			xasprintf("%s;%s", answer->code,
				  answer->status < 500 ? "Sender" : "Receiver");
		(void)MHD_add_response_header(response, "x-amzn-query-error",
					      code);
	}
	enum MHD_Result result = MHD_queue_response(
		connection, (unsigned)answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static void answer_release(struct answer *answer)
{
	strbuf_release(&answer->body);
	free(answer->code);
	free(answer->message);
	free(answer->date);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *data,
			      size_t *data_len, void **slot)
{
	struct sim *sim = ctx;
	struct request *request = *slot;

	(void)url;
	(void)version;
	if (!request->method) { /* the headers are there */
		request->method = xstrdup(method);
		(void)MHD_get_connection_values(connection, MHD_HEADER_KIND,
						keep_header, request);
		return MHD_YES;
	}
	if (*data_len) {
		strbuf_add(&request->body, data, *data_len);
		*data_len = 0;
		return MHD_YES;
	}
	CLEANUP(answer_release)
	struct answer answer = { .status = 200,
				 .content_type = "text/xml",
				 .body = STRBUF_INIT(ANSWER_MAX) };
	serve(sim, request, &answer);
	for (int64_t left = answer.hold_ms; left > 0 && !sim->stopping;
	     left -= 50)
		clock_sleep_ms(left < 50 ? left : 50);
	if (answer.reset)
		return drop(connection);
	return send_answer(connection, request, &answer);
}

int http_start(struct sim *sim, unsigned port, struct http_server **ret_server,
	       struct error *err)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr =
					       htonl(INADDR_LOOPBACK) };
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION |
			MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL,
		(uint16_t)port, NULL, NULL, handle, sim, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK,
		request_new, NULL, MHD_OPTION_NOTIFY_COMPLETED, request_free,
		NULL, MHD_OPTION_CONNECTION_LIMIT, 4096u,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)64 * 1024,
		MHD_OPTION_END);

	if (!daemon)
		return error_errno(err, ERR_NETWORK,
				   "cannot listen on 127.0.0.1:%u", port);
	*ret_server = xcalloc(1, sizeof(**ret_server));
	(*ret_server)->daemon = daemon;
	return 0;
}

unsigned http_port(const struct http_server *server)
{
	return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)
		->port;
}
