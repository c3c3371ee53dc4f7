/*
 * A change of the attached policies is one call a policy, attaching before
 * detaching. UpdateRole sets its two settings together, since AWS would put
 * the one that is left out back to its default.
 */
#include "plans/iam_role_calls.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/document.h"
#include "plans/iam_role_answer.h"
#include "plans/tags.h"
#include "plans/value.h"

#define ATTACH "iam:AttachRolePolicy"
#define DETACH "iam:DetachRolePolicy"
#define UPDATE "iam:UpdateRole"
#define TRUST "iam:UpdateAssumeRolePolicy"
#define PUT_BOUNDARY "iam:PutRolePermissionsBoundary"
#define DELETE_BOUNDARY "iam:DeleteRolePermissionsBoundary"
#define PUT_INLINE "iam:PutRolePolicy"
#define DELETE_INLINE "iam:DeleteRolePolicy"
#define ROLE "RoleName"
#define NAME "PolicyName"
#define DOCUMENT "PolicyDocument"
#define POLICY "PolicyArn"
#define SERVICE_PATH "/aws-service-role/"

/* Why nobody but AWS can change the role, or NULL. */
static const char *not_ours(const struct resource *resource)
{
	const char *path = json_text(resource->facts, IAM_ROLE_PATH);

	return path && strncmp(path, SERVICE_PATH, strlen(SERVICE_PATH)) == 0
		       ? "the role belongs to an AWS service, which alone may "
			 "change it"
		       : NULL;
}

static void refuse(json_t *refused, const struct call_change *change,
		   const char *reason)
{
	json_t *entry = json_object();

	json_object_set_new(entry, "reason", json_string(reason));
	json_object_set_new(entry, "remedy", json_null());
	json_object_set_new(refused, change->setting->name, entry);
}

/* A call on the role; text NULL: without that parameter. */
static size_t add_call(const struct resource *resource, const char *name,
		       size_t change, const char *parameter, const char *text,
		       struct call_list *calls)
{
	struct call *call = call_list_add(calls, name);

	call_add_change(call, change);
	json_object_set_new(call->parameters, ROLE,
			    json_from_text(resource->id));
	if (text)
		json_object_set_new(call->parameters, parameter,
				    json_from_text(text));
	return calls->len - 1;
}

/* ---- attached policies ------------------------------------------------- */

static void add_attachments(const struct resource *resource,
			    const struct call_change *change, size_t index,
			    struct call_list *calls)
{
	CLEANUP(json_release)
	json_t *more = set_minus(change->after, change->before);
	CLEANUP(json_release)
	json_t *fewer = set_minus(change->before, change->after);
	const size_t attaches = calls->len;
	size_t i;
	json_t *policy;

	json_array_foreach(more, i, policy)
		(void)add_call(resource, ATTACH, index, POLICY,
			       json_string_value(policy), calls);
	const size_t detaches = calls->len;

	json_array_foreach(fewer, i, policy) {
		const size_t added = add_call(resource, DETACH, index, POLICY,
					      json_string_value(policy), calls);

		for (size_t need = attaches; need < detaches; need++)
			call_add_need(&calls->items[added], need);
	}
}

static json_t *after_attachment(const json_t *parameters, bool attach,
				const json_t *value)
{
	CLEANUP(json_release)
	json_t *one = json_pack("[O]", json_object_get(parameters, POLICY));

	return attach ? set_union(value, one) : set_minus(value, one);
}

/* ---- inline policies --------------------------------------------------- */

static bool is_same(const json_t *a, const json_t *b)
{
	return a && b && (json_equal(a, b) || document_equal(a, b));
}

/* Puts before deletes: the role is never without what it is to have. */
static void add_inline(const struct resource *resource,
		       const struct call_change *change, size_t index,
		       struct call_list *calls)
{
	size_t len, puts = calls->len;
	CLEANUP(free_ptr)
	const char **after = json_sorted_keys(change->after, &len);

