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

/* Is there nothing else in the object? names: blank on both sides of each. */
static bool has_only(const json_t *object, const char *names)
{
	const char *key;
	json_t *ignored;

	json_object_foreach((json_t *)(uintptr_t)object, key, ignored) {
		CLEANUP(free_ptr) char *word = xasprintf(" %s ", key);

		if (!strstr(names, word))
			return false;
	}
	return json_is_object(object);
}

static bool is_action(const char *text)
{
	const size_t vendor = strcspn(text, ":");

	return !strcmp(text, "*") ||
	       (vendor && text[vendor] && text[vendor + 1]);
}

static bool is_resource(const char *text)
{
	int colons = 0;

	for (const char *c = text; *c; c++)
		colons += *c == ':';
	return !strcmp(text, "*") || (!strncmp(text, "arn:", 4) && colons >= 5);
}

/* One text, or a list of them that is not empty, each of that form. */
static bool each_is(const json_t *value, bool (*good)(const char *text))
{
	size_t index;
	json_t *one;

	if (json_is_string(value))
		return good(json_string_value(value));
	json_array_foreach((json_t *)(uintptr_t)value, index, one)
		if (!json_is_string(one) || !good(json_string_value(one)))
			return false;
	return json_array_size(value) > 0;
}

/* Exactly one of the two. */
static const json_t *one_side(const json_t *statement, const char *member,
			      const char *inverse)
{
	const json_t *value = json_object_get(statement, member);
	const json_t *other = json_object_get(statement, inverse);

	return value && other ? NULL : value ? value : other;
}

static bool check_resources(struct iam_call *call, const json_t *statement)
{
	const json_t *resources =
		one_side(statement, "Resource", "NotResource");

	if (json_object_get(statement, "Principal"))
		return malformed(call, "Policy document should not specify a "
				       "principal.");
	if (!resources)
		return malformed(call, "Policy statement must contain "
				       "resources.");
	return each_is(resources, is_resource) ||
	       malformed(call, "Resource must be in ARN format or \"*\".");
}

static bool check_statement(struct iam_call *call, json_t *statement,
			    bool trust)
{
	const char *effect = json_text(statement, "Effect");
	const json_t *actions = one_side(statement, "Action", "NotAction");
	json_t *principal = json_object_get(statement, "Principal");

	if (!has_only(statement, " Sid Effect Action NotAction Resource "
				 "NotResource Principal NotPrincipal "
				 "Condition ") ||
	    !effect || (strcmp(effect, "Allow") && strcmp(effect, "Deny")) ||
	    !actions)
		return malformed(call, "Syntax errors in policy.");
	if (!each_is(actions, is_action))
		return malformed(call, "Actions/Conditions must be prefaced "
				       "by a vendor, e.g., iam, sdb, ec2, "
				       "etc.");
	if (!trust)
		return check_resources(call, statement);
	if (json_object_get(statement, "Resource"))
		return malformed(call, "Has prohibited field Resource");
	if (!principal && !json_object_get(statement, "NotPrincipal"))
		return malformed(call, "Missing required field Principal");
	return keep_principals(call, principal);
}

static bool has_good_version(const json_t *document)
{
	const json_t *version = json_object_get(document, "Version");
	const char *text = json_string_value(version);

	return !version || (text && (!strcmp(text, "2012-10-17") ||
				     !strcmp(text, "2008-10-17")));
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
	if (!has_only(document, " Version Id Statement ") ||
	    !has_good_version(document) ||
	    (!json_is_object(statements) && !json_array_size(statements))) {
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
