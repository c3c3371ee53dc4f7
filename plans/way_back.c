#include "plans/way_back.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/value.h"

char *value_unsendable(const struct setting *setting, const json_t *value)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *checked = NULL;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_MESSAGE);

	if (json_is_null(value) || (setting->removable && json_is_false(value)))
		return NULL;
	if (value_check(setting, value, &checked, &err)) {
		error_message(&err, &text);
		return strbuf_detach(&text);
	}
	return value_equal(setting, checked, value)
		       ? NULL
		       : xstrdup("the value is not in canonical form");
}

/* The resource with values of its own, to ask what calls it would need. */
struct shadow {
	struct resource resource;
	size_t rows;
};

static void shadow_release(struct shadow *shadow)
{
	for (size_t i = 0; i < shadow->rows; i++)
		json_decref(shadow->resource.values[i]);
	free(shadow->resource.values);
}

static struct shadow shadow_of(const struct resource *resource)
{
	struct shadow shadow = { .resource = *resource,
				 .rows = resource->rows };

	shadow.resource.values =
		xcalloc(shadow.rows, sizeof(*shadow.resource.values));
	for (size_t i = 0; i < shadow.rows; i++)
		shadow.resource.values[i] = json_incref(resource->values[i]);
	return shadow;
}

static char *refusal(const json_t *refused)
{
	const char *setting;
	json_t *why;

	json_object_foreach((json_t *)(uintptr_t)refused, setting, why) {
		const char *reason = json_text(why, "reason");

		return xasprintf("'%s' cannot be set back: %s", setting,
				 reason ? reason : "no call can make it");
	}
	return NULL;
}

char *way_back_find(const struct resource *resource,
		    const struct call_change *changes, size_t changes_len,
		    struct plan_step *step)
{
	CLEANUP(shadow_release) struct shadow shadow = shadow_of(resource);
	CLEANUP(call_list_release) struct call_list calls = { 0 };
	CLEANUP(json_release) json_t *refused = json_object();

	for (size_t i = 0; i < changes_len; i++) {
		if (changes[i].setting->left_behind)
			return xstrdup(changes[i].setting->left_behind);
		if (changes[i].setting->one_way)
			return xstrdup(changes[i].setting->one_way);
	}
	for (size_t i = 0; i < changes_len; i++) {
		json_t **slot =
			&shadow.resource
				 .values[catalogue_index(changes[i].setting)];
		CLEANUP(free_ptr)
		char *why =
			value_unsendable(changes[i].setting, changes[i].after);

		if (why)
			return xasprintf("the value before cannot be sent: %s",
					 why);
		json_decref(*slot);
		*slot = json_deep_copy(changes[i].before);
	}
	kind_ops(resource->kind)
		->calls(&shadow.resource, changes, changes_len, &calls,
			refused);
	if (json_object_size(refused))
		return refusal(refused);
	if (!calls.len)
		return xstrdup("no call takes it back");
	if (calls.len > 1)
		return xstrdup(WAY_BACK_SEVERAL);
	step->backout_call = xstrdup(calls.items[0].call);
	json_decref(step->backout_parameters);
	step->backout_parameters = json_incref(calls.items[0].parameters);
	return NULL;
}

bool way_back_known(const struct plan_step *step)
{
	return step->backout_call ||
	       (step->backout_reason &&
		strcmp(step->backout_reason, WAY_BACK_SEVERAL) == 0);
}
