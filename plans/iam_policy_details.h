/*
 * Reading policies out of the one listing of all that an account has or uses:
 * what GetAccountAuthorizationDetails says of them is all that a report needs.
 */
#ifndef ABACK_PLANS_IAM_POLICY_DETAILS_H
#define ABACK_PLANS_IAM_POLICY_DETAILS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "plans/kind.h"

/* Does that take fewer requests than asking for so many one by one? */
bool iam_policy_details_fit(const struct read_request *request,
			    size_t policies);
/*
 * Find those of these ARNs (an array) that the listing has. done: the ARNs that
 * it has not, such as what only bounds roles, or was refused to show, a new
 * array; or NULL and what went wrong.
 */
void iam_policy_details_read(const struct read_request *request,
			     const json_t *arns,
			     void (*done)(void *ctx, json_t *missing,
					  const struct error *err),
			     void *ctx);

#endif
