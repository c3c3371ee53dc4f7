#include "tests/sim/rds_snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/sim/defaults.h"
#include "tests/sim/json_call.h"
#include "tests/sim/engines.h"
#include "tests/sim/paging.h"
#include "tests/sim/rds.h"
#include "tests/sim/request.h"
#include "tests/sim/xml.h"

#define CLUSTER "DBClusterIdentifier"
#define EVERYBODY "all"
#define RESTORE "restore"
#define SHARED_MAX ((size_t)20)

/* ---- the fleet ---------------------------------------------------------- */

/* Members that a snapshot has of its cluster, where that is still there. */
static void as_its_cluster(const struct place *place, json_t *snapshot)
{
	static const char *const members[] = { "Engine",
					       "EngineVersion",
					       "EngineMode",
					       "Port",
					       "StorageEncrypted",
					       "KmsKeyId",
					       "DbClusterResourceId" };
	const struct resource *cluster =
		place_find(place, true, json_text(snapshot, CLUSTER));

	for (size_t i = 0; cluster && i < ARRAY_SIZE(members); i++) {
		json_t *value = json_object_get(cluster->state, members[i]);

		if (value)
			json_default(snapshot, members[i], json_incref(value));
	}
}

static void snapshot_defaults(const struct place *place, json_t *snapshot)
{
	CLEANUP(free_ptr)
	char *arn = xasprintf("arn:aws:rds:%s:%s:cluster-snapshot:%s",
			      place->region, place->account->id,
			      json_text(snapshot, SNAPSHOT_ID));

	as_its_cluster(place, snapshot);
	json_default(snapshot, "DBClusterSnapshotArn", json_string(arn));
	json_default(snapshot, "SnapshotType", json_string("manual"));
	json_default(snapshot, "Engine", json_string("aurora-mysql"));
	json_default(snapshot, "Status", json_string("available"));
	json_default(snapshot, "PercentProgress", json_integer(100));
	json_default(snapshot, "SnapshotCreateTime",
		     json_string("2026-01-01T00:00:00.000Z"));
	json_default(snapshot, "StorageEncrypted", json_false());
	json_default(snapshot, RESTORE, json_array());
}

static void add_snapshot(struct place *place, json_t *snapshot)
{
	size_t at = 0;

	while (at < json_array_size(place->snapshots) &&
	       strcmp(json_text(json_array_get(place->snapshots, at),
				SNAPSHOT_ID),
		      json_text(snapshot, SNAPSHOT_ID)) < 0)
		at++;
	json_array_insert_new(place->snapshots, at, snapshot);
}

int snapshots_load(struct place *place, const json_t *snapshots,
		   struct error *err)
{
	size_t index;
	json_t *entry;

	json_array_foreach(snapshots, index, entry) {
		const char *id, *cluster;
		json_t *snapshot;

		if (json_get_string(entry, "snapshot", SNAPSHOT_ID, &id, err) ||
		    json_get_string(entry, "snapshot", CLUSTER, &cluster, err))
			return -1;
		if (json_find(place->snapshots, SNAPSHOT_ID, id))
			return error_set(err, ERR_FORMAT,
					 "snapshot '%s' is there twice", id);
		snapshot = json_deep_copy(entry);
		snapshot_defaults(place, snapshot);
		add_snapshot(place, snapshot);
	}
	return 0;
}

/* ---- the listing -------------------------------------------------------- */

static bool same(const char *asked, const json_t *snapshot, const char *member)
{
	const char *text = json_text(snapshot, member);

	return !asked || (text && !strcasecmp(asked, text));
}

/* Without a type: manual and automated ones. */
static bool is_type(const char *type, const json_t *snapshot)
{
	const json_t *restore = json_object_get(snapshot, RESTORE);

	if (type && !strcmp(type, "public"))
		return json_array_has(restore, EVERYBODY);
	return same(type, snapshot, "SnapshotType");
}

