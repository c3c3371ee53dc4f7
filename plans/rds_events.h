/*
 * What RDS itself has written down of a resource: its events, kept for two
 * weeks.
 */
#ifndef ABACK_PLANS_RDS_EVENTS_H
#define ABACK_PLANS_RDS_EVENTS_H

#include <stdint.h>

#include "core/aws.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/place.h"

/*
 * Look for an event of this source (type "db-instance") whose message has
 * `word`, at or after `since` (UTC seconds by our own clock, whatever AWS's
 * says), or up to a minute before. done is called once, from aws_step: with the
 * last one's time and message, NULL where there is none, or with err.
 */
void rds_events_find(struct aws *aws, const struct place *place,
		     const char *type, const char *id, const char *word,
		     int64_t since,
		     void (*done)(void *ctx, const char *evidence,
				  const struct error *err),
		     void *ctx);

/*
 * All events of this source, or of all in the place (type and id NULL), at or
 * after `since`, or up to a minute before: done is called once, from aws_step,
 * with [{"type", "id", "at", "message"}] (borrowed), the oldest first, or with
 * err.
 */
void rds_events_read(struct aws *aws, const struct place *place,
		     const char *type, const char *id, int64_t since,
		     void (*done)(void *ctx, json_t *events,
				  const struct error *err),
		     void *ctx);

/* As long as AWS keeps them. */
#define RDS_EVENTS_S (INT64_C(14) * 24 * 60 * 60)

#endif
