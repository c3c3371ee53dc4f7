#include "tests/sim/trail.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/request.h"
#include "tests/sim/sim.h"
#include "tests/sim/trail_shape.h"

#define MEMBER_MAX ((size_t)100 * 1024) /* AWS leaves longer ones out */
#define RECORD_MAX ((size_t)1024 * 1024)
#define COLLEAGUE "colleague"

/* What is to be written down, whoever did it. */
struct happening {
	const char *service, *action, *region;
	const char *agent, *address;
	const char *user;       /* as look-ups name it */
	const char *access_key; /* or NULL */
	char request_id[37], event_id[37];
	json_t *identity, *parameters, *elements;
	const char *code, *message; /* of a refusal, or NULL */
};

static void happening_release(struct happening *happening)
{
	json_decref(happening->identity);
	json_decref(happening->parameters);
	json_decref(happening->elements);
}

/* ---- the tables --------------------------------------------------------- */

/* Where the request names what it is about. NULL: as its ARN says. */
static const struct {
	const char *service, *key, *type;
} resource_keys[] = {
	{ "ec2", "groupId", "AWS::EC2::SecurityGroup" },
	{ "iam", "policyArn", "AWS::IAM::Policy" },
	{ "iam", "roleName", "AWS::IAM::Role" },
	{ "kms", "keyId", "AWS::KMS::Key" },
	{ "logs", "logGroupName", "AWS::Logs::LogGroup" },
	{ "rds", "dBClusterIdentifier", "AWS::RDS::DBCluster" },
	{ "rds", "dBClusterParameterGroupName",
	  "AWS::RDS::DBClusterParameterGroup" },
	{ "rds", "dBClusterSnapshotIdentifier", "AWS::RDS::DBClusterSnapshot" },
	{ "rds", "dBInstanceIdentifier", "AWS::RDS::DBInstance" },
	{ "rds", "dBParameterGroupName", "AWS::RDS::DBParameterGroup" },
	{ "rds", "resourceArn", NULL },
	{ "rds", "resourceName", NULL },
	{ "rds", "subscriptionName", "AWS::RDS::EventSubscription" },
	{ "secretsmanager", "secretId", "AWS::SecretsManager::Secret" },
	{ "sts", "roleArn", "AWS::IAM::Role" },
};

static const struct {
	const char *in_arn, *type;
} arn_types[] = {
	{ ":cluster:", "AWS::RDS::DBCluster" },
	{ ":cluster-pg:", "AWS::RDS::DBClusterParameterGroup" },
	{ ":cluster-snapshot:", "AWS::RDS::DBClusterSnapshot" },
	{ ":db:", "AWS::RDS::DBInstance" },
	{ ":es:", "AWS::RDS::EventSubscription" },
	{ ":pg:", "AWS::RDS::DBParameterGroup" },
};

/* What a colleague called to change this; the first row that fits. */
static const struct {
	const char *kind;   /* of the address */
	const char *member; /* of the state; NULL: any other */
	const char *service, *action;
	const char *name; /* the parameter that has the identifier */
} poke_calls[] = {
	{ "cluster", "AssociatedRoles", "rds", "AddRoleToDBCluster",
	  "DBClusterIdentifier" },
	{ "cluster", "HttpEndpointEnabled", "rds", "EnableHttpEndpoint",
	  "ResourceArn" },
	{ "cluster", "ActivityStreamStatus", "rds", "StartActivityStream",
	  "ResourceArn" },
	{ "cluster", "TagList", "rds", "AddTagsToResource", "ResourceName" },
	{ "cluster", NULL, "rds", "ModifyDBCluster", "DBClusterIdentifier" },
	{ "cluster_parameter_group", NULL, "rds",
	  "ModifyDBClusterParameterGroup", "DBClusterParameterGroupName" },
	{ "cluster_snapshot", NULL, "rds", "ModifyDBClusterSnapshotAttribute",
	  "DBClusterSnapshotIdentifier" },
	{ "event_subscription", NULL, "rds", "ModifyEventSubscription",
	  "SubscriptionName" },
	{ "iam_policy", NULL, "iam", "CreatePolicyVersion", "PolicyArn" },
	{ "iam_role", "AssumeRolePolicyDocument", "iam",
	  "UpdateAssumeRolePolicy", "RoleName" },
	{ "iam_role", "AttachedPolicies", "iam", "AttachRolePolicy",
	  "RoleName" },
	{ "iam_role", "InlinePolicies", "iam", "PutRolePolicy", "RoleName" },
	{ "iam_role", "PermissionsBoundary", "iam",
	  "PutRolePermissionsBoundary", "RoleName" },
	{ "iam_role", NULL, "iam", "UpdateRole", "RoleName" },
	{ "instance", "TagList", "rds", "AddTagsToResource", "ResourceName" },
	{ "instance", NULL, "rds", "ModifyDBInstance", "DBInstanceIdentifier" },
	{ "instance_parameter_group", NULL, "rds", "ModifyDBParameterGroup",
	  "DBParameterGroupName" },
	{ "kms_key", "KeyState", "kms", "DisableKey", "KeyId" },
	{ "kms_key", NULL, "kms", "EnableKeyRotation", "KeyId" },
	{ "log_group", "kmsKeyId", "logs", "AssociateKmsKey", "logGroupName" },
	{ "log_group", NULL, "logs", "PutRetentionPolicy", "logGroupName" },
	{ "security_group", NULL, "ec2", "AuthorizeSecurityGroupIngress",
	  "GroupId" },
};