static bool accepts(struct rds_call *call, const struct rds_filters *filters,
		    const json_t *snapshot)
{
	const struct request *request = call->request;

	return is_type(request_get(request, "SnapshotType"), snapshot) &&
	       same(request_get(request, SNAPSHOT_ID), snapshot, SNAPSHOT_ID) &&
	       same(request_get(request, CLUSTER), snapshot, CLUSTER) &&
	       rds_filter_accepts(filters, "db-cluster-id",
				  json_text(snapshot, CLUSTER)) &&
	       rds_filter_accepts(filters, "db-cluster-snapshot-id",
				  json_text(snapshot, SNAPSHOT_ID)) &&
	       rds_filter_accepts(filters, "snapshot-type",
				  json_text(snapshot, "SnapshotType")) &&
	       rds_filter_accepts(filters, "engine",
				  json_text(snapshot, "Engine"));
}

static void not_found(struct rds_call *call, const char *id)
{
	answer_error(call->answer, call->request, 404,
		     "DBClusterSnapshotNotFoundFault",
		     "DBClusterSnapshot %s not found.", id);
}

/* Is the one that is asked for by its identifier there? */
static bool has_asked(struct rds_call *call, const struct rds_filters *filters)
{
	const char *id = request_get(call->request, SNAPSHOT_ID);
	size_t i;
	json_t *snapshot;

	json_array_foreach(call->place->snapshots, i, snapshot)
		if (!id || accepts(call, filters, snapshot))
			return true;
	if (id)
		not_found(call, id);
	return !id;
}

static void answer_page(struct rds_call *call, const struct page *page,
			const struct rds_filters *filters)
{
	struct strbuf *out = &call->answer->body;
	CLEANUP(free_ptr) char *marker = NULL;
	const char *last = NULL;
	long count = 0;
	size_t i;
	json_t *snapshot;

	answer_begin(call->answer, call->request);
	strbuf_adds(out, "<DBClusterSnapshots>\n");
	json_array_foreach(call->place->snapshots, i, snapshot) {
		const char *id = json_text(snapshot, SNAPSHOT_ID);

		if ((page->after && strcmp(id, page->after) <= 0) ||
		    !accepts(call, filters, snapshot))
			continue;
		if (count++ == page->size) {
			marker = page_marker(call->request, last);
			break;
		}
		xml_value(out, "DBClusterSnapshot", snapshot);
		last = id;
	}
	strbuf_adds(out, "</DBClusterSnapshots>\n");
	if (marker)
		xml_text(out, "Marker", marker);
	answer_end(call->answer, call->request);
}

void rds_describe_cluster_snapshots(struct rds_call *call)
{
	static const char *const names[] = { CLUSTER,         SNAPSHOT_ID,
					     "SnapshotType",  "Filters.",
					     "MaxRecords",    "Marker",
					     "IncludeShared", "IncludePublic" };
	static const char *const filter_names[] = { "db-cluster-id",
						    "db-cluster-snapshot-id",
						    "snapshot-type", "engine" };
	CLEANUP(page_release) struct page page = { .after = NULL };
	CLEANUP(rds_filters_release) struct rds_filters filters = { .len = 0 };

	if (!rds_only(call, names, ARRAY_SIZE(names)) ||
	    !page_rds(call->request, call->sim->page_size, &page,
		      call->answer) ||
	    !rds_read_filters(call, filter_names, ARRAY_SIZE(filter_names),
			      &filters))
		return;
	if (request_get(call->request, CLUSTER) &&
	    request_get(call->request, SNAPSHOT_ID)) {
		answer_error(call->answer, call->request, 400,
			     "InvalidParameterCombination",
			     "Both a DBClusterIdentifier and a "
			     "DBClusterSnapshotIdentifier were given.");
		return;
	}
	if (has_asked(call, &filters))
		answer_page(call, &page, &filters);
}

/* ---- who may restore it ------------------------------------------------- */

/* NULL: answer is the error. */
static json_t *find_snapshot(struct rds_call *call)
{
	const char *id = request_get(call->request, SNAPSHOT_ID);
	size_t i;
	json_t *snapshot;

	if (!id || !*id) {
		answer_error(
			call->answer, call->request, 400, "MissingParameter",
			"The request must contain the parameter " SNAPSHOT_ID
			".");
		return NULL;
	}
	json_array_foreach(call->place->snapshots, i, snapshot)
		if (same(id, snapshot, SNAPSHOT_ID) ||
		    same(id, snapshot, "DBClusterSnapshotArn"))
			return snapshot;
	not_found(call, id);
	return NULL;
}

