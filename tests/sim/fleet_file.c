/* Reading a fleet file and writing it again. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/cloudtrail.h"
#include "tests/sim/defaults.h"
#include "tests/sim/ec2.h"
#include "tests/sim/fleet.h"
#include "tests/sim/kms.h"
#include "tests/sim/logs.h"
#include "tests/sim/param_group.h"
#include "tests/sim/rds_snapshot.h"
#include "tests/sim/rds_subscription.h"
#include "tests/sim/secrets.h"
#include "tests/sim/sections.h"
#include "tests/sim/settle.h"
#include "tests/sim/state_check.h"

#define FLEET_FORMAT "aback-fleet/1"

/* Policies of AWS that a fleet has without naming them. */
static const char *const aws_policies[] = {
	"arn:aws:iam::aws:policy/AdministratorAccess",
	"arn:aws:iam::aws:policy/AmazonRDSDataFullAccess",
	"arn:aws:iam::aws:policy/AmazonRDSFullAccess",
	"arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess",
	"arn:aws:iam::aws:policy/AmazonS3FullAccess",
	"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
	"arn:aws:iam::aws:policy/CloudWatchLogsFullAccess",
	"arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess",
	"arn:aws:iam::aws:policy/IAMReadOnlyAccess",
	"arn:aws:iam::aws:policy/ReadOnlyAccess",
	"arn:aws:iam::aws:policy/SecurityAudit",
	"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
	"arn:aws:iam::aws:policy/aws-service-role/AmazonRDSServiceRolePolicy",
	"arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
	"arn:aws:iam::aws:policy/service-role/AmazonRDSDirectoryServiceAccess",
	"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
};

/* An optional array; NULL and 0 where it is absent. */
static int optional_array(const json_t *object, const char *key,
			  json_t **ret_array, struct error *err)
{
	json_t *value = json_object_get(object, key);

	if (value && !json_is_array(value))
		return error_set(err, ERR_FORMAT, "'%s' is not a list", key);
	*ret_array = value;
	return 0;
}

static void replace_text(char **text, const char *with)
{
	if (!with)
		return;
	free(*text);
	*text = xstrdup(with);
}

static int load_key(struct account *account, const json_t *entry,
		    struct error *err)
{
	const char *id = NULL, *secret = NULL,
		   *expires = json_text(entry, "expires_at");

	if (json_get_string(entry, "access key", "access_key_id", &id, err) ||
	    json_get_string(entry, "access key", "secret_access_key", &secret,
			    err))
		return -1;
	struct access_key *key = account_add_key(account, id, secret);
	key->token = xstrdup(json_text(entry, "session_token"));
	key->policies = json_incref(json_object_get(entry, "policies"));
	replace_text(&key->arn, json_text(entry, "arn"));
	replace_text(&key->user_id, json_text(entry, "user_id"));
	return expires ? clock_parse(expires, &key->expires_at, err) : 0;
}

static int load_keys(struct account *account, const json_t *object,
		     struct error *err)
{
	size_t index;
	json_t *list = NULL, *entry;

	if (optional_array(object, "access_keys", &list, err))
		return -1;
	if (!list && !strcmp(account->id, SIM_ACCOUNT))
		account_add_key(account, SIM_ACCESS_KEY, SIM_SECRET_KEY);
	json_array_foreach(list, index, entry)
		if (load_key(account, entry, err))
			return -1;
	return 0;
}

static int compare_roles(const void *a, const void *b)
{
	const struct role *const *left = a, *const *right = b;
	return strcmp(json_text((*left)->state, "RoleName"),
		      json_text((*right)->state, "RoleName"));
}

static int load_roles(struct account *account, const json_t *object,
		      struct error *err)
{
	size_t index;
	json_t *list = NULL, *entry;
	const char *name;

	if (optional_array(object, "roles", &list, err))
		return -1;
	json_array_foreach(list, index, entry) {
		if (json_get_string(entry, "role", "RoleName", &name, err))
			return -1;
		if (state_check(entry, err))
			return error_wrap(err, "role '%s'", name);
		if (account_role(account, name))
			return error_set(err, ERR_FORMAT,
					 "role '%s' is there twice", name);
		struct role *role = xcalloc(1, sizeof(*role));
		role->state = json_deep_copy(entry);
		role_defaults(account->id, role->state);
		GROW(account->roles, account->roles_len, account->roles_cap);
		account->roles[account->roles_len++] = role;
	}
	if (account->roles_len)
		qsort(account->roles, account->roles_len,
		      sizeof(*account->roles), compare_roles);
	return 0;
}

static int load_policies(struct account *account, const json_t *object,
			 struct error *err)
{
	size_t index;
	json_t *list = NULL, *entry;
	const char *name;

