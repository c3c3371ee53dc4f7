#include "plans/document.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

#define STATEMENT "Statement"
#define PRINCIPAL "Principal"
#define ACTION "Action"

/* ---- texts ------------------------------------------------------------ */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

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

/* ---- what it means ---------------------------------------------------- */

static bool is_account(const char *text)
{
	return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* "arn:<partition>:iam::<account>:root" as the account's number. Owned. */
static char *principal_text(const char *text)
{
	const char *iam = strncmp(text, "arn:", 4) == 0
				  ? strstr(text + 4, ":iam::")
				  : NULL;
	CLEANUP(free_ptr) char *account = NULL;

	if (!iam || strchr(text + 4, ':') != iam)
		return xstrdup(text);
	account = xstrndup(iam + 6, strcspn(iam + 6, ":"));
	return is_account(account) &&
			       strcmp(iam + 6 + strlen(account), ":root") == 0
		       ? TAKE(account)
		       : xstrdup(text);
}

/* A scalar as the text that IAM compares. New reference. */
static json_t *scalar_text(const json_t *value)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "true" : "false");
	if (!json_is_integer(value))
		return json_incref((json_t *)(uintptr_t)value);
	text = xasprintf("%lld", (long long)json_integer_value(value));
	return json_string(text);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The array's members in the order of their JSON, doubles kept. Steals it. */
static json_t *sorted(json_t *array)
{
	const size_t len = json_array_size(array);
	char **texts = xcalloc(len + 1, sizeof(*texts));
	json_t *out = json_array();
	size_t i;
	json_t *member;

	json_array_foreach(array, i, member) {
		CLEANUP(json_release)
		json_t *alone = json_pack("[O]", member);

		texts[i] = document_text(alone);
	}
	qsort(texts, len, sizeof(*texts), compare_texts);
	for (i = 0; i < len; i++) {
		CLEANUP(json_release)
		json_t *alone = json_loads(texts[i], 0, NULL);

		(void)json_array_append(out, json_array_get(alone, 0));
		free(texts[i]);
	}
	free(texts);
	json_decref(array);
	return out;
}

/* One or a list, as a sorted list of texts. */
static json_t *texts_of(const json_t *value, bool principals)
{
	json_t *list = json_array();
	size_t i;
	json_t *member;

	if (!json_is_array(value)) {
		CLEANUP(json_release)
		json_t *one = json_pack("[O]", (json_t *)(uintptr_t)value);

		json_decref(list);
		return texts_of(one, principals);
	}
	json_array_foreach(value, i, member) {
		CLEANUP(free_ptr) char *text = NULL;

		if (principals && json_is_string(member)) {
			text = principal_text(json_string_value(member));
			(void)json_array_append_new(list, json_string(text));
		} else {
			(void)json_array_append_new(list, scalar_text(member));
		}
	}
	return sorted(list);
}

/* A map whose values are one text or a list. */
static json_t *map_of_texts(const json_t *map, bool principals)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)map, key, value)
		(void)json_object_set_new(out, key,
					  texts_of(value, principals));
	return out;
}

static json_t *condition_of(const json_t *condition)
{
	json_t *out = json_object();
	const char *operator;
	json_t *keys;

	json_object_foreach((json_t *)(uintptr_t)condition, operator, keys)
		(void)json_object_set_new(out, operator,
					  json_is_object(keys)
						  ? map_of_texts(keys, false)
						  : json_incref(keys));
	return out;
}

static bool is_one_of(const char *key, const char *const *keys)
{
	while (*keys && strcmp(*keys, key) != 0)
		keys++;
	return *keys != NULL;
}

static json_t *effect_of(const json_t *value)
{
	const char *text = json_string_value(value);

	if (text && strcasecmp(text, "allow") == 0)
		return json_string("Allow");
	if (text && strcasecmp(text, "deny") == 0)
		return json_string("Deny");
	return json_incref((json_t *)(uintptr_t)value);
}

static json_t *part_of(const char *key, const json_t *value)
{
	static const char *const lists[] = { ACTION, "NotAction", "Resource",
					     "NotResource", NULL };
	static const char *const principals[] = { PRINCIPAL, "NotPrincipal",
						  NULL };

	if (is_one_of(key, lists))
		return texts_of(value, false);
	if (is_one_of(key, principals) && json_is_object(value))
		return map_of_texts(value, true);
	if (strcmp(key, "Effect") == 0)
		return effect_of(value);
	if (strcmp(key, "Condition") == 0 && json_is_object(value))
		return condition_of(value);
	return json_incref((json_t *)(uintptr_t)value);
}

static json_t *statement_of(const json_t *statement)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	if (!json_is_object(statement)) {
		json_decref(out);
		return json_incref((json_t *)(uintptr_t)statement);
	}
	json_object_foreach((json_t *)(uintptr_t)statement, key, value)
		(void)json_object_set_new(out, key, part_of(key, value));
	return out;
}

