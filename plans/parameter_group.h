/*
 * Parameter groups of clusters and of instances. Both are read and written by
 * calls of the same form; what differs is a struct parameter_kind.
 *
 * Facts of a resource:
 *   "parameters"    name → what AWS says of it (plans/parameter_value.h), of
 *                   those that were asked for; null: the family has none such
 *   "nearest"       name → the nearest one that the family has
 *   "dynamic:NAME"  true: it is in effect without a reboot
 *   "bad_family"    true: AWS knows no such family
 *   "family_unread" why the endpoint does not say what the family has
 *   "statuses"      apply statuses of the members that use the group
 *   "users"         ids of the clusters, or instances, that use it
 */
#ifndef ABACK_PLANS_PARAMETER_GROUP_H
#define ABACK_PLANS_PARAMETER_GROUP_H

#include "plans/kind.h"

#define PARAMETER_ABOUT "parameters"
#define PARAMETER_NEAREST "nearest"
#define PARAMETER_DYNAMIC "dynamic:"
#define PARAMETER_BAD_FAMILY "bad_family"
#define PARAMETER_FAMILY_UNREAD "family_unread"
#define PARAMETER_STATUSES "statuses"
#define PARAMETER_USERS "users"

struct parameter_kind {
	enum kind kind;
	const char *name; /* parameter and member: "DBParameterGroupName" */
	/* actions */
	const char *list, *describe, *defaults;
	const char *create, *drop, *modify, *reset; /* "rds:…" */
	const char *arn;                            /* "cluster-pg" */
	enum kind user;                             /* what uses such a group */
	const char *user_setting; /* and the setting that names it */
	const char *user_status;  /* the fact that has the apply statuses */
	/* whose own groups may override it; KIND_COUNT: nothing does */
	enum kind overriding;
};
extern const struct parameter_kind cluster_parameters;
extern const struct parameter_kind instance_parameters;

/* Is the row a parameter, and not what the group itself is? */
bool is_parameter(const struct setting *setting);
/* "default.…": AWS's own, which nobody changes. */
bool is_default_group(const char *id);
/* What AWS says of the parameter; NULL: it was not asked, or has none such. */
const json_t *parameter_about(const struct resource *resource,
			      const struct setting *setting);

/* kind_ops.read (plans/parameter_group_read.c). */
void parameter_group_read(const struct parameter_kind *of,
			  const struct read_request *request);
/* kind_ops.calls and .after_call (plans/parameter_group_calls.c). */
void parameter_group_calls(const struct parameter_kind *of,
			   const struct resource *resource,
			   const struct call_change *changes,
			   size_t changes_len, struct call_list *ret_calls,
			   json_t *ret_refused);
json_t *parameter_group_after_call(const struct parameter_kind *of,
				   const char *call, const json_t *parameters,
				   const struct setting *setting,
				   const json_t *value);
/* kind_ops.foreign (plans/parameter_group_foreign.c). */
void parameter_group_foreign(const struct parameter_kind *of, const char *call,
			     const json_t *parameters,
			     void (*fn)(void *ctx, const char *call,
					const json_t *parameters),
			     void *ctx);
bool parameter_group_at_once(const char *call, const json_t *parameters,
			     const struct setting *setting);

#endif
