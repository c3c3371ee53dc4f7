/*
 * Reading roles by name: GetRole of each; ListAttachedRolePolicies, and
 * ListRolePolicies with GetRolePolicy, where what they tell is wanted. Of many
 * roles it is the listing of the account (plans/iam_role_details.h) instead,
 * unless that is refused.
 */
#ifndef ABACK_PLANS_IAM_ROLE_READ_H
#define ABACK_PLANS_IAM_ROLE_READ_H

#include "plans/kind.h"

/* kind_ops.read of roles. One that does not exist is not found. */
void iam_role_read(const struct read_request *request);

#endif
