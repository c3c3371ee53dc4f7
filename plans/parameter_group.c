#include "plans/grant.h"
#include "plans/parameter_group.h"

#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kinds.h"
#include "plans/live.h"
#include "plans/parameter_value.h"

const struct parameter_kind cluster_parameters = {
	.kind = KIND_CLUSTER_PARAMETER_GROUP,
	.name = "DBClusterParameterGroupName",
	.list = "DescribeDBClusterParameterGroups",
	.describe = "DescribeDBClusterParameters",
	.defaults = "DescribeEngineDefaultClusterParameters",
	.create = "rds:CreateDBClusterParameterGroup",
	.drop = "rds:DeleteDBClusterParameterGroup",
	.modify = "rds:ModifyDBClusterParameterGroup",
	.reset = "rds:ResetDBClusterParameterGroup",
	.arn = "cluster-pg",
	.user = KIND_CLUSTER,
	.user_setting = "db_cluster_parameter_group_name",
	.user_status = CLUSTER_APPLY_STATUS_FACT,
	.overriding = KIND_INSTANCE,
};

const struct parameter_kind instance_parameters = {
	.kind = KIND_INSTANCE_PARAMETER_GROUP,
	.name = "DBParameterGroupName",
	.list = "DescribeDBParameterGroups",
	.describe = "DescribeDBParameters",
	.defaults = "DescribeEngineDefaultParameters",
	.create = "rds:CreateDBParameterGroup",
	.drop = "rds:DeleteDBParameterGroup",
	.modify = "rds:ModifyDBParameterGroup",
	.reset = "rds:ResetDBParameterGroup",
	.arn = "pg",
	.user = KIND_INSTANCE,
	.user_setting = "db_parameter_group_name",
	.user_status = INSTANCE_APPLY_STATUS_FACT,
	.overriding = KIND_COUNT,
};

bool is_parameter(const struct setting *setting)
{
	return setting->type == TYPE_PARAMETER;
}

bool is_default_group(const char *id)
{
	return strncmp(id, "default.", 8) == 0;
}

const json_t *parameter_about(const struct resource *resource,
			      const struct setting *setting)
{
	return json_object_get(
		json_object_get(resource->facts, PARAMETER_ABOUT),
		setting->name);
}

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource,
				const char **ret_why)
{
	const bool applying = json_array_has(
		json_object_get(resource->facts, PARAMETER_STATUSES),
		"applying");

	*ret_why = applying ? "its members are applying it"
			    : "parameter groups have no status";
	return applying ? CONDITION_BUSY : CONDITION_READY;
}

static json_t *spell(const struct resource *resource,
		     const struct setting *setting, const json_t *whole,
		     const json_t *include, const json_t *exclude)
{
	const json_t *live = resource_value(resource, setting);
	const json_t *about = parameter_about(resource, setting);

	if (!is_parameter(setting))
		return json_incref((json_t *)(uintptr_t)whole);
	if (whole)
		return parameter_spell(about, live, whole);
	return parameter_merge(about, live, include, exclude);
}

/* A member of what uses the group takes a static parameter at its reboot. */
static void follows(const struct parameter_kind *of,
		    const struct resource *resource,
		    const struct call_change *change, const struct live *live,
		    void (*fn)(void *ctx, const struct resource *resource,
			       const struct setting *setting, json_t *before,
			       json_t *after),
		    void *ctx)
{
	const json_t *users = json_object_get(resource->facts, PARAMETER_USERS);
	const struct setting *row =
		catalogue_lookup(KIND_INSTANCE, "pending_reboot");

	if (!is_parameter(change->setting) ||
	    setting_effect(change->setting, resource->facts) != EFFECT_REBOOT)
		return;
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *member = live->items[i];
		const char *user =
			of->user == KIND_CLUSTER ? member->cluster : member->id;

		if (member->kind == KIND_INSTANCE && user &&
		    !strcmp(member->place->name, resource->place->name) &&
		    json_array_has(users, user))
			fn(ctx, member, row, json_true(), json_false());
	}
}

