/*
 * Reading clusters and instances: one paged listing (or one a hundred lanes),
 * parsed as it streams. A page's resources are kept until the page was read
 * whole, since an attempt that breaks off is made again.
 */
#include "plans/rds.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/value.h"

/* RDS takes and gives at most this many at once. */
#define PAGE_SIZE 100
#define PAGE_SIZE_TEXT "100"
#define PASSWORD "MasterUserPassword"

/* ---- the paths of a kind ---------------------------------------------- */

/* Ids beyond those of paths with a text of their own. */
enum { ID_ELEMENT = 10000, ID_TAG, ID_PENDING };
#define TAG "TagList/Tag"
#define PENDING "PendingModifiedValues"
#define EXPORTS PENDING "/PendingCloudwatchLogsExports"

#define PATHS_MAX 96

/* What every kind is asked for, whatever rules name. */
enum fixed {
	FIXED_ID,
	FIXED_RESOURCE_ID,
	FIXED_ARN,
	FIXED_STATUS,
	FIXED_CLUSTER,
	FIXED_ENGINE,
	FIXED_VERSION,
	FIXED_TAG_KEY,
	FIXED_TAG_VALUE,
	FIXED_PENDING_CA,
	FIXED_EXPORTS_ON,
	FIXED_EXPORTS_OFF,
	FIXED_BACKUP_OWNER,
	FIXED_COUNT
};

struct layout {
	/* below the element, each once; the id is the index */
	const char *paths[PATHS_MAX];
	size_t len;
	size_t fixed[FIXED_COUNT]; /* their indexes into paths */
	size_t *facts;             /* those of the kind's facts */
	size_t *rows;              /* those of each row; PATHS_MAX: none */
	struct xml_paths *xml;
};

static size_t add_path(struct layout *layout, const char *path)
{
	for (size_t i = 0; i < layout->len; i++) {
		if (strcmp(layout->paths[i], path) == 0)
			return i;
	}
	assert(layout->len < PATHS_MAX);
	layout->paths[layout->len] = path;
	return layout->len++;
}

static void add_xml(struct layout *layout, const struct rds_kind *rds,
		    const char *member, int id)
{
	CLEANUP(free_ptr)
	char *path = xasprintf("*/*/%s%s%s", rds->element, *member ? "/" : "",
			       member);

	xml_paths_add(layout->xml, path, id);
}

static void fill_layout(struct layout *layout, const struct rds_kind *rds)
{
	const char *const fixed[FIXED_COUNT] = {
		[FIXED_ID] = rds->id,
		[FIXED_RESOURCE_ID] = rds->resource_id,
		[FIXED_ARN] = rds->arn,
		[FIXED_STATUS] = rds->status,
		[FIXED_CLUSTER] = rds->cluster,
		[FIXED_ENGINE] = "Engine",
		[FIXED_VERSION] = "EngineVersion",
		[FIXED_TAG_KEY] = TAG "/Key",
		[FIXED_TAG_VALUE] = TAG "/Value",
		[FIXED_PENDING_CA] = PENDING "/CertificateDetails/CAIdentifier",
		[FIXED_EXPORTS_ON] = EXPORTS "/LogTypesToEnable/member",
		[FIXED_EXPORTS_OFF] = EXPORTS "/LogTypesToDisable/member",
		[FIXED_BACKUP_OWNER] = "AwsBackupRecoveryPointArn",
	};
	size_t len, facts = 0;
	const struct setting *rows = catalogue_rows(rds->kind, &len);

	layout->rows = xcalloc(len, sizeof(*layout->rows));
	while (rds->facts[facts])
		facts++;
	layout->facts = xcalloc(facts + 1, sizeof(*layout->facts));
	for (size_t i = 0; i < FIXED_COUNT; i++)
		layout->fixed[i] = add_path(layout, fixed[i]);
	for (size_t i = 0; i < facts; i++)
		layout->facts[i] = add_path(layout, rds->facts[i]);
	for (size_t i = 0; i < len; i++)
		layout->rows[i] = rows[i].read ? add_path(layout, rows[i].read)
					       : PATHS_MAX;
	layout->xml = xml_paths_new();
	for (size_t i = 0; i < layout->len; i++)
		add_xml(layout, rds, layout->paths[i], (int)i);
	add_xml(layout, rds, "", ID_ELEMENT);
	add_xml(layout, rds, TAG, ID_TAG);
	add_xml(layout, rds, PENDING "/*", ID_PENDING);
}

