/* Authorize, Revoke and the descriptions of rules. */
#include <stdlib.h>
#include <string.h>

#include "core/cidr.h"
#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/ec2.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define RULES_PER_GROUP 60
#define DESCRIPTION_MAX 255
#define DESCRIPTION_LETTERS                                    \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789. _-:/()#,@[]+=&;{}!$*"

#define REFUSE(call, code, ...)                                   \
	(answer_error((call)->answer, (call)->request, 400, code, \
		      __VA_ARGS__),                               \
	 false)

/* ---- a permission of the request, as rules ------------------------------ */

static const char *protocol_name(const char *text)
{
	static const char *const names[][2] = { { "6", "tcp" },
						{ "17", "udp" },
						{ "1", "icmp" },
						{ "58", "icmpv6" } };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(text, names[i][0]) || !strcmp(text, names[i][1]))
			return names[i][1];
	return text;
}

static bool number_of(const json_t *permission, const char *key, long *ret)
{
	const char *text = json_text(permission, key);
	char *end = NULL;

	if (!text)
		return false;
	*ret = strtol(text, &end, 10);
	return *text && !*end && *ret >= -1 && *ret <= 65535;
}

/* The protocol and ports, as they are read back. */
static bool set_protocol(struct ec2_call *call, const json_t *permission,
			 json_t *rule)
{
	const char *text = json_text(permission, "IpProtocol");
	const char *name = protocol_name(text ? text : "");
	bool has_ports = !strcmp(name, "tcp") || !strcmp(name, "udp");
	bool has_type = !strcmp(name, "icmp") || !strcmp(name, "icmpv6");
	long from = -1, to = -1, number;
	bool given = number_of(permission, "FromPort", &from) &&
		     number_of(permission, "ToPort", &to);

	if (!has_ports && !has_type && strcmp(name, "-1") != 0) {
		char *end = NULL;
		number = strtol(name, &end, 10);
		if (!*name || *end || number < 0 || number > 255)
			return REFUSE(call, "InvalidPermission.Malformed",
				      "Unsupported IP protocol \"%s\" - "
				      "supported: [tcp, udp, icmp, icmpv6, -1]",
				      name);
	}
	if (has_ports && (!given || from < 0 || from > to))
		return REFUSE(call, "InvalidParameterValue",
			      "Invalid value '%ld-%ld' for portRange. Must "
			      "specify both from and to ports with TCP/UDP.",
			      from, to);
	json_object_set_new(rule, "IpProtocol", json_string(name));
	if (has_ports || has_type || !strcmp(name, "-1")) {
		bool all = !has_ports && !has_type;
		json_object_set_new(rule, "FromPort",
				    json_integer(all ? -1 : from));
		json_object_set_new(rule, "ToPort",
				    json_integer(all ? -1 : to));
	}
	return true;
}

static bool set_network(struct ec2_call *call, json_t *rule, const char *key,
			const char *text, bool v6)
{
	struct cidr cidr;
	char canonical[CIDR_TEXT_MAX];

	if (!text || !cidr_parse(text, &cidr) || cidr.v6 != v6)
		return REFUSE(call, "InvalidParameterValue",
			      "CIDR block %s is malformed", text ? text : "");
	json_object_set_new(rule, key,
			    json_string(cidr_text(&cidr, canonical)));
	return true;
}

static bool set_group(struct ec2_call *call, json_t *rule, const json_t *peer)
{
	const char *id = json_text(peer, "GroupId");
	const char *owner = json_text(peer, "UserId");
	const char *own = call->place->account->id;

	if (!id || strncmp(id, "sg-", 3) != 0)
		return REFUSE(call, "InvalidGroupId.Malformed",
			      "Invalid id: \"%s\" (expecting \"sg-...\")",
			      id ? id : "");
	if ((!owner || !strcmp(owner, own)) && !ec2_group(call->place, id))
		return REFUSE(call, "InvalidGroup.NotFound",
			      "The security group '%s' does not exist", id);
	json_object_set_new(rule, "ReferencedGroupInfo",
			    json_pack("{ss ss}", "GroupId", id, "UserId",
				      owner ? owner : own));
	return true;
}

static bool set_description(struct ec2_call *call, json_t *rule,
			    const json_t *peer)
{
	const char *text = json_text(peer, "Description");

	if (!text || !*text)
		return true;
	if (strlen(text) > DESCRIPTION_MAX ||
	    strspn(text, DESCRIPTION_LETTERS) != strlen(text))
		return REFUSE(call, "InvalidParameterValue",
			      "Invalid rule description. Valid descriptions "
			      "are strings less than 256 characters from the "
			      "following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*");
	json_object_set_new(rule, "Description", json_string(text));
	return true;
}

