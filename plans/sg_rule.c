#include "plans/sg_rule.h"

#include <stdlib.h>
#include <string.h>

#include "core/cidr.h"
#include "core/limits.h"
#include "core/mem.h"

#define PROTOCOL "ip_protocol"
#define FROM "from_port"
#define TO "to_port"
#define DESCRIPTION "description"
#define TAGS "tags"
#define ID "rule_id"
#define PORT_MAX 65535
#define PROTOCOL_MAX 255

const char *const sg_rule_keys[] = { PROTOCOL,
				     FROM,
				     TO,
				     "cidr_ipv4",
				     "cidr_ipv6",
				     "prefix_list_id",
				     "referenced_group_id",
				     DESCRIPTION,
				     TAGS,
				     NULL };

static const char *const peers[] = { "cidr_ipv4", "cidr_ipv6", "prefix_list_id",
				     "referenced_group_id" };

/* ---- protocols ---------------------------------------------------------- */

static const char *protocol_name(const char *text)
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

static bool has_ports(const char *protocol)
{
	return !strcmp(protocol, "tcp") || !strcmp(protocol, "udp");
}

/* Where from_port is a type and to_port a code. */
static bool has_types(const char *protocol)
{
	return !strcmp(protocol, "icmp") || !strcmp(protocol, "icmpv6");
}

static int refuse_protocol(const char *text, struct error *err)
{
	(void)error_set(err, ERR_DESIRED,
			"has a rule with the ip_protocol '%s', which is none",
			text);
	error_hint(err, "write tcp, udp, icmp, icmpv6, \"-1\" for all, or a "
			"protocol's number");
	return -1;
}

static int check_protocol(const json_t *given, json_t *rule, struct error *err)
{
	const json_t *value = json_object_get(given, PROTOCOL);
	CLEANUP(free_ptr)
	char *text = json_is_integer(value)
			     ? xasprintf("%lld",
					 (long long)json_integer_value(value))
			     : xstrdup(json_string_value(value));
	const char *name;
	char *end;
	long number;

	if (!text)
		return error_set(err, ERR_DESIRED,
				 value ? "has a rule whose ip_protocol is no "
					 "text"
				       : "has a rule without ip_protocol");
	name = protocol_name(text);
	if (!has_ports(name) && !has_types(name) && strcmp(name, "-1") != 0) {
		number = strtol(name, &end, 10);
		if (*name < '0' || *name > '9' || *end ||
		    (*name == '0' && name[1]) || number > PROTOCOL_MAX)
			return refuse_protocol(name, err);
	}
	(void)json_object_set_new(rule, PROTOCOL, json_from_text(name));
	return 0;
}

static int check_port(const json_t *given, const char *key, json_int_t least,
		      json_int_t most, json_t *rule, struct error *err)
{
	const json_t *value = json_object_get(given, key);

	if (!value)
		return error_set(
			err, ERR_DESIRED, "has a rule of %s without %s",
			json_string_value(json_object_get(rule, PROTOCOL)),
			key);
	if (!json_is_integer(value) || json_integer_value(value) < least ||
	    json_integer_value(value) > most)
		return error_set(err, ERR_DESIRED,
				 "has a rule whose %s is not a whole number "
				 "from %lld to %lld",
				 key, (long long)least, (long long)most);
	(void)json_object_set_new(rule, key,
				  json_integer(json_integer_value(value)));
	return 0;
}

static int check_ports(const json_t *given, json_t *rule, struct error *err)
{
	const char *protocol = json_text(rule, PROTOCOL);
	const bool ports = has_ports(protocol);

	if (!ports && !has_types(protocol)) {
		if (!json_object_get(given, FROM) &&
		    !json_object_get(given, TO))
			return 0;
		return error_set(err, ERR_DESIRED,
				 "has a rule of the protocol '%s' with ports, "
				 "which only tcp, udp, icmp and icmpv6 have",
				 protocol);
	}
	if (check_port(given, FROM, ports ? 0 : -1,
		       ports ? PORT_MAX : PROTOCOL_MAX, rule, err) ||
	    check_port(given, TO, ports ? 0 : -1,
		       ports ? PORT_MAX : PROTOCOL_MAX, rule, err))
		return -1;
	if (ports && json_integer_value(json_object_get(rule, FROM)) >
			     json_integer_value(json_object_get(rule, TO)))
		return error_set(err, ERR_DESIRED,
				 "has a rule whose from_port is above its "
				 "to_port");
	return 0;
}