/* Made once a kind, and kept for the life of the program. */
static const struct layout *layout_of(const struct rds_kind *rds)
{
	static struct layout layouts[KIND_COUNT];
	struct layout *layout = &layouts[rds->kind];

	if (!layout->len)
		fill_layout(layout, rds);
	return layout;
}

const struct xml_paths *rds_page_paths(const struct rds_kind *rds)
{
	return layout_of(rds)->xml;
}

/* ---- which rows are kept ---------------------------------------------- */

struct keeping {
	bool *keep;
	bool more;
};

static void keep_row(void *ctx, const struct setting *row)
{
	struct keeping *k = ctx;
	bool *keep = &k->keep[catalogue_index(row)];

	k->more |= !*keep;
	*keep = true;
}

static void keep_neighbours(struct keeping *k, const struct setting *rows,
			    size_t len, size_t i)
{
	catalogue_companions(&rows[i], keep_row, k);
	if (rows[i].only_with)
		keep_row(k, catalogue_lookup(rows[i].kind, rows[i].only_with));
	/* windows must not overlap: each is judged beside the other */
	for (size_t j = 0; j < len; j++) {
		if ((rows[i].type == TYPE_DAILY_WINDOW &&
		     rows[j].type == TYPE_WEEKLY_WINDOW) ||
		    (rows[i].type == TYPE_WEEKLY_WINDOW &&
		     rows[j].type == TYPE_DAILY_WINDOW))
			keep_row(k, &rows[j]);
	}
}

/* The rows wanted, and those without which they cannot be judged. Owned. */
static bool *rows_to_keep(enum kind kind, const bool *wanted)
{
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	struct keeping k = { .keep = xcalloc(len, sizeof(bool)), .more = true };

	for (size_t i = 0; i < len; i++)
		k.keep[i] = rows[i].read && (!wanted || wanted[i]);
	while (k.more) {
		k.more = false;
		for (size_t i = 0; i < len; i++) {
			if (k.keep[i])
				keep_neighbours(&k, rows, len, i);
		}
	}
	return k.keep;
}

/* ---- one element ------------------------------------------------------ */

#define NO_PIECE SIZE_MAX

/* A text of the element that is being read. */
struct piece {
	size_t start; /* in texts */
	size_t next;  /* of the same path, or NO_PIECE */
};

struct skip {
	char *id; /* may be NULL */
	char *reason;
};

struct listing;

struct rds_page {
	struct listing *listing; /* NULL in tests */
	const struct rds_kind *rds;
	const struct layout *layout;
	const struct place *place;
	bool *keep;
	json_t *seen; /* ids handed over, of all pages */
	/* the element */
	struct strbuf texts; /* each with its NUL */
	struct piece *pieces;
	size_t pieces_len, pieces_cap;
	size_t head[PATHS_MAX], tail[PATHS_MAX], count[PATHS_MAX];
	const char **picked; /* room for the texts of one path */
	size_t picked_cap;
	json_t *pending;
	char *pending_name;
	/* the page */
	struct resource **found;
	size_t found_len, found_cap;
	struct skip *skips;
	size_t skips_len, skips_cap;
	size_t nameless;
};

