/* The IAM calls; iam.c dispatches, iam_policy.c has the policies of roles. */
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

void iam_get_policy(struct iam_call *call);
void iam_list_attached_policies(struct iam_call *call);
void iam_attach_policy(struct iam_call *call);
void iam_detach_policy(struct iam_call *call);

#endif
