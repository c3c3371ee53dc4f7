/* The aback.yaml that `aback init` writes; it always validates. */
#ifndef ABACK_PLANS_INIT_H
#define ABACK_PLANS_INIT_H

#include <stddef.h>

#include "core/strbuf.h"
#include "plans/live.h"
#include "plans/place.h"

/*
 * A commented file to begin with: what CIS and AWS recommend for clusters and
 * instances. account_id and region: NULL where they are not known (or no name
 * of a region); the file then has an example and says to change it.
 */
void init_baseline(const char *account_id, const char *region,
		   struct strbuf *out);

/*
 * A file that wants what is live already: its plan has no changes. Common
 * values are one rule a kind and engine, with rules for what deviates after
 * it. Only settings that controls are about, that calls can write, and that
 * restart nothing are written; never identifiers that AWS or others chose
 * (certificates, parameter groups, keys), which would pin them. A value that
 * is pending counts as live. One that a control finds weak is not blessed: it
 * stands among the rules as a comment, with the rule that would put it right.
 *
 * live: clusters, instances and the roles that they use, with all rows.
 */
void init_from_live(const struct live *live, const struct target *targets,
		    size_t targets_len, struct strbuf *out);

#endif
