/*
 * From a page of a listing, as it streams, to resources. They are kept until
 * the page was read whole, since an attempt that breaks off is made again.
 */
#include "plans/rds.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/rds_layout.h"
#include "plans/tags.h"
#include "plans/value.h"

#define PASSWORD "MasterUserPassword"

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

struct rds_page {
	void *owner;
	const struct rds_kind *rds;
	const struct rds_layout *layout;
	const struct place *place;
	bool *keep;
	json_t *seen;   /* ids handed over, of all pages */
	size_t counted; /* resources of this reading, repeated ones too */
	/* the element */
	struct strbuf texts; /* each with its NUL */
	struct piece *pieces;
	size_t pieces_len, pieces_cap;
	size_t head[RDS_PATHS_MAX], tail[RDS_PATHS_MAX], count[RDS_PATHS_MAX];
	const char **picked; /* room for the texts of one path */
	size_t picked_cap;
	json_t *pending;
	char *pending_name;
	bool pending_child; /* it is a structure */
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
static const char *first(const struct rds_page *page, enum rds_fixed fixed)
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

static json_t *all_fixed(struct rds_page *page, enum rds_fixed fixed)
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
	const char *id = first(page, RDS_ID);

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
		if (rows[i].type == TYPE_STRING_MAP) {
			resource->values[i] =
				tags_without_reserved(resource->tags);
			continue;
		}
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
		    value_is_off(resource_value(resource, with))) {
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
	CLEANUP(json_release) json_t *on = all_fixed(page, RDS_EXPORTS_ON);
	CLEANUP(json_release) json_t *off = all_fixed(page, RDS_EXPORTS_OFF);
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
	const struct piece *pieces = page->pieces;
	const size_t keys = page->layout->fixed[RDS_TAG_KEY];
	const size_t values = page->layout->fixed[RDS_TAG_VALUE];
	size_t key = page->count[keys] ? page->head[keys] : NO_PIECE;
	size_t value = page->count[values] ? page->head[values] : NO_PIECE;

	resource->tags = json_object();
	for (; key != NO_PIECE && value != NO_PIECE;
	     key = pieces[key].next, value = pieces[value].next)
		json_object_set_new(
			resource->tags, page->texts.buf + pieces[key].start,
			json_from_text(page->texts.buf + pieces[value].start));
}

