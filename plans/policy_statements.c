#include "plans/policy_statements.h"

#include <string.h>

#include "core/mem.h"

#define ACCOUNT_LEN 12

static bool is_account(const char *text, size_t len)
{
	return len == ACCOUNT_LEN && strspn(text, "0123456789") >= len;
}

static void tell(const json_t *statement, size_t number,
		 void (*fn)(void *ctx, const char *name,
			    const json_t *statement),
		 void *ctx)
{
	const char *effect = json_text(statement, "Effect");
	const char *sid = json_text(statement, "Sid");
	CLEANUP(free_ptr) char *name = NULL;

	if (!effect || strcmp(effect, "Allow") != 0)
		return;
	name = sid && *sid ? xstrdup(sid) : xasprintf("statement %zu", number);
	fn(ctx, name, statement);
}

void policy_each_allow(const json_t *document,
		       void (*fn)(void *ctx, const char *name,
				  const json_t *statement),
		       void *ctx)
{
	const json_t *statements = json_object_get(document, "Statement");
	size_t i;
	json_t *statement;

	if (json_is_object(statements))
		tell(statements, 1, fn, ctx);
	json_array_foreach(statements, i, statement)
		tell(statement, i + 1, fn, ctx);
}

const char *policy_first(const json_t *statement, const char *key,
			 bool (*is)(const char *text))
{
	const json_t *value = json_object_get(statement, key);
	size_t i;
	json_t *text;

	if (json_is_string(value) && is(json_string_value(value)))
		return json_string_value(value);
	json_array_foreach(value, i, text) {
		if (json_is_string(text) && is(json_string_value(text)))
			return json_string_value(text);
	}
	return NULL;
}

bool policy_excepts(const json_t *statement, const char *key)
{
	CLEANUP(free_ptr) char *other = xasprintf("Not%s", key);

	return json_object_get(statement, other) != NULL;
}

bool policy_is_all(const char *text)
{
	return !strcmp(text, "*") || !strcmp(text, "*:*");
}

bool policy_is_service(const char *action)
{
	const char *colon = strchr(action, ':');

	return policy_is_all(action) || (colon && !strcmp(colon, ":*"));
}

static void tell_principal(const json_t *value, bool narrowed,
			   void (*fn)(void *ctx, const char *principal,
				      bool narrowed),
			   void *ctx)
{
	size_t i;
	json_t *text;

	if (json_is_string(value))
		fn(ctx, json_string_value(value), narrowed);
	json_array_foreach(value, i, text)
		tell_principal(text, narrowed, fn, ctx);
}

void policy_each_principal(const json_t *statement,
			   void (*fn)(void *ctx, const char *principal,
				      bool narrowed),
			   void *ctx)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const bool narrowed =
		json_object_size(json_object_get(statement, "Condition")) > 0;

	if (json_object_get(statement, "NotPrincipal"))
		fn(ctx, "*", narrowed);
	else if (json_is_object(principal))
		tell_principal(json_object_get(principal, "AWS"), narrowed, fn,
			       ctx);
	else
		tell_principal(principal, narrowed, fn, ctx);
}

char *policy_principal_account(const char *principal)
{
	const char *at = principal;

	if (is_account(principal, strlen(principal)))
		return xstrdup(principal);
	if (strncmp(principal, "arn:", 4) != 0)
		return NULL;
	/* arn:<partition>:<service>:<region>:<account>: */
	for (int colons = 0; at && colons < 4; colons++) {
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	return at && is_account(at, strcspn(at, ":"))
		       ? xstrndup(at, ACCOUNT_LEN)
		       : NULL;
}
