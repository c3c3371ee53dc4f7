/*
 * The IAM policies that a desired file needs, and no more: who must be allowed
 * what on which resources. From the tables of plans/grant.h, the rules and the
 * catalogue's rows.
 */
#ifndef ABACK_PLANS_PERMITS_H
#define ABACK_PLANS_PERMITS_H

#include <stddef.h>

#include "core/json.h"
#include "plans/desired.h"
#include "plans/grant.h"

enum permits_for {
	PERMITS_PLAN,   /* all commands that change nothing in AWS */
	PERMITS_APPLY,  /* what the rules lead to, and taking it back */
	PERMITS_BACKOUT /* taking it back */
};

/* Of a managed policy, and of what AssumeRole takes: without white space. */
#define PERMITS_MANAGED_MAX ((size_t)6144)
#define PERMITS_SESSION_MAX ((size_t)2048)
/* Who calls where the target names no role. */
#define PERMITS_CALLER "caller"

/*
 * [{"principal": "caller" | the ARN of a target's role, "part": 1, "of": 1,
 * "policy": a policy document}], sorted. What is larger than a managed policy
 * may be has several parts. New reference.
 */
json_t *permits_policies(const struct desired *desired, enum permits_for use);

/* ---- for those who collect them (plans/permits_*.c) --------------------- */

/* An action on a resource (an ARN, "*"); passed_to may be NULL. */
void permits_add(json_t *permits, const char *action, const char *resource,
		 const char *passed_to);
/* All that a row of a table asks for of this subject. */
void permits_add_grant(json_t *permits, const struct grant *grant,
		       const struct grant_subject *subject);
/*
 * What the calls need that the rules can lead to in this target, forward or
 * back: the bits of `ways` say which.
 */
enum { WAY_FORWARD = 1, WAY_BACK = 2 };
void permits_add_rules(json_t *permits, const struct desired *desired,
		       const struct target *target, unsigned ways);
/*
 * One call of a plan, or the one that takes it back. settings: whose change it
 * makes, which may need more than the call itself (a role is passed on).
 */
struct permits_call {
	enum kind kind;
	const char *region, *account, *id;
	const char *arn;  /* of the resource; NULL: not known */
	const char *call; /* "rds:ModifyDBCluster" */
	const json_t *parameters;
	const char *const *settings;
	size_t settings_len;
};
/*
 * What AWS asks of who makes it: [{"action", "resources": [ARNs, or "*"],
 * "passed_to": a service, or null}]. exact: only what is known to the letter,
 * where "resources" are spellings of one, of which AWS asks for one; else all
 * that IAM may be asked for, globs of ARNs too. New array.
 */
json_t *permits_of_call(const struct permits_call *call, bool exact);
/* All that is read to plan and to apply, of all kinds, on anything. */
void permits_add_reading(json_t *permits);
/* Policy documents of at most `most` bytes each. New array. */
json_t *permits_documents(const json_t *permits, size_t most);

#endif
