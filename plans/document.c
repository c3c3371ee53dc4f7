#include "plans/document.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

#define STATEMENT "Statement"
#define PRINCIPAL "Principal"
#define ACTION "Action"

/* ---- texts ------------------------------------------------------------ */

/* What is no %XX stays as it is; a NUL would end the text. Owned. */
static char *percent_decoded(const char *text)
{
	char *out = xmalloc(strlen(text) + 1);
	size_t at = 0;

	for (const char *c = text; *c; c++) {
		const int high = *c == '%' ? hex_digit(c[1]) : -1;
		const int low = high >= 0 ? hex_digit(c[2]) : -1;

		if (low >= 0 && (high | low)) {
			out[at++] = (char)(high << 4 | low);
			c += 2;
		} else {
			out[at++] = *c;
		}
	}
	out[at] = '\0';
	return out;
}

/* Numbers that are none of JSON's integers, as the texts that IAM compares. */
static json_t *without_reals(json_t *value)
{
	const char *key;
	size_t i;
	json_t *member;
	json_t *copy;

	if (json_is_real(value)) {
		CLEANUP(free_ptr)
		char *text = xasprintf("%.15g", json_real_value(value));

		return json_string(text);
	}
	if (json_is_object(value)) {
		copy = json_object();
		json_object_foreach(value, key, member)
			(void)json_object_set_new(copy, key,
						  without_reals(member));
		return copy;
	}
	if (!json_is_array(value))
		return json_incref(value);
	copy = json_array();
	json_array_foreach(value, i, member)
		(void)json_array_append_new(copy, without_reals(member));
	return copy;
}

/* NULL: it is no JSON object; err says where. */
static json_t *parse(const char *text, struct error *err)
{
	CLEANUP(json_release) json_t *read = NULL;

	if (json_parse_answer(text, strlen(text), &read, err))
		return NULL;
	return without_reals(read);
}

json_t *document_from_text(const char *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	json_t *document = parse(text, &err);

	return document ? document : json_from_text(text);
}

json_t *document_from_wire(const char *text)
{
	CLEANUP(free_ptr) char *decoded = percent_decoded(text);

	return document_from_text(decoded);
}

char *document_text(const json_t *document)
{
	struct strbuf out = STRBUF_INIT(LIMIT_ANSWER);

	json_compact(document, &out);
	return strbuf_detach(&out);
}

size_t document_size(const json_t *document)
{
	CLEANUP(free_ptr) char *text = document_text(document);
	size_t characters = 0;

	for (const char *c = text; *c; c++)
		characters += ((unsigned char)*c & 0xc0) != 0x80;
	return characters;
}

/* ---- what people write ------------------------------------------------ */

static bool is_unique_id(const char *text)
{
	const size_t len = strlen(text);

	if (len < 16 || len > 128 ||
	    (strncmp(text, "AROA", 4) != 0 && strncmp(text, "AIDA", 4) != 0))
		return false;
	for (const char *c = text; *c; c++) {
		if (!isupper((unsigned char)*c) && !isdigit((unsigned char)*c))
			return false;
	}
	return true;
}

static const char *lost_among(const json_t *principals)
{
	const json_t *named = json_object_get(principals, "AWS");
	size_t i;
	json_t *member;

	if (json_is_string(named) && is_unique_id(json_string_value(named)))
		return json_string_value(named);
	json_array_foreach(named, i, member) {
		if (json_is_string(member) &&
		    is_unique_id(json_string_value(member)))
			return json_string_value(member);
	}
	return NULL;
}

static const char *lost_in(const json_t *statement)
{
	const char *lost = lost_among(json_object_get(statement, PRINCIPAL));

	return lost ? lost
		    : lost_among(json_object_get(statement, "NotPrincipal"));
}

const char *document_lost_principal(const json_t *document)
{
	const json_t *statements = json_object_get(document, STATEMENT);
	size_t i;
	json_t *statement;

	if (json_is_object(statements))
		return lost_in(statements);
	json_array_foreach(statements, i, statement) {
		const char *lost = lost_in(statement);

		if (lost)
			return lost;
	}
	return NULL;
}

static bool names_principal(const json_t *statement)
{
	return json_object_get(statement, PRINCIPAL) ||
	       json_object_get(statement, "NotPrincipal");
}

bool document_has_principal(const json_t *document)
{
	const json_t *statements = json_object_get(document, STATEMENT);
	size_t i;
	json_t *statement;

	json_array_foreach(statements, i, statement) {
		if (names_principal(statement))
			return true;
	}
	return names_principal(statements);
}

static bool is_effect(const char *text)
{
	return text && (strcasecmp(text, "allow") == 0 ||
			strcasecmp(text, "deny") == 0);
}

static int check_statement(const json_t *statement, struct error *err)
{
	if (!json_is_object(statement))
		return error_set(err, ERR_DESIRED,
				 "has a 'Statement' that is no object");
	if (!is_effect(json_text(statement, "Effect")))
		return error_set(err, ERR_DESIRED,
				 "has a statement whose 'Effect' is neither "
				 "'Allow' nor 'Deny'");
	if (!json_object_get(statement, ACTION) &&
	    !json_object_get(statement, "NotAction"))
		return error_set(err, ERR_DESIRED,
				 "has a statement without an 'Action'");
	return 0;
}

static int check_document(const json_t *document, struct error *err)
{
	const json_t *statements = json_object_get(document, STATEMENT);
	const char *key;
	size_t i;
	json_t *member;

	json_object_foreach((json_t *)(uintptr_t)document, key, member) {
		if (strcmp(key, "Version") != 0 && strcmp(key, "Id") != 0 &&
		    strcmp(key, STATEMENT) != 0)
			return error_set(err, ERR_DESIRED,
					 "must be a policy document, which has "
					 "no '%s'",
					 key);
	}
	if (json_is_object(statements))
		return check_statement(statements, err);
	if (!json_array_size(statements))
		return error_set(err, ERR_DESIRED,
				 "must be a policy document with a "
				 "'Statement'");
	json_array_foreach(statements, i, member) {
		if (check_statement(member, err) < 0)
			return -1;
	}
	return 0;
}

int document_check(const json_t *value, json_t **ret_document,
		   struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	CLEANUP(json_release) json_t *document = NULL;

	if (json_is_string(value)) {
		document = parse(json_string_value(value), &why);
		if (!document)
			return error_set(err, ERR_DESIRED,
					 "must be a policy document, and the "
					 "text is no JSON object: %s",
					 why.chain[0]);
	} else if (json_is_object(value)) {
		document = without_reals((json_t *)(uintptr_t)value);
	} else {
		return error_set(err, ERR_DESIRED,
				 "must be a policy document: a map, or a text "
				 "of JSON");
	}
	if (check_document(document, err) < 0)
		return -1;
	*ret_document = TAKE(document);
	return 0;
}
