/* A parameter group out of what was read of it. */
#ifndef ABACK_PLANS_PARAMETER_GROUP_BUILD_H
#define ABACK_PLANS_PARAMETER_GROUP_BUILD_H

#include <stdbool.h>

#include "core/json.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/parameter_group.h"

struct group_read {
	char *id;
	char *family; /* its own, or where it is missing the wanted one */
	const json_t *listed; /* what the listing says; NULL: it is not there */
	json_t *names;        /* the parameters that it is asked for */
	json_t *set, *named;  /* those that somebody set; others */
	/* for the end: all that the family has, and what was not found */
	const json_t *all, *unknown;
	bool bad_family;
};
void group_read_release(struct group_read *group);

/* The family of the group, or that which rules want of it. Owned, or NULL. */
char *group_family(const struct parameter_kind *of,
		   const struct read_request *request,
		   const struct group_read *group);
/* Of these names, those that somebody may want of the group. New array. */
json_t *group_names(const struct parameter_kind *of,
		    const struct read_request *request,
		    const struct group_read *group, const json_t *names);

/*
 * The groups that have precedence over this one, of each member that uses it:
 * fn with their id, AWS's own left out. Known only while a plan is made.
 */
void group_each_override(const struct parameter_kind *of,
			 const struct read_request *request, const char *id,
			 void (*fn)(void *ctx, const struct resource *member,
				    const char *id),
			 void *ctx);

/*
 * The resource. users: what was read of what may use it; others: what was set
 * in overriding groups, by id.
 */
struct resource *group_resource(const struct parameter_kind *of,
				const struct read_request *request,
				const struct live *users, const json_t *others,
				const struct group_read *group);

#endif
