/* /_sim/…: looking into the simulator, and moving things behind its back. */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/ec2.h"
#include "tests/sim/engines.h"
#include "tests/sim/json_call.h"
#include "tests/sim/kms.h"
#include "tests/sim/param_group.h"
#include "tests/sim/parameters.h"
#include "tests/sim/rds_snapshot.h"
#include "tests/sim/rds_subscription.h"
#include "tests/sim/request.h"
#include "tests/sim/settle.h"
#include "tests/sim/sim.h"
#include "tests/sim/state_check.h"

static void answer_json(struct answer *answer, int status, const json_t *value)
{
	answer->status = status;
	answer->content_type = "application/json";
	strbuf_clear(&answer->body);
	json_canonical(value, &answer->body);
}

static void answer_done(struct answer *answer)
{
	CLEANUP(json_release) json_t *value = json_pack("{sb}", "ok", 1);
	answer_json(answer, 200, value);
}

static void refuse(struct answer *answer, int status, const char *message)
{
	CLEANUP(json_release)
	json_t *value = json_pack("{ss}", "error", message);
	answer_json(answer, status, value);
}

static void refuse_error(struct answer *answer, const struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(4096);

	error_message(err, &text);
	refuse(answer, 400, text.buf);
}

static void get_fleet(struct sim *sim, struct answer *answer)
{
	CLEANUP(json_release) json_t *fleet = fleet_dump(&sim->fleet);
	answer_json(answer, 200, fleet);
}

/* What was sent to topics, the oldest first. */
static void get_published(struct sim *sim, struct answer *answer)
{
	CLEANUP(json_release) json_t *none = json_array();

	answer_json(answer, 200, sim->published ? sim->published : none);
}

/* Names of the parameters that groups of a family have. A new array. */
static json_t *parameter_names(const char *family, bool cluster)
{
	const struct parameter *row = NULL;
	json_t *names = json_array();

	while ((row = parameter_next(family, cluster, row ? row->name : NULL)))
		json_array_append_new(names, json_string(row->name));
	return names;
}

/* What a fleet can be made of: versions, and what groups of them can hold. */
static void get_engines(struct sim *sim, struct answer *answer)
{
	CLEANUP(json_release) json_t *rows = json_array();
	const struct engine_version *row;

	(void)sim;
	for (size_t i = 0; (row = engine_version_at(i)); i++)
		json_array_append_new(
			rows,
			json_pack("{ss ss ss sb sb so so}", "engine",
				  row->engine, "version", row->version,
				  "family", row->family, "default",
				  row->is_default, "rotatesWithoutRestart",
				  row->rotates_without_restart, "cluster",
				  parameter_names(row->family, true),
				  "instance",
				  parameter_names(row->family, false)));
	answer_json(answer, 200, rows);
}

static void post_faults(struct sim *sim, const json_t *body,
			struct answer *answer)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	if (faults_add(&sim->faults, body, &err))
		refuse_error(answer, &err);
	else
		answer_done(answer);
}

/* Everywhere, or where the body's account and region say. */
static void post_window(struct sim *sim, const json_t *body,
			struct answer *answer)
{
	const char *account_id = json_text(body, "account");
	const char *region = json_text(body, "region");

	for (size_t i = 0; i < sim->fleet.len; i++) {
		struct account *account = sim->fleet.accounts[i];
		if (account_id && strcmp(account_id, account->id) != 0)
			continue;
		for (size_t p = 0; p < account->places_len; p++)
			if (!region ||
			    !strcmp(region, account->places[p]->region))
				settle_window(&sim->fleet, account->places[p],
					      clock_monotonic_ms(),
					      sim->settle_ms);
	}
	settle_advance(&sim->fleet, clock_monotonic_ms());
	answer_done(answer);
}

/* Is that something to write over a state? Else answer says why not. */
static bool good_poke(const json_t *set, struct answer *answer)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	static const char *const names[] = { "DBClusterIdentifier",
					     "DBInstanceIdentifier",
					     "DBClusterMembers", "RoleName" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (json_object_get(set, names[i])) {
			refuse(answer, 400, "names and members stay");
			return false;
		}
	if (!state_check(set, &err))
		return true;
	refuse_error(answer, &err);
	return false;
}

/* A member that was taken away reads as the fleet file's default. */
static void refill(struct resource *resource)
{
	const struct resource *cluster;

	if (resource->is_cluster) {
		cluster_defaults(resource->place, resource->state);
	} else {
		cluster = resource_cluster(resource);
		instance_defaults(resource->place, resource->state,
				  cluster ? cluster->state : NULL);
	}
	resource_changed(resource);
}

