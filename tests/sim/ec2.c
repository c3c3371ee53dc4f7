/* ec2: the dispatch, and what is described. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/ec2.h"
#include "tests/sim/request.h"
#include "tests/sim/throttle.h"
#include "tests/sim/xml.h"

#define NAMESPACE "http://ec2.amazonaws.com/doc/2016-11-15/"

void ec2_begin(struct ec2_call *call)
{
	strbuf_clear(&call->answer->body);
	strbuf_addf(&call->answer->body,
		    "<%sResponse xmlns=\"" NAMESPACE "\">\n"
		    "<requestId>%s</requestId>\n",
		    call->request->action, call->request->request_id);
}

void ec2_end(struct ec2_call *call)
{
	strbuf_addf(&call->answer->body, "</%sResponse>\n",
		    call->request->action);
}

/* ---- elements ----------------------------------------------------------- */

void ec2_add_text(struct strbuf *out, const char *element, const json_t *object,
		  const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		xml_text(out, element, json_string_value(value));
	else if (json_is_integer(value))
		strbuf_addf(out, "<%s>%lld</%s>\n", element,
			    (long long)json_integer_value(value), element);
}

void ec2_add_tags(struct strbuf *out, const json_t *tags)
{
	size_t index;
	json_t *tag;

	strbuf_adds(out, "<tagSet>\n");
	json_array_foreach(tags, index, tag) {
		strbuf_adds(out, "<item>\n");
		ec2_add_text(out, "key", tag, "Key");
		ec2_add_text(out, "value", tag, "Value");
		strbuf_adds(out, "</item>\n");
	}
	strbuf_adds(out, "</tagSet>\n");
}

void ec2_add_rule(struct strbuf *out, const struct place *place,
		  const char *group, const json_t *rule)
{
	static const char *const pairs[][2] = {
		{ "ipProtocol", "IpProtocol" },
		{ "fromPort", "FromPort" },
		{ "toPort", "ToPort" },
		{ "cidrIpv4", "CidrIpv4" },
		{ "cidrIpv6", "CidrIpv6" },
		{ "prefixListId", "PrefixListId" },
	};
	const json_t *info = json_object_get(rule, "ReferencedGroupInfo");
	const char *id = json_text(rule, "SecurityGroupRuleId");
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:ec2:%s:%s:security-group-rule/%s",
			      place->region, place->account->id, id);

	strbuf_adds(out, "<item>\n");
	xml_text(out, "securityGroupRuleId", id);
	xml_text(out, "groupId", group);
	xml_text(out, "groupOwnerId", place->account->id);
	xml_text(out, "isEgress",
		 json_is_true(json_object_get(rule, "IsEgress")) ? "true"
								 : "false");
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		ec2_add_text(out, pairs[i][0], rule, pairs[i][1]);
	if (info) {
		strbuf_adds(out, "<referencedGroupInfo>\n");
		ec2_add_text(out, "groupId", info, "GroupId");
		ec2_add_text(out, "userId", info, "UserId");
		strbuf_adds(out, "</referencedGroupInfo>\n");
	}
	ec2_add_text(out, "description", rule, "Description");
	ec2_add_tags(out, json_object_get(rule, "Tags"));
	xml_text(out, "securityGroupRuleArn", arn);
	strbuf_adds(out, "</item>\n");
}

/* The list of the permission's peers of one sort; most are empty. */
static void add_peers(struct strbuf *out, const char *list, const char *element,
		      const char *key, const json_t *rule)
{
	strbuf_addf(out, "<%s>", list);
	if (json_object_get(rule, key)) {
		strbuf_adds(out, "<item>\n");
		ec2_add_text(out, element, rule, key);
		ec2_add_text(out, "description", rule, "Description");
		strbuf_adds(out, "</item>\n");
	}
	strbuf_addf(out, "</%s>\n", list);
}

