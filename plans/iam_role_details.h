/*
 * Reading roles out of the one listing of all that an account has: what
 * GetAccountAuthorizationDetails says of them is all but their description and
 * how long sessions last.
 */
#ifndef ABACK_PLANS_IAM_ROLE_DETAILS_H
#define ABACK_PLANS_IAM_ROLE_DETAILS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "plans/kind.h"

/*
 * Does that take fewer requests than asking for so many roles one by one? An
 * account has at most a thousand roles unless it asked for more, and a page
 * mostly a hundred.
 */
bool iam_role_details_fit(const struct read_request *request, size_t roles);
/*
 * Find the roles of these names (an array). done: the names that are still to
 * be asked for, because the listing was refused, a new array; or NULL and what
 * went wrong.
 */
void iam_role_details_read(const struct read_request *request,
			   const json_t *names,
			   void (*done)(void *ctx, json_t *missing,
					const struct error *err),
			   void *ctx);

#endif
