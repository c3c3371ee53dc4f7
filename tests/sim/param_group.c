#include "tests/sim/param_group.h"

#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/engines.h"
#include "tests/sim/fleet.h"
#include "tests/sim/parameters.h"

const char *param_group_key(bool cluster)
{
	return cluster ? "DBClusterParameterGroupName" : "DBParameterGroupName";
}

static json_t *groups_of(const struct place *place, bool cluster)
{
	return cluster ? place->cluster_groups : place->instance_groups;
}

static json_t *find(const struct place *place, bool cluster, const char *name)
{
	size_t index;
	json_t *group;

	json_array_foreach(groups_of(place, cluster), index, group)
		if (!strcasecmp(json_text(group, param_group_key(cluster)),
				name))
			return group;
	return NULL;
}

static json_t *new_default(bool cluster, const char *name)
{
	return json_pack("{ss ss ss+ s{}}", param_group_key(cluster), name,
			 "DBParameterGroupFamily", name + 8, "Description",
			 "Default parameter group for ", name + 8,
			 "Parameters");
}

json_t *param_group_get(const struct place *place, bool cluster,
			const char *name)
{
	json_t *group = find(place, cluster, name);

	if (group)
		return json_incref(group);
	CLEANUP(free_ptr) char *lower = xstrdup(name);
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return !strncmp(lower, "default.", 8) && parameter_family(lower + 8)
		       ? new_default(cluster, lower)
		       : NULL;
}

/* ---- who uses which ----------------------------------------------------- */

static const struct resource_list *users(const struct place *place,
					 bool cluster)
{
	return cluster ? &place->clusters : &place->instances;
}

/* The name of the group that a cluster, or an instance, uses. */
static const char *group_of(const struct resource *resource)
{
	return resource->is_cluster
		       ? json_text(resource->state, "DBClusterParameterGroup")
		       : json_text(json_array_get(
					   json_object_get(resource->state,
							   "DBParameterGroups"),
					   0),
				   "DBParameterGroupName");
}

bool param_group_used(const struct place *place, bool cluster, const char *name)
{
	const struct resource_list *list = users(place, cluster);

	for (size_t i = 0; i < list->len; i++) {
		const char *used = group_of(list->items[i]);
		if (used && !strcasecmp(used, name))
			return true;
	}
	return false;
}

/* The members that have to take what is set in a group. New array of ids. */
static json_t *members_of(const struct place *place, bool cluster,
			  const char *name)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < place->instances.len; i++) {
		const struct resource *instance = place->instances.items[i];
		const struct resource *user =
			cluster ? resource_cluster(instance) : instance;
		const char *used = user ? group_of(user) : NULL;
		if (used && !strcasecmp(used, name))
			json_array_append_new(ids, json_string(instance->id));
	}
	return ids;
}

json_t *param_groups_all(const struct place *place, bool cluster)
{
	const struct resource_list *list = users(place, cluster);
	const char *key = param_group_key(cluster);
	CLEANUP(json_release) json_t *all = json_array();

	json_array_extend(all, groups_of(place, cluster));
	for (size_t i = 0; i < list->len; i++) {
		const char *used = group_of(list->items[i]);
		if (used && !strncmp(used, "default.", 8))
			json_array_append_new(all, new_default(cluster, used));
	}
	return sorted_by(all, key);
}

void param_group_remove(struct place *place, bool cluster, const char *name)
{
	json_t *all = groups_of(place, cluster), *group;

	for (size_t i = json_array_size(all); i-- > 0;) {
		group = json_array_get(all, i);
		if (!strcasecmp(json_text(group, param_group_key(cluster)),
				name))
			json_array_remove(all, i);
	}
}

/* ---- the fleet file ----------------------------------------------------- */

/* A bare text is a value with the method that a console chooses. */
static int load_parameters(json_t *group, bool cluster, struct error *err)
{
	const char *family = json_text(group, "DBParameterGroupFamily");
	json_t *parameters = json_object_get(group, "Parameters"), *entry;
	const char *name;
	void *next;

	json_object_foreach_safe(parameters, next, name, entry) {
		const struct parameter *row =
			parameter_find(family, cluster, name);
		if (!row)
			return error_set(err, ERR_FORMAT,
					 "family %s has no parameter '%s'",
					 family, name);
		if (json_is_string(entry))
			json_object_set_new(
				parameters, name,
				json_pack("{sO ss}", "ParameterValue", entry,
					  "ApplyMethod",
					  row->is_static ? "pending-reboot"
							 : "immediate"));
		else if (!json_text(entry, "ParameterValue") ||
			 !json_text(entry, "ApplyMethod"))
			return error_set(err, ERR_FORMAT,
					 "parameter '%s' is not of its type",
					 name);
	}
	return 0;
}

