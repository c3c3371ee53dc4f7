/* What the statements of a policy document allow, for who judges them. */
#ifndef ABACK_PLANS_POLICY_STATEMENTS_H
#define ABACK_PLANS_POLICY_STATEMENTS_H

#include <stdbool.h>

#include "core/json.h"

/*
 * For each statement of the document that allows something: fn, with its place
 * ("statement 2", or its Sid). The rest is as it was written.
 */
void policy_each_allow(const json_t *document,
		       void (*fn)(void *ctx, const char *name,
				  const json_t *statement),
		       void *ctx);

/*
 * The statement's first action, or resource, for which `is` is true; NULL:
 * none. One text counts as a list of one. Borrowed.
 */
const char *policy_first(const json_t *statement, const char *key,
			 bool (*is)(const char *text));

/* Does it allow everything but what it names? (NotAction, NotResource) */
bool policy_excepts(const json_t *statement, const char *key);

/* "*", or "*:*" */
bool policy_is_all(const char *text);
/* The same, or all of a service: "s3:*" */
bool policy_is_service(const char *action);

/*
 * For each principal of a trust policy's statement: fn with its text ("*", an
 * account, an ARN) and whether a Condition narrows it.
 */
void policy_each_principal(const json_t *statement,
			   void (*fn)(void *ctx, const char *principal,
				      bool narrowed),
			   void *ctx);
/* The account of a principal: of its ARN, or itself. NULL: none. Owned. */
char *policy_principal_account(const char *principal);

#endif
