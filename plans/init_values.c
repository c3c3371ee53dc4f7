#include "plans/init_values.h"

#include <string.h>

#include "plans/controls.h"
#include "plans/sg_rule.h"
#include "plans/value.h"

/* Can the value be that of many? Members without choices, and documents, are of
 * one resource. */
bool init_is_named(const struct setting *row)
{
	return row->choices[0] ||
	       (!setting_is_set(row) && row->type != TYPE_DOCUMENT &&
		row->type != TYPE_DOCUMENT_MAP && row->type != TYPE_STRING_MAP);
}

/* A list or a map without members. */
static bool is_empty(const json_t *value)
{
	return json_is_array(value)    ? !json_array_size(value)
	       : json_is_object(value) ? !json_object_size(value)
				       : !value;
}

static bool has_references(const struct setting *row)
{
	CLEANUP(json_release) json_t *references = setting_references(row);

	return json_array_size(references) > 0;
}

/*
 * Is the row one that init writes down? Plain strings are identifiers of what
 * somebody chose for this one resource.
 */
bool init_is_written(const struct setting *row)
{
	/* of these every one that somebody set, whatever it takes */
	if (row->type == TYPE_PARAMETER)
		return true;

	bool identifier =
		row->type == TYPE_STRING || row->type == TYPE_LOWER_STRING;

	return row->standing == STANDING_WRITABLE && has_references(row) &&
	       !row->members_only && !row->restart &&
	       row->effect != EFFECT_RESTART && row->effect != EFFECT_REBOOT &&
	       !identifier;
}

/* Some settings are of one engine; on the other they mean nothing. */
static bool has_setting(const struct resource *resource,
			const struct setting *row)
{
	return !row->engine ||
	       (resource->engine && !strcmp(row->engine, resource->engine));
}

/* A rule that lies in another one of the set, which *ret_outer is; or NULL. */
const json_t *init_overlapping(const json_t *rules, const json_t **ret_outer)
{
	size_t i, k;
	json_t *rule, *other;

	json_array_foreach(rules, i, rule) {
		json_array_foreach(rules, k, other) {
			if (i == k || !json_is_object(rule) ||
			    !sg_rule_lies_in(rule, other))
				continue;
			*ret_outer = other;
			return rule;
		}
	}
	return NULL;
}

/* Would people be let write it so? */
static bool may_be_said(const struct setting *row, const json_t *value)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *checked = NULL;
	const json_t *outer;

	return !init_overlapping(value, &outer) &&
	       !value_check(row, value, &checked, &err) &&
	       value_equal(row, value, checked);
}

/* The value that there is to write down; NULL: none. New reference. */
json_t *init_value(const struct resource *resource, const struct setting *row)
{
	CLEANUP(json_release) json_t *pending = NULL;
	CLEANUP(json_release) json_t *value = NULL;

	if (!init_is_written(row) || !has_setting(resource, row) ||
	    json_object_get(resource->owned_elsewhere, row->name) ||
	    resource_is_missing(resource))
		return NULL;
	pending = value_written(resource_pending(resource, row));
	if (pending && may_be_said(row, pending))
		return TAKE(pending);
	value = value_written(resource_value(resource, row));
	/* that it uses none would forbid it to use any */
	if (!init_is_named(row) && is_empty(value))
		return NULL;
	return value && !json_is_null(value) && may_be_said(row, value)
		       ? TAKE(value)
		       : NULL;
}
