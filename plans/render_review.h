/*
 * What the renderers of a review share (plans/review.h has the document's
 * members). Only plans/render_review*.c use this.
 */
#ifndef ABACK_PLANS_RENDER_REVIEW_H
#define ABACK_PLANS_RENDER_REVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/render_parts.h"

/* A member's text, or "". Borrowed. */
const char *review_text(const json_t *object, const char *key);
/* A member's number, or 0. */
size_t review_count(const json_t *object, const char *key);
/* Is the member that text? */
bool review_is(const json_t *object, const char *key, const char *text);
/* The control of that id in the document, or NULL. Borrowed. */
const json_t *review_control(const json_t *review, const char *id);
/* ["CIS Aurora 2.0.0 2.11", …]. New reference. */
json_t *review_references(const json_t *control);
/*
 * "prod CloudTrail trails: cloudtrail:DescribeTrails, AccessDenied: not
 * authorized (request 1b2c)"
 */
void review_unread_line(const json_t *unread, struct strbuf *out);
/* "by Alice at 2026-11-25T09:00:00Z: two to mend"; nothing where nobody did. */
void review_sign_off_line(const json_t *review, struct strbuf *out);
/* Who can mend it: "to plan", "to decide", "one-way", "to know". */
const char *review_fix_word(const json_t *fix);

/* ---- render_events.c ---- */

/* Those of others as a folded table of at most so many; null: nothing. */
void md_events(const json_t *events, size_t most, struct strbuf *out);
/* The same as lines. */
void page_events(struct page *page, const json_t *events);

#endif
