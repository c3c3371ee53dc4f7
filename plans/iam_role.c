/* Roles: of the account, not of a region; read by their exact names. */
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/grant.h"
#include "plans/iam_policy.h"
#include "plans/iam_role_calls.h"
#include "plans/iam_role_read.h"
#include "plans/kinds.h"

#define ATTACHED "managed_policy_arns"

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource UNUSED,
				const char **ret_why)
{
	*ret_why = "roles have no status";
	return CONDITION_READY;
}

static void references(const struct resource *resource,
		       void (*fn)(void *ctx, enum kind kind, const char *id),
		       void *ctx)
{
	const json_t *attached = resource_value(
		resource, catalogue_lookup(KIND_IAM_ROLE, ATTACHED));
	size_t i;
	json_t *arn;

	json_array_foreach(attached, i, arn) {
		CLEANUP(free_ptr)
		char *id = iam_policy_id_of(json_string_value(arn),
					    resource->place);

		fn(ctx, KIND_IAM_POLICY, id);
	}
}

const struct kind_ops iam_role_kind = {
	.kind = KIND_IAM_ROLE,
	.name = "iam_role",
	.grants = iam_role_grants,
	.global = true,
	.lane_kind = KIND_IAM_ROLE,
	.by_reference = true,
	/* who uses a role is said in the plan */
	.beside = 1u << KIND_CLUSTER | 1u << KIND_INSTANCE,
	.read = iam_role_read,
	.lane = lane,
	.condition = condition,
	.calls = iam_role_calls,
	.after_call = iam_role_after_call,
	.refers_to = 1u << KIND_IAM_POLICY,
	.references = references,
};
