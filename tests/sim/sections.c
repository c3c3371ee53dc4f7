#include "tests/sim/sections.h"

#include <string.h>

#include "tests/sim/fleet.h"
#include "tests/sim/json_call.h"

static const struct {
	const char *name; /* in the fleet file */
	const char *id;   /* of an entry */
	void (*defaults)(const struct place *place, json_t *entry);
	void (*complete)(struct place *place, json_t *list, bool absent);
} rows[] = {
	{ "alarms", "AlarmName", alarm_defaults, NULL },
	{ "config_recorders", "name", config_recorder_defaults,
	  config_recorders_complete },
	{ "config_rules", "ConfigRuleName", config_rule_defaults, NULL },
	{ "event_rules", "Name", event_rule_defaults, NULL },
	{ "metric_filters", "filterName", metric_filter_defaults, NULL },
	/* each of these rests on the one before it */
	{ "db_subnet_groups", "DBSubnetGroupName", subnet_group_defaults,
	  subnet_groups_complete },
	{ "subnets", "SubnetId", subnet_defaults, subnets_complete },
	{ "route_tables", "RouteTableId", route_table_defaults,
	  route_tables_complete },
};

static int load(struct place *place, size_t row, const json_t *list,
		struct error *err)
{
	json_t *loaded = json_array(), *entry;
	size_t i;

	json_object_set_new(place->sections, rows[row].name, loaded);
	json_array_foreach(list, i, entry) {
		const char *id = json_text(entry, rows[row].id);

		if (!id || !*id)
			return error_set(err, ERR_FORMAT,
					 "an entry of '%s' has no %s",
					 rows[row].name, rows[row].id);
		if (json_find(loaded, rows[row].id, id))
			return error_set(err, ERR_FORMAT,
					 "'%s' is there twice in '%s'", id,
					 rows[row].name);
		json_array_append_new(loaded, json_deep_copy(entry));
		rows[row].defaults(place, json_array_get(loaded, i));
	}
	return 0;
}

int sections_load(struct place *place, const json_t *region, struct error *err)
{
	for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
		const json_t *list = json_object_get(region, rows[row].name);

		if (list && !json_is_array(list))
			return error_set(err, ERR_FORMAT, "'%s' is not a list",
					 rows[row].name);
		if (list && load(place, row, list, err))
			return -1;
	}
	return 0;
}

void sections_complete(struct place *place)
{
	for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
		json_t *list = json_object_get(place->sections, rows[row].name);
		const bool absent = !list;

		if (absent) {
			list = json_array();
			json_object_set_new(place->sections, rows[row].name,
					    list);
		}
		if (rows[row].complete)
			rows[row].complete(place, list, absent);
	}
}

json_t *section(const struct place *place, const char *name)
{
	return json_object_get(place->sections, name);
}
