/* Rules as people write them. */
#include "plans/sg_rule.h"

#include <stdlib.h>
#include <string.h>

#include "core/cidr.h"
#include "core/mem.h"
#include "plans/sg_rule_parts.h"

#define PORT_MAX 65535
#define PROTOCOL_MAX 255

const char *const sg_rule_keys[] = { SG_PROTOCOL,
				     SG_FROM,
				     SG_TO,
				     "cidr_ipv4",
				     "cidr_ipv6",
				     "prefix_list_id",
				     "referenced_group_id",
				     SG_DESCRIPTION,
				     SG_TAGS,
				     NULL };

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
	const json_t *value = json_object_get(given, SG_PROTOCOL);
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
	name = sg_protocol_name(text);
	if (!sg_has_ports(name) && !sg_has_types(name) &&
	    strcmp(name, "-1") != 0) {
		number = strtol(name, &end, 10);
		if (*name < '0' || *name > '9' || *end ||
		    (*name == '0' && name[1]) || number > PROTOCOL_MAX)
			return refuse_protocol(name, err);
	}
	(void)json_object_set_new(rule, SG_PROTOCOL, json_from_text(name));
	return 0;
}

static int check_port(const json_t *given, const char *key, json_int_t least,
		      json_int_t most, json_t *rule, struct error *err)
{
	const json_t *value = json_object_get(given, key);

	if (!value)
		return error_set(
			err, ERR_DESIRED, "has a rule of %s without %s",
			json_string_value(json_object_get(rule, SG_PROTOCOL)),
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
	const char *protocol = json_text(rule, SG_PROTOCOL);
	const bool ports = sg_has_ports(protocol);

	if (!ports && !sg_has_types(protocol)) {
		if (!json_object_get(given, SG_FROM) &&
		    !json_object_get(given, SG_TO))
			return 0;
		return error_set(err, ERR_DESIRED,
				 "has a rule of the protocol '%s' with ports, "
				 "which only tcp, udp, icmp and icmpv6 have",
				 protocol);
	}
	if (check_port(given, SG_FROM, ports ? 0 : -1,
		       ports ? PORT_MAX : PROTOCOL_MAX, rule, err) ||
	    check_port(given, SG_TO, ports ? 0 : -1,
		       ports ? PORT_MAX : PROTOCOL_MAX, rule, err))
		return -1;
	if (ports && json_integer_value(json_object_get(rule, SG_FROM)) >
			     json_integer_value(json_object_get(rule, SG_TO)))
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

	for (size_t i = 0; i < SG_PEERS; i++) {
		if (!json_object_get(given, sg_peers[i]))
			continue;
		if (found)
			return error_set(err, ERR_DESIRED,
					 "has a rule with both %s and %s: one "
					 "rule has one peer",
					 found, sg_peers[i]);
		found = sg_peers[i];
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
	const json_t *value = json_object_get(given, SG_DESCRIPTION);
	const char *text = json_string_value(value);

	if (!value || json_is_null(value))
		return 0;
	if (!text || strlen(text) > 255 ||
	    strspn(text, letters) != strlen(text))
		return error_set(err, ERR_DESIRED,
				 "has a rule whose description AWS does not "
				 "take: at most 255 of a-z, A-Z, 0-9, blanks "
				 "and ._-:/()#,@[]+=&;{}!$*");
	(void)json_object_set_new(rule, SG_DESCRIPTION, json_from_text(text));
	return 0;
}

static int check_tags(const json_t *given, json_t *rule, struct error *err)
{
	json_t *tags = json_object_get(given, SG_TAGS), *value;
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
		(void)json_object_set_new(rule, SG_TAGS, json_deep_copy(tags));
	return 0;
}

static int check_id(const json_t *given, json_t *rule, struct error *err)
{
	const json_t *id = json_object_get(given, SG_ID);
	const char *text = json_string_value(id);

	if (!id)
		return 0;
	if (!text || strncmp(text, "sgr-", 4) != 0)
		return error_set(err, ERR_DESIRED,
				 "has a rule whose rule_id is none");
	(void)json_object_set_new(rule, SG_ID, json_from_text(text));
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
		if (!sg_rule_keys[i] && strcmp(key, SG_ID) != 0)
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