static void add_piece(struct rds_page *page, size_t path, const char *text,
		      size_t len)
{
	const size_t added = page->pieces_len;

	GROW(page->pieces, page->pieces_len, page->pieces_cap);
	page->pieces[page->pieces_len++] =
		(struct piece){ .start = page->texts.len, .next = NO_PIECE };
	strbuf_add(&page->texts, text, len);
	strbuf_addc(&page->texts, '\0');
	if (page->count[path]++)
		page->pieces[page->tail[path]].next = added;
	else
		page->head[path] = added;
	page->tail[path] = added;
}

/* All texts of a path, in order, valid until the next call. */
static size_t pick(struct rds_page *page, size_t path, const char ***ret_texts)
{
	size_t len = 0;

	for (size_t i = page->count[path] ? page->head[path] : NO_PIECE;
	     i != NO_PIECE; i = page->pieces[i].next) {
		GROW(page->picked, len, page->picked_cap);
		page->picked[len++] = page->texts.buf + page->pieces[i].start;
	}
	*ret_texts = page->picked;
	return len;
}

/* The first text of a path, or NULL where it is absent or empty. */
static const char *first(const struct rds_page *page, enum fixed fixed)
{
	const size_t path = page->layout->fixed[fixed];
	const char *text =
		page->count[path]
			? page->texts.buf + page->pieces[page->head[path]].start
			: "";

	return *text ? text : NULL;
}

static json_t *all(struct rds_page *page, size_t path)
{
	const char **texts;
	const size_t len = pick(page, path, &texts);
	json_t *array = json_array();

	for (size_t i = 0; i < len; i++)
		json_array_append_new(array, json_from_text(texts[i]));
	return array;
}

static json_t *all_fixed(struct rds_page *page, enum fixed fixed)
{
	return all(page, page->layout->fixed[fixed]);
}

