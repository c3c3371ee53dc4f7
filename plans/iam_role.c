/* Roles: of the account, not of a region; read by their exact names. */
#include "core/mem.h"
#include "plans/iam_role_calls.h"
#include "plans/iam_role_read.h"
#include "plans/kinds.h"

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

const struct kind_ops iam_role_kind = {
	.kind = KIND_IAM_ROLE,
	.name = "iam_role",
	.global = true,
	.lane_kind = KIND_IAM_ROLE,
	.by_reference = true,
	.read = iam_role_read,
	.lane = lane,
	.condition = condition,
	.calls = iam_role_calls,
	.after_call = iam_role_after_call,
};
