#include "tests/sim/fleet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/ec2.h"
#include "tests/sim/engines.h"
#include "tests/sim/sections.h"
#include "tests/sim/settle.h"
#include "tests/sim/state_check.h"

/* ---- look-ups ----------------------------------------------------------- */

struct account *fleet_account(const struct fleet *fleet, const char *id)
{
	for (size_t i = 0; i < fleet->len; i++)
		if (!strcmp(fleet->accounts[i]->id, id))
			return fleet->accounts[i];
	return NULL;
}

struct place *account_place(const struct account *account, const char *region)
{
	for (size_t i = 0; i < account->places_len; i++)
		if (!strcmp(account->places[i]->region, region))
			return account->places[i];
	return NULL;
}

struct role *account_role(const struct account *account, const char *name)
{
	/* IAM tells role names apart without regard to case */
	for (size_t i = 0; i < account->roles_len; i++)
		if (!strcasecmp(json_text(account->roles[i]->state, "RoleName"),
				name))
			return account->roles[i];
	return NULL;
}

static int compare_id(const void *key, const void *item)
{
	const struct resource *const *resource = item;
	return strcmp(key, (*resource)->id);
}

struct resource *place_find(const struct place *place, bool cluster,
			    const char *id)
{
	const struct resource_list *list =
		cluster ? &place->clusters : &place->instances;
	struct resource **found = NULL;

	if (list->len)
		found = bsearch(id, list->items, list->len,
				sizeof(*list->items), compare_id);
	return found ? *found : NULL;
}

