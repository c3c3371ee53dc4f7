#include "plans/trail_call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/iam_policy.h"
#include "plans/kms_key.h"

/* ---- whom it is about --------------------------------------------------- */

/* By a name whose first letter may be large: newer calls of EC2 have it so. */
static json_t *member(const json_t *object, const char *name)
{
	CLEANUP(free_ptr) char *large = xstrdup(name);
	json_t *value = json_object_get(object, name);

	*large = (char)toupper((unsigned char)*large);
	return value ? value : json_object_get(object, large);
}

const json_t *trail_unwrapped(const json_t *parameters)
{
	const char *key;
	json_t *value;

	if (json_object_size(parameters) != 1)
		return parameters;
	json_object_foreach((json_t *)(uintptr_t)parameters, key, value) {
		const size_t len = strlen(key);

		if (len > 7 && !strcmp(key + len - 7, "Request") &&
		    json_is_object(value))
			return value;
	}
	return parameters;
}

/* What is behind the type of "arn:aws:rds:eu-west-1:123456789012:cluster:x". */
static char *address_of_arn(const char *arn, const struct place *place)
{
	static const struct {
		const char *type;
		enum kind kind;
	} types[] = {
		{ "cluster", KIND_CLUSTER },
		{ "cluster-pg", KIND_CLUSTER_PARAMETER_GROUP },
		{ "cluster-snapshot", KIND_CLUSTER_SNAPSHOT },
		{ "db", KIND_INSTANCE },
		{ "es", KIND_EVENT_SUBSCRIPTION },
		{ "pg", KIND_INSTANCE_PARAMETER_GROUP },
	};
	CLEANUP(free_ptr)
	char *here = xasprintf(":rds:%s:%s:", place->region, place->account_id);
	const char *at = strstr(arn, here);

	for (size_t i = 0; at && i < ARRAY_SIZE(types); i++) {
		const char *rest = at + strlen(here);
		const size_t len = strlen(types[i].type);

		if (!strncmp(rest, types[i].type, len) && rest[len] == ':' &&
		    rest[len + 1])
			return address_of(types[i].kind, rest + len + 1);
	}
	return NULL;
}

static char *address_of_name(enum kind kind, const char *name)
{
	CLEANUP(free_ptr)
	char *id = kind_ops(kind)->lower_case ? xstrdup_lower(name)
					      : xstrdup(name);

	return address_of(kind, id);
}

static char *address_in(const struct trail_call *call, const char *name,
			const struct place *place)
{
	CLEANUP(free_ptr) char *policy = NULL;

	switch (call->names) {
	case TRAIL_ARN:
		return address_of_arn(name, place);
	case TRAIL_KEY:
		if (kms_key_is_foreign(name, place))
			return NULL;
		return address_of(call->kind, kms_key_id_of(name, place));
	case TRAIL_POLICY:
		policy = iam_policy_id_of(name, place);
		return address_of(call->kind, policy);
	case TRAIL_NAME:
		break;
	}
	return address_of_name(call->kind, name);
}

char *trail_address(const struct trail_call *call, const json_t *parameters,
		    const struct place *place)
{
	const char *name = json_string_value(
		member(trail_unwrapped(parameters), call->member));

	return name && *name ? address_in(call, name, place) : NULL;
}

char *trail_guess_address(const char *source, const json_t *parameters,
			  const struct place *place)
{
	size_t calls;
	const struct trail_call *table = trail_calls(&calls);
	const size_t len = strcspn(source, ".");
	char *address = NULL;

	for (size_t i = 0; !address && i < calls; i++) {
		if (!strncmp(table[i].call, source, len) &&
		    table[i].call[len] == ':')
			address = trail_address(&table[i], parameters, place);
	}
	return address;
}
