/*
 * Which services a role may use, and when it did so last: a hint at permissions
 * that nobody needs. IAM makes a report of each role when it is asked to, and
 * takes some seconds for it.
 */
#ifndef ABACK_PLANS_LAST_ACCESSED_H
#define ABACK_PLANS_LAST_ACCESSED_H

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "plans/live.h"

/*
 * A fact of a role: {"<service>": RFC 3339, or null where it was not used in
 * the time that IAM looks back}.
 */
#define FACT_LAST_ACCESSED "services_last_accessed"

/*
 * Give each role of live that fact. One of which IAM does not tell, or not
 * within a minute, has none, and live->unread a line (LOOKUP_LAST_ACCESSED) for
 * all of the account. Fails only with
 * ERR_INTERRUPTED.
 */
MUST_CHECK int last_accessed_read(struct aws *aws, struct live *live,
				  struct error *err);

#endif
