/* Calls of a cluster besides ModifyDBCluster: roles, Data API, streams. */
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "tests/sim/engines.h"
#include "tests/sim/kms.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/settle.h"
#include "tests/sim/xml.h"

#define ROLES "AssociatedRoles"
#define ROLES_MAX 50
#define STREAM "activityStream" /* an element of settle.c's */

static bool refuse(struct rds_call *call, int status, const char *code,
		   const char *fmt, ...) PRINTF_LIKE(4, 5);
static bool refuse(struct rds_call *call, int status, const char *code,
		   const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP(free_ptr) char *message = xvasprintf(fmt, ap);
	va_end(ap);

	answer_error(call->answer, call->request, status, code, "%s", message);
	return false;
}

static void answer_nothing(struct rds_call *call)
{
	answer_begin(call->answer, call->request);
	answer_end(call->answer, call->request);
}

static bool check_state(struct rds_call *call, const struct resource *cluster)
{
	if (!resource_is_aurora(cluster))
		return refuse(call, 400, "InvalidParameterCombination",
			      "The simulator changes Aurora clusters only; %s "
			      "is %s",
			      cluster->id, json_text(cluster->state, "Engine"));
	if (!cluster->flight && !strcmp(resource_status(cluster), "available"))
		return true;
	return refuse(call, 400, "InvalidDBClusterStateFault",
		      "DB cluster %s is not in the available state: %s.",
		      cluster->id, resource_status(cluster));
}

/* value is what the element has in the end; borrowed */
static void take_off(struct rds_call *call, struct resource *cluster,
		     const char *element, json_t *value,
		     const struct flight_plan *look)
{
	CLEANUP(json_release) json_t *set = json_pack("{sO}", element, value);
	struct flight_plan plan = *look;

	plan.set = set;
	flight_start(&call->sim->fleet, cluster, &plan, clock_monotonic_ms(),
		     call->effect->delay_ms, call->sim->settle_ms);
}

static const struct flight_plan unseen = { .status = "available" };

/* ---- roles --------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Its place in the list, or the list's length. */
static size_t find_role(const json_t *roles, const char *arn,
			const char *feature)
{
	size_t index;
	json_t *role;

	json_array_foreach(roles, index, role)
		if (same_text(json_text(role, "RoleArn"), arn) &&
		    same_text(json_text(role, "FeatureName"), feature))
			return index;
	return json_array_size(roles);
}

static const struct role *role_at(const struct rds_call *call, const char *arn)
{
	const char *name = strrchr(arn, '/');
	const struct role *role =
		name ? account_role(call->place->account, name + 1) : NULL;

	return role && same_text(json_text(role->state, "Arn"), arn) ? role
								     : NULL;
}

/* May RDS assume it? */
static bool trusts_rds(const struct role *role)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(LIMIT_ANSWER);

	json_compact(json_object_get(role->state, "AssumeRolePolicyDocument"),
		     &text);
	return strstr(text.buf, "\"rds.amazonaws.com\"") != NULL;
}

static bool check_feature(struct rds_call *call, const struct resource *cluster,
			  const char *feature)
{
	const char *engine = json_text(cluster->state, "Engine");
	CLEANUP(json_release) json_t *known = engine_features(engine);
	size_t index;
	json_t *role;

	if (!json_array_size(known)) /* Aurora MySQL takes whatever is said */
		return true;
	if (!feature)
		return refuse(
			call, 400, "InvalidParameterValue",
			"The feature-name parameter must be provided with "
			"the current operation for the Aurora "
			"(PostgreSQL) engine.");
	if (!json_array_has(known, feature))
		return refuse(call, 400, "InvalidParameterValue",
			      "The DB engine version %s doesn't support the %s "
			      "feature.",
			      json_text(cluster->state, "EngineVersion"),
			      feature);
	json_array_foreach(json_object_get(cluster->state, ROLES), index, role)
		if (same_text(json_text(role, "FeatureName"), feature))
			return refuse(call, 400, "DBClusterRoleAlreadyExists",
				      "The feature %s of DB cluster %s has a "
				      "role already.",
				      feature, cluster->id);
	return true;
}

