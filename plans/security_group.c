/*
 * Security groups: read by their ids. Each rule that comes is a call of its
 * own, and so is each that goes, after all that come: what should get in stays
 * in. A call that adds no rule and takes none away gives it a description.
 */
#include "plans/grant.h"
#include "plans/security_group.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kinds.h"
#include "plans/live.h"
#include "plans/sg_rule.h"
#include "plans/value.h"

#define GROUP "GroupId"
#define RULE_ID "SecurityGroupRuleId.1"
#define DESCRIBED "SecurityGroupRuleDescription.1."

static const struct direction {
	const char *setting, *authorize, *revoke, *describe;
} directions[] = {
	{ "ingress", "ec2:AuthorizeSecurityGroupIngress",
	  "ec2:RevokeSecurityGroupIngress",
	  "ec2:UpdateSecurityGroupRuleDescriptionsIngress" },
	{ "egress", "ec2:AuthorizeSecurityGroupEgress",
	  "ec2:RevokeSecurityGroupEgress",
	  "ec2:UpdateSecurityGroupRuleDescriptionsEgress" },
};

static const struct direction *direction_of(const struct setting *setting)
{
	return !strcmp(setting->name, directions[0].setting) ? &directions[0]
							     : &directions[1];
}

static char *lane(const struct resource *resource)
{
	return xstrdup(resource->address);
}

static enum condition condition(const struct resource *resource UNUSED,
				const char **ret_why)
{
	*ret_why = "security groups have no status";
	return CONDITION_READY;
}

/* ---- calls -------------------------------------------------------------- */

/* The same rule among others, or NULL. */
static json_t *same_in(const json_t *rules, const json_t *rule)
{
	size_t i;
	json_t *other;

	json_array_foreach(rules, i, other) {
		if (sg_rule_same(other, rule))
			return other;
	}
	return NULL;
}

static struct call *add_call(const struct resource *resource, const char *name,
			     size_t change, struct call_list *calls)
{
	struct call *call = call_list_add(calls, name);

	call_add_change(call, change);
	(void)json_object_set_new(call->parameters, GROUP,
				  json_from_text(resource->id));
	return call;
}

static void add_rules(const struct resource *resource,
		      const struct call_change *change, size_t index,
		      struct call_list *calls)
{
	size_t i;
	json_t *rule;

	json_array_foreach(change->after, i, rule) {
		if (same_in(change->before, rule))
			continue;
		sg_rule_to_call(
			rule, false,
			add_call(resource,
				 direction_of(change->setting)->authorize,
				 index, calls)
				->parameters);
	}
}

static void describe(const struct resource *resource,
		     const struct call_change *change, size_t index,
		     struct call_list *calls)
{
	size_t i;
	json_t *rule;

	json_array_foreach(change->after, i, rule) {
		const json_t *before = same_in(change->before, rule);
		const char *id = json_text(before, "rule_id");
		const char *text = json_text(rule, "description");
		struct call *call;

		if (!id || sg_rule_equal(before, rule))
			continue;
		call = add_call(resource,
				direction_of(change->setting)->describe, index,
				calls);
		(void)json_object_set_new(call->parameters,
					  DESCRIBED "SecurityGroupRuleId",
					  json_from_text(id));
		(void)json_object_set_new(call->parameters,
					  DESCRIBED "Description",
					  json_from_text(text ? text : ""));
	}
}

/* By the id, which names one rule for ever, where one is known. */
static void take_away(const struct resource *resource,
		      const struct call_change *change, size_t index,
		      size_t authorized, struct call_list *calls)
{
	size_t i;
	json_t *rule;

	json_array_foreach(change->before, i, rule) {
		const char *id = json_text(rule, "rule_id");
		struct call *call;

		if (same_in(change->after, rule))
			continue;
		call = add_call(resource, direction_of(change->setting)->revoke,
				index, calls);
		if (id)
			(void)json_object_set_new(call->parameters, RULE_ID,
						  json_from_text(id));
		else
			sg_rule_to_call(rule, true, call->parameters);
		for (size_t need = 0; need < authorized; need++)
			call_add_need(call, need);
	}
}

