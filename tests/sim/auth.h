/* Signature Version 4, checked as AWS does. */
#ifndef ABACK_TESTS_SIM_AUTH_H
#define ABACK_TESTS_SIM_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"

struct answer;
struct fleet;
struct request;

/* Take service, region and access key out of the Authorization header. */
void auth_read_scope(struct request *request);

/*
 * Does the signature hold? Sets the request's account and key; else makes
 * answer the refusal. now: UTC seconds of the server's clock; skew_code: the
 * code for a clock that is too far off, NULL: as the service says it.
 */
MUST_CHECK bool auth_verify(const struct fleet *fleet, struct request *request,
			    int64_t now, const char *skew_code,
			    struct answer *answer);

#endif
