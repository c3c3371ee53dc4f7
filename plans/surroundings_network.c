/*
 * Where members stand: the subnets of subnet groups, and whether the world can
 * reach those. A subnet is public where its route table, else the main one of
 * its VPC, sends what is for everywhere to an internet gateway.
 */
#include <string.h>

#include "core/compiler.h"
#include "core/mem.h"
#include "plans/surroundings_private.h"

/* ---- subnet groups ------------------------------------------------------ */

#define SUBNETS "Subnets/Subnet/SubnetIdentifier"

static const char *const group_texts[] = { "DBSubnetGroupName", "VpcId", NULL };
static const char *const group_lists[] = { SUBNETS, NULL };
static struct xml_items groups = {
	.service = "rds",
	.action = "DescribeDBSubnetGroups",
	.element = "*/*/DBSubnetGroups/DBSubnetGroup",
	.texts = group_texts,
	.lists = group_lists,
	.marker_path = "*/*/Marker",
	.marker_parameter = "Marker",
};

static void add_groups(struct part *part, const json_t *items)
{
	size_t i;
	json_t *item;

	part->value = json_object();
	json_array_foreach(items, i, item) {
		const char *name = json_text(item, "DBSubnetGroupName");

		if (name)
			json_object_set_new(
				part->value, name,
				json_pack("{so so}", "vpc",
					  part_member(item, "VpcId"), "subnets",
					  part_texts(item, SUBNETS)));
	}
}

void subnet_groups_start(struct part *part)
{
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss}", "MaxRecords", "100");

	part_list_xml(part, &groups, parameters, add_groups);
}

/* ---- route tables ------------------------------------------------------- */

#define ROUTES "routeSet/item"
#define ASSOCIATIONS "associationSet/item"
#define BLACKHOLE "blackhole"

static const char *const table_texts[] = { "routeTableId", "vpcId", NULL };
static const char *const no_lists[] = { NULL };
static const char *const route_texts[] = { "destinationCidrBlock",
					   "destinationIpv6CidrBlock",
					   "gatewayId", "state", NULL };
static const char *const association_texts[] = { "main", "subnetId", NULL };
static const struct xml_parts table_parts[] = {
	{ ROUTES, route_texts },
	{ ASSOCIATIONS, association_texts },
	{ NULL, NULL },
};
static struct xml_items tables = {
	.service = "ec2",
	.action = "DescribeRouteTables",
	.element = "*/routeTableSet/item",
	.texts = table_texts,
	.lists = no_lists,
	.parts = table_parts,
	.marker_path = "*/nextToken",
	.marker_parameter = "NextToken",
};

static bool is(const json_t *object, const char *key, const char *text)
{
	const char *value = json_text(object, key);

	return value && !strcmp(value, text);
}

/* The internet gateway that a table sends the world's packets to, or NULL. */
static json_t *gateway_of(const json_t *table)
{
	size_t i;
	json_t *route;

	json_array_foreach(json_object_get(table, ROUTES), i, route) {
		const char *gateway = json_text(route, "gatewayId");

		if (gateway && !strncmp(gateway, "igw-", 4) &&
		    !is(route, "state", BLACKHOLE) &&
		    (is(route, "destinationCidrBlock", "0.0.0.0/0") ||
		     is(route, "destinationIpv6CidrBlock", "::/0")))
			return json_object_get(route, "gatewayId");
	}
	return NULL;
}

/* Which table is whose: {"<subnet>" or "main/<vpc>": {public, …}}. */
static void add_tables(struct part *part, const json_t *items)
{
	size_t i, k;
	json_t *table, *association;

	part->value = json_object();
	json_array_foreach(items, i, table) {
		json_t *gateway = gateway_of(table);
		CLEANUP(json_release)
		json_t *said = json_pack(
			"{sb so sO?}", "public", gateway != NULL, "route_table",
			part_member(table, "routeTableId"), "gateway", gateway);
		const char *vpc = json_text(table, "vpcId");

		json_array_foreach(json_object_get(table, ASSOCIATIONS), k,
				   association) {
			const char *subnet = json_text(association, "subnetId");
			CLEANUP(free_ptr)
			char *whole = xasprintf("main/%s", vpc ? vpc : "");

			if (subnet)
				json_object_set(part->value, subnet, said);
			else if (is(association, "main", "true"))
				json_object_set(part->value, whole, said);
		}
	}
}

void route_tables_start(struct part *part)
{
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss}", "MaxResults", "100");

	part_list_xml(part, &tables, parameters, add_tables);
}

static json_t *table_of(const json_t *tables_known, const char *subnet,
			const char *vpc)
{
	CLEANUP(free_ptr) char *whole = xasprintf("main/%s", vpc ? vpc : "");
	json_t *own = json_object_get(tables_known, subnet);

	if (!own)
		own = json_object_get(tables_known, whole);
	return own ? json_incref(own)
		   : json_pack("{sn sn sn}", "public", "route_table",
			       "gateway");
}

/* The subnets of subnet groups are those that somebody wants to know of. */
void route_tables_finish(struct part *part)
{
	const struct part *of_groups =
		&part->of_place[SURROUNDING_SUBNET_GROUPS];
	CLEANUP(json_release) json_t *known = part->value;
	const char *name;
	json_t *group, *subnet;
	size_t i;

	part->value = json_object();
	if (of_groups->unread) {
		part->unread = json_incref(of_groups->unread);
		return;
	}
	json_object_foreach(of_groups->value, name, group) {
		json_array_foreach(json_object_get(group, "subnets"), i, subnet)
			json_object_set_new(
				part->value, json_string_value(subnet),
				table_of(known, json_string_value(subnet),
					 json_text(group, "vpc")));
	}
}
