#include "state/record.h"

#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"

const struct record_shelf record_changes = {
	.directory = "changes",
	.one = "change",
	.all = "aback history",
	.none = "nothing has been applied yet",
};
const struct record_shelf record_reviews = {
	.directory = "reviews",
	.one = "review",
	.none = "make the first one with: aback review",
};

#define ID_FORM "ddddddddTddddddZ-xxxxxx" /* d: digit, x: hex digit */
#define HINTED_IDS 3
#define AHEAD_MOST_S INT64_C(86400)

char *record_new_id(int64_t now)
{
	char text[CLOCK_TEXT_MAX];
	unsigned char random[3];
	char hex[7];

	random_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), hex);
	return xasprintf("%s-%s", clock_basic(now, text), hex);
}

bool record_is_id(const char *text)
{
	static const char form[] = ID_FORM;

	for (size_t i = 0; form[i]; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == 'd' ? !digit
		    : form[i] == 'x'
			    ? !digit && !(text[i] >= 'a' && text[i] <= 'f')
			    : text[i] != form[i])
			return false;
	}
	return !text[sizeof(form) - 1];
}

void record_release(struct record *record)
{
	free(record->id);
	json_decref(record->change);
	json_decref(record->result);
	*record = (struct record){ 0 };
}

char *record_path(const char *id, const char *file)
{
	return xasprintf("changes/%s/%s", id, file);
}

/* ---- reading one ----------------------------------------------------- */

static int damaged(struct store *store, const char *path, const char *why,
		   struct error *err)
{
	(void)error_set(err, ERR_STATE, "the state repository '%s' is damaged",
			store_path(store));
	error_where(err, "%s: %s", path, why);
	error_hint(err, "see who wrote it: git -C '%s' log -p main -- '%s'",
		   store_path(store), path);
	return -1;
}

/* Is it an object of that format, and of the version that is known? */
static int check_document(struct store *store, const char *path,
			  const json_t *value, const char *stem,
			  struct error *err)
{
	const char *format = json_text(value, "format");
	size_t len = strlen(stem);

	if (!format || strncmp(format, stem, len) != 0 || format[len] != '/')
		return damaged(store, path, "not a document of its kind", err);
	if (!strcmp(format + len, "/1"))
		return 0;
	(void)error_set(err, ERR_STATE,
			"'%s' of the state repository has the format '%s', "
			"which this aback does not know",
			path, format);
	error_hint(err, "install a newer aback");
	return -1;
}

/* A file of a change that must be there. */
static int read_document(struct store *store, const char *id, const char *file,
			 const char *stem, json_t **ret_value,
			 struct error *err)
{
	CLEANUP(free_ptr) char *path = record_path(id, file);
	CLEANUP(json_release) json_t *value = NULL;

	if (store_read_json(store, path, &value, err))
		return -1;
	if (!value)
		return damaged(store, path, "missing", err);
	if (check_document(store, path, value, stem, err))
		return -1;
	*ret_value = TAKE(value);
	return 0;
}

static int load(struct store *store, const char *id, struct record *ret_record,
		struct error *err)
{
	CLEANUP(record_release) struct record record = { 0 };
	CLEANUP(free_ptr) char *path = record_path(id, "result.json");

	record.id = xstrdup(id);
	if (read_document(store, id, "change.json", "aback-change",
			  &record.change, err) ||
	    store_read_json(store, path, &record.result, err))
		return -1;
	if (record.result &&
	    check_document(store, path, record.result, "aback-result", err))
		return -1;
	*ret_record = record;
	memset(&record, 0, sizeof(record)); /* it is the caller's now */
	return 0;
}

/* ---- finding --------------------------------------------------------- */

struct ids {
	char **items; /* oldest first */
	size_t len, cap;
};

static void ids_release(struct ids *ids)
{
	for (size_t i = 0; i < ids->len; i++)
		free(ids->items[i]);
	free(ids->items);
}

static int add_id(const char *name, bool is_directory, void *ctx,
		  struct error *err)
{
	struct ids *ids = ctx;

	(void)err;
	/* what people put beside the records is none of our business */
	if (!is_directory || !record_is_id(name))
		return 0;
	GROW(ids->items, ids->len, ids->cap);
	ids->items[ids->len++] = xstrdup(name);
	return 0;
}

static int list_shelf(struct store *store, const struct record_shelf *shelf,
		      struct ids *ids, struct error *err)
{
	return store_list(store, shelf->directory, add_id, ids, err);
}

static int list_ids(struct store *store, struct ids *ids, struct error *err)
{
	return list_shelf(store, &record_changes, ids, err);
}

int record_shelf_ids(struct store *store, const struct record_shelf *shelf,
		     json_t **ret_ids, struct error *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	if (list_shelf(store, shelf, &ids, err))
		return -1;
	*ret_ids = json_array();
	for (size_t i = 0; i < ids.len; i++)
		(void)json_array_append_new(*ret_ids,
					    json_string(ids.items[i]));
	return 0;
}

/* Is the moment in a later second than the one that the id begins with? */
static bool is_later(int64_t when, const char *id)
{
	char text[CLOCK_TEXT_MAX];

	(void)clock_basic(when, text);
	return strncmp(text, id, strlen(text)) > 0;
}

int record_next_id(struct store *store, int64_t now, char **ret_id,
		   struct error *err)
{
	return record_shelf_next_id(store, &record_changes, now, ret_id, err);
}

/*
 * The first moment from now on whose id comes after that one: what is to be
 * undone depends on the order. A clock that was further ahead of ours than any
 * mistaken time zone is no reason to follow it.
 */
