/* A parameter as it holds on each member of a cluster. */
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/effective.h"
#include "plans/judging.h"
#include "plans/members.h"
#include "plans/parameter_group.h"

static const struct resource *member_at(const struct judging *judging,
					const char *id)
{
	CLEANUP(free_ptr) char *address = address_of(KIND_INSTANCE, id);

	return live_find(judging->live, judging->place->name, address);
}

/* AWS's own group stays as it is: a rule of whoever uses it makes another. */
static void add_fix(struct failure *failure, const struct effective *effective,
		    const struct parameter_wish *wish)
{
	if (is_default_group(effective->group->id))
		failure_fix(failure, effective->owner, "parameters",
			    wish->fix ? json_pack("{ss}", wish->name, wish->fix)
				      : NULL);
	else
		failure_fix(failure, effective->group, wish->name,
			    wish->fix ? json_string(wish->fix) : NULL);
	if (!wish->fix)
		failure->fix = FIX_DECISION;
}

/* A control may look at several parameters, on several members. */
static void name_member(struct failure *failure, const char *id,
			const struct parameter_wish *wish)
{
	CLEANUP(free_ptr) char *member = xasprintf("%s: %s", id, wish->name);

	failure_member(failure, member);
}

static void fail(struct judging *judging, const struct effective *effective,
		 const struct parameter_wish *wish)
{
	const char *is = effective->text ? effective->text : "not set";
	struct failure *failure;

	if (effective->owner->kind == KIND_INSTANCE) {
		failure = judge_fail(
			judging, json_from_text(effective->text),
			wish->expected,
			"%s is %s and should be %s: instance '%s' sets it in "
			"its own parameter group '%s', which wins over the "
			"cluster's",
			wish->name, is, wish->expected, effective->owner->id,
			effective->group->id);
		name_member(failure, effective->owner->id, wish);
	} else {
		failure = judge_fail(judging, json_from_text(effective->text),
				     wish->expected,
				     "%s is %s and should be %s%s", wish->name,
				     is, wish->expected,
				     effective->set ? "" : "; nobody set it");
		failure_member(failure, wish->name);
	}
	add_fix(failure, effective, wish);
}

static void fail_waiting(struct judging *judging,
			 const struct effective *effective,
			 const struct parameter_wish *wish)
{
	struct failure *failure = judge_fail(
		judging, json_from_text(effective->text), wish->expected,
		"%s was set to %s, which is in effect on '%s' only after a "
		"reboot",
		wish->name, effective->text, effective->waits->id);

	name_member(failure, effective->waits->id, wish);
	failure_fix(failure, effective->waits, "pending_reboot", json_false());
	failure_how(failure, FIX_PLAN, "reboot '%s'", effective->waits->id);
}

/*
 * One member. told: groups that were found wanting already, so that each is
 * one finding however many members it has.
 */
static void judge_member(struct judging *judging, const struct resource *member,
			 const struct parameter_wish *wish, json_t *told)
{
	struct effective effective;
	CLEANUP(json_release) json_t *value = NULL;

	if (!effective_parameter(judging->live, judging->resource, member,
				 wish->name, &effective)) {
		judge_unread(judging);
		return;
	}
	judge_forget(judging);
	value = json_from_text(effective.text);
	judge_note(judging, effective.group, wish->name, NULL, wish->name,
		   value);
	if (effective.lacking)
		return;
	if (wish->holds(effective.text)) {
		if (effective.waits)
			fail_waiting(judging, &effective, wish);
	} else if (!json_object_get(told, effective.group->address)) {
		(void)json_object_set_new(told, effective.group->address,
					  json_true());
		fail(judging, &effective, wish);
	}
}

void judge_parameter(struct judging *judging, const struct parameter_wish *wish)
{
	const json_t *members = cluster_members(judging->resource);
	CLEANUP(json_release) json_t *told = json_object();
	size_t i;
	json_t *id;

	json_array_foreach(members, i, id) {
		const struct resource *member =
			member_at(judging, json_string_value(id));

		if (member)
			judge_member(judging, member, wish, told);
		else
			judge_unread(judging);
	}
	if (!json_array_size(members))
		judge_member(judging, NULL, wish, told);
}
