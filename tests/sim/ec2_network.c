/* Subnets and route tables: where a VPC sends packets. Nothing changes them. */
#include <string.h>

#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/ec2.h"
#include "tests/sim/json_call.h"
#include "tests/sim/request.h"
#include "tests/sim/sections.h"
#include "tests/sim/xml.h"

#define VPC "vpc-0d3a1c5e7f9b2a4c6"

/* ---- the fleet ---------------------------------------------------------- */

void subnet_defaults(const struct place *place, json_t *subnet)
{
	CLEANUP(free_ptr) char *zone = xasprintf("%sa", place->region);

	json_default(subnet, "VpcId", json_string(VPC));
	json_default(subnet, "AvailabilityZone", json_string(zone));
	json_default(subnet, "CidrBlock", json_string("10.0.0.0/20"));
	json_default(subnet, "MapPublicIpOnLaunch", json_false());
	json_default(subnet, "AvailableIpAddressCount", json_integer(4091));
}

/* The subnets of subnet groups are there. */
void subnets_complete(struct place *place, json_t *list, bool absent)
{
	size_t i, k;
	json_t *group, *member;

	(void)absent;
	json_array_foreach(section(place, "db_subnet_groups"), i, group) {
		json_array_foreach(json_object_get(group, "Subnets"), k,
				   member) {
			const char *id = json_text(member, "SubnetIdentifier");
			const json_t *zone = json_object_get(
				member, "SubnetAvailabilityZone");
			json_t *subnet;

			if (json_find(list, "SubnetId", id))
				continue;
			subnet =
				json_pack("{ss sO sO}", "SubnetId", id, "VpcId",
					  json_object_get(group, "VpcId"),
					  "AvailabilityZone",
					  json_object_get(zone, "Name"));
			subnet_defaults(place, subnet);
			json_array_append_new(list, subnet);
		}
	}
}

static char *hex_id(const char *prefix, const char *text)
{
	char hex[SHA256_HEX_MAX];

	sha256_hex(text, strlen(text), hex);
	return xasprintf("%s%.17s", prefix, hex);
}

void route_table_defaults(const struct place *place, json_t *table)
{
	const char *id = json_text(table, "RouteTableId");
	json_t *associations, *entry;
	size_t i;

	(void)place;
	json_default(table, "VpcId", json_string(VPC));
	json_default(table, "Routes",
		     json_pack("[{ss ss}]", "DestinationCidrBlock",
			       "10.0.0.0/16", "GatewayId", "local"));
	json_default(table, "Associations", json_array());
	associations = json_object_get(table, "Associations");
	json_array_foreach(associations, i, entry) {
		CLEANUP(free_ptr) char *salt = xasprintf("%s/%zu", id, i);
		CLEANUP(free_ptr) char *own = hex_id("rtbassoc-", salt);

		json_default(entry, "RouteTableAssociationId",
			     json_string(own));
		json_default(entry, "Main",
			     json_boolean(!json_object_get(entry, "SubnetId")));
	}
}

static bool has_main(const json_t *tables, const char *vpc)
{
	size_t i, k;
	json_t *table, *entry;

	json_array_foreach(tables, i, table) {
		if (strcmp(json_text(table, "VpcId"), vpc) != 0)
			continue;
		json_array_foreach(json_object_get(table, "Associations"), k,
				   entry)
			if (json_is_true(json_object_get(entry, "Main")))
				return true;
	}
	return false;
}

/* Each VPC has a main table, which sends nothing out unless it says so. */
void route_tables_complete(struct place *place, json_t *list, bool absent)
{
	size_t i;
	json_t *subnet;

	(void)absent;
	json_array_foreach(section(place, "subnets"), i, subnet) {
		const char *vpc = json_text(subnet, "VpcId");
		CLEANUP(free_ptr) char *id = hex_id("rtb-", vpc);
		json_t *table;

		if (has_main(list, vpc))
			continue;
		table = json_pack("{ss ss s[{sb}]}", "RouteTableId", id,
				  "VpcId", vpc, "Associations", "Main", 1);
		route_table_defaults(place, table);
		json_array_append_new(list, table);
	}
}

/* ---- what is described -------------------------------------------------- */

static void add_bool(struct strbuf *out, const char *element,
		     const json_t *object, const char *key)
{
	xml_text(out, element,
		 json_is_true(json_object_get(object, key)) ? "true" : "false");
}

static void add_subnet(struct ec2_call *call, const struct ec2_listed *item)
{
	struct strbuf *out = &call->answer->body;
	const json_t *subnet = item->group;
	CLEANUP(free_ptr)
	char *arn =
		xasprintf("arn:aws:ec2:%s:%s:subnet/%s", call->place->region,
			  call->place->account->id, item->id);

	strbuf_adds(out, "<item>\n");
	xml_text(out, "subnetId", item->id);
	xml_text(out, "subnetArn", arn);
	xml_text(out, "state", "available");
	xml_text(out, "ownerId", call->place->account->id);
	ec2_add_text(out, "vpcId", subnet, "VpcId");
	ec2_add_text(out, "cidrBlock", subnet, "CidrBlock");
	ec2_add_text(out, "availabilityZone", subnet, "AvailabilityZone");
	ec2_add_text(out, "availableIpAddressCount", subnet,
		     "AvailableIpAddressCount");
	xml_text(out, "defaultForAz", "false");
	add_bool(out, "mapPublicIpOnLaunch", subnet, "MapPublicIpOnLaunch");
	strbuf_adds(out, "<ipv6CidrBlockAssociationSet/>\n");
	ec2_add_tags(out, json_object_get(subnet, "Tags"));
	strbuf_adds(out, "</item>\n");
}

