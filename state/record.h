/*
 * Change records: changes/<id>/{change,plan,prior,result}.json and
 * journal.jsonl. Only a change without result.json is unfinished.
 */
#ifndef ABACK_STATE_RECORD_H
#define ABACK_STATE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "state/store.h"

/* "20261124T021530Z-a1b2c3", from the time and random bytes. Owned. */
char *record_new_id(int64_t now);
/*
 * The same, but of a second later than every change in the store, so that the
 * order of ids is the order of changes even when two begin within one second.
 */
MUST_CHECK int record_next_id(struct store *store, int64_t now, char **ret_id,
			      struct error *err);
/* Is it of that form? */
bool record_is_id(const char *text);

/* Where records with such ids stand: changes/, reviews/. */
struct record_shelf {
	const char *directory;
	const char *one;  /* "change" */
	const char *all;  /* the command that lists them; NULL: none does */
	const char *none; /* what to say where there is none */
};
extern const struct record_shelf record_changes, record_reviews;

/* record_next_id of any shelf. */
MUST_CHECK int record_shelf_next_id(struct store *store,
				    const struct record_shelf *shelf,
				    int64_t now, char **ret_id,
				    struct error *err);
/* All ids, oldest first, as a new array of strings. */
MUST_CHECK int record_shelf_ids(struct store *store,
				const struct record_shelf *shelf,
				json_t **ret_ids, struct error *err);
/*
 * The id that is this text, or the only one that begins with it. Owned.
 * ERR_NOT_FOUND, with the newest ids as a hint.
 */
MUST_CHECK int record_shelf_find(struct store *store,
				 const struct record_shelf *shelf,
				 const char *text, char **ret_id,
				 struct error *err);

struct record {
	char *id;
	json_t *change; /* change.json */
	json_t *result; /* result.json; NULL: unfinished */
};
void record_release(struct record *record);

/* changes/<id>/<file>. Owned. */
char *record_path(const char *id, const char *file);

/*
 * The change with that id, or the one whose id begins with it when only one
 * does. ERR_NOT_FOUND, with the nearest or the newest ids as a hint.
 */
MUST_CHECK int record_load(struct store *store, const char *id,
			   struct record *ret_record, struct error *err);
/* prior.json and plan.json of a change. New references / owned bytes. */
MUST_CHECK int record_prior(struct store *store, const char *id,
			    json_t **ret_prior, struct error *err);
MUST_CHECK int record_plan(struct store *store, const char *id,
			   struct strbuf *ret_bytes, struct error *err);

/*
 * Each change after that id (NULL: all), oldest first, with one of them in
 * memory at a time: record is valid during the call. A failure of `each` ends
 * it.
 */
MUST_CHECK int records_each(struct store *store, const char *after,
			    int (*each)(const struct record *record, void *ctx,
					struct error *err),
			    void *ctx, struct error *err);

struct records {
	struct record *items; /* oldest first */
	size_t len, cap;
};
/* All changes, oldest first. */
MUST_CHECK int records_load(struct store *store, struct records *ret_records,
			    struct error *err);
void records_release(struct records *records);

/* The id of the newest change, or NULL. Owned. */
MUST_CHECK int record_newest(struct store *store, char **ret_id,
			     struct error *err);
/* The id of the change that ran this plan, or NULL. Owned. */
MUST_CHECK int record_of_plan(struct store *store, const char *plan_id,
			      char **ret_id, struct error *err);

/*
 * Was the change recorded, and has it no result? No for what is no change's id;
 * change may be NULL.
 */
MUST_CHECK int record_is_unfinished(struct store *store, const char *change,
				    bool *ret_unfinished, struct error *err);

#endif
