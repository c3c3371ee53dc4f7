/* Controls of who can reach a cluster: security groups, subnets, gateways. */
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/controls_rows.h"
#include "plans/kinds.h"
#include "plans/security_group.h"
#include "plans/sg_rule.h"

/* ---- a cluster's groups ----------------------------------------------- */

static bool is_default(const struct resource *group)
{
	const char *name = json_text(group->facts, SECURITY_GROUP_NAME);

	return name && !strcmp(name, "default");
}

static void judge_group(struct judging *judging, const char *id,
			const char *status)
{
	bool unread;
	const struct resource *group =
		judge_find(judging, KIND_SECURITY_GROUP, id, &unread);

	if (status && strcmp(status, "active") != 0)
		failure_member(judge_fail(judging, json_string(id),
					  "active groups",
					  "the group '%s' is %s, not active",
					  id, status),
			       id);
	if (!group && !unread)
		failure_member(judge_fail(judging, json_string(id),
					  "groups that exist",
					  "there is no group '%s'", id),
			       id);
	if (!group || !is_default(group))
		return;
	(void)judge_fact(judging, group, SECURITY_GROUP_NAME);
	failure_member(
		judge_fail(judging, json_string(id), "groups of its own",
			   "'%s' is the VPC's default group, which whatever is "
			   "made without thought gets",
			   id),
		id);
}

static void judge_groups(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *ids =
		judge_value(judging, cluster, "vpc_security_group_ids");
	const json_t *live =
		json_object_get(cluster->facts, CLUSTER_GROUPS_FACT);
	const json_t *statuses =
		json_object_get(cluster->facts, CLUSTER_GROUP_STATUS_FACT);
	const bool sided = json_array_size(live) == json_array_size(statuses);
	size_t i;
	json_t *id;

	if (ids && !json_array_size(ids))
		(void)judge_fail(judging, json_array(), "a group of its own",
				 "the cluster has no security group");
	json_array_foreach(live, i, id)
		judge_group(
			judging, json_string_value(id),
			sided ? json_string_value(json_array_get(statuses, i))
			      : NULL);
}

/* ---- a group's rules -------------------------------------------------- */

/* The first cluster with the group that listens where the rule lets in. */
static const struct resource *reached_by(const struct judging *judging,
					 const json_t *rule,
					 json_int_t *ret_port)
{
	const struct resource *user;

	for (size_t n = 0;
	     (user = usage_user(judging->usage, judging->resource, n)); n++) {
		const json_t *port = resource_value(
			user,
			user->kind == KIND_CLUSTER
				? catalogue_lookup(KIND_CLUSTER, CLUSTER_PORT)
				: NULL);

		if (json_is_integer(port) &&
		    sg_rule_has_port(rule, json_integer_value(port))) {
			*ret_port = json_integer_value(port);
			return user;
		}
	}
	return NULL;
}

static void judge_public(struct judging *judging)
{
	const json_t *rules =
		judge_value(judging, judging->resource, "ingress");
	size_t i;
	json_t *rule;

	json_array_foreach(rules, i, rule) {
		CLEANUP(free_ptr) char *text = sg_rule_text(rule);
		json_int_t port = 0;
		const struct resource *cluster =
			sg_rule_is_world(rule)
				? reached_by(judging, rule, &port)
				: NULL;
		struct failure *failure;

		if (!cluster)
			continue;
		failure = judge_fail(
			judging, json_incref(rule),
			"no rule from 0.0.0.0/0 or ::/0",
			"the rule '%s' lets everybody in to port %d, where "
			"the cluster '%s' listens",
			text, (int)port, cluster->id);
		failure_member(failure, text);
		failure_fix(failure, judging->resource, "public_ingress",
			    json_false());
	}
}

/* What remote administration listens on: ssh, and Windows' desktop. */
static const struct {
	json_int_t port;
	const char *name;
} admin_ports[] = { { 22, "ssh" }, { 3389, "remote desktop" } };

