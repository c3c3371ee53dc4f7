/* The STS calls: sts.c has them, sts_policy.c the policies of sessions. */
#ifndef ABACK_TESTS_SIM_STS_H
#define ABACK_TESTS_SIM_STS_H

#include "core/compiler.h"
#include "core/json.h"

struct answer;
struct request;
struct role;

/* The policy that a session is narrowed to. */
struct session_policy {
	json_t *documents;    /* an array of the one; NULL: of none */
	long long percentage; /* of what a session has room for */
};

/*
 * What the request's Policy says, for a session of that role; false: answer
 * refuses. The caller gives documents back.
 */
MUST_CHECK bool sts_session_policy(struct request *request,
				   const struct role *role,
				   struct session_policy *ret_policy,
				   struct answer *answer);

#endif
