/* The calls that change a role, and what each makes of a setting. */
#ifndef ABACK_PLANS_IAM_ROLE_CALLS_H
#define ABACK_PLANS_IAM_ROLE_CALLS_H

#include "plans/kind.h"

/* kind_ops.calls and kind_ops.after_call of roles. */
void iam_role_calls(const struct resource *resource,
		    const struct call_change *changes, size_t changes_len,
		    struct call_list *ret_calls, json_t *ret_refused);
json_t *iam_role_after_call(const char *call, const json_t *parameters,
			    const struct setting *setting, const json_t *value);

#endif