static void list_subnet(struct ec2_listing *listing, json_t *subnet)
{
	const char *id = json_text(subnet, "SubnetId");

	ec2_list_add(listing, id,
		     json_pack("{ss sO sO}", "subnet-id", id, "vpc-id",
			       json_object_get(subnet, "VpcId"),
			       "availability-zone",
			       json_object_get(subnet, "AvailabilityZone")),
		     subnet, NULL);
}

void ec2_describe_subnets(struct ec2_call *call)
{
	static const struct ec2_sort sort = {
		.ids = "SubnetId",
		.prefix = "subnet-",
		.stem = "InvalidSubnetID",
		.noun = "subnet ID",
		.set = "subnetSet",
		.filters = "availability-zone subnet-id vpc-id",
		.add = add_subnet,
	};
	CLEANUP(ec2_listing_release)
	struct ec2_listing listing = { .items = NULL };
	size_t i;
	json_t *subnet;

	json_array_foreach(call->place ? section(call->place, "subnets") : NULL,
			   i, subnet)
		list_subnet(&listing, subnet);
	ec2_list(call, &listing, &sort);
}

static void add_route(struct strbuf *out, const json_t *route)
{
	static const char *const pairs[][2] = {
		{ "destinationCidrBlock", "DestinationCidrBlock" },
		{ "destinationIpv6CidrBlock", "DestinationIpv6CidrBlock" },
		{ "destinationPrefixListId", "DestinationPrefixListId" },
		{ "egressOnlyInternetGatewayId",
		  "EgressOnlyInternetGatewayId" },
		{ "gatewayId", "GatewayId" },
		{ "natGatewayId", "NatGatewayId" },
		{ "transitGatewayId", "TransitGatewayId" },
		{ "vpcPeeringConnectionId", "VpcPeeringConnectionId" },
	};
	const char *state = json_text(route, "State");
	const char *gateway = json_text(route, "GatewayId");
	const bool local = gateway && !strcmp(gateway, "local");

	strbuf_adds(out, "<item>\n");
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		ec2_add_text(out, pairs[i][0], route, pairs[i][1]);
	xml_text(out, "state", state ? state : "active");
	xml_text(out, "origin", local ? "CreateRouteTable" : "CreateRoute");
	strbuf_adds(out, "</item>\n");
}

static void add_association(struct strbuf *out, const char *table,
			    const json_t *entry)
{
	strbuf_adds(out, "<item>\n");
	ec2_add_text(out, "routeTableAssociationId", entry,
		     "RouteTableAssociationId");
	xml_text(out, "routeTableId", table);
	ec2_add_text(out, "subnetId", entry, "SubnetId");
	add_bool(out, "main", entry, "Main");
	strbuf_adds(out, "<associationState><state>associated</state>"
			 "</associationState>\n</item>\n");
}

static void add_table(struct ec2_call *call, const struct ec2_listed *item)
{
	struct strbuf *out = &call->answer->body;
	const json_t *table = item->group;
	size_t i;
	json_t *entry;

	strbuf_adds(out, "<item>\n");
	xml_text(out, "routeTableId", item->id);
	ec2_add_text(out, "vpcId", table, "VpcId");
	xml_text(out, "ownerId", call->place->account->id);
	strbuf_adds(out, "<routeSet>\n");
	json_array_foreach(json_object_get(table, "Routes"), i, entry)
		add_route(out, entry);
	strbuf_adds(out, "</routeSet>\n<associationSet>\n");
	json_array_foreach(json_object_get(table, "Associations"), i, entry)
		add_association(out, item->id, entry);
	strbuf_adds(out, "</associationSet>\n<propagatingVgwSet/>\n");
	ec2_add_tags(out, json_object_get(table, "Tags"));
	strbuf_adds(out, "</item>\n");
}

static void list_table(struct ec2_listing *listing, json_t *table)
{
	const char *id = json_text(table, "RouteTableId");
	json_t *subnets = json_array(), *gateways = json_array(), *entry;
	bool main_one = false;
	size_t i;

	json_array_foreach(json_object_get(table, "Associations"), i, entry) {
		main_one |= json_is_true(json_object_get(entry, "Main"));
		if (json_text(entry, "SubnetId"))
			json_array_append(subnets,
					  json_object_get(entry, "SubnetId"));
	}
	json_array_foreach(json_object_get(table, "Routes"), i, entry)
		if (json_text(entry, "GatewayId"))
			json_array_append(gateways,
					  json_object_get(entry, "GatewayId"));
	ec2_list_add(listing, id,
		     json_pack("{ss sO so so ss}", "route-table-id", id,
			       "vpc-id", json_object_get(table, "VpcId"),
			       "association.subnet-id", subnets,
			       "route.gateway-id", gateways, "association.main",
			       main_one ? "true" : "false"),
		     table, NULL);
}

void ec2_describe_route_tables(struct ec2_call *call)
{
	static const struct ec2_sort sort = {
		.ids = "RouteTableId",
		.prefix = "rtb-",
		.stem = "InvalidRouteTableID",
		.noun = "routeTable ID",
		.set = "routeTableSet",
		.filters = "association.main association.subnet-id "
			   "route-table-id route.gateway-id vpc-id",
		.add = add_table,
	};
	CLEANUP(ec2_listing_release)
	struct ec2_listing listing = { .items = NULL };
	size_t i;
	json_t *table;

	json_array_foreach(call->place ? section(call->place, "route_tables")
				       : NULL,
			   i, table)
		list_table(&listing, table);
	ec2_list(call, &listing, &sort);
}