/* The four lists that peers stand in. */
static const struct peers {
	const char *list, *names, *member, *key;
} peer_lists[] = {
	{ "IpRanges", "CidrIp Description", "CidrIp", "CidrIpv4" },
	{ "Ipv6Ranges", "CidrIpv6 Description", "CidrIpv6", "CidrIpv6" },
	{ "PrefixListIds", "PrefixListId Description", "PrefixListId",
	  "PrefixListId" },
	{ "Groups", "GroupId UserId Description", "GroupId", NULL },
};

static bool set_peer(struct ec2_call *call, json_t *rule,
		     const struct peers *peers, const json_t *peer)
{
	const char *text = json_text(peer, peers->member);

	if (!peers->key)
		return set_group(call, rule, peer);
	if (strcmp(peers->key, "PrefixListId") != 0)
		return set_network(call, rule, peers->key, text,
				   !strcmp(peers->key, "CidrIpv6"));
	if (!text || strncmp(text, "pl-", 3) != 0)
		return REFUSE(call, "InvalidPrefixListId.Malformed",
			      "Invalid id: \"%s\" (expecting \"pl-...\")",
			      text ? text : "");
	json_object_set_new(rule, "PrefixListId", json_string(text));
	return true;
}

/* Append; the same one twice in one request is refused. */
static bool append_rule(struct ec2_call *call, json_t *rules, json_t *rule)
{
	size_t index;
	json_t *other;

	json_array_foreach(rules, index, other)
		if (ec2_same_rule(other, rule))
			return REFUSE(call, "InvalidParameterValue",
				      "The same permission must not appear "
				      "multiple times");
	json_array_append(rules, rule);
	return true;
}

static bool add_peers_of(struct ec2_call *call, const json_t *permission,
			 const struct peers *peers, bool egress, json_t *rules)
{
	json_t *list = json_object_get(permission, peers->list), *peer;

	for (int n = 1; (peer = ec2_item(list, n)); n++) {
		CLEANUP(json_release)
		json_t *rule =
			json_pack("{sb s[]}", "IsEgress", egress, "Tags");

		if (!json_is_object(peer) ||
		    !ec2_only(call, peer, peers->names) ||
		    !set_protocol(call, permission, rule) ||
		    !set_peer(call, rule, peers, peer) ||
		    !set_description(call, rule, peer) ||
		    !append_rule(call, rules, rule))
			return false;
	}
	return true;
}

