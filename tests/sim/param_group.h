/*
 * Parameter groups: what was set in each, and what becomes of the members that
 * use it. A group is an object with its name, DBParameterGroupFamily,
 * Description and Parameters: name → {"ParameterValue", "ApplyMethod"} of what
 * somebody set. What it has besides is parameters.h; default.<family> is there
 * for every family, has nothing set and is in no list.
 */
#ifndef ABACK_TESTS_SIM_PARAM_GROUP_H
#define ABACK_TESTS_SIM_PARAM_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"

struct fleet;
struct place;

/*
 * Take the groups of a fleet file, and make those that clusters and instances
 * name without their being listed. The resources are there already. ERR_FORMAT.
 */
MUST_CHECK int param_groups_load(struct place *place, bool cluster,
				 const json_t *groups, struct error *err);
/* By name in any letter case; default groups as well. New reference or NULL. */
json_t *param_group_get(const struct place *place, bool cluster,
			const char *name);
/* "DBClusterParameterGroupName" or "DBParameterGroupName". */
const char *param_group_key(bool cluster);
/* Every group that is in use or was made, sorted by name. New reference. */
json_t *param_groups_all(const struct place *place, bool cluster);
/* Does a cluster, or an instance, use it? */
bool param_group_used(const struct place *place, bool cluster,
		      const char *name);

/* Take it away, whoever uses it. */
void param_group_remove(struct place *place, bool cluster, const char *name);

/*
 * These were written in the group, now or after delay_ms: name →
 * {"ParameterValue", "ApplyMethod"}, without a value where it was reset. The
 * members that use it pass through `applying` for settle_ms, and one that needs
 * a reboot to take them ends as `pending-reboot`: a static parameter, or a
 * dynamic one whose ApplyMethod says so.
 */
void param_group_write(struct place *place, bool cluster, const char *name,
		       json_t *parameters, int64_t now_ms, int64_t delay_ms,
		       int64_t settle_ms);
/* Let happen what is due; settle_advance calls it. */
void param_groups_advance(struct place *place, int64_t now_ms);

/*
 * The apply status that one instance shows of its cluster's group, or of its
 * own; what was applying is no longer.
 */
void param_status_set(struct place *place, const char *instance, bool cluster,
		      const char *status);

/* For fleet files: what is under way, and back. */
json_t *param_groups_dump_events(const struct place *place, int64_t now_ms);
void param_groups_load_events(struct place *place, const json_t *events,
			      int64_t now_ms);

#endif