/* ---- peers -------------------------------------------------------------- */

static int check_network(const char *key, const char *text, json_t *rule,
			 struct error *err)
{
	const bool v6 = !strcmp(key, "cidr_ipv6");
	char canonical[CIDR_TEXT_MAX];
	struct cidr cidr;

	if (!cidr_parse(text, &cidr)) {
		(void)error_set(err, ERR_DESIRED,
				"has a rule whose %s '%s' is no network", key,
				text);
		error_hint(err, v6 ? "a network is written as '2001:db8::/32'"
				   : "a network is written as '10.0.0.0/8', "
				     "and a single address as '10.1.2.3/32'");
		return -1;
	}
	if (cidr.v6 != v6)
		return error_set(err, ERR_DESIRED,
				 "has a rule whose %s '%s' belongs under %s",
				 key, text, v6 ? "cidr_ipv4" : "cidr_ipv6");
	(void)cidr_text(&cidr, canonical);
	if (cidr.masked) {
		(void)error_set(err, ERR_DESIRED,
				"has a rule whose %s '%s' has bits set beyond "
				"its /%d",
				key, text, cidr.prefix);
		error_hint(err, "the network is '%s', the address alone '%.*s'",
			   canonical, (int)(strcspn(text, "/")), text);
		return -1;
	}
	(void)json_object_set_new(rule, key, json_string(canonical));
	return 0;
}

static bool is_id(const char *text, const char *prefix)
{
	const size_t len = strlen(prefix);

	return !strncmp(text, prefix, len) && text[len] &&
	       !text[len + strspn(text + len, "0123456789abcdef")];
}

static bool is_group(const char *text)
{
	const char *slash = strchr(text, '/');

	if (!slash)
		return is_id(text, "sg-");
	return slash - text == 12 && strspn(text, "0123456789") == 12 &&
	       is_id(slash + 1, "sg-");
}

static int check_peer(const json_t *given, json_t *rule, struct error *err)
{
	const char *found = NULL;
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		if (!json_object_get(given, peers[i]))
			continue;
		if (found)
			return error_set(err, ERR_DESIRED,
					 "has a rule with both %s and %s: one "
					 "rule has one peer",
					 found, peers[i]);
		found = peers[i];
	}
	if (!found)
		return error_set(err, ERR_DESIRED,
				 "has a rule without a peer: it needs one of "
				 "cidr_ipv4, cidr_ipv6, prefix_list_id and "
				 "referenced_group_id");
	text = json_text(given, found);
	if (!text)
		return error_set(err, ERR_DESIRED,
				 "has a rule whose %s is no text", found);
	if (!strncmp(found, "cidr", 4))
		return check_network(found, text, rule, err);
	if (!strcmp(found, "prefix_list_id") ? !is_id(text, "pl-")
					     : !is_group(text))
		return error_set(err, ERR_DESIRED,
				 "has a rule whose %s '%s' is none", found,
				 text);
	(void)json_object_set_new(rule, found, json_from_text(text));
	return 0;
}

/* ---- what comes along --------------------------------------------------- */

static int check_description(const json_t *given, json_t *rule,
			     struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789. _-:/()#,@[]+=&;{}!$*";
	const json_t *value = json_object_get(given, DESCRIPTION);
	const char *text = json_string_value(value);

	if (!value || json_is_null(value))
		return 0;
	if (!text || strlen(text) > 255 ||
	    strspn(text, letters) != strlen(text))
		return error_set(err, ERR_DESIRED,
				 "has a rule whose description AWS does not "
				 "take: at most 255 of a-z, A-Z, 0-9, blanks "
				 "and ._-:/()#,@[]+=&;{}!$*");
	(void)json_object_set_new(rule, DESCRIPTION, json_from_text(text));
	return 0;
}