static int64_t moment_after(const char *newest, int64_t now)
{
	int64_t low = now, high = now + AHEAD_MOST_S;

	if (!is_later(high, newest))
		return now;
	while (low < high) {
		const int64_t middle = low + (high - low) / 2;

		if (is_later(middle, newest))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int record_shelf_next_id(struct store *store, const struct record_shelf *shelf,
			 int64_t now, char **ret_id, struct error *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };
	const char *newest;

	if (list_shelf(store, shelf, &ids, err))
		return -1;
	newest = ids.len ? ids.items[ids.len - 1] : NULL; /* sorted */
	*ret_id = record_new_id(newest ? moment_after(newest, now) : now);
	return 0;
}

/* The newest ids, for somebody who has to choose one. */
static int not_found(const struct record_shelf *shelf, const struct ids *ids,
		     const char *text, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf hint = STRBUF_INIT(KIB);

	(void)error_set(err, ERR_NOT_FOUND, "there is no %s '%s'", shelf->one,
			text);
	for (size_t i = 0; i < ids->len && i < HINTED_IDS; i++)
		strbuf_addf(&hint, "%s%s", i ? ", " : "",
			    ids->items[ids->len - 1 - i]);
	if (ids->len)
		error_hint(err, "the newest are %s%s%s", hint.buf,
			   shelf->all ? "; all of them: " : "",
			   shelf->all ? shelf->all : "");
	else
		error_hint(err, "%s", shelf->none);
	return -1;
}

int record_shelf_find(struct store *store, const struct record_shelf *shelf,
		      const char *text, char **ret_id, struct error *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };
	const char *found = NULL;
	size_t len = strlen(text);

	if (list_shelf(store, shelf, &ids, err))
		return -1;
	for (size_t i = 0; i < ids.len && len; i++) {
		if (strncmp(ids.items[i], text, len) != 0)
			continue;
		if (found) {
			(void)error_set(err, ERR_NOT_FOUND,
					"'%s' stands for more than one %s",
					text, shelf->one);
			error_hint(err, "write more of it: %s or %s", found,
				   ids.items[i]);
			return -1;
		}
		found = ids.items[i];
	}
	if (!found)
		return not_found(shelf, &ids, text, err);
	*ret_id = xstrdup(found);
	return 0;
}

int record_load(struct store *store, const char *id, struct record *ret_record,
		struct error *err)
{
	CLEANUP(free_ptr) char *whole = NULL;

	if (record_shelf_find(store, &record_changes, id, &whole, err))
		return -1;
	return load(store, whole, ret_record, err);
}

int record_prior(struct store *store, const char *id, json_t **ret_prior,
		 struct error *err)
{
	return read_document(store, id, "prior.json", "aback-prior", ret_prior,
			     err);
}

int record_plan(struct store *store, const char *id, struct strbuf *ret_bytes,
		struct error *err)
{
	CLEANUP(free_ptr) char *path = record_path(id, "plan.json");
	bool found;

	if (store_read(store, path, ret_bytes, &found, err))
		return -1;
	return found ? 0 : damaged(store, path, "missing", err);
}

int records_each(struct store *store, const char *after,
		 int (*each)(const struct record *record, void *ctx,
			     struct error *err),
		 void *ctx, struct error *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	if (list_ids(store, &ids, err))
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		CLEANUP(record_release) struct record record = { 0 };

		if (after && strcmp(ids.items[i], after) <= 0)
			continue;
		if (load(store, ids.items[i], &record, err) ||
		    each(&record, ctx, err))
			return -1;
	}
	return 0;
}

void records_release(struct records *records)
{
	for (size_t i = 0; i < records->len; i++)
		record_release(&records->items[i]);
	free(records->items);
	*records = (struct records){ 0 };
}

int records_load(struct store *store, struct records *ret_records,
		 struct error *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };
	CLEANUP(records_release) struct records records = { 0 };

	if (list_ids(store, &ids, err))
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		GROW(records.items, records.len, records.cap);
		if (load(store, ids.items[i], &records.items[records.len], err))
			return -1;
		records.len++;
	}
	*ret_records = records;
	memset(&records, 0, sizeof(records)); /* it is the caller's now */
	return 0;
}

int record_newest(struct store *store, char **ret_id, struct error *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	if (list_ids(store, &ids, err))
		return -1;
	*ret_id = ids.len ? TAKE(ids.items[ids.len - 1]) : NULL; /* sorted */
	return 0;
}

int record_of_plan(struct store *store, const char *plan_id, char **ret_id,
		   struct error *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	*ret_id = NULL;
	if (list_ids(store, &ids, err))
		return -1;
	/* the newest first: a plan that is run twice is run twice soon */
	for (size_t i = ids.len; i > 0; i--) {
		CLEANUP(json_release) json_t *change = NULL;
		const char *plan;

		if (read_document(store, ids.items[i - 1], "change.json",
				  "aback-change", &change, err))
			return -1;
		plan = json_text(change, "plan_id");
		if (plan && !strcmp(plan, plan_id)) {
			*ret_id = TAKE(ids.items[i - 1]);
			return 0;
		}
	}
	return 0;
}

int record_is_unfinished(struct store *store, const char *change,
			 bool *ret_unfinished, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_STORE_FILE);
	CLEANUP(free_ptr) char *begun = NULL;
	CLEANUP(free_ptr) char *ended = NULL;
	bool has_begun, has_ended;

	*ret_unfinished = false;
	if (!change || !record_is_id(change))
		return 0;
	begun = record_path(change, "change.json");
	ended = record_path(change, "result.json");
	if (store_read(store, begun, &text, &has_begun, err) ||
	    store_read(store, ended, &text, &has_ended, err))
		return -1;
	*ret_unfinished = has_begun && !has_ended;
	return 0;
}