static bool add_permission(struct ec2_call *call, const json_t *permission,
			   bool egress, json_t *rules)
{
	const size_t before = json_array_size(rules);

	if (!json_is_object(permission) ||
	    !ec2_only(call, permission,
		      "IpProtocol FromPort ToPort IpRanges Ipv6Ranges "
		      "PrefixListIds Groups"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(peer_lists); i++)
		if (!add_peers_of(call, permission, &peer_lists[i], egress,
				  rules))
			return false;
	if (json_array_size(rules) == before)
		return REFUSE(call, "InvalidParameterValue",
			      "No peer is specified in the permission");
	return true;
}

/* The one permission that stands in the call itself (CidrIp and so on). */
static bool add_flat(struct ec2_call *call, bool egress, json_t *rules)
{
	CLEANUP(json_release) json_t *permission = json_object();
	static const char *const keys[] = { "IpProtocol", "FromPort",
					    "ToPort" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *value = json_object_get(call->form, keys[i]);
		if (value)
			json_object_set(permission, keys[i], value);
	}
	json_object_set_new(permission, "IpRanges",
			    json_pack("{s{sO}}", "1", "CidrIp",
				      json_object_get(call->form, "CidrIp")));
	return add_permission(call, permission, egress, rules);
}

static bool read_rules(struct ec2_call *call, bool egress, json_t *rules)
{
	json_t *list = json_object_get(call->form, "IpPermissions");
	json_t *permission;

	if (json_object_get(call->form, "CidrIp")) {
		if (list)
			return REFUSE(call, "InvalidParameterCombination",
				      "The parameter 'ipPermissions' may not "
				      "be used in combination with 'cidrIp'");
		return add_flat(call, egress, rules);
	}
	for (int n = 1; (permission = ec2_item(list, n)); n++)
		if (!add_permission(call, permission, egress, rules))
			return false;
	return true;
}

/* ---- what a call is about ----------------------------------------------- */

static json_t *find_group(struct ec2_call *call)
{
	const char *id = json_text(call->form, "GroupId");
	json_t *group = id ? ec2_group(call->place, id) : NULL;

	if (!id)
		(void)REFUSE(call, "MissingParameter",
			     "The request must contain the parameter groupName "
			     "or groupId");
	else if (strncmp(id, "sg-", 3) != 0)
		(void)REFUSE(call, "InvalidGroupId.Malformed",
			     "Invalid id: \"%s\" (expecting \"sg-...\")", id);
	else if (!group)
		(void)REFUSE(call, "InvalidGroup.NotFound",
			     "The security group '%s' does not exist", id);
	return group;
}

/* From now on, or for reads after the fault's delay. */
static void write_rules(struct ec2_call *call, json_t *group, json_t *rules)
{
	if (call->effect->none)
		return;
	if (call->effect->delay_ms > 0)
		json_object_set_new(
			call->place->late_groups, json_text(group, "GroupId"),
			json_pack("{sO sI}", "rules",
				  ec2_visible_rules(call->place, group),
				  "until",
				  (json_int_t)(clock_monotonic_ms() +
					       call->effect->delay_ms)));
	json_object_set(group, "rules", rules);
}

static size_t find_rule(const json_t *rules, const json_t *wanted)
{
	size_t index;
	json_t *rule;

	json_array_foreach(rules, index, rule)
		if (ec2_same_rule(rule, wanted))
			return index;
	return json_array_size(rules);
}

/* ---- authorize ---------------------------------------------------------- */

static bool read_tags(struct ec2_call *call, json_t *rules)
{
	json_t *spec =
		ec2_item(json_object_get(call->form, "TagSpecification"), 1);
	json_t *list = json_object_get(spec, "Tag"), *tag, *rule;
	size_t index;

	if (!spec)
		return true;
	if (!ec2_only(call, spec, "ResourceType Tag") ||
	    !json_text(spec, "ResourceType") ||
	    strcmp(json_text(spec, "ResourceType"), "security-group-rule") != 0)
		return REFUSE(call, "InvalidParameterValue",
			      "The resource type must be security-group-rule");
	for (int n = 1; (tag = ec2_item(list, n)); n++) {
		const char *value = json_text(tag, "Value");

		if (!json_text(tag, "Key") ||
		    !strncmp(json_text(tag, "Key"), "aws:", 4))
			return REFUSE(call, "InvalidParameterValue",
				      "Tag keys starting with 'aws:' are "
				      "reserved for internal use");
		json_array_foreach(rules, index, rule)
			json_array_append_new(json_object_get(rule, "Tags"),
					      json_pack("{ss ss}", "Key",
							json_text(tag, "Key"),
							"Value",
							value ? value : ""));
	}
	return true;
}

static const char *peer_of(const json_t *rule)
{
	static const char *const keys[] = { "CidrIpv4", "CidrIpv6",
					    "PrefixListId" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_text(rule, keys[i]))
			return json_text(rule, keys[i]);
	return json_text(json_object_get(rule, "ReferencedGroupInfo"),
			 "GroupId");
}

static long long port_of(const json_t *rule, const char *key)
{
	return json_integer_value(json_object_get(rule, key));
}

static bool check_new(struct ec2_call *call, const json_t *live,
		      const json_t *rules, bool egress)
{
	size_t index, count = json_array_size(rules);
	json_t *rule;

	json_array_foreach(rules, index, rule) {
		if (find_rule(live, rule) == json_array_size(live))
			continue;
		return REFUSE(call, "InvalidPermission.Duplicate",
			      "the specified rule \"peer: %s, %s, from port: "
			      "%lld, to port: %lld, ALLOW\" already exists",
			      peer_of(rule), json_text(rule, "IpProtocol"),
			      port_of(rule, "FromPort"),
			      port_of(rule, "ToPort"));
	}
	json_array_foreach(live, index, rule)
		count += json_is_true(json_object_get(rule, "IsEgress")) ==
			 egress;
	if (count > RULES_PER_GROUP)
		return REFUSE(call, "RulesPerSecurityGroupLimitExceeded",
			      "The maximum number of rules per security group "
			      "has been reached.");
	return true;
}

static void give_ids(struct ec2_call *call, json_t *rules)
{
	size_t index;
	json_t *rule;

	json_array_foreach(rules, index, rule) {
		CLEANUP(free_ptr)
		char *salt =
			xasprintf("%s/%zu", call->request->request_id, index);
		CLEANUP(free_ptr)
		char *id = ec2_rule_id("new", salt);
		json_object_set_new(rule, "SecurityGroupRuleId",
				    json_string(id));
	}
}

void ec2_authorize(struct ec2_call *call, bool egress)
{
	CLEANUP(json_release) json_t *rules = json_array();
	CLEANUP(json_release) json_t *all = NULL;
	struct strbuf *out = &call->answer->body;
	json_t *group, *rule;
	size_t index;

	if (!ec2_only(call, call->form,
		      "GroupId IpPermissions TagSpecification CidrIp "
		      "IpProtocol FromPort ToPort"))
		return;
	if (!egress && !json_object_get(call->form, "GroupId") &&
	    ec2_is_dry(call))
		return;
	group = find_group(call);
	if (!group || !read_rules(call, egress, rules))
		return;
	if (!json_array_size(rules)) {
		(void)REFUSE(call, "MissingParameter",
			     "The request must contain the parameter "
			     "ipPermissions");
		return;
	}
	if (!read_tags(call, rules) || ec2_is_dry(call) ||
	    !check_new(call, json_object_get(group, "rules"), rules, egress))
		return;
	give_ids(call, rules);
	all = json_copy(json_object_get(group, "rules"));
	json_array_extend(all, rules);
	write_rules(call, group, all);
	ec2_begin(call);
	strbuf_adds(out, "<return>true</return>\n<securityGroupRuleSet>\n");
	json_array_foreach(rules, index, rule)
		ec2_add_rule(out, call->place, json_text(group, "GroupId"),
			     rule);
	strbuf_adds(out, "</securityGroupRuleSet>\n");
	ec2_end(call);
}

/* ---- revoke ------------------------------------------------------------- */

struct revoking {
	struct ec2_call *call;
	bool egress;
	json_t *group, *left;      /* the rules that stay */
	json_t *revoked, *unknown; /* arrays of rules */
};

static void revoking_release(struct revoking *revoking)
{
	json_decref(revoking->left);
	json_decref(revoking->revoked);
	json_decref(revoking->unknown);
}

static void take(struct revoking *revoking, size_t index)
{
	json_array_append(revoking->revoked,
			  json_array_get(revoking->left, index));
	json_array_remove(revoking->left, index);
}

static bool take_id(struct revoking *revoking, const char *id)
{
	size_t index;
	json_t *rule;

	if (!id || strncmp(id, "sgr-", 4) != 0)
		return REFUSE(revoking->call,
			      "InvalidSecurityGroupRuleId.Malformed",
			      "Invalid id: \"%s\" (expecting \"sgr-...\")",
			      id ? id : "");
	json_array_foreach(revoking->left, index, rule)
		if (!strcmp(json_text(rule, "SecurityGroupRuleId"), id) &&
		    json_is_true(json_object_get(rule, "IsEgress")) ==
			    revoking->egress) {
			take(revoking, index);
			return true;
		}
	return REFUSE(revoking->call, "InvalidSecurityGroupRuleId.NotFound",
		      "The security group rule ID '%s' does not exist", id);
}

static bool take_rules(struct revoking *revoking, const json_t *rules)
{
	/* a default VPC's groups hide that nothing matched */
	bool lenient =
		json_is_true(json_object_get(revoking->group, "isDefaultVpc"));
	size_t index;
	json_t *rule;

	if (revoking->call->dry)
		return true;
	json_array_foreach(rules, index, rule) {
		size_t at = find_rule(revoking->left, rule);

		if (at < json_array_size(revoking->left))
			take(revoking, at);
		else if (lenient)
			json_array_append(revoking->unknown, rule);
		else
			return REFUSE(revoking->call,
				      "InvalidPermission.NotFound",
				      "The specified rule does not exist in "
				      "this security group.");
	}
	return true;
}

static bool take_all(struct revoking *revoking)
{
	struct ec2_call *call = revoking->call;
	CLEANUP(json_release)
	json_t *ids =
		ec2_texts(json_object_get(call->form, "SecurityGroupRuleId"));
	CLEANUP(json_release) json_t *rules = json_array();
	size_t index;
	json_t *id;

	if (!read_rules(call, revoking->egress, rules))
		return false;
	if (json_array_size(ids) && json_array_size(rules))
		return REFUSE(call, "InvalidParameterCombination",
			      "Specify rules by their ids or by their "
			      "properties, not both");
	if (!json_array_size(ids) && !json_array_size(rules))
		return REFUSE(call, "MissingParameter",
			      "Either 'ipPermissions' or "
			      "'securityGroupRuleIds' should be provided.");
	json_array_foreach(ids, index, id)
		if (!take_id(revoking, json_string_value(id)))
			return false;
	return take_rules(revoking, rules);
}

static void add_revoked(struct strbuf *out, const char *group,
			const json_t *rule)
{
	static const char *const pairs[][2] = {
		{ "securityGroupRuleId", "SecurityGroupRuleId" },
		{ "ipProtocol", "IpProtocol" },
		{ "cidrIpv4", "CidrIpv4" },
		{ "cidrIpv6", "CidrIpv6" },
		{ "prefixListId", "PrefixListId" },
		{ "description", "Description" },
	};
	const json_t *info = json_object_get(rule, "ReferencedGroupInfo");

	strbuf_addf(out,
		    "<item>\n<groupId>%s</groupId>\n<isEgress>%s</isEgress>\n",
		    group,
		    json_is_true(json_object_get(rule, "IsEgress")) ? "true"
								    : "false");
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (json_text(rule, pairs[i][1]))
			xml_text(out, pairs[i][0],
				 json_text(rule, pairs[i][1]));
	if (json_object_get(rule, "FromPort"))
		strbuf_addf(out,
			    "<fromPort>%lld</fromPort>\n"
			    "<toPort>%lld</toPort>\n",
			    port_of(rule, "FromPort"), port_of(rule, "ToPort"));
	if (info)
		xml_text(out, "referencedGroupId", json_text(info, "GroupId"));
	strbuf_adds(out, "</item>\n");
}

void ec2_revoke(struct ec2_call *call, bool egress)
{
	CLEANUP(revoking_release)
	struct revoking revoking = { .call = call,
				     .egress = egress,
				     .revoked = json_array(),
				     .unknown = json_array() };
	struct strbuf *out = &call->answer->body;
	size_t index;
	json_t *rule;

	if (!ec2_only(call, call->form,
		      "GroupId IpPermissions SecurityGroupRuleId CidrIp "
		      "IpProtocol FromPort ToPort"))
		return;
	revoking.group = find_group(call);
	if (!revoking.group)
		return;
	revoking.left = json_copy(json_object_get(revoking.group, "rules"));
	if (!take_all(&revoking) || ec2_is_dry(call))
		return;
	write_rules(call, revoking.group, revoking.left);
	ec2_begin(call);
	strbuf_adds(out, "<return>true</return>\n<unknownIpPermissionSet>\n");
	json_array_foreach(revoking.unknown, index, rule)
		ec2_add_permission(out, rule, call->place->account->id);
	strbuf_adds(out, "</unknownIpPermissionSet>\n"
			 "<revokedSecurityGroupRuleSet>\n");
	json_array_foreach(revoking.revoked, index, rule)
		add_revoked(out, json_text(revoking.group, "GroupId"), rule);
	strbuf_adds(out, "</revokedSecurityGroupRuleSet>\n");
	ec2_end(call);
}

/* ---- descriptions ------------------------------------------------------- */

/* A copy of the rules in which one has another description; NULL: refused. */
static json_t *with_description(struct ec2_call *call, const json_t *rules,
				const json_t *entry, bool egress)
{
	CLEANUP(json_release) json_t *copy = json_deep_copy(rules);
	const char *id = json_text(entry, "SecurityGroupRuleId");
	size_t index;
	json_t *rule;

	json_array_foreach(copy, index, rule) {
		if (!id || strcmp(json_text(rule, "SecurityGroupRuleId"), id) ||
		    json_is_true(json_object_get(rule, "IsEgress")) != egress)
			continue;
		json_object_del(rule, "Description");
		return set_description(call, rule, entry) ? TAKE(copy) : NULL;
	}
	(void)REFUSE(call, "InvalidSecurityGroupRuleId.NotFound",
		     "The security group rule ID '%s' does not exist",
		     id ? id : "");
	return NULL;
}

void ec2_describe_again(struct ec2_call *call, bool egress)
{
	json_t *list =
		json_object_get(call->form, "SecurityGroupRuleDescription");
	CLEANUP(json_release) json_t *rules = NULL;
	json_t *group, *entry;

	if (!ec2_only(call, call->form, "GroupId SecurityGroupRuleDescription"))
		return;
	group = find_group(call);
	if (!group)
		return;
	rules = json_incref(json_object_get(group, "rules"));
	if (!ec2_item(list, 1)) {
		(void)REFUSE(call, "MissingParameter",
			     "The request must contain the parameter "
			     "securityGroupRuleDescriptions");
		return;
	}
	for (int n = 1; (entry = ec2_item(list, n)); n++) {
		json_t *next = with_description(call, rules, entry, egress);

		json_decref(rules);
		rules = next;
		if (!rules)
			return;
	}
	if (ec2_is_dry(call))
		return;
	write_rules(call, group, rules);
	ec2_begin(call);
	strbuf_adds(&call->answer->body, "<return>true</return>\n");
	ec2_end(call);
}
