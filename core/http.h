/*
 * HTTP over curl_multi (the one door to it): any number of transfers at
 * once on one thread, answers streamed, every byte capped, TLS always
 * verified, no redirect followed.
 *
 * libcurl sends a request a second time, silently, when a kept connection
 * turns out to be dead. A transfer that must run at most once is `fresh`: it
 * gets a connection of its own.
 */
#ifndef ABACK_CORE_HTTP_H
#define ABACK_CORE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"

struct http;
struct http_transfer;

struct http_options {
	const char *user_agent;
	const char *ca_bundle; /* PEM file; NULL: the system's */
	int64_t connect_timeout_ms;
	int64_t idle_timeout_ms;  /* without a byte; whole seconds */
	int64_t total_timeout_ms; /* of one transfer */
};

/* ERR_USAGE: the CA bundle cannot be read. Texts are copied. */
MUST_CHECK int http_new(const struct http_options *options,
			struct http **ret_http, struct error *err);
/* Transfers under way are dropped without `done`. */
void http_free(struct http *http);
void http_set_user_agent(struct http *http, const char *user_agent);

enum http_end {
	HTTP_WHOLE,    /* the whole answer was read */
	HTTP_NOT_SENT, /* nothing of the request left */
	HTTP_CUT_OFF,  /* it left; the answer did not come, or not whole */
	HTTP_STOPPED   /* data said stop, or the answer was too large */
};

struct http_answer {
	enum http_end end;
	int status;          /* 0: no answer began */
	bool timed_out;      /* with HTTP_NOT_SENT or HTTP_CUT_OFF */
	bool distrusted;     /* TLS was refused: with HTTP_NOT_SENT */
	const char *problem; /* what curl says; "" with HTTP_WHOLE */
	int64_t date;        /* of the Date header; 0: none */
	int64_t elapsed_ms;
	const char *content_type; /* or "" */
	const char *request_id;   /* x-amzn-requestid, or "" */
};

struct http_request {
	const char *method; /* NULL: POST */
	const char *url;
	/* "Name: value"; wiped when the transfer ends */
	const char *const *headers;
	size_t headers_len;
	const char *body;
	size_t body_len;
	bool fresh;
	bool direct;      /* by no proxy, whatever the environment says */
	size_t max_bytes; /* of the answer */
	int64_t idle_timeout_ms; /* 0: the client's */
	/* the next bytes of the answer; false: no more of it */
	bool (*data)(void *ctx, int status, const char *data, size_t len);
	/* once, from http_step; the transfer is gone after it */
	void (*done)(void *ctx, const struct http_answer *answer);
	void *ctx;
};

/* All of request is copied. Borrowed until done or http_cancel. */
struct http_transfer *http_start(struct http *http,
				 const struct http_request *request);
/* Drop it without `done`. */
void http_cancel(struct http_transfer *transfer);

/*
 * Move bytes; wait up to timeout_ms for some unless a transfer ended at once.
 * A signal ends the wait.
 */
void http_step(struct http *http, int64_t timeout_ms);
size_t http_in_flight(const struct http *http);

struct http_url {
	char *host; /* as in the Host header: the port where it is unusual */
	char *path; /* "/" at least */
};
/*
 * ERR_USAGE: no http or https, no host, or with a user, query or fragment.
 */
MUST_CHECK int http_url_parse(const char *url, struct http_url *ret_url,
			      struct error *err);
void http_url_release(struct http_url *url);
/*
 * Can it be asked: http or https, and a host? User, password and query may be
 * there; no message quotes it. ERR_USAGE.
 */
MUST_CHECK int http_check_url(const char *url, struct error *err);

#endif
