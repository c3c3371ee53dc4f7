/*
 * What a parameter comes to on one member of a cluster: what the member's own
 * group sets wins, then what the cluster's group sets, then the family's
 * default. What was set and waits for a reboot is not in effect yet.
 */
#ifndef ABACK_PLANS_EFFECTIVE_H
#define ABACK_PLANS_EFFECTIVE_H

#include <stdbool.h>

#include "core/json.h"
#include "plans/live.h"

struct effective {
	const char *text; /* NULL: nobody set it and there is no default */
	bool set;         /* somebody set it */
	bool lacking;     /* the family has no such parameter */
	/* the group that decides it, and whose: the member's, or the cluster */
	const struct resource *group, *owner;
	const json_t *about; /* plans/parameter_value.h; or NULL */
	/* the member that has to be rebooted first; NULL: none */
	const struct resource *waits;
};

/*
 * member NULL: of the cluster's group alone. false: something that it depends
 * on was not read. Everything is borrowed from live.
 */
bool effective_parameter(const struct live *live,
			 const struct resource *cluster,
			 const struct resource *member, const char *name,
			 struct effective *ret_effective);

/* "1", "ON", "true" and their like. */
bool parameter_is_on(const char *text);
/* Is it a member of the comma-separated list, in any letter case? */
bool parameter_lists(const char *text, const char *member);

#endif
