/* What rules let through. */
#include "plans/sg_rule.h"

#include <string.h>

#include "core/cidr.h"
#include "plans/sg_rule_parts.h"

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
	const char *protocol = json_text(rule, SG_PROTOCOL);
	const char *outer = json_text(other, SG_PROTOCOL);

	if (!protocol || !outer)
		return false;
	if (!strcmp(outer, "-1"))
		return true;
	if (strcmp(protocol, outer) != 0)
		return false;
	/* type and code are no range */
	if (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0)
		return is_any_or(rule, other, SG_FROM) &&
		       is_any_or(rule, other, SG_TO);
	return json_integer_value(json_object_get(other, SG_FROM)) <=
		       json_integer_value(json_object_get(rule, SG_FROM)) &&
	       json_integer_value(json_object_get(rule, SG_TO)) <=
		       json_integer_value(json_object_get(other, SG_TO));
}

bool sg_rule_lies_in(const json_t *rule, const json_t *other)
{
	return ports_lie_in(rule, other) && peer_lies_in(rule, other);
}

bool sg_rule_has_port(const json_t *rule, json_int_t port)
{
	const char *protocol = json_text(rule, SG_PROTOCOL);
	const json_t *from = json_object_get(rule, SG_FROM);
	const json_t *to = json_object_get(rule, SG_TO);

	if (!protocol)
		return false;
	if (!strcmp(protocol, "-1"))
		return true;
	return !strcmp(protocol, "tcp") && json_integer_value(from) <= port &&
	       port <= json_integer_value(to);
}
