/* What a cluster uses of other kinds, and what tells of it. */
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/cluster_own.h"
#include "plans/kinds.h"
#include "plans/kms_key.h"
#include "plans/log_group.h"
#include "plans/members.h"
#include "plans/rds.h"

#define INSIGHTS_ROW "performance_insights_kms_key_id"
#define DOMAIN_ROLE "domain_iam_role_name"

void cluster_each_log_group(
	const struct resource *resource, const json_t *log_types,
	void (*fn)(void *ctx, enum kind kind, const char *id), void *ctx)
{
	size_t i;
	json_t *type;

	json_array_foreach(log_types, i, type) {
		CLEANUP(free_ptr)
		char *name =
			log_group_name(resource->id, json_string_value(type));

		fn(ctx, KIND_LOG_GROUP, name);
	}
}

static void add_key(const struct resource *resource, const json_t *key,
		    void (*fn)(void *ctx, enum kind kind, const char *id),
		    void *ctx)
{
	const char *arn = json_string_value(key);

	if (arn && *arn)
		fn(ctx, KIND_KMS_KEY, kms_key_id_of(arn, resource->place));
}

/* Of a row with `refers`; NULL where it was not read. */
static json_t *row_value(const struct resource *resource, const char *setting)
{
	return resource_value(resource,
			      catalogue_lookup(KIND_CLUSTER, setting));
}

/* What a row has or will have, where no fact says it already. */
static void
add_key_of_row(const struct resource *resource, const char *setting,
	       const char *fact,
	       void (*fn)(void *ctx, enum kind kind, const char *id), void *ctx)
{
	const json_t *key = row_value(resource, setting);

	if (!json_equal(
		    key,
		    json_array_get(json_object_get(resource->facts, fact), 0)))
		add_key(resource, key, fn, ctx);
}

static void each_key(const struct resource *resource,
		     void (*fn)(void *ctx, enum kind kind, const char *id),
		     void *ctx)
{
	static const char *const names[] = { CLUSTER_KEY, CLUSTER_INSIGHTS_KEY,
					     CLUSTER_SECRET_KEY_FACT };
	CLEANUP(json_release) json_t *stream = cluster_stream_key(resource);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const json_t *texts =
			json_object_get(resource->facts, names[i]);

		add_key(resource, json_array_get(texts, 0), fn, ctx);
	}
	add_key_of_row(resource, INSIGHTS_ROW, CLUSTER_INSIGHTS_KEY, fn, ctx);
	add_key_of_row(resource, CLUSTER_SECRET_KEY, CLUSTER_SECRET_KEY_FACT,
		       fn, ctx);
	add_key(resource, stream, fn, ctx);
}

/* Events of the cluster and of its members are what a listing has to tell. */
static void each_event_source(const struct resource *resource,
			      void (*fn)(void *ctx, enum kind kind,
					 const char *id),
			      void *ctx)
{
	size_t i;
	json_t *member;

	fn(ctx, KIND_EVENT_SUBSCRIPTION, resource->address);
	json_array_foreach(json_object_get(resource->facts, MEMBER_ID), i,
			   member) {
		CLEANUP(free_ptr)
		char *address =
			address_of(KIND_INSTANCE, json_string_value(member));

		fn(ctx, KIND_EVENT_SUBSCRIPTION, address);
	}
}

void cluster_references(const struct resource *resource,
			void (*fn)(void *ctx, enum kind kind, const char *id),
			void *ctx)
{
	const char *parameters =
		json_string_value(row_value(resource, CLUSTER_GROUP));
	size_t i;
	json_t *group, *role;

	fn(ctx, KIND_CLUSTER_SNAPSHOT, resource->address);
	each_event_source(resource, fn, ctx);
	if (parameters)
		fn(ctx, KIND_CLUSTER_PARAMETER_GROUP, parameters);
	each_key(resource, fn, ctx);
	cluster_each_log_group(resource, row_value(resource, CLUSTER_LOGS), fn,
			       ctx);
	cluster_each_role(resource, fn, ctx);
	json_array_foreach(
		json_object_get(resource->facts, CLUSTER_GROUPS_FACT), i, group)
		fn(ctx, KIND_SECURITY_GROUP, json_string_value(group));
	json_array_foreach(row_value(resource, CLUSTER_GROUPS), i, group) {
		const char *id = json_string_value(group);

		if (!json_array_has(json_object_get(resource->facts,
						    CLUSTER_GROUPS_FACT),
				    id))
			fn(ctx, KIND_SECURITY_GROUP, id);
	}
	role = row_value(resource, DOMAIN_ROLE);
	if (json_is_string(role))
		fn(ctx, KIND_IAM_ROLE, json_string_value(role));
}