static void read_owner(struct rds_page *page, struct resource *resource)
{
	static const char *const owned[] = { "backup_retention_period",
					     "preferred_backup_window" };
	const char *arn = first(page, RDS_BACKUP_OWNER);
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
		const size_t path = page->layout->facts[i];

		if (page->count[path])
			json_object_set_new(resource->facts,
					    page->rds->facts[i],
					    all(page, path));
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
	const char *id = first(page, RDS_ID);
	const char *arn = first(page, RDS_ARN);
	const char *resource_id = first(page, RDS_RESOURCE_ID);
	struct resource *resource;

	if (!id || (!resource_id && !arn))
		return NULL;
	resource = resource_new(rds->kind, page->place);
	resource->id = lower(id);
	resource->address = address_of(rds->kind, resource->id);
	resource->resource_id = xstrdup(resource_id ? resource_id : arn);
	resource->arn = xstrdup(arn);
	resource->engine = xstrdup(first(page, RDS_ENGINE));
	resource->engine_version = xstrdup(first(page, RDS_VERSION));
	resource->status = lower(first(page, RDS_STATUS));
	resource->cluster = lower(first(page, RDS_CLUSTER));
	read_tags(page, resource);
	read_values(page, resource);
	read_pending(page, resource);
	read_owner(page, resource);
	read_facts(page, resource);
	read_group(page, resource);
	if (rds->derive)
		rds->derive(resource, page->keep);
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
	const char *engine = first(page, RDS_ENGINE);
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
	if (!first(page, RDS_CLUSTER)) {
		if (first(page, RDS_ID))
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
	if (id == RDS_ID_ELEMENT)
		element_begins(ctx);
	else if (id == RDS_ID_PENDING_CHILD)
		((struct rds_page *)ctx)->pending_child = true;
}

static void on_name(void *ctx, int id, const char *name)
{
	struct rds_page *page = ctx;

	if (id != RDS_ID_PENDING)
		return;
	free(page->pending_name);
	page->pending_name = xstrdup(name);
	page->pending_child = false;
}

/* Keys and values are matched by their order: a missing value is empty. */
static void tag_ended(struct rds_page *page)
{
	const size_t *fixed = page->layout->fixed;

	while (page->count[fixed[RDS_TAG_VALUE]] <
	       page->count[fixed[RDS_TAG_KEY]])
		add_piece(page, fixed[RDS_TAG_VALUE], "", 0);
}

/* The same for the members of the kind's group. */
static void group_ended(struct rds_page *page)
{
	const struct rds_layout *layout = page->layout;
	size_t most = 0;

	for (size_t i = 0; i < layout->group_len; i++) {
		if (page->count[layout->group[i]] > most)
			most = page->count[layout->group[i]];
	}
	for (size_t i = 0; i < layout->group_len; i++) {
		while (page->count[layout->group[i]] < most)
			add_piece(page, layout->group[i], "", 0);
	}
}

static bool blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void add_logs(const struct rds_page *page, enum rds_fixed fixed,
		     const char *how, struct strbuf *out)
{
	const size_t path = page->layout->fixed[fixed];

	for (size_t i = page->count[path] ? page->head[path] : NO_PIECE;
	     i != NO_PIECE; i = page->pieces[i].next)
		strbuf_addf(out, "%s%s %s", out->len ? ", " : "",
			    page->texts.buf + page->pieces[i].start, how);
}

/* What stands in a structure, for people. */
static void show_structure(const struct rds_page *page, struct strbuf *out)
{
	if (strcmp(page->pending_name, "PendingCloudwatchLogsExports") == 0) {
		add_logs(page, RDS_EXPORTS_ON, "on", out);
		add_logs(page, RDS_EXPORTS_OFF, "off", out);
	} else if (strcmp(page->pending_name, "CertificateDetails") == 0 &&
		   first(page, RDS_PENDING_CA)) {
		strbuf_adds(out, first(page, RDS_PENDING_CA));
	} else {
		strbuf_adds(out, "(several values)");
	}
}

static void pending_ended(struct rds_page *page, const char *text)
{
	CLEANUP(strbuf_release) struct strbuf shown = STRBUF_INIT(LIMIT_ANSWER);

	if (strcmp(page->pending_name, PASSWORD) == 0)
		strbuf_adds(&shown, "****");
	else if (!blank(text))
		strbuf_adds(&shown, text);
	else if (page->pending_child)
		show_structure(page, &shown);
	if (!shown.len) /* an empty element: nothing is pending */
		return;
	if (!page->pending)
		page->pending = json_object();
	json_object_set_new(page->pending, page->pending_name,
			    json_from_text(shown.buf));
}

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	struct rds_page *page = ctx;

	if (id == RDS_ID_ELEMENT)
		element_ended(page);
	else if (id == RDS_ID_TAG)
		tag_ended(page);
	else if (id == RDS_ID_GROUP)
		group_ended(page);
	else if (id == RDS_ID_PENDING)
		pending_ended(page, text);
	else if (id != RDS_ID_PENDING_CHILD)
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
	page->layout = rds_layout_of(rds);
	page->place = place;
	page->keep = rds_rows_to_keep(rds->kind, wanted);
	page->seen = json_object();
	page->texts = (struct strbuf)STRBUF_INIT(LIMIT_ANSWER);
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
	if (!nameless)
		return 0;
	(void)error_set(err, ERR_INCOMPLETE,
			"%s answered with %zu resource%s without '%s' or '%s'",
			page->rds->describe, nameless, nameless == 1 ? "" : "s",
			page->rds->id, page->rds->resource_id);
	error_hint(err, "check AWS_ENDPOINT_URL: AWS gives both");
	return -1;
}