static const struct {
	const char *kind, *service, *action, *name;
} delete_calls[] = {
	{ "cluster", "rds", "DeleteDBCluster", "DBClusterIdentifier" },
	{ "cluster_parameter_group", "rds", "DeleteDBClusterParameterGroup",
	  "DBClusterParameterGroupName" },
	{ "cluster_snapshot", "rds", "DeleteDBClusterSnapshot",
	  "DBClusterSnapshotIdentifier" },
	{ "event_subscription", "rds", "DeleteEventSubscription",
	  "SubscriptionName" },
	{ "iam_policy", "iam", "DeletePolicy", "PolicyArn" },
	{ "iam_role", "iam", "DeleteRole", "RoleName" },
	{ "instance", "rds", "DeleteDBInstance", "DBInstanceIdentifier" },
	{ "instance_parameter_group", "rds", "DeleteDBParameterGroup",
	  "DBParameterGroupName" },
	{ "log_group", "logs", "DeleteLogGroup", "logGroupName" },
	{ "security_group", "ec2", "DeleteSecurityGroup", "GroupId" },
};

static bool is_read(const char *action)
{
	static const char *const verbs[] = { "AssumeRole", "Describe",
					     "Generate",   "Get",
					     "List",       "Lookup",
					     "Simulate" };

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strncmp(verbs[i], action, strlen(verbs[i])))
			return true;
	return false;
}

/* What no trail has unless it is told to: no event of management. */
static bool is_of_data(const char *action)
{
	return !strcmp(action, "Publish");
}

/* Global services are seen in one region only. */
static const char *region_of(const char *service, const char *region)
{
	if (!strcmp(service, "iam") || !strcmp(service, "sts"))
		return "us-east-1";
	return region;
}

static const char *arn_type(const char *arn)
{
	for (size_t i = 0; i < ARRAY_SIZE(arn_types); i++)
		if (strstr(arn, arn_types[i].in_arn))
			return arn_types[i].type;
	return "AWS::RDS::Resource";
}

static json_t *resources_of(const struct happening *happening)
{
	json_t *resources = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(resource_keys); i++) {
		const char *name =
			json_text(happening->parameters, resource_keys[i].key);
		if (!name ||
		    strcmp(resource_keys[i].service, happening->service) != 0)
			continue;
		json_array_append_new(resources,
				      json_pack("{ss ss}", "ResourceType",
						resource_keys[i].type
							? resource_keys[i].type
							: arn_type(name),
						"ResourceName", name));
	}
	return resources;
}

/* ---- who it was --------------------------------------------------------- */

static const char *last_part(const char *arn)
{
	const char *slash = strrchr(arn, '/');
	return slash ? slash + 1 : arn;
}

static json_t *session_context(const struct account *account,
			       const struct access_key *key)
{
	const char *name = strstr(key->arn, ":assumed-role/") + 14;
	CLEANUP(free_ptr) char *role_name = xstrndup(name, strcspn(name, "/"));
	const struct role *role = account_role(account, role_name);
	char created[CLOCK_TEXT_MAX];

	return json_pack("{s{ss ss* ss* ss ss} s{ss ss}}", "sessionIssuer",
			 "type", "Role", "principalId",
			 role ? json_text(role->state, "RoleId") : NULL, "arn",
			 role ? json_text(role->state, "Arn") : NULL,
			 "accountId", account->id, "userName", role_name,
			 "attributes", "creationDate",
			 clock_rfc3339(key->issued_at, created),
			 "mfaAuthenticated", "false");
}

