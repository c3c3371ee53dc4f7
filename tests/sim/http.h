/* The one door to libmicrohttpd: requests in, answers out. */
#ifndef ABACK_TESTS_SIM_HTTP_H
#define ABACK_TESTS_SIM_HTTP_H

#include "core/compiler.h"
#include "core/error.h"

struct http_server;
struct sim;

/* Listen on 127.0.0.1; port 0 picks one. ERR_NETWORK. */
MUST_CHECK int http_start(struct sim *sim, unsigned port,
			  struct http_server **ret_server, struct error *err);
unsigned http_port(const struct http_server *server);

#endif