static void calls(const struct resource *resource,
		  const struct call_change *changes, size_t changes_len,
		  struct call_list *ret_calls, json_t *ret_refused UNUSED)
{
	size_t authorized;

	for (size_t i = 0; i < changes_len; i++)
		add_rules(resource, &changes[i], i, ret_calls);
	authorized = ret_calls->len;
	for (size_t i = 0; i < changes_len; i++)
		describe(resource, &changes[i], i, ret_calls);
	for (size_t i = 0; i < changes_len; i++)
		take_away(resource, &changes[i], i, authorized, ret_calls);
}

/* ---- what a call makes of the rules ------------------------------------- */

static json_t *without(const json_t *rules, const json_t *gone)
{
	json_t *rest = json_array();
	size_t i;
	json_t *rule;

	json_array_foreach(rules, i, rule) {
		if (!gone || !sg_rule_same(rule, gone))
			(void)json_array_append(rest, rule);
	}
	return rest;
}

static json_t *by_id(const json_t *rules, const char *id)
{
	size_t i;
	json_t *rule;

	json_array_foreach(rules, i, rule) {
		const char *of = json_text(rule, "rule_id");

		if (id && of && !strcmp(of, id))
			return rule;
	}
	return NULL;
}

static json_t *after_authorize(const json_t *parameters, const json_t *rules)
{
	CLEANUP(json_release)
	json_t *rule = sg_rule_from_call(parameters, false);
	CLEANUP(json_release) json_t *all = NULL;

	if (!rule)
		return NULL;
	all = without(rules, rule);
	(void)json_array_append(all, rule);
	return set_sorted(all);
}

static json_t *after_revoke(const json_t *parameters, const json_t *rules)
{
	const char *id = json_text(parameters, RULE_ID);
	CLEANUP(json_release) json_t *rule = NULL;

	if (id && json_object_size(parameters) == 2) {
		json_t *gone = by_id(rules, id);

		return without(rules, gone);
	}
	rule = sg_rule_from_call(parameters, true);
	return rule ? without(rules, rule) : NULL;
}

static json_t *after_describe(const json_t *parameters, const json_t *rules)
{
	const char *id = json_text(parameters, DESCRIBED "SecurityGroupRuleId");
	const char *text = json_text(parameters, DESCRIBED "Description");
	json_t *copy, *rule;

	if (!id || !text || json_object_size(parameters) != 3)
		return NULL;
	copy = json_deep_copy(rules);
	rule = by_id(copy, id);
	if (rule && *text)
		(void)json_object_set_new(rule, "description",
					  json_from_text(text));
	else if (rule)
		(void)json_object_del(rule, "description");
	return copy;
}

static json_t *after_call(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value)
{
	if (!json_string_length(json_object_get(parameters, GROUP)))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		const struct direction *of = &directions[i];
		const bool here = !strcmp(of->setting, setting->name);
		CLEANUP(json_release) json_t *after = NULL;

		if (!strcmp(call, of->authorize))
			after = after_authorize(parameters, value);
		else if (!strcmp(call, of->revoke))
			after = after_revoke(parameters, value);
		else if (!strcmp(call, of->describe))
			after = after_describe(parameters, value);
		else
			continue;
		if (!after || here)
			return TAKE(after);
		return json_incref((json_t *)(uintptr_t)value);
	}
	return NULL;
}

/* ---- what somebody else sent ------------------------------------------- */

static void foreign_ids(const char *call, const json_t *parameters,
			void (*fn)(void *ctx, const char *call,
				   const json_t *parameters),
			void *ctx)
{
	for (size_t n = 1;; n++) {
		CLEANUP(free_ptr)
		char *name = xasprintf("SecurityGroupRuleIds.%zu", n);
		CLEANUP(free_ptr)
		char *inside = xasprintf("%s.SecurityGroupRuleId", name);
		CLEANUP(json_release) json_t *one = NULL;
		json_t *id = json_object_get(parameters, name);

		if (!id)
			id = json_object_get(parameters, inside);
		if (!id)
			return;
		one = json_pack("{sO sO}", GROUP,
				json_object_get(parameters, GROUP), RULE_ID,
				id);
		fn(ctx, call, one);
	}
}

