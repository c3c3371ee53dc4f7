/* Why a change of a cluster is not made. */
#include <string.h>

#include "core/mem.h"
#include "plans/cluster_own.h"
#include "plans/lookup.h"
#include "plans/value.h"
#include "plans/value_parts.h"
#include "plans/window.h"

#define INSIGHTS_MODE "database_insights_mode"

/* Log types that only one of the engines writes. */
static const struct {
	const char *engine, *log;
} engine_logs[] = {
	{ "aurora-mysql", "audit" },           { "aurora-mysql", "error" },
	{ "aurora-mysql", "general" },         { "aurora-mysql", "slowquery" },
	{ "aurora-postgresql", "postgresql" },
};

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

/* The first reason that a member which the change adds to a set gives. */
static void
refuse_added(const struct resource *resource, const struct call_change *change,
	     void (*refuse)(const struct resource *resource, const char *member,
			    struct strbuf *reason, const char **ret_remedy),
	     struct strbuf *reason, const char **ret_remedy)
{
	CLEANUP(json_release)
	json_t *more = set_minus(change->after, change->before);
	size_t i;
	json_t *member;

	json_array_foreach(more, i, member) {
		if (!reason->len)
			refuse(resource, json_string_value(member), reason,
			       ret_remedy);
	}
}

/* ---- what has calls of its own ------------------------------------------ */

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

/* Of the settings that have calls of their own; nothing for all others. */
static void refuse_own(const struct resource *resource,
		       const struct call_change *change, struct strbuf *reason,
		       const char **ret_remedy)
{
	const struct setting *setting = change->setting;

	if (is(setting, CLUSTER_ROLES))
		refuse_added(resource, change, refuse_role, reason, ret_remedy);
	else if (is(setting, CLUSTER_MANAGED))
		refuse_managed(resource, change, reason, ret_remedy);
	else if (is(setting, CLUSTER_SECRET_KEY))
		refuse_secret_key(change, reason, ret_remedy);
	else if (is(setting, CLUSTER_STREAM))
		refuse_stream(resource, change, reason, ret_remedy);
}

/* ---- what ModifyDBCluster writes ---------------------------------------- */

static const char *refuse_backtrack(const struct call_change *change,
				    const char **ret_remedy)
{
	if (json_is_integer(change->before) &&
	    json_integer_value(change->before))
		return NULL;
	*ret_remedy = "restore a snapshot, or clone the cluster, with "
		      "Backtrack enabled, move the clients, then delete this "
		      "cluster";
	return "Backtrack can be used only on a cluster that was created with "
	       "it";
}

/* Whichever of the three is changed, they must agree afterwards. */
static const char *refuse_insights(const struct rds_drafting *drafting,
				   const char **ret_remedy)
{
	const char *mode =
		json_string_value(rds_target(drafting, INSIGHTS_MODE));
	const json_t *enabled =
		rds_target(drafting, "performance_insights_enabled");
	const json_t *days =
		rds_target(drafting, "performance_insights_retention_period");

	if (!mode || strcmp(mode, "advanced") != 0)
		return NULL;
	*ret_remedy = "let rules set database_insights_mode: standard, or else "
		      "performance_insights_enabled: true and "
		      "performance_insights_retention_period: 465";
	if (enabled && !json_is_true(enabled))
		return "advanced mode of Database Insights needs Performance "
		       "Insights";
	if (days && json_integer_value(days) != 465)
		return "advanced mode of Database Insights needs Performance "
		       "Insights to keep 465 days";
	return NULL;
}

static const char *refuse_key(const struct call_change *change,
			      const struct rds_drafting *drafting,
			      const char **ret_remedy)
{
	const json_t *enabled =
		rds_target(drafting, "performance_insights_enabled");

	if (!json_is_string(change->before) || !json_is_string(change->after) ||
	    !json_is_true(enabled))
		return NULL;
	*ret_remedy = "turn Performance Insights off, which loses its data, "
		      "and on again with the other key";
	return "the key of Performance Insights cannot be changed while it "
	       "is on";
}

