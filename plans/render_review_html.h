/* The parts of the page of a review. Only plans/render_review_html*.c. */
#ifndef ABACK_PLANS_RENDER_REVIEW_HTML_H
#define ABACK_PLANS_RENDER_REVIEW_HTML_H

#include <stdbool.h>

#include "core/json.h"
#include "core/strbuf.h"
#include "plans/html.h"
#include "plans/render_review.h"
#include "plans/review.h"

void html_severity(struct strbuf *out, const char *severity);
/* A time of a document, as a machine reads it too. */
void html_time(struct strbuf *out, const char *when);

/*
 * Anchors: of a control's row, of its findings, of a finding's evidence. Owned.
 */
char *html_anchor(const char *of, const char *id);
#define ANCHOR_CONTROL "c-"
#define ANCHOR_FINDINGS "k-"
#define ANCHOR_EVIDENCE "e-"
/* `<a href="#…">`; the caller closes it. */
void html_link(struct strbuf *out, const char *of, const char *id);

/* Which clusters fail which controls. */
void html_review_map(const json_t *review, struct strbuf *out);
/* Each control, what it is for, and how it came out. */
void html_review_controls(const json_t *review, struct strbuf *out);
/* Findings of that status ("failed"), by control, each with its evidence. */
void html_review_findings(const json_t *review, const char *status,
			  struct strbuf *out);
/*
 * {control: true} of those that have findings that are shown as failed, and so
 * their anchor. New reference.
 */
json_t *html_review_linked(const json_t *review);
/* Past reviews as a picture and as a table. */
void html_review_trend(const json_t *review, struct strbuf *out);
/* What was changed since the last review, by us and by others. */
void html_review_timeline(const json_t *review, struct strbuf *out);

#endif