static bool check_new_role(struct rds_call *call,
			   const struct resource *cluster, const char *arn,
			   const char *feature)
{
	const json_t *roles = json_object_get(cluster->state, ROLES);

	if (find_role(roles, arn, feature) < json_array_size(roles))
		return refuse(call, 400, "DBClusterRoleAlreadyExists",
			      "The role %s is already associated with the DB "
			      "cluster %s.",
			      arn, cluster->id);
	if (json_array_size(roles) >= ROLES_MAX)
		return refuse(call, 400, "DBClusterRoleQuotaExceeded",
			      "Your request to create a DB cluster role "
			      "association exceeded the maximum allowed.");
	if (!role_at(call, arn))
		return refuse(call, 400, "InvalidParameterValue",
			      "The IAM role ARN value is invalid or does not "
			      "include the required permissions for: %s",
			      feature ? feature : "RDS");
	return check_feature(call, cluster, feature);
}

/* The cluster of a call about its roles; NULL: answer is the error. */
static struct resource *role_call(struct rds_call *call)
{
	static const char *const names[] = { "DBClusterIdentifier",
					     "FeatureName", "RoleArn" };
	struct resource *cluster;

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return NULL;
	if (!request_get(call->request, "RoleArn")) {
		(void)refuse(call, 400, "MissingParameter",
			     "The request must contain the parameter RoleArn.");
		return NULL;
	}
	cluster = rds_find(call, true, "DBClusterIdentifier");
	return cluster && check_state(call, cluster) ? cluster : NULL;
}

/* The list with one role's status changed; removed where that is NULL. */
static json_t *roles_with(const json_t *roles, size_t at, const char *status)
{
	json_t *copy = json_deep_copy(roles);

	if (status)
		json_object_set_new(json_array_get(copy, at), "Status",
				    json_string(status));
	else
		json_array_remove(copy, at);
	return copy;
}

/* PENDING at once, and in the end what `status` says. */
static void settle_role(struct rds_call *call, struct resource *cluster,
			const json_t *roles, size_t at, const char *status)
{
	CLEANUP(json_release) json_t *end = roles_with(roles, at, status);

	if (call->effect->none)
		return;
	if (!call->effect->delay_ms)
		json_object_set_new(cluster->state, ROLES,
				    roles_with(roles, at, "PENDING"));
	take_off(call, cluster, ROLES, end, &unseen);
}

void rds_add_role(struct rds_call *call)
{
	struct resource *cluster = role_call(call);
	const char *arn = request_get(call->request, "RoleArn");
	const char *feature = request_get(call->request, "FeatureName");

	if (!cluster || !check_new_role(call, cluster, arn, feature))
		return;
	CLEANUP(json_release)
	json_t *roles = json_copy(json_object_get(cluster->state, ROLES));
	if (!roles)
		roles = json_array();
	json_array_append_new(roles,
			      json_pack("{ss ss ss*}", "RoleArn", arn, "Status",
					"PENDING", "FeatureName", feature));
	settle_role(call, cluster, roles, json_array_size(roles) - 1,
		    trusts_rds(role_at(call, arn)) ? "ACTIVE" : "INVALID");
	answer_nothing(call);
}

