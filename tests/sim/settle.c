#include "tests/sim/settle.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tests/sim/engines.h"
#include "tests/sim/fleet.h"
#include "tests/sim/logs.h"
#include "tests/sim/param_group.h"
#include "tests/sim/rds_events.h"
#include "tests/sim/state_check.h"

/* How long a modification stays invisible, at most. */
#define UNSEEN_MS 100

/* ---- what an element's new value brings with it ------------------------- */

static void set_on_member(struct resource *member, void *ctx)
{
	json_object_update(member->state, ctx);
}

/* On the cluster and on each of its members. */
static void set_everywhere(struct resource *cluster, const char *element,
			   json_t *value)
{
	CLEANUP(json_release)
	json_t *update = json_pack("{sO}", element, value);

	json_object_update(cluster->state, update);
	cluster_each_member(cluster, set_on_member, update);
}

static void pending_reboot(struct resource *cluster)
{
	size_t index;
	json_t *member;

	json_array_foreach(json_object_get(cluster->state, "DBClusterMembers"),
			   index, member)
		param_status_set(cluster->place,
				 json_text(member, "DBInstanceIdentifier"),
				 true, "pending-reboot");
}

static void set_if_off(struct resource *member, void *ctx)
{
	bool *all = ctx;
	*all &= json_is_true(
		json_object_get(member->state, "AutoMinorVersionUpgrade"));
}

/* One member false makes the cluster false, all true make it true. */
static void sum_up_minor_upgrades(struct resource *instance)
{
	struct resource *cluster = resource_cluster(instance);
	bool all = true;

	if (!cluster)
		return;
	cluster_each_member(cluster, set_if_off, &all);
	json_object_set_new(cluster->state, "AutoMinorVersionUpgrade",
			    json_boolean(all));
}

/* value: element → value, or null where it goes away. */
static void set_members(struct resource *resource, json_t *value)
{
	const char *key;
	json_t *member;

	json_object_foreach(value, key, member) {
		if (json_is_null(member))
			json_object_del(resource->state, key);
		else
			json_object_set(resource->state, key, member);
	}
}

static void set_members_of_member(struct resource *member, void *ctx)
{
	set_members(member, ctx);
}

/* A log group that nobody made before is made by the first event. */
static void deliver_logs(const struct resource *cluster, const json_t *types)
{
	size_t index;
	json_t *type;

	json_array_foreach(types, index, type) {
		CLEANUP(free_ptr)
		char *name = xasprintf("/aws/rds/cluster/%s/%s", cluster->id,
				       json_string_value(type));
		logs_deliver(cluster->place, name);
	}
}

static void settle_cluster(struct resource *cluster, const char *element,
			   json_t *value)
{
	if (!strcmp(element, "AutoMinorVersionUpgrade")) {
		set_everywhere(cluster, element, value);
	} else if (!strcmp(element, "activityStream")) {
		set_members(cluster, value);
	} else if (!strcmp(element, "performanceInsights")) {
		set_members(cluster, value);
		cluster_each_member(cluster, set_members_of_member, value);
	} else {
		json_object_set(cluster->state, element, value);
		if (!strcmp(element, "DBClusterParameterGroup"))
			pending_reboot(cluster);
		if (!strcmp(element, "EnabledCloudwatchLogsExports"))
			deliver_logs(cluster, value);
	}
}

static void reboot(struct resource *instance)
{
	json_t *pending =
		json_object_get(instance->state, "PendingModifiedValues");
	json_t *certificate =
		json_object_get(pending, "CACertificateIdentifier");

	resource_event(instance, "availability", "DB instance restarted");
	param_status_set(instance->place, instance->id, false, "in-sync");
	param_status_set(instance->place, instance->id, true, "in-sync");
	if (certificate) {
		json_object_set(instance->state, "CACertificateIdentifier",
				certificate);
		json_object_del(pending, "CACertificateIdentifier");
	}
}