static int check_tags(const json_t *given, json_t *rule, struct error *err)
{
	json_t *tags = json_object_get(given, TAGS), *value;
	const char *key;

	if (!tags)
		return 0;
	if (!json_is_object(tags))
		return error_set(err, ERR_DESIRED,
				 "has a rule whose tags are no map");
	json_object_foreach(tags, key, value) {
		if (!json_is_string(value) || !*key || !strncmp(key, "aws:", 4))
			return error_set(err, ERR_DESIRED,
					 "has a rule with the tag '%s', which "
					 "is none that can be set",
					 key);
	}
	if (json_object_size(tags))
		(void)json_object_set_new(rule, TAGS, json_deep_copy(tags));
	return 0;
}

static int check_id(const json_t *given, json_t *rule, struct error *err)
{
	const json_t *id = json_object_get(given, ID);
	const char *text = json_string_value(id);

	if (!id)
		return 0;
	if (!text || strncmp(text, "sgr-", 4) != 0)
		return error_set(err, ERR_DESIRED,
				 "has a rule whose rule_id is none");
	(void)json_object_set_new(rule, ID, json_from_text(text));
	return 0;
}

static int check_keys(const json_t *given, struct error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)given, key, value) {
		size_t i = 0;

		while (sg_rule_keys[i] && strcmp(sg_rule_keys[i], key) != 0)
			i++;
		if (!sg_rule_keys[i] && strcmp(key, ID) != 0)
			return error_set(err, ERR_DESIRED,
					 "has a rule with '%s', which rules do "
					 "not have",
					 key);
	}
	return 0;
}

int sg_rule_check(const json_t *given, json_t **ret_rule, struct error *err)
{
	CLEANUP(json_release) json_t *rule = json_object();

	if (!json_is_object(given))
		return error_set(err, ERR_DESIRED,
				 "must be a list of rules, each of them a map");
	if (check_keys(given, err) || check_protocol(given, rule, err) ||
	    check_ports(given, rule, err) || check_peer(given, rule, err) ||
	    check_description(given, rule, err) ||
	    check_tags(given, rule, err) || check_id(given, rule, err))
		return -1;
	*ret_rule = TAKE(rule);
	return 0;
}

/* ---- reading ------------------------------------------------------------ */

static void put_text(json_t *rule, const char *key, const char *text)
{
	if (text && *text)
		(void)json_object_set_new(rule, key, json_from_text(text));
}

static void put_port(json_t *rule, const char *key, const char *text)
{
	const char *protocol = json_text(rule, PROTOCOL);

	if (text && protocol && (has_ports(protocol) || has_types(protocol)))
		(void)json_object_set_new(rule, key,
					  json_integer(strtol(text, NULL, 10)));
}

static void put_network(json_t *rule, const char *key, const char *text)
{
	char canonical[CIDR_TEXT_MAX];
	struct cidr cidr;

	put_text(rule, key,
		 text && cidr_parse(text, &cidr) ? cidr_text(&cidr, canonical)
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
	put_text(rule, "referenced_group_id", text);
}

json_t *sg_rule_from_wire(const json_t *item, const char *own)
{
	json_t *rule = json_object();
	json_t *tags = json_object_get(item, "tagSet");
	const char *protocol = json_text(item, "ipProtocol");

	put_text(rule, PROTOCOL, protocol ? protocol_name(protocol) : NULL);
	put_port(rule, FROM, json_text(item, "fromPort"));
	put_port(rule, TO, json_text(item, "toPort"));
	put_network(rule, "cidr_ipv4", json_text(item, "cidrIpv4"));
	put_network(rule, "cidr_ipv6", json_text(item, "cidrIpv6"));
	put_text(rule, "prefix_list_id", json_text(item, "prefixListId"));
	put_group(rule, json_text(item, "referencedGroupInfo/groupId"),
		  json_text(item, "referencedGroupInfo/userId"), own);
	put_text(rule, DESCRIPTION, json_text(item, "description"));
	if (json_object_size(tags))
		(void)json_object_set(rule, TAGS, tags);
	put_text(rule, ID, json_text(item, "securityGroupRuleId"));
	return rule;
}

/* ---- using -------------------------------------------------------------- */

static const char *peer_of(const json_t *rule)
{
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		const char *text = json_text(rule, peers[i]);

		if (text)
			return text;
	}
	return "";
}