void rds_remove_role(struct rds_call *call)
{
	struct resource *cluster = role_call(call);
	const char *arn = request_get(call->request, "RoleArn");
	const char *feature = request_get(call->request, "FeatureName");

	if (!cluster)
		return;
	const json_t *roles = json_object_get(cluster->state, ROLES);
	size_t at = find_role(roles, arn, feature);
	if (at == json_array_size(roles)) {
		(void)refuse(call, 404, "DBClusterRoleNotFound",
			     "The role %s isn't associated with the DB cluster "
			     "%s.",
			     arn, cluster->id);
		return;
	}
	/* a feature that Aurora MySQL does not have is never let go of */
	CLEANUP(json_release)
	json_t *known = engine_features(json_text(cluster->state, "Engine"));
	if (json_array_size(known) || !feature)
		settle_role(call, cluster, roles, at, NULL);
	answer_nothing(call);
}

/* ---- calls that name an ARN ---------------------------------------------- */

/* The cluster; NULL: answer is the error. */
static struct resource *arn_call(struct rds_call *call)
{
	const char *arn = request_get(call->request, "ResourceArn");
	struct resource *cluster = NULL;

	if (!arn)
		(void)refuse(call, 400, "MissingParameter",
			     "The request must contain the parameter "
			     "ResourceArn.");
	else if (strncmp(arn, "arn:", 4) != 0 ||
		 !(cluster = place_find_named(call->place, true, arn)))
		(void)refuse(call, 404, "ResourceNotFoundFault",
			     "The specified resource %s was not found.", arn);
	return cluster && check_state(call, cluster) ? cluster : NULL;
}

/* ---- the Data API -------------------------------------------------------- */

static void set_endpoint(struct rds_call *call, bool on)
{
	static const char *const names[] = { "ResourceArn" };
	CLEANUP(json_release) json_t *value = json_boolean(on);
	struct resource *cluster;

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !(cluster = arn_call(call)))
		return;
	if (!strcmp(json_text(cluster->state, "EngineMode"), "serverless")) {
		(void)refuse(call, 400, "InvalidResourceStateFault",
			     "The Data API of the Aurora Serverless v1 DB "
			     "cluster %s is changed with ModifyDBCluster.",
			     cluster->id);
		return;
	}
	if (!call->effect->none &&
	    !json_equal(value,
			json_object_get(cluster->state, "HttpEndpointEnabled")))
		take_off(call, cluster, "HttpEndpointEnabled", value, &unseen);
	answer_begin(call->answer, call->request);
	xml_text(&call->answer->body, "ResourceArn",
		 request_get(call->request, "ResourceArn"));
	xml_value(&call->answer->body, "HttpEndpointEnabled", value);
	answer_end(call->answer, call->request);
}

void rds_enable_http_endpoint(struct rds_call *call)
{
	set_endpoint(call, true);
}

void rds_disable_http_endpoint(struct rds_call *call)
{
	set_endpoint(call, false);
}

/* ---- activity streams ---------------------------------------------------- */

static bool check_mode(struct rds_call *call, const struct resource *cluster,
		       const char *mode)
{
	if (!mode || (strcmp(mode, "sync") != 0 && strcmp(mode, "async") != 0))
		return refuse(call, 400, "InvalidParameterValue",
			      "Mode must be sync or async, not %s",
			      mode ? mode : "(nothing)");
	if (!strcmp(mode, "sync") &&
	    !strcmp(json_text(cluster->state, "Engine"), "aurora-mysql"))
		return refuse(call, 400, "InvalidParameterCombination",
			      "Aurora MySQL supports only the async mode of "
			      "activity streams.");
	return true;
}

/* One of the account's own, and there. */
static bool check_key(struct rds_call *call, const char *name)
{
	const json_t *key = name ? kms_find(call->place, name) : NULL;

	if (key && !strcmp(json_text(key, "KeyManager"), "CUSTOMER") &&
	    !strcmp(json_text(key, "KeyState"), "Enabled"))
		return true;
	return refuse(call, 400, "KMSKeyNotAccessibleFault",
		      "The specified KMS key [%s] does not exist, is not "
		      "enabled or is the default key.",
		      name ? name : "");
}

