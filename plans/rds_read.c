/*
 * Reading clusters and instances: one paged listing of all of a place, or one
 * a hundred lanes.
 */
#include "plans/rds.h"

#include <stdlib.h>

#include "core/mem.h"

/* RDS takes and gives at most this many at once. */
#define PAGE_SIZE 100
#define PAGE_SIZE_TEXT "100"

struct reader;

/* One paged listing. */
struct listing {
	struct rds_page *page;
	json_t *parameters;
};

struct reader {
	const struct rds_kind *rds;
	struct read_request request;
	json_t *lanes; /* ids of the lanes as keys; NULL: all */
	struct listing *listings;
	size_t len, running;
	struct error err;
};

static void reader_free(struct reader *reader)
{
	for (size_t i = 0; i < reader->len; i++) {
		rds_page_free(reader->listings[i].page);
		json_decref(reader->listings[i].parameters);
	}
	free(reader->listings);
	json_decref(reader->lanes);
	error_release(&reader->err);
	free(reader);
}

static void finish(struct reader *reader)
{
	reader->request.done(reader->request.ctx,
			     error_is_set(&reader->err) ? &reader->err : NULL);
	reader_free(reader);
}

static void listing_begin(void *ctx)
{
	rds_page_begin(ctx);
}

/* Emulators that know no filters answer with everything. */
static void on_found(void *ctx, struct resource *resource)
{
	struct reader *reader = ctx;

	if (reader->lanes && !json_object_get(reader->lanes, resource->cluster))
		resource_free(resource);
	else
		reader->request.found(reader->request.ctx, resource);
}

static void on_skipped(void *ctx, enum kind kind, const char *id,
		       const char *reason)
{
	struct reader *reader = ctx;

	if (!reader->lanes)
		reader->request.skipped(reader->request.ctx, kind, id, reason);
}

static void listing_page(void *ctx)
{
	struct rds_page *page = ctx;
	struct reader *reader = rds_page_owner(page);
	struct read_request through = reader->request;
	struct error err = ERROR_INIT;

	through.found = on_found;
	through.skipped = on_skipped;
	through.ctx = reader;
	if (rds_page_take(page, &through, &err) < 0 &&
	    !error_is_set(&reader->err))
		error_copy(&reader->err, &err);
	error_release(&err);
}

static void listing_done(void *ctx, const struct aws_result *result)
{
	struct reader *reader = rds_page_owner(ctx);
	/* a resource asked for by its name that is gone is no error */
	const bool gone = reader->lanes && result->class == AWS_CLASS_NOT_FOUND;

	if (result->outcome != AWS_OK && !gone && !error_is_set(&reader->err))
		error_copy(&reader->err, result->error);
	if (!--reader->running)
		finish(reader);
}

/* All, or those of some lanes. */
static json_t *parameters_of(const struct rds_kind *rds, const char *const *ids,
			     size_t len)
{
	json_t *parameters = json_object();

	if (len == 1 && rds->lane_identifier) {
		json_object_set_new(parameters, rds->lane_identifier,
				    json_from_text(ids[0]));
		return parameters;
	}
	json_object_set_new(parameters, "MaxRecords",
			    json_string(PAGE_SIZE_TEXT));
	if (len)
		json_object_set_new(parameters, "Filters.Filter.1.Name",
				    json_string("db-cluster-id"));
	for (size_t i = 0; i < len; i++) {
		CLEANUP(free_ptr)
		char *key =
			xasprintf("Filters.Filter.1.Values.Value.%zu", i + 1);

		json_object_set_new(parameters, key, json_from_text(ids[i]));
	}
	return parameters;
}

static void add_listing(struct reader *reader, const char *const *ids,
			size_t len)
{
	struct rds_page *page = rds_page_new(reader->rds, reader->request.place,
					     reader->request.wanted);

	rds_page_own(page, reader);
	if (reader->len)
		rds_page_share(page, reader->listings[0].page);
	reader->listings[reader->len++] = (struct listing){
		.page = page,
		.parameters = parameters_of(reader->rds, ids, len),
	};
}

static void start(struct reader *reader)
{
	reader->running = reader->len;
	for (size_t i = 0; i < reader->len; i++) {
		struct listing *listing = &reader->listings[i];
		const struct aws_listing list = {
			.call = { .session = reader->request.place->session,
				  .service = "rds",
				  .action = reader->rds->describe,
				  .parameters = listing->parameters,
				  .answer = rds_page_paths(reader->rds),
				  .handler = &rds_page_handler,
				  .begin = listing_begin,
				  .done = listing_done,
				  .ctx = listing->page },
			.marker_path = "*/*/Marker",
			.marker_parameter = "Marker",
			.page_done = listing_page,
		};

		aws_list(reader->request.aws, &list);
	}
}

/* The ids of the lanes, borrowed from reader->lanes, in their order. */
static const char **lane_ids(struct reader *reader, size_t *ret_len)
{
	const struct read_request *request = &reader->request;
	const char **ids = xcalloc(request->lanes_len + 1, sizeof(*ids));
	const char *id;
	json_t *value;
	size_t len = 0;

	reader->lanes = json_object();
	for (size_t i = 0; i < request->lanes_len; i++) {
		struct address address;
		struct error err = ERROR_INIT;

		if (address_parse(request->lanes[i], &address, &err) < 0) {
			error_copy(&reader->err, &err);
			error_release(&err);
			continue;
		}
		json_object_set_new(reader->lanes, address.id, json_true());
		address_release(&address);
	}
	json_object_foreach(reader->lanes, id, value)
		ids[len++] = id;
	*ret_len = len;
	return ids;
}

void rds_read(const struct rds_kind *rds, const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(free_ptr) const char **ids = NULL;
	size_t len = 0, listings;

	*reader = (struct reader){ .rds = rds, .request = *request };
	if (request->lanes)
		ids = lane_ids(reader, &len);
	listings = request->lanes ? (len + PAGE_SIZE - 1) / PAGE_SIZE : 1;
	reader->listings = xcalloc(listings + 1, sizeof(*reader->listings));
	if (!request->lanes)
		add_listing(reader, NULL, 0);
	for (size_t at = 0; at < len; at += PAGE_SIZE)
		add_listing(reader, ids + at,
			    len - at < PAGE_SIZE ? len - at : PAGE_SIZE);
	if (reader->len && !error_is_set(&reader->err))
		start(reader);
	else
		finish(reader);
}
