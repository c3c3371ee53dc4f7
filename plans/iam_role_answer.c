/* What the answers about one role say. */
#include "plans/iam_role_answer.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/document.h"
#include "plans/iam_role_notes.h"
#include "plans/tags.h"
#include "plans/value.h"

enum {
	ID_NAME,
	ID_ROLE_ID,
	ID_ARN,
	ID_PATH,
	ID_TAG,
	ID_TAG_KEY,
	ID_TAG_VALUE,
	ID_POLICY,
	ID_TRUNCATED,
	ID_INLINE_NAME,
	ID_INLINE_DOCUMENT,
	ID_LISTED,
	ID_LISTED_NAME,
	ID_PROFILE,
	ID_CREATED,
	ID_LAST_USED,
	ID_ROW /* and up: of the row with that number */
};

static const struct xml_paths *paths_once(struct xml_paths **paths,
					  const char *const *texts,
					  const int *ids, size_t len)
{
	if (!*paths) {
		*paths = xml_paths_new();
		for (size_t i = 0; i < len; i++)
			xml_paths_add(*paths, texts[i], ids[i]);
	}
	return *paths;
}

/* Does GetRole tell it? The rest is listed. */
static bool is_own_element(const struct setting *row)
{
	return row->read && row->type != TYPE_STRING_SET &&
	       !setting_is_map(row);
}

/* What a role's own element has, wherever that stands. */
static void add_own_paths(struct xml_paths *paths, const char *role)
{
	static const struct {
		const char *path;
		int id;
	} own[] = {
		{ "RoleName", ID_NAME },
		{ "RoleId", ID_ROLE_ID },
		{ "Arn", ID_ARN },
		{ "Path", ID_PATH },
		{ "CreateDate", ID_CREATED },
		{ "RoleLastUsed/LastUsedDate", ID_LAST_USED },
		{ "Tags/member", ID_TAG },
		{ "Tags/member/Key", ID_TAG_KEY },
		{ "Tags/member/Value", ID_TAG_VALUE },
	};
	size_t len;
	const struct setting *rows = catalogue_rows(KIND_IAM_ROLE, &len);

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		CLEANUP(free_ptr)
		char *path = xasprintf("%s/%s", role, own[i].path);

		xml_paths_add(paths, path, own[i].id);
	}
	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr) char *path = NULL;

		if (!is_own_element(&rows[i]))
			continue;
		path = xasprintf("%s/%s", role, rows[i].read);
		xml_paths_add(paths, path, ID_ROW + (int)i);
	}
}

const struct xml_paths *iam_role_paths(void)
{
	static struct xml_paths *paths;

	if (!paths) {
		paths = xml_paths_new();
		add_own_paths(paths, "*/*/Role");
	}
	return paths;
}

const struct xml_paths *iam_role_details_paths(void)
{
#define ROLE "*/*/RoleDetailList/member"
	static struct xml_paths *paths;
	static const char *const texts[] = {
		ROLE,
		ROLE "/AttachedManagedPolicies/member/PolicyArn",
		ROLE "/RolePolicyList/member",
		ROLE "/RolePolicyList/member/PolicyName",
		ROLE "/RolePolicyList/member/PolicyDocument",
		ROLE "/InstanceProfileList/member/InstanceProfileName",
	};
	static const int ids[] = { IAM_ROLE_DETAIL,    ID_POLICY,
				   ID_LISTED,          ID_LISTED_NAME,
				   ID_INLINE_DOCUMENT, ID_PROFILE };

	if (!paths) {
		(void)paths_once(&paths, texts, ids, ARRAY_SIZE(ids));
		add_own_paths(paths, ROLE);
	}
	return paths;
#undef ROLE
}

const struct xml_paths *iam_profiles_paths(void)
{
	static struct xml_paths *paths;
	static const char *const texts[] = {
		"*/*/InstanceProfiles/member/InstanceProfileName",
		"*/*/IsTruncated"
	};
	static const int ids[] = { ID_PROFILE, ID_TRUNCATED };

	return paths_once(&paths, texts, ids, ARRAY_SIZE(ids));
}

