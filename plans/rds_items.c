#include "plans/rds_items.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Ids of the parser: texts are their index, lists come after. */
enum { LISTS = 100, ELEMENT = 200 };

static void add_path(const struct rds_items *of, const char *member, int id)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("*/*/%s%s%s", of->element, *member ? "/" : "",
			       member);

	xml_paths_add(of->paths, path, id);
}

static const struct xml_paths *paths_of(struct rds_items *of)
{
	if (of->paths)
		return of->paths;
	of->paths = xml_paths_new();
	for (int i = 0; of->texts[i]; i++)
		add_path(of, of->texts[i], i);
	for (int i = 0; of->lists[i]; i++)
		add_path(of, of->lists[i], LISTS + i);
	add_path(of, "", ELEMENT);
	return of->paths;
}

struct listing {
	struct rds_items *of;
	json_t *items, *page; /* of pages read whole; of the one being read */
	json_t *item;         /* being read, or NULL */
	void (*done)(void *ctx, const json_t *items,
		     const struct aws_result *result);
	void *ctx;
};

static void on_open(void *ctx, int id)
{
	struct listing *listing = ctx;

	if (id != ELEMENT)
		return;
	json_decref(listing->item);
	listing->item = json_object();
	for (int i = 0; listing->of->lists[i]; i++)
		json_object_set_new(listing->item, listing->of->lists[i],
				    json_array());
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct listing *listing = ctx;

	if (!listing->item)
		return;
	if (id == ELEMENT)
		json_array_append_new(listing->page, TAKE(listing->item));
	else if (!len)
		return; /* as if it were not there */
	else if (id >= LISTS)
		json_array_append_new(
			json_object_get(listing->item,
					listing->of->lists[id - LISTS]),
			json_from_text(text));
	else
		json_object_set_new(listing->item, listing->of->texts[id],
				    json_from_text(text));
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

static void begin_page(void *ctx)
{
	struct listing *listing = ctx;

	json_array_clear(listing->page);
	json_decref(listing->item);
	listing->item = NULL;
}

static void end_page(void *ctx)
{
	struct listing *listing = ctx;

	json_array_extend(listing->items, listing->page);
	json_array_clear(listing->page);
}

static void end_listing(void *ctx, const struct aws_result *result)
{
	struct listing *listing = ctx;

	listing->done(listing->ctx,
		      result->outcome == AWS_OK ? listing->items : NULL,
		      result);
	json_decref(listing->items);
	json_decref(listing->page);
	json_decref(listing->item);
	free(listing);
}

void rds_items_list(struct rds_items *of, const struct read_request *request,
		    const json_t *parameters,
		    void (*done)(void *ctx, const json_t *items,
				 const struct aws_result *result),
		    void *ctx)
{
	struct listing *listing = xcalloc(1, sizeof(*listing));
	const struct aws_listing list = {
		.call = { .session = request->place->session,
			  .service = "rds",
			  .action = of->action,
			  .parameters = parameters,
			  .answer = paths_of(of),
			  .handler = &handler,
			  .begin = begin_page,
			  .done = end_listing,
			  .ctx = listing },
		.marker_path = "*/*/Marker",
		.marker_parameter = "Marker",
		.page_done = end_page,
	};

	*listing = (struct listing){ .of = of,
				     .items = json_array(),
				     .page = json_array(),
				     .done = done,
				     .ctx = ctx };
	aws_list(request->aws, &list);
}

int read_request_ids(const struct read_request *request, json_t *ret_ids,
		     json_t *ret_of, struct error *err)
{
	for (size_t i = 0; i < request->ids_len; i++)
		json_object_set_new(strchr(request->ids[i], '/') ? ret_of
								 : ret_ids,
				    request->ids[i], json_true());
	for (size_t i = 0; i < request->lanes_len; i++) {
		CLEANUP(address_release) struct address address = { 0 };

		if (address_parse(request->lanes[i], &address, err) < 0)
			return -1;
		json_object_set_new(ret_ids, address.id, json_true());
	}
	return 0;
}
