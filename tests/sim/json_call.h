/* A call of a service that speaks JSON 1.1: what those services share. */
#ifndef ABACK_TESTS_SIM_JSON_CALL_H
#define ABACK_TESTS_SIM_JSON_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "tests/sim/fleet.h"
#include "tests/sim/request.h"
#include "tests/sim/sim.h"

struct json_call {
	struct sim *sim;
	struct request *request;
	struct answer *answer;
	const struct effect *effect;
	struct place *place;
};

/* What an action takes. */
struct json_member {
	const char *name;
	json_type type; /* JSON_TRUE: a boolean; JSON_REAL: any number */
	bool required;
};

struct json_action {
	const char *name;
	void (*serve)(struct json_call *call);
	const struct json_member *members;
	size_t members_len;
};
/* The members of a row of actions. */
#define JSON_MEMBERS(array) (array), ARRAY_SIZE(array)

/*
 * Find the action, check its parameters' names and types, and serve it.
 * target: of X-Amz-Target; invalid: the code for parameters that are not good
 */
void json_serve(struct json_call *call, const char *target,
		const struct json_action *actions, size_t actions_len,
		const char *invalid);

/* The members with this name in a list of objects; NULL: there is none. */
json_t *json_find(const json_t *list, const char *key, const char *text);

#endif