	for (size_t i = 0; i < len; i++) {
		json_t *document = json_object_get(change->after, after[i]);
		CLEANUP(free_ptr) char *text = NULL;

		if (is_same(document,
			    json_object_get(change->before, after[i])))
			continue;
		text = value_to_wire(change->setting, document);
		const size_t added = add_call(resource, PUT_INLINE, index, NAME,
					      after[i], calls);

		json_object_set_new(calls->items[added].parameters, DOCUMENT,
				    json_from_text(text));
	}
	const size_t deletes = calls->len;
	CLEANUP(free_ptr)
	const char **before = json_sorted_keys(change->before, &len);

	for (size_t i = 0; i < len; i++) {
		if (json_object_get(change->after, before[i]))
			continue;
		const size_t added = add_call(resource, DELETE_INLINE, index,
					      NAME, before[i], calls);

		for (size_t need = puts; need < deletes; need++)
			call_add_need(&calls->items[added], need);
	}
}

static json_t *after_inline(const json_t *parameters, const json_t *value)
{
	const char *document = json_text(parameters, DOCUMENT);
	json_t *after = json_is_object(value)
				? json_copy((json_t *)(uintptr_t)value)
				: json_object();

	if (document)
		json_object_set_new(after, json_text(parameters, NAME),
				    document_from_text(document));
	else
		(void)json_object_del(after, json_text(parameters, NAME));
	return after;
}

/* ---- one value --------------------------------------------------------- */

static void set_wire(struct call *call, const struct setting *setting,
		     const json_t *value)
{
	CLEANUP(free_ptr) char *text = value_to_wire(setting, value);

	json_object_set_new(call->parameters, setting->write,
			    json_from_text(text));
}

/* The whole value in one call, or the call that takes it away. */
static void add_value(const struct resource *resource,
		      const struct call_change *change, size_t index,
		      struct call_list *calls)
{
	const struct setting *row = change->setting;

	if (json_is_null(change->after)) {
		(void)add_call(resource, row->call_remove, index, NULL, NULL,
			       calls);
		return;
	}
	const size_t added =
		add_call(resource, row->call, index, NULL, NULL, calls);

	set_wire(&calls->items[added], row, change->after);
}

/* ---- UpdateRole -------------------------------------------------------- */

struct updating {
	const struct resource *resource;
	const struct call_change *changes;
	size_t len;
	struct call *call;
};

static bool is_changed(const struct updating *to, const struct setting *row)
{
	for (size_t i = 0; i < to->len; i++) {
		if (to->changes[i].setting == row)
			return true;
	}
	return false;
}

static void add_companion(void *ctx, const struct setting *companion)
{
	const struct updating *to = ctx;
	json_t *live = resource_value(to->resource, companion);

	if (is_changed(to, companion) || !live)
		return;
	set_wire(to->call, companion, live);
	json_object_set(to->call->companions, companion->name, live);
}

static struct call *find_update(struct call_list *calls)
{
	for (size_t i = 0; i < calls->len; i++) {
		if (strcmp(calls->items[i].call, UPDATE) == 0)
			return &calls->items[i];
	}
	return NULL;
}

static void add_update(struct updating *to, size_t index,
		       struct call_list *calls)
{
	const struct call_change *change = &to->changes[index];

	to->call = find_update(calls);
	if (to->call) {
		call_add_change(to->call, index);
	} else {
		const size_t added = add_call(to->resource, UPDATE, index, NULL,
					      NULL, calls);

		to->call = &calls->items[added];
	}
	set_wire(to->call, change->setting, change->after);
	catalogue_companions(change->setting, add_companion, to);
}

/* ---- all of them ------------------------------------------------------- */

void iam_role_calls(const struct resource *resource,
		    const struct call_change *changes, size_t changes_len,
		    struct call_list *ret_calls, json_t *ret_refused)
{
	struct updating updating = { .resource = resource,
				     .changes = changes,
				     .len = changes_len };
	const char *reason = not_ours(resource);

