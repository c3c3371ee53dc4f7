/*
 * A review: every control judged over what is live, and written down as one
 * document with the evidence, `aback-review/1` (docs/review.md has its
 * members). Everything that people read of a review is rendered from it.
 *
 * Sequence: surroundings_start with review_parts, review_reads_new, live_read
 * with that, last_accessed_read, review_ask_log_groups, surroundings_wait,
 * review_make, then one of the renderers below.
 */
#ifndef ABACK_PLANS_REVIEW_H
#define ABACK_PLANS_REVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/controls.h"
#include "plans/desired.h"
#include "plans/live.h"
#include "plans/place.h"
#include "plans/render.h"
#include "plans/surroundings.h"

#define REVIEW_FORMAT "aback-review/1"

/*
 * What live_read is to read for a review: every kind, leniently, and of each
 * what controls look at.
 */
struct review_reads; /* owns what live_wanted points to */
struct review_reads *review_reads_new(const struct live_wanted **ret_wanted);
void review_reads_free(struct review_reads *reads);
/* The parts of the surroundings that controls look at, for surroundings_start.
 */
unsigned review_parts(void);
/* Ask for the log groups that what is live writes to. */
void review_ask_log_groups(struct surroundings *surroundings,
			   const struct live *live);

struct review_input {
	const struct desired *desired; /* rules and waivers; NULL: none */
	const struct places *places;
	const struct live *live;
	const json_t *closed;       /* of places_open_some; NULL: none */
	const json_t *surroundings; /* NULL: nobody asked */
	const char *id;             /* record_new_id of when it began */
	const char *created_by;     /* the caller's ARN, or NULL */
	int64_t started_at, finished_at;
	enum severity threshold; /* findings below it are not shown */
	/* what goes into the document as it is; NULL: null, or [] */
	const json_t *events, *changes;
};

/*
 * The document, as if it were the first: review_store_link adds what earlier
 * reviews tell. New reference.
 */
json_t *review_make(const struct review_input *input);

/* Its own entry of `trend`. New reference. */
json_t *review_trend_entry(const json_t *review);

/*
 * Has it a finding at or above its threshold that nobody waived, or has it not
 * seen what a control of that severity needs?
 */
bool review_found(const json_t *review);
/* Is the finding, or the control, at or above the review's threshold? */
bool review_shows(const json_t *review, const json_t *item);

/* "3 findings (1 critical, 2 low), 1 waived, 2 not read" */
void review_headline(const json_t *review, struct strbuf *out);

/*
 * The renderers, one for each value of `aback review --format`. All have the
 * same arguments, so that cmd/review.c has them in a table; who needs no style
 * does not look at it.
 */
typedef void (*review_render_fn)(const json_t *review,
				 const struct render_style *style,
				 struct strbuf *out);
void render_review_text(const json_t *review, const struct render_style *style,
			struct strbuf *out);
void render_review_json(const json_t *review, const struct render_style *style,
			struct strbuf *out);
void render_review_markdown(const json_t *review,
			    const struct render_style *style,
			    struct strbuf *out);
/* SARIF 2.1.0 */
void render_review_sarif(const json_t *review, const struct render_style *style,
			 struct strbuf *out);
/* OCSF 1.3 compliance findings */
void render_review_ocsf(const json_t *review, const struct render_style *style,
			struct strbuf *out);
void render_review_csv(const json_t *review, const struct render_style *style,
		       struct strbuf *out);
void render_review_html(const json_t *review, const struct render_style *style,
			struct strbuf *out);

/* JSON Schema (draft 2020-12) of the document. New reference. */
json_t *review_document_schema(void);

#endif
