/*
 * Controls of what roles may do: of the policies that are attached to them, and
 * of those that stand in them.
 */
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/controls_rows.h"
#include "plans/iam_policy.h"
#include "plans/policy_statements.h"

#define ROLE KIND_IAM_ROLE
#define POLICY KIND_IAM_POLICY

/* ---- what is too much ------------------------------------------------- */

/* Says what of it is, or NULL. Owned. */
typedef char *(*excess_fn)(const json_t *statement);

static bool is_admin(const json_t *statement)
{
	return policy_first(statement, "Action", policy_is_all) &&
	       policy_first(statement, "Resource", policy_is_all);
}

static char *excess_admin(const json_t *statement)
{
	return is_admin(statement)
		       ? xstrdup("allows every action on every resource")
		       : NULL;
}

/* What is everything is said by the control of that. */
static char *excess_actions(const json_t *statement)
{
	const char *action =
		policy_first(statement, "Action", policy_is_service);

	if (is_admin(statement))
		return NULL;
	if (policy_excepts(statement, "Action"))
		return xstrdup("allows every action but those that it names");
	return action ? xasprintf("allows '%s', every action of a service",
				  action)
		      : NULL;
}

static char *excess_resources(const json_t *statement)
{
	const char *action = policy_first(statement, "Action", policy_is_all);

	if (is_admin(statement))
		return NULL;
	if (policy_excepts(statement, "Resource"))
		return xstrdup("allows it on every resource but those that it "
			       "names");
	if (!policy_first(statement, "Resource", policy_is_all))
		return NULL;
	if (!action)
		action = policy_first(statement, "Action", policy_is_service);
	return action ? xasprintf("allows '%s' on every resource", action)
		      : xstrdup("allows its actions on every resource");
}

static bool is_decrypting(const char *action)
{
	static const char *const actions[] = { "kms:*", "kms:Decrypt",
					       "kms:ReEncryptFrom",
					       "kms:ReEncrypt*" };
	bool is = policy_is_all(action);

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		is |= !strcasecmp(action, actions[i]);
	return is;
}

/* a star, or all keys of an account */
static bool is_all_keys(const char *resource)
{
	const char *end = strrchr(resource, ':');

	return policy_is_all(resource) ||
	       (strstr(resource, ":kms:") && end &&
		(!strcmp(end, ":*") || !strcmp(end, ":key/*")));
}

static char *excess_decrypt(const json_t *statement)
{
	const char *action = policy_first(statement, "Action", is_decrypting);

	return !is_admin(statement) && action &&
			       policy_first(statement, "Resource", is_all_keys)
		       ? xasprintf("allows '%s' with every KMS key", action)
		       : NULL;
}

static bool is_connecting(const char *action)
{
	return !strcasecmp(action, "rds-db:connect") ||
	       !strcasecmp(action, "rds-db:*");
}

/* dbuser, then any cluster, then any user: "…:dbuser:cluster-1/" and a star */
static bool is_any_user(const char *resource)
{
	const char *user = strrchr(resource, '/');

	return policy_is_all(resource) || (user && !strcmp(user, "/*"));
}

static char *excess_connect(const json_t *statement)
{
	const char *resource = policy_first(statement, "Resource", is_any_user);

	return policy_first(statement, "Action", is_connecting) && resource
		       ? xasprintf("allows to log in as every user of '%s'",
				   resource)
		       : NULL;
}

/* ---- predicates ------------------------------------------------------- */

struct reading {
	struct judging *judging;
	excess_fn excess;
	const char *policy; /* an inline one's name; NULL: the resource is it */
	const char *expected;
};

static void read_statement(void *ctx, const char *name, const json_t *statement)
{
	const struct reading *reading = ctx;
	CLEANUP(free_ptr) char *what = reading->excess(statement);
	CLEANUP(free_ptr) char *member = NULL;

	if (!what)
		return;
	member = reading->policy ? xasprintf("%s: %s", reading->policy, name)
				 : xstrdup(name);
	failure_member(judge_fail(reading->judging,
				  json_incref((json_t *)(uintptr_t)statement),
				  reading->expected, "%s %s", member, what),
		       member);
}

/* Each document of a role's own, or the one of a policy. */
static void read_documents(struct judging *judging, excess_fn excess,
			   const char *expected)
{
	const struct resource *resource = judging->resource;
	struct reading reading = { .judging = judging,
				   .excess = excess,
				   .expected = expected };
	const json_t *value;
	const char *name;
	json_t *document;

	if (resource->kind == POLICY) {
		value = judge_value(judging, resource, "document");
		policy_each_allow(value, read_statement, &reading);
		return;
	}
	value = judge_value(judging, resource, "inline_policies");
	json_object_foreach((json_t *)(uintptr_t)value, name, document) {
		judge_forget(judging);
		judge_note(judging, resource, "inline_policies", name,
			   "PolicyDocument", document);
		reading.policy = name;
		policy_each_allow(document, read_statement, &reading);
	}
}

static void judge_admin(struct judging *judging)
{
	read_documents(judging, excess_admin, "the actions that are needed");
}

static void judge_actions(struct judging *judging)
{
	read_documents(judging, excess_actions, "the actions that are needed");
}

/* What AWS writes is not for others to narrow; roles need not have it. */
static void judge_resources(struct judging *judging)
{
	const char *arn = judging->resource->arn;

	if (judging->resource->kind == POLICY && arn &&
	    iam_policy_is_of_aws(arn))
		judge_not_applicable(judging);
	else
		read_documents(judging, excess_resources,
			       "the resources that are needed");
}

static void judge_decrypt(struct judging *judging)
{
	read_documents(judging, excess_decrypt, "the keys that are needed");
}

