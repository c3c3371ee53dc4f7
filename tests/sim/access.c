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

static bool is_about(const json_t *statement, const struct need *need)
{
	return side_holds(statement, "Action", "NotAction", need->action,
			  FNM_CASEFOLD) &&
	       side_holds(statement, "Resource", "NotResource", need->resource,
			  0);
}

static bool statement_holds(const json_t *statement, const struct need *need)
{
	return is_about(statement, need) && conditions_hold(statement, need);
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

/* The n-th of a document, from 0; a lone one stands for a list. */
static json_t *statement_at(const json_t *document, size_t n)
{
	json_t *statements = json_object_get(document, "Statement");

	if (json_is_object(statements))
		return n ? NULL : statements;
	return json_array_get(statements, n);
}

/* Where a statement stands in its document; 0: nowhere. */
static size_t column_of(const json_t *document, size_t n, size_t *ret_end)
{
	CLEANUP(strbuf_release) struct strbuf whole = STRBUF_INIT(ANSWER_MAX);
	CLEANUP(strbuf_release) struct strbuf part = STRBUF_INIT(ANSWER_MAX);
	const char *at;

	json_compact(document, &whole);
	json_compact(statement_at(document, n), &part);
	at = strstr(whole.buf, part.buf);
	*ret_end = at ? (size_t)(at - whole.buf) + part.len : 0;
	return at ? (size_t)(at - whole.buf) + 1 : 0;
}

static bool has_effect(const json_t *statement, const char *wanted)
{
	const char *effect = json_text(statement, "Effect");

	return effect && !strcmp(effect, wanted);
}

json_t *access_deciding(const json_t *policies, const struct need *need,
			enum verdict verdict)
{
	const char *wanted = verdict == VERDICT_DENIED ? "Deny" : "Allow";
	json_t *deciding = json_array(), *document, *statement;
	size_t i, end;

	json_array_foreach((json_t *)(uintptr_t)policies, i, document)
		for (size_t n = 0; (statement = statement_at(document, n)); n++)
			if (has_effect(statement, wanted) &&
			    statement_holds(statement, need)) {
				size_t start = column_of(document, n, &end);
				json_array_append_new(
					deciding,
					json_pack("{sI sI sI}", "policy",
						  (json_int_t)i, "start",
						  (json_int_t)start, "end",
						  (json_int_t)end));
			}
	return deciding;
}

static bool is_given(const json_t *given, const char *key)
{
	size_t index;
	json_t *name;

	json_array_foreach((json_t *)(uintptr_t)given, index, name)
		if (!strcasecmp(json_string_value(name), key))
			return true;
	return false;
}

static void add_missing_keys(json_t *missing, const json_t *statement,
			     const json_t *given)
{
	json_t *conditions = json_object_get(statement, "Condition");
	const char *operator, * key;
	json_t *keys, *values;

	json_object_foreach(conditions, operator, keys)
		json_object_foreach(keys, key, values)
			if (!is_given(given, key))
				json_array_add_unique(missing, key);
}

json_t *access_missing(const json_t *policies, const struct need *need,
		       const json_t *given)
{
	json_t *missing = json_array(), *document, *statement;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)policies, i, document)
		for (size_t n = 0; (statement = statement_at(document, n)); n++)
			if (is_about(statement, need))
				add_missing_keys(missing, statement, given);
	return missing;
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
