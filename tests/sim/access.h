/*
 * Whether a caller may do what he asks for. Who has no policies in the fleet
 * file may do everything; policies that he has are held to: documents with
 * Allow, Deny, globs of actions and of ARNs, and StringEquals.
 */
#ifndef ABACK_TESTS_SIM_ACCESS_H
#define ABACK_TESTS_SIM_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/json.h"

struct access_key;
struct account;
struct answer;
struct request;
struct sim;

enum verdict {
	VERDICT_ALLOWED,
	VERDICT_NOT_ALLOWED, /* no statement allows it */
	VERDICT_DENIED       /* a statement denies it */
};

/* One thing that a request needs. */
struct need {
	char *action;          /* "rds:ModifyDBCluster" */
	char *resource;        /* an ARN, or "*" */
	const char *passed_to; /* of iam:PassRole; NULL: of none */
};
struct needs {
	struct need *items;
	size_t len, cap;
};
void needs_release(struct needs *needs);
/* What the request needs (tests/sim/access_needs.c). */
void needs_of(const struct request *request, struct needs *ret_needs);

/* Does the simulator know of what resources that action ("rds:…") is? */
bool needs_knows(const char *action);
/* Is the ARN of such a resource? What is not known fits all, and "*" all. */
bool needs_fits(const char *action, const char *arn);

/* What these documents (NULL: anything goes) say of it. */
enum verdict access_judge(const json_t *policies, const struct need *need);

/*
 * The statements that this verdict comes from, each as {"policy": the index of
 * its document, "start", "end": its first and last column in that, from 1,
 * where it is written without blanks}. A new reference.
 */
json_t *access_deciding(const json_t *policies, const struct need *need,
			enum verdict verdict);
/*
 * The keys of conditions that stand in the way of statements about it and that
 * are not among the given names. A new reference.
 */
json_t *access_missing(const json_t *policies, const struct need *need,
		       const json_t *given);

/* May the caller? Else answer refuses, in AWS's words. */
MUST_CHECK bool access_check(const struct request *request,
			     struct answer *answer);

/* The policies that the caller is held to; NULL: none. Borrowed. */
const json_t *access_policies(const struct account *account,
			      const struct access_key *key);

#endif