	if (optional_array(object, "policies", &list, err))
		return -1;
	json_array_foreach(list, index, entry) {
		if (json_get_string(entry, "policy", "PolicyName", &name, err))
			return -1;
		if (state_check(entry, err))
			return error_wrap(err, "policy '%s'", name);
		json_t *state = json_deep_copy(entry);
		policy_defaults(account->id, state);
		json_array_append_new(account->policies, state);
	}
	return 0;
}

static int load_resources(struct fleet *fleet, struct place *place,
			  bool cluster, const json_t *list, struct error *err)
{
	size_t index;
	json_t *entry;

	json_array_foreach(list, index, entry)
		if (place_add(fleet, place, cluster, json_deep_copy(entry),
			      err))
			return -1;
	return 0;
}

/* EC2's side of the region: groups with their rules, and interfaces. */
static int load_vpc(struct place *place, const json_t *object,
		    struct error *err)
{
	json_t *groups = NULL, *interfaces = NULL, *entry;
	size_t index;

	if (optional_array(object, "vpc_security_groups", &groups, err) ||
	    optional_array(object, "network_interfaces", &interfaces, err))
		return -1;
	json_array_foreach(groups, index, entry) {
		json_t *group = json_deep_copy(entry);

		if (ec2_group_defaults(place, group, err)) {
			json_decref(group);
			return -1;
		}
		json_object_set_new(place->groups, json_text(group, "GroupId"),
				    group);
	}
	json_array_foreach(interfaces, index, entry) {
		if (!json_text(entry, "NetworkInterfaceId") ||
		    !json_is_array(json_object_get(entry, "Groups")))
			return error_set(err, ERR_FORMAT,
					 "a network interface has no "
					 "NetworkInterfaceId or Groups");
		json_array_append_new(place->interfaces, json_deep_copy(entry));
	}
	return 0;
}

static int load_region(struct fleet *fleet, struct account *account,
		       const json_t *object, struct error *err)
{
	const char *region;
	json_t *clusters = NULL, *instances = NULL, *cluster_groups = NULL;
	json_t *groups = NULL, *security = NULL, *log_groups = NULL;
	json_t *keys = NULL, *snapshots = NULL, *subscriptions = NULL;
	json_t *topics = NULL, *secrets = NULL;

	if (json_get_string(object, "region", "region", &region, err) ||
	    optional_array(object, "clusters", &clusters, err) ||
	    optional_array(object, "instances", &instances, err) ||
	    optional_array(object, "db_cluster_parameter_groups",
			   &cluster_groups, err) ||
	    optional_array(object, "db_parameter_groups", &groups, err) ||
	    optional_array(object, "security_groups", &security, err) ||
	    optional_array(object, "log_groups", &log_groups, err) ||
	    optional_array(object, "kms_keys", &keys, err) ||
	    optional_array(object, "db_cluster_snapshots", &snapshots, err) ||
	    optional_array(object, "event_subscriptions", &subscriptions,
			   err) ||
	    optional_array(object, "sns_topics", &topics, err) ||
	    optional_array(object, "secrets", &secrets, err))
		return -1;
	if (account_place(account, region))
		return error_set(err, ERR_FORMAT, "region '%s' is there twice",
				 region);
	struct place *place = account_add_place(account, region);
	place->security_groups = json_incref(security);
	place->sns_topics = json_incref(topics);
	if (load_resources(fleet, place, true, clusters, err) ||
	    load_resources(fleet, place, false, instances, err) ||
	    load_vpc(place, object, err) || sections_load(place, object, err) ||
	    place_finish(place, err) ||
	    param_groups_load(place, true, cluster_groups, err) ||
	    param_groups_load(place, false, groups, err) ||
	    logs_load(place, log_groups, err) ||
	    snapshots_load(place, snapshots, err) ||
	    subscriptions_load(place, subscriptions, err))
		return -1;
	param_groups_load_events(place,
				 json_object_get(object, "parameter_events"),
				 clock_monotonic_ms());
	if (kms_load(place, keys, err))
		return -1;
	return secrets_load(place, secrets, err);
}

static int load_account(struct fleet *fleet, const json_t *object,
			struct error *err)
{
	const char *id;
	size_t index;
	json_t *regions = NULL, *entry;

	if (json_get_string(object, "account", "account_id", &id, err))
		return -1;
	if (strlen(id) != 12 || strspn(id, "0123456789") != 12)
		return error_set(err, ERR_FORMAT, "bad account id '%s'", id);
	if (fleet_account(fleet, id))
		return error_set(err, ERR_FORMAT, "account '%s' is there twice",
				 id);
	struct account *account = fleet_add_account(fleet, id);
	account->simulates_by_resource =
		json_is_true(json_object_get(object, "simulates_by_resource"));
	if (load_keys(account, object, err) ||
	    load_roles(account, object, err) ||
	    load_policies(account, object, err) ||
	    cloudtrail_load(account, json_object_get(object, "trails"), err) ||
	    optional_array(object, "regions", &regions, err))
		return error_wrap(err, "account %s", id);
	json_array_foreach(regions, index, entry)
		if (load_region(fleet, account, entry, err))
			return error_wrap(err, "account %s", id);
	return 0;
}