static json_t *identity_of(const struct account *account,
			   const struct access_key *key)
{
	bool session = strstr(key->arn, ":assumed-role/") != NULL;
	bool user = strstr(key->arn, ":user/") != NULL;
	json_t *identity =
		json_pack("{ss ss ss ss ss}", "type",
			  session ? "AssumedRole"
			  : user  ? "IAMUser"
				  : "Root",
			  "principalId", key->user_id, "arn", key->arn,
			  "accountId", account->id, "accessKeyId", key->id);

	if (session)
		json_object_set_new(identity, "sessionContext",
				    session_context(account, key));
	else if (user)
		json_object_set_new(identity, "userName",
				    json_string(last_part(key->arn)));
	return identity;
}

/* ---- writing ------------------------------------------------------------ */

static void new_uuid(char *ret_text)
{
	unsigned char bytes[16];
	char hex[33];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	(void)snprintf(ret_text, 37, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex,
		       hex + 8, hex + 13, hex + 17, hex + 20);
}

/* A member of a record, or what says that it was too long. */
static void set_member(json_t *record, const char *key, const json_t *value)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(ANSWER_MAX);
	json_t *shown = (json_t *)(uintptr_t)value;

	json_compact(value, &text);
	if (text.len <= MEMBER_MAX)
		json_object_set(record, key, shown);
	else
		json_object_set_new(record, key,
				    json_pack("{sb sI}", "omitted", 1,
					      "originalSize",
					      (json_int_t)text.len));
}

static json_t *record_of(const struct happening *happening,
			 const struct account *account, int64_t when)
{
	char time[CLOCK_TEXT_MAX];
	CLEANUP(free_ptr)
	char *source = xasprintf("%s.amazonaws.com", happening->service);
	bool ec2 = happening->code && !strcmp(happening->service, "ec2");
	CLEANUP(free_ptr)
	char *code = happening->code ? xasprintf("%s%s", ec2 ? "Client." : "",
						 happening->code)
				     : NULL;
	json_t *record = json_pack(
		"{ss sO ss ss ss ss ss ss ss* ss* ss ss sb ss sb ss ss}",
		"eventVersion", "1.09", "userIdentity", happening->identity,
		"eventTime", clock_rfc3339(when, time), "eventSource", source,
		"eventName", happening->action, "awsRegion", happening->region,
		"sourceIPAddress", happening->address, "userAgent",
		happening->agent, "errorCode", code, "errorMessage",
		happening->message, "requestID", happening->request_id,
		"eventID", happening->event_id, "readOnly",
		is_read(happening->action), "eventType", "AwsApiCall",
		"managementEvent", 1, "recipientAccountId", account->id,
		"eventCategory", "Management");

	set_member(record, "requestParameters", happening->parameters);
	set_member(record, "responseElements", happening->elements);
	return record;
}

static json_t *shown_of(const struct happening *happening,
			const struct account *account, int64_t when)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(RECORD_MAX);
	CLEANUP(json_release)
	json_t *record = record_of(happening, account, when);

	json_compact(record, &text);
	return json_pack(
		"{ss ss ss ss* sI sO ss so ss}", "EventId", happening->event_id,
		"EventName", happening->action, "ReadOnly",
		is_read(happening->action) ? "true" : "false", "AccessKeyId",
		happening->access_key, "EventTime", (json_int_t)when,
		"EventSource", json_object_get(record, "eventSource"),
		"Username", happening->user, "Resources",
		resources_of(happening), "CloudTrailEvent", text.buf);
}

static struct trail_event *next_slot(struct trail *trail)
{
	if (trail->len < TRAIL_MAX) {
		GROW(trail->events, trail->len, trail->cap);
		return &trail->events[trail->len++];
	}
	struct trail_event *oldest = &trail->events[trail->next];
	trail->next = (trail->next + 1) % TRAIL_MAX;
	free(oldest->region);
	json_decref(oldest->shown);
	return oldest;
}

static void write_down(struct sim *sim, struct happening *happening,
		       const struct account *account)
{
	struct trail_event *event = next_slot(&sim->trail);

	new_uuid(happening->event_id);
	*event = (struct trail_event){
		.serial = ++sim->trail.serial,
		.visible_ms = clock_monotonic_ms() + sim->trail.delay_ms,
		.account = account,
		.region = xstrdup(happening->region),
		.shown = shown_of(happening, account, clock_now()),
	};
}

const struct trail_event *trail_at(const struct trail *trail, size_t back)
{
	if (back >= trail->len)
		return NULL;
	return &trail->events[(trail->next + trail->len - 1 - back) %
			      trail->len];
}