static void
cluster_follows(const struct resource *resource,
		const struct call_change *change, const struct live *live,
		void (*fn)(void *ctx, const struct resource *resource,
			   const struct setting *setting, json_t *before,
			   json_t *after),
		void *ctx)
{
	follows(&cluster_parameters, resource, change, live, fn, ctx);
}

static void
instance_follows(const struct resource *resource,
		 const struct call_change *change, const struct live *live,
		 void (*fn)(void *ctx, const struct resource *resource,
			    const struct setting *setting, json_t *before,
			    json_t *after),
		 void *ctx)
{
	follows(&instance_parameters, resource, change, live, fn, ctx);
}

/* "orders-aurora-mysql8-0". Owned. */
static char *own_name(const struct resource *user, const char *family)
{
	char *name = xasprintf("%s-%s", user->id, family);

	for (char *c = name; *c; c++) {
		if (*c == '.')
			*c = '-';
	}
	return name;
}

/* Who else uses the group; borrowed, or NULL. */
static const char *other_user(const struct resource *group,
			      const struct resource *user)
{
	size_t i;
	json_t *id;

	json_array_foreach(json_object_get(group->facts, PARAMETER_USERS), i,
			   id) {
		if (strcmp(json_string_value(id), user->id) != 0)
			return json_string_value(id);
	}
	return NULL;
}

/* One that has the name already is used where it is the user's alone. */
static void check_own(const struct parameter_kind *of,
		      const struct resource *user, const char *family,
		      const struct live *live, struct stand_in *stand_in)
{
	CLEANUP(free_ptr) char *address = address_of(of->kind, stand_in->id);
	const struct resource *group =
		live_find(live, user->place->name, address);
	const char *has, *other;

	if (!group || resource_is_missing(group))
		return;
	has = json_string_value(
		resource_value(group, catalogue_lookup(of->kind, "family")));
	other = other_user(group, user);
	if (has && strcmp(has, family) != 0)
		stand_in->reason = xasprintf(
			"it uses AWS's own group, and '%s', which would take "
			"its place, is there already and of the family '%s'",
			stand_in->id, has);
	else if (other)
		stand_in->reason = xasprintf(
			"it uses AWS's own group, and '%s', which would take "
			"its place, is there already and used by '%s'",
			stand_in->id, other);
	stand_in->remedy = "let it use a group of yours: set the group's name "
			   "in a rule";
}

/*
 * Nobody can change AWS's own group, so the user gets one of its own, of the
 * same family.
 */
static void stand_in(const struct parameter_kind *of,
		     const struct resource *user, const char *id,
		     const struct live *live, struct stand_in *ret_stand_in)
{
	CLEANUP(free_ptr) char *description = NULL;
	const char *family = id + strlen("default.");

	if (!is_default_group(id))
		return;
	description = xasprintf("Parameters of %s", user->address);
	ret_stand_in->id = own_name(user, family);
	ret_stand_in->values =
		json_pack("{ss so sb}", "family", family, "description",
			  json_from_text(description), "exists", 1);
	if (live)
		check_own(of, user, family, live, ret_stand_in);
}

static void used_by(const struct parameter_kind *of,
		    const struct resource *resource,
		    void (*fn)(void *ctx, enum kind kind, const char *id,
			       const char *setting),
		    void *ctx)
{
	size_t i;
	json_t *id;

	json_array_foreach(json_object_get(resource->facts, PARAMETER_USERS), i,
			   id)
		fn(ctx, of->user, json_string_value(id), of->user_setting);
}

static void cluster_used_by(const struct resource *resource,
			    void (*fn)(void *ctx, enum kind kind,
				       const char *id, const char *setting),
			    void *ctx)
{
	used_by(&cluster_parameters, resource, fn, ctx);
}

static void instance_used_by(const struct resource *resource,
			     void (*fn)(void *ctx, enum kind kind,
					const char *id, const char *setting),
			     void *ctx)
{
	used_by(&instance_parameters, resource, fn, ctx);
}