static void judge_connect(struct judging *judging)
{
	read_documents(judging, excess_connect,
		       "the users of the database that are needed");
}

/* ---- rows ------------------------------------------------------------- */

#define WHY_ADMIN "Whoever has the role has the account."
#define WHY_ACTIONS \
	"Whoever takes the role over may do what nobody meant it to do."
#define WHY_RESOURCES "What goes wrong with one database reaches all others."
#define WHY_DECRYPT "Whoever has the role can read all that is encrypted."
#define WHY_CONNECT \
	"Whoever has the role can be any user of the database, its owner too."

#define FIX_ACTIONS                                                       \
	"find out which actions are used (IAM shows when each was), and " \
	"name those"

#define ATTACHED_ADMIN                                                     \
	"FSBP IAM.1", "Config iam-policy-no-statements-with-admin-access", \
		("Prowler "                                                \
		 "iam_customer_attached_policy_no_administrative_"         \
		 "privileges"),                                            \
		"Prowler iam_aws_attached_policy_no_administrative_privileges"

static const struct control rows[] = {
	{
		.id = "policy-no-admin",
		.title = "Attached policies do not allow everything",
		.why = WHY_ADMIN,
		.severity = SEVERITY_CRITICAL,
		.kind = POLICY,
		.references = { "CIS-Aurora-2.0.0 2.7", ATTACHED_ADMIN },
		.settings = { { POLICY, "document" },
			      { ROLE, "managed_policy_arns" } },
		.judge = judge_admin,
		.fix = FIX_DECISION,
		.fix_text = FIX_ACTIONS,
	},
	{
		.id = "policy-no-decrypt-all",
		.title = "Attached policies do not decrypt with every key",
		.why = WHY_DECRYPT,
		.severity = SEVERITY_MEDIUM,
		.kind = POLICY,
		.references = { "CIS-Aurora-2.0.0 2.7", "FSBP KMS.1",
				"Config "
				"iam-customer-policy-blocked-kms-actions" },
		.settings = { { POLICY, "document" } },
		.judge = judge_decrypt,
		.fix = FIX_DECISION,
		.fix_text = "name the keys that are needed",
	},
	{
		.id = "policy-no-login-all",
		.title = "Attached policies do not log in as every user",
		.why = WHY_CONNECT,
		.severity = SEVERITY_HIGH,
		.kind = POLICY,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { POLICY, "document" } },
		.judge = judge_connect,
		.fix = FIX_DECISION,
		.fix_text = "name the clusters and users that are needed",
	},
	{
		.id = "policy-no-wildcard-actions",
		.title = "Attached policies name their actions",
		.why = WHY_ACTIONS,
		.severity = SEVERITY_HIGH,
		.kind = POLICY,
		.references = { "CIS-Aurora-2.0.0 2.7", "FSBP IAM.21",
				"Config "
				"iam-policy-no-statements-with-full-access" },
		.settings = { { POLICY, "document" },
			      { ROLE, "managed_policy_arns" } },
		.judge = judge_actions,
		.fix = FIX_DECISION,
		.fix_text = FIX_ACTIONS,
	},
	{
		.id = "policy-no-wildcard-resources",
		.title = "Attached policies name their resources",
		.why = WHY_RESOURCES,
		.severity = SEVERITY_LOW,
		.kind = POLICY,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { POLICY, "document" } },
		.judge = judge_resources,
		.fix = FIX_DECISION,
		.fix_text = "name the resources, where the actions know any",
	},
	{
		.id = "role-inline-no-admin",
		.title = "Inline policies do not allow everything",
		.why = WHY_ADMIN,
		.severity = SEVERITY_CRITICAL,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7",
				"Prowler "
				"iam_inline_policy_no_administrative_"
				"privileges" },
		.settings = { { ROLE, "inline_policies" } },
		.judge = judge_admin,
		.fix = FIX_DECISION,
		.fix_text = FIX_ACTIONS,
	},
	{
		.id = "role-inline-no-decrypt-all",
		.title = "Inline policies do not decrypt with every key",
		.why = WHY_DECRYPT,
		.severity = SEVERITY_MEDIUM,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7", "FSBP KMS.2",
				"Config "
				"iam-inline-policy-blocked-kms-actions" },
		.settings = { { ROLE, "inline_policies" } },
		.judge = judge_decrypt,
		.fix = FIX_DECISION,
		.fix_text = "name the keys that are needed",
	},
	{
		.id = "role-inline-no-login-all",
		.title = "Inline policies do not log in as every user",
		.why = WHY_CONNECT,
		.severity = SEVERITY_HIGH,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { ROLE, "inline_policies" } },
		.judge = judge_connect,
		.fix = FIX_DECISION,
		.fix_text = "name the clusters and users that are needed",
	},
	{
		.id = "role-inline-no-wildcard-actions",
		.title = "Inline policies name their actions",
		.why = WHY_ACTIONS,
		.severity = SEVERITY_HIGH,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { ROLE, "inline_policies" } },
		.judge = judge_actions,
		.fix = FIX_DECISION,
		.fix_text = FIX_ACTIONS,
	},
	{
		.id = "role-inline-no-wildcard-resources",
		.title = "Inline policies name their resources",
		.why = WHY_RESOURCES,
		.severity = SEVERITY_LOW,
		.kind = ROLE,
		.references = { "CIS-Aurora-2.0.0 2.7" },
		.settings = { { ROLE, "inline_policies" } },
		.judge = judge_resources,
		.fix = FIX_DECISION,
		.fix_text = "name the resources, where the actions know any",
	},
};

const struct control_table policy_controls = { rows, ARRAY_SIZE(rows) };
