/*
 * Where resources live: each target (an account and a region), and once for
 * each account its global part, named "<account>/global".
 */
#ifndef ABACK_PLANS_PLACE_H
#define ABACK_PLANS_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/aws.h"
#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

/* A target as aback.yaml or a plan gives it. */
struct target {
	char *name;
	char *account_id; /* 12 digits */
	char *region;
	char *role_arn; /* NULL: none */
};
void target_release(struct target *target);
/* Is the place one of the target's: its own, or its account's global one? */
bool target_has_place(const struct target *target, const char *place);

struct place {
	char *name; /* "prod", or "123456789012/global" */
	char *account_id;
	char *region;          /* "eu-west-1", or "global" */
	char *path;            /* "<account>/<region or global>" */
	const char *partition; /* "aws", as ARNs name it; NULL: "aws" */
	/* who calls there, as sts:GetCallerIdentity names it; NULL: not known
	 */
	char *caller_arn;
	bool global;
	struct aws_session *session; /* owned by the aws client */
};

struct places {
	struct place *items; /* sorted by name */
	size_t len, cap;
	struct aws *aws;  /* borrowed */
	char *caller_arn; /* of the first target */
};

/*
 * Open a session for each target, check with sts:GetCallerIdentity, of all at
 * once, that it is the account that the target says (ERR_WRONG_ACCOUNT), and
 * add the global places. session_name: of assumed roles. err is the first
 * target's that fails, and its hint gives the --target list of the others.
 */
MUST_CHECK int places_open(struct aws *aws, const struct target *targets,
			   size_t targets_len, const char *session_name,
			   struct places *ret_places, struct error *err);
/*
 * The same for who only reports: those that can be opened, and in *ret_closed
 * (a new array) why the others cannot: [{"target", "account_id", "region",
 * "call", "code", "message", "request_id"}]. An error where none can, or after
 * an interruption.
 */
MUST_CHECK int places_open_some(struct aws *aws, const struct target *targets,
				size_t targets_len, struct places *ret_places,
				json_t **ret_closed, struct error *err);
void places_release(struct places *places);
/* By name, as places_open leaves them; before places_find is asked. */
void places_sort(struct places *places);
/* NULL: there is none of that name. Borrowed. */
const struct place *places_find(const struct places *places, const char *name);

#endif