static void poke_resource(struct sim *sim, struct resource *resource,
			  const json_t *body, struct answer *answer)
{
	const char *key;
	json_t *value, *set = json_object_get(body, "set");

	if (json_is_true(json_object_get(body, "delete"))) {
		place_remove(&sim->fleet, resource);
		answer_done(answer);
		return;
	}
	if (!good_poke(set, answer))
		return;
	json_object_foreach(set, key, value) {
		if (json_is_null(value))
			json_object_del(resource->state, key);
		else
			settle_element(resource, key, value);
	}
	refill(resource);
	answer_done(answer);
}

static void poke_role(struct account *account, struct role *role,
		      const json_t *body, struct answer *answer)
{
	const char *key;
	json_t *value, *set = json_object_get(body, "set");

	if (json_is_true(json_object_get(body, "delete"))) {
		account_remove_role(account, role);
		answer_done(answer);
		return;
	}
	if (!good_poke(set, answer))
		return;
	json_object_foreach(set, key, value) {
		if (json_is_null(value))
			json_object_del(role->state, key);
		else
			json_object_set(role->state, key, value);
	}
	role_defaults(account->id, role->state);
	answer_done(answer);
}

/* A group's members; its `rules` are given whole. */
static void poke_group(struct place *place, json_t *group, const json_t *body,
		       struct answer *answer)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	json_t *set = json_object_get(body, "set");
	CLEANUP(free_ptr) char *id = xstrdup(json_text(group, "GroupId"));
	CLEANUP(json_release) json_t *changed = json_deep_copy(group);

	if (json_is_true(json_object_get(body, "delete"))) {
		json_object_del(place->groups, id);
		answer_done(answer);
		return;
	}
	if (json_object_get(set, "GroupId")) {
		refuse(answer, 400, "names and members stay");
		return;
	}
	json_object_update(changed, set);
	if (ec2_group_defaults(place, changed, &err)) {
		refuse_error(answer, &err);
		return;
	}
	json_object_set(place->groups, id, changed);
	answer_done(answer);
}

/* What is no more than a JSON object; `in` is the list that it may leave. */
static void poke_state(json_t *in, json_t *state, const json_t *body,
		       struct answer *answer)
{
	const char *key;
	json_t *value;
	size_t index;

	if (json_is_true(json_object_get(body, "delete"))) {
		json_array_foreach(in, index, value)
			if (value == state) {
				json_array_remove(in, index);
				break;
			}
		answer_done(answer);
		return;
	}
	json_object_foreach(json_object_get(body, "set"), key, value) {
		if (json_is_null(value))
			json_object_del(state, key);
		else
			json_object_set(state, key, value);
	}
	answer_done(answer);
}

/* What somebody sets in a parameter group: name → text, or null: reset. */
static void poke_parameters(struct sim *sim, struct place *place, bool cluster,
			    const char *name, const json_t *body,
			    struct answer *answer)
{
	CLEANUP(json_release)
	json_t *group = param_group_get(place, cluster, name);
	const char *family = json_text(group, "DBParameterGroupFamily");
	CLEANUP(json_release) json_t *entries = json_object();
	const char *key;
	json_t *value;

	if (group && json_is_true(json_object_get(body, "delete"))) {
		param_group_remove(place, cluster, name);
		answer_done(answer);
		return;
	}
	json_object_foreach(json_object_get(body, "set"), key, value) {
		const struct parameter *row =
			group ? parameter_find(family, cluster, key) : NULL;
		if (!row) {
			refuse(answer, 400, "no such parameter");
			return;
		}
		json_t *entry = json_pack("{ss}", "ApplyMethod",
					  row->is_static ? "pending-reboot"
							 : "immediate");
		if (!json_is_null(value))
			json_object_set(entry, "ParameterValue", value);
		json_object_set_new(entries, key, entry);
	}
	if (!group) {
		refuse(answer, 404, "no such parameter group");
		return;
	}
	param_group_write(place, cluster, name, entries, clock_monotonic_ms(),
			  0, sim->settle_ms);
	answer_done(answer);
}

/* The list that an address is about, and what its members go by; or NULL. */
static json_t *list_of(const struct place *place, const char *address,
		       const char **ret_key)
{
	const struct {
		const char *kind, *key;
		json_t *list;
	} lists[] = {
		{ "log_group/", "logGroupName", place->log_groups },
		{ "cluster_snapshot/", SNAPSHOT_ID, place->snapshots },
		{ "event_subscription/", SUBSCRIPTION_ID,
		  place->subscriptions },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		*ret_key = lists[i].key;
		if (!strncmp(address, lists[i].kind, strlen(lists[i].kind)))
			return lists[i].list;
	}
	return NULL;
}