static void judge_admin_port(struct judging *judging, const json_t *rule,
			     size_t which)
{
	CLEANUP(free_ptr) char *text = sg_rule_text(rule);
	CLEANUP(free_ptr)
	char *member = xasprintf("%s, %s", text, admin_ports[which].name);

	failure_member(
		judge_fail(judging, json_incref((json_t *)(uintptr_t)rule),
			   "no rule from 0.0.0.0/0 or ::/0 to ports 22 and "
			   "3389",
			   "the rule '%s' lets everybody in to port %d (%s)",
			   text, (int)admin_ports[which].port,
			   admin_ports[which].name),
		member);
}

static void judge_admin_ports(struct judging *judging)
{
	const json_t *rules =
		judge_value(judging, judging->resource, "ingress");
	size_t i;
	json_t *rule;

	json_array_foreach(rules, i, rule) {
		for (size_t p = 0; p < ARRAY_SIZE(admin_ports); p++) {
			if (sg_rule_is_world(rule) &&
			    sg_rule_has_port(rule, admin_ports[p].port))
				judge_admin_port(judging, rule, p);
		}
	}
}

static void judge_default_group(struct judging *judging)
{
	static const char *const directions[] = { "ingress", "egress" };
	const struct resource *group = judging->resource;

	if (!is_default(group)) {
		judge_not_applicable(judging);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		const json_t *rules =
			judge_value(judging, group, directions[i]);

		if (json_array_size(rules))
			failure_member(
				judge_fail(
					judging,
					json_incref((json_t *)(uintptr_t)rules),
					"no rules",
					"the VPC's default group has %zu "
					"%s rules",
					json_array_size(rules), directions[i]),
				directions[i]);
	}
}

/* ---- gateways and subnets --------------------------------------------- */

static void judge_subnet(struct judging *judging, const char *id)
{
	const json_t *table =
		judge_part_member(judging, "route_tables", id, NULL);
	const char *gateway = json_text(table, "gateway");

	/* also where no table is known to be the subnet's */
	if (!json_is_boolean(json_object_get(table, "public")))
		judge_unread(judging);
	else if (gateway)
		failure_member(
			judge_fail(
				judging,
				json_incref((json_t *)(uintptr_t)table),
				"subnets without a route to an internet "
				"gateway",
				"its subnet '%s' has a route to the internet "
				"gateway '%s'",
				id, gateway),
			id);
}