static const struct direction *direction_of_call(const char *call,
						 bool *ret_revoke)
{
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		*ret_revoke = !strcmp(call, directions[i].revoke);
		if (*ret_revoke || !strcmp(call, directions[i].authorize))
			return &directions[i];
	}
	return NULL;
}

/* Several rules at once, where we send a call for each. */
static void foreign(const char *call, const json_t *parameters,
		    void (*fn)(void *ctx, const char *call,
			       const json_t *parameters),
		    void *ctx)
{
	CLEANUP(json_release) json_t *rules = NULL;
	bool revoke;
	size_t i;
	json_t *rule;

	if (!direction_of_call(call, &revoke))
		return;
	rules = sg_rules_of_call(parameters);
	json_array_foreach(rules, i, rule) {
		CLEANUP(json_release)
		json_t *one = json_pack("{sO?}", GROUP,
					json_object_get(parameters, GROUP));

		sg_rule_to_call(rule, revoke, one);
		fn(ctx, call, one);
	}
	if (revoke)
		foreign_ids(call, parameters, fn, ctx);
}

/* ---- public_ingress ----------------------------------------------------- */

static const json_t *foreseen(const struct resource *cluster, const char *name)
{
	return resource_foreseen(cluster, catalogue_lookup(KIND_CLUSTER, name));
}

static void add_port(json_t *ports, const json_t *port)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (!json_is_integer(port))
		return;
	text = xasprintf("%lld", (long long)json_integer_value(port));
	json_array_add_unique(ports, text);
}

/*
 * The ports of the clusters that the group is attached to, or will be, as they
 * are and as they will be.
 */
static json_t *ports_of(const struct resource *group, const struct live *live)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < live->len; i++) {
		const struct resource *cluster = live->items[i];
		const json_t *groups, *texts;

		if (cluster->kind != KIND_CLUSTER ||
		    cluster->place != group->place)
			continue;
		groups = json_object_get(cluster->facts, CLUSTER_GROUPS_FACT);
		texts = json_object_get(cluster->facts, CLUSTER_PORT_FACT);
		if (!json_array_has(groups, group->id) &&
		    !json_array_has(foreseen(cluster, CLUSTER_GROUPS),
				    group->id))
			continue;
		if (json_array_size(texts))
			json_array_add_unique(
				ports,
				json_string_value(json_array_get(texts, 0)));
		add_port(ports, foreseen(cluster, CLUSTER_PORT));
	}
	return ports;
}

static bool opens(const json_t *rule, const json_t *ports)
{
	size_t i;
	json_t *port;

	if (!sg_rule_is_world(rule))
		return false;
	json_array_foreach(ports, i, port) {
		if (sg_rule_has_port(rule,
				     strtol(json_string_value(port), NULL, 10)))
			return true;
	}
	return false;
}

/* All but the rules that let everybody reach a cluster's port. */
static json_t *expand(const struct resource *resource, const struct live *live,
		      const struct setting *setting UNUSED,
		      const json_t *wanted UNUSED, const json_t *value,
		      const char **ret_why)
{
	CLEANUP(json_release) json_t *ports = ports_of(resource, live);
	json_t *left = json_array();
	size_t i;
	json_t *rule;

	if (!json_array_size(ports))
		*ret_why = "no port is known: no Aurora cluster of the target "
			   "uses the group, so that nothing is taken away; "
			   "'ingress' says what may come in";
	json_array_foreach(value, i, rule) {
		if (!opens(rule, ports))
			(void)json_array_append(left, rule);
	}
	return left;
}

/* Rules may call a group by its name too, which ARNs do not have. */
static bool is_group_id(const char *id)
{
	return !strncmp(id, "sg-", 3);
}

const struct kind_ops security_group_kind = {
	.kind = KIND_SECURITY_GROUP,
	.name = "security_group",
	.grants = security_group_grants,
	.id_in_arns = is_group_id,
	.lane_kind = KIND_SECURITY_GROUP,
	.by_reference = true,
	.read = security_group_read,
	.lane = lane,
	.condition = condition,
	.calls = calls,
	.after_call = after_call,
	.foreign = foreign,
	.missed = "*/unknownIpPermissionSet/item/ipProtocol",
	.expand = expand,
};