static void settle_instance(struct resource *instance, const char *element,
			    json_t *value)
{
	if (!strcmp(element, "performanceInsights")) {
		set_members(instance, value);
	} else if (!strcmp(element, "reboot")) {
		reboot(instance);
	} else if (!strcmp(element, "MonitoringRoleArn") &&
		   json_is_null(value)) {
		json_object_del(instance->state, element);
	} else {
		json_object_set(instance->state, element, value);
		if (!strcmp(element, "AutoMinorVersionUpgrade"))
			sum_up_minor_upgrades(instance);
	}
}

void settle_element(struct resource *resource, const char *element,
		    json_t *value)
{
	if (resource->is_cluster)
		settle_cluster(resource, element, value);
	else
		settle_instance(resource, element, value);
	resource_changed(resource);
}

/* ---- flights ------------------------------------------------------------ */

void flight_free(struct flight *flight)
{
	if (!flight)
		return;
	free(flight->status);
	free(flight->members);
	json_decref(flight->set);
	json_decref(flight->in_pending);
	free(flight);
}

static void flight_enter(struct fleet *fleet, struct resource *resource,
			 struct flight *flight)
{
	resource->flight = flight;
	GROW(fleet->flying, fleet->flying_len, fleet->flying_cap);
	fleet->flying[fleet->flying_len++] = resource;
}

void flight_drop(struct fleet *fleet, struct resource *resource)
{
	for (size_t i = 0; i < fleet->flying_len; i++) {
		if (fleet->flying[i] != resource)
			continue;
		fleet->flying[i] = fleet->flying[--fleet->flying_len];
		flight_free(resource->flight);
		resource->flight = NULL;
		return;
	}
}

void flight_start(struct fleet *fleet, struct resource *resource,
		  const struct flight_plan *plan, int64_t now_ms,
		  int64_t delay_ms, int64_t settle_ms)
{
	struct flight *flight = xcalloc(1, sizeof(*flight));
	int64_t unseen_ms =
		settle_ms / 4 < UNSEEN_MS ? settle_ms / 4 : UNSEEN_MS;

	flight->shown_ms = now_ms + delay_ms + unseen_ms;
	flight->done_ms = now_ms + delay_ms + settle_ms;
	flight->status = xstrdup(plan->status);
	flight->members = xstrdup(plan->members);
	flight->set = json_incref(plan->set);
	flight->in_pending = json_incref(plan->in_pending);
	flight_enter(fleet, resource, flight);
	resource_changed(resource);
}

/* A reboot says so itself; everything else is a modification. */
static void tell_of(const struct resource *resource, const json_t *set)
{
	CLEANUP(strbuf_release) struct strbuf names = STRBUF_INIT(65536);
	const char *element;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)set, element, value)
		if (strcmp(element, "reboot") != 0)
			strbuf_addf(&names, "%s%s", names.len ? ", " : "",
				    element);
	if (names.len)
		resource_event(resource, "configuration change",
			       "Finished applying modification to %s",
			       names.buf);
}

static void land(struct fleet *fleet, struct resource *resource)
{
	struct flight *flight = resource->flight;
	const char *element;
	json_t *value;

	resource->flight = NULL;
	json_object_foreach(flight->set, element, value)
		settle_element(resource, element, value);
	tell_of(resource, flight->set);
	resource_changed(resource);
	resource->flight = flight;
	flight_drop(fleet, resource);
}

void settle_advance(struct fleet *fleet, int64_t now_ms)
{
	for (size_t i = fleet->flying_len; i-- > 0;) {
		struct resource *resource = fleet->flying[i];
		struct flight *flight = resource->flight;
		if (flight->done_ms <= now_ms) {
			land(fleet, resource);
		} else if (!flight->shown && flight->shown_ms <= now_ms) {
			flight->shown = true;
			resource_changed(resource);
		}
	}
	for (size_t i = 0; i < fleet->len; i++)
		for (size_t p = 0; p < fleet->accounts[i]->places_len; p++)
			param_groups_advance(fleet->accounts[i]->places[p],
					     now_ms);
}