/* The statements in one form, sorted. */
static json_t *statements_of(const json_t *document)
{
	const json_t *statements = json_object_get(document, STATEMENT);
	json_t *out = json_array();
	size_t i;
	json_t *statement;

	if (json_is_object(statements))
		(void)json_array_append_new(out, statement_of(statements));
	json_array_foreach(statements, i, statement)
		(void)json_array_append_new(out, statement_of(statement));
	return sorted(out);
}

bool document_equal(const json_t *a, const json_t *b)
{
	CLEANUP(json_release) json_t *x = NULL;
	CLEANUP(json_release) json_t *y = NULL;

	if (!json_is_object(a) || !json_is_object(b))
		return false;
	x = json_copy((json_t *)(uintptr_t)a);
	y = json_copy((json_t *)(uintptr_t)b);
	(void)json_object_set_new(x, STATEMENT, statements_of(a));
	(void)json_object_set_new(y, STATEMENT, statements_of(b));
	return json_equal(x, y);
}

/* ---- does it open anything -------------------------------------------- */

/* A statement for one action alone: a key of `atoms`. */
static void add_atom(json_t *atoms, const json_t *statement,
		     const json_t *action)
{
	CLEANUP(json_release)
	json_t *one = json_copy((json_t *)(uintptr_t)statement);
	CLEANUP(free_ptr) char *text = NULL;

	(void)json_object_del(one, "Sid");
	if (action)
		(void)json_object_set(one, ACTION, (json_t *)(uintptr_t)action);
	text = document_text(one);
	(void)json_object_set_new(atoms, text, json_true());
}

static void add_actions(json_t *atoms, const json_t *statement)
{
	const json_t *actions = json_object_get(statement, ACTION);
	size_t i;
	json_t *action;

	json_array_foreach(actions, i, action)
		add_atom(atoms, statement, action);
	if (!actions)
		add_atom(atoms, statement, NULL);
}

/* The statement for each of its principals and actions alone. */
static void add_atoms(json_t *atoms, const json_t *statement)
{
	const json_t *principals = json_object_get(statement, PRINCIPAL);
	const char *kind;
	size_t i;
	json_t *list, *principal;

	if (!json_is_object(principals)) {
		add_actions(atoms, statement);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)principals, kind, list) {
		json_array_foreach(list, i, principal) {
			CLEANUP(json_release)
			json_t *one = json_copy((json_t *)(uintptr_t)statement);

			(void)json_object_set_new(
				one, PRINCIPAL,
				json_pack("{sO}", kind, principal));
			add_actions(atoms, one);
		}
	}
}

static json_t *atoms_of(const json_t *document, const char *effect)
{
	CLEANUP(json_release) json_t *statements = statements_of(document);
	json_t *atoms = json_object();
	size_t i;
	json_t *statement;

	json_array_foreach(statements, i, statement) {
		const char *has = json_text(statement, "Effect");

		if (has && strcmp(has, effect) == 0)
			add_atoms(atoms, statement);
	}
	return atoms;
}

static bool has_all(const json_t *all, const json_t *some)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)some, key, value) {
		if (!json_object_get(all, key))
			return false;
	}
	return true;
}

bool document_widens(const json_t *before, const json_t *after)
{
	CLEANUP(json_release) json_t *allowed = atoms_of(before, "Allow");
	CLEANUP(json_release) json_t *allows = atoms_of(after, "Allow");
	CLEANUP(json_release) json_t *denied = atoms_of(before, "Deny");
	CLEANUP(json_release) json_t *denies = atoms_of(after, "Deny");
	CLEANUP(json_release)
	json_t *version = json_incref(json_object_get(before, "Version"));

	/* the version decides what the same words mean */
	return !json_is_object(before) || !json_is_object(after) ||
	       !version != !json_object_get(after, "Version") ||
	       (version &&
		!json_equal(version, json_object_get(after, "Version"))) ||
	       !has_all(allowed, allows) || !has_all(denies, denied);
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

static int check_statement(const json_t *statement, struct error *err)
{
	CLEANUP(json_release) json_t *effect = NULL;
	const char *text;

	if (!json_is_object(statement))
		return error_set(err, ERR_DESIRED,
				 "has a 'Statement' that is no object");
	effect = effect_of(json_object_get(statement, "Effect"));
	text = json_string_value(effect);
	if (!text || (strcmp(text, "Allow") != 0 && strcmp(text, "Deny") != 0))
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
	static const char *const keys[] = { "Version", "Id", STATEMENT, NULL };
	const json_t *statements = json_object_get(document, STATEMENT);
	const char *key;
	size_t i;
	json_t *member;

	json_object_foreach((json_t *)(uintptr_t)document, key, member) {
		if (!is_one_of(key, keys))
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
