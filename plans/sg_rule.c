#include "plans/sg_rule.h"

#include <stdlib.h>
#include <string.h>

#include "core/cidr.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/sg_rule_parts.h"

const char *const sg_peers[SG_PEERS] = { "cidr_ipv4", "cidr_ipv6",
					 "prefix_list_id",
					 "referenced_group_id" };

const char *sg_protocol_name(const char *text)
{
	static const char *const names[][2] = {
		{ "6", "tcp" },        { "17", "udp" }, { "1", "icmp" },
		{ "58", "icmpv6" },    { "-1", "-1" },  { "all", "-1" },
		{ "icmp6", "icmpv6" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(text, names[i][0]) || !strcmp(text, names[i][1]))
			return names[i][1];
	}
	return text;
}

bool sg_has_ports(const char *protocol)
{
	return !strcmp(protocol, "tcp") || !strcmp(protocol, "udp");
}

bool sg_has_types(const char *protocol)
{
	return !strcmp(protocol, "icmp") || !strcmp(protocol, "icmpv6");
}

/* ---- reading ------------------------------------------------------------ */

void sg_put_text(json_t *rule, const char *key, const char *text)
{
	if (text && *text)
		(void)json_object_set_new(rule, key, json_from_text(text));
}

void sg_put_port(json_t *rule, const char *key, const char *text)
{
	const char *protocol = json_text(rule, SG_PROTOCOL);

	if (text && protocol &&
	    (sg_has_ports(protocol) || sg_has_types(protocol)))
		(void)json_object_set_new(rule, key,
					  json_integer(strtol(text, NULL, 10)));
}

void sg_put_network(json_t *rule, const char *key, const char *text)
{
	char canonical[CIDR_TEXT_MAX];
	struct cidr cidr;

	sg_put_text(rule, key,
		    text && cidr_parse(text, &cidr)
			    ? cidr_text(&cidr, canonical)
			    : text);
}

static void put_group(json_t *rule, const char *group, const char *owner,
		      const char *own)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (!group)
		return;
	text = owner && *owner && own && strcmp(owner, own) != 0
		       ? xasprintf("%s/%s", owner, group)
		       : xstrdup(group);
	sg_put_text(rule, "referenced_group_id", text);
}

json_t *sg_rule_from_wire(const json_t *item, const char *own)
{
	json_t *rule = json_object();
	json_t *tags = json_object_get(item, "tagSet");
	const char *protocol = json_text(item, "ipProtocol");

	sg_put_text(rule, SG_PROTOCOL,
		    protocol ? sg_protocol_name(protocol) : NULL);
	sg_put_port(rule, SG_FROM, json_text(item, "fromPort"));
	sg_put_port(rule, SG_TO, json_text(item, "toPort"));
	sg_put_network(rule, "cidr_ipv4", json_text(item, "cidrIpv4"));
	sg_put_network(rule, "cidr_ipv6", json_text(item, "cidrIpv6"));
	sg_put_text(rule, "prefix_list_id", json_text(item, "prefixListId"));
	put_group(rule, json_text(item, "referencedGroupInfo/groupId"),
		  json_text(item, "referencedGroupInfo/userId"), own);
	sg_put_text(rule, SG_DESCRIPTION, json_text(item, "description"));
	if (json_object_size(tags))
		(void)json_object_set(rule, SG_TAGS, tags);
	sg_put_text(rule, SG_ID, json_text(item, "securityGroupRuleId"));
	return rule;
}

/* ---- using -------------------------------------------------------------- */

static const char *peer_of(const json_t *rule)
{
	for (size_t i = 0; i < SG_PEERS; i++) {
		const char *text = json_text(rule, sg_peers[i]);

		if (text)
			return text;
	}
	return "";
}

char *sg_rule_text(const json_t *rule)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);
	const char *protocol = json_text(rule, SG_PROTOCOL);
	const json_t *from = json_object_get(rule, SG_FROM);
	const json_t *to = json_object_get(rule, SG_TO);

	strbuf_adds(&out, protocol && !strcmp(protocol, "-1") ? "all"
			  : protocol                          ? protocol
							      : "?");
	if (from)
		strbuf_addf(&out, " %lld", (long long)json_integer_value(from));
	if (from && to && protocol &&
	    (sg_has_types(protocol) || !json_equal(from, to)))
		strbuf_addf(&out, "%c%lld", sg_has_types(protocol) ? '/' : '-',
			    (long long)json_integer_value(to));
	strbuf_addf(&out, " %s", peer_of(rule));
	return strbuf_detach(&out);
}

char *sg_rule_show(const json_t *rule)
{
	CLEANUP(free_ptr) char *text = sg_rule_text(rule);
	const char *description = json_text(rule, SG_DESCRIPTION);

	return description ? xasprintf("%s (%s)", text, description)
			   : TAKE(text);
}

bool sg_rule_same(const json_t *a, const json_t *b)
{
	CLEANUP(free_ptr) char *x = sg_rule_text(a);
	CLEANUP(free_ptr) char *y = sg_rule_text(b);

	return !strcmp(x, y);
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

bool sg_rule_equal(const json_t *a, const json_t *b)
{
	const char *x = json_text(a, SG_DESCRIPTION),
		   *y = json_text(b, SG_DESCRIPTION);
	const bool a_read = json_object_get(a, SG_ID),
		   b_read = json_object_get(b, SG_ID);

	if (!sg_rule_same(a, b))
		return false;
	if (a_read && b_read)
		return json_equal(a, b);
	if ((!x && !a_read) || (!y && !b_read))
		return true;
	return same_text(x, y);
}

json_t *sg_rule_anonymous(const json_t *rule)
{
	json_t *copy = json_deep_copy(rule);

	(void)json_object_del(copy, SG_ID);
	return copy;
}

json_t *sg_rule_adopt(const json_t *live, const json_t *wanted)
{
	json_t *id = json_object_get(live, SG_ID);
	json_t *wanted_id = json_object_get(wanted, SG_ID);
	json_t *rule;

	if (!live)
		return sg_rule_anonymous(wanted);
	if (id && wanted_id && json_equal(id, wanted_id))
		return json_deep_copy(wanted);
	rule = json_deep_copy(live);
	if (!wanted_id && json_object_get(wanted, SG_DESCRIPTION))
		(void)json_object_set(rule, SG_DESCRIPTION,
				      json_object_get(wanted, SG_DESCRIPTION));
	return rule;
}