	for (size_t i = 0; i < changes_len; i++) {
		const struct call_change *change = &changes[i];
		const char *call = change->setting->call;

		if (reason)
			refuse(ret_refused, change, reason);
		else if (json_is_null(change->after) &&
			 !change->setting->nullable)
			refuse(ret_refused, change,
			       "AWS has no way to unset it");
		else if (strcmp(call, ATTACH) == 0)
			add_attachments(resource, change, i, ret_calls);
		else if (tags_is_call(&iam_role_tags, call))
			tags_calls(&iam_role_tags, resource->id, change, i,
				   ret_calls, ret_refused);
		else if (strcmp(call, PUT_INLINE) == 0)
			add_inline(resource, change, i, ret_calls);
		else if (strcmp(call, UPDATE) == 0)
			add_update(&updating, i, ret_calls);
		else
			add_value(resource, change, i, ret_calls);
	}
}

/* Each call's parameters besides the role's name; all are needed. */
static const struct shape {
	const char *call;
	const char *parameters[2];
} shapes[] = {
	{ ATTACH, { POLICY } },
	{ DETACH, { POLICY } },
	{ UPDATE, { "Description", "MaxSessionDuration" } },
	{ TRUST, { DOCUMENT } },
	{ PUT_BOUNDARY, { "PermissionsBoundary" } },
	{ DELETE_BOUNDARY, { NULL } },
	{ PUT_INLINE, { NAME, DOCUMENT } },
	{ DELETE_INLINE, { NAME } },
};

/* Is it one of these calls, with all that it needs and nothing else? */
static bool makes_sense(const char *call, const json_t *parameters)
{
	const struct shape *shape = shapes;
	size_t len = 1;

	while (shape < shapes + ARRAY_SIZE(shapes) &&
	       strcmp(shape->call, call) != 0)
		shape++;
	if (shape == shapes + ARRAY_SIZE(shapes) ||
	    !json_string_length(json_object_get(parameters, ROLE)))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(shape->parameters); i++) {
		const char *name = shape->parameters[i];
		const json_t *text =
			name ? json_object_get(parameters, name) : NULL;

		if (!name)
			continue;
		/* only a description can be empty, which unsets it */
		if (!json_is_string(text) || (!json_string_length(text) &&
					      strcmp(name, "Description") != 0))
			return false;
		len++;
	}
	return json_object_size(parameters) == len;
}

static bool writes(const struct setting *setting, const char *call)
{
	return (setting->call && strcmp(setting->call, call) == 0) ||
	       (setting->call_remove &&
		strcmp(setting->call_remove, call) == 0);
}

static json_t *after_tagging(const char *call, const json_t *parameters,
			     const struct setting *setting, const json_t *value)
{
	CLEANUP(json_release)
	json_t *after =
		tags_after_call(&iam_role_tags, call, parameters, value);

	if (after && !writes(setting, call))
		return json_incref((json_t *)(uintptr_t)value);
	return TAKE(after);
}

json_t *iam_role_after_call(const char *call, const json_t *parameters,
			    const struct setting *setting, const json_t *value)
{
	const char *text;

	if (tags_is_call(&iam_role_tags, call))
		return after_tagging(call, parameters, setting, value);
	if (!makes_sense(call, parameters))
		return NULL;
	if (!writes(setting, call))
		return json_incref((json_t *)(uintptr_t)value);
	if (strcmp(call, ATTACH) == 0 || strcmp(call, DETACH) == 0)
		return after_attachment(parameters, strcmp(call, ATTACH) == 0,
					value);
	if (strcmp(call, PUT_INLINE) == 0 || strcmp(call, DELETE_INLINE) == 0)
		return after_inline(parameters, value);
	text = json_text(parameters, setting->write);
	return value_from_wire(setting, &text, text ? 1 : 0);
}