const struct xml_paths *iam_policies_paths(void)
{
	static struct xml_paths *paths;
	static const char *const texts[] = {
		"*/*/AttachedPolicies/member/PolicyArn", "*/*/IsTruncated"
	};
	static const int ids[] = { ID_POLICY, ID_TRUNCATED };

	return paths_once(&paths, texts, ids, ARRAY_SIZE(ids));
}

const struct xml_paths *iam_inline_paths(void)
{
	static struct xml_paths *paths;
	static const char *const texts[] = { "*/*/PolicyNames/member",
					     "*/*/IsTruncated",
					     "*/*/PolicyDocument" };
	static const int ids[] = { ID_INLINE_NAME, ID_TRUNCATED,
				   ID_INLINE_DOCUMENT };

	return paths_once(&paths, texts, ids, ARRAY_SIZE(ids));
}

static void put(char **field, const char *text)
{
	free(*field);
	*field = *text ? xstrdup(text) : NULL;
}

static void tag_ended(struct iam_role_answer *answer)
{
	if (answer->tag_key)
		json_object_set_new(answer->tags, answer->tag_key,
				    json_from_text(answer->tag_value
							   ? answer->tag_value
							   : ""));
	put(&answer->tag_key, "");
	put(&answer->tag_value, "");
}

static void listed_ended(struct iam_role_answer *answer)
{
	if (answer->inline_name && answer->document)
		json_object_set_new(answer->inlined, answer->inline_name,
				    document_from_wire(answer->document));
	put(&answer->inline_name, "");
	put(&answer->document, "");
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct iam_role_answer *answer = ctx;

	if (id == ID_NAME)
		put(&answer->name, text);
	else if (id == ID_ROLE_ID)
		put(&answer->role_id, text);
	else if (id == ID_ARN)
		put(&answer->arn, text);
	else if (id == ID_PATH)
		put(&answer->path, text);
	else if (id == ID_CREATED)
		put(&answer->created, text);
	else if (id == ID_LAST_USED)
		put(&answer->last_used, text);
	else if (id == ID_TAG)
		tag_ended(answer);
	else if (id == ID_TAG_KEY)
		put(&answer->tag_key, text);
	else if (id == ID_TAG_VALUE)
		put(&answer->tag_value, text);
	else if (id == ID_LISTED)
		listed_ended(answer);
	else if (id == ID_LISTED_NAME)
		put(&answer->inline_name, text);
	else if (id == ID_PROFILE && answer->profiles)
		json_array_add_unique(answer->profiles, text);
	else if (id >= ID_ROW)
		put(&answer->texts[id - ID_ROW], text);
	else if (id == ID_INLINE_DOCUMENT)
		put(&answer->document, text);
	else if (id == ID_TRUNCATED)
		answer->truncated = strcmp(text, "true") == 0;
	else
		json_array_append_new(answer->page, json_from_text(text));
}

const struct xml_handler iam_role_handler = { .close = on_close };

struct iam_role_answer *iam_role_answer_new(const char *name)
{
	struct iam_role_answer *answer = xcalloc(1, sizeof(*answer));
	size_t len;

	(void)catalogue_rows(KIND_IAM_ROLE, &len);
	answer->texts = xcalloc(len, sizeof(*answer->texts));
	answer->wanted = xstrdup(name);
	answer->tags = json_object();
	answer->page = json_array();
	answer->policies = json_array();
	answer->names = json_array();
	answer->inlined = json_object();
	return answer;
}

void iam_role_answer_free(struct iam_role_answer *answer)
{
	if (!answer)
		return;
	iam_role_answer_begin_role(answer);
	free(answer->texts);
	free(answer->wanted);
	json_decref(answer->tags);
	json_decref(answer->page);
	json_decref(answer->policies);
	json_decref(answer->names);
	json_decref(answer->inlined);
	json_decref(answer->profiles);
	free(answer->inline_name);
	free(answer->document);
	free(answer);
}

void iam_role_answer_begin_role(struct iam_role_answer *answer)
{
	size_t len;

	(void)catalogue_rows(KIND_IAM_ROLE, &len);
	for (size_t i = 0; i < len; i++)
		put(&answer->texts[i], "");
	put(&answer->name, "");
	put(&answer->role_id, "");
	put(&answer->arn, "");
	put(&answer->path, "");
	put(&answer->created, "");
	put(&answer->last_used, "");
	put(&answer->tag_key, "");
	put(&answer->tag_value, "");
	json_object_clear(answer->tags);
}