static bool check_stream(struct rds_call *call, const struct resource *cluster,
			 const char *wanted)
{
	const char *status = json_text(cluster->state, "ActivityStreamStatus");

	if (!status)
		status = "stopped";
	return !strcmp(status, wanted) ||
	       refuse(call, 400, "InvalidDBClusterStateFault",
		      "The database activity stream of DB cluster %s is %s.",
		      cluster->id, status);
}

static bool immediately(const struct rds_call *call)
{
	const char *text = request_get(call->request, "ApplyImmediately");

	return text && !strcasecmp(text, "true");
}

/* On its way there; at once, or when the window comes. */
static void begin_stream(struct rds_call *call, struct resource *cluster,
			 json_t *members)
{
	static const struct flight_plan look = { .status = "modifying",
						 .members = "rebooting" };
	CLEANUP(json_release) json_t *end = NULL;

	if (call->effect->none)
		return;
	if (!call->effect->delay_ms)
		json_object_update(cluster->state, members);
	resource_changed(cluster);
	if (!immediately(call))
		return;
	end = stream_end(members);
	if (call->effect->delay_ms) {
		/* what was not shown comes with the rest */
		CLEANUP(json_release) json_t *all = json_copy(members);

		json_object_update(all, end);
		take_off(call, cluster, STREAM, all, &look);
	} else {
		take_off(call, cluster, STREAM, end, &look);
	}
}

static void answer_stream(struct rds_call *call, const json_t *state,
			  const char *status, bool start)
{
	struct strbuf *out = &call->answer->body;

	answer_begin(call->answer, call->request);
	xml_text(out, "KmsKeyId", json_text(state, "ActivityStreamKmsKeyId"));
	xml_text(out, "KinesisStreamName",
		 json_text(state, "ActivityStreamKinesisStreamName"));
	xml_text(out, "Status", status);
	if (start) {
		xml_text(out, "Mode", json_text(state, "ActivityStreamMode"));
		xml_text(out, "ApplyImmediately",
			 immediately(call) ? "true" : "false");
	}
	answer_end(call->answer, call->request);
}

/* Each stream has a name of its own. The caller frees it. */
static char *new_stream_name(const struct resource *cluster)
{
	unsigned char bytes[4];
	char hex[9];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	return xasprintf("aws-rds-das-%s-%s",
			 json_text(cluster->state, "DbClusterResourceId"), hex);
}

void rds_start_activity_stream(struct rds_call *call)
{
	static const char *const names[] = { "ApplyImmediately",
					     "EngineNativeAuditFieldsIncluded",
					     "KmsKeyId", "Mode",
					     "ResourceArn" };
	const char *mode = request_get(call->request, "Mode");
	const char *key = request_get(call->request, "KmsKeyId");
	struct resource *cluster;

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !(cluster = arn_call(call)) || !check_mode(call, cluster, mode) ||
	    !check_key(call, key) || !check_stream(call, cluster, "stopped"))
		return;
	CLEANUP(free_ptr) char *stream = new_stream_name(cluster);
	/* described by its id, whatever it was named by */
	CLEANUP(json_release)
	json_t *members =
		json_pack("{ss ss ss ss}", "ActivityStreamStatus", "starting",
			  "ActivityStreamMode", mode, "ActivityStreamKmsKeyId",
			  json_text(kms_find(call->place, key), "KeyId"),
			  "ActivityStreamKinesisStreamName", stream);
	begin_stream(call, cluster, members);
	answer_stream(call, members, "starting", true);
}

void rds_stop_activity_stream(struct rds_call *call)
{
	static const char *const names[] = { "ApplyImmediately",
					     "ResourceArn" };
	struct resource *cluster;

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !(cluster = arn_call(call)) ||
	    !check_stream(call, cluster, "started"))
		return;
	CLEANUP(json_release)
	json_t *members = json_pack("{ss}", "ActivityStreamStatus", "stopping");
	begin_stream(call, cluster, members);
	answer_stream(call, cluster->state, "stopping", false);
}
