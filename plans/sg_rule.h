/*
 * One rule of a security group, as a member of a set. In canonical form an
 * object of: ip_protocol ("tcp", "-1", "50"), from_port and to_port where the
 * protocol has such, one of cidr_ipv4, cidr_ipv6, prefix_list_id and
 * referenced_group_id ("sg-1", or "<account>/sg-1" of another account); beside
 * these, which say what rule it is: description, tags and, where it was read
 * from AWS, rule_id.
 */
#ifndef ABACK_PLANS_SG_RULE_H
#define ABACK_PLANS_SG_RULE_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

/* The keys that people may write, ending in NULL. */
extern const char *const sg_rule_keys[];

/*
 * Check a rule and bring it into canonical form. ERR_DESIRED, which goes on
 * from the setting's name ("has a rule …"). New reference in *ret_rule.
 */
MUST_CHECK int sg_rule_check(const json_t *given, json_t **ret_rule,
			     struct error *err);

/*
 * The rule of one item of a securityGroupRuleSet, whose elements' texts are
 * given by name; tagSet is an object. Never fails: what it does not know stays
 * as it is. own: the group's account. New reference.
 */
json_t *sg_rule_from_wire(const json_t *item, const char *own);

/* "tcp 5432 10.0.0.0/8": what rule it is, and nothing else. Owned. */
char *sg_rule_text(const json_t *rule);
/* The same, and its description. Owned. */
char *sg_rule_show(const json_t *rule);

/* Are they the same rule, whatever else they say? */
bool sg_rule_same(const json_t *a, const json_t *b);
/*
 * Are they the same, and does none say what the other one contradicts? Of two
 * that were read, all must be equal. Of others, a description that is given.
 */
bool sg_rule_equal(const json_t *a, const json_t *b);
/*
 * What `wanted` comes to where `live` (NULL: nothing) is the same rule: a rule
 * that is there keeps its id and its tags, and its description unless another
 * one is wanted. New reference.
 */
json_t *sg_rule_adopt(const json_t *live, const json_t *wanted);
/* A copy without its id. */
json_t *sg_rule_anonymous(const json_t *rule);
/* Does it name so much of the world that its addresses are strangers'? */
bool sg_rule_is_public(const json_t *rule);
/* From everywhere: 0.0.0.0/0 or ::/0. */
bool sg_rule_is_world(const json_t *rule);
/*
 * Does all that it lets through get through the other one as well? Both are in
 * canonical form; a rule lies in itself.
 */
bool sg_rule_lies_in(const json_t *rule, const json_t *other);
/* Does it let the TCP port through? */
bool sg_rule_has_port(const json_t *rule, json_int_t port);

/*
 * Add the rule's parameters to those of a call that authorises it or, without
 * description and tags, of one that revokes it.
 */
void sg_rule_to_call(const json_t *rule, bool revoke, json_t *parameters);
/* The rule of a call's parameters; NULL: they are none of ours. New ref. */
json_t *sg_rule_from_call(const json_t *parameters, bool revoke);
/*
 * All rules of a call that somebody else sent, which may have several, spelled
 * in any way that EC2 takes. A new array; what is no rule is left out.
 */
json_t *sg_rules_of_call(const json_t *parameters);

#endif