static void cluster_stand_in(const struct resource *user, const char *id,
			     const struct live *live,
			     struct stand_in *ret_stand_in)
{
	stand_in(&cluster_parameters, user, id, live, ret_stand_in);
}

static void instance_stand_in(const struct resource *user, const char *id,
			      const struct live *live,
			      struct stand_in *ret_stand_in)
{
	stand_in(&instance_parameters, user, id, live, ret_stand_in);
}

static void read_cluster_groups(const struct read_request *request)
{
	parameter_group_read(&cluster_parameters, request);
}

static void read_instance_groups(const struct read_request *request)
{
	parameter_group_read(&instance_parameters, request);
}

static void cluster_calls(const struct resource *resource,
			  const struct call_change *changes, size_t changes_len,
			  struct call_list *ret_calls, json_t *ret_refused)
{
	parameter_group_calls(&cluster_parameters, resource, changes,
			      changes_len, ret_calls, ret_refused);
}

static void instance_calls(const struct resource *resource,
			   const struct call_change *changes,
			   size_t changes_len, struct call_list *ret_calls,
			   json_t *ret_refused)
{
	parameter_group_calls(&instance_parameters, resource, changes,
			      changes_len, ret_calls, ret_refused);
}

static json_t *after_cluster_call(const char *call, const json_t *parameters,
				  const struct setting *setting,
				  const json_t *value)
{
	return parameter_group_after_call(&cluster_parameters, call, parameters,
					  setting, value);
}

static json_t *after_instance_call(const char *call, const json_t *parameters,
				   const struct setting *setting,
				   const json_t *value)
{
	return parameter_group_after_call(&instance_parameters, call,
					  parameters, setting, value);
}

static void foreign_cluster_call(const char *call, const json_t *parameters,
				 void (*fn)(void *ctx, const char *call,
					    const json_t *parameters),
				 void *ctx)
{
	parameter_group_foreign(&cluster_parameters, call, parameters, fn, ctx);
}

static void foreign_instance_call(const char *call, const json_t *parameters,
				  void (*fn)(void *ctx, const char *call,
					     const json_t *parameters),
				  void *ctx)
{
	parameter_group_foreign(&instance_parameters, call, parameters, fn,
				ctx);
}

const struct kind_ops cluster_parameter_group_kind = {
	.kind = KIND_CLUSTER_PARAMETER_GROUP,
	.name = "cluster_parameter_group",
	.grants = cluster_parameter_group_grants,
	.lane_kind = KIND_CLUSTER_PARAMETER_GROUP,
	.lower_case = true,
	.by_reference = true,
	.of_engine = true,
	.beside = 1u << KIND_CLUSTER | 1u << KIND_INSTANCE,
	.read = read_cluster_groups,
	.lane = lane,
	.condition = condition,
	.calls = cluster_calls,
	.follows = cluster_follows,
	.used_by = cluster_used_by,
	.stand_in = cluster_stand_in,
	.after_call = after_cluster_call,
	.foreign = foreign_cluster_call,
	.at_once = parameter_group_at_once,
	.spell = spell,
};

const struct kind_ops instance_parameter_group_kind = {
	.kind = KIND_INSTANCE_PARAMETER_GROUP,
	.name = "instance_parameter_group",
	.grants = instance_parameter_group_grants,
	.event_source = "db-parameter-group",
	.lane_kind = KIND_INSTANCE_PARAMETER_GROUP,
	.lower_case = true,
	.by_reference = true,
	.of_engine = true,
	.beside = 1u << KIND_INSTANCE,
	.read = read_instance_groups,
	.lane = lane,
	.condition = condition,
	.calls = instance_calls,
	.follows = instance_follows,
	.used_by = instance_used_by,
	.stand_in = instance_stand_in,
	.after_call = after_instance_call,
	.foreign = foreign_instance_call,
	.at_once = parameter_group_at_once,
	.spell = spell,
};