void ec2_add_permission(struct strbuf *out, const json_t *rule,
			const char *account)
{
	const json_t *info = json_object_get(rule, "ReferencedGroupInfo");
	const bool ports = strcmp(json_text(rule, "IpProtocol"), "-1") != 0;

	strbuf_adds(out, "<item>\n");
	ec2_add_text(out, "ipProtocol", rule, "IpProtocol");
	if (ports) {
		ec2_add_text(out, "fromPort", rule, "FromPort");
		ec2_add_text(out, "toPort", rule, "ToPort");
	}
	strbuf_adds(out, "<groups>");
	if (info) {
		strbuf_adds(out, "<item>\n");
		ec2_add_text(out, "groupId", info, "GroupId");
		xml_text(out, "userId",
			 json_text(info, "UserId") ? json_text(info, "UserId")
						   : account);
		ec2_add_text(out, "description", rule, "Description");
		strbuf_adds(out, "</item>\n");
	}
	strbuf_adds(out, "</groups>\n");
	add_peers(out, "ipRanges", "cidrIp", "CidrIpv4", rule);
	add_peers(out, "ipv6Ranges", "cidrIpv6", "CidrIpv6", rule);
	add_peers(out, "prefixListIds", "prefixListId", "PrefixListId", rule);
	strbuf_adds(out, "</item>\n");
}

/* ---- security groups ---------------------------------------------------- */

static void add_permissions(struct ec2_call *call, const json_t *group,
			    bool egress)
{
	const char *list = egress ? "ipPermissionsEgress" : "ipPermissions";
	struct strbuf *out = &call->answer->body;
	size_t index;
	json_t *rule;

	strbuf_addf(out, "<%s>\n", list);
	json_array_foreach(ec2_visible_rules(call->place, group), index, rule)
		if (json_is_true(json_object_get(rule, "IsEgress")) == egress)
			ec2_add_permission(out, rule, call->place->account->id);
	strbuf_addf(out, "</%s>\n", list);
}

static void add_group(struct ec2_call *call, const struct ec2_listed *item)
{
	struct strbuf *out = &call->answer->body;
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:ec2:%s:%s:security-group/%s",
			      call->place->region, call->place->account->id,
			      item->id);

	strbuf_adds(out, "<item>\n");
	ec2_add_text(out, "ownerId", item->group, "OwnerId");
	ec2_add_text(out, "groupId", item->group, "GroupId");
	ec2_add_text(out, "groupName", item->group, "GroupName");
	ec2_add_text(out, "groupDescription", item->group, "Description");
	ec2_add_text(out, "vpcId", item->group, "VpcId");
	xml_text(out, "securityGroupArn", arn);
	add_permissions(call, item->group, false);
	add_permissions(call, item->group, true);
	ec2_add_tags(out, json_object_get(item->group, "Tags"));
	strbuf_adds(out, "</item>\n");
}

static void describe_groups(struct ec2_call *call)
{
	static const struct ec2_sort sort = {
		.ids = "GroupId",
		.prefix = "sg-",
		.stem = "InvalidGroup",
		.noun = "security group",
		.set = "securityGroupInfo",
		.filters = "group-id group-name owner-id vpc-id",
		.add = add_group,
	};
	CLEANUP(ec2_listing_release)
	struct ec2_listing listing = { .items = NULL };
	const char *id;
	json_t *group;

	json_object_foreach(call->place ? call->place->groups : NULL, id, group)
		ec2_list_add(&listing, id,
			     json_pack("{ss ss ss ss}", "group-id", id,
				       "group-name",
				       json_text(group, "GroupName"),
				       "owner-id", json_text(group, "OwnerId"),
				       "vpc-id", json_text(group, "VpcId")),
			     group, NULL);
	ec2_list(call, &listing, &sort);
}

static void add_rule(struct ec2_call *call, const struct ec2_listed *item)
{
	ec2_add_rule(&call->answer->body, call->place,
		     json_text(item->group, "GroupId"), item->rule);
}

