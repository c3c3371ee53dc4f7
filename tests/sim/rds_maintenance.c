/*
 * DescribePendingMaintenanceActions: what AWS itself will do to a resource. It
 * is `pending_maintenance` of a cluster's or an instance's state, a list of
 * objects with an Action and a Description.
 */
#include <string.h>

#include "core/mem.h"
#include "tests/sim/paging.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

static void add_resource(struct strbuf *out, const char *arn,
			 const json_t *actions)
{
	CLEANUP(json_release)
	json_t *entry = json_pack("{ss sO}", "ResourceIdentifier", arn,
				  "PendingMaintenanceActionDetails", actions);

	xml_value(out, "ResourcePendingMaintenanceActions", entry);
}

/* The i-th of all clusters and then all instances; NULL: there is none. */
static struct resource *resource_at(const struct place *place, size_t i)
{
	if (i < place->clusters.len)
		return place->clusters.items[i];
	i -= place->clusters.len;
	return i < place->instances.len ? place->instances.items[i] : NULL;
}

static bool is_wanted(const struct rds_filters *filters, const char *only,
		      const struct resource *resource, const char *arn)
{
	const char *filter =
		resource->is_cluster ? "db-cluster-id" : "db-instance-id";

	for (size_t i = 0; i < filters->len; i++) {
		if (strcmp(filters->items[i].name, filter) != 0)
			return false;
	}
	return (!only || strcmp(only, arn) == 0) &&
	       (rds_filter_accepts(filters, filter, resource->id) ||
		rds_filter_accepts(filters, filter, arn));
}

/* One page. The last resource's ARN where more follow, else NULL. */
static char *add_page(struct rds_call *call, const struct page *page,
		      const struct rds_filters *filters)
{
	const char *only = request_get(call->request, "ResourceIdentifier");
	struct resource *resource;
	CLEANUP(free_ptr) char *last = NULL;
	bool begun = !page->after;
	long count = 0;

	for (size_t i = 0; (resource = resource_at(call->place, i)); i++) {
		const json_t *actions =
			json_object_get(resource->state, "pending_maintenance");
		CLEANUP(free_ptr) char *arn = resource_arn(resource);

		if (!begun) {
			begun = strcmp(arn, page->after) == 0;
			continue;
		}
		if (!json_array_size(actions) ||
		    !is_wanted(filters, only, resource, arn))
			continue;
		if (count++ == page->size)
			return TAKE(last);
		add_resource(&call->answer->body, arn, actions);
		free(last);
		last = TAKE(arn);
	}
	return NULL;
}

void rds_describe_maintenance(struct rds_call *call)
{
	static const char *const names[] = { "Filters.", "Marker", "MaxRecords",
					     "ResourceIdentifier" };
	static const char *const filter_names[] = { "db-cluster-id",
						    "db-instance-id" };
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(rds_filters_release) struct rds_filters filters = { .len = 0 };

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !rds_read_filters(call, filter_names, ARRAY_SIZE(filter_names),
			      &filters))
		return;
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<PendingMaintenanceActions>\n");
	CLEANUP(free_ptr) char *last = add_page(call, &page, &filters);
	CLEANUP(free_ptr)
	char *marker = last ? page_marker(call->request, last) : NULL;
	strbuf_adds(&call->answer->body, "</PendingMaintenanceActions>\n");
	if (marker)
		xml_text(&call->answer->body, "Marker", marker);
	answer_end(call->answer, call->request);
}
