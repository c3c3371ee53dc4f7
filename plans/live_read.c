/* Reading live state: every kind of every place side by side. */
#include "plans/live.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/lookup.h"

/* What is listed, what that refers to, and what that refers to in turn. */
#define ROUNDS 3

/* ---- one kind in one place -------------------------------------------- */

struct reading;

/* A read of one kind in one place; ctx of its callbacks. */
struct part {
	struct reading *reading;
	const struct place *place;
	const struct kind_ops *ops;
	const char **ids;
	size_t ids_len;
	struct error err;
};

struct reading {
	struct aws *aws;
	struct live *live;
	const bool *const *rows; /* by kind; NULL: all */
	json_t *ids;             /* what by_reference kinds are asked for */
	bool references;
	struct lookups *lookups;          /* NULL: none */
	const struct live_wanted *wanted; /* NULL: somebody looks */
	const char *const *lanes;
	size_t lanes_len;
	struct part *parts;
	size_t len;
	size_t running;
	void (*ended)(struct reading *reading); /* NULL: somebody looks */
	void (*done)(void *ctx, struct live *live, const struct error *err);
	void *done_ctx;
};

static void reading_release(struct reading *reading)
{
	for (size_t i = 0; i < reading->len; i++) {
		free(reading->parts[i].ids);
		error_release(&reading->parts[i].err);
	}
	free(reading->parts);
	json_decref(reading->ids);
	lookups_free(reading->lookups);
	live_free(reading->live);
}

static json_t *object_in(json_t *object, const char *key)
{
	json_t *inner = json_object_get(object, key);

	if (!inner) {
		inner = json_object();
		json_object_set_new(object, key, inner);
	}
	return inner;
}

/* ids: {"<place>": {"<kind>": {"<id>": true, or false once asked for}}} */
static void want_id(json_t *ids, const char *place, const char *kind,
		    const char *id)
{
	json_t *of_kind = object_in(object_in(ids, place), kind);

	if (!json_object_get(of_kind, id))
		json_object_set_new(of_kind, id, json_true());
}

struct referring {
	struct reading *reading;
	const struct resource *resource;
};

static void on_reference(void *ctx, enum kind kind, const char *id)
{
	const struct referring *from = ctx;
	const struct live_wanted *wanted = from->reading->wanted;
	const struct kind_ops *ops = kind_ops(kind);
	CLEANUP(free_ptr) char *global = NULL;

	assert(kind_ops(from->resource->kind)->refers_to >> kind & 1);
	if (wanted && !wanted->kinds[kind])
		return;
	global = xasprintf("%s/global", from->resource->place->account_id);
	want_id(from->reading->ids,
		ops->global ? global : from->resource->place->name, ops->name,
		id);
}

/* What the resource will use when it is as the rules want it. */
static void foresee(const struct part *part, struct resource *resource,
		    struct referring *from)
{
	const struct live_wanted *wanted = part->reading->wanted;
	struct resource copy = *resource;
	const size_t rows = copy.rows;

	if (!wanted || !wanted->foresee)
		return;
	copy.values = xcalloc(rows + 1, sizeof(*copy.values));
	for (size_t i = 0; i < rows; i++)
		copy.values[i] = json_incref(resource->values[i]);
	wanted->foresee(wanted->foresee_ctx, resource, copy.values);
	part->ops->references(&copy, on_reference, from);
	resource->foreseen = copy.values;
	resource->foreseen_rows = rows;
}

static bool is_lenient(const struct reading *reading)
{
	return reading->wanted && reading->wanted->lenient;
}

static void on_found(void *ctx, struct resource *resource)
{
	struct part *part = ctx;
	struct referring from = { .reading = part->reading,
				  .resource = resource };

	if (is_lenient(part->reading) && !resource->reads)
		resource_set_read(resource, NULL,
				  aws_answer(part->reading->aws));
	if (part->reading->references && part->ops->references) {
		part->ops->references(resource, on_reference, &from);
		foresee(part, resource, &from);
	}
	if (part->reading->lookups)
		lookups_ask(part->reading->lookups, resource);
	live_add(part->reading->live, resource);
}

static void on_skipped(void *ctx, enum kind kind, const char *id,
		       const char *reason)
{
	struct part *part = ctx;

	live_skip(part->reading->live, part->place->name, kind, id, reason);
}

static void on_unread(void *ctx, enum kind kind, const char *id,
		      const struct error *err)
{
	struct part *part = ctx;

	live_add_unread(part->reading->live, part->place->name, kind, id, 0,
			err);
}

static bool matters(void *ctx, const struct resource *resource,
		    const struct setting *setting)
{
	const struct part *part = ctx;
	const struct live_wanted *wanted = part->reading->wanted;

	return !wanted || !wanted->matters ||
	       wanted->matters(wanted->foresee_ctx, resource, setting);
}

static void on_done(void *ctx, const struct error *err)
{
	struct part *part = ctx;
	struct reading *reading = part->reading;

	if (err)
		error_copy(&part->err, err);
	if (!--reading->running && reading->ended)
		reading->ended(reading);
}

