/*
 * SimulatePrincipalPolicy: what a user or a role may, as its policies say.
 *
 * As AWS answers it (the API reference's EvaluationResult, SimulatePrincipal-
 * Policy and ResourceSpecificResult, and what others saw of it):
 *
 * - There is one result per action, however many resources are asked for. Its
 *   decision is the strictest of them all; what one of them says is among its
 *   ResourceSpecificResults. Before that there was one per resource, each with
 *   the same decision over all of them, and who knows where there still is: an
 *   account of the fleet that "simulates_by_resource" does so. Who counts
 *   results, or reads them by their resource, reads too much out of them.
 * - EvalResourceName is the resource where there is one, "*" where there is
 *   none; of several it is a template with variables, which is no ARN.
 * - With resources, actions of different sorts are refused in one call, since
 *   they "require different authorization information". Which are of one sort
 *   is nowhere said; sts:AssumeRole and iam:PassRole are not. Here it is all
 *   that this simulator knows the resources of, and the rest, which is stricter
 *   than AWS.
 * - A resource that is not of a type that the action is about is not allowed,
 *   whatever the policies say.
 * - It takes users, groups and roles. A session's ARN is none of these.
 * - No limit of actions or resources is published; MaxItems is 100 unless said,
 *   and at most 1,000. It throttles as all of IAM does (Throttling, "Rate
 *   exceeded", HTTP 400); at which rate is not published, five calls a second
 *   were seen to pass.
 */
#ifndef ABACK_TESTS_SIM_IAM_SIMULATE_H
#define ABACK_TESTS_SIM_IAM_SIMULATE_H

#include "core/json.h"

struct iam_call;
struct page;

struct simulation {
	struct iam_call *call;
	const char *arn;        /* the principal's */
	const json_t *policies; /* the principal's; NULL: it may everything */
	json_t *actions;        /* texts */
	json_t *resources;      /* ARNs; empty: none was named */
	json_t *keys;           /* the names of what the context has */
	const char *passed_to;  /* iam:PassedToService of it, or NULL */
	json_t *form;
};

/* That page of the results, and where it goes on. */
void simulation_add_results(const struct simulation *simulation,
			    const struct page *page);

#endif
