#include "tests/sim/rds_xml.h"

#include <string.h>

#include "core/mem.h"
#include "tests/sim/engines.h"
#include "tests/sim/sections.h"
#include "tests/sim/settle.h"
#include "tests/sim/xml.h"

#define RESOURCE_XML_MAX ((size_t)1024 * 1024)

/* What an instance shows of its cluster. */
static const char *const echoed[] = {
	"AllocatedStorage",
	"BackupRetentionPeriod",
	"CopyTagsToSnapshot",
	"DatabaseInsightsMode",
	"DeletionProtection",
	"EngineVersion",
	"IAMDatabaseAuthenticationEnabled",
	"KmsKeyId",
	"MasterUsername",
	"NetworkType",
	"PreferredBackupWindow",
	"StorageEncrypted",
	"VpcSecurityGroups",
};

/* Members of the state that are written in a way of their own. */
static bool written_apart(const struct resource *resource, const char *key)
{
	static const char *const cluster_keys[] = {
		"EnabledCloudwatchLogsExports", "PendingModifiedValues",
		"Status"
	};
	static const char *const instance_keys[] = { "PendingModifiedValues",
						     "DBInstanceStatus",
						     "DBSubnetGroup", "Port" };
	const char *const *keys =
		resource->is_cluster ? cluster_keys : instance_keys;
	size_t len = resource->is_cluster ? ARRAY_SIZE(cluster_keys)
					  : ARRAY_SIZE(instance_keys);

	for (size_t i = 0; i < len; i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static void add_state(struct strbuf *out, const struct resource *resource)
{
	const char *key;
	json_t *value;

	json_object_foreach(resource->state, key, value)
		if ((*key < 'a' || *key > 'z') && !written_apart(resource, key))
			xml_value(out, key, value);
}

/* What is deferred, and what is on its way. */
static void add_pending(struct strbuf *out, const struct resource *resource)
{
	CLEANUP(json_release)
	json_t *pending = json_copy(
		json_object_get(resource->state, "PendingModifiedValues"));

	if (resource->flight && resource->flight->in_pending)
		json_object_update(pending, resource->flight->in_pending);
	if (!resource->is_cluster || json_object_size(pending) > 0)
		xml_value(out, "PendingModifiedValues", pending);
}

static void add_unless_set(struct strbuf *out, const struct resource *resource,
			   const char *key, const char *text)
{
	if (!json_object_get(resource->state, key))
		xml_text(out, key, text);
}

static char *dns_name(const struct resource *resource, const char *infix)
{
	return xasprintf("%s.%sc9akciq32rzv.%s.rds.amazonaws.com", resource->id,
			 infix, resource->place->region);
}

static void add_zones(struct strbuf *out, const char *region)
{
	CLEANUP(json_release) json_t *zones = json_array();

	for (int zone = 'a'; zone <= 'c'; zone++) {
		CLEANUP(free_ptr) char *name = xasprintf("%s%c", region, zone);
		json_array_append_new(zones, json_string(name));
	}
	xml_value(out, "AvailabilityZones", zones);
}

static void add_encryption(struct strbuf *out, const json_t *state)
{
	xml_text(out, "StorageEncryptionType",
		 json_is_true(json_object_get(state, "StorageEncrypted"))
			 ? "sse-kms"
			 : "none");
}

/* Is there a member in a second availability zone? */
static bool is_multi_az(const struct resource *cluster)
{
	return json_array_size(
		       json_object_get(cluster->state, "DBClusterMembers")) > 1;
}

static void add_cluster(struct strbuf *out, const struct resource *cluster)
{
	CLEANUP(free_ptr) char *arn = resource_arn(cluster);
	CLEANUP(free_ptr) char *writer = dns_name(cluster, "cluster-");
	CLEANUP(free_ptr) char *reader = dns_name(cluster, "cluster-ro-");
	json_t *exports =
		json_object_get(cluster->state, "EnabledCloudwatchLogsExports");

	xml_text(out, "Status", resource_status(cluster));
	add_state(out, cluster);
	if (json_array_size(exports))
		xml_value(out, "EnabledCloudwatchLogsExports", exports);
	add_pending(out, cluster);
	xml_text(out, "DBClusterArn", arn);
	add_unless_set(out, cluster, "Endpoint", writer);
	add_unless_set(out, cluster, "ReaderEndpoint", reader);
	add_unless_set(out, cluster, "HostedZoneId", "Z29XKXDKYMONMX");
	add_unless_set(out, cluster, "ActivityStreamStatus", "stopped");
	add_unless_set(out, cluster, "ClusterCreateTime",
		       "2022-11-03T07:41:12.044Z");
	add_unless_set(out, cluster, "EarliestRestorableTime",
		       "2026-10-01T02:04:17.551Z");
	add_unless_set(out, cluster, "LatestRestorableTime",
		       "2026-10-15T11:32:09.283Z");
	add_unless_set(out, cluster, "StorageType", "aurora");
	add_unless_set(out, cluster, "EngineLifecycleSupport",
		       "open-source-rds-extended-support");
	add_unless_set(out, cluster, "MultiAZ",
		       is_multi_az(cluster) ? "true" : "false");
	add_unless_set(out, cluster, "CrossAccountClone", "false");
	add_unless_set(out, cluster, "GlobalWriteForwardingRequested", "false");
	if (!json_object_get(cluster->state, "AssociatedRoles"))
		strbuf_adds(out, "<AssociatedRoles/>\n");
	strbuf_adds(out, "<ReadReplicaIdentifiers/>\n");
	if (!json_object_get(cluster->state, "AvailabilityZones"))
		add_zones(out, cluster->place->region);
	if (!json_object_get(cluster->state, "StorageEncryptionType"))
		add_encryption(out, cluster->state);
}

static void add_subnet_group(struct strbuf *out,
			     const struct resource *instance,
			     const json_t *owner)
{
	const char *name = json_text(owner, "DBSubnetGroup");
	CLEANUP(json_release)
	json_t *group = subnet_group(instance->place, name ? name : "default");

	/* only the group's own listing has these */
	json_object_del(group, "DBSubnetGroupArn");
	json_object_del(group, "SupportedNetworkTypes");
	xml_value(out, "DBSubnetGroup", group);
}

static void add_endpoint(struct strbuf *out, const struct resource *instance,
			 const json_t *owner)
{
	CLEANUP(free_ptr) char *name = dns_name(instance, "");
	CLEANUP(json_release)
	json_t *endpoint = json_pack("{ss sO ss}", "Address", name, "Port",
				     json_object_get(owner, "Port"),
				     "HostedZoneId", "Z29XKXDKYMONMX");

	xml_value(out, "Endpoint", endpoint);
}

static void add_certificate(struct strbuf *out, const json_t *state)
{
	const char *id = json_text(state, "CACertificateIdentifier");
	const struct certificate *certificate = certificate_find(id ? id : "");

	if (!certificate)
		return;
	CLEANUP(json_release)
	json_t *details = json_pack("{ss ss}", "CAIdentifier", id, "ValidTill",
				    certificate->valid_till);
	xml_value(out, "CertificateDetails", details);
}

static void add_echoes(struct strbuf *out, const struct resource *instance,
		       const json_t *cluster)
{
	json_t *exports =
		json_object_get(cluster, "EnabledCloudwatchLogsExports");

	for (size_t i = 0; i < ARRAY_SIZE(echoed); i++) {
		json_t *value = json_object_get(cluster, echoed[i]);
		if (value && !json_object_get(instance->state, echoed[i]))
			xml_value(out, echoed[i], value);
	}
	if (json_array_size(exports))
		xml_value(out, "EnabledCloudwatchLogsExports", exports);
}

static void add_instance(struct strbuf *out, const struct resource *instance)
{
	CLEANUP(free_ptr) char *arn = resource_arn(instance);
	const struct resource *cluster = resource_cluster(instance);
	const json_t *owner = cluster ? cluster->state : instance->state;

	xml_text(out, "DBInstanceStatus", resource_status(instance));
	add_state(out, instance);
	add_pending(out, instance);
	if (cluster)
		add_echoes(out, instance, cluster->state);
	xml_text(out, "DBInstanceArn", arn);
	add_endpoint(out, instance, owner);
	add_subnet_group(out, instance, owner);
	add_certificate(out, instance->state);
	add_encryption(out, owner);
	add_unless_set(out, instance, "InstanceCreateTime",
		       "2022-11-03T07:46:51.402Z");
	add_unless_set(out, instance, "LicenseModel", "general-public-license");
	add_unless_set(out, instance, "MultiAZ", "false");
	add_unless_set(out, instance, "StorageType", "aurora");
	add_unless_set(out, instance, "DbInstancePort", "0");
	add_unless_set(out, instance, "CustomerOwnedIpEnabled", "false");
	add_unless_set(out, instance, "BackupTarget", "region");
	add_unless_set(out, instance, "ActivityStreamStatus", "stopped");
	add_unless_set(out, instance, "DedicatedLogVolume", "false");
	strbuf_adds(out, "<DBSecurityGroups/>\n<DomainMemberships/>\n"
			 "<ReadReplicaDBInstanceIdentifiers/>\n"
			 "<AssociatedRoles/>\n"
			 "<OptionGroupMemberships><OptionGroupMembership>"
			 "<OptionGroupName>default</OptionGroupName>"
			 "<Status>in-sync</Status></OptionGroupMembership>"
			 "</OptionGroupMemberships>\n");
}

static void render(struct resource *resource)
{
	struct strbuf text = STRBUF_INIT(RESOURCE_XML_MAX);
	const char *name = resource->is_cluster ? "DBCluster" : "DBInstance";

	strbuf_addf(&text, "<%s>\n", name);
	if (resource->is_cluster)
		add_cluster(&text, resource);
	else
		add_instance(&text, resource);
	strbuf_addf(&text, "</%s>\n", name);
	resource->xml_len = text.len;
	resource->xml = strbuf_detach(&text);
}

void rds_render(struct resource *resource, struct strbuf *out)
{
	if (!resource->xml)
		render(resource);
	strbuf_add(out, resource->xml, resource->xml_len);
}

static void render_list(const struct resource_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		if (!list->items[i]->xml)
			render(list->items[i]);
}

void rds_render_all(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->len; i++)
		for (size_t p = 0; p < fleet->accounts[i]->places_len; p++) {
			render_list(&fleet->accounts[i]->places[p]->clusters);
			render_list(&fleet->accounts[i]->places[p]->instances);
		}
}
