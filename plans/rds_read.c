/*
 * Reading clusters and instances: one paged listing of all of a place, or one
 * a hundred lanes.
 */
#include "plans/rds.h"
#include "plans/read_ids.h"

#include <stdlib.h>

#include "core/mem.h"

/* RDS takes and gives at most this many at once. */
#define PAGE_SIZE 100
#define PAGE_SIZE_TEXT "100"
/* A listing that loses its order between pages is read so often, at most. */
#define READINGS_MAX 8

struct reader;

/* One paged listing: of all, or of some lanes. */
struct listing {
	struct reader *reader;
	struct rds_page *page;
	const char **ids; /* of its lanes; borrowed from reader->lanes */
	size_t ids_len;
	int readings; /* of all of it, before this one */
};

struct reader {
	const struct rds_kind *rds;
	struct read_request request;
	json_t *lanes; /* ids of the lanes as keys; NULL: all */
	struct listing **listings;
	size_t len, cap, running;
	struct error err;
};

static void reader_free(struct reader *reader)
{
	for (size_t i = 0; i < reader->len; i++) {
		rds_page_free(reader->listings[i]->page);
		free(reader->listings[i]->ids);
		free(reader->listings[i]);
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

static struct listing *owner_of(void *page)
{
	return rds_page_owner(page);
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
	struct reader *reader = owner_of(page)->reader;
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

static void listing_done(void *ctx, const struct aws_result *result);

static void start(struct listing *listing)
{
	const struct reader *reader = listing->reader;
	CLEANUP(json_release)
	json_t *parameters =
		parameters_of(reader->rds, listing->ids, listing->ids_len);
	const struct aws_listing list = {
		.call = { .session = reader->request.place->session,
			  .service = "rds",
			  .action = reader->rds->describe,
			  .parameters = parameters,
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

static struct listing *add_listing(struct reader *reader,
				   const char *const *ids, size_t len)
{
	struct listing *listing = xcalloc(1, sizeof(*listing));

	listing->reader = reader;
	listing->page = rds_page_new(reader->rds, reader->request.place,
				     reader->request.wanted);
	rds_page_own(listing->page, listing);
	if (reader->len)
		rds_page_share(listing->page, reader->listings[0]->page);
	listing->ids = xcalloc(len + 1, sizeof(*listing->ids));
	listing->ids_len = len;
	for (size_t i = 0; i < len; i++)
		listing->ids[i] = ids[i];
	GROW(reader->listings, reader->len, reader->cap);
	reader->listings[reader->len++] = listing;
	return listing;
}

/*
 * One that is gone may fail a request that also asks for others: they are
 * asked for again one by one. Asked for alone, gone is an answer.
 */
static void ask_singly(const struct listing *listing)
{
	for (size_t i = 0; i < listing->ids_len; i++) {
		listing->reader->running++;
		start(add_listing(listing->reader, &listing->ids[i], 1));
	}
}

static void say_unstable(const struct reader *reader, struct error *err)
{
	(void)error_set(err, ERR_INCOMPLETE,
			"the listing of 'rds:%s' changes its order between "
			"pages: in each of %d readings some resources were "
			"there twice, so that others may be missing",
			reader->rds->describe, READINGS_MAX);
	error_hint(err, "try again; if it stays so, the endpoint is at fault");
}

/*
 * Some resources were there twice. Read on until as many different ones were
 * seen as the listing has places. True: another reading has begun.
 */
static bool read_again(struct listing *listing)
{
	struct reader *reader = listing->reader;

	if (reader->lanes || error_is_set(&reader->err) ||
	    !rds_page_repeats(listing->page))
		return false;
	if (++listing->readings == READINGS_MAX) {
		if (!error_is_set(&reader->err))
			say_unstable(reader, &reader->err);
		return false;
	}
	rds_page_again(listing->page);
	start(listing);
	return true;
}

static void listing_done(void *ctx, const struct aws_result *result)
{
	struct listing *listing = owner_of(ctx);
	struct reader *reader = listing->reader;
	const bool gone =
		listing->ids_len && result->class == AWS_CLASS_NOT_FOUND;

	if (result->outcome == AWS_OK && read_again(listing))
		return;
	if (gone && listing->ids_len > 1)
		ask_singly(listing);
	else if (result->outcome != AWS_OK && !gone &&
		 !error_is_set(&reader->err))
		error_copy(&reader->err, result->error);
	if (!--reader->running)
		finish(reader);
}

/* The ids of the lanes, borrowed from reader->lanes, in their order. */
static const char **lane_ids(struct reader *reader, size_t *ret_len)
{
	CLEANUP(json_release)
	json_t *all = read_ids(&reader->request, &reader->err);
	const char **ids = xcalloc(json_array_size(all) + 1, sizeof(*ids));
	const char *id;
	json_t *text;
	size_t i, len = 0;

	reader->lanes = json_object();
	json_array_foreach(all, i, text)
		json_object_set_new(reader->lanes, json_string_value(text),
				    json_true());
	json_object_foreach(reader->lanes, id, text)
		ids[len++] = id;
	*ret_len = len;
	return ids;
}

void rds_read(const struct rds_kind *rds, const struct read_request *request)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	CLEANUP(free_ptr) const char **ids = NULL;
	size_t len = 0;

	*reader = (struct reader){ .rds = rds, .request = *request };
	if (request->lanes)
		ids = lane_ids(reader, &len);
	else
		(void)add_listing(reader, NULL, 0);
	for (size_t at = 0; at < len; at += PAGE_SIZE)
		(void)add_listing(reader, ids + at,
				  len - at < PAGE_SIZE ? len - at : PAGE_SIZE);
	reader->running = reader->len;
	if (!reader->len || error_is_set(&reader->err)) {
		finish(reader);
		return;
	}
	for (size_t i = 0, listings = reader->len; i < listings; i++)
		start(reader->listings[i]);
}