/* Is that a call of a service at all? */
static bool reached(const struct answer *answer)
{
	static const char *const codes[] = { "InvalidAction",
					     "UnknownOperationException",
					     "UnknownService" };

	for (size_t i = 0; answer->code && i < ARRAY_SIZE(codes); i++)
		if (!strcmp(codes[i], answer->code))
			return false;
	return true;
}

void trail_record(struct sim *sim, const struct request *request,
		  const struct answer *answer)
{
	CLEANUP(happening_release)
	struct happening happening = {
		.service = request->service,
		.action = request->action,
		.region = region_of(request->service, request->region),
		.agent = json_text(request->headers, "user-agent"),
		.address = "127.0.0.1",
		.access_key = request->access_key_id,
		.code = answer->code,
		.message = answer->message
	};

	if (!reached(answer) || is_of_data(request->action))
		return;
	if (!happening.agent)
		happening.agent = "-";
	happening.identity = identity_of(request->account, request->key);
	happening.user = last_part(request->key->arn);
	memcpy(happening.request_id, request->request_id,
	       sizeof(happening.request_id));
	happening.parameters = trail_parameters(request);
	happening.elements = answer->code || is_read(request->action)
				     ? json_null()
				     : trail_elements(request, answer);
	write_down(sim, &happening, request->account);
}

/* ---- colleagues --------------------------------------------------------- */

static bool is_of_kind(const char *address, const char *kind)
{
	size_t len = strlen(kind);
	return !strncmp(address, kind, len) && address[len] == '/';
}

/* The call that deletes, or the one that sets this member; false: none. */
static bool find_call(const char *address, const char *member,
		      struct happening *happening, const char **ret_name)
{
	for (size_t i = 0; !member && i < ARRAY_SIZE(delete_calls); i++)
		if (is_of_kind(address, delete_calls[i].kind)) {
			happening->service = delete_calls[i].service;
			happening->action = delete_calls[i].action;
			*ret_name = delete_calls[i].name;
			return true;
		}
	for (size_t i = 0; member && i < ARRAY_SIZE(poke_calls); i++)
		if (is_of_kind(address, poke_calls[i].kind) &&
		    (!poke_calls[i].member ||
		     !strcmp(poke_calls[i].member, member))) {
			happening->service = poke_calls[i].service;
			happening->action = poke_calls[i].action;
			*ret_name = poke_calls[i].name;
			return true;
		}
	return false;
}

/* What an address names, as the parameter wants it. */
static char *poke_id(const struct account *account, const char *region,
		     const char *address, const char *parameter)
{
	const char *id = strchr(address, '/') + 1;

	if (strncmp(parameter, "Resource", 8) != 0)
		return xstrdup(id);
	return xasprintf("arn:aws:rds:%s:%s:%s:%s", region, account->id,
			 is_of_kind(address, "cluster") ? "cluster" : "db", id);
}

static void poke_one(struct sim *sim, const struct account *account,
		     const json_t *body, const char *member,
		     const json_t *value)
{
	const char *address = json_text(body, "address");
	const char *region = json_text(body, "region");
	const char *by = json_text(body, "by");
	const char *name = NULL;
	CLEANUP(happening_release)
	struct happening happening = { .agent = "console.amazonaws.com",
				       .address = "198.51.100.7",
				       .user = by ? by : COLLEAGUE };

	if (!find_call(address, member, &happening, &name))
		return;
	region = region ? region : SIM_REGION;
	happening.region = region_of(happening.service, region);
	CLEANUP(free_ptr) char *id = poke_id(account, region, address, name);
	CLEANUP(json_release) json_t *set = json_pack("{ss}", name, id);
	if (member)
		json_object_set(set, member, (json_t *)(uintptr_t)value);
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:iam::%s:user/%s", account->id,
			      happening.user);
	happening.identity =
		json_pack("{ss ss ss ss ss}", "type", "IAMUser", "principalId",
			  "AIDACOLLEAGUE00000001", "arn", arn, "accountId",
			  account->id, "userName", happening.user);
	happening.parameters = trail_values(set);
	happening.elements = json_null();
	new_uuid(happening.request_id);
	write_down(sim, &happening, account);
}

void trail_poke(struct sim *sim, const json_t *body)
{
	const char *id = json_text(body, "account");
	const struct account *account =
		fleet_account(&sim->fleet, id ? id : SIM_ACCOUNT);
	const char *member;
	json_t *value;

	if (json_is_true(json_object_get(body, "delete")))
		poke_one(sim, account, body, NULL, NULL);
	json_object_foreach(json_object_get(body, "set"), member, value)
		poke_one(sim, account, body, member, value);
}
