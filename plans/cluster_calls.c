/* The calls of a cluster besides ModifyDBCluster. */
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/cluster_own.h"
#include "plans/value.h"
#include "plans/value_parts.h"

#define ENABLE_HTTP "rds:EnableHttpEndpoint"
#define DISABLE_HTTP "rds:DisableHttpEndpoint"
#define ADD_ROLE "rds:AddRoleToDBCluster"
#define REMOVE_ROLE "rds:RemoveRoleFromDBCluster"
#define START_STREAM "rds:StartActivityStream"
#define STOP_STREAM "rds:StopActivityStream"

#define ID "DBClusterIdentifier"
#define ARN "ResourceArn"
#define ROLE "RoleArn"
#define FEATURE "FeatureName"
#define MODE "Mode"
#define KEY "KmsKeyId"

static bool is(const struct setting *setting, const char *name)
{
	return strcmp(setting->name, name) == 0;
}

static void set(struct call *call, const char *name, const char *text)
{
	json_object_set_new(call->parameters, name, json_from_text(text));
}

/* ---- drafting ----------------------------------------------------------- */

/* From what every plan says of a cluster, so that all come to the same. */
static void set_arn(struct call *call, const struct resource *resource)
{
	const struct place *place = resource->place;
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:%s:rds:%s:%s:cluster:%s",
			      endpoint_partition(place->region), place->region,
			      place->account_id, resource->id);

	set(call, ARN, arn);
}

static struct call *begin(struct call_list *calls, const char *name,
			  size_t index)
{
	struct call *call = call_list_add(calls, name);

	call_add_change(call, index);
	return call;
}

static void draft_role(const struct resource *resource, const char *name,
		       const json_t *member, size_t index,
		       struct call_list *calls)
{
	struct call *call = begin(calls, name, index);
	CLEANUP(free_ptr) char *role = parts_word(json_string_value(member), 0);
	CLEANUP(free_ptr)
	char *feature = parts_word(json_string_value(member), 1);

	set(call, ID, resource->id);
	set(call, ROLE, role);
	if (feature)
		set(call, FEATURE, feature);
}

/*
 * The same role, or another one for the same feature? Whether AWS takes two of
 * these is not said, so one goes before the other comes.
 */
static bool in_the_way(const json_t *member, const json_t *others)
{
	size_t i;
	json_t *other;

	json_array_foreach(others, i, other) {
		for (size_t word = 0; word < 2; word++) {
			CLEANUP(free_ptr)
			char *a = parts_word(json_string_value(member), word);
			CLEANUP(free_ptr)
			char *b = parts_word(json_string_value(other), word);

			if (a && b && !strcmp(a, b))
				return true;
		}
	}
	return false;
}

struct drafting {
	const struct resource *resource;
	size_t index; /* of the change */
	struct call_list *calls;
	size_t first; /* of its calls */
};

/* Each needs the calls of the change that come before `need_to`. */
static void draft_member(const struct drafting *d, const char *name,
			 const json_t *member, size_t need_to)
{
	draft_role(d->resource, name, member, d->index, d->calls);
	for (size_t need = d->first; need < need_to; need++)
		call_add_need(&d->calls->items[d->calls->len - 1], need);
}

/* What is in the way goes first; else nothing goes before all is there. */
static void draft_roles(const struct drafting *d,
			const struct call_change *change)
{
	CLEANUP(json_release)
	json_t *more = set_minus(change->after, change->before);
	CLEANUP(json_release)
	json_t *fewer = set_minus(change->before, change->after);
	size_t i, need_to;
	json_t *member;

	json_array_foreach(fewer, i, member) {
		if (in_the_way(member, more))
			draft_member(d, REMOVE_ROLE, member, d->first);
	}
	need_to = d->calls->len;
	json_array_foreach(more, i, member)
		draft_member(d, ADD_ROLE, member, need_to);
	need_to = d->calls->len;
	json_array_foreach(fewer, i, member) {
		if (!in_the_way(member, more))
			draft_member(d, REMOVE_ROLE, member, need_to);
	}
}

static void draft_stream_call(const struct drafting *d, const char *name,
			      const struct call_change *change)
{
	struct call *call = begin(d->calls, name, d->index);

	set_arn(call, d->resource);
	set(call, RDS_APPLY, change->window ? "false" : "true");
}

/* Another mode or key takes a stop and a start. */
static void draft_stream(const struct drafting *d,
			 const struct call_change *change)
{
	const char *text = json_string_value(change->after);
	CLEANUP(free_ptr) char *mode = text ? parts_word(text, 0) : NULL;
	CLEANUP(free_ptr) char *key = text ? parts_word(text, 1) : NULL;
	struct call *start;

	if (json_is_string(change->before))
		draft_stream_call(d, STOP_STREAM, change);
	if (!mode || !key)
		return;
	draft_stream_call(d, START_STREAM, change);
	start = &d->calls->items[d->calls->len - 1];
	set(start, MODE, mode);
	set(start, KEY, key);
	if (json_is_string(change->before))
		call_add_need(start, d->first);
}