char *sg_rule_text(const json_t *rule)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);
	const char *protocol = json_text(rule, PROTOCOL);
	const json_t *from = json_object_get(rule, FROM);
	const json_t *to = json_object_get(rule, TO);

	strbuf_adds(&out, protocol && !strcmp(protocol, "-1") ? "all"
			  : protocol                          ? protocol
							      : "?");
	if (from)
		strbuf_addf(&out, " %lld", (long long)json_integer_value(from));
	if (from && to && protocol &&
	    (has_types(protocol) || !json_equal(from, to)))
		strbuf_addf(&out, "%c%lld", has_types(protocol) ? '/' : '-',
			    (long long)json_integer_value(to));
	strbuf_addf(&out, " %s", peer_of(rule));
	return strbuf_detach(&out);
}

char *sg_rule_show(const json_t *rule)
{
	CLEANUP(free_ptr) char *text = sg_rule_text(rule);
	const char *description = json_text(rule, DESCRIPTION);

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
	const char *x = json_text(a, DESCRIPTION),
		   *y = json_text(b, DESCRIPTION);
	const bool a_read = json_object_get(a, ID),
		   b_read = json_object_get(b, ID);

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

	(void)json_object_del(copy, ID);
	return copy;
}

json_t *sg_rule_adopt(const json_t *live, const json_t *wanted)
{
	json_t *id = json_object_get(live, ID);
	json_t *wanted_id = json_object_get(wanted, ID);
	json_t *rule;

	if (!live)
		return sg_rule_anonymous(wanted);
	if (id && wanted_id && json_equal(id, wanted_id))
		return json_deep_copy(wanted);
	rule = json_deep_copy(live);
	if (!wanted_id && json_object_get(wanted, DESCRIPTION))
		(void)json_object_set(rule, DESCRIPTION,
				      json_object_get(wanted, DESCRIPTION));
	return rule;
}

static bool network_of(const json_t *rule, struct cidr *ret_cidr)
{
	const char *v4 = json_text(rule, "cidr_ipv4");
	const char *text = v4 ? v4 : json_text(rule, "cidr_ipv6");

	return text && cidr_parse(text, ret_cidr);
}

bool sg_rule_is_world(const json_t *rule)
{
	struct cidr cidr;

	return network_of(rule, &cidr) && !cidr.prefix;
}

bool sg_rule_is_public(const json_t *rule)
{
	struct cidr cidr;

	/* nobody has as much for himself, and halves make a whole */
	return network_of(rule, &cidr) && cidr.prefix < (cidr.v6 ? 16 : 8);
}

static bool has_key(const json_t *rule, const json_t *other, const char *key)
{
	const json_t *text = json_object_get(rule, key);

	return text && json_equal(text, json_object_get(other, key));
}

/* Networks lie in one another; other peers are the same, or they are not. */
static bool peer_lies_in(const json_t *rule, const json_t *other)
{
	struct cidr inner, outer;

	if (network_of(rule, &inner))
		return network_of(other, &outer) &&
		       cidr_contains(&outer, &inner);
	return has_key(rule, other, "prefix_list_id") ||
	       has_key(rule, other, "referenced_group_id");
}

static bool is_any_or(const json_t *rule, const json_t *other, const char *key)
{
	const json_t *limit = json_object_get(other, key);

	return !limit || json_integer_value(limit) == -1 ||
	       json_equal(limit, json_object_get(rule, key));
}

static bool ports_lie_in(const json_t *rule, const json_t *other)
{
	const char *protocol = json_text(rule, PROTOCOL);
	const char *outer = json_text(other, PROTOCOL);

	if (!protocol || !outer)
		return false;
	if (!strcmp(outer, "-1"))
		return true;
	if (strcmp(protocol, outer) != 0)
		return false;
	/* type and code are no range */
	if (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0)
		return is_any_or(rule, other, FROM) &&
		       is_any_or(rule, other, TO);
	return json_integer_value(json_object_get(other, FROM)) <=
		       json_integer_value(json_object_get(rule, FROM)) &&
	       json_integer_value(json_object_get(rule, TO)) <=
		       json_integer_value(json_object_get(other, TO));
}

