/* From facts to the values of a cluster that no single element gives. */
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/cluster_own.h"
#include "plans/lookup.h"
#include "plans/value_parts.h"

static size_t index_of(const char *setting)
{
	return catalogue_index(catalogue_lookup(KIND_CLUSTER, setting));
}

static void put(json_t **slot, json_t *value)
{
	json_decref(*slot);
	*slot = value;
}

static const char *text_at(const struct resource *resource, const char *path,
			   size_t index)
{
	const char *text = json_string_value(
		json_array_get(json_object_get(resource->facts, path), index));

	return text ? text : "";
}

/* ---- associated roles -------------------------------------------------- */

static void judge_role(struct resource *resource, const char *member,
		       const char *status)
{
	CLEANUP(free_ptr) char *why = NULL;

	if (!strcasecmp(status, "INVALID"))
		why = xasprintf("AWS cannot assume the role of '%s', whose "
				"association is INVALID: does its trust policy "
				"let rds.amazonaws.com assume it?",
				member);
	else if (!strcasecmp(status, "PENDING"))
		why = xasprintf("the association of '%s' is still PENDING",
				member);
	if (why)
		resource_add_unhealthy(resource, CLUSTER_ROLES, member, why);
}

/* Those that are not ACTIVE are associated as well. */
static void derive_roles(struct resource *resource, const bool *keep)
{
	const size_t slot = index_of(CLUSTER_ROLES);
	const json_t *arns = json_object_get(resource->facts, CLUSTER_ROLE_ARN);
	CLEANUP(json_release) json_t *members = json_array();

	if (!keep[slot])
		return;
	for (size_t i = 0; i < json_array_size(arns); i++) {
		CLEANUP(free_ptr)
		char *member =
			parts_join(text_at(resource, CLUSTER_ROLE_ARN, i),
				   text_at(resource, CLUSTER_ROLE_FEATURE, i));

		json_array_append_new(members, json_from_text(member));
		judge_role(resource, member,
			   text_at(resource, CLUSTER_ROLE_STATUS, i));
	}
	put(&resource->values[slot], json_sorted_set(members));
}

void cluster_each_role(const struct resource *resource,
		       void (*fn)(void *ctx, enum kind kind, const char *id),
		       void *ctx)
{
	const json_t *members = resource_value(
		resource, catalogue_lookup(KIND_CLUSTER, CLUSTER_ROLES));
	size_t i;
	json_t *member;

	if (!members) /* not read: those that are there */
		members = json_object_get(resource->facts, CLUSTER_ROLE_ARN);
	json_array_foreach(members, i, member) {
		CLEANUP(free_ptr)
		char *arn = parts_word(json_string_value(member), 0);
		const char *name = arn ? strrchr(arn, '/') : NULL;

		if (name && name[1])
			fn(ctx, KIND_IAM_ROLE, name + 1);
	}
}

/* ---- the master user's secret ----------------------------------------- */

static void derive_secret(struct resource *resource, const bool *keep)
{
	const size_t slot = index_of(CLUSTER_MANAGED);
	const char *arn = text_at(resource, FACT_SECRET_ARN, 0);

	if (!keep[slot])
		return;
	put(&resource->values[slot], json_boolean(*arn != '\0'));
	if (!strcasecmp(text_at(resource, CLUSTER_SECRET_STATUS, 0),
			"impaired")) {
		CLEANUP(free_ptr)
		char *why = xasprintf("the secret '%s' of the master password "
				      "is impaired: RDS cannot reach it or its "
				      "KMS key",
				      arn);

		resource_add_unhealthy(resource, CLUSTER_MANAGED, "", why);
	}
}

/*
 * A cluster that was restored may still name the secret of the one that it
 * came from: then nobody knows.
 */
void cluster_enriched(struct resource *resource)
{
	const size_t slot = index_of(CLUSTER_MANAGED);
	const json_t *owner =
		json_object_get(resource->facts, FACT_SECRET_OWNER);

	if (owner && json_is_true(resource->values[slot]) &&
	    (!json_is_string(owner) ||
	     strcmp(json_string_value(owner), "rds") != 0))
		put(&resource->values[slot], json_string("unknown"));
}

/* ---- the activity stream ---------------------------------------------- */

/* AWS shows the key as it was given: the id alone is of this place. */
static char *key_arn(const struct place *place, const char *key)
{
	if (!*key || !strncmp(key, "arn:", 4))
		return xstrdup(key);
	return xasprintf("arn:%s:kms:%s:%s:%s%s",
			 endpoint_partition(place->region), place->region,
			 place->account_id,
			 strncmp(key, "alias/", 6) ? "key/" : "", key);
}

/* "async arn:aws:kms:…" of what is on, or is on its way on or off. */
static json_t *stream_of(const struct resource *resource)
{
	const char *mode = text_at(resource, CLUSTER_STREAM_MODE, 0);
	CLEANUP(free_ptr)
	char *key = key_arn(resource->place,
			    text_at(resource, CLUSTER_STREAM_KEY, 0));
	CLEANUP(free_ptr)
	char *text = parts_join(*mode ? mode : "unknown", key);

	return json_from_text(text);
}

json_t *cluster_stream_key(const struct resource *resource)
{
	const char *text = json_string_value(resource_value(
		resource, catalogue_lookup(KIND_CLUSTER, CLUSTER_STREAM)));
	CLEANUP(free_ptr) char *key = text ? parts_word(text, 1) : NULL;

	return key ? json_from_text(key) : NULL;
}

static void derive_stream(struct resource *resource, const bool *keep)
{
	const size_t slot = index_of(CLUSTER_STREAM);
	const char *status = text_at(resource, CLUSTER_STREAM_STATUS, 0);
	const bool starting = !strcasecmp(status, "starting");
	const bool stopping = !strcasecmp(status, "stopping");

	if (starting || stopping)
		json_object_set_new(resource->pending_elements,
				    CLUSTER_STREAM_STATUS,
				    json_from_text(status));
	if (!keep[slot])
		return;
	if (!*status || !strcasecmp(status, "stopped") || starting)
		put(&resource->values[slot], json_null());
	else if (stopping || !strcasecmp(status, "started"))
		put(&resource->values[slot], stream_of(resource));
	if (starting || stopping)
		put(&resource->pending[slot],
		    starting ? stream_of(resource) : json_null());
}

/* ---- all of them ------------------------------------------------------- */

void cluster_derive(struct resource *resource, const bool *keep)
{
	if (!strcmp(text_at(resource, CLUSTER_ENGINE_MODE, 0), "serverless"))
		json_object_set_new(resource->facts, CLUSTER_SERVERLESS_V1,
				    json_true());
	derive_roles(resource, keep);
	derive_secret(resource, keep);
	derive_stream(resource, keep);
}

const char *cluster_in_progress(const struct resource *resource)
{
	const json_t *statuses =
		json_object_get(resource->facts, CLUSTER_ROLE_STATUS);

	if (json_array_has(statuses, "PENDING"))
		return "AWS is still associating a role or taking one away";
	if (!strcasecmp(text_at(resource, CLUSTER_SECRET_STATUS, 0),
			"creating"))
		return "RDS is still making the secret of the master password";
	return NULL;
}