struct resource *place_find_named(const struct place *place, bool cluster,
				  const char *name)
{
	CLEANUP(free_ptr)
	char *prefix =
		xasprintf("arn:aws:rds:%s:%s:%s:", place->region,
			  place->account->id, cluster ? "cluster" : "db");

	if (!strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	CLEANUP(free_ptr) char *id = xstrdup(name);
	for (char *c = id; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return place_find(place, cluster, id);
}

struct resource *resource_cluster(const struct resource *instance)
{
	const char *id = json_text(instance->state, "DBClusterIdentifier");
	return id ? place_find(instance->place, true, id) : NULL;
}

char *resource_arn(const struct resource *resource)
{
	return xasprintf("arn:aws:rds:%s:%s:%s:%s", resource->place->region,
			 resource->place->account->id,
			 resource->is_cluster ? "cluster" : "db", resource->id);
}

bool resource_is_aurora(const struct resource *resource)
{
	return engine_is_aurora(json_text(resource->state, "Engine"));
}

/* ---- building ----------------------------------------------------------- */

struct account *fleet_add_account(struct fleet *fleet, const char *id)
{
	struct account *account = xcalloc(1, sizeof(*account));

	account->id = xstrdup(id);
	account->policies = json_array();
	account->late_policies = json_object();
	GROW(fleet->accounts, fleet->len, fleet->cap);
	fleet->accounts[fleet->len++] = account;
	return account;
}

struct place *account_add_place(struct account *account, const char *region)
{
	struct place *place = xcalloc(1, sizeof(*place));

	place->account = account;
	place->region = xstrdup(region);
	place->cluster_groups = json_array();
	place->groups = json_object();
	place->late_groups = json_object();
	place->interfaces = json_array();
	place->sections = json_object();
	place->events = json_array();
	place->instance_groups = json_array();
	place->parameter_events = json_array();
	place->log_groups = json_array();
	place->kms_keys = json_array();
	place->snapshots = json_array();
	place->subscriptions = json_array();
	place->secrets = json_array();
	GROW(account->places, account->places_len, account->places_cap);
	account->places[account->places_len++] = place;
	return place;
}

struct access_key *account_add_key(struct account *account, const char *id,
				   const char *secret)
{
	struct access_key *key = xcalloc(1, sizeof(*key));

	key->id = xstrdup(id);
	key->secret = xstrdup(secret);
	key->arn = xasprintf("arn:aws:iam::%s:user/dba", account->id);
	key->user_id = derived_id("AIDA", id, 17);
	GROW(account->keys, account->keys_len, account->keys_cap);
	account->keys[account->keys_len++] = key;
	return key;
}

int place_add(struct fleet *fleet, struct place *place, bool cluster,
	      json_t *state, struct error *err)
{
	const char *key =
		cluster ? "DBClusterIdentifier" : "DBInstanceIdentifier";
	CLEANUP(json_release) json_t *owned = state;
	const char *id = json_text(state, key);

	if (!id || !*id ||
	    strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
		return error_set(err, ERR_FORMAT,
				 "a resource of %s has no good %s",
				 place->region, key);
	if (state_check(owned, err))
		return error_wrap(err, "'%s'", id);
	struct resource_list *list =
		cluster ? &place->clusters : &place->instances;
	struct resource *resource = xcalloc(1, sizeof(*resource));
	resource->is_cluster = cluster;
	resource->place = place;
	resource->id = xstrdup(id);
	resource->state = TAKE(owned);
	GROW(list->items, list->len, list->cap);
	list->items[list->len++] = resource;
	flight_load(fleet, resource);
	return 0;
}

static int compare_resources(const void *a, const void *b)
{
	const struct resource *const *left = a, *const *right = b;
	return strcmp((*left)->id, (*right)->id);
}

static int sort_list(struct resource_list *list, struct error *err)
{
	if (list->len)
		qsort(list->items, list->len, sizeof(*list->items),
		      compare_resources);
	for (size_t i = 1; i < list->len; i++)
		if (!strcmp(list->items[i - 1]->id, list->items[i]->id))
			return error_set(err, ERR_FORMAT, "'%s' is there twice",
					 list->items[i]->id);
	return 0;
}

static json_t *find_member(const json_t *cluster_state, const char *id)
{
	size_t index;
	json_t *member;

	json_array_foreach(json_object_get(cluster_state, "DBClusterMembers"),
			   index, member)
		if (!strcmp(json_text(member, "DBInstanceIdentifier"), id))
			return member;
	return NULL;
}

/* List the instance in its cluster, unless the file did. */
static void join_cluster(struct resource *cluster, struct resource *instance)
{
	json_t *members = json_object_get(cluster->state, "DBClusterMembers");

	if (find_member(cluster->state, instance->id))
		return;
	json_array_append_new(
		members,
		json_pack("{ss sb ss sO}", "DBInstanceIdentifier", instance->id,
			  "IsClusterWriter", json_array_size(members) == 0,
			  "DBClusterParameterGroupStatus", "in-sync",
			  "PromotionTier",
			  json_object_get(instance->state, "PromotionTier")));
}

static int check_members(const struct resource *cluster, struct error *err)
{
	size_t index;
	json_t *member;

	json_array_foreach(json_object_get(cluster->state, "DBClusterMembers"),
			   index, member) {
		const char *id = json_text(member, "DBInstanceIdentifier");
		if (!id || !place_find(cluster->place, false, id))
			return error_set(err, ERR_FORMAT,
					 "cluster '%s' has no member '%s'",
					 cluster->id, id ? id : "?");
	}
	return 0;
}

int place_finish(struct place *place, struct error *err)
{
	if (sort_list(&place->clusters, err) ||
	    sort_list(&place->instances, err))
		return -1;
	for (size_t i = 0; i < place->clusters.len; i++) {
		struct resource *cluster = place->clusters.items[i];
		cluster_defaults(place, cluster->state);
		if (check_members(cluster, err))
			return -1;
	}
	for (size_t i = 0; i < place->instances.len; i++) {
		struct resource *instance = place->instances.items[i];
		struct resource *cluster = resource_cluster(instance);
		const char *named =
			json_text(instance->state, "DBClusterIdentifier");
		if (named && !cluster)
			return error_set(err, ERR_FORMAT,
					 "instance '%s' is in no cluster '%s'",
					 instance->id, named);
		instance_defaults(place, instance->state,
				  cluster ? cluster->state : NULL);
		if (cluster)
			join_cluster(cluster, instance);
	}
	ec2_make_groups(place);
	sections_complete(place);
	return 0;
}

/* ---- changing ----------------------------------------------------------- */

void cluster_each_member(const struct resource *cluster,
			 void (*fn)(struct resource *member, void *ctx),
			 void *ctx)
{
	size_t index;
	json_t *entry;

	json_array_foreach(json_object_get(cluster->state, "DBClusterMembers"),
			   index, entry) {
		struct resource *member =
			place_find(cluster->place, false,
				   json_text(entry, "DBInstanceIdentifier"));
		if (member)
			fn(member, ctx);
	}
}

static void forget_xml(struct resource *resource, void *ctx)
{
	(void)ctx;
	free(resource->xml);
	resource->xml = NULL;
	resource->xml_len = 0;
}

void resource_changed(struct resource *resource)
{
	forget_xml(resource, NULL);
	if (resource->is_cluster) {
		cluster_each_member(resource, forget_xml, NULL);
		return;
	}
	struct resource *cluster = resource_cluster(resource);
	if (!cluster)
		return;
	json_t *member = find_member(cluster->state, resource->id);
	if (member)
		json_object_set(
			member, "PromotionTier",
			json_object_get(resource->state, "PromotionTier"));
	forget_xml(cluster, NULL);
}

static void resource_free(struct resource *resource)
{
	flight_free(resource->flight);
	json_decref(resource->state);
	free(resource->xml);
	free(resource->id);
	free(resource);
}

static struct resource *first_member(const struct resource *cluster)
{
	const json_t *members =
		json_object_get(cluster->state, "DBClusterMembers");
	return place_find(
		cluster->place, false,
		json_text(json_array_get(members, 0), "DBInstanceIdentifier"));
}

void place_remove(struct fleet *fleet, struct resource *resource)
{
	struct resource_list *list = resource->is_cluster
					     ? &resource->place->clusters
					     : &resource->place->instances;
	struct resource *cluster =
		resource->is_cluster ? NULL : resource_cluster(resource);
	size_t at = 0;

	/* a cluster goes with its members, and each leaves its list */
	while (resource->is_cluster &&
	       json_array_size(
		       json_object_get(resource->state, "DBClusterMembers")))
		place_remove(fleet, first_member(resource));
	flight_drop(fleet, resource);
	if (cluster) {
		json_t *members =
			json_object_get(cluster->state, "DBClusterMembers");
		for (size_t i = json_array_size(members); i-- > 0;)
			if (!strcmp(json_text(json_array_get(members, i),
					      "DBInstanceIdentifier"),
				    resource->id))
				json_array_remove(members, i);
		resource_changed(cluster);
	}
	while (list->items[at] != resource)
		at++;
	memmove(&list->items[at], &list->items[at + 1],
		(list->len - at - 1) * sizeof(*list->items));
	list->len--;
	resource_free(resource);
}

/* ---- releasing ---------------------------------------------------------- */

static void list_release(struct resource_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		resource_free(list->items[i]);
	free(list->items);
}

static void place_free(struct place *place)
{
	list_release(&place->clusters);
	list_release(&place->instances);
	json_decref(place->cluster_groups);
	json_decref(place->instance_groups);
	json_decref(place->parameter_events);
	json_decref(place->log_groups);
	json_decref(place->kms_keys);
	json_decref(place->snapshots);
	json_decref(place->subscriptions);
	json_decref(place->sns_topics);
	json_decref(place->secrets);
	json_decref(place->security_groups);
	json_decref(place->groups);
	json_decref(place->late_groups);
	json_decref(place->interfaces);
	json_decref(place->sections);
	json_decref(place->events);
	free(place->region);
	free(place);
}

static void key_free(struct access_key *key)
{
	free(key->id);
	free(key->secret);
	free(key->token);
	free(key->role);
	json_decref(key->policies);
	json_decref(key->session_policies);
	free(key->arn);
	free(key->user_id);
	free(key);
}

static void role_free(struct role *role)
{
	json_decref(role->state);
	json_decref(role->old);
	free(role);
}

void account_remove_role(struct account *account, struct role *role)
{
	size_t at = 0;

	while (account->roles[at] != role)
		at++;
	memmove(&account->roles[at], &account->roles[at + 1],
		(account->roles_len - at - 1) * sizeof(*account->roles));
	account->roles_len--;
	role_free(role);
}

static void account_free(struct account *account)
{
	for (size_t i = 0; i < account->keys_len; i++)
		key_free(account->keys[i]);
	for (size_t i = 0; i < account->roles_len; i++)
		role_free(account->roles[i]);
	for (size_t i = 0; i < account->places_len; i++)
		place_free(account->places[i]);
	json_decref(account->policies);
	json_decref(account->late_policies);
	json_decref(account->trails);
	free(account->keys);
	free(account->roles);
	free(account->places);
	free(account->id);
	free(account);
}

void fleet_release(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->len; i++)
		account_free(fleet->accounts[i]);
	free(fleet->accounts);
	free(fleet->flying);
	json_decref(fleet->aws_policies);
	*fleet = (struct fleet){ .accounts = NULL };
}