/* Was all read that this kind's reading looks at besides? */
static bool has_beside(const struct reading *reading,
		       const struct kind_ops *ops)
{
	if (!ops->beside || !reading->wanted)
		return false;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		if (ops->beside & 1u << kind && !reading->wanted->kinds[kind])
			return false;
	}
	return true;
}

static void start_part(struct part *part)
{
	const struct reading *reading = part->reading;
	const struct read_request request = {
		.aws = reading->aws,
		.place = part->place,
		.lanes = reading->lanes,
		.lanes_len = reading->lanes_len,
		.ids = part->ids,
		.ids_len = part->ids_len,
		.wanted = reading->rows ? reading->rows[part->ops->kind] : NULL,
		.matters = matters,
		.live = has_beside(reading, part->ops) ? reading->live : NULL,
		.foresee = reading->wanted ? reading->wanted->foresee : NULL,
		.foresee_ctx =
			reading->wanted ? reading->wanted->foresee_ctx : NULL,
		.reports = is_lenient(reading),
		.found = on_found,
		.skipped = on_skipped,
		.unread = is_lenient(reading) ? on_unread : NULL,
		.done = on_done,
		.ctx = part,
	};

	part->ops->read(&request);
}

/* All parts from `first` on. A part may end before its read returns. */
static void start_parts(struct reading *reading, size_t first)
{
	const size_t end = reading->len;

	reading->running = end - first + 1; /* one is for this function */
	for (size_t i = first; i < end; i++)
		start_part(&reading->parts[i]);
	if (!--reading->running && reading->ended)
		reading->ended(reading);
}

static struct part *add_part(struct reading *reading, const struct place *place,
			     const struct kind_ops *ops)
{
	struct part *part = &reading->parts[reading->len++];

	*part = (struct part){ .reading = reading, .place = place, .ops = ops };
	return part;
}

/* ---- everything, everywhere ------------------------------------------- */

static void add_listed(struct reading *reading, const struct places *places,
		       const struct live_wanted *wanted)
{
	for (size_t p = 0; p < places->len; p++) {
		for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
			const struct kind_ops *ops = kind_ops(kind);

			if (wanted->kinds[kind] && !ops->by_reference &&
			    ops->global == places->items[p].global)
				(void)add_part(reading, &places->items[p], ops);
		}
	}
}

/* Those that nobody has been asked for. */
static size_t count_open(json_t *ids)
{
	size_t count = 0;
	const char *id;
	json_t *value;

	json_object_foreach(ids, id, value)
		count += json_is_true(value);
	return count;
}

static void add_ids(struct part *part, json_t *ids)
{
	const char *id;
	json_t *value;

	part->ids = xcalloc(json_object_size(ids) + 1, sizeof(*part->ids));
	json_object_foreach(ids, id, value) {
		if (json_is_true(value))
			part->ids[part->ids_len++] = id;
	}
	for (size_t i = 0; i < part->ids_len; i++)
		(void)json_object_set_new(ids, part->ids[i], json_false());
}

static void add_referred(struct reading *reading, const struct places *places,
			 const struct live_wanted *wanted)
{
	for (size_t p = 0; p < places->len; p++) {
		const struct place *place = &places->items[p];
		json_t *kinds = json_object_get(reading->ids, place->name);

		for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
			const struct kind_ops *ops = kind_ops(kind);
			json_t *ids = json_object_get(kinds, ops->name);

			if (wanted->kinds[kind] && ops->by_reference &&
			    count_open(ids) && ops->global == place->global)
				add_ids(add_part(reading, place, ops), ids);
		}
	}
}

static void take_ids(struct reading *reading, const json_t *wanted)
{
	const char *place, *kind;
	json_t *kinds, *ids, *id;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)wanted, place, kinds) {
		json_object_foreach(kinds, kind, ids) {
			json_array_foreach(ids, i, id)
				want_id(reading->ids, place, kind,
					json_string_value(id));
		}
	}
}

/* What lies with other resources, when all are there. */
static void complete(struct live *live)
{
	live_sort(live);
	for (size_t i = 0; i < live->len; i++) {
		struct resource *resource = live->items[i];
		const struct kind_ops *ops = kind_ops(resource->kind);

		if (ops->complete)
			ops->complete(resource, live);
	}
}

static bool is_open(const struct reading *reading)
{
	return reading->running ||
	       (reading->lookups && lookups_open(reading->lookups));
}

/* What keeps a look-up from an answer keeps the place from being read. */
static void take_lookup_errors(struct reading *reading)
{
	for (size_t i = 0; reading->lookups && i < reading->len; i++) {
		struct part *part = &reading->parts[i];
		const struct error *err =
			lookups_error(reading->lookups, part->place);

		if (err && !error_is_set(&part->err))
			error_copy(&part->err, err);
	}
}

static void wait_for(struct reading *reading)
{
	while (is_open(reading)) {
		const size_t ended = aws_step(reading->aws, INT64_MAX);

		/* else nothing would ever end it */
		assert(ended || aws_in_flight(reading->aws));
		(void)ended;
	}
}

