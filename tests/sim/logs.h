/* CloudWatch Logs: log groups, their retention and their keys. */
#ifndef ABACK_TESTS_SIM_LOGS_H
#define ABACK_TESTS_SIM_LOGS_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct json_call;
struct place;

/* The groups of a fleet file; NULL: none. ERR_FORMAT. */
MUST_CHECK int logs_load(struct place *place, const json_t *groups,
			 struct error *err);
/*
 * The service delivers the first log event: a group that is missing is made,
 * which never expires.
 */
void logs_deliver(struct place *place, const char *name);
#define LOGS_STREAMS "logStreams" /* of a group in a fleet file */

/* The group that a call names; NULL: answer refuses. Borrowed. */
json_t *logs_find_group(struct json_call *call);

/* ---- logs_streams.c ---- */
/* Complete what the fleet file says of a group's streams. ERR_FORMAT. */
MUST_CHECK int logs_load_streams(json_t *group, struct error *err);
/* How many metric filters look at the group. */
size_t logs_count_filters(const struct place *place, const char *group);
void logs_describe_streams(struct json_call *call);
void logs_describe_filters(struct json_call *call);

#endif