bool sg_rule_lies_in(const json_t *rule, const json_t *other)
{
	return ports_lie_in(rule, other) && peer_lies_in(rule, other);
}

bool sg_rule_has_port(const json_t *rule, json_int_t port)
{
	const char *protocol = json_text(rule, PROTOCOL);
	const json_t *from = json_object_get(rule, FROM);
	const json_t *to = json_object_get(rule, TO);

	if (!protocol)
		return false;
	if (!strcmp(protocol, "-1"))
		return true;
	return !strcmp(protocol, "tcp") && json_integer_value(from) <= port &&
	       port <= json_integer_value(to);
}

/* ---- calls -------------------------------------------------------------- */

#define PERMISSION "IpPermissions.1."
#define SPEC "TagSpecification.1."

static const struct {
	const char *key, *list, *member;
} wires[] = {
	{ "cidr_ipv4", "IpRanges", "CidrIp" },
	{ "cidr_ipv6", "Ipv6Ranges", "CidrIpv6" },
	{ "prefix_list_id", "PrefixListIds", "PrefixListId" },
	{ "referenced_group_id", "Groups", "GroupId" },
};

static void set(json_t *parameters, const char *text, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void set(json_t *parameters, const char *text, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *name = NULL;
	va_list ap;

	va_start(ap, fmt);
	name = xvasprintf(fmt, ap);
	va_end(ap);
	(void)json_object_set_new(parameters, name, json_from_text(text));
}

static void set_port(json_t *parameters, const json_t *rule, const char *key,
		     const char *name)
{
	const json_t *port = json_object_get(rule, key);
	CLEANUP(free_ptr) char *text = NULL;

	if (!port)
		return;
	text = xasprintf("%lld", (long long)json_integer_value(port));
	set(parameters, text, PERMISSION "%s", name);
}

static void set_tags(json_t *parameters, const json_t *tags)
{
	size_t len;
	CLEANUP(free_ptr) const char **keys = json_sorted_keys(tags, &len);

	if (!len)
		return;
	set(parameters, "security-group-rule", SPEC "ResourceType");
	for (size_t i = 0; i < len; i++) {
		set(parameters, keys[i], SPEC "Tag.%zu.Key", i + 1);
		set(parameters, json_text(tags, keys[i]), SPEC "Tag.%zu.Value",
		    i + 1);
	}
}

static void set_peer(json_t *parameters, const json_t *rule, size_t wire,
		     bool revoke)
{
	const char *list = wires[wire].list;
	const char *text = json_text(rule, wires[wire].key);
	const char *description = json_text(rule, DESCRIPTION);
	const char *slash = strchr(text, '/');

	if (!strcmp(list, "Groups") && slash) {
		CLEANUP(free_ptr)
		char *owner = xstrndup(text, (size_t)(slash - text));

		set(parameters, owner, PERMISSION "%s.1.UserId", list);
		text = slash + 1;
	}
	set(parameters, text, PERMISSION "%s.1.%s", list, wires[wire].member);
	if (description && *description && !revoke)
		set(parameters, description, PERMISSION "%s.1.Description",
		    list);
}

void sg_rule_to_call(const json_t *rule, bool revoke, json_t *parameters)
{
	set(parameters, json_text(rule, PROTOCOL), PERMISSION "IpProtocol");
	set_port(parameters, rule, FROM, "FromPort");
	set_port(parameters, rule, TO, "ToPort");
	for (size_t i = 0; i < ARRAY_SIZE(wires); i++) {
		if (json_text(rule, wires[i].key))
			set_peer(parameters, rule, i, revoke);
	}
	if (!revoke)
		set_tags(parameters, json_object_get(rule, TAGS));
}

static const char *get(const json_t *parameters, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
static const char *get(const json_t *parameters, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *name = NULL;
	va_list ap;

	va_start(ap, fmt);
	name = xvasprintf(fmt, ap);
	va_end(ap);
	return json_text(parameters, name);
}

/* The peer number `of` in a list of a permission's; false: there is none. */
static bool get_peer_at(const json_t *parameters, size_t permission,
			size_t wire, size_t of, json_t *rule)
{
	const char *list = wires[wire].list;
	CLEANUP(free_ptr)
	char *at = xasprintf("IpPermissions.%zu.%s.%zu", permission, list, of);
	const char *text = get(parameters, "%s.%s", at, wires[wire].member);
	const char *owner = !strcmp(list, "Groups")
				    ? get(parameters, "%s.UserId", at)
				    : NULL;
	CLEANUP(free_ptr) char *whole = NULL;

	if (!text)
		return false;
	whole = owner ? xasprintf("%s/%s", owner, text) : xstrdup(text);
	put_text(rule, wires[wire].key, whole);
	put_text(rule, DESCRIPTION, get(parameters, "%s.Description", at));
	return true;
}

static void get_peer(const json_t *parameters, size_t wire, json_t *rule)
{
	(void)get_peer_at(parameters, 1, wire, 1, rule);
}

static void get_tags(const json_t *parameters, json_t *rule)
{
	CLEANUP(json_release) json_t *tags = json_object();
	const char *key, *value;

	for (size_t i = 1;; i++) {
		key = get(parameters, SPEC "Tag.%zu.Key", i);
		value = get(parameters, SPEC "Tag.%zu.Value", i);
		if (!key || !value)
			break;
		(void)json_object_set_new(tags, key, json_from_text(value));
	}
	if (json_object_size(tags))
		(void)json_object_set(rule, TAGS, tags);
}

json_t *sg_rule_from_call(const json_t *parameters, bool revoke)
{
	CLEANUP(json_release) json_t *given = json_object();
	CLEANUP(json_release) json_t *rule = NULL;
	CLEANUP(json_release) json_t *again = json_object();
	CLEANUP(error_release) struct error err = ERROR_INIT;
	json_t *group = json_object_get(parameters, "GroupId");

	put_text(given, PROTOCOL, get(parameters, PERMISSION "IpProtocol"));
	put_port(given, FROM, get(parameters, PERMISSION "FromPort"));
	put_port(given, TO, get(parameters, PERMISSION "ToPort"));
	for (size_t i = 0; i < ARRAY_SIZE(wires); i++)
		get_peer(parameters, i, given);
	get_tags(parameters, given);
	if (!group || sg_rule_check(given, &rule, &err))
		return NULL;
	/* and nothing besides may hide in them */
	(void)json_object_set(again, "GroupId", group);
	sg_rule_to_call(rule, revoke, again);
	return json_equal(again, parameters) ? TAKE(rule) : NULL;
}

/* One permission's rule for the peer, as EC2 keeps it; NULL: no such peer. */
static json_t *rule_at(const json_t *parameters, size_t permission, size_t wire,
		       size_t of)
{
	CLEANUP(json_release) json_t *rule = json_object();
	CLEANUP(free_ptr)
	char *at = xasprintf("IpPermissions.%zu", permission);
	const char *key = wires[wire].key;

	put_text(rule, PROTOCOL,
		 protocol_name(get(parameters, "%s.IpProtocol", at)));
	put_port(rule, FROM, get(parameters, "%s.FromPort", at));
	put_port(rule, TO, get(parameters, "%s.ToPort", at));
	if (!get_peer_at(parameters, permission, wire, of, rule))
		return NULL;
	if (!strncmp(key, "cidr", 4)) {
		CLEANUP(free_ptr) char *text = xstrdup(json_text(rule, key));

		put_network(rule, key, text);
	}
	return TAKE(rule);
}

/* The rules of one permission, a peer each. */
static void add_rules(const json_t *parameters, size_t permission,
		      json_t *rules)
{
	for (size_t wire = 0; wire < ARRAY_SIZE(wires); wire++) {
		json_t *rule;

		for (size_t of = 1;
		     (rule = rule_at(parameters, permission, wire, of)); of++)
			(void)json_array_append_new(rules, rule);
	}
}

json_t *sg_rules_of_call(const json_t *parameters)
{
	json_t *rules = json_array();

	for (size_t n = 1; get(parameters, "IpPermissions.%zu.IpProtocol", n);
	     n++)
		add_rules(parameters, n, rules);
	return rules;
}
