#include "plans/tags.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "plans/catalogue.h"

#define KEY_MAX ((size_t)128)   /* characters */
#define VALUE_MAX ((size_t)256) /* characters */
#define TAGS_MAX ((size_t)50)   /* on one resource, those of AWS apart */

const struct tag_service rds_tags = {
	.add = "rds:AddTagsToResource",
	.remove = "rds:RemoveTagsFromResource",
	.resource = "ResourceName",
	.tag = "Tags.Tag",
	.key = "TagKeys.member",
};
const struct tag_service iam_role_tags = {
	.add = "iam:TagRole",
	.remove = "iam:UntagRole",
	.resource = "RoleName",
	.tag = "Tags.member",
	.key = "TagKeys.member",
	.any_case = true,
};

/* Does the key belong to AWS? */
static bool is_reserved(const char *key)
{
	return strncasecmp(key, "aws:", 4) == 0;
}

json_t *tags_without_reserved(const json_t *tags)
{
	json_t *rest = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)tags, key, value) {
		if (!is_reserved(key))
			(void)json_object_set(rest, key, value);
	}
	return rest;
}

/* ---- what people write ------------------------------------------------- */

static size_t characters(const char *text)
{
	size_t count = 0;

	for (const char *c = text; *c; c++)
		count += ((unsigned char)*c & 0xc0) != 0x80;
	return count;
}

/* Of what is not ASCII AWS takes letters and digits: that AWS may judge. */
static int check_text(const char *what, const char *text, size_t most,
		      struct error *err)
{
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x80 && !isalnum((unsigned char)*c) &&
		    !strchr(" _.:/=+-@", *c))
			return error_set(err, ERR_DESIRED,
					 "has the %s '%s', and AWS takes only "
					 "letters, digits, blanks and "
					 "'_.:/=+-@' in tags",
					 what, text);
	}
	if (characters(text) <= most)
		return 0;
	return error_set(err, ERR_DESIRED,
			 "has a %s of %zu characters, and AWS takes at most "
			 "%zu: '%.40s…'",
			 what, characters(text), most, text);
}

static int check_tag(const char *key, const char *value, struct error *err)
{
	if (!*key)
		return error_set(err, ERR_DESIRED, "has an empty key");
	if (is_reserved(key))
		return error_set(err, ERR_DESIRED,
				 "has the key '%s', and keys that begin with "
				 "'aws:' are AWS's own: nobody else can set or "
				 "remove them",
				 key);
	if (check_text("key", key, KEY_MAX, err) < 0)
		return -1;
	return check_text("value", value, VALUE_MAX, err);
}

/* Another key of the map that differs in letter case alone, or NULL. */
static const char *twin_of(const json_t *tags, const char *key)
{
	const char *other;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)tags, other, value) {
		if (strcasecmp(other, key) == 0 && strcmp(other, key) != 0)
			return other;
	}
	return NULL;
}

int check_rds_tags(const json_t *value, struct error *err)
{
	const char *key;
	json_t *text;

	json_object_foreach((json_t *)(uintptr_t)value, key, text) {
		if (check_tag(key, json_string_value(text), err) < 0)
			return -1;
		if (strncasecmp(key, "rds:", 4) == 0)
			return error_set(err, ERR_DESIRED,
					 "has the key '%s', and RDS takes no "
					 "keys that begin with 'rds:'",
					 key);
	}
	return 0;
}

int check_iam_tags(const json_t *value, struct error *err)
{
	const char *key;
	json_t *text;

	json_object_foreach((json_t *)(uintptr_t)value, key, text) {
		const char *twin = twin_of(value, key);

		if (check_tag(key, json_string_value(text), err) < 0)
			return -1;
		if (twin)
			return error_set(err, ERR_DESIRED,
					 "has the keys '%s' and '%s', which "
					 "are one and the same to IAM",
					 key, twin);
	}
	return 0;
}

/* ---- calls ------------------------------------------------------------- */

/* The pairs of after that before has with another value, or has not. */
static json_t *pairs(const json_t *before, const json_t *after, bool replaced)
{
	json_t *some = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)after, key, value) {
		const json_t *was = json_object_get(before, key);

		if ((was != NULL) == replaced && !json_equal(was, value))
			(void)json_object_set(some, key, value);
	}
	return some;
}

static struct call *add_call(const char *name,
			     const struct tag_service *service,
			     const char *resource, size_t change,
			     struct call_list *calls)
{
	struct call *call = call_list_add(calls, name);

	call_add_change(call, change);
	json_object_set_new(call->parameters, service->resource,
			    json_from_text(resource));
	return call;
}

static void add_pairs(const struct tag_service *service, const char *resource,
		      size_t change, const json_t *tags,
		      struct call_list *calls)
{
	size_t len;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(tags, &len);
	struct call *call;

	if (!len)
		return;
	call = add_call(service->add, service, resource, change, calls);
	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *key = xasprintf("%s.%zu.Key", service->tag, i + 1);
		CLEANUP(free_ptr)
		char *value = xasprintf("%s.%zu.Value", service->tag, i + 1);

		json_object_set_new(call->parameters, key,
				    json_from_text(keys[i]));
		json_object_set(call->parameters, value,
				json_object_get(tags, keys[i]));
	}
}

