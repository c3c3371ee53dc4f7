/*
 * Managed policies of IAM: what the kind's files share. A policy of the account
 * goes by its path and name ("databases/orders"), any other by its ARN.
 */
#ifndef ABACK_PLANS_IAM_POLICY_H
#define ABACK_PLANS_IAM_POLICY_H

#include <stdbool.h>

#include "core/json.h"
#include "core/xml.h"
#include "plans/kind.h"
#include "plans/place.h"

/* Facts: id of version → its document; and the id that is never reused. */
#define IAM_POLICY_VERSIONS "versions"
#define IAM_POLICY_ID "policy_id"
/* IAM keeps no more of them. */
#define IAM_POLICY_VERSIONS_MAX ((size_t)5)

/* Owned. */
char *iam_policy_arn(const char *id, const struct place *place);
char *iam_policy_id_of(const char *arn, const struct place *place);
/* Does it belong to AWS; to an account that is neither? */
bool iam_policy_is_of_aws(const char *arn);
bool iam_policy_is_foreign(const char *arn, const struct place *place);
/* The versions' ids, the newest first. The array is owned, they are not. */
const char **iam_policy_newest(const json_t *versions, size_t *ret_len);

/* kind_ops.read: each policy by its own calls. */
void iam_policy_read(const struct read_request *request);

/*
 * The parser's side, for tests too: feed the answers of GetPolicy, of
 * ListPolicyVersions and of GetPolicyVersion with an answer as ctx.
 */
struct iam_policy_answer {
	char *arn, *policy_id, *default_version, *attached, *bounds;
	json_t *page;     /* ids of versions of the page that is being read */
	bool truncated;   /* the last page said that there are more */
	json_t *ids;      /* of the pages read whole */
	json_t *versions; /* id → document */
	char *document;   /* of the version that is being read */
};
void iam_policy_answer_release(struct iam_policy_answer *answer);
void iam_policy_answer_init(struct iam_policy_answer *answer);
const struct xml_paths *iam_policy_paths(void);
extern const struct xml_handler iam_policy_handler;
/*
 * The policy, owned by the caller; NULL: the answers do not say who it is, or
 * what its default version has where the document is wanted.
 */
struct resource *iam_policy_resource(const struct iam_policy_answer *answer,
				     const struct place *place, bool document);

/* kind_ops.calls, .after_with and .happened. */
void iam_policy_calls(const struct resource *resource,
		      const struct call_change *changes, size_t changes_len,
		      struct call_list *ret_calls, json_t *ret_refused);
json_t *iam_policy_after(const json_t *facts, const char *call,
			 const json_t *parameters,
			 const struct setting *setting, const json_t *value);
void iam_policy_happened(struct aws *aws, const struct place *place,
			 const json_t *parameters, int64_t since,
			 void (*done)(void *ctx, const char *evidence,
				      const struct error *err),
			 void *ctx);

#endif
