#include "plans/xml_items.h"

#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"

/*
 * Ids of the parser: texts are their index, lists come after; then of each part
 * PER_PART, the last of which is the part itself.
 */
enum { LISTS = 100, ELEMENT = 200, PARTS = 300, PER_PART = 20 };

static void add_path(const struct xml_items *of, const char *member, int id)
{
	CLEANUP(free_ptr)
	char *path =
		xasprintf("%s%s%s", of->element, *member ? "/" : "", member);

	xml_paths_add(of->paths, path, id);
}

static void add_part(const struct xml_items *of, const struct xml_parts *part,
		     int id)
{
	int i = 0;

	for (; part->texts[i]; i++) {
		CLEANUP(free_ptr)
		char *below = xasprintf("%s/%s", part->path, part->texts[i]);

		add_path(of, below, id + i);
	}
	assert(i < PER_PART - 1);
	add_path(of, part->path, id + PER_PART - 1);
}

static const struct xml_paths *paths_of(struct xml_items *of)
{
	if (of->paths)
		return of->paths;
	of->paths = xml_paths_new();
	for (int i = 0; of->texts[i]; i++)
		add_path(of, of->texts[i], i);
	for (int i = 0; of->lists[i]; i++)
		add_path(of, of->lists[i], LISTS + i);
	for (int i = 0; of->parts && of->parts[i].path; i++)
		add_part(of, &of->parts[i], PARTS + i * PER_PART);
	add_path(of, "", ELEMENT);
	return of->paths;
}

struct listing {
	struct xml_items *of;
	struct aws *answers;  /* whose answers are kept; NULL: none are */
	json_t *items, *page; /* of pages read whole; of the one being read */
	json_t *item;         /* being read, or NULL */
	json_t *part;         /* of the item, being read; borrowed from it */
	void (*done)(void *ctx, const json_t *items,
		     const struct aws_result *result);
	void *ctx;
};

static void open_item(struct listing *listing)
{
	const struct xml_items *of = listing->of;

	json_decref(listing->item);
	listing->item = json_object();
	listing->part = NULL;
	for (int i = 0; of->lists[i]; i++)
		json_object_set_new(listing->item, of->lists[i], json_array());
	for (int i = 0; of->parts && of->parts[i].path; i++)
		json_object_set_new(listing->item, of->parts[i].path,
				    json_array());
}

static void open_part(struct listing *listing, const struct xml_parts *part)
{
	listing->part = json_object();
	json_array_append_new(json_object_get(listing->item, part->path),
			      listing->part);
}

static void on_open(void *ctx, int id)
{
	struct listing *listing = ctx;

	if (id == ELEMENT)
		open_item(listing);
	else if (id >= PARTS && (id - PARTS) % PER_PART == PER_PART - 1)
		open_part(listing,
			  &listing->of->parts[(id - PARTS) / PER_PART]);
}

static void close_in_part(struct listing *listing, int id, const char *text)
{
	const struct xml_parts *part =
		&listing->of->parts[(id - PARTS) / PER_PART];
	const int at = (id - PARTS) % PER_PART;

	if (at < PER_PART - 1)
		json_object_set_new(listing->part, part->texts[at],
				    json_from_text(text));
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
	else if (id >= PARTS)
		close_in_part(listing, id, text);
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
	json_t *answer = listing->answers ? aws_answer(listing->answers) : NULL;
	size_t i;
	json_t *item;

	json_array_foreach(listing->page, i, item) {
		if (answer)
			(void)json_object_set(item, XML_ITEM_ANSWER, answer);
	}
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

void xml_items_list(struct xml_items *of, struct aws *aws,
		    struct aws_session *session, const json_t *parameters,
		    bool answers,
		    void (*done)(void *ctx, const json_t *items,
				 const struct aws_result *result),
		    void *ctx)
{
	struct listing *listing = xcalloc(1, sizeof(*listing));
	const struct aws_listing list = {
		.call = { .session = session,
			  .service = of->service,
			  .action = of->action,
			  .parameters = parameters,
			  .answer = paths_of(of),
			  .handler = &handler,
			  .begin = begin_page,
			  .done = end_listing,
			  .ctx = listing },
		.marker_path = of->marker_path,
		.marker_parameter = of->marker_parameter,
		.page_done = end_page,
	};

	*listing = (struct listing){ .of = of,
				     .answers = answers ? aws : NULL,
				     .items = json_array(),
				     .page = json_array(),
				     .done = done,
				     .ctx = ctx };
	aws_list(aws, &list);
}
