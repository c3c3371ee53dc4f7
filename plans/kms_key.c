/*
 * KMS keys: read by id or ARN, or by an alias that a rule names. Only their
 * rotation is set, by one call whatever changes of it.
 *
 * A period belongs to a rotation that is on. Turning rotation on without one
 * gives KMS's default, and so one other than that is not lost on turning it
 * off: the rule has to say `rotation_period_days: null` too.
 */
#include "plans/grant.h"
#include "plans/kms_key.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kinds.h"

#define ENABLE "kms:EnableKeyRotation"
#define DISABLE "kms:DisableKeyRotation"
#define KEY "KeyId"
#define PERIOD "RotationPeriodInDays"
#define USUAL_PERIOD 365

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource,
				const char **ret_why)
{
	const char *state = resource->status;

	*ret_why = "no state was read";
	if (!state)
		return CONDITION_BUSY;
	*ret_why = state;
	if (!strcmp(state, "Enabled"))
		return CONDITION_READY;
	if (!strcmp(state, "Creating") || !strcmp(state, "Updating"))
		return CONDITION_BUSY;
	return CONDITION_FAILED;
}

/* ---- what cannot be changed ------------------------------------------- */

/* Does the fact, where it is known, say so? */
static bool says(const struct resource *resource, const char *fact,
		 const char *text)
{
	const char *known = json_text(resource->facts, fact);

	return known && !strcmp(known, text);
}

/* Or nothing is known of it. */
static bool may_say(const struct resource *resource, const char *fact,
		    const char *text)
{
	return !json_text(resource->facts, fact) || says(resource, fact, text);
}

static const char *refuse_key(const struct resource *resource,
			      const char **ret_remedy)
{
	*ret_remedy = "use a symmetric key of your own whose material KMS "
		      "made, or except this one from the rule";
	if (says(resource, KMS_MANAGER, "AWS"))
		return "the key is managed by AWS, which rotates it every year "
		       "and lets nobody change that";
	if (!may_say(resource, KMS_SPEC, "SYMMETRIC_DEFAULT"))
		return "only symmetric keys can be rotated";
	if (!may_say(resource, KMS_ORIGIN, "AWS_KMS"))
		return "the material of this key does not come from KMS, which "
		       "therefore cannot rotate it";
	*ret_remedy = "set it on the primary key, in the region that has that";
	if (says(resource, KMS_REGION_TYPE, "REPLICA"))
		return "the key is a replica, and rotation is set on the "
		       "primary key";
	*ret_remedy = "cancel its deletion ('aws kms cancel-key-deletion'), "
		      "enable it, then plan again";
	if (says(resource, KMS_STATE, "PendingDeletion"))
		return "the key is pending deletion";
	*ret_remedy = "enable the key ('aws kms enable-key'), then plan again";
	return may_say(resource, KMS_STATE, "Enabled")
		       ? NULL
		       : "the key is not enabled";
}

/* The two settings, as they are and as they are to be. */
struct rotation {
	const struct call_change *enabled, *period; /* NULL: stays */
	bool on;            /* afterwards; where only the period changes, on */
	const json_t *days; /* before; NULL: not read */
};

static const char *refuse_enabled(const struct rotation *rotation,
				  const char **ret_remedy)
{
	*ret_remedy = "let a rule also set 'rotation_period_days: null'";
	/* turning it on again would bring back no other than the usual one */
	if (!rotation->on && !rotation->period &&
	    json_is_integer(rotation->days) &&
	    json_integer_value(rotation->days) != USUAL_PERIOD)
		return "turning it off also unsets 'rotation_period_days', "
		       "which no rule says";
	return NULL;
}