static int add_group(struct place *place, bool cluster, json_t *taken,
		     struct error *err)
{
	CLEANUP(json_release) json_t *group = taken;
	const char *key = param_group_key(cluster);
	const char *name = json_text(group, key);
	const char *family = json_text(group, "DBParameterGroupFamily");

	if (!name || !family)
		return error_set(
			err, ERR_FORMAT, "a parameter group of %s has no %s",
			place->region, name ? "DBParameterGroupFamily" : key);
	if (find(place, cluster, name))
		return error_set(err, ERR_FORMAT,
				 "parameter group '%s' is there twice", name);
	json_default(group, "Description", json_string(name));
	json_default(group, "Parameters", json_object());
	if (!json_is_object(json_object_get(group, "Parameters")))
		return error_set(err, ERR_FORMAT,
				 "the Parameters of '%s' are no object", name);
	if (load_parameters(group, cluster, err))
		return error_wrap(err, "parameter group '%s'", name);
	json_array_append(groups_of(place, cluster), group);
	return 0;
}

/* A group that a resource uses is there. */
static int add_used(struct place *place, bool cluster,
		    const struct resource *resource, struct error *err)
{
	const char *used = group_of(resource);
	const struct resource *owner =
		cluster ? resource : resource_cluster(resource);
	const json_t *state = owner ? owner->state : resource->state;

	if (!used || !strncmp(used, "default.", 8) ||
	    find(place, cluster, used))
		return 0;
	CLEANUP(free_ptr)
	char *family = engine_family(json_text(state, "Engine"),
				     json_text(state, "EngineVersion"));
	return add_group(place, cluster,
			 json_pack("{ss ss}", param_group_key(cluster), used,
				   "DBParameterGroupFamily", family),
			 err);
}

int param_groups_load(struct place *place, bool cluster, const json_t *groups,
		      struct error *err)
{
	const struct resource_list *list = users(place, cluster);
	size_t index;
	json_t *entry;

	json_array_foreach(groups, index, entry)
		if (add_group(place, cluster, json_deep_copy(entry), err))
			return -1;
	for (size_t i = 0; i < list->len; i++)
		if (add_used(place, cluster, list->items[i], err))
			return -1;
	return 0;
}

/* ---- statuses of members ------------------------------------------------ */

/* What has the status of this level as a member. Borrowed, or NULL. */
static json_t *status_holder(const struct resource *instance, bool cluster)
{
	const struct resource *owner = resource_cluster(instance);
	size_t index;
	json_t *member;

	if (!cluster)
		return json_array_get(
			json_object_get(instance->state, "DBParameterGroups"),
			0);
	json_array_foreach(json_object_get(owner ? owner->state : NULL,
					   "DBClusterMembers"),
			   index, member)
		if (!strcmp(json_text(member, "DBInstanceIdentifier"),
			    instance->id))
			return member;
	return NULL;
}

static const char *status_key(bool cluster)
{
	return cluster ? "DBClusterParameterGroupStatus"
		       : "ParameterApplyStatus";
}

static void forget_events(struct place *place, const char *instance,
			  bool cluster)
{
	for (size_t i = json_array_size(place->parameter_events); i-- > 0;) {
		const json_t *event =
			json_array_get(place->parameter_events, i);
		const char *its = json_text(event, "instance");
		if (its && !strcmp(its, instance) &&
		    json_is_true(json_object_get(event, "cluster")) == cluster)
			json_array_remove(place->parameter_events, i);
	}
}

static void show_status(struct place *place, const char *id, bool cluster,
			const char *status)
{
	struct resource *instance = place_find(place, false, id);
	json_t *holder = instance ? status_holder(instance, cluster) : NULL;

	if (!holder)
		return;
	json_object_set_new(holder, status_key(cluster), json_string(status));
	resource_changed(instance);
}

void param_status_set(struct place *place, const char *instance, bool cluster,
		      const char *status)
{
	forget_events(place, instance, cluster);
	show_status(place, instance, cluster, status);
}

/* Where a member ends: what waits for a reboot goes on waiting. */
static const char *status_after(const struct place *place, const char *id,
				bool cluster, bool reboot)
{
	const struct resource *instance = place_find(place, false, id);
	json_t *holder = status_holder(instance, cluster);
	const char *now = json_text(holder, status_key(cluster));
	size_t index;
	json_t *event;

	json_array_foreach(place->parameter_events, index, event) {
		const char *its = json_text(event, "instance");
		if (its && !strcmp(its, id) &&
		    json_is_true(json_object_get(event, "cluster")) == cluster)
			now = json_text(event, "status");
	}
	return reboot || (now && !strcmp(now, "pending-reboot"))
		       ? "pending-reboot"
		       : "in-sync";
}

