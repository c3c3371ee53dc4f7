#include "tests/sim/access.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/fleet.h"
#include "tests/sim/request.h"

void needs_release(struct needs *needs)
{
	for (size_t i = 0; i < needs->len; i++) {
		free(needs->items[i].action);
		free(needs->items[i].resource);
	}
	free(needs->items);
	*needs = (struct needs){ .items = NULL };
}

/* ---- documents ---------------------------------------------------------- */

/* Actions in any letter case. */
static bool any_matches(const json_t *globs, const char *text, int flags)
{
	size_t i;
	json_t *glob;

	if (json_is_string(globs))
		return !fnmatch(json_string_value(globs), text,
				FNM_NOESCAPE | flags);
	json_array_foreach(globs, i, glob) {
		if (json_is_string(glob) &&
		    !fnmatch(json_string_value(glob), text,
			     FNM_NOESCAPE | flags))
			return true;
	}
	return false;
}

static bool side_holds(const json_t *statement, const char *member,
		       const char *inverse, const char *text, int flags)
{
	const json_t *globs = json_object_get(statement, member);

	if (globs)
		return any_matches(globs, text, flags);
	globs = json_object_get(statement, inverse);
	return globs && !any_matches(globs, text, flags);
}

/* The one condition that anybody here writes; another one never holds. */
static bool conditions_hold(const json_t *statement, const struct need *need)
{
	json_t *conditions = json_object_get(statement, "Condition");
	const char *operator, * key;
	json_t *keys, *values;

	json_object_foreach(conditions, operator, keys) {
		if (strcmp(operator, "StringEquals") != 0)
			return false;
		json_object_foreach(keys, key, values) {
			if (strcmp(key, "iam:PassedToService") != 0 ||
			    !need->passed_to ||
			    !any_matches(values, need->passed_to, 0))
				return false;
		}
	}
	return true;
}

static bool statement_holds(const json_t *statement, const struct need *need)
{
	return side_holds(statement, "Action", "NotAction", need->action,
			  FNM_CASEFOLD) &&
	       side_holds(statement, "Resource", "NotResource", need->resource,
			  0) &&
	       conditions_hold(statement, need);
}

static void judge_statement(const json_t *statement, const struct need *need,
			    enum verdict *verdict)
{
	const char *effect = json_text(statement, "Effect");

	if (!effect || *verdict == VERDICT_DENIED ||
	    !statement_holds(statement, need))
		return;
	*verdict = strcmp(effect, "Deny") ? VERDICT_ALLOWED : VERDICT_DENIED;
}

enum verdict access_judge(const json_t *policies, const struct need *need)
{
	enum verdict verdict = VERDICT_NOT_ALLOWED;
	size_t i, j;
	json_t *document, *statement;

	if (!policies)
		return VERDICT_ALLOWED;
	json_array_foreach(policies, i, document) {
		json_t *statements = json_object_get(document, "Statement");

		if (json_is_object(statements))
			judge_statement(statements, need, &verdict);
		json_array_foreach(statements, j, statement)
			judge_statement(statement, need, &verdict);
	}
	return verdict;
}

/* ---- callers ------------------------------------------------------------ */

const json_t *access_policies(const struct account *account,
			      const struct access_key *key)
{
	const struct role *role =
		key->role ? account_role(account, key->role) : NULL;

	if (role)
		return json_object_get(role->state, "policies");
	return key->policies;
}

/* An EC2 error has words of its own in front. */
static void refuse(const struct request *request, const struct need *need,
		   enum verdict verdict, const char *kind,
		   struct answer *answer)
{
	const bool ec2 = !strcmp(request->service, "ec2");
	const char *code = ec2 ? "UnauthorizedOperation" : "AccessDenied";
	CLEANUP(free_ptr)
	char *why = verdict == VERDICT_DENIED
			    ? xasprintf("with an explicit deny in a%s %s "
					"policy",
					*kind == 'i' ? "n" : "", kind)
			    : xasprintf("because no %s policy allows the %s "
					"action",
					kind, need->action);

	if (!strcmp(request->service, "sns"))
		code = "AuthorizationError";
	else if (request->json)
		code = "AccessDeniedException";
	answer_error(answer, request, 403, code,
		     "%sUser: %s is not authorized to perform: %s%s%s %s",
		     ec2 ? "You are not authorized to perform this operation. "
			 : "",
		     request->key->arn, need->action,
		     strcmp(need->resource, "*") ? " on resource: " : "",
		     strcmp(need->resource, "*") ? need->resource : "", why);
}

bool access_check(const struct request *request, struct answer *answer)
{
	const struct access_key *key = request->key;
	const json_t *policies = access_policies(request->account, key);
	CLEANUP(needs_release) struct needs needs = { .items = NULL };

	if (!policies && !key->session_policies)
		return true;
	needs_of(request, &needs);
	for (size_t i = 0; i < needs.len; i++) {
		const struct need *need = &needs.items[i];
		const enum verdict verdict = access_judge(policies, need);
		const enum verdict session =
			access_judge(key->session_policies, need);

		if (verdict != VERDICT_ALLOWED) {
			refuse(request, need, verdict, "identity-based",
			       answer);
			return false;
		}
		if (session != VERDICT_ALLOWED) {
			refuse(request, need, session, "session", answer);
			return false;
		}
	}
	return true;
}