static void describe_rules(struct ec2_call *call)
{
	static const struct ec2_sort sort = {
		.ids = "SecurityGroupRuleId",
		.prefix = "sgr-",
		.stem = "InvalidSecurityGroupRuleId",
		.noun = "security group rule ID",
		.set = "securityGroupRuleSet",
		.filters = "group-id security-group-rule-id",
		.add = add_rule,
	};
	CLEANUP(ec2_listing_release)
	struct ec2_listing listing = { .items = NULL };
	const char *id;
	json_t *group, *rule;
	size_t i;

	json_object_foreach(call->place ? call->place->groups : NULL, id,
			    group) {
		json_array_foreach(ec2_visible_rules(call->place, group), i,
				   rule) {
			const char *rule_id =
				json_text(rule, "SecurityGroupRuleId");

			ec2_list_add(&listing, rule_id,
				     json_pack("{ss ss}", "group-id", id,
					       "security-group-rule-id",
					       rule_id),
				     group, rule);
		}
	}
	ec2_list(call, &listing, &sort);
}

/* ---- network interfaces ------------------------------------------------- */

static json_t *interface_of(const struct resource *instance)
{
	char hex[SHA256_HEX_MAX];
	const struct resource *cluster = resource_cluster(instance);
	json_t *memberships =
		json_object_get(cluster ? cluster->state : instance->state,
				"VpcSecurityGroups");
	json_t *groups = json_array(), *membership;
	CLEANUP(free_ptr) char *id = NULL;
	size_t i;

	sha256_hex(instance->id, strlen(instance->id), hex);
	id = xasprintf("eni-%.17s", hex);
	json_array_foreach(memberships, i, membership)
		json_array_append(
			groups,
			json_object_get(membership, "VpcSecurityGroupId"));
	return json_pack("{ss ss ss ss so}", "NetworkInterfaceId", id,
			 "Description", "RDSNetworkInterface", "InterfaceType",
			 "interface", "RequesterId", "amazon-rds", "Groups",
			 groups);
}

static void add_interface(struct ec2_call *call, const struct ec2_listed *item)
{
	struct strbuf *out = &call->answer->body;
	const json_t *eni = item->group;
	size_t i;
	json_t *id;

	strbuf_adds(out, "<item>\n");
	ec2_add_text(out, "networkInterfaceId", eni, "NetworkInterfaceId");
	ec2_add_text(out, "description", eni, "Description");
	ec2_add_text(out, "interfaceType", eni, "InterfaceType");
	ec2_add_text(out, "requesterId", eni, "RequesterId");
	xml_text(out, "requesterManaged",
		 json_text(eni, "RequesterId") ? "true" : "false");
	xml_text(out, "ownerId", call->place->account->id);
	xml_text(out, "status", "in-use");
	strbuf_adds(out, "<groupSet>\n");
	json_array_foreach(json_object_get(eni, "Groups"), i, id) {
		const json_t *group =
			ec2_group(call->place, json_string_value(id));

		strbuf_adds(out, "<item>\n");
		xml_text(out, "groupId", json_string_value(id));
		ec2_add_text(out, "groupName", group, "GroupName");
		strbuf_adds(out, "</item>\n");
	}
	strbuf_adds(out, "</groupSet>\n<tagSet/>\n</item>\n");
}

static void list_interface(struct ec2_listing *listing, json_t *eni)
{
	const char *id = json_text(eni, "NetworkInterfaceId");

	ec2_list_add(listing, id,
		     json_pack("{ss sO}", "network-interface-id", id,
			       "group-id", json_object_get(eni, "Groups")),
		     eni, NULL);
}