static bool overlap(const json_t *daily, const json_t *weekly)
{
	return json_is_string(daily) && json_is_string(weekly) &&
	       window_overlap(json_string_value(daily),
			      json_string_value(weekly));
}

/* Where the wanted ones overlap neither goes: half of it is nobody's wish. */
static const char *refuse_windows(const struct rds_drafting *drafting,
				  const char **ret_remedy)
{
	static const char *const daily = "preferred_backup_window";
	static const char *const weekly = "preferred_maintenance_window";

	if (!overlap(rds_target(drafting, daily),
		     rds_target(drafting, weekly)) &&
	    !overlap(rds_wanted(drafting, daily), rds_wanted(drafting, weekly)))
		return NULL;
	*ret_remedy = "let rules set both windows so that they are apart";
	return "the backup window and the maintenance window of a cluster "
	       "must not overlap";
}

/* Is it a log that only the other engine writes? */
static const char *other_engine(const char *engine, const char *log)
{
	for (size_t i = 0; engine && i < ARRAY_SIZE(engine_logs); i++) {
		if (strcmp(engine_logs[i].log, log) == 0 &&
		    strcmp(engine_logs[i].engine, engine) != 0)
			return engine_logs[i].engine;
	}
	return NULL;
}

static void refuse_log(const struct resource *resource, const char *log,
		       struct strbuf *reason, const char **ret_remedy)
{
	const json_t *can = json_object_get(resource->facts, FACT_LOG_TYPES);
	const char *other = other_engine(resource->engine, log);

	if (can ? json_array_has(can, log) : !other)
		return;
	if (other) {
		strbuf_addf(reason, "only %s writes the log '%s'", other, log);
		*ret_remedy = "give each engine a rule of its own: match: "
			      "{kind: cluster, engine: aurora-mysql} and "
			      "aurora-postgresql";
		return;
	}
	strbuf_addf(reason, "%s %s cannot export the log '%s', only ",
		    resource->engine, resource->engine_version, log);
	rds_list(can, reason);
	if (!json_array_size(can))
		strbuf_adds(reason, "newer versions can");
	*ret_remedy = "leave it out where this version runs, or upgrade the "
		      "cluster first";
}

static const char *refuse_fixedly(const struct resource *resource,
				  const struct call_change *change,
				  const struct rds_drafting *drafting,
				  const char **ret_remedy)
{
	const char *mode = rds_fact(resource, CLUSTER_ENGINE_MODE);

	if (mode && strcmp(mode, "serverless") == 0 &&
	    (is(change->setting, "port") ||
	     is(change->setting, "preferred_backup_window")))
		return "Aurora Serverless v1 does not allow it to be changed";
	if (is(change->setting, "backtrack_window"))
		return refuse_backtrack(change, ret_remedy);
	if (is(change->setting, INSIGHTS_MODE) ||
	    is(change->setting, "performance_insights_enabled") ||
	    is(change->setting, "performance_insights_retention_period"))
		return refuse_insights(drafting, ret_remedy);
	if (is(change->setting, "performance_insights_kms_key_id"))
		return refuse_key(change, drafting, ret_remedy);
	if (is(change->setting, "preferred_backup_window") ||
	    is(change->setting, "preferred_maintenance_window"))
		return refuse_windows(drafting, ret_remedy);
	return NULL;
}

void cluster_refuse(const struct resource *resource,
		    const struct call_change *change,
		    const struct rds_drafting *drafting, struct strbuf *reason,
		    const char **ret_remedy)
{
	const char *why;

	if (is(change->setting, CLUSTER_LOGS)) {
		refuse_added(resource, change, refuse_log, reason, ret_remedy);
		return;
	}
	refuse_own(resource, change, reason, ret_remedy);
	if (reason->len)
		return;
	why = refuse_fixedly(resource, change, drafting, ret_remedy);
	if (why)
		strbuf_adds(reason, why);
}
