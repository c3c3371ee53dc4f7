/* What documents mean: whether two say the same, and whether one says more. */
#include "plans/document.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define STATEMENT "Statement"
#define PRINCIPAL "Principal"
#define ACTION "Action"

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