static void answer_attributes(struct rds_call *call, const json_t *snapshot)
{
	CLEANUP(json_release)
	json_t *result = json_pack("{sO s[{ss sO}]}", SNAPSHOT_ID,
				   json_object_get(snapshot, SNAPSHOT_ID),
				   "DBClusterSnapshotAttributes",
				   "AttributeName", RESTORE, "AttributeValues",
				   json_object_get(snapshot, RESTORE));

	answer_begin(call->answer, call->request);
	xml_value(&call->answer->body, "DBClusterSnapshotAttributesResult",
		  result);
	answer_end(call->answer, call->request);
}

void rds_describe_cluster_snapshot_attributes(struct rds_call *call)
{
	static const char *const names[] = { SNAPSHOT_ID };
	const json_t *snapshot;

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	snapshot = find_snapshot(call);
	if (snapshot)
		answer_attributes(call, snapshot);
}

static bool refuse(struct rds_call *call, const char *code, const char *message)
{
	answer_error(call->answer, call->request, 400, code, "%s", message);
	return false;
}

/* A list of accounts; false: answer says what is wrong with one. */
static bool read_accounts(struct rds_call *call, const char *list,
			  json_t *accounts)
{
	for (size_t i = 1;; i++) {
		CLEANUP(free_ptr)
		char *key = xasprintf("%s.AttributeValue.%zu", list, i);
		const char *text = request_get(call->request, key);

		if (!text)
			return true;
		if (strcmp(text, EVERYBODY) != 0 &&
		    (strlen(text) != 12 || strspn(text, "0123456789") != 12))
			return refuse(call, "InvalidParameterValue",
				      "The account id is not valid.");
		json_array_add_unique(accounts, text);
	}
}

static bool may_share(struct rds_call *call, const json_t *snapshot,
		      const json_t *more)
{
	const char *type = json_text(snapshot, "SnapshotType");
	const char *status = json_text(snapshot, "Status");

	if (strcmp(type, "manual") != 0 || strcmp(status, "available") != 0)
		return refuse(call, "InvalidDBClusterSnapshotStateFault",
			      "Only manual snapshots that are available can "
			      "be shared.");
	if (json_array_has(more, EVERYBODY) &&
	    json_is_true(json_object_get(snapshot, "StorageEncrypted")))
		return refuse(call, "InvalidParameterValue",
			      "Encrypted snapshots cannot be shared publicly.");
	return true;
}

/* The values with `more` and without `fewer`. A new reference. */
static json_t *shared(const json_t *snapshot, const json_t *more,
		      const json_t *fewer)
{
	CLEANUP(json_release) json_t *all = json_array();
	json_t *left = json_array(), *value;
	size_t i;

	json_array_extend(all, json_object_get(snapshot, RESTORE));
	json_array_extend(all, (json_t *)(uintptr_t)more);
	json_array_foreach(all, i, value)
		if (!json_array_has(fewer, json_string_value(value)))
			json_array_add_unique(left, json_string_value(value));
	return left;
}

void rds_modify_cluster_snapshot_attribute(struct rds_call *call)
{
	static const char *const names[] = { SNAPSHOT_ID, "AttributeName",
					     "ValuesToAdd.",
					     "ValuesToRemove." };
	CLEANUP(json_release) json_t *more = json_array();
	CLEANUP(json_release) json_t *fewer = json_array();
	CLEANUP(json_release) json_t *values = NULL;
	const char *attribute = request_get(call->request, "AttributeName");
	json_t *snapshot;

	if (!rds_only(call, names, ARRAY_SIZE(names)))
		return;
	snapshot = find_snapshot(call);
	if (!snapshot)
		return;
	if (!attribute || strcmp(attribute, RESTORE) != 0) {
		(void)refuse(call, "InvalidParameterValue",
			     "Unknown attribute of a snapshot.");
		return;
	}
	if (!read_accounts(call, "ValuesToAdd", more) ||
	    !read_accounts(call, "ValuesToRemove", fewer) ||
	    !may_share(call, snapshot, more))
		return;
	values = shared(snapshot, more, fewer);
	if (json_array_size(values) > SHARED_MAX) {
		(void)refuse(call, "SharedSnapshotQuotaExceeded",
			     "The snapshot is shared with too many accounts.");
		return;
	}
	if (!call->effect->none)
		json_object_set(snapshot, RESTORE, values);
	answer_attributes(call, snapshot);
}