static const char *refuse_period(const struct rotation *rotation,
				 const char **ret_remedy)
{
	const bool unset = json_is_null(rotation->period->after);
	const bool was_on = !json_is_null(rotation->period->before);

	*ret_remedy = NULL;
	if (rotation->enabled && rotation->on && unset)
		return "a key that is rotated has a period";
	if (rotation->enabled)
		return rotation->on || unset
			       ? NULL
			       : "a key that is not rotated has no period";
	*ret_remedy = "let a rule also set 'rotation_enabled: true'";
	if (!was_on)
		return "the key is not rotated, so it has no period";
	*ret_remedy = "let a rule also set 'rotation_enabled: false'";
	return unset ? "a key that is rotated has a period" : NULL;
}

static void refuse(const struct call_change *change, const char *reason,
		   const char *remedy, json_t *refused)
{
	json_t *entry = json_object();

	json_object_set_new(entry, "reason", json_string(reason));
	json_object_set_new(entry, "remedy", json_from_text(remedy));
	json_object_set_new(refused, change->setting->name, entry);
}

/* ---- calls ------------------------------------------------------------ */

static const struct call_change *change_of(const struct call_change *changes,
					   size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(changes[i].setting->name, name))
			return &changes[i];
	}
	return NULL;
}

static struct rotation rotation_of(const struct resource *resource,
				   const struct call_change *changes,
				   size_t len)
{
	struct rotation rotation = {
		.enabled = change_of(changes, len, "rotation_enabled"),
		.period = change_of(changes, len, "rotation_period_days"),
		.on = true,
		.days = resource_value(
			resource,
			catalogue_lookup(KIND_KMS_KEY, "rotation_period_days")),
	};

	if (rotation.enabled)
		rotation.on = json_is_true(rotation.enabled->after);
	return rotation;
}

/* All that is refused; false: some of it is. */
static bool refuse_all(const struct resource *resource,
		       const struct rotation *rotation, json_t *refused)
{
	const char *remedy = NULL, *reason = refuse_key(resource, &remedy);
	const char *because = reason;

	if (rotation->enabled && !because)
		because = refuse_enabled(rotation, &remedy);
	if (rotation->enabled && because)
		refuse(rotation->enabled, because, remedy, refused);
	because = reason;
	if (rotation->period && !because)
		because = refuse_period(rotation, &remedy);
	if (rotation->period && because)
		refuse(rotation->period, because, remedy, refused);
	return !json_object_size(refused);
}

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused)
{
	const struct rotation rotation =
		rotation_of(resource, changes, changes_len);
	struct call *call;

	if (!refuse_all(resource, &rotation, ret_refused))
		return; /* what is left is asked again */
	call = call_list_add(ret_calls, rotation.on ? ENABLE : DISABLE);
	json_object_set_new(call->parameters, KEY,
			    json_from_text(resource->id));
	if (rotation.on && rotation.period)
		json_object_set(call->parameters, PERIOD,
				(json_t *)(uintptr_t)rotation.period->after);
	for (size_t i = 0; i < changes_len; i++)
		call_add_change(call, i);
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	const bool on = strcmp(call, ENABLE) == 0;
	json_t *period = json_object_get(parameters, PERIOD);

	if ((!on && strcmp(call, DISABLE) != 0) ||
	    !json_string_length(json_object_get(parameters, KEY)) ||
	    json_object_size(parameters) != (period ? 2 : 1) ||
	    (period && (!on || !json_is_integer(period))))
		return NULL;
	if (!strcmp(setting->name, "rotation_enabled"))
		return json_boolean(on);
	if (strcmp(setting->name, "rotation_period_days") != 0)
		return json_incref((json_t *)(uintptr_t)value);
	if (!on)
		return json_null();
	return period ? json_incref(period) : json_integer(USUAL_PERIOD);
}

/* Not by an alias, nor by an ARN. */
static bool is_key_id(const char *id)
{
	return !strpbrk(id, "/:");
}

const struct kind_ops kms_key_kind = {
	.kind = KIND_KMS_KEY,
	.name = "kms_key",
	.grants = kms_key_grants,
	.id_in_arns = is_key_id,
	.lane_kind = KIND_KMS_KEY,
	.by_reference = true,
	.read = kms_key_read,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
};
