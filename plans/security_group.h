/* Reading security groups: what the kind's files share. */
#ifndef ABACK_PLANS_SECURITY_GROUP_H
#define ABACK_PLANS_SECURITY_GROUP_H

#include "plans/kind.h"

/* Among the facts of a group; "default" is the VPC's own. */
#define SECURITY_GROUP_NAME "groupName"

/*
 * kind_ops.read of security groups: 200 ids a listing, and three listings: the
 * groups, their rules and, where whole groups are asked for to be changed, the
 * network interfaces that use them. A group that does not exist is not found.
 */
void security_group_read(const struct read_request *request);

#endif
