/* What IAM says about a policy document that it is given. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/iam.h"
#include "tests/sim/request.h"

#define ROOT_ARN "arn:aws:iam::%s:root"

static bool malformed(struct iam_call *call, const char *message)
{
	answer_error(call->answer, call->request, 400,
		     "MalformedPolicyDocument", "%s", message);
	return false;
}

static bool is_account(const char *text)
{
	return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* Is there such an entity? Of other accounts it takes anything. */
static bool principal_exists(const struct iam_call *call, const char *text)
{
	CLEANUP(free_ptr)
	char *own = xasprintf("arn:aws:iam::%s:role/", call->account->id);

	if (!strcmp(text, "*") || is_account(text))
		return true;
	if (strncmp(text, "arn:aws", 7) != 0)
		return false;
	return strncmp(text, own, strlen(own)) != 0 ||
	       account_role(call->account, strrchr(text, '/') + 1);
}

/* As AWS keeps it: an account's number becomes the ARN of its root. */
static json_t *kept_principal(const char *text)
{
	CLEANUP(free_ptr)
	char *arn = is_account(text) ? xasprintf(ROOT_ARN, text) : NULL;

	return json_string(arn ? arn : text);
}

static bool bad_principal(struct iam_call *call, const char *text)
{
	CLEANUP(free_ptr)
	char *message = xasprintf("Invalid principal in policy: \"AWS\":\"%s\"",
				  text ? text : "");

	return malformed(call, message);
}

/* The AWS principals of one statement, checked and as they are kept. */
static bool keep_principals(struct iam_call *call, json_t *principals)
{
	json_t *named = json_object_get(principals, "AWS");
	const char *text = json_string_value(named);
	size_t index;
	json_t *one;

	if (text) {
		if (!principal_exists(call, text))
			return bad_principal(call, text);
		json_object_set_new(principals, "AWS", kept_principal(text));
	}
	json_array_foreach(named, index, one) {
		text = json_string_value(one);
		if (!text || !principal_exists(call, text))
			return bad_principal(call, text);
		json_array_set_new(named, index, kept_principal(text));
	}
	return true;
}

static bool check_statement(struct iam_call *call, json_t *statement,
			    bool trust)
{
	const char *effect = json_text(statement, "Effect");
	json_t *principal = json_object_get(statement, "Principal");

	if (!effect || (strcmp(effect, "Allow") && strcmp(effect, "Deny")) ||
	    (!json_object_get(statement, "Action") &&
	     !json_object_get(statement, "NotAction")))
		return malformed(call, "Syntax errors in policy.");
	if (!trust && principal)
		return malformed(call, "Policy document should not specify a "
				       "principal.");
	if (!trust)
		return json_object_get(statement, "Resource") ||
		       json_object_get(statement, "NotResource") ||
		       malformed(call, "Policy statement must contain "
				       "resources.");
	if (json_object_get(statement, "Resource"))
		return malformed(call, "Has prohibited field Resource");
	if (!principal && !json_object_get(statement, "NotPrincipal"))
		return malformed(call, "Missing required field Principal");
	return keep_principals(call, principal);
}

json_t *iam_document(struct iam_call *call, const char *parameter, bool trust)
{
	const char *text = request_get(call->request, parameter);
	CLEANUP(json_release)
	json_t *document =
		text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	json_t *statements = json_object_get(document, "Statement");
	size_t index;
	json_t *statement;

	if (!json_is_object(document)) {
		(void)malformed(call, "This policy contains invalid Json");
		return NULL;
	}
	if (!json_is_object(statements) && !json_array_size(statements)) {
		(void)malformed(call, "Syntax errors in policy.");
		return NULL;
	}
	if (json_is_object(statements) &&
	    !check_statement(call, statements, trust))
		return NULL;
	json_array_foreach(statements, index, statement)
		if (!check_statement(call, statement, trust))
			return NULL;
	return TAKE(document);
}

size_t iam_document_size(const json_t *document)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(REQUEST_BODY_MAX);

	json_compact(document, &text);
	return text.len;
}

/* RFC 3986, as IAM writes policy documents. */
static void percent_encode(struct strbuf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.~";

	for (; *text; text++)
		if (strchr(plain, *text))
			strbuf_addc(out, *text);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
}

void iam_add_document(struct strbuf *out, const char *element,
		      const json_t *document)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(REQUEST_BODY_MAX);

	json_compact(document, &text);
	strbuf_addf(out, "<%s>", element);
	percent_encode(out, text.buf);
	strbuf_addf(out, "</%s>\n", element);
}
