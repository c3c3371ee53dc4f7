/* DescribeDBClusters, DescribeDBInstances, ListTagsForResource. */
#include <string.h>
#include <ctype.h>

#include "core/mem.h"
#include "tests/sim/paging.h"
#include "tests/sim/rds.h"
#include "tests/sim/rds_xml.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

/* Filter values are identifiers or ARNs, in any letter case. */
static bool names_it(const struct rds_filters *filters, const char *name,
		     const char *id, const char *arn)
{
	for (size_t i = 0; i < filters->len; i++) {
		size_t index;
		json_t *value;
		bool found = false;
		if (strcmp(filters->items[i].name, name) != 0)
			continue;
		json_array_foreach(filters->items[i].values, index, value)
			found |= id &&
				 (!strcasecmp(json_string_value(value), id) ||
				  !strcmp(json_string_value(value), arn));
		if (!found)
			return false;
	}
	return true;
}

static bool accepts_instance(const struct rds_filters *filters,
			     const struct resource *instance)
{
	const json_t *state = instance->state;
	const struct resource *cluster = resource_cluster(instance);
	CLEANUP(free_ptr) char *arn = resource_arn(instance);
	CLEANUP(free_ptr)
	char *cluster_arn = cluster ? resource_arn(cluster) : NULL;

	return names_it(filters, "db-instance-id", instance->id, arn) &&
	       names_it(filters, "db-cluster-id", cluster ? cluster->id : NULL,
			cluster_arn) &&
	       rds_filter_accepts(filters, "dbi-resource-id",
				  json_text(state, "DbiResourceId")) &&
	       rds_filter_accepts(filters, "engine",
				  json_text(state, "Engine"));
}

static bool accepts_cluster(const struct rds_filters *filters,
			    const struct resource *cluster)
{
	CLEANUP(free_ptr) char *arn = resource_arn(cluster);

	return names_it(filters, "db-cluster-id", cluster->id, arn) &&
	       rds_filter_accepts(
		       filters, "db-cluster-resource-id",
		       json_text(cluster->state, "DbClusterResourceId")) &&
	       rds_filter_accepts(filters, "engine",
				  json_text(cluster->state, "Engine"));
}

/* The first resource after a name. */
static size_t first_after(const struct resource_list *list, const char *after)
{
	size_t low = 0, high = list->len;

	while (after && low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(list->items[middle]->id, after) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void answer_page(struct rds_call *call, bool clusters,
			const struct page *page,
			const struct rds_filters *filters)
{
	const struct resource_list *list =
		clusters ? &call->place->clusters : &call->place->instances;
	struct strbuf *out = &call->answer->body;
	const char *last = NULL;
	long count = 0;

	answer_begin(call->answer, call->request);
	strbuf_adds(out, clusters ? "<DBClusters>\n" : "<DBInstances>\n");
	for (size_t i = first_after(list, page->after); i < list->len; i++) {
		struct resource *resource = list->items[i];
		if (filters->len &&
		    !(clusters ? accepts_cluster(filters, resource)
			       : accepts_instance(filters, resource)))
			continue;
		if (count == page->size) {
			CLEANUP(free_ptr)
			char *marker = page_marker(call->request, last);
			strbuf_adds(out, clusters ? "</DBClusters>\n"
						  : "</DBInstances>\n");
			xml_text(out, "Marker", marker);
			answer_end(call->answer, call->request);
			return;
		}
		/* the markers stay, so some are seen twice and some never */
		rds_render(call->effect->reorder
				   ? list->items[list->len - 1 - i]
				   : resource,
			   out);
		last = resource->id;
		count++;
	}
	strbuf_adds(out, clusters ? "</DBClusters>" : "</DBInstances>");
	answer_end(call->answer, call->request);
}

static void answer_one(struct rds_call *call, struct resource *resource)
{
	struct strbuf *out = &call->answer->body;

	answer_begin(call->answer, call->request);
	strbuf_adds(out, resource->is_cluster ? "<DBClusters>\n"
					      : "<DBInstances>\n");
	rds_render(resource, out);
	strbuf_adds(out,
		    resource->is_cluster ? "</DBClusters>" : "</DBInstances>");
	answer_end(call->answer, call->request);
}

static void describe(struct rds_call *call, bool clusters,
		     const char *identifier, const char *const *filter_names,
		     size_t filter_names_len)
{
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(rds_filters_release) struct rds_filters filters = { .len = 0 };
	const char *const names[] = { identifier, "Filters.", "Marker",
				      "MaxRecords", "IncludeShared" };

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !rds_read_filters(call, filter_names, filter_names_len, &filters))
		return;
	if (!request_get(call->request, identifier)) {
		answer_page(call, clusters, &page, &filters);
		return;
	}
	struct resource *resource = rds_find(call, clusters, identifier);
	if (resource)
		answer_one(call, resource);
}

void rds_describe_clusters(struct rds_call *call)
{
	static const char *const filters[] = { "db-cluster-id",
					       "db-cluster-resource-id",
					       "engine" };
	describe(call, true, "DBClusterIdentifier", filters,
		 ARRAY_SIZE(filters));
}

void rds_describe_instances(struct rds_call *call)
{
	static const char *const filters[] = { "db-cluster-id",
					       "db-instance-id",
					       "dbi-resource-id", "engine" };
	describe(call, false, "DBInstanceIdentifier", filters,
		 ARRAY_SIZE(filters));
}

/* There is none: clusters of global ones only say so. */
void rds_describe_global(struct rds_call *call)
{
	static const char *const names[] = { "GlobalClusterIdentifier",
					     "Filters.", "Marker",
					     "MaxRecords" };
	const char *id = request_get(call->request, "GlobalClusterIdentifier");

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	if (id) {
		answer_error(call->answer, call->request, 404,
			     "GlobalClusterNotFoundFault",
			     "Global cluster %s not found.", id);
		return;
	}
	answer_begin(call->answer, call->request);
	strbuf_adds(&call->answer->body, "<GlobalClusters/>");
	answer_end(call->answer, call->request);
}