void cluster_own_calls(const struct resource *resource,
		       const struct call_change *change, size_t index,
		       struct call_list *calls)
{
	const struct drafting d = { .resource = resource,
				    .index = index,
				    .calls = calls,
				    .first = calls->len };

	if (is(change->setting, CLUSTER_ROLES))
		draft_roles(&d, change);
	else if (is(change->setting, CLUSTER_STREAM))
		draft_stream(&d, change);
	else if (is(change->setting, CLUSTER_HTTP))
		set_arn(begin(calls,
			      json_is_true(change->after) ? ENABLE_HTTP
							  : DISABLE_HTTP,
			      index),
			resource);
}

/* ---- what they make of values ------------------------------------------- */

static const struct own_call {
	const char *call, *setting;
	const char *takes[5]; /* NULL at the end */
	const char *may_take; /* NULL: nothing more */
} own_calls[] = {
	{ ENABLE_HTTP, CLUSTER_HTTP, { ARN }, NULL },
	{ DISABLE_HTTP, CLUSTER_HTTP, { ARN }, NULL },
	{ ADD_ROLE, CLUSTER_ROLES, { ID, ROLE }, FEATURE },
	{ REMOVE_ROLE, CLUSTER_ROLES, { ID, ROLE }, FEATURE },
	{ START_STREAM, CLUSTER_STREAM, { ARN, MODE, KEY, RDS_APPLY }, NULL },
	{ STOP_STREAM, CLUSTER_STREAM, { ARN, RDS_APPLY }, NULL },
};

static const struct own_call *find_own(const char *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_calls); i++) {
		if (!strcmp(own_calls[i].call, call))
			return &own_calls[i];
	}
	return NULL;
}

/* Has the call what it takes, and nothing else? */
static bool makes_sense(const struct own_call *own, const json_t *parameters)
{
	size_t len = 0;

	for (; own->takes[len]; len++) {
		if (!json_string_length(
			    json_object_get(parameters, own->takes[len])))
			return false;
	}
	if (own->may_take && json_object_get(parameters, own->may_take)) {
		if (!json_string_length(
			    json_object_get(parameters, own->may_take)))
			return false;
		len++;
	}
	return json_object_size(parameters) == len;
}

/* What our call of that name has; others may add to it, or leave out when. */
void cluster_foreign(const char *call, const json_t *parameters,
		     void (*fn)(void *ctx, const char *call,
				const json_t *parameters),
		     void *ctx)
{
	const struct own_call *own = find_own(call);
	CLEANUP(json_release) json_t *ours = json_object();

	if (!own)
		return;
	for (size_t i = 0; own->takes[i]; i++) {
		json_t *value = json_object_get(parameters, own->takes[i]);

		if (!strcmp(own->takes[i], RDS_APPLY))
			json_object_set_new(ours, RDS_APPLY,
					    json_string("true"));
		else if (value)
			json_object_set(ours, own->takes[i], value);
	}
	if (own->may_take && json_object_get(parameters, own->may_take))
		json_object_set(ours, own->may_take,
				json_object_get(parameters, own->may_take));
	fn(ctx, call, ours);
}

static json_t *roles_after(const char *call, const json_t *parameters,
			   const json_t *value)
{
	CLEANUP(free_ptr)
	char *member = parts_join(json_text(parameters, ROLE),
				  json_text(parameters, FEATURE));
	CLEANUP(json_release) json_t *members = json_array();

	json_array_append_new(members, json_from_text(member));
	return strcmp(call, ADD_ROLE) ? set_minus(value, members)
				      : set_union(value, members);
}

static json_t *stream_after(const char *call, const json_t *parameters)
{
	CLEANUP(free_ptr) char *text = NULL;

	if (!strcmp(call, STOP_STREAM))
		return json_null();
	text = parts_join(json_text(parameters, MODE),
			  json_text(parameters, KEY));
	return json_from_text(text);
}

json_t *cluster_after_own(const char *call, const json_t *parameters,
			  const struct setting *setting, const json_t *value,
			  bool *ret_own)
{
	const struct own_call *own = find_own(call);

	*ret_own = own != NULL;
	if (!own || !makes_sense(own, parameters))
		return NULL;
	if (!is(setting, own->setting))
		return json_incref((json_t *)(uintptr_t)value);
	if (is(setting, CLUSTER_ROLES))
		return roles_after(call, parameters, value);
	if (is(setting, CLUSTER_STREAM))
		return stream_after(call, parameters);
	return json_boolean(!strcmp(call, ENABLE_HTTP));
}
