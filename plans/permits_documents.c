/* From what is allowed to policy documents that IAM takes. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/strbuf.h"
#include "plans/desired.h"
#include "plans/permits.h"

/*
 * What is collected: "<action>" or "<action> <service that is passed to>" →
 * an array of resources.
 */
void permits_add(json_t *permits, const char *action, const char *resource,
		 const char *passed_to)
{
	CLEANUP(free_ptr)
	char *key = passed_to ? xasprintf("%s %s", action, passed_to)
			      : xstrdup(action);
	json_t *resources = json_object_get(permits, key);

	if (!resources) {
		resources = json_array();
		(void)json_object_set_new(permits, key, resources);
	}
	json_array_add_unique(resources, resource);
}

/* Sorted, and without those that another one has in it. */
static json_t *essential(const json_t *resources)
{
	CLEANUP(json_release) json_t *sorted = json_sorted_set(resources);
	json_t *left = json_array();
	size_t i, j;
	json_t *one, *other;

	json_array_foreach(sorted, i, one) {
		bool covered = false;

		json_array_foreach(sorted, j, other) {
			if (i != j && glob_matches(json_string_value(other),
						   json_string_value(one)))
				covered = true;
		}
		if (!covered)
			json_array_append(left, one);
	}
	return left;
}

static size_t size_of(const json_t *value)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	json_compact(value, &text);
	return text.len;
}

/* ---- statements --------------------------------------------------------- */

/* What is allowed on the same resources is one statement. */
static json_t *statements_of(const json_t *permits)
{
	CLEANUP(json_release) json_t *by_resources = json_object();
	json_t *statements = json_array();
	size_t len;
	CLEANUP(free_ptr)
	const char **keys = json_sorted_keys(permits, &len);

	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release)
		json_t *resources =
			essential(json_object_get(permits, keys[i]));
		CLEANUP(strbuf_release)
		struct strbuf same = STRBUF_INIT(LIMIT_RENDERED);
		const char *passed_to = strchr(keys[i], ' ');
		json_t *action = json_stringn(keys[i], strcspn(keys[i], " "));
		json_t *statement;

		json_compact(resources, &same);
		strbuf_adds(&same, passed_to ? passed_to : "");
		statement = json_object_get(by_resources, same.buf);
		if (statement) {
			json_array_append_new(
				json_object_get(statement, "Action"), action);
			continue;
		}
		statement = json_pack("{ss s[o] sO}", "Effect", "Allow",
				      "Action", action, "Resource", resources);
		if (passed_to)
			json_object_set_new(statement, "Condition",
					    json_pack("{s{ss}}", "StringEquals",
						      "iam:PassedToService",
						      passed_to + 1));
		(void)json_object_set(by_resources, same.buf, statement);
		json_array_append_new(statements, statement);
	}
	return statements;
}

/* A word of the first action, and a number: "Rds1". */
static void name_statement(json_t *statement, size_t number)
{
	const char *action = json_string_value(
		json_array_get(json_object_get(statement, "Action"), 0));
	CLEANUP(free_ptr)
	char *sid =
		xasprintf("%.*s%zu", (int)strcspn(action, ":"), action, number);

	sid[0] = (char)toupper((unsigned char)sid[0]);
	json_object_set_new(statement, "Sid", json_from_text(sid));
}

/* Halves of a statement that no document has room for. */
static json_t *split_statement(json_t *statement, const char *member)
{
	json_t *list = json_object_get(statement, member);
	const size_t half = json_array_size(list) / 2;
	json_t *second = json_copy(statement);
	json_t *rest = json_array();

	for (size_t i = half; i < json_array_size(list); i++)
		json_array_append(rest, json_array_get(list, i));
	json_object_set_new(second, member, rest);
	list = json_copy(list);
	while (json_array_size(list) > half)
		json_array_remove(list, half);
	json_object_set_new(statement, member, list);
	return second;
}

/* ---- documents ---------------------------------------------------------- */

#define ENVELOPE (sizeof("{\"Statement\":[],\"Version\":\"2012-10-17\"}") - 1)

static json_t *document_new(void)
{
	return json_pack("{ss s[]}", "Version", "2012-10-17", "Statement");
}

/* Splits what does not fit; the numbers of the Sids go through all parts. */
static void split_large(json_t *statements, size_t most)
{
	for (size_t i = 0; i < json_array_size(statements); i++) {
		json_t *statement = json_array_get(statements, i);
		const char *member = "Resource";

		name_statement(statement, i + 1);
		if (ENVELOPE + size_of(statement) <= most)
			continue;
		if (json_array_size(json_object_get(statement, member)) < 2)
			member = "Action";
		if (json_array_size(json_object_get(statement, member)) < 2)
			continue; /* nothing that could be split */
		json_array_insert_new(statements, i + 1,
				      split_statement(statement, member));
		i--;
	}
}

json_t *permits_documents(const json_t *permits, size_t most)
{
	CLEANUP(json_release) json_t *statements = statements_of(permits);
	json_t *documents = json_array();
	size_t used = 0, i;
	json_t *statement, *document = NULL;

	split_large(statements, most);
	json_array_foreach(statements, i, statement) {
		const size_t size = size_of(statement) + 1;

		if (!document || used + size > most) {
			document = document_new();
			json_array_append_new(documents, document);
			used = ENVELOPE;
		}
		json_array_append(json_object_get(document, "Statement"),
				  statement);
		used += size;
	}
	return documents;
}
