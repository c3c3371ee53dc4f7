/* Rules in the parameters of calls, on the way there and back. */
#include "plans/sg_rule.h"

#include <stdarg.h>
#include <string.h>

#include "core/mem.h"
#include "plans/sg_rule_parts.h"

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
	const char *description = json_text(rule, SG_DESCRIPTION);
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
	set(parameters, json_text(rule, SG_PROTOCOL), PERMISSION "IpProtocol");
	set_port(parameters, rule, SG_FROM, "FromPort");
	set_port(parameters, rule, SG_TO, "ToPort");
	for (size_t i = 0; i < ARRAY_SIZE(wires); i++) {
		if (json_text(rule, wires[i].key))
			set_peer(parameters, rule, i, revoke);
	}
	if (!revoke)
		set_tags(parameters, json_object_get(rule, SG_TAGS));
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
	sg_put_text(rule, wires[wire].key, whole);
	sg_put_text(rule, SG_DESCRIPTION,
		    get(parameters, "%s.Description", at));
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
		(void)json_object_set(rule, SG_TAGS, tags);
}

json_t *sg_rule_from_call(const json_t *parameters, bool revoke)
{
	CLEANUP(json_release) json_t *given = json_object();
	CLEANUP(json_release) json_t *rule = NULL;
	CLEANUP(json_release) json_t *again = json_object();
	CLEANUP(error_release) struct error err = ERROR_INIT;
	json_t *group = json_object_get(parameters, "GroupId");

	sg_put_text(given, SG_PROTOCOL,
		    get(parameters, PERMISSION "IpProtocol"));
	sg_put_port(given, SG_FROM, get(parameters, PERMISSION "FromPort"));
	sg_put_port(given, SG_TO, get(parameters, PERMISSION "ToPort"));
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

	sg_put_text(rule, SG_PROTOCOL,
		    sg_protocol_name(get(parameters, "%s.IpProtocol", at)));
	sg_put_port(rule, SG_FROM, get(parameters, "%s.FromPort", at));
	sg_put_port(rule, SG_TO, get(parameters, "%s.ToPort", at));
	if (!get_peer_at(parameters, permission, wire, of, rule))
		return NULL;
	if (!strncmp(key, "cidr", 4)) {
		CLEANUP(free_ptr) char *text = xstrdup(json_text(rule, key));

		sg_put_network(rule, key, text);
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
