/*
 * What people are told: one small document for each occasion, and the forms in
 * which it is sent.
 *
 * "aback-notification/1": {"format", "occasion", "at", "tool", "subject": one
 * line, "lines": [texts], "found": is it bad news, "details": what the occasion
 * gives to a program}. There is no secret in what it is made of.
 */
#ifndef ABACK_PLANS_NOTIFICATION_H
#define ABACK_PLANS_NOTIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"
#include "core/strbuf.h"

/* So many findings and differences are told one by one. */
#define NOTIFICATION_LISTED_MOST 10

/*
 * Of a review that is over ("aback-review/1"); details: {"review": its id,
 * times, targets, summary, previous, "recorded", "findings": the worst}.
 */
json_t *notification_of_review(const json_t *review, bool recorded, bool found,
			       int64_t at);
/* Of "aback-due/1", which is the details. */
json_t *notification_of_due(const json_t *due, int64_t at);
/*
 * Of "aback-drift/1"; details: {"summary", "differences": the first}.
 */
json_t *notification_of_drift(const json_t *drift, int64_t at);

/* A gate that was passed by, and why: what and who, by the change's record. */
struct broken_glass {
	const char *reason;
	const char *change_id;
	const char *caller; /* NULL: not known */
	const char *what;   /* the plan's headline */
};
json_t *notification_of_break_glass(const struct broken_glass *glass,
				    int64_t at);

/* The subject and the lines, for a mail. */
void notification_text(const json_t *notification, struct strbuf *out);
/* As Slack's webhooks take it. New reference. */
json_t *notification_slack(const json_t *notification);

#endif
