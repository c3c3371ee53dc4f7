/*
 * An HTTP server on 127.0.0.1 for one test program: a thread a connection, and
 * a function of the test that decides each answer.
 */
#ifndef ABACK_TESTS_UNIT_TEST_SERVER_H
#define ABACK_TESTS_UNIT_TEST_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

struct reply {
	int status;          /* 200 when it stays 0 */
	const char *type;    /* "text/xml" */
	const char *headers; /* further lines, each with its \r\n */
	const char *body;
	char *owned; /* as body, freed after it was sent */
	size_t cut;  /* send only so many bytes of the body, close */
	bool close;  /* after the answer, without saying so */
	bool reset;  /* instead of an answer */
	bool hang;   /* no answer until the client goes away */
};

struct server {
	int fd;
	int port;
	pthread_t thread;
	pthread_mutex_t lock;
	/* called under the lock with the request's number, from 0 */
	void (*respond)(struct server *server, size_t number,
			const char *request, struct reply *reply);
	void *ctx;
	char *requests[256]; /* head and body of each */
	size_t len;
	int connections;
	int live; /* threads of connections */
	int fds[64];
};

struct server_connection {
	struct server *server;
	int fd;
};

static inline bool server_read(int fd, struct strbuf *request)
{
	for (;;) {
		char chunk[4096];
		char *end = strstr(request->buf, "\r\n\r\n");
		char *length = strcasestr(request->buf, "content-length:");

		if (end) {
			size_t body =
				length ? strtoul(length + 15, NULL, 10) : 0;

			if (request->len - (size_t)(end + 4 - request->buf) >=
			    body)
				return true;
		}
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n <= 0)
			return false;
		strbuf_add(request, chunk, (size_t)n);
	}
}

static inline void server_reset(int fd)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static inline void server_send(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

/* Let a body's TestResponse be the answer to the action that was asked for. */
static inline void server_name_answer(const char *request, struct reply *reply)
{
	static const char placeholder[] = "TestResponse";
	const char *action = strstr(request, "Action=");
	const char *body = reply->body, *at;
	struct strbuf out = STRBUF_INIT(64 * MIB);

	if (!action || !body || reply->owned || !strstr(body, placeholder))
		return;
	action += strlen("Action=");
	while ((at = strstr(body, placeholder))) {
		strbuf_add(&out, body, (size_t)(at - body));
		strbuf_add(&out, action, strcspn(action, "&"));
		strbuf_adds(&out, "Response");
		body = at + strlen(placeholder);
	}
	strbuf_adds(&out, body);
	reply->owned = strbuf_detach(&out);
}

/* True: the connection is kept. */
static inline bool server_answer(int fd, struct reply *reply)
{
	struct strbuf head = STRBUF_INIT(MIB);
	const char *body = reply->owned  ? reply->owned
			   : reply->body ? reply->body
					 : "";
	size_t len = strlen(body);
	char byte;

	if (reply->hang) {
		while (recv(fd, &byte, 1, 0) > 0)
			continue;
	}
	if (reply->reset)
		server_reset(fd);
	if (reply->hang || reply->reset) {
		free(reply->owned);
		return false;
	}
	strbuf_addf(&head,
		    "HTTP/1.1 %d X\r\nContent-Type: %s\r\n"
		    "Content-Length: %zu\r\n%s\r\n",
		    reply->status ? reply->status : 200,
		    reply->type ? reply->type : "text/xml", len,
		    reply->headers ? reply->headers : "");
	server_send(fd, head.buf, head.len);
	server_send(fd, body, reply->cut ? reply->cut : len);
	strbuf_release(&head);
	free(reply->owned);
	return !reply->cut && !reply->close;
}

static inline void *server_connection_run(void *ctx)
{
	struct server_connection *connection = ctx;
	struct server *server = connection->server;
	bool kept = true;

	while (kept) {
		struct strbuf request = STRBUF_INIT(8 * MIB);
		struct reply reply = { .status = 0 };

		if (!server_read(connection->fd, &request)) {
			strbuf_release(&request);
			break;
		}
		pthread_mutex_lock(&server->lock);
		size_t number = server->len++;

		assert(number < ARRAY_SIZE(server->requests));
		server->requests[number] = strbuf_detach(&request);
		server->respond(server, number, server->requests[number],
				&reply);
		server_name_answer(server->requests[number], &reply);
		pthread_mutex_unlock(&server->lock);
		kept = server_answer(connection->fd, &reply);
	}
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < ARRAY_SIZE(server->fds); i++) {
		if (server->fds[i] == connection->fd)
			server->fds[i] = -1;
	}
	(void)close(connection->fd);
	server->live--;
	pthread_mutex_unlock(&server->lock);
	free(connection);
	return NULL;
}

static inline void *server_run(void *ctx)
{
	struct server *server = ctx;
	int fd;

	while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
		struct server_connection *connection =
			xmalloc(sizeof(*connection));
		pthread_t thread;

		*connection = (struct server_connection){ server, fd };
		pthread_mutex_lock(&server->lock);
		server->connections++;
		server->live++;
		for (size_t i = 0; i < ARRAY_SIZE(server->fds); i++) {
			if (server->fds[i] < 0) {
				server->fds[i] = fd;
				break;
			}
		}
		pthread_mutex_unlock(&server->lock);
		if (pthread_create(&thread, NULL, server_connection_run,
				   connection))
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

static inline struct server *
server_start(void (*respond)(struct server *server, size_t number,
			     const char *request, struct reply *reply),
	     void *ctx)
{
	struct server *server = xcalloc(1, sizeof(*server));
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);

	server->respond = respond;
	server->ctx = ctx;
	pthread_mutex_init(&server->lock, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(server->fds); i++)
		server->fds[i] = -1;
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->fd < 0 ||
	    bind(server->fd, (struct sockaddr *)&address, len) ||
	    listen(server->fd, 64) ||
	    getsockname(server->fd, (struct sockaddr *)&address, &len))
		abort();
	server->port = ntohs(address.sin_port);
	if (pthread_create(&server->thread, NULL, server_run, server))
		abort();
	return server;
}

static inline void server_stop(struct server *server)
{
	int live;

	if (!server)
		return;
	(void)shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	(void)close(server->fd);
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < ARRAY_SIZE(server->fds); i++) {
		if (server->fds[i] >= 0)
			(void)shutdown(server->fds[i], SHUT_RDWR);
	}
	pthread_mutex_unlock(&server->lock);
	do {
		pthread_mutex_lock(&server->lock);
		live = server->live;
		pthread_mutex_unlock(&server->lock);
		if (live)
			usleep(1000);
	} while (live);
	for (size_t i = 0; i < server->len; i++)
		free(server->requests[i]);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

#endif
