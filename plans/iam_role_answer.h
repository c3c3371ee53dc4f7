/*
 * The parser's side of reading a role, for tests too: feed the answers of
 * GetRole and then of ListAttachedRolePolicies with an answer as ctx.
 */
#ifndef ABACK_PLANS_IAM_ROLE_ANSWER_H
#define ABACK_PLANS_IAM_ROLE_ANSWER_H

#include <stdbool.h>

#include "core/xml.h"
#include "plans/kind.h"

/* In a role's facts, where AWS says them. */
#define IAM_ROLE_PATH "Path"
#define IAM_ROLE_CREATED "CreateDate"
#define IAM_ROLE_LAST_USED "RoleLastUsed/LastUsedDate"

struct asking;
struct live;

struct iam_role_answer {
	struct asking *asking; /* NULL in tests */
	char *wanted;          /* the name asked for */
	char *name, *role_id, *arn, *path;
	char *created, *last_used; /* NULL: AWS does not say */
	char **texts; /* by row: what the role's own element says */
	json_t *tags; /* key → value */
	char *tag_key, *tag_value; /* of the tag that is being read */
	json_t *page;              /* policies of the page that is being read */
	json_t *policies;          /* of the pages read whole */
	json_t *names;             /* the same of inline policies */
	json_t *inlined;           /* name → document */
	char *document;            /* of the inline policy that is being read */
	json_t *profiles;  /* instance profiles; NULL: were not asked for */
	char *inline_name; /* of the inline policy in a listing of roles */
	bool truncated;    /* the last page said that there are more */
};

struct iam_role_answer *iam_role_answer_new(const char *name);
void iam_role_answer_free(struct iam_role_answer *answer);
const struct xml_paths *iam_role_paths(void);     /* of GetRole */
const struct xml_paths *iam_policies_paths(void); /* of the list */
extern const struct xml_handler iam_role_handler;
/* Drop the part of the answer that one attempt gave, before the next. */
void iam_role_answer_begin_role(struct iam_role_answer *answer);
void iam_role_answer_begin_page(struct iam_role_answer *answer);
/* A page of policies was read whole. */
void iam_role_answer_page(struct iam_role_answer *answer);
/* The same of ListRolePolicies, and then of GetRolePolicy for each name. */
const struct xml_paths *iam_inline_paths(void);
void iam_role_answer_names(struct iam_role_answer *answer);
void iam_role_answer_begin_document(struct iam_role_answer *answer);
/* false: the answer had no document. */
bool iam_role_answer_document(struct iam_role_answer *answer, const char *name);
/* Of ListInstanceProfilesForRole. */
const struct xml_paths *iam_profiles_paths(void);
void iam_role_answer_begin_profiles(struct iam_role_answer *answer);
/*
 * Of GetAccountAuthorizationDetails: the same of role after role. Each begins
 * with an element that opens, and ends with one that closes; what else there is
 * goes to iam_role_handler.
 */
enum { IAM_ROLE_DETAIL = 20000 };
const struct xml_paths *iam_role_details_paths(void);
/* Forget all of the role. */
void iam_role_answer_clear(struct iam_role_answer *answer);
/*
 * The role, owned by the caller; NULL: the answer did not say who it is. live:
 * what may use it, or NULL.
 */
struct resource *iam_role_answer_resource(const struct iam_role_answer *answer,
					  const struct place *place,
					  const bool *wanted,
					  const struct live *live);

#endif
