/*
 * The EC2 calls. ec2.c dispatches and describes groups, ec2_write.c has the
 * rules' writes, ec2_form.c reads the flattened lists of EC2's dialect,
 * ec2_group.c has what a group is, ec2_network.c subnets and route tables,
 * ec2_list.c what all listings share.
 */
#ifndef ABACK_TESTS_SIM_EC2_H
#define ABACK_TESTS_SIM_EC2_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/strbuf.h"
#include "tests/sim/fleet.h"
#include "tests/sim/sim.h"

struct ec2_call {
	struct sim *sim;
	struct request *request;
	struct answer *answer;
	const struct effect *effect;
	struct place *place; /* NULL: nothing is in this region */
	json_t *form;        /* see ec2_form */
	bool dry;            /* see ec2_is_dry */
};

/* ---- ec2_form.c ---- */
/*
 * Parameters as a tree: "A.1.B" is an object in an object; the members of a
 * list are called "1", "2" and so on. NULL: two parameters contradict.
 */
json_t *ec2_form(const json_t *parameters);
/* The n-th of a list, from 1; NULL: there are no more. */
json_t *ec2_item(const json_t *list, int n);
/* The texts of a list of texts, in order. A new reference. */
json_t *ec2_texts(const json_t *list);
/* Are all names of an object among these (separated by blanks)? */
bool ec2_only(struct ec2_call *call, const json_t *object, const char *names);

/* ---- ec2_group.c ---- */
/* Complete a group's state and that of its rules. ERR_FORMAT. */
MUST_CHECK int ec2_group_defaults(const struct place *place, json_t *group,
				  struct error *err);
/* A group for each id that a cluster names and nobody described. */
void ec2_make_groups(struct place *place);
json_t *ec2_group(const struct place *place, const char *id);
/* The group's rules as reads see them now. Borrowed. */
json_t *ec2_visible_rules(const struct place *place, const json_t *group);
/* The same direction, protocol, ports and peer? */
bool ec2_same_rule(const json_t *a, const json_t *b);
/* An id for a new rule. Owned. */
char *ec2_rule_id(const char *group, const char *salt);

/* ---- ec2_write.c ---- */
void ec2_authorize(struct ec2_call *call, bool egress);
void ec2_revoke(struct ec2_call *call, bool egress);
void ec2_describe_again(struct ec2_call *call, bool egress);

/* ---- ec2_dry.c ---- */
/* Take DryRun out of the form; false: answer refuses. */
MUST_CHECK bool ec2_read_dry(struct ec2_call *call);
/*
 * Is the call a dry run, which ends here? Then it has its answer.
 *
 * DryRun=true asks whether the caller is permitted, as the EC2 API reference
 * has it; what else it looks at, nobody promises. AuthorizeSecurityGroupIngress
 * was seen to say that it would succeed without any group,
 * AuthorizeSecurityGroupEgress to complain of the same, ImportImage to be
 * content without any parameter. Here permissions come first; then what is
 * malformed, and what has to be there for somebody to be permitted it: groups,
 * and rules by their ids. Whether a rule is there already, is not there, or is
 * one too many, it does not look at.
 */
MUST_CHECK bool ec2_is_dry(struct ec2_call *call);

/* ---- ec2_list.c ---- */
/* One thing that may be listed, with what filters look at. */
struct ec2_listed {
	const char *id;
	json_t *filters; /* name → text or array of texts; owned */
	json_t *group, *rule;
};
struct ec2_listing {
	struct ec2_listed *items;
	size_t len, cap;
};
/* What differs between the listings. */
struct ec2_sort {
	/* the parameter with ids, how they begin, "…": of "….NotFound", what
	 * that calls it, the element with the items */
	const char *ids, *prefix, *stem, *noun, *set;
	const char *filters; /* names, separated by blanks */
	void (*add)(struct ec2_call *call, const struct ec2_listed *item);
};
void ec2_listing_release(struct ec2_listing *listing);
void ec2_list_add(struct ec2_listing *listing, const char *id, json_t *filters,
		  json_t *group, json_t *rule);
/* Answer with a page of what was asked for. */
void ec2_list(struct ec2_call *call, struct ec2_listing *listing,
	      const struct ec2_sort *sort);

/* ---- ec2_network.c ---- */
void ec2_describe_route_tables(struct ec2_call *call);
void ec2_describe_subnets(struct ec2_call *call);

/* ---- ec2.c ---- */
/* An object's text or integer as an element; what is not there is none. */
void ec2_add_text(struct strbuf *out, const char *element, const json_t *object,
		  const char *key);
void ec2_add_tags(struct strbuf *out, const json_t *tags);
void ec2_begin(struct ec2_call *call);
void ec2_end(struct ec2_call *call);
/* One rule as an element of a securityGroupRuleSet. */
void ec2_add_rule(struct strbuf *out, const struct place *place,
		  const char *group, const json_t *rule);
/* A permission as an element, its peers in the lists. */
void ec2_add_permission(struct strbuf *out, const json_t *rule,
			const char *account);

#endif