static void post_poke(struct sim *sim, const json_t *body,
		      struct answer *answer)
{
	const char *account_id = json_text(body, "account");
	const char *region = json_text(body, "region");
	const char *address = json_text(body, "address"), *key = NULL;
	struct account *account = fleet_account(
		&sim->fleet, account_id ? account_id : SIM_ACCOUNT);
	struct place *place =
		account ? account_place(account, region ? region : SIM_REGION)
			: NULL;
	struct resource *resource = NULL;
	json_t *state = NULL, *in = NULL;
	struct role *role = NULL;
	json_t *group = NULL;

	if (address && place &&
	    !strncmp(address, "cluster_parameter_group/", 24)) {
		poke_parameters(sim, place, true, address + 24, body, answer);
		return;
	}
	if (address && place &&
	    !strncmp(address, "instance_parameter_group/", 25)) {
		poke_parameters(sim, place, false, address + 25, body, answer);
		return;
	}
	if (address && place && !strncmp(address, "cluster/", 8))
		resource = place_find_named(place, true, address + 8);
	else if (address && place && !strncmp(address, "instance/", 9))
		resource = place_find_named(place, false, address + 9);
	else if (address && account && !strncmp(address, "iam_role/", 9))
		role = account_role(account, address + 9);
	else if (address && account && !strncmp(address, "iam_policy/", 11))
		state = json_find(in = account->policies, "PolicyName",
				  address + 11);
	else if (address && place && !strncmp(address, "security_group/", 15))
		group = ec2_group(place, address + 15);
	else if (address && place && (in = list_of(place, address, &key)))
		state = json_find(in, key, strchr(address, '/') + 1);
	else if (address && place && !strncmp(address, "kms_key/", 8))
		state = kms_find(place, address + 8);
	if (state)
		poke_state(in, state, body, answer);
	else if (group)
		poke_group(place, group, body, answer);
	else if (resource)
		poke_resource(sim, resource, body, answer);
	else if (role)
		poke_role(account, role, body, answer);
	else
		refuse(answer, 404, "no such resource");
}

/* What a caller is held to from now on; null: to nothing. */
static void post_policies(struct sim *sim, const json_t *body,
			  struct answer *answer)
{
	const char *id = json_text(body, "access_key_id");
	const char *name = json_text(body, "role");
	json_t *policies = json_object_get(body, "policies");
	json_t *kept = json_is_array(policies) ? policies : NULL;

	for (size_t i = 0; i < sim->fleet.len; i++) {
		struct account *account = sim->fleet.accounts[i];
		struct role *role = name ? account_role(account, name) : NULL;

		if (role && kept)
			json_object_set(role->state, "policies", kept);
		else if (role)
			json_object_del(role->state, "policies");
		for (size_t k = 0; id && k < account->keys_len; k++) {
			struct access_key *key = account->keys[k];

			if (strcmp(key->id, id) != 0)
				continue;
			json_decref(key->policies);
			key->policies = json_incref(kept);
		}
	}
	answer_done(answer);
}

static const struct {
	const char *uri;
	void (*get)(struct sim *sim, struct answer *answer);
} looks[] = {
	{ "/_sim/engines", get_engines },
	{ "/_sim/fleet", get_fleet },
	{ "/_sim/sns", get_published },
};

static const struct {
	const char *method, *uri;
	void (*post)(struct sim *sim, const json_t *body,
		     struct answer *answer);
} switches[] = {
	{ "POST", "/_sim/faults", post_faults },
	{ "POST", "/_sim/poke", post_poke },
	{ "POST", "/_sim/policies", post_policies },
	{ "POST", "/_sim/window", post_window },
};

void control_serve(struct sim *sim, struct request *request,
		   struct answer *answer)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *body = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (!strcmp(looks[i].uri, request->uri) &&
		    !strcmp("GET", request->method)) {
			looks[i].get(sim, answer);
			return;
		}
	if (request->body.len && json_parse("body", request->body.buf,
					    request->body.len, &body, &err)) {
		refuse_error(answer, &err);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (!strcmp(switches[i].uri, request->uri) &&
		    !strcmp(switches[i].method, request->method)) {
			switches[i].post(sim, body, answer);
			if (switches[i].post == post_poke &&
			    answer->status == 200)
				trail_poke(sim, body);
			return;
		}
	refuse(answer, 404, "no such switch");
}
