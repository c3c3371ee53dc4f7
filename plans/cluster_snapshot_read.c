#include "plans/cluster_snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/read_ids.h"
#include "plans/value.h"
#include "plans/xml_items.h"

#define KIND KIND_CLUSTER_SNAPSHOT
#define ID "DBClusterSnapshotIdentifier"
#define CLUSTER "DBClusterIdentifier"

static const char *const snapshot_texts[] = {
	ID,       CLUSTER,    "DBClusterSnapshotArn", "Engine", "EngineVersion",
	"Status", "KmsKeyId", "StorageEncrypted",     NULL
};
static const char *const attribute_texts[] = { "AttributeName", NULL };
static const char *const attribute_lists[] = { "AttributeValues/AttributeValue",
					       NULL };
static const char *const none[] = { NULL };

static struct xml_items snapshots = {
	.service = "rds",
	.action = "DescribeDBClusterSnapshots",
	.element = "*/*/DBClusterSnapshots/DBClusterSnapshot",
	.texts = snapshot_texts,
	.lists = none,
	.marker_path = "*/*/Marker",
	.marker_parameter = "Marker",
};
static struct xml_items attributes = {
	.service = "rds",
	.action = "DescribeDBClusterSnapshotAttributes",
	.element = "*/*/DBClusterSnapshotAttributesResult/"
		   "DBClusterSnapshotAttributes/DBClusterSnapshotAttribute",
	.texts = attribute_texts,
	.lists = attribute_lists,
	.marker_path = "*/*/Marker",
	.marker_parameter = "Marker",
};

/* ---- what the answers say ----------------------------------------------- */

static json_t **slot(struct resource *snapshot, const char *setting)
{
	return &snapshot->values[catalogue_index(
		catalogue_lookup(KIND, setting))];
}

static void read_value(struct resource *snapshot, const char *setting,
		       const json_t *item)
{
	const struct setting *row = catalogue_lookup(KIND, setting);
	const char *text = json_text(item, row->read);

	*slot(snapshot, setting) = value_from_wire(row, &text, text ? 1 : 0);
}

struct resource *cluster_snapshot_resource(const struct place *place,
					   const json_t *item)
{
	const char *id = json_text(item, ID);
	const char *arn = json_text(item, "DBClusterSnapshotArn");
	struct resource *snapshot;

	if (!id || !arn)
		return NULL;
	snapshot = resource_new(KIND, place);
	snapshot->id = xstrdup_lower(id);
	snapshot->address = address_of(KIND, snapshot->id);
	/* the only id that AWS gives it */
	snapshot->arn = xstrdup(arn);
	snapshot->resource_id = xstrdup(arn);
	snapshot->engine = xstrdup(json_text(item, "Engine"));
	snapshot->engine_version = xstrdup(json_text(item, "EngineVersion"));
	snapshot->status = xstrdup_lower(json_text(item, "Status"));
	snapshot->cluster = xstrdup_lower(json_text(item, CLUSTER));
	resource_set_read(snapshot, NULL,
			  json_object_get(item, XML_ITEM_ANSWER));
	read_value(snapshot, "storage_encrypted", item);
	read_value(snapshot, "kms_key_id", item);
	return snapshot;
}

void cluster_snapshot_share(struct resource *snapshot, const json_t *values)
{
	CLEANUP(json_release)
	json_t *everybody = json_pack("[s]", SNAPSHOT_EVERYBODY);

	*slot(snapshot, "public") =
		json_boolean(json_array_has(values, SNAPSHOT_EVERYBODY));
	*slot(snapshot, "shared_with") = set_minus(values, everybody);
}

static bool is_aurora(const char *engine)
{
	return engine && (!strcmp(engine, "aurora-mysql") ||
			  !strcmp(engine, "aurora-postgresql"));
}

/* ---- asking ------------------------------------------------------------- */

struct reader;

/* A snapshot whose attributes are asked for. */
struct asking {
	struct reader *reader;
	struct resource *snapshot;
};

struct reader {
	struct read_request request;
	json_t *ids;      /* asked for by name → true */
	json_t *clusters; /* addresses of those in scope → true */
	size_t running;
	struct error err;
};

static void finish(struct reader *reader)
{
	reader->request.done(reader->request.ctx,
			     error_is_set(&reader->err) ? &reader->err : NULL);
	json_decref(reader->ids);
	json_decref(reader->clusters);
	error_release(&reader->err);
	free(reader);
}

static void fail(struct reader *reader, const struct error *err)
{
	if (!error_is_set(&reader->err))
		error_copy(&reader->err, err);
}

static void skip(const struct reader *reader, const char *id,
		 const char *reason)
{
	/* who looks again sees what is not there */
	if (!reader->request.lanes)
		reader->request.skipped(reader->request.ctx, KIND, id, reason);
}

