/* Why a change of what a cluster has calls of its own for is not made. */
#include <string.h>

#include "core/mem.h"
#include "plans/cluster_own.h"
#include "plans/lookup.h"
#include "plans/value.h"
#include "plans/value_parts.h"

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

static bool is_mysql(const struct resource *resource)
{
	return resource->engine && !strcmp(resource->engine, "aurora-mysql");
}

/* Aurora MySQL has none; a made-up one, AWS takes and never lets go of. */
static void refuse_feature(const struct resource *resource, const char *feature,
			   struct strbuf *reason, const char **ret_remedy)
{
	const json_t *can = json_object_get(resource->facts, FACT_FEATURES);

	if (can ? json_array_has(can, feature) : !is_mysql(resource))
		return;
	if (is_mysql(resource)) {
		strbuf_addf(reason,
			    "aurora-mysql takes roles without a feature, not "
			    "for '%s'",
			    feature);
		*ret_remedy = "leave feature_name out, and name the role in "
			      "the parameter that uses it, such as "
			      "aws_default_s3_role";
		return;
	}
	strbuf_addf(reason, "%s %s has no feature '%s', only ",
		    resource->engine, resource->engine_version, feature);
	rds_list(can, reason);
	*ret_remedy = "name one of these, in the same letter case";
}

static void refuse_role(const struct resource *resource, const char *member,
			struct strbuf *reason, const char **ret_remedy)
{
	CLEANUP(free_ptr) char *role = parts_word(member, 0);
	CLEANUP(free_ptr) char *feature = parts_word(member, 1);

	if (feature) {
		refuse_feature(resource, feature, reason, ret_remedy);
		return;
	}
	if (!resource->engine || is_mysql(resource))
		return;
	strbuf_addf(reason, "%s needs to know what the role '%s' is for",
		    resource->engine, role);
	*ret_remedy = "give it a feature_name, such as s3Import, s3Export or "
		      "Lambda";
}

static void refuse_roles(const struct resource *resource,
			 const struct call_change *change,
			 struct strbuf *reason, const char **ret_remedy)
{
	CLEANUP(json_release)
	json_t *more = set_minus(change->after, change->before);
	size_t i;
	json_t *member;

	json_array_foreach(more, i, member) {
		if (!reason->len)
			refuse_role(resource, json_string_value(member), reason,
				    ret_remedy);
	}
}

/* Restored clusters name a secret that is another one's. */
static void refuse_unknown_secret(const struct resource *resource,
				  struct strbuf *reason,
				  const char **ret_remedy)
{
	const char *owner = json_text(resource->facts, FACT_SECRET_OWNER);
	const char *arn = rds_fact(resource, FACT_SECRET_ARN);

	strbuf_addf(reason, "the cluster names the secret '%s'",
		    arn ? arn : "");
	if (!owner)
		strbuf_adds(reason, ", which Secrets Manager does not have");
	else
		strbuf_addf(reason,
			    ", which Secrets Manager does not hold for RDS "
			    "(its owner is '%s')",
			    owner);
	strbuf_adds(reason, ": nobody knows who keeps the master password");
	*ret_remedy = "find out with 'aws secretsmanager describe-secret'; "
		      "'aws rds modify-db-cluster "
		      "--manage-master-user-password' makes a new secret";
}

static void refuse_managed(const struct resource *resource,
			   const struct call_change *change,
			   struct strbuf *reason, const char **ret_remedy)
{
	if (json_is_string(change->before)) {
		refuse_unknown_secret(resource, reason, ret_remedy);
	} else if (!json_is_true(change->after)) {
		strbuf_adds(reason, "turning it off needs a new master "
				    "password, which aback never sends: the "
				    "one from before cannot be restored");
		*ret_remedy = "set one by hand with 'aws rds modify-db-cluster "
			      "--no-manage-master-user-password "
			      "--master-user-password …'; RDS then deletes "
			      "the secret";
	}
}

static void refuse_secret_key(const struct call_change *change,
			      struct strbuf *reason, const char **ret_remedy)
{
	if (!json_is_string(change->before))
		return;
	strbuf_adds(reason, "the key of the secret cannot be changed while RDS "
			    "manages the master password");
	*ret_remedy = "take the password back by hand ('aws rds "
		      "modify-db-cluster --no-manage-master-user-password "
		      "--master-user-password …'), then let a rule turn "
		      "managing on again with the other key";
}

static void refuse_stream(const struct resource *resource,
			  const struct call_change *change,
			  struct strbuf *reason, const char **ret_remedy)
{
	const char *before = json_string_value(change->before);
	const char *after = json_string_value(change->after);

	if (value_equal(change->setting, change->before, change->after)) {
		strbuf_adds(reason, "a start or stop of an activity stream "
				    "that waits for the window cannot be taken "
				    "back");
		*ret_remedy = "plan again after the window";
	} else if (after && is_mysql(resource) &&
		   strncmp(after, "sync ", 5) == 0) {
		strbuf_adds(reason, "aurora-mysql streams activity only "
				    "asynchronously");
		*ret_remedy = "let the rule say mode: async";
	} else if (before && after && change->window) {
		strbuf_adds(reason, "another mode or key takes a stop and then "
				    "a start, which one window cannot do");
		*ret_remedy = "take 'when: window' from the rule";
	}
}

void cluster_refuse_own(const struct resource *resource,
			const struct call_change *change, struct strbuf *reason,
			const char **ret_remedy)
{
	const struct setting *setting = change->setting;

	if (is(setting, CLUSTER_ROLES))
		refuse_roles(resource, change, reason, ret_remedy);
	else if (is(setting, CLUSTER_MANAGED))
		refuse_managed(resource, change, reason, ret_remedy);
	else if (is(setting, CLUSTER_SECRET_KEY))
		refuse_secret_key(change, reason, ret_remedy);
	else if (is(setting, CLUSTER_STREAM))
		refuse_stream(resource, change, reason, ret_remedy);
}
