#include "plans/rds.h"

#include <string.h>

#include "core/mem.h"
#include "plans/tags.h"
#include "plans/value.h"

void rds_list(const json_t *texts, struct strbuf *out)
{
	size_t i;
	json_t *text;

	json_array_foreach(texts, i, text)
		strbuf_addf(out, "%s%s", i ? ", " : "",
			    json_string_value(text));
}

const char *rds_fact(const struct resource *resource, const char *path)
{
	return json_string_value(
		json_array_get(json_object_get(resource->facts, path), 0));
}

bool rds_is_modified(const struct rds_kind *rds,
		     const struct resource *resource,
		     const struct setting *setting)
{
	return (setting->call && strcmp(setting->call, rds->call) == 0) ||
	       (setting->modified_where &&
		json_is_true(json_object_get(resource->facts,
					     setting->modified_where)));
}

/* ---- may it be modified now? ------------------------------------------ */

enum condition rds_condition(const struct resource *resource,
			     const char **ret_why)
{
	static const struct {
		const char *status; /* a '*' at the end: begins with it */
		enum condition condition;
	} known[] = {
		{ "available", CONDITION_READY },
		{ "storage-optimization", CONDITION_READY },
		{ "stopped", CONDITION_STOPPED },
		{ "stopping", CONDITION_STOPPED },
		{ "failed", CONDITION_FAILED },
		{ "deleting", CONDITION_FAILED },
		{ "incompatible-*", CONDITION_FAILED },
		{ "inaccessible-encryption-credentials*", CONDITION_FAILED },
		{ "restore-error", CONDITION_FAILED },
		{ "migration-failed", CONDITION_FAILED },
		{ "cloning-failed", CONDITION_FAILED },
	};
	const char *status = resource->status ? resource->status : "unknown";

	*ret_why = status;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *star = strchr(known[i].status, '*');

		if (star ? strncmp(status, known[i].status,
				   (size_t)(star - known[i].status)) == 0
			 : strcmp(status, known[i].status) == 0)
			return known[i].condition;
	}
	return CONDITION_BUSY;
}

/* ---- from a call to values -------------------------------------------- */

/* Is key "<list>.<number>"? */
static bool is_member_key(const char *key, const char *list)
{
	const size_t len = list ? strlen(list) : 0;

	return list && strncmp(key, list, len) == 0 && key[len] == '.' &&
	       key[len + 1] >= '1' && key[len + 1] <= '9' &&
	       strspn(key + len + 1, "0123456789") == strlen(key + len + 1);
}

static bool row_explains(const struct rds_kind *rds, const struct setting *row,
			 const char *key)
{
	if (row->standing != STANDING_WRITABLE || !row->write ||
	    setting_is_map(row) ||
	    (strcmp(row->call, rds->call) != 0 && !row->modified_where))
		return false;
	if (row->type == TYPE_STRING_SET)
		return is_member_key(key, row->write) ||
		       is_member_key(key, row->write_remove);
	return strcmp(key, row->write) == 0;
}

static bool explains(const struct rds_kind *rds, const char *key,
		     const json_t *value)
{
	size_t len;
	const struct setting *rows = catalogue_rows(rds->kind, &len);

	if (!json_is_string(value))
		return false;
	if (strcmp(key, rds->identifier) == 0)
		return *json_string_value(value) != '\0';
	if (strcmp(key, RDS_APPLY) == 0)
		return strcmp(json_string_value(value), "true") == 0;
	for (size_t i = 0; i < len; i++) {
		if (row_explains(rds, &rows[i], key))
			return true;
	}
	return false;
}

/* Does the call consist of nothing but what this kind can send? */
static bool makes_sense(const struct rds_kind *rds, const char *call,
			const json_t *parameters)
{
	const char *key;
	json_t *value;

	if (strcmp(call, rds->call) != 0 ||
	    !json_object_get(parameters, rds->identifier))
		return false;
	json_object_foreach((json_t *)(uintptr_t)parameters, key, value) {
		if (!explains(rds, key, value))
			return false;
	}
	return true;
}

/* The members of a list parameter; empty where it is not sent. */
static json_t *members_sent(const json_t *parameters, const char *name)
{
	json_t *members = json_array();

	for (size_t i = 1; name; i++) {
		CLEANUP(free_ptr) char *key = xasprintf("%s.%zu", name, i);
		json_t *member = json_object_get(parameters, key);

		if (!member)
			break;
		json_array_append(members, member);
	}
	return members;
}

static json_t *set_after(const json_t *parameters, const struct setting *row,
			 const json_t *value)
{
	CLEANUP(json_release)
	json_t *more = members_sent(parameters, row->write);
	CLEANUP(json_release)
	json_t *fewer = members_sent(parameters, row->write_remove);
	CLEANUP(json_release) json_t *all = NULL;

	if (!json_array_size(more) && !json_array_size(fewer))
		return json_incref((json_t *)(uintptr_t)value);
	if (!row->write_remove)
		return json_sorted_set(more);
	all = set_union(value, more);
	return set_minus(all, fewer);
}

static json_t *scalar_after(const json_t *parameters, const struct setting *row,
			    const json_t *value)
{
	const char *text =
		row->write ? json_text(parameters, row->write) : NULL;

	if (!text)
		return json_incref((json_t *)(uintptr_t)value);
	if (row->unset && strcmp(text, row->unset) == 0)
		return json_null();
	return value_from_wire(row, &text, 1);
}

static json_t *after_tagging(const char *call, const json_t *parameters,
			     const struct setting *setting, const json_t *value)
{
	CLEANUP(json_release)
	json_t *after = tags_after_call(&rds_tags, call, parameters, value);

	if (after && setting->type != TYPE_STRING_MAP)
		return json_incref((json_t *)(uintptr_t)value);
	return TAKE(after);
}

json_t *rds_after_call(const struct rds_kind *rds, const char *call,
		       const json_t *parameters, const struct setting *setting,
		       const json_t *value)
{
	const struct setting *with = NULL;

	if (tags_is_call(&rds_tags, call))
		return after_tagging(call, parameters, setting, value);
	if (!makes_sense(rds, call, parameters))
		return NULL;
	if (setting->standing != STANDING_WRITABLE)
		return json_incref((json_t *)(uintptr_t)value);
	if (setting->only_with)
		with = catalogue_lookup(rds->kind, setting->only_with);
	if (with && json_object_get(parameters, with->write)) {
		CLEANUP(json_release)
		json_t *on = scalar_after(parameters, with, NULL);

		if (value_is_off(on))
			return json_null();
	}
	if (setting_is_map(setting))
		return json_incref((json_t *)(uintptr_t)value);
	if (setting->type == TYPE_STRING_SET)
		return set_after(parameters, setting, value);
	return scalar_after(parameters, setting, value);
}