static void judge_subnets(struct judging *judging)
{
	const char *name = judge_fact_text(judging, judging->resource,
					   CLUSTER_SUBNET_GROUP_FACT);
	const json_t *group =
		name ? judge_part_member(judging, "subnet_groups", name, NULL)
		     : NULL;
	size_t i;
	json_t *subnet;

	if (!group)
		judge_unread(judging);
	json_array_foreach(json_object_get(group, "subnets"), i, subnet)
		judge_subnet(judging, json_string_value(subnet));
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "cluster-no-internet-gateway",
		.title = "Clusters have no internet access gateway",
		.why = "A cluster of the express configuration can be reached "
		       "from the internet without any public instance.",
		.severity = SEVERITY_CRITICAL,
		.kind = KIND_CLUSTER,
		.engine = CONTROL_POSTGRESQL,
		.references = { "CIS-Aurora-2.0.0 2.9" },
		.settings = { { KIND_CLUSTER,
				"internet_access_gateway_enabled" } },
		.also = { { KIND_CLUSTER, "vpc_networking_enabled" } },
		.wanted = "false",
		.judge = judge_wanted,
		.fix = FIX_ONE_WAY,
		.fix_text = "move the data to a cluster inside a VPC",
		.procedure = { "make a cluster that is not of the express "
			       "configuration, in private subnets",
			       "move the data: a snapshot, or a dump and "
			       "restore",
			       "move the clients, then delete the old "
			       "cluster" },
	},
	{
		.id = "cluster-private-subnets",
		.title = "Subnets of clusters have no route to the internet",
		.why = "One public address or one open rule more, and the "
		       "database is on the internet.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "FSBP RDS.46", "CIS-Aurora-2.0.0 2.9",
				"Config rds-instance-subnet-igw-check" },
		.parts = { "subnet_groups", "route_tables" },
		.judge = judge_subnets,
		.fix = FIX_DECISION,
		.fix_text = "take the route to the gateway out of the subnet's "
			    "route table, or move the cluster to private "
			    "subnets",
	},
	{
		.id = "cluster-security-groups",
		.title = "Clusters have security groups of their own",
		.why = "The VPC's default group is what everything gets that "
		       "was made without thought, and it lets all of that in.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.1" },
		.settings = { { KIND_CLUSTER, "vpc_security_group_ids" } },
		.judge = judge_groups,
		.fix = FIX_DECISION,
		.fix_text = "make a group that lets in who needs it, and set "
			    "vpc_security_group_ids to that",
	},
	{
		.id = "security-group-default-closed",
		.title = "Default groups of VPCs have no rules",
		.why = "Whatever is made without thought can reach, and be "
		       "reached by, all that is in it.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_SECURITY_GROUP,
		.references = { CONTROL_CIS_AWS("5.4", "5.5", "6.5"),
				"FSBP EC2.2",
				"Config vpc-default-security-group-closed",
				"Prowler "
				"ec2_securitygroup_default_restrict_traffic" },
		.settings = { { KIND_SECURITY_GROUP, "egress" } },
		.judge = judge_default_group,
		.fix = FIX_DECISION,
		.fix_text = "see who relies on it, give them groups of their "
			    "own, then take its rules away",
	},
	{
		.id = "security-group-no-admin-ports",
		.title = "No rule lets everybody in to administration ports",
		.why = "Nobody administers a database's host: the rule is for "
		       "something else that has the group, and anybody may "
		       "try passwords there.",
		.severity = SEVERITY_HIGH,
		.kind = KIND_SECURITY_GROUP,
		.references = { "CIS-AWS-1.5.0 5.2", "CIS-AWS-1.5.0 5.3",
				"CIS-AWS-2.0.0 5.2", "CIS-AWS-2.0.0 5.3",
				"CIS-AWS-3.0.0 5.2", "CIS-AWS-3.0.0 5.3",
				"CIS-AWS-4.0.0 5.3", "CIS-AWS-4.0.0 5.4",
				"CIS-AWS-5.0.0 5.3", "CIS-AWS-5.0.0 5.4",
				"CIS-AWS-6.0.0 6.3", "CIS-AWS-6.0.0 6.4",
				"CIS-AWS-7.0.0 6.3", "CIS-AWS-7.0.0 6.4" },
		.settings = { { KIND_SECURITY_GROUP, "ingress" } },
		.judge = judge_admin_ports,
		.fix = FIX_DECISION,
		.fix_text = "see what else has the group, give that one of its "
			    "own, and take the rule out of ingress",
	},
	{
		.id = "security-group-not-public",
		.title = "No rule lets everybody in to a database",
		.why = "Anybody on the internet may try passwords and "
		       "unpatched holes, wherever there is a route.",
		.severity = SEVERITY_CRITICAL,
		.kind = KIND_SECURITY_GROUP,
		.references = { "CIS-Aurora-2.0.0 2.1", "FSBP EC2.18",
				"FSBP EC2.19",
				"Config vpc-sg-open-only-to-authorized-ports",
				("Prowler ec2_securitygroup_allow_ingress_from_"
				 "internet_to_high_risk_tcp_ports") },
		.settings = { { KIND_SECURITY_GROUP, "public_ingress" },
			      { KIND_SECURITY_GROUP, "ingress" } },
		.judge = judge_public,
		.fix = FIX_PLAN,
		.fix_text = "take the rules from everywhere to the database's "
			    "port away",
	},
};

const struct control_table network_controls = { rows, ARRAY_SIZE(rows) };