const char *resource_status(const struct resource *resource)
{
	const char *own =
		json_text(resource->state,
			  resource->is_cluster ? "Status" : "DBInstanceStatus");

	if (resource->flight && resource->flight->shown)
		return resource->flight->status;
	if (resource->is_cluster || strcmp(own, "available") != 0)
		return own;
	const struct resource *cluster = resource_cluster(resource);
	if (cluster && cluster->flight && cluster->flight->shown &&
	    cluster->flight->members)
		return cluster->flight->members;
	return own;
}

json_t *stream_end(const json_t *state)
{
	const char *status = json_text(state, "ActivityStreamStatus");

	if (status && !strcmp(status, "starting"))
		return json_pack("{ss}", "ActivityStreamStatus", "started");
	if (status && !strcmp(status, "stopping"))
		return json_pack("{ss sn sn sn}", "ActivityStreamStatus",
				 "stopped", "ActivityStreamMode",
				 "ActivityStreamKmsKeyId",
				 "ActivityStreamKinesisStreamName");
	return NULL;
}

static void open_window(struct fleet *fleet, struct resource *resource,
			int64_t now_ms, int64_t settle_ms)
{
	json_t *pending =
		json_object_get(resource->state, "PendingModifiedValues");

	CLEANUP(json_release) json_t *stream = stream_end(resource->state);

	if ((!json_object_size(pending) && !stream) || resource->flight ||
	    strcmp(resource_status(resource), "available") != 0)
		return;
	CLEANUP(json_release) json_t *set = json_copy(pending);
	json_object_clear(pending);
	if (stream)
		json_object_set(set, "activityStream", stream);
	struct flight_plan plan = { .status = "modifying",
				    .set = set,
				    .in_pending = set };
	flight_start(fleet, resource, &plan, now_ms, 0, settle_ms);
}

void settle_window(struct fleet *fleet, struct place *place, int64_t now_ms,
		   int64_t settle_ms)
{
	for (size_t i = 0; i < place->clusters.len; i++)
		open_window(fleet, place->clusters.items[i], now_ms, settle_ms);
	for (size_t i = 0; i < place->instances.len; i++)
		open_window(fleet, place->instances.items[i], now_ms,
			    settle_ms);
}

/* ---- in fleet files ----------------------------------------------------- */

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void flight_load(struct fleet *fleet, struct resource *resource)
{
	CLEANUP(json_release)
	json_t *entry =
		json_incref(json_object_get(resource->state, "in_flight"));
	int64_t now_ms = clock_monotonic_ms();
	const char *status = json_text(entry, "status");

	json_object_del(resource->state, "in_flight");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	if (state_check(json_object_get(entry, "set"), &err))
		return; /* nothing that a dump of ours has */
	struct flight *flight = xcalloc(1, sizeof(*flight));
	flight->shown_ms = now_ms + number(entry, "shown_in_ms");
	flight->done_ms = now_ms + number(entry, "done_in_ms");
	flight->status = xstrdup(status ? status : "modifying");
	flight->members = xstrdup(json_text(entry, "members"));
	flight->set = json_incref(json_object_get(entry, "set"));
	flight->in_pending = json_incref(json_object_get(entry, "in_pending"));
	flight_enter(fleet, resource, flight);
}

static int64_t from_now(int64_t when_ms, int64_t now_ms)
{
	return when_ms > now_ms ? when_ms - now_ms : 0;
}

json_t *flight_dump(const struct flight *flight, int64_t now_ms)
{
	return json_pack("{sI sI ss ss* sO sO*}", "shown_in_ms",
			 from_now(flight->shown_ms, now_ms), "done_in_ms",
			 from_now(flight->done_ms, now_ms), "status",
			 flight->status, "members", flight->members, "set",
			 flight->set, "in_pending", flight->in_pending);
}
