#include "plans/iam_role_notes.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"

/* A line names so many; the rest are counted. */
#define NAMED_MOST 5

/* ---- lines -------------------------------------------------------------- */

static void add_names(const json_t *names, struct strbuf *out)
{
	CLEANUP(json_release) json_t *sorted = json_sorted_set(names);
	const size_t len = json_array_size(sorted);
	size_t i;
	json_t *name;

	json_array_foreach(sorted, i, name) {
		if (i == NAMED_MOST) {
			strbuf_addf(out, " and %zu more", len - i);
			return;
		}
		strbuf_addf(out, "%s%s", i ? ", " : "",
			    json_string_value(name));
	}
}

/* Where there are names: what is said before them, they, and after. */
static void note(struct resource *role, const char *before, const json_t *names,
		 const char *after)
{
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);

	if (!json_array_size(names))
		return;
	strbuf_adds(&line, before);
	add_names(names, &line);
	strbuf_adds(&line, after);
	if (!role->notes)
		role->notes = json_array();
	(void)json_array_append_new(role->notes, json_from_text(line.buf));
}

/* ---- who uses it -------------------------------------------------------- */

struct using
{
	const char *id;
	bool found;
};

static void on_reference(void *ctx, enum kind kind, const char *id)
{
	struct using *using = ctx;

	if (kind == KIND_IAM_ROLE && strcmp(id, using->id) == 0)
		using->found = true;
}

static bool uses(const struct resource *resource, const struct resource *role)
{
	const struct kind_ops *ops = kind_ops(resource->kind);
	struct using using = { .id = role->id };

	if (!(ops->refers_to >> KIND_IAM_ROLE & 1) ||
	    strcmp(resource->place->account_id, role->place->account_id) != 0)
		return false;
	ops->references(resource, on_reference, &using);
	return using.found;
}

static void add_users(struct resource *role, const struct live *live)
{
	CLEANUP(json_release) json_t *users = json_array();

	for (size_t i = 0; live && i < live->len; i++) {
		CLEANUP(free_ptr) char *text = NULL;

		if (!uses(live->items[i], role))
			continue;
		text = xasprintf("%s (%s)", live->items[i]->address,
				 live->items[i]->place->name);
		json_array_add_unique(users, text);
	}
	note(role, "it is used by ", users,
	     json_array_size(users) > 1 ? ", which all share it" : "");
}

/* ---- whom it trusts ----------------------------------------------------- */

/* A service of RDS, in any partition? */
static bool is_rds(const char *principal)
{
	const char *at = strstr(principal, "rds.amazonaws.com");

	return at && (at == principal || at[-1] == '.');
}

static void add_principal(const json_t *text, json_t *principals)
{
	if (json_is_string(text) && !is_rds(json_string_value(text)))
		json_array_add_unique(principals, json_string_value(text));
}

static void add_principals(const json_t *statement, json_t *principals)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const char *effect = json_text(statement, "Effect");
	const char *type;
	json_t *named, *one;
	size_t i;

	if (!effect || strcasecmp(effect, "allow") != 0)
		return;
	add_principal(principal, principals);
	json_object_foreach((json_t *)(uintptr_t)principal, type, named) {
		add_principal(named, principals);
		json_array_foreach(named, i, one)
			add_principal(one, principals);
	}
}

static void add_trusted(struct resource *role, const json_t *trust)
{
	CLEANUP(json_release) json_t *principals = json_array();
	const json_t *statements = json_object_get(trust, "Statement");
	size_t i;
	json_t *statement;

	add_principals(statements, principals);
	json_array_foreach(statements, i, statement)
		add_principals(statement, principals);
	note(role, "besides RDS it may be assumed by ", principals, "");
}

void iam_role_add_notes(struct resource *role, const json_t *trust,
			const json_t *profiles, const struct live *live)
{
	add_users(role, live);
	add_trusted(role, trust);
	note(role, "EC2 instances have it by the instance profile ", profiles,
	     "");
}
