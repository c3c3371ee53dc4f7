/*
 * Asking IAM about one principal; for plans/preflight_principal.c and
 * plans/preflight_iam.c.
 */
#ifndef ABACK_PLANS_PREFLIGHT_IAM_H
#define ABACK_PLANS_PREFLIGHT_IAM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/aws.h"
#include "core/json.h"

#define PREFLIGHT_ATTEMPTS 7 /* an apply is not to wait for long */

struct question;

struct principal {
	struct aws *aws;
	struct aws_session *session; /* which asks about itself */
	char *caller;
	char *arn;       /* NULL: nobody can be asked about it */
	char *role;      /* whose path may be missing there; NULL */
	char *found;     /* its ARN, as iam:GetRole has it; NULL */
	json_t *wants;   /* key → {"action", "region", "passed_to",
			    "resources": {ARN: true}} */
	json_t *answers; /* key → {ARN: entry} */
	struct question **questions;
	size_t len, cap, next;
	size_t running, failures;
	char *failure; /* the first one; NULL */
	bool over;     /* no more is asked */
};

/* Out of what is wanted. */
void principal_add_questions(struct principal *principal);
void principal_free_questions(struct principal *principal);
/* Start some that are not asked yet, and more as those end. */
void principal_ask_more(struct principal *principal);

#endif
