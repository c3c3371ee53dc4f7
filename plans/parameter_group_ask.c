#include "plans/parameter_group_ask.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/xml.h"

#define PAGE_SIZE "100"
#define ITEM 1000

/* The elements that a listing's items have, and where the items stand. */
struct shape {
	const char *items;  /* below the two outer elements of an answer */
	const char *marker; /* from the root */
	const char *const *texts; /* the first is its name; NULL at the end */
	struct xml_paths *paths;  /* made when first used, for good */
};

static const char *const cluster_group_texts[] = {
	"DBClusterParameterGroupName", "DBParameterGroupFamily", "Description",
	NULL
};
static const char *const instance_group_texts[] = { "DBParameterGroupName",
						    "DBParameterGroupFamily",
						    "Description", NULL };
static const char *const parameter_texts[] = {
	"ParameterName", "ParameterValue", "Source",       "ApplyType",
	"DataType",      "AllowedValues",  "IsModifiable", NULL
};

static struct shape cluster_groups = {
	.items = "DBClusterParameterGroups/DBClusterParameterGroup",
	.marker = "*/*/Marker",
	.texts = cluster_group_texts,
};
static struct shape instance_groups = {
	.items = "DBParameterGroups/DBParameterGroup",
	.marker = "*/*/Marker",
	.texts = instance_group_texts,
};
static struct shape parameters_of_group = {
	.items = "Parameters/Parameter",
	.marker = "*/*/Marker",
	.texts = parameter_texts,
};
static struct shape parameters_of_family = {
	.items = "EngineDefaults/Parameters/Parameter",
	.marker = "*/*/EngineDefaults/Marker",
	.texts = parameter_texts,
};

static struct shape *shape_of(const struct parameter_asking *asking)
{
	switch (asking->listing) {
	case LISTING_GROUPS:
		return asking->of->kind == cluster_parameters.kind
			       ? &cluster_groups
			       : &instance_groups;
	case LISTING_DEFAULTS:
		return &parameters_of_family;
	case LISTING_PARAMETERS:
		break;
	}
	return &parameters_of_group;
}

static void add_path(struct shape *shape, const char *member, int id)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("*/*/%s%s%s", shape->items, *member ? "/" : "",
			       member);

	xml_paths_add(shape->paths, path, id);
}

static const struct xml_paths *paths_of(struct shape *shape)
{
	if (shape->paths)
		return shape->paths;
	shape->paths = xml_paths_new();
	for (int i = 0; shape->texts[i]; i++)
		add_path(shape, shape->texts[i], i);
	add_path(shape, "", ITEM);
	return shape->paths;
}

/* ---- one listing that runs -------------------------------------------- */

struct running {
	struct parameter_asking asking;
	const struct shape *shape;
	json_t *page; /* array: the items of the page that is being read */
	json_t *item; /* being read, or NULL */
};

static void on_open(void *ctx, int id)
{
	struct running *running = ctx;

	if (id != ITEM)
		return;
	json_decref(running->item);
	running->item = json_object();
}

static void on_close(void *ctx, int id, const char *text, size_t len UNUSED)
{
	struct running *running = ctx;

	if (!running->item)
		return;
	if (id == ITEM)
		(void)json_array_append_new(running->page, TAKE(running->item));
	else
		(void)json_object_set_new(running->item,
					  running->shape->texts[id],
					  json_from_text(text));
}

static const struct xml_handler handler = { .open = on_open,
					    .close = on_close };

static void on_begin(void *ctx)
{
	struct running *running = ctx;

	(void)json_array_clear(running->page);
	json_decref(running->item);
	running->item = NULL;
}

/* Groups are told apart without regard to case. */
static char *key_of(const struct running *running, const json_t *item)
{
	const char *name = json_text(item, running->shape->texts[0]);

	return running->asking.listing == LISTING_GROUPS ? xstrdup_lower(name)
							 : xstrdup(name);
}

static void on_page(void *ctx)
{
	struct running *running = ctx;
	size_t i;
	json_t *item;

	json_array_foreach(running->page, i, item) {
		CLEANUP(free_ptr) char *key = key_of(running, item);

		if (!key)
			continue;
		(void)json_object_set(running->asking.found, key, item);
		if (running->asking.reads)
			(void)json_object_set(running->asking.reads, key,
					      aws_answer(running->asking.aws));
	}
	(void)json_array_clear(running->page);
}

static void on_done(void *ctx, const struct aws_result *result)
{
	struct running *running = ctx;

	running->asking.done(running->asking.ctx, result);
	json_decref(running->page);
	json_decref(running->item);
	free(running);
}

void parameter_group_ask(const struct parameter_asking *asking)
{
	struct running *running = xcalloc(1, sizeof(*running));
	struct shape *shape = shape_of(asking);
	CLEANUP(json_release)
	json_t *parameters =
		asking->parameters
			? json_copy((json_t *)(uintptr_t)asking->parameters)
			: json_object();
	const struct aws_listing list = {
		.call = { .session = asking->place->session,
			  .service = "rds",
			  .action = asking->action,
			  .parameters = parameters,
			  .answer = paths_of(shape),
			  .handler = &handler,
			  .begin = on_begin,
			  .done = on_done,
			  .ctx = running },
		.marker_path = shape->marker,
		.marker_parameter = "Marker",
		.page_done = on_page,
	};

	(void)json_object_set_new(parameters, "MaxRecords",
				  json_string(PAGE_SIZE));
	*running = (struct running){ .asking = *asking,
				     .shape = shape,
				     .page = json_array() };
	aws_list(asking->aws, &list);
}
