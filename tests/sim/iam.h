/* The IAM calls. iam.c dispatches and reads roles, iam_role.c changes what
 * stands in a role, iam_policy.c what is attached to one, iam_version.c has
 * managed policies, iam_details.c who has a role, iam_accessed.c what for,
 * iam_document.c judges documents, iam_simulate.c principals. */
#ifndef ABACK_TESTS_SIM_IAM_H
#define ABACK_TESTS_SIM_IAM_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/sim/sim.h"

struct iam_call {
	struct sim *sim;
	struct request *request;
	struct answer *answer;
	const struct effect *effect;
	struct account *account;
};

/* Are all parameters among these names? Else answer refuses. */
bool iam_only(struct iam_call *call, const char *const *names, size_t len);
#define IAM_ONLY(call, ...)                                     \
	iam_only(call, (const char *const[]){ __VA_ARGS__ },    \
		 sizeof((const char *const[]){ __VA_ARGS__ }) / \
			 sizeof(char *))

/* The role that RoleName names; NULL: answer is the error. */
struct role *iam_find_role(struct iam_call *call);
/* last: what the page ends with where there is more; NULL: there is not */
void iam_add_paging(struct iam_call *call, const char *last);

/* What reads see of the role now. */
const json_t *iam_visible(const struct role *role);
/*
 * Set a member of the role's state, or take it away (NULL): from now on, or
 * after the fault's delay, and for readers after IAM's. Steals value.
 */
void iam_write(struct iam_call *call, struct role *role, const char *key,
	       json_t *value);
/* Can anybody but AWS change it? Else answer refuses. */
bool iam_check_modifiable(struct iam_call *call, const struct role *role);
bool iam_check_policy_arn(struct iam_call *call, const char *arn);
bool iam_policy_exists(const struct iam_call *call, const char *arn);

/*
 * The policy document of a parameter, as AWS keeps it; NULL: answer refuses.
 * trust: one with principals, else one with resources.
 */
json_t *iam_document(struct iam_call *call, const char *parameter, bool trust);
size_t iam_document_size(const json_t *document);
/* When a role was used last. */
void iam_add_last_used(struct strbuf *out, const json_t *state);
/* The document as an element, percent-encoded. */
void iam_add_document(struct strbuf *out, const char *element,
		      const json_t *document);

void iam_generate_accessed(struct iam_call *call);
void iam_get_accessed(struct iam_call *call);
void iam_update_role(struct iam_call *call);
void iam_tag_role(struct iam_call *call);
void iam_untag_role(struct iam_call *call);
void iam_update_trust(struct iam_call *call);
void iam_put_boundary(struct iam_call *call);
void iam_delete_boundary(struct iam_call *call);
void iam_get_inline(struct iam_call *call);
void iam_list_inline(struct iam_call *call);
void iam_put_inline(struct iam_call *call);
void iam_delete_inline(struct iam_call *call);
void iam_list_profiles(struct iam_call *call);
void iam_account_details(struct iam_call *call);
void iam_simulate(struct iam_call *call);
/*
 * The same of policies: those of the account, and those of AWS that a role has
 * attached. A page after that ARN (NULL: from the start); the last ARN that was
 * shown, or NULL where there are no more. Owned.
 */
char *iam_add_policy_details(struct iam_call *call, const char *after,
			     long most);
void iam_get_policy(struct iam_call *call);
void iam_get_version(struct iam_call *call);
void iam_list_versions(struct iam_call *call);
void iam_create_version(struct iam_call *call);
void iam_set_default_version(struct iam_call *call);
void iam_delete_version(struct iam_call *call);
void iam_list_attached_policies(struct iam_call *call);
void iam_attach_policy(struct iam_call *call);
void iam_detach_policy(struct iam_call *call);

#endif