int fleet_load(struct fleet *fleet, const json_t *file, struct error *err)
{
	const char *format = json_text(file, "format");
	size_t index;
	json_t *accounts = NULL, *entry, *policies = NULL;

	if (!format || strcmp(format, FLEET_FORMAT) != 0)
		return error_set(err, ERR_FORMAT, "format is not '%s'",
				 FLEET_FORMAT);
	fleet->iam_delay_ms =
		json_integer_value(json_object_get(file, "iam_delay_ms"));
	fleet->aws_policies = json_array();
	for (size_t i = 0; i < ARRAY_SIZE(aws_policies); i++)
		json_array_append_new(fleet->aws_policies,
				      json_string(aws_policies[i]));
	if (optional_array(file, "aws_policies", &policies, err) ||
	    json_get_array(file, "fleet", "accounts", &accounts, err))
		return -1;
	json_array_foreach(policies, index, entry)
		if (json_is_string(entry))
			json_array_add_unique(fleet->aws_policies,
					      json_string_value(entry));
	json_array_foreach(accounts, index, entry)
		if (load_account(fleet, entry, err))
			return -1;
	return 0;
}

/* ---- writing ------------------------------------------------------------ */

static json_t *dump_list(const struct resource_list *list, int64_t now_ms)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->len; i++) {
		json_t *state = json_copy(list->items[i]->state);
		if (list->items[i]->flight)
			json_object_set_new(
				state, "in_flight",
				flight_dump(list->items[i]->flight, now_ms));
		json_array_append_new(array, state);
	}
	return array;
}

static json_t *dump_groups(const struct place *place)
{
	json_t *array = json_array();
	size_t len;
	CLEANUP(free_ptr)
	const char **ids = json_sorted_keys(place->groups, &len);

	for (size_t i = 0; i < len; i++)
		json_array_append(array,
				  json_object_get(place->groups, ids[i]));
	return array;
}

static json_t *dump_place(const struct place *place, int64_t now_ms)
{
	json_t *dumped = json_pack(
		"{ss so so sO sO so sO* sO sO sO so sO sO sO sO*}", "region",
		place->region, "clusters", dump_list(&place->clusters, now_ms),
		"instances", dump_list(&place->instances, now_ms),
		"db_cluster_parameter_groups", place->cluster_groups,
		"db_parameter_groups", place->instance_groups,
		"parameter_events", param_groups_dump_events(place, now_ms),
		"security_groups", place->security_groups, "log_groups",
		place->log_groups, "kms_keys", place->kms_keys, "secrets",
		place->secrets, "vpc_security_groups", dump_groups(place),
		"network_interfaces", place->interfaces, "db_cluster_snapshots",
		place->snapshots, "event_subscriptions", place->subscriptions,
		"sns_topics", place->sns_topics);

	json_object_update(dumped, place->sections);
	return dumped;
}

static json_t *dump_keys(const struct account *account)
{
	json_t *array = json_array();
	char when[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < account->keys_len; i++) {
		const struct access_key *key = account->keys[i];
		if (key->issued)
			continue;
		json_t *entry = json_pack(
			"{ss ss ss ss ss*}", "access_key_id", key->id,
			"secret_access_key", key->secret, "arn", key->arn,
			"user_id", key->user_id, "session_token", key->token);
		if (key->policies)
			json_object_set(entry, "policies", key->policies);
		if (key->expires_at)
			json_object_set_new(entry, "expires_at",
					    json_string(clock_rfc3339(
						    key->expires_at, when)));
		json_array_append_new(array, entry);
	}
	return array;
}

static json_t *dump_account(const struct account *account, int64_t now_ms)
{
	json_t *roles = json_array(), *regions = json_array();

	for (size_t i = 0; i < account->roles_len; i++)
		json_array_append(roles, account->roles[i]->state);
	for (size_t i = 0; i < account->places_len; i++)
		json_array_append_new(regions,
				      dump_place(account->places[i], now_ms));
	return json_pack("{ss sb so so sO sO so}", "account_id", account->id,
			 "simulates_by_resource",
			 account->simulates_by_resource, "access_keys",
			 dump_keys(account), "roles", roles, "policies",
			 account->policies, "trails", account->trails,
			 "regions", regions);
}

json_t *fleet_dump(const struct fleet *fleet)
{
	json_t *accounts = json_array();
	int64_t now_ms = clock_monotonic_ms();

	for (size_t i = 0; i < fleet->len; i++)
		json_array_append_new(accounts,
				      dump_account(fleet->accounts[i], now_ms));
	return json_pack("{ss sI sO so}", "format", FLEET_FORMAT,
			 "iam_delay_ms", fleet->iam_delay_ms, "aws_policies",
			 fleet->aws_policies, "accounts", accounts);
}
