#include "plans/deciding.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/value.h"

void deciding_release(struct deciding *deciding)
{
	only_release(&deciding->only);
	wants_release(&deciding->wants);
	json_decref(deciding->held);
	json_decref(deciding->waived);
	json_decref(deciding->skipped);
	json_decref(deciding->blocked);
	json_decref(deciding->texts);
	passing_release(&deciding->passing);
	free(deciding->rule_used);
	json_decref(deciding->cluster_users);
	json_decref(deciding->matched_clusters);
}

json_t *deciding_note(json_t *array, const struct resource *resource,
		      const struct setting *setting, const char *reason)
{
	return plan_note(array, resource->place->name, resource->address,
			 setting->name, reason);
}

void deciding_block(struct deciding *deciding, const struct resource *resource,
		    const struct setting *setting, json_t *after,
		    const char *reason, const char *remedy)
{
	json_t *live = resource_value(resource, setting);
	json_t *entry =
		deciding_note(deciding->blocked, resource, setting, reason);

	(void)json_object_set_new(entry, "before",
				  live ? json_incref(live) : json_null());
	(void)json_object_set_new(entry, "after", after);
	(void)json_object_set_new(entry, "remedy", json_from_text(remedy));
}

static void say_expired(struct deciding *deciding,
			const struct resource *resource,
			const struct setting *setting,
			const struct waiver *waiver)
{
	CLEANUP(free_ptr)
	char *line = xasprintf(
		"the waiver (%s:%ld) expired on %s and no longer holds: %s",
		deciding->desired->path, waiver->line, waiver->expires_text,
		waiver->reason);

	(void)deciding_note(deciding->skipped, resource, setting, line);
}

static void add_waived(struct deciding *deciding,
		       const struct resource *resource,
		       const struct setting *setting,
		       const struct waiver *waiver)
{
	json_t *entry = deciding_note(deciding->waived, resource, setting,
				      waiver->reason);

	(void)json_object_set_new(entry, "expires",
				  json_from_text(waiver->expires_text));
}

static void add_held(struct deciding *deciding, const struct resource *resource,
		     const struct setting *setting, const json_t *hold,
		     json_t *after)
{
	static const char *const keys[] = { "change", "by", "at" };
	const char *reason = json_text(hold, "reason");
	json_t *entry =
		deciding_note(deciding->held, resource, setting,
			      reason && *reason ? reason : "no reason given");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set_new(
			entry, keys[i],
			json_from_text(json_text(hold, keys[i])));
	(void)json_object_set(entry, "after", after);
}

/* What is set, perhaps as it is wanted, and does not work. */
static void say_unhealthy(struct deciding *deciding,
			  const struct resource *resource,
			  const struct setting *setting)
{
	json_t *members = json_object_get(resource->unhealthy, setting->name);
	const char *member;
	json_t *why;

	json_object_foreach(members, member, why)
		(void)deciding_note(deciding->skipped, resource, setting,
				    json_string_value(why));
}

bool deciding_is_satisfied(const struct resource *resource,
			   const struct setting *setting, const json_t *after)
{
	return !resource_pending(resource, setting) &&
	       value_equal(setting, resource_value(resource, setting), after);
}

/* By its name, or by that of what was expanded. */
static bool is_selected(struct deciding *deciding,
			const struct resource *resource,
			const struct decision *decision)
{
	const bool direct = only_has(&deciding->only, resource->address,
				     decision->setting->name);

	return (decision->via && only_has(&deciding->only,
					  decision->by ? decision->by->address
						       : resource->address,
					  decision->via)) ||
	       direct;
}

bool deciding_is_held(struct deciding *deciding,
		      const struct resource *resource,
		      const struct setting *setting, json_t *after)
{
	const json_t *hold =
		deciding->holds
			? holds_find(deciding->holds, resource->place->name,
				     resource->address, setting->name)
			: NULL;

	if (!hold || !hold_covers(hold, setting,
				  resource_value(resource, setting), after))
		return false;
	add_held(deciding, resource, setting, hold, after);
	return true;
}

/* "cluster/orders:parameters" where another resource has it. Borrowed. */
static const char *via_text(struct deciding *deciding,
			    const struct decision *decision)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (!decision->by)
		return decision->via;
	text = xasprintf("%s:%s", decision->by->address, decision->via);
	(void)json_array_append_new(deciding->texts, json_from_text(text));
	return json_string_value(json_array_get(
		deciding->texts, json_array_size(deciding->texts) - 1));
}

void deciding_setting(struct deciding *deciding,
		      const struct resource *resource,
		      const struct decision *decision)
{
	const struct wanted_setting *wanted = decision->wanted;
	const struct setting *setting = decision->setting;
	CLEANUP(json_release) json_t *after = decision->after;
	const struct waiver *waiver, *expired = NULL;

	waiver = desired_waiver(deciding->desired, resource, setting,
				deciding->now, &expired);
	if (expired)
		say_expired(deciding, resource, setting, expired);
	if (!is_selected(deciding, resource, decision))
		return;
	say_unhealthy(deciding, resource, setting);
	if (deciding_is_satisfied(resource, setting, after))
		return;
	if (setting->engine && resource->engine &&
	    strcmp(setting->engine, resource->engine) != 0) {
		CLEANUP(free_ptr)
		char *line = xasprintf("only %s has it, and this is %s",
				       setting->engine, resource->engine);

		(void)deciding_note(deciding->skipped, resource, setting, line);
	} else if (waiver) {
		add_waived(deciding, resource, setting, waiver);
	} else if (!deciding_is_held(deciding, resource, setting, after)) {
		wants_add(&deciding->wants,
			  &(struct want){ .resource = resource,
					  .setting = setting,
					  .after = TAKE(after),
					  .via = via_text(deciding, decision),
					  .window = wanted->rule->window,
					  .rule_name = wanted->rule->name,
					  .rule_line = wanted->rule->line });
	}
}

bool deciding_is_waived(struct deciding *deciding,
			const struct resource *resource,
			const struct setting *setting, bool matters)
{
	const struct waiver *expired = NULL;
	const struct waiver *waiver = desired_waiver(
		deciding->desired, resource, setting, deciding->now, &expired);

	if (expired)
		say_expired(deciding, resource, setting, expired);
	if (waiver && matters)
		add_waived(deciding, resource, setting, waiver);
	return waiver;
}
