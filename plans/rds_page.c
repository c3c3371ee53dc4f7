/*
 * From a page of a listing, as it streams, to resources. They are kept until
 * the page was read whole, since an attempt that breaks off is made again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "plans/rds.h"
#include "plans/rds_element.h"

struct skip {
	char *id; /* may be NULL */
	char *reason;
};

struct rds_page {
	void *owner;
	struct rds_element element; /* the one that is being read */
	json_t *seen;               /* ids handed over, of all pages */
	size_t counted; /* resources of this reading, repeated ones too */
	struct resource **found;
	size_t found_len, found_cap;
	struct skip *skips;
	size_t skips_len, skips_cap;
	size_t nameless;
};

/* Takes the reason over. */
static void skip(struct rds_page *page, char *reason)
{
	struct skip *skipped;
	const char *id = rds_element_first(&page->element, RDS_ID);

	GROW(page->skips, page->skips_len, page->skips_cap);
	skipped = &page->skips[page->skips_len++];
	skipped->id = xstrdup_lower(id);
	skipped->reason = reason;
}

static bool is_aurora(const char *engine)
{
	return engine && (strcmp(engine, "aurora-mysql") == 0 ||
			  strcmp(engine, "aurora-postgresql") == 0);
}

static void element_ended(struct rds_page *page)
{
	const char *engine = rds_element_first(&page->element, RDS_ENGINE);
	struct resource *resource;

	if (engine && strcmp(engine, "aurora") == 0) {
		skip(page, xstrdup("engine 'aurora' (MySQL 5.6) is no longer "
				   "supported by AWS, nor here"));
		return;
	}
	if (!is_aurora(engine)) {
		skip(page, xasprintf("engine '%s' is not Aurora",
				     engine ? engine : "(not given)"));
		return;
	}
	if (!rds_element_first(&page->element, RDS_CLUSTER)) {
		if (rds_element_first(&page->element, RDS_ID))
			skip(page, xstrdup("it is in no cluster"));
		else
			page->nameless++;
		return;
	}
	resource = rds_element_resource(&page->element);
	if (!resource) {
		page->nameless++;
		return;
	}
	GROW(page->found, page->found_len, page->found_cap);
	page->found[page->found_len++] = resource;
}

/* ---- what the parser calls -------------------------------------------- */

static void on_open(void *ctx, int id)
{
	struct rds_page *page = ctx;

	if (id == RDS_ID_ELEMENT)
		rds_element_begin(&page->element);
	else if (id == RDS_ID_PENDING_CHILD)
		page->element.pending_child = true;
}

static void on_name(void *ctx, int id, const char *name)
{
	struct rds_page *page = ctx;

	if (id == RDS_ID_PENDING)
		rds_element_pending(&page->element, name);
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct rds_page *page = ctx;

	if (id == RDS_ID_ELEMENT)
		element_ended(page);
	else if (id == RDS_ID_TAG)
		rds_element_tag_ended(&page->element);
	else if (id == RDS_ID_GROUP)
		rds_element_group_ended(&page->element);
	else if (id == RDS_ID_PENDING)
		rds_element_pending_ended(&page->element, text);
	else if (id != RDS_ID_PENDING_CHILD)
		rds_element_add(&page->element, (size_t)id, text, len);
}

const struct xml_handler rds_page_handler = {
	.open = on_open,
	.name = on_name,
	.close = on_close,
};

/* ---- pages ------------------------------------------------------------ */

struct rds_page *rds_page_new(const struct rds_kind *rds,
			      const struct place *place, const bool *wanted)
{
	struct rds_page *page = xcalloc(1, sizeof(*page));

	rds_element_init(&page->element, rds, place, wanted);
	page->seen = json_object();
	return page;
}

void rds_page_share(struct rds_page *page, struct rds_page *with)
{
	json_decref(page->seen);
	page->seen = json_incref(with->seen);
}

void rds_page_own(struct rds_page *page, void *owner)
{
	page->owner = owner;
}

void *rds_page_owner(const struct rds_page *page)
{
	return page->owner;
}

void rds_page_begin(struct rds_page *page)
{
	for (size_t i = 0; i < page->found_len; i++)
		resource_free(page->found[i]);
	for (size_t i = 0; i < page->skips_len; i++) {
		free(page->skips[i].id);
		free(page->skips[i].reason);
	}
	page->found_len = page->skips_len = page->nameless = 0;
}

void rds_page_free(struct rds_page *page)
{
	if (!page)
		return;
	rds_page_begin(page);
	rds_element_release(&page->element);
	free(page->found);
	free(page->skips);
	json_decref(page->seen);
	free(page);
}

/* The first time? A listing that moves between pages repeats resources. */
static bool first_time(struct rds_page *page, const char *id)
{
	page->counted++;
	if (json_object_get(page->seen, id))
		return false;
	json_object_set_new(page->seen, id, json_true());
	return true;
}

bool rds_page_repeats(const struct rds_page *page)
{
	return page->counted > json_object_size(page->seen);
}

void rds_page_again(struct rds_page *page)
{
	page->counted = 0;
}

int rds_page_take(struct rds_page *page, const struct read_request *request,
		  struct error *err)
{
	const struct rds_kind *rds = page->element.rds;
	const size_t nameless = page->nameless;

	for (size_t i = 0; i < page->found_len; i++) {
		struct resource *resource = TAKE(page->found[i]);

		if (first_time(page, resource->id))
			request->found(request->ctx, resource);
		else
			resource_free(resource);
	}
	for (size_t i = 0; i < page->skips_len; i++) {
		const struct skip *skipped = &page->skips[i];

		if (!skipped->id || first_time(page, skipped->id))
			request->skipped(request->ctx, rds->kind, skipped->id,
					 skipped->reason);
	}
	page->found_len = 0;
	rds_page_begin(page);
	if (!nameless)
		return 0;
	(void)error_set(err, ERR_INCOMPLETE,
			"%s answered with %zu resource%s without '%s' or '%s'",
			rds->describe, nameless, nameless == 1 ? "" : "s",
			rds->id, rds->resource_id);
	error_hint(err, "check AWS_ENDPOINT_URL: AWS gives both");
	return -1;
}
