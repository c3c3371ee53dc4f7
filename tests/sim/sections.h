/*
 * What surrounds the clusters of a region: lists of the fleet file that the
 * simulator shows and does nothing with, such as alarms and route tables. What
 * a file leaves out becomes what most accounts have.
 */
#ifndef ABACK_TESTS_SIM_SECTIONS_H
#define ABACK_TESTS_SIM_SECTIONS_H

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct place;

/* Take the lists of a region out of the fleet file. ERR_FORMAT. */
MUST_CHECK int sections_load(struct place *place, const json_t *region,
			     struct error *err);
/* Add what the region's clusters need and no list had; they are there. */
void sections_complete(struct place *place);
/* The list: an array of objects in their order of the file. Borrowed. */
json_t *section(const struct place *place, const char *name);
/* A DB subnet group, or what one of that name would be. A new object. */
json_t *subnet_group(const struct place *place, const char *name);

/* One entry's defaults; its identifier is there. By sort of section. */
void config_recorder_defaults(const struct place *place, json_t *entry);
void config_rule_defaults(const struct place *place, json_t *entry);
void alarm_defaults(const struct place *place, json_t *entry);
void event_rule_defaults(const struct place *place, json_t *entry);
void metric_filter_defaults(const struct place *place, json_t *entry);
void subnet_group_defaults(const struct place *place, json_t *entry);
void subnet_defaults(const struct place *place, json_t *entry);
void route_table_defaults(const struct place *place, json_t *entry);
/* What a list is to have besides; absent: the file does not have it at all. */
void config_recorders_complete(struct place *place, json_t *list, bool absent);
void subnet_groups_complete(struct place *place, json_t *list, bool absent);
void subnets_complete(struct place *place, json_t *list, bool absent);
void route_tables_complete(struct place *place, json_t *list, bool absent);

#endif