static void apply_to_members(struct place *place, bool cluster,
			     const char *name, bool reboot, int64_t until_ms)
{
	CLEANUP(json_release)
	json_t *ids = members_of(place, cluster, name);
	size_t index;
	json_t *id;

	json_array_foreach(ids, index, id) {
		const char *text = json_string_value(id);
		const char *after = status_after(place, text, cluster, reboot);
		json_t *event = json_pack("{sI sb sO ss}", "due_ms", until_ms,
					  "cluster", cluster, "instance", id,
					  "status", after);
		forget_events(place, text, cluster);
		json_array_append_new(place->parameter_events, event);
		show_status(place, text, cluster, "applying");
	}
}

/* ---- writing ------------------------------------------------------------ */

static bool needs_reboot(const char *family, bool cluster, const char *name,
			 const json_t *entry)
{
	const struct parameter *row = parameter_find(family, cluster, name);

	return row->is_static ||
	       !strcmp(json_text(entry, "ApplyMethod"), "pending-reboot");
}

/* Make it so; does anything that changed thereby need a reboot? */
static bool set_all(json_t *group, bool cluster, json_t *parameters,
		    bool *ret_changed)
{
	json_t *set = json_object_get(group, "Parameters"), *entry;
	const char *family = json_text(group, "DBParameterGroupFamily");
	const char *name;
	bool reboot = false;

	*ret_changed = false;
	json_object_foreach(parameters, name, entry) {
		const json_t *old = json_object_get(set, name);
		const char *before = json_text(old, "ParameterValue");
		const char *after = json_text(entry, "ParameterValue");
		bool same = before && after ? !strcmp(before, after)
					    : before == after;
		if (!same) {
			*ret_changed = true;
			reboot |= needs_reboot(family, cluster, name, entry);
		}
		if (!after)
			json_object_del(set, name);
		else if (!same) /* another ApplyMethod alone is ignored */
			json_object_set(set, name, entry);
	}
	return reboot;
}

static void write_now(struct place *place, bool cluster, const char *name,
		      json_t *parameters, int64_t until_ms)
{
	json_t *group = find(place, cluster, name);
	bool changed = false;

	if (!group) /* deleted meanwhile */
		return;
	bool reboot = set_all(group, cluster, parameters, &changed);
	if (changed)
		apply_to_members(place, cluster, name, reboot, until_ms);
}

void param_group_write(struct place *place, bool cluster, const char *name,
		       json_t *parameters, int64_t now_ms, int64_t delay_ms,
		       int64_t settle_ms)
{
	if (!delay_ms) {
		write_now(place, cluster, name, parameters, now_ms + settle_ms);
		return;
	}
	json_array_append_new(place->parameter_events,
			      json_pack("{sI sb ss sO sI}", "due_ms",
					now_ms + delay_ms, "cluster", cluster,
					"group", name, "parameters", parameters,
					"settle_ms", settle_ms));
}

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void happen(struct place *place, const json_t *event)
{
	bool cluster = json_is_true(json_object_get(event, "cluster"));
	const char *instance = json_text(event, "instance");

	if (instance)
		show_status(place, instance, cluster,
			    json_text(event, "status"));
	else
		write_now(place, cluster, json_text(event, "group"),
			  json_object_get(event, "parameters"),
			  number(event, "due_ms") + number(event, "settle_ms"));
}

void param_groups_advance(struct place *place, int64_t now_ms)
{
	for (size_t i = 0; i < json_array_size(place->parameter_events);) {
		CLEANUP(json_release)
		json_t *event =
			json_incref(json_array_get(place->parameter_events, i));
		if (number(event, "due_ms") > now_ms) {
			i++;
			continue;
		}
		json_array_remove(place->parameter_events, i);
		happen(place, event);
		i = 0; /* it may have put others in their order */
	}
}

json_t *param_groups_dump_events(const struct place *place, int64_t now_ms)
{
	json_t *events = json_array(), *event;
	size_t index;

	json_array_foreach(place->parameter_events, index, event) {
		json_t *copy = json_copy(event);
		json_object_del(copy, "due_ms");
		json_object_set_new(
			copy, "due_in_ms",
			json_integer(number(event, "due_ms") - now_ms));
		json_array_append_new(events, copy);
	}
	return events;
}

void param_groups_load_events(struct place *place, const json_t *events,
			      int64_t now_ms)
{
	size_t index;
	json_t *event;

	json_array_foreach(events, index, event) {
		json_t *copy = json_deep_copy(event);
		json_object_del(copy, "due_in_ms");
		json_object_set_new(
			copy, "due_ms",
			json_integer(now_ms + number(event, "due_in_ms")));
		json_array_append_new(place->parameter_events, copy);
	}
}
