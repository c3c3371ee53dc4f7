/* Controls of the roles that clusters and their members use. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/cluster_own.h"
#include "plans/controls_rows.h"
#include "plans/iam_role_answer.h"
#include "plans/last_accessed.h"
#include "plans/policy_statements.h"
#include "plans/value_parts.h"

#define ROLE KIND_IAM_ROLE
#define DAY ((int64_t)24 * 60 * 60)
#define UNUSED_DAYS 90

static bool is_of_service(const struct resource *role)
{
	static const char prefix[] = "/aws-service-role/";
	const char *path = json_text(role->facts, IAM_ROLE_PATH);

	return path && !strncmp(path, prefix, strlen(prefix));
}

/* ---- roles of clusters ------------------------------------------------ */

static void judge_role(struct judging *judging, const char *member)
{
	CLEANUP(free_ptr) char *arn = parts_word(member, 0);
	const char *name = arn ? strrchr(arn, '/') : NULL;
	const char *why = json_text(
		json_object_get(judging->resource->unhealthy, CLUSTER_ROLES),
		member);
	bool unread = false;

	if (why)
		failure_member(judge_fail(judging, json_string(member),
					  "roles that are ACTIVE", "%s", why),
			       member);
	else if (name && !judge_find(judging, ROLE, name + 1, &unread) &&
		 !unread)
		failure_member(judge_fail(judging, json_string(member),
					  "roles that exist",
					  "there is no role '%s'", arn),
			       member);
}

static void judge_roles(struct judging *judging)
{
	const struct resource *cluster = judging->resource;
	const json_t *roles = judge_value(judging, cluster, CLUSTER_ROLES);
	size_t i;
	json_t *role;

	if (roles && !json_array_size(roles)) {
		judge_not_applicable(judging);
		return;
	}
	(void)judge_fact(judging, cluster, CLUSTER_ROLE_STATUS);
	json_array_foreach(roles, i, role)
		judge_role(judging, json_string_value(role));
}

/* ---- who may assume a role -------------------------------------------- */

static void judge_principal(void *ctx, const char *principal, bool narrowed)
{
	struct judging *judging = ctx;
	CLEANUP(free_ptr)
	char *account = policy_principal_account(principal);
	const char *but = narrowed ? ", under a condition" : "";
	struct failure *failure;

	if (!strcmp(principal, "*"))
		failure = judge_fail(judging, json_string(principal),
				     "principals that are named",
				     "everybody may assume the role%s", but);
	else if (account &&
		 strcmp(account, judging->resource->place->account_id) != 0)
		failure = judge_fail(judging, json_string(principal),
				     "principals of this account",
				     "'%s' of another account may assume the "
				     "role%s",
				     principal, but);
	else
		return;
	failure_member(failure, principal);
}

static void judge_trust_statement(void *ctx, const char *name UNUSED,
				  const json_t *statement)
{
	policy_each_principal(statement, judge_principal, ctx);
}

static void judge_trust(struct judging *judging)
{
	const json_t *document =
		judge_value(judging, judging->resource, "assume_role_policy");

	policy_each_allow(document, judge_trust_statement, judging);
}

/* ---- what limits it --------------------------------------------------- */

static void judge_boundary(struct judging *judging)
{
	const json_t *value =
		judge_value(judging, judging->resource, "permissions_boundary");

	if (is_of_service(judging->resource))
		judge_not_applicable(judging);
	else if (json_is_null(value))
		(void)judge_fail(judging, NULL, "a permissions boundary",
				 "the role has no permissions boundary");
}

/* A role that is new was perhaps not needed yet. */
static void judge_used(struct judging *judging)
{
	const struct resource *role = judging->resource;
	const char *last = json_text(role->facts, IAM_ROLE_LAST_USED);
	const char *created = json_text(role->facts, IAM_ROLE_CREATED);
	const char *since = last ? last : created;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t when = 0;

	if (!since || clock_parse(since, &when, &err)) {
		judge_unread(judging);
		return;
	}
	(void)judge_fact(judging, role, IAM_ROLE_LAST_USED);
	(void)judge_fact(judging, role, IAM_ROLE_CREATED);
	if (judging->now - when <= UNUSED_DAYS * DAY)
		return;
	(void)judge_fail(judging, json_from_text(last),
			 "use in the past 90 days",
			 last ? "the role was used last at %s"
			      : "nobody used the role since it was made, "
				"at %s",
			 since);
}

/* ---- what it does not need -------------------------------------------- */

#define NAMED_MOST 6

/* When the service was used last: a UTC second, 0 where it never was. */
static int64_t used_last(const json_t *when)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const char *text = json_string_value(when);
	int64_t last = 0;

	return text && !clock_parse(text, &last, &err) ? last : 0;
}