/* What failed so far is said, and the reading goes on. */
static void excuse(struct reading *reading)
{
	if (reading->lookups)
		lookups_excuse(reading->lookups, reading->live);
	for (size_t i = 0; i < reading->len; i++) {
		struct part *part = &reading->parts[i];

		if (!error_is_set(&part->err) ||
		    part->err.code == ERR_INTERRUPTED)
			continue;
		live_add_unread(reading->live, part->place->name,
				part->ops->kind, NULL, 0, &part->err);
		error_release(&part->err);
	}
}

static bool any_failed(const struct reading *reading)
{
	for (size_t i = 0; i < reading->len; i++) {
		if (error_is_set(&reading->parts[i].err))
			return true;
	}
	return false;
}

/* A target needs its own place and its account's global one. */
static bool read_whole(const struct reading *reading, const struct place *place)
{
	for (size_t i = 0; i < reading->len; i++) {
		const struct part *part = &reading->parts[i];

		if (error_is_set(&part->err) &&
		    (part->place == place ||
		     (part->place->global &&
		      strcmp(part->place->account_id, place->account_id) == 0)))
			return false;
	}
	return true;
}

/* Which targets can be planned without those that failed. */
static void hint_targets(const struct reading *reading,
			 const struct places *places, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf targets = STRBUF_INIT(LIMIT_MESSAGE);
	CLEANUP(free_ptr) char *before = NULL;

	for (size_t i = 0; i < places->len; i++) {
		const struct place *place = &places->items[i];

		if (!place->global && read_whole(reading, place))
			strbuf_addf(&targets, " --target %s", place->name);
	}
	if (!targets.len)
		return;
	before = xstrdup(err->hint);
	error_hint(err, "%s%swhat could be read whole:%s", before ? before : "",
		   before ? "; " : "", targets.buf);
}

static int fail(const struct reading *reading, const struct places *places,
		struct error *err)
{
	size_t i = 0;

	while (!error_is_set(&reading->parts[i].err))
		i++;
	const struct part *part = &reading->parts[i];

	error_copy(err, &part->err);
	hint_targets(reading, places, err);
	return error_wrap(err, "reading the %ss of '%s' in %s", part->ops->name,
			  part->place->name, part->place->path);
}

DEFINE_CLEANUP(reading_cleanup, struct reading *, reading_release)

int live_read(struct aws *aws, const struct places *places,
	      const struct live_wanted *wanted, struct live **ret_live,
	      struct error *err)
{
	struct reading reading = { .aws = aws,
				   .live = live_new(),
				   .rows = wanted->rows,
				   .wanted = wanted,
				   .ids = json_object(),
				   .references = wanted->references,
				   .lookups = lookups_new(aws, wanted->lookups,
							  wanted->lenient) };
	CLEANUP(reading_cleanup) struct reading *held = &reading;
	size_t first = 0;

	(void)held;
	reading.parts = xcalloc(places->len * KIND_COUNT * ROUNDS + 1,
				sizeof(*reading.parts));
	take_ids(&reading, wanted->ids);
	add_listed(&reading, places, wanted);
	for (int round = 1; first < reading.len || round == 1; round++) {
		start_parts(&reading, first);
		wait_for(&reading);
		if (is_lenient(&reading))
			excuse(&reading);
		take_lookup_errors(&reading);
		first = reading.len;
		if (!any_failed(&reading) && round < ROUNDS)
			add_referred(&reading, places, wanted);
	}
	if (any_failed(&reading))
		return fail(&reading, places, err);
	if (reading.lookups)
		lookups_give(reading.lookups, reading.live);
	complete(reading.live);
	*ret_live = TAKE(reading.live);
	return 0;
}

/* ---- some lanes of one place ------------------------------------------ */

static void observed(struct reading *reading)
{
	const struct error *err = NULL;

	for (size_t i = 0; i < reading->len && !err; i++) {
		if (error_is_set(&reading->parts[i].err))
			err = &reading->parts[i].err;
	}
	if (!err)
		complete(reading->live);
	reading->done(reading->done_ctx, err ? NULL : TAKE(reading->live), err);
	reading_release(reading);
	free(reading);
}

void live_observe(struct aws *aws, const struct place *place,
		  enum kind lane_kind, const char *const *lanes,
		  size_t lanes_len,
		  void (*done)(void *ctx, struct live *live,
			       const struct error *err),
		  void *ctx)
{
	struct reading *reading = xcalloc(1, sizeof(*reading));

	*reading = (struct reading){ .aws = aws,
				     .live = live_new(),
				     .ids = json_object(),
				     .lanes = lanes,
				     .lanes_len = lanes_len,
				     .ended = observed,
				     .done = done,
				     .done_ctx = ctx };
	reading->parts = xcalloc(KIND_COUNT, sizeof(*reading->parts));
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		const struct kind_ops *ops = kind_ops(kind);

		if (lanes_len && ops->lane_kind == lane_kind &&
		    ops->global == place->global)
			(void)add_part(reading, place, ops);
	}
	start_parts(reading, 0);
}