static void describe_interfaces(struct ec2_call *call)
{
	static const struct ec2_sort sort = {
		.ids = "NetworkInterfaceId",
		.prefix = "eni-",
		.stem = "InvalidNetworkInterfaceID",
		.noun = "networkInterface ID",
		.set = "networkInterfaceSet",
		.filters = "group-id network-interface-id",
		.add = add_interface,
	};
	CLEANUP(ec2_listing_release)
	struct ec2_listing listing = { .items = NULL };
	CLEANUP(json_release) json_t *of_rds = json_array();
	size_t i;
	json_t *eni;

	for (size_t n = 0; call->place && n < call->place->instances.len; n++)
		json_array_append_new(
			of_rds, interface_of(call->place->instances.items[n]));
	json_array_foreach(of_rds, i, eni)
		list_interface(&listing, eni);
	json_array_foreach(call->place ? call->place->interfaces : NULL, i, eni)
		list_interface(&listing, eni);
	ec2_list(call, &listing, &sort);
}

/* ---- the dispatch ------------------------------------------------------- */

static void authorize_ingress(struct ec2_call *call)
{
	ec2_authorize(call, false);
}

static void authorize_egress(struct ec2_call *call)
{
	ec2_authorize(call, true);
}

static void revoke_ingress(struct ec2_call *call)
{
	ec2_revoke(call, false);
}

static void revoke_egress(struct ec2_call *call)
{
	ec2_revoke(call, true);
}

static void redescribe_ingress(struct ec2_call *call)
{
	ec2_describe_again(call, false);
}

static void redescribe_egress(struct ec2_call *call)
{
	ec2_describe_again(call, true);
}

static const struct {
	const char *name;
	void (*serve)(struct ec2_call *call);
} actions[] = {
	{ "AuthorizeSecurityGroupEgress", authorize_egress },
	{ "AuthorizeSecurityGroupIngress", authorize_ingress },
	{ "DescribeNetworkInterfaces", describe_interfaces },
	{ "DescribeRouteTables", ec2_describe_route_tables },
	{ "DescribeSecurityGroupRules", describe_rules },
	{ "DescribeSecurityGroups", describe_groups },
	{ "DescribeSubnets", ec2_describe_subnets },
	{ "RevokeSecurityGroupEgress", revoke_egress },
	{ "RevokeSecurityGroupIngress", revoke_ingress },
	{ "UpdateSecurityGroupRuleDescriptionsEgress", redescribe_egress },
	{ "UpdateSecurityGroupRuleDescriptionsIngress", redescribe_ingress },
};

/*
 * "Request throttling for the Amazon EC2 API": each action has a bucket of its
 * own, of reads a larger one than of writes.
 */
static bool has_token(struct ec2_call *call, size_t action, bool reads)
{
	_Static_assert(ARRAY_SIZE(actions) <= EC2_ACTIONS_MAX,
		       "a bucket for each action");
	if (!call->sim->throttle || !call->place ||
	    throttle_take(&call->place->ec2[action], reads ? 100 : 50,
			  reads ? 20 : 5))
		return true;
	answer_error(call->answer, call->request, 503, "RequestLimitExceeded",
		     "Request limit exceeded.");
	return false;
}

static void serve_action(struct ec2_call *call, size_t action)
{
	const bool reads = !strncmp(actions[action].name, "Describe", 8);

	if (!has_token(call, action, reads) || !ec2_read_dry(call))
		return;
	if (!reads || !ec2_is_dry(call))
		actions[action].serve(call);
}

void ec2_serve(struct sim *sim, struct request *request,
	       const struct effect *effect, struct answer *answer)
{
	CLEANUP(json_release)
	json_t *form = ec2_form(request->parameters);
	struct ec2_call call = { .sim = sim,
				 .request = request,
				 .answer = answer,
				 .effect = effect,
				 .place = account_place(request->account,
							request->region),
				 .form = form };

	if (!form) {
		answer_error(answer, request, 400, "InvalidParameter",
			     "Two parameters contradict each other");
		return;
	}
	if (call.place)
		ec2_make_groups(call.place); /* RDS may name new ones */
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, request->action) &&
		    !strcmp(request->version, "2016-11-15")) {
			serve_action(&call, i);
			return;
		}
	answer_error(answer, request, 400, "InvalidAction",
		     "The action %s is not valid for this web service.",
		     request->action);
}
