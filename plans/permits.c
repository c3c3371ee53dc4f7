#include "plans/permits.h"

#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/lookup_question.h"
#include "plans/planner.h"

void permits_add_grant(json_t *permits, const struct grant *grant,
		       const struct grant_subject *subject)
{
	const char *partition = endpoint_partition(subject->region);

	if (!grant->arns[0])
		permits_add(permits, grant->action, "*", grant->passed_to);
	for (size_t i = 0; i < GRANT_ARNS_MAX && grant->arns[i]; i++) {
		CLEANUP(free_ptr)
		char *arn = grant_arn(grant->arns[i], subject, partition);

		permits_add(permits, grant->action, arn, grant->passed_to);
	}
}

static void add_row(json_t *permits, const struct grant *grant,
		    const struct target *target)
{
	const struct grant_subject subject = { .region = target->region,
					       .account = target->account_id,
					       .id = "*" };

	permits_add_grant(permits, grant, &subject);
}

static void add_table(json_t *permits, const struct grant *grant,
		      const struct target *target, unsigned uses)
{
	for (; grant->action; grant++) {
		if (grant->use & uses)
			add_row(permits, grant, target);
	}
}

static void add_lookups(json_t *permits, const struct target *target,
			unsigned lookups, unsigned uses)
{
	for (size_t i = 0; i < LOOKUP_QUESTIONS; i++) {
		const struct lookup_question *question = &lookup_questions[i];

		if (lookups & question->lookup && question->grant.use & uses)
			add_row(permits, &question->grant, target);
	}
}

/* What plans of this file read, and what is read again as they are applied. */
static void add_planning(json_t *permits, const struct desired *desired,
			 const struct target *target)
{
	const struct live_wanted *wanted;
	struct desired_reads *reads = desired_reads_new(desired, &wanted);

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		if (!wanted->kinds[kind])
			continue;
		add_table(permits, kind_ops(kind)->grants, target,
			  GRANT_READ | GRANT_PLAN);
		add_lookups(permits, target, wanted->lookups[kind], GRANT_READ);
	}
	desired_reads_free(reads);
}

/* A review looks at everything, whatever the rules are about. */
static void add_reporting(json_t *permits, const struct target *target)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		add_table(permits, kind_ops(kind)->grants, target,
			  GRANT_READ | GRANT_REPORT);
	add_lookups(permits, target, ~0U, GRANT_READ | GRANT_REPORT);
	add_table(permits, surrounding_grants, target, GRANT_REPORT);
	add_table(permits, trail_grants, target, GRANT_REPORT);
}

static const char *principal_of(const char *role_arn)
{
	return role_arn ? role_arn : PERMITS_CALLER;
}

static json_t *permits_of(json_t *all, const char *role_arn)
{
	json_t *permits = json_object_get(all, principal_of(role_arn));

	if (!permits) {
		permits = json_object();
		(void)json_object_set_new(all, principal_of(role_arn), permits);
	}
	return permits;
}

/* A caller assumes the roles that do the rest. */
static void add_roles(json_t *all, const char *role_arn)
{
	if (role_arn)
		permits_add(permits_of(all, NULL), "sts:AssumeRole", role_arn,
			    NULL);
}

static unsigned occasions(enum permits_for use)
{
	return use == PERMITS_PLAN ? ~(1U << OCCASION_BREAK_GLASS)
				   : 1U << OCCASION_BREAK_GLASS;
}

/* Topics to which somebody is told what such commands have to tell. */
static void add_topics(json_t *all, const struct desired *desired,
		       enum permits_for use)
{
	for (size_t i = 0; i < desired->notify_len; i++) {
		const struct notify *notify = &desired->notify[i];

		if (notify->channel != CHANNEL_SNS ||
		    !(notify->occasions & occasions(use)))
			continue;
		add_roles(all, notify->role_arn);
		permits_add(permits_of(all, notify->role_arn), "sns:Publish",
			    notify->topic_arn, NULL);
	}
}

/* Of itself; who the caller is stands nowhere in the file. */
static void add_preflight(json_t *permits, const struct target *target)
{
	if (target->role_arn)
		permits_add(permits, "iam:SimulatePrincipalPolicy",
			    target->role_arn, NULL);
	else
		add_table(permits, preflight_grants, target, GRANT_WRITE);
}

static void add_target(json_t *all, const struct desired *desired,
		       const struct target *target, enum permits_for use)
{
	json_t *permits = permits_of(all, target->role_arn);

	add_roles(all, target->role_arn);
	add_planning(permits, desired, target);
	if (use == PERMITS_PLAN) {
		add_reporting(permits, target);
		return;
	}
	permits_add_rules(permits, desired, target,
			  use == PERMITS_APPLY ? WAY_FORWARD | WAY_BACK
					       : WAY_BACK);
	add_preflight(permits, target);
}

json_t *permits_policies(const struct desired *desired, enum permits_for use)
{
	CLEANUP(json_release) json_t *all = json_object();
	json_t *policies = json_array();
	size_t len;
	CLEANUP(free_ptr) const char **names = NULL;

	for (size_t i = 0; i < desired->targets_len; i++)
		add_target(all, desired, &desired->targets[i], use);
	add_topics(all, desired, use);
	names = json_sorted_keys(all, &len);
	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release)
		json_t *documents = permits_documents(
			json_object_get(all, names[i]), PERMITS_MANAGED_MAX);
		size_t part;
		json_t *document;

		json_array_foreach(documents, part, document)
			json_array_append_new(
				policies,
				json_pack(
					"{ss sI sI sO}", "principal", names[i],
					"part", (json_int_t)part + 1, "of",
					(json_int_t)json_array_size(documents),
					"policy", document));
	}
	return policies;
}
