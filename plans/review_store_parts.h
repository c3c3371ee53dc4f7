/* What the files plans/review_store*.c share. */
#ifndef ABACK_PLANS_REVIEW_STORE_PARTS_H
#define ABACK_PLANS_REVIEW_STORE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/review_store.h"
#include "state/store.h"

/* A time of the document; false: it has none there. */
bool review_time(const json_t *review, const char *key, int64_t *ret_when);
/* A number of its summary. */
long long review_store_count(const json_t *review, const char *key);
/* The review of that id, which is whole and there. */
MUST_CHECK int review_load(struct store *store, const char *id,
			   struct review_record *ret_record, struct error *err);
/* Is it signed off? */
MUST_CHECK int review_is_signed(struct store *store, const char *id,
				bool *ret_signed, struct error *err);
/* Commit one file of a review. */
MUST_CHECK int review_write(struct store *store, const char *id,
			    const char *file, const json_t *value,
			    const char *subject, struct error *err);

#endif
