/* DB subnet groups: the subnets that the members of a cluster may stand in. */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/paging.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/sections.h"
#include "tests/sim/xml.h"

#define NAME "DBSubnetGroupName"
#define SUBNETS "Subnets"

/* ---- the fleet ---------------------------------------------------------- */

static json_t *usual_subnets(void)
{
	return json_pack("[{ss}{ss}{ss}]", "SubnetIdentifier",
			 "subnet-0a1b2c3d4e5f60000", "SubnetIdentifier",
			 "subnet-0a1b2c3d4e5f60001", "SubnetIdentifier",
			 "subnet-0a1b2c3d4e5f60002");
}

/* "subnet-1" is short for the object with that identifier. */
static json_t *subnet_of(const struct place *place, json_t *entry, size_t i)
{
	CLEANUP(free_ptr)
	char *zone = xasprintf("%s%c", place->region, (char)('a' + i % 3));
	json_t *subnet = json_is_string(entry)
				 ? json_pack("{sO}", "SubnetIdentifier", entry)
				 : json_copy(entry);

	json_default(subnet, "SubnetAvailabilityZone",
		     json_pack("{ss}", "Name", zone));
	json_default(subnet, "SubnetOutpost", json_object());
	json_default(subnet, "SubnetStatus", json_string("Active"));
	return subnet;
}

void subnet_group_defaults(const struct place *place, json_t *group)
{
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:rds:%s:%s:subgrp:%s", place->region,
			      place->account->id, json_text(group, NAME));
	json_t *subnets = json_array(), *entry;
	size_t i;

	json_default(group, "DBSubnetGroupDescription",
		     json_string("private subnets"));
	json_default(group, "VpcId", json_string("vpc-0d3a1c5e7f9b2a4c6"));
	json_default(group, "SubnetGroupStatus", json_string("Complete"));
	json_default(group, "DBSubnetGroupArn", json_string(arn));
	json_default(group, "SupportedNetworkTypes", json_pack("[s]", "IPV4"));
	json_default(group, SUBNETS, usual_subnets());
	json_array_foreach(json_object_get(group, SUBNETS), i, entry)
		json_array_append_new(subnets, subnet_of(place, entry, i));
	json_object_set_new(group, SUBNETS, subnets);
}

json_t *subnet_group(const struct place *place, const char *name)
{
	json_t *group =
		json_find(section(place, "db_subnet_groups"), NAME, name);

	if (group)
		return json_copy(group);
	group = json_pack("{ss}", NAME, name);
	subnet_group_defaults(place, group);
	return group;
}

static void need(struct place *place, json_t *list, const char *name)
{
	json_t *group;

	if (!name || json_find(list, NAME, name))
		return;
	group = json_pack("{ss}", NAME, name);
	subnet_group_defaults(place, group);
	json_array_append_new(list, group);
}

/* Those that clusters and instances name. */
void subnet_groups_complete(struct place *place, json_t *list, bool absent)
{
	(void)absent;
	for (size_t i = 0; i < place->clusters.len; i++)
		need(place, list,
		     json_text(place->clusters.items[i]->state,
			       "DBSubnetGroup"));
	for (size_t i = 0; i < place->instances.len; i++)
		need(place, list,
		     json_text(place->instances.items[i]->state,
			       "DBSubnetGroup"));
}

/* ---- the action --------------------------------------------------------- */

void rds_describe_subnet_groups(struct rds_call *call)
{
	static const char *const names[] = { NAME, "MaxRecords", "Marker" };
	CLEANUP(page_release) struct page page = { .after = NULL };
	const char *asked = request_get(call->request, NAME);
	const json_t *groups = section(call->place, "db_subnet_groups");
	CLEANUP(json_release) json_t *sorted = NULL;
	struct strbuf *out = &call->answer->body;
	CLEANUP(free_ptr) char *marker = NULL;
	const char *last = NULL;
	long count = 0;
	size_t i;
	json_t *group;

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page, call->answer))
		return;
	if (asked && !json_find(groups, NAME, asked)) {
		answer_error(call->answer, call->request, 404,
			     "DBSubnetGroupNotFoundFault",
			     "DB subnet group '%s' does not exist.", asked);
		return;
	}
	sorted = sorted_by(groups, NAME);
	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<DBSubnetGroups>\n");
	json_array_foreach(sorted, i, group) {
		const char *name = json_text(group, NAME);

		if ((page.after && strcmp(name, page.after) <= 0) ||
		    (asked && strcmp(name, asked) != 0))
			continue;
		if (count++ == page.size) {
			marker = page_marker(call->request, last);
			break;
		}
		xml_value(out, "DBSubnetGroup", group);
		last = name;
	}
	strbuf_adds(out, "</DBSubnetGroups>\n");
	if (marker)
		xml_text(out, "Marker", marker);
	answer_end(call->answer, call->request);
}
