#include "plans/event_subscription.h"

#include <stdlib.h>
#include <string.h>

#include "core/endpoint.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/read_ids.h"
#include "plans/value.h"
#include "plans/xml_items.h"

#define KIND KIND_EVENT_SUBSCRIPTION
#define NAME "CustSubscriptionId"
#define ARN "EventSubscriptionArn"
#define TYPE "SourceType"
#define SOURCES "SourceIdsList/SourceId"

static const char *const texts[] = { NAME,      ARN,           TYPE, "Status",
				     "Enabled", "SnsTopicArn", NULL };
static const char *const lists[] = { SOURCES,
				     "EventCategoriesList/EventCategory",
				     NULL };

static struct xml_items subscriptions = {
	.service = "rds",
	.action = "DescribeEventSubscriptions",
	.element = "*/*/EventSubscriptionsList/EventSubscription",
	.texts = texts,
	.lists = lists,
	.marker_path = "*/*/Marker",
	.marker_parameter = "Marker",
};

/* ---- what the answer says ----------------------------------------------- */

static json_t *value_of(const struct setting *row, const json_t *item)
{
	const json_t *member = json_object_get(item, row->read);
	const size_t len = json_array_size(member);
	CLEANUP(free_ptr) const char **of = xcalloc(len + 1, sizeof(*of));

	if (!json_is_array(member)) {
		of[0] = json_string_value(member);
		return value_from_wire(row, of, of[0] ? 1 : 0);
	}
	for (size_t i = 0; i < len; i++)
		of[i] = json_string_value(json_array_get(member, i));
	return value_from_wire(row, of, len);
}

/* What keeps the topic from being told; NULL: nothing. Owned. */
static char *trouble_of(const json_t *item)
{
	const char *status = json_text(item, "Status");
	const char *topic = json_text(item, "SnsTopicArn");

	if (status && !strcmp(status, "no-permission"))
		return xasprintf("nobody is told: RDS may not publish to the "
				 "topic '%s', whose policy has to let it",
				 topic ? topic : "");
	if (status && !strcmp(status, "topic-not-exist"))
		return xasprintf("nobody is told: there is no topic '%s' any "
				 "more",
				 topic ? topic : "");
	return NULL;
}

static char *arn_of(const struct place *place, const char *name)
{
	return xasprintf("arn:%s:rds:%s:%s:es:%s",
			 endpoint_partition(place->region), place->region,
			 place->account_id, name);
}

struct resource *event_subscription_resource(const struct place *place,
					     const char *name,
					     const json_t *item)
{
	size_t len;
	const struct setting *rows = catalogue_rows(KIND, &len);
	const char *arn = json_text(item, ARN);
	struct resource *resource;

	if (item && !arn)
		return NULL;
	resource = resource_new(KIND, place);
	resource->id = xstrdup(name);
	resource->address = address_of(KIND, name);
	/* AWS has no other id, so one that is made anew is the same */
	resource->arn = item ? xstrdup(arn) : arn_of(place, name);
	resource->resource_id = xstrdup(resource->arn);
	resource->status = xstrdup(json_text(item, "Status"));
	resource_set_read(resource, NULL,
			  json_object_get(item, XML_ITEM_ANSWER));
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(rows[i].name, "exists"))
			resource->values[i] = json_boolean(item != NULL);
		else
			resource->values[i] =
				item ? value_of(&rows[i], item) : json_null();
	}
	return resource;
}

/* ---- which ones --------------------------------------------------------- */

static bool names_one(const json_t *item, enum kind kind, const json_t *sources)
{
	const json_t *ids = json_object_get(item, SOURCES);
	size_t i;
	json_t *id;

	json_array_foreach(ids, i, id) {
		CLEANUP(free_ptr)
		char *address = address_of(kind, json_string_value(id));

		if (json_object_get(sources, address))
			return true;
	}
	return false;
}

/* Events of what clusters use, which no cluster and no member is named by. */
static bool is_of_region(const json_t *item)
{
	const char *type = json_text(item, TYPE);

	return !type || !strcmp(type, "db-parameter-group") ||
	       !strcmp(type, "db-security-group");
}

bool event_subscription_is_in_scope(const json_t *item, const json_t *sources)
{
	const char *type = json_text(item, TYPE);
	const bool all = !json_array_size(json_object_get(item, SOURCES));

	if (!type || !json_object_size(sources))
		return false;
	if (!strcmp(type, "db-cluster"))
		return all || names_one(item, KIND_CLUSTER, sources);
	if (!strcmp(type, "db-instance"))
		return all || names_one(item, KIND_INSTANCE, sources);
	/* which snapshots are whose is not read */
	return all && !strcmp(type, "db-cluster-snapshot");
}

/* ---- asking ------------------------------------------------------------- */

struct reader {
	struct read_request request;
	json_t *ids;     /* asked for by name → true */
	json_t *sources; /* addresses of clusters and members in scope → true */
};

static void listed(const struct reader *reader, const char *name,
		   const json_t *item, struct error *err)
{
	const struct read_request *request = &reader->request;
	struct resource *resource =
		event_subscription_resource(request->place, name, item);
	CLEANUP(free_ptr) char *trouble = trouble_of(item);

	if (!resource) {
		if (!error_is_set(err))
			(void)error_set(err, ERR_INCOMPLETE,
					"AWS answered with the event "
					"subscription '%s' without its ARN",
					name);
		return;
	}
	if (trouble && !request->lanes)
		request->skipped(request->ctx, KIND, name, trouble);
	request->found(request->ctx, resource);
}

static void all_listed(void *ctx, const json_t *items,
		       const struct aws_result *result)
{
	struct reader *reader = ctx;
	const struct read_request *request = &reader->request;
	CLEANUP(json_release) json_t *missing = json_copy(reader->ids);
	CLEANUP(error_release) struct error err = ERROR_INIT;
	const char *name;
	size_t i;
	json_t *item, *value;

	if (!items)
		error_copy(&err, result->error);
	json_array_foreach(items, i, item) {
		name = json_text(item, NAME);
		if (name &&
		    (json_object_get(reader->ids, name) ||
		     (request->reports && is_of_region(item)) ||
		     event_subscription_is_in_scope(item, reader->sources)))
			listed(reader, name, item, &err);
		if (name)
			json_object_del(missing, name);
	}
	json_object_foreach(missing, name, value) {
		if (items)
			listed(reader, name, NULL, &err);
	}
	request->done(request->ctx, error_is_set(&err) ? &err : NULL);
	json_decref(reader->ids);
	json_decref(reader->sources);
	free(reader);
}

void event_subscription_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss}", "MaxRecords", "100");
	CLEANUP(error_release) struct error err = ERROR_INIT;

	*reader = (struct reader){ .request = *request,
				   .ids = json_object(),
				   .sources = json_object() };
	if (!read_request_ids(request, reader->ids, reader->sources, &err) &&
	    (json_object_size(reader->ids) ||
	     json_object_size(reader->sources))) {
		xml_items_list(&subscriptions, request->aws,
			       request->place->session, parameters,
			       request->reports, all_listed, reader);
		return;
	}
	request->done(request->ctx, error_is_set(&err) ? &err : NULL);
	json_decref(reader->ids);
	json_decref(reader->sources);
	free(reader);
}
