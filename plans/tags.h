/*
 * Tags as a setting: a map of key → value, less those of AWS, which nobody else
 * can set. Services differ in the names of calls and parameters alone.
 */
#ifndef ABACK_PLANS_TAGS_H
#define ABACK_PLANS_TAGS_H

#include <stdbool.h>

#include "core/json.h"
#include "plans/kind.h"

/* How a service is told of tags. */
struct tag_service {
	const char *add, *remove; /* "rds:AddTagsToResource" */
	const char *resource;     /* the parameter that names the resource */
	const char *tag;          /* "Tags.Tag", of "Tags.Tag.1.Key" */
	const char *key;          /* "TagKeys.member", of "TagKeys.member.1" */
	/* keys that differ in letter case alone are one and the same */
	bool any_case;
};
extern const struct tag_service rds_tags, iam_role_tags;

/* A copy without what belongs to AWS. New reference. */
json_t *tags_without_reserved(const json_t *tags);

/*
 * Add the calls that make the change: replaced values, new tags and removed
 * ones apart, so that one call takes each back; new ones come first while AWS
 * has room for both. resource: what its parameter says. Where AWS would refuse
 * what comes out, that goes into *refused instead (kind_ops.calls).
 */
void tags_calls(const struct tag_service *service, const char *resource,
		const struct call_change *change, size_t index,
		struct call_list *calls, json_t *refused);
/* Is it one of the service's two calls? */
bool tags_is_call(const struct tag_service *service, const char *call);
/*
 * The tags after such a call on `value`; NULL: its parameters make no sense.
 * New reference.
 */
json_t *tags_after_call(const struct tag_service *service, const char *call,
			const json_t *parameters, const json_t *value);

/* The checks of rows (struct setting); ERR_DESIRED. */
int check_rds_tags(const json_t *value, struct error *err);
int check_iam_tags(const json_t *value, struct error *err);

#endif