void iam_role_answer_begin_profiles(struct iam_role_answer *answer)
{
	if (!answer->profiles)
		answer->profiles = json_array();
	answer->truncated = false;
}

void iam_role_answer_clear(struct iam_role_answer *answer)
{
	iam_role_answer_begin_role(answer);
	iam_role_answer_begin_page(answer);
	iam_role_answer_begin_profiles(answer);
	json_array_clear(answer->profiles);
	json_array_clear(answer->policies);
	/* the role before has that object as its value */
	json_decref(answer->inlined);
	answer->inlined = json_object();
	put(&answer->inline_name, "");
	put(&answer->document, "");
}

void iam_role_answer_begin_page(struct iam_role_answer *answer)
{
	json_array_clear(answer->page);
	answer->truncated = false;
}

void iam_role_answer_page(struct iam_role_answer *answer)
{
	json_array_extend(answer->policies, answer->page);
	json_array_clear(answer->page);
}

void iam_role_answer_names(struct iam_role_answer *answer)
{
	json_array_extend(answer->names, answer->page);
	json_array_clear(answer->page);
}

void iam_role_answer_begin_document(struct iam_role_answer *answer)
{
	put(&answer->document, "");
}

bool iam_role_answer_document(struct iam_role_answer *answer, const char *name)
{
	if (!answer->document)
		return false;
	json_object_set_new(answer->inlined, name,
			    document_from_wire(answer->document));
	return true;
}

static json_t *policies_value(const struct iam_role_answer *answer,
			      const struct setting *row)
{
	const size_t len = json_array_size(answer->policies);
	CLEANUP(free_ptr)
	const char **texts = xcalloc(len + 1, sizeof(*texts));
	size_t i;
	json_t *policy;

	json_array_foreach(answer->policies, i, policy)
		texts[i] = json_string_value(policy);
	return value_from_wire(row, texts, len);
}

static json_t *value_of(const struct iam_role_answer *answer,
			const struct setting *row)
{
	const char *text = answer->texts[catalogue_index(row)];

	if (row->type == TYPE_DOCUMENT_MAP)
		return json_incref(answer->inlined);
	if (row->type == TYPE_STRING_MAP)
		return tags_without_reserved(answer->tags);
	if (!is_own_element(row))
		return policies_value(answer, row);
	/* in answers, not in parameters, documents are percent-encoded */
	if (row->type == TYPE_DOCUMENT && text)
		return document_from_wire(text);
	return value_from_wire(row, &text, text ? 1 : 0);
}

static void add_notes(const struct iam_role_answer *answer,
		      struct resource *role, const struct live *live)
{
	const struct setting *row =
		catalogue_lookup(KIND_IAM_ROLE, "assume_role_policy");
	CLEANUP(json_release) json_t *trust = value_of(answer, row);

	iam_role_add_notes(role, trust, answer->profiles, live);
}

struct resource *iam_role_answer_resource(const struct iam_role_answer *answer,
					  const struct place *place,
					  const bool *wanted,
					  const struct live *live)
{
	size_t len;
	const struct setting *rows = catalogue_rows(KIND_IAM_ROLE, &len);
	struct resource *role;

	if (!answer->name || (!answer->role_id && !answer->arn))
		return NULL;
	role = resource_new(KIND_IAM_ROLE, place);
	role->id = xstrdup(answer->name);
	role->address = address_of(KIND_IAM_ROLE, role->id);
	role->resource_id =
		xstrdup(answer->role_id ? answer->role_id : answer->arn);
	role->arn = xstrdup(answer->arn);
	role->facts = json_object();
	if (answer->path)
		json_object_set_new(role->facts, IAM_ROLE_PATH,
				    json_from_text(answer->path));
	if (answer->created)
		json_object_set_new(role->facts, IAM_ROLE_CREATED,
				    json_from_text(answer->created));
	if (answer->last_used)
		json_object_set_new(role->facts, IAM_ROLE_LAST_USED,
				    json_from_text(answer->last_used));
	for (size_t i = 0; i < len; i++) {
		if (rows[i].read && (!wanted || wanted[i]))
			role->values[i] = value_of(answer, &rows[i]);
	}
	add_notes(answer, role, live);
	return role;
}
