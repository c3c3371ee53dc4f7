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
	json_t *reads;        /* name → the answer that had it */
	bool unread;          /* it could not be read, and that is said */
	/* for the end: all that the family has, and what was not found */
	const json_t *all, *unknown;
	bool bad_family;
	const char *lacking; /* why nobody says what the family has; or NULL */
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
 * Who uses which group in a place, of what was read of it (not sorted): made
 * once, for both are many.
 */
struct group_users {
	const struct live *live;
	json_t *users;   /* id of a group → [index of what uses it] */
	json_t *members; /* id of a cluster → [index of an instance] */
};
void group_users_init(struct group_users *users,
		      const struct parameter_kind *of,
		      const struct place *place, const struct live *live);
void group_users_release(struct group_users *users);

/*
 * The groups that have precedence over this one, of each member that uses it:
 * fn with their id, AWS's own left out. Known only while a plan is made.
 */
void group_each_override(const struct parameter_kind *of,
			 const struct group_users *users, const char *id,
			 void (*fn)(void *ctx, const struct resource *member,
				    const char *id),
			 void *ctx);

/* The resource. others: what was set in overriding groups, by id. */
struct resource *group_resource(const struct parameter_kind *of,
				const struct read_request *request,
				const struct group_users *users,
				const json_t *others,
				const struct group_read *group);

#endif