static void shared(void *ctx, const json_t *items,
		   const struct aws_result *result)
{
	struct asking *asking = ctx;
	struct reader *reader = asking->reader;
	struct resource *snapshot = TAKE(asking->snapshot);
	const json_t *values = NULL;
	size_t i;
	json_t *item;

	free(asking);
	json_array_foreach(items, i, item) {
		const char *name = json_text(item, "AttributeName");

		if (name && !strcmp(name, "restore"))
			values = json_object_get(item, attribute_lists[0]);
	}
	if (items) {
		cluster_snapshot_share(snapshot, values);
		resource_set_read(snapshot, "public",
				  read_answer(&reader->request));
		resource_set_read(snapshot, "shared_with",
				  read_answer(&reader->request));
		reader->request.found(reader->request.ctx, TAKE(snapshot));
	} else if (result->class == AWS_CLASS_NOT_FOUND) {
		skip(reader, snapshot->id, "it was deleted meanwhile");
	} else if (read_excused(&reader->request, KIND, snapshot->id,
				result->error)) {
		reader->request.found(reader->request.ctx, TAKE(snapshot));
	} else {
		fail(reader, result->error);
	}
	resource_free(snapshot);
	if (!--reader->running)
		finish(reader);
}

static void ask_who(struct reader *reader, struct resource *snapshot)
{
	struct asking *asking = xcalloc(1, sizeof(*asking));
	CLEANUP(json_release)
	json_t *parameters = json_pack("{ss}", ID, snapshot->id);

	*asking = (struct asking){ .reader = reader, .snapshot = snapshot };
	reader->running++;
	xml_items_list(&attributes, reader->request.aws,
		       reader->request.place->session, parameters,
		       reader->request.reports, shared, asking);
}

/* Is it asked of whom it is shared with? */
static bool matters(const struct reader *reader,
		    const struct resource *snapshot)
{
	static const char *const names[] = { "public", "shared_with" };
	const struct read_request *request = &reader->request;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct setting *row = catalogue_lookup(KIND, names[i]);

		if ((!request->wanted ||
		     request->wanted[catalogue_index(row)]) &&
		    (!request->matters ||
		     request->matters(request->ctx, snapshot, row)))
			return true;
	}
	return false;
}

/* It is asked for by its name, or its cluster is in scope. */
static bool is_asked_for(const struct reader *reader,
			 const struct resource *snapshot)
{
	CLEANUP(free_ptr)
	char *cluster = snapshot->cluster
				? address_of(KIND_CLUSTER, snapshot->cluster)
				: NULL;

	return json_object_get(reader->ids, snapshot->id) ||
	       (cluster && json_object_get(reader->clusters, cluster));
}

static void listed(struct reader *reader, const json_t *item, json_t *missing)
{
	struct resource *snapshot =
		cluster_snapshot_resource(reader->request.place, item);

	if (!snapshot) {
		if (!error_is_set(&reader->err))
			(void)error_set(&reader->err, ERR_INCOMPLETE,
					"AWS answered with a snapshot that has "
					"no identifier or no ARN");
		return;
	}
	json_object_del(missing, snapshot->id);
	if (!is_asked_for(reader, snapshot)) {
		resource_free(snapshot);
	} else if (!is_aurora(snapshot->engine)) {
		CLEANUP(free_ptr)
		char *line = xasprintf("engine '%s' is not Aurora",
				       snapshot->engine ? snapshot->engine
							: "(not given)");

		skip(reader, snapshot->id, line);
		resource_free(snapshot);
	} else if (matters(reader, snapshot)) {
		ask_who(reader, snapshot);
	} else {
		reader->request.found(reader->request.ctx, snapshot);
	}
}

static void all_listed(void *ctx, const json_t *items,
		       const struct aws_result *result)
{
	struct reader *reader = ctx;
	CLEANUP(json_release) json_t *missing = json_copy(reader->ids);
	const char *id;
	json_t *value, *item;
	size_t i;

	if (!items && result->class != AWS_CLASS_NOT_FOUND)
		fail(reader, result->error);
	json_array_foreach(items, i, item)
		listed(reader, item, missing);
	json_object_foreach(missing, id, value) {
		if (!error_is_set(&reader->err))
			skip(reader, id,
			     "there is no such manual snapshot of a cluster");
	}
	if (!--reader->running)
		finish(reader);
}

/* Of one snapshot alone, or of all in the region. */
static json_t *parameters_of(const struct reader *reader)
{
	const char *id = json_object_iter_key(json_object_iter(reader->ids));

	if (json_object_size(reader->ids) == 1 &&
	    !json_object_size(reader->clusters))
		return json_pack("{ss ss}", "SnapshotType", "manual", ID, id);
	return json_pack("{ss ss}", "SnapshotType", "manual", "MaxRecords",
			 "100");
}

void cluster_snapshot_read(const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(json_release) json_t *parameters = NULL;

	*reader = (struct reader){ .request = *request,
				   .ids = json_object(),
				   .clusters = json_object(),
				   .running = 1 };
	if (read_request_ids(request, reader->ids, reader->clusters,
			     &reader->err) < 0 ||
	    (!json_object_size(reader->ids) &&
	     !json_object_size(reader->clusters))) {
		finish(reader);
		return;
	}
	parameters = parameters_of(reader);
	xml_items_list(&snapshots, request->aws, request->place->session,
		       parameters, request->reports, all_listed, reader);
}