/* The services that it may use, and did not. A new reference. */
static json_t *unused_of(const json_t *services, int64_t since)
{
	CLEANUP(json_release) json_t *names = json_keys(services);
	json_t *unused = json_array(), *name;
	size_t i;

	json_array_foreach(names, i, name) {
		const json_t *when =
			json_object_get(services, json_string_value(name));

		if (used_last(when) < since)
			(void)json_array_append(unused, name);
	}
	return unused;
}

static char *named(const json_t *names)
{
	CLEANUP(strbuf_release) struct strbuf out = STRBUF_INIT(LIMIT_MESSAGE);
	const size_t len = json_array_size(names);

	for (size_t i = 0; i < len && i < NAMED_MOST; i++)
		strbuf_addf(&out, "%s%s", i ? ", " : "",
			    json_string_value(json_array_get(names, i)));
	if (len > NAMED_MOST)
		strbuf_addf(&out, " and %zu more", len - NAMED_MOST);
	return strbuf_detach(&out);
}

/* Nobody can take rights from a role of AWS; a new one needs time. */
static void judge_services(struct judging *judging)
{
	const struct resource *role = judging->resource;
	const int64_t since = judging->now - UNUSED_DAYS * DAY;
	const char *created = json_text(role->facts, IAM_ROLE_CREATED);
	const json_t *services;
	CLEANUP(json_release) json_t *unused = NULL;
	CLEANUP(free_ptr) char *text = NULL;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t made = 0;

	if (is_of_service(role) || !created ||
	    clock_parse(created, &made, &err) || made > since) {
		judge_not_applicable(judging);
		return;
	}
	if (!json_is_object(json_object_get(role->facts, FACT_LAST_ACCESSED))) {
		judge_unread(judging);
		return;
	}
	services = judge_fact(judging, role, FACT_LAST_ACCESSED);
	unused = unused_of(services, since);
	text = named(unused);
	if (json_array_size(unused))
		(void)judge_fail(judging, json_incref(unused),
				 "permissions that are used",
				 "it did not use in %d days what it may do "
				 "with %s",
				 UNUSED_DAYS, text);
}

/* ---- rows ------------------------------------------------------------- */

static const struct control rows[] = {
	{
		.id = "cluster-roles-work",
		.title = "Roles of clusters exist and can be assumed",
		.why = "What the database does with it fails, and who makes a "
		       "role of that name gets what was meant for it.",
		.severity = SEVERITY_MEDIUM,
		.kind = KIND_CLUSTER,
		.references = { "CIS-Aurora-2.0.0 2.4" },
		.settings = { { KIND_CLUSTER, CLUSTER_ROLES } },
		.judge = judge_roles,
		.fix = FIX_DECISION,
		.fix_text = "let rds.amazonaws.com assume the role, or take it "
			    "off the cluster",
	},
	{
		.id = "role-boundary",
		.title = "Roles have a permissions boundary",
		.why = "Whoever may attach a policy to it can give it "
		       "everything.",
		.severity = SEVERITY_MEDIUM,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { ROLE, "permissions_boundary" } },
		.judge = judge_boundary,
		.fix = FIX_DECISION,
		.fix_text = "choose a boundary that has what the role needs, "
			    "and set permissions_boundary to it",
	},
	{
		.id = "role-trust",
		.title = "Roles are assumed only from this account",
		.why = "Whoever can assume it has all that it may do.",
		.severity = SEVERITY_HIGH,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.4",
				"CIS-Aurora-2.0.0 2.7" },
		.settings = { { ROLE, "assume_role_policy" } },
		.judge = judge_trust,
		.fix = FIX_DECISION,
		.fix_text = "name who needs it in assume_role_policy, and "
			    "nobody else",
	},
	{
		.id = "role-permissions-used",
		.title = "Roles use the services that they may use",
		.why = "Permissions that nobody needs are only of use to who "
		       "should not have them.",
		.severity = SEVERITY_INFO,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.lookups = LOOKUP_LAST_ACCESSED,
		.judge = judge_services,
		.fix = FIX_DECISION,
		.fix_text = "take out of its policies what it does not need; "
			    "what is needed once a year shows here as well",
	},
	{
		.id = "role-used",
		.title = "Roles are in use",
		.why = "Permissions that nobody needs are only of use to who "
		       "should not have them.",
		.severity = SEVERITY_INFO,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.judge = judge_used,
		.fix = FIX_DECISION,
		.fix_text = "find out whether it is needed; RDS and others may "
			    "need it seldom",
	},
};

const struct control_table iam_controls = { rows, ARRAY_SIZE(rows) };
