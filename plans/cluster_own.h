/*
 * The inside of the kind cluster: the settings that ModifyDBCluster does not
 * write, or that no single element of its answer gives (the roles that it may
 * use, the Data API, the activity stream, and who keeps the master user's
 * password), what it refuses, and what it uses of other kinds.
 */
#ifndef ABACK_PLANS_CLUSTER_OWN_H
#define ABACK_PLANS_CLUSTER_OWN_H

#include <stdbool.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/kind.h"
#include "plans/rds.h"

#define CLUSTER_GROUP "db_cluster_parameter_group_name"
#define CLUSTER_HTTP "http_endpoint_enabled"
#define CLUSTER_LOGS "enabled_cloudwatch_logs_exports"
#define CLUSTER_MANAGED "manage_master_user_password"
#define CLUSTER_ROLES "associated_roles"
#define CLUSTER_SECRET_KEY "master_user_secret_kms_key_id"
#define CLUSTER_STREAM "database_activity_stream"

/* Paths of the answer that are facts. */
#define CLUSTER_ENGINE_MODE "EngineMode"
#define CLUSTER_ROLE "AssociatedRoles/DBClusterRole"
#define CLUSTER_ROLE_ARN "AssociatedRoles/DBClusterRole/RoleArn"
#define CLUSTER_ROLE_FEATURE "AssociatedRoles/DBClusterRole/FeatureName"
#define CLUSTER_ROLE_STATUS "AssociatedRoles/DBClusterRole/Status"
#define CLUSTER_SECRET_STATUS "MasterUserSecret/SecretStatus"
#define CLUSTER_STREAM_STATUS "ActivityStreamStatus"
#define CLUSTER_STREAM_MODE "ActivityStreamMode"
#define CLUSTER_KEY "KmsKeyId"
#define CLUSTER_INSIGHTS_KEY "PerformanceInsightsKMSKeyId"
#define CLUSTER_SECRET_KEY_FACT "MasterUserSecret/KmsKeyId"
#define CLUSTER_STREAM_KEY "ActivityStreamKmsKeyId"

/* The fact that is true of Aurora Serverless v1 (setting.modified_where). */
#define CLUSTER_SERVERLESS_V1 "serverless_v1"

/* ---- plans/cluster_derive.c ------------------------------------------- */

/* rds_kind.derive */
void cluster_derive(struct resource *resource, const bool *keep);
/* kind_ops.enriched */
void cluster_enriched(struct resource *resource);
/* What AWS is still at, which has no status of its own; NULL: nothing. */
const char *cluster_in_progress(const struct resource *resource);
/* For the name of each role of `associated_roles`, as it is or will be: fn. */
void cluster_each_role(const struct resource *resource,
		       void (*fn)(void *ctx, enum kind kind, const char *id),
		       void *ctx);

/*
 * The key of the activity stream, as it is or will be; NULL: there is none. New
 * reference.
 */
json_t *cluster_stream_key(const struct resource *resource);

/* ---- plans/cluster_calls.c -------------------------------------------- */

/* rds_kind.own_calls */
void cluster_own_calls(const struct resource *resource,
		       const struct call_change *change, size_t index,
		       struct call_list *calls);
/*
 * kind_ops.after_call for those calls; ret_own is false for any other call,
 * and the result then NULL.
 */
json_t *cluster_after_own(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value,
			  bool *ret_own);
/* kind_ops.foreign */
void cluster_foreign(const char *call, const json_t *parameters,
		     void (*fn)(void *ctx, const char *call,
				const json_t *parameters),
		     void *ctx);

/* ---- plans/cluster_refuse.c ------------------------------------------- */

/* rds_kind.refuse */
void cluster_refuse(const struct resource *resource,
		    const struct call_change *change,
		    const struct rds_drafting *drafting, struct strbuf *reason,
		    const char **ret_remedy);

/* ---- plans/cluster_references.c --------------------------------------- */

/* kind_ops.references */
void cluster_references(const struct resource *resource,
			void (*fn)(void *ctx, enum kind kind, const char *id),
			void *ctx);
/* The groups that CloudWatch Logs has, or will have, for these log types. */
void cluster_each_log_group(
	const struct resource *resource, const json_t *log_types,
	void (*fn)(void *ctx, enum kind kind, const char *id), void *ctx);

#endif