static void add_removal(const struct tag_service *service, const char *resource,
			size_t change, const json_t *tags,
			struct call_list *calls)
{
	size_t len;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(tags, &len);
	struct call *call;

	if (!len)
		return;
	call = add_call(service->remove, service, resource, change, calls);
	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *key = xasprintf("%s.%zu", service->key, i + 1);

		json_object_set_new(call->parameters, key,
				    json_from_text(keys[i]));
	}
}

static void refuse(json_t *refused, const struct call_change *change,
		   char *reason, const char *remedy)
{
	CLEANUP(free_ptr) char *owned = reason;

	json_object_set_new(
		refused, change->setting->name,
		json_pack("{s:s, s:s}", "reason", owned, "remedy", remedy));
}

/* Would AWS not take what comes out? Then that is in *refused. */
static bool is_refused(const struct tag_service *service,
		       const struct call_change *change, json_t *refused)
{
	const size_t len = json_object_size(change->after);
	const char *key;
	json_t *value;

	if (len > TAGS_MAX) {
		refuse(refused, change,
		       xasprintf("there would be %zu tags, and AWS keeps at "
				 "most %zu",
				 len, TAGS_MAX),
		       "exclude some that are not needed any more");
		return true;
	}
	json_object_foreach((json_t *)(uintptr_t)change->after, key, value) {
		const char *twin =
			service->any_case ? twin_of(change->after, key) : NULL;

		if (!twin)
			continue;
		refuse(refused, change,
		       xasprintf("'%s' and '%s' are one and the same tag to "
				 "IAM",
				 key, twin),
		       "spell the key as it is there, or exclude that one");
		return true;
	}
	return false;
}

/* The calls from `first` on need all that the list has before it. */
static void chain(struct call_list *calls, size_t base, size_t first)
{
	for (size_t i = first; i < calls->len; i++) {
		for (size_t need = base; need < first; need++)
			call_add_need(&calls->items[i], need);
	}
}

void tags_calls(const struct tag_service *service, const char *resource,
		const struct call_change *change, size_t index,
		struct call_list *calls, json_t *refused)
{
	CLEANUP(json_release)
	json_t *replaced = pairs(change->before, change->after, true);
	CLEANUP(json_release)
	json_t *added = pairs(change->before, change->after, false);
	CLEANUP(json_release)
	json_t *removed = pairs(change->after, change->before, false);
	const size_t base = calls->len;
	/* a key in another case is there until it is removed */
	const bool room =
		json_object_size(change->before) + json_object_size(added) <=
			TAGS_MAX &&
		!service->any_case;
	size_t first;

	if (is_refused(service, change, refused))
		return;
	if (!room)
		add_removal(service, resource, index, removed, calls);
	first = calls->len;
	add_pairs(service, resource, index, replaced, calls);
	add_pairs(service, resource, index, added, calls);
	if (!room) {
		chain(calls, base, first);
		return;
	}
	first = calls->len;
	add_removal(service, resource, index, removed, calls);
	chain(calls, base, first);
}

/* ---- what a call makes of tags ----------------------------------------- */

bool tags_is_call(const struct tag_service *service, const char *call)
{
	return strcmp(call, service->add) == 0 ||
	       strcmp(call, service->remove) == 0;
}

static json_t *after_adding(const struct tag_service *service,
			    const json_t *parameters, const json_t *value,
			    size_t *ret_used)
{
	json_t *after = json_is_object(value)
				? json_copy((json_t *)(uintptr_t)value)
				: json_object();

	for (size_t i = 1;; i++) {
		CLEANUP(free_ptr)
		char *key = xasprintf("%s.%zu.Key", service->tag, i);
		CLEANUP(free_ptr)
		char *text = xasprintf("%s.%zu.Value", service->tag, i);
		const char *name = json_text(parameters, key);
		json_t *tag = json_object_get(parameters, text);

		if (!name || !*name || !json_is_string(tag))
			return after;
		(void)json_object_set(after, name, tag);
		*ret_used += 2;
	}
}

static json_t *after_removing(const struct tag_service *service,
			      const json_t *parameters, const json_t *value,
			      size_t *ret_used)
{
	json_t *after = json_is_object(value)
				? json_copy((json_t *)(uintptr_t)value)
				: json_object();

	for (size_t i = 1;; i++) {
		CLEANUP(free_ptr)
		char *key = xasprintf("%s.%zu", service->key, i);
		const char *name = json_text(parameters, key);

		if (!name || !*name)
			return after;
		(void)json_object_del(after, name);
		*ret_used += 1;
	}
}

json_t *tags_after_call(const struct tag_service *service, const char *call,
			const json_t *parameters, const json_t *value)
{
	CLEANUP(json_release) json_t *after = NULL;
	size_t used = 0;

	if (!json_string_length(json_object_get(parameters, service->resource)))
		return NULL;
	after = strcmp(call, service->add) == 0
			? after_adding(service, parameters, value, &used)
			: after_removing(service, parameters, value, &used);
	/* nothing but the resource and these */
	return used && json_object_size(parameters) == used + 1 ? TAKE(after)
								: NULL;
}