static char *lower(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

/* Takes the reason over. */
static void skip(struct rds_page *page, char *reason)
{
	struct skip *skipped;
	const char *id = first(page, FIXED_ID);

	GROW(page->skips, page->skips_len, page->skips_cap);
	skipped = &page->skips[page->skips_len++];
	skipped->id = lower(id);
	skipped->reason = reason;
}

static bool is_aurora(const char *engine)
{
	return engine && (strcmp(engine, "aurora-mysql") == 0 ||
			  strcmp(engine, "aurora-postgresql") == 0);
}

static void read_values(struct rds_page *page, struct resource *resource)
{
	size_t len;
	const struct setting *rows = catalogue_rows(page->rds->kind, &len);

	for (size_t i = 0; i < len; i++) {
		const char **texts;
		size_t texts_len;

		if (!page->keep[i])
			continue;
		texts_len = pick(page, page->layout->rows[i], &texts);
		resource->values[i] =
			value_from_wire(&rows[i], texts, texts_len);
	}
	for (size_t i = 0; i < len; i++) {
		const struct setting *with =
			rows[i].only_with ? catalogue_lookup(page->rds->kind,
							     rows[i].only_with)
					  : NULL;

		if (page->keep[i] && with &&
		    rds_is_off(resource_value(resource, with))) {
			json_decref(resource->values[i]);
			resource->values[i] = json_null();
		}
	}
}

/* A set of which only the difference is pending. */
static json_t *pending_set(struct rds_page *page,
			   const struct resource *resource,
			   const struct setting *row)
{
	CLEANUP(json_release) json_t *on = all_fixed(page, FIXED_EXPORTS_ON);
	CLEANUP(json_release) json_t *off = all_fixed(page, FIXED_EXPORTS_OFF);
	CLEANUP(json_release)
	json_t *both = set_union(resource_value(resource, row), on);

	return set_minus(both, off);
}

static void read_pending(struct rds_page *page, struct resource *resource)
{
	size_t len;
	const struct setting *rows = catalogue_rows(page->rds->kind, &len);

	resource->pending_elements =
		page->pending ? TAKE(page->pending) : json_object();
	if (!json_object_size(resource->pending_elements))
		return;
	for (size_t i = 0; i < len; i++) {
		const char *text =
			rows[i].pending ? json_text(resource->pending_elements,
						    rows[i].pending)
					: NULL;

		if (!text || !page->keep[i])
			continue;
		resource->pending[i] =
			rows[i].write_remove
				? pending_set(page, resource, &rows[i])
				: value_from_wire(&rows[i], &text, 1);
	}
}

static void read_tags(struct rds_page *page, struct resource *resource)
{
	CLEANUP(json_release) json_t *keys = all_fixed(page, FIXED_TAG_KEY);
	CLEANUP(json_release) json_t *values = all_fixed(page, FIXED_TAG_VALUE);
	size_t i;
	json_t *key;

	resource->tags = json_object();
	json_array_foreach(keys, i, key) {
		json_object_set(resource->tags, json_string_value(key),
				json_array_get(values, i));
	}
}

static void read_owner(struct rds_page *page, struct resource *resource)
{
	static const char *const owned[] = { "backup_retention_period",
					     "preferred_backup_window" };
	const char *arn = first(page, FIXED_BACKUP_OWNER);
	CLEANUP(free_ptr) char *reason = NULL;

	for (size_t i = 0; arn && i < ARRAY_SIZE(owned); i++) {
		const struct setting *row =
			catalogue_lookup(page->rds->kind, owned[i]);

		if (!row || row->standing != STANDING_WRITABLE)
			continue;
		if (!reason)
			reason =
				xasprintf("AWS Backup owns it (recovery point "
					  "'%s'); change the backup plan there",
					  arn);
		if (!resource->owned_elsewhere)
			resource->owned_elsewhere = json_object();
		json_object_set_new(resource->owned_elsewhere, owned[i],
				    json_from_text(reason));
	}
}

static void read_facts(struct rds_page *page, struct resource *resource)
{
	resource->facts = json_object();
	for (size_t i = 0; page->rds->facts[i]; i++) {
		CLEANUP(json_release)
		json_t *texts = all(page, page->layout->facts[i]);

		if (json_array_size(texts))
			json_object_set(resource->facts, page->rds->facts[i],
					texts);
	}
}

/* A group that waits for a reboot is named already, but not in effect. */
static void read_group(struct rds_page *page, struct resource *resource)
{
	const struct setting *row =
		catalogue_lookup(page->rds->kind, page->rds->group_setting);
	const size_t i = catalogue_index(row);
	json_t *statuses =
		json_object_get(resource->facts, page->rds->group_status);

	if (page->keep[i] && (json_array_has(statuses, "pending-reboot") ||
			      json_array_has(statuses, "applying")))
		resource->pending[i] = json_incref(resource->values[i]);
}

/* A sound element as a resource; NULL: it has no identity. */
static struct resource *make(struct rds_page *page)
{
	const struct rds_kind *rds = page->rds;
	const char *id = first(page, FIXED_ID);
	const char *arn = first(page, FIXED_ARN);
	const char *resource_id = first(page, FIXED_RESOURCE_ID);
	struct resource *resource;

	if (!id || (!resource_id && !arn))
		return NULL;
	resource = resource_new(rds->kind, page->place);
	resource->id = lower(id);
	resource->address = address_of(rds->kind, resource->id);
	resource->resource_id = xstrdup(resource_id ? resource_id : arn);
	resource->arn = xstrdup(arn);
	resource->engine = xstrdup(first(page, FIXED_ENGINE));
	resource->engine_version = xstrdup(first(page, FIXED_VERSION));
	resource->status = lower(first(page, FIXED_STATUS));
	resource->cluster = lower(first(page, FIXED_CLUSTER));
	read_values(page, resource);
	read_pending(page, resource);
	read_tags(page, resource);
	read_owner(page, resource);
	read_facts(page, resource);
	read_group(page, resource);
	return resource;
}

static void element_begins(struct rds_page *page)
{
	page->pieces_len = 0;
	memset(page->count, 0, sizeof(page->count));
	strbuf_clear(&page->texts);
	json_decref(page->pending);
	page->pending = NULL;
	free(TAKE(page->pending_name));
}

static void element_ended(struct rds_page *page)
{
	const char *engine = first(page, FIXED_ENGINE);
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
	if (!first(page, FIXED_CLUSTER)) {
		if (first(page, FIXED_ID))
			skip(page, xstrdup("it is in no cluster"));
		else
			page->nameless++;
		return;
	}
	resource = make(page);
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
	if (id == ID_ELEMENT)
		element_begins(ctx);
}

static void on_name(void *ctx, int id, const char *name)
{
	struct rds_page *page = ctx;

	assert(id == ID_PENDING);
	(void)id;
	free(page->pending_name);
	page->pending_name = xstrdup(name);
}

/* Keys and values are matched by their order: a missing value is empty. */
static void tag_ended(struct rds_page *page)
{
	const size_t *fixed = page->layout->fixed;

	while (page->count[fixed[FIXED_TAG_VALUE]] <
	       page->count[fixed[FIXED_TAG_KEY]])
		add_piece(page, fixed[FIXED_TAG_VALUE], "", 0);
}

static void pending_ended(struct rds_page *page, const char *text)
{
	const char *shown = text;

	if (!page->pending)
		page->pending = json_object();
	if (strcmp(page->pending_name, PASSWORD) == 0)
		shown = "****";
	else if (strcmp(page->pending_name, "CertificateDetails") == 0 &&
		 first(page, FIXED_PENDING_CA))
		shown = first(page, FIXED_PENDING_CA);
	json_object_set_new(page->pending, page->pending_name,
			    json_from_text(shown));
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct rds_page *page = ctx;

	if (id == ID_ELEMENT)
		element_ended(page);
	else if (id == ID_TAG)
		tag_ended(page);
	else if (id == ID_PENDING)
		pending_ended(page, text);
	else
		add_piece(page, (size_t)id, text, len);
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

	page->rds = rds;
	page->layout = layout_of(rds);
	page->place = place;
	page->keep = rows_to_keep(rds->kind, wanted);
	page->seen = json_object();
	page->texts = (struct strbuf)STRBUF_INIT(LIMIT_ANSWER);
	return page;
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
	element_begins(page);
	free(page->found);
	free(page->skips);
	free(page->pieces);
	free(page->picked);
	free(page->keep);
	json_decref(page->seen);
	strbuf_release(&page->texts);
	free(page);
}

/* The first time? A listing that moves between pages repeats resources. */
static bool first_time(struct rds_page *page, const char *id)
{
	if (json_object_get(page->seen, id))
		return false;
	json_object_set_new(page->seen, id, json_true());
	return true;
}

int rds_page_take(struct rds_page *page, const struct read_request *request,
		  struct error *err)
{
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
			request->skipped(request->ctx, page->rds->kind,
					 skipped->id, skipped->reason);
	}
	page->found_len = 0;
	rds_page_begin(page);
	if (nameless)
		return error_set(err, ERR_INCOMPLETE,
				 "%s answered with %zu resources that have no "
				 "'%s' or no '%s'",
				 page->rds->describe, nameless, page->rds->id,
				 page->rds->resource_id);
	return 0;
}

/* ---- the listings ----------------------------------------------------- */

struct reader;

/* One paged listing. */
struct listing {
	struct reader *reader;
	struct rds_page *page;
	json_t *parameters;
};

struct reader {
	const struct rds_kind *rds;
	struct read_request request;
	json_t *lanes; /* ids of the lanes as keys; NULL: all */
	json_t *seen;  /* of all listings */
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
	json_decref(reader->seen);
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
	struct reader *reader = page->listing->reader;
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
	struct reader *reader = ((struct rds_page *)ctx)->listing->reader;
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

	json_decref(page->seen);
	page->seen = json_incref(reader->seen);
	page->listing = &reader->listings[reader->len];
	reader->listings[reader->len++] = (struct listing){
		.reader = reader,
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
				  .ctx = listing },
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

	*reader = (struct reader){ .rds = rds,
				   .request = *request,
				   .seen = json_object() };
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
