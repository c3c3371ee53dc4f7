/* A small fleet made by hand, for tests of planning. */
#ifndef ABACK_TESTS_UNIT_FLEET_H
#define ABACK_TESTS_UNIT_FLEET_H

#include <assert.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/place.h"
#include "plans/value.h"

static char fleet_prod[] = "prod", fleet_account[] = "123456789012",
	    fleet_region[] = "eu-west-1",
	    fleet_path[] = "123456789012/eu-west-1",
	    fleet_global[] = "123456789012/global",
	    fleet_global_region[] = "global";

static const struct place fleet_place = { .name = fleet_prod,
					  .account_id = fleet_account,
					  .region = fleet_region,
					  .path = fleet_path };
static const struct place fleet_global_place = { .name = fleet_global,
						 .account_id = fleet_account,
						 .region = fleet_global_region,
						 .path = fleet_global,
						 .global = true };
static const struct target fleet_target = { .name = fleet_prod,
					    .account_id = fleet_account,
					    .region = fleet_region };

/* JSON out of a literal; ' stands for ". New reference. */
static inline json_t *j(const char *text)
{
	char *quoted = xstrdup(text);
	json_t *value;

	for (char *c = quoted; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	value = json_loads(quoted, JSON_DECODE_ANY, NULL);
	assert(value);
	free(quoted);
	return value;
}

static inline const struct setting *row(enum kind kind, const char *name)
{
	const struct setting *setting = catalogue_lookup(kind, name);

	assert(setting);
	return setting;
}

static inline void set_live(struct resource *resource, const char *name,
			    const char *value)
{
	const size_t at = catalogue_index(row(resource->kind, name));

	json_decref(resource->values[at]);
	resource->values[at] = j(value);
}

/* Also as an element, the way that the row spells it. */
static inline void set_pending(struct resource *resource, const char *name,
			       const char *value)
{
	const struct setting *setting = row(resource->kind, name);
	const size_t at = catalogue_index(setting);
	json_t *pending = j(value);

	assert(setting->pending);
	json_decref(resource->pending[at]);
	resource->pending[at] = pending;
	(void)json_object_set_new(resource->pending_elements, setting->pending,
				  json_string("(text)"));
}

/* Everything read and as absent, which each row says what it means. */
static inline struct resource *fleet_resource(enum kind kind, const char *id,
					      const char *resource_id)
{
	const struct kind_ops *ops = kind_ops(kind);
	struct resource *resource = resource_new(
		kind, ops->global ? &fleet_global_place : &fleet_place);
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);

	resource->id = xstrdup(id);
	resource->address = address_of(kind, id);
	resource->resource_id = xstrdup(resource_id);
	resource->pending_elements = json_object();
	for (size_t i = 0; i < len; i++)
		resource->values[i] = value_from_wire(&rows[i], NULL, 0);
	return resource;
}

static inline struct resource *fleet_cluster(const char *id)
{
	CLEANUP(free_ptr) char *resource_id = xasprintf("cluster-%s", id);
	struct resource *cluster =
		fleet_resource(KIND_CLUSTER, id, resource_id);

	cluster->engine = xstrdup("aurora-mysql");
	cluster->cluster = xstrdup(id);
	set_live(cluster, "deletion_protection", "false");
	set_live(cluster, "backup_retention_period", "7");
	set_live(cluster, "iam_database_authentication_enabled", "false");
	set_live(cluster, "storage_encrypted", "false");
	set_live(cluster, "copy_tags_to_snapshot", "false");
	set_live(cluster, "enabled_cloudwatch_logs_exports", "[]");
	set_live(cluster, "port", "3306");
	set_live(cluster, "vpc_security_group_ids", "['sg-1']");
	return cluster;
}

static inline struct resource *fleet_instance(const char *id,
					      const char *cluster)
{
	CLEANUP(free_ptr) char *resource_id = xasprintf("db-%s", id);
	struct resource *instance =
		fleet_resource(KIND_INSTANCE, id, resource_id);

	instance->engine = xstrdup("aurora-mysql");
	instance->cluster = xstrdup(cluster);
	set_live(instance, "publicly_accessible", "true");
	set_live(instance, "auto_minor_version_upgrade", "false");
	return instance;
}

static inline struct resource *fleet_role(const char *id)
{
	struct resource *role = fleet_resource(KIND_IAM_ROLE, id, "AROA1");

	set_live(role, "managed_policy_arns",
		 "['arn:aws:iam::aws:policy/Old']");
	return role;
}

#endif
