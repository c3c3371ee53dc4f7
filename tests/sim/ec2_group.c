#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/ec2.h"

static char *derived(const char *prefix, const char *text)
{
	char hex[SHA256_HEX_MAX];

	sha256_hex(text, strlen(text), hex);
	return xasprintf("%s%.17s", prefix, hex);
}

char *ec2_rule_id(const char *group, const char *salt)
{
	CLEANUP(free_ptr) char *text = xasprintf("%s/%s", group, salt);

	return derived("sgr-", text);
}

static bool same_member(const json_t *a, const json_t *b, const char *key)
{
	const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

	return x && y ? json_equal(x, y) : x == y;
}

bool ec2_same_rule(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "IsEgress",    "IpProtocol",
					    "FromPort",    "ToPort",
					    "CidrIpv4",    "CidrIpv6",
					    "PrefixListId" };
	const json_t *x = json_object_get(a, "ReferencedGroupInfo"),
		     *y = json_object_get(b, "ReferencedGroupInfo");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!same_member(a, b, keys[i]))
			return false;
	if (!x || !y)
		return x == y;
	return same_member(x, y, "GroupId") && same_member(x, y, "UserId");
}

/* ---- what a file leaves out --------------------------------------------- */

static int rule_defaults(const struct place *place, const char *group,
			 json_t *rule, struct error *err)
{
	json_t *info = json_object_get(rule, "ReferencedGroupInfo");
	CLEANUP(free_ptr) char *salt = NULL;
	const char *protocol = json_text(rule, "IpProtocol");

	if (!json_is_object(rule) || !protocol)
		return error_set(err, ERR_FORMAT,
				 "a rule of '%s' has no IpProtocol", group);
	if (!json_object_get(rule, "CidrIpv4") &&
	    !json_object_get(rule, "CidrIpv6") &&
	    !json_object_get(rule, "PrefixListId") &&
	    !json_text(info, "GroupId"))
		return error_set(err, ERR_FORMAT, "a rule of '%s' has no peer",
				 group);
	json_default(rule, "IsEgress", json_false());
	if (!strcmp(protocol, "-1")) {
		json_default(rule, "FromPort", json_integer(-1));
		json_default(rule, "ToPort", json_integer(-1));
	}
	if (info)
		json_default(info, "UserId", json_string(place->account->id));
	salt = json_dumps(rule, JSON_SORT_KEYS | JSON_COMPACT);
	if (!json_object_get(rule, "SecurityGroupRuleId")) {
		CLEANUP(free_ptr) char *id = ec2_rule_id(group, salt);
		json_object_set_new(rule, "SecurityGroupRuleId",
				    json_string(id));
	}
	json_default(rule, "Tags", json_array());
	return 0;
}

int ec2_group_defaults(const struct place *place, json_t *group,
		       struct error *err)
{
	const char *id = json_text(group, "GroupId");
	size_t index;
	json_t *rule;

	if (!id || strncmp(id, "sg-", 3) != 0)
		return error_set(err, ERR_FORMAT,
				 "a security group of %s has no good GroupId",
				 place->region);
	json_default(group, "GroupName", json_from_text(id));
	json_default(group, "Description", json_string("database access"));
	json_default(group, "OwnerId", json_string(place->account->id));
	json_default(group, "VpcId", json_string("vpc-0a0a0a0a0a0a0a0a0"));
	json_default(group, "Tags", json_array());
	json_default(group, "rules",
		     json_pack("[{sb ss ss}]", "IsEgress", 1, "IpProtocol",
			       "-1", "CidrIpv4", "0.0.0.0/0"));
	if (!json_is_array(json_object_get(group, "rules")))
		return error_set(err, ERR_FORMAT, "'rules' is not a list");
	json_array_foreach(json_object_get(group, "rules"), index, rule)
		if (rule_defaults(place, id, rule, err))
			return -1;
	return 0;
}

/* As people make them: the port open to the private network, all egress. */
static json_t *usual_group(const char *id, const json_t *cluster)
{
	json_t *port = json_object_get(cluster, "Port");

	return json_pack("{ss s[{ss sO sO ss ss} {sb ss ss}]}", "GroupId", id,
			 "rules", "IpProtocol", "tcp", "FromPort", port,
			 "ToPort", port, "CidrIpv4", "10.0.0.0/8",
			 "Description", "application servers", "IsEgress", 1,
			 "IpProtocol", "-1", "CidrIpv4", "0.0.0.0/0");
}

void ec2_make_groups(struct place *place)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	size_t index;
	json_t *membership;

	for (size_t i = 0; i < place->clusters.len; i++) {
		json_t *cluster = place->clusters.items[i]->state;

		json_array_foreach(
			json_object_get(cluster, "VpcSecurityGroups"), index,
			membership) {
			const char *id =
				json_text(membership, "VpcSecurityGroupId");
			json_t *group;

			if (!id || ec2_group(place, id))
				continue;
			group = usual_group(id, cluster);
			if (!group || ec2_group_defaults(place, group, &err))
				json_decref(group);
			else
				json_object_set_new(place->groups, id, group);
		}
	}
}

/* ---- looking ------------------------------------------------------------ */

json_t *ec2_group(const struct place *place, const char *id)
{
	return place ? json_object_get(place->groups, id) : NULL;
}

json_t *ec2_visible_rules(const struct place *place, const json_t *group)
{
	json_t *late = json_object_get(place->late_groups,
				       json_text(group, "GroupId"));

	if (late && clock_monotonic_ms() <
			    json_integer_value(json_object_get(late, "until")))
		return json_object_get(late, "rules");
	return json_object_get(group, "rules");
}
