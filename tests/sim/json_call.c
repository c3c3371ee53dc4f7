#include "tests/sim/json_call.h"

#include <string.h>

json_t *json_find(const json_t *list, const char *key, const char *text)
{
	size_t index;
	json_t *entry;

	json_array_foreach(list, index, entry)
		if (!strcmp(json_text(entry, key), text))
			return entry;
	return NULL;
}

static const struct json_member *find_member(const struct json_action *action,
					     const char *name)
{
	for (size_t i = 0; i < action->members_len; i++)
		if (!strcmp(action->members[i].name, name))
			return &action->members[i];
	return NULL;
}

static bool is_of_type(const json_t *value, json_type type)
{
	if (type == JSON_TRUE)
		return json_is_boolean(value);
	return type == JSON_REAL ? json_is_number(value)
				 : json_typeof(value) == type;
}

/* AWS passes over members that it does not know; here a test is to notice. */
static bool check_members(struct json_call *call,
			  const struct json_action *action, const char *invalid)
{
	const json_t *parameters = call->request->parameters;
	const char *key;
	json_t *value;

	json_object_foreach(call->request->parameters, key, value) {
		const struct json_member *member = find_member(action, key);
		if (member && is_of_type(value, member->type))
			continue;
		answer_error(call->answer, call->request, 400,
			     member ? "SerializationException" : invalid,
			     member ? "The type of '%s' is not the one that "
				      "%s wants"
				    : "Unknown parameter '%s' of %s",
			     key, action->name);
		return false;
	}
	for (size_t i = 0; i < action->members_len; i++) {
		if (!action->members[i].required ||
		    json_object_get(parameters, action->members[i].name))
			continue;
		answer_error(call->answer, call->request, 400, invalid,
			     "1 validation error detected: Value null at '%s' "
			     "failed to satisfy constraint: Member must not be "
			     "null",
			     action->members[i].name);
		return false;
	}
	return true;
}

void json_serve(struct json_call *call, const char *target,
		const struct json_action *actions, size_t actions_len,
		const char *invalid)
{
	struct request *request = call->request;

	call->place = account_place(request->account, request->region);
	if (!call->place) /* a region where nothing is */
		call->place =
			account_add_place(request->account, request->region);
	for (size_t i = 0; i < actions_len; i++)
		if (!strcmp(actions[i].name, request->action) &&
		    !strcmp(request->version, target)) {
			if (check_members(call, &actions[i], invalid))
				actions[i].serve(call);
			return;
		}
	answer_error(call->answer, request, 400, "UnknownOperationException",
		     "The simulator has no operation '%s.%s'", request->version,
		     request->action);
}
