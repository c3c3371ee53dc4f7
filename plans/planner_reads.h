/* Building a struct desired_reads (plans/planner.h), for planners. */
#ifndef ABACK_PLANS_PLANNER_READS_H
#define ABACK_PLANS_PLANNER_READS_H

#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/planner.h"

/* Nothing yet. Free with desired_reads_free. */
struct desired_reads *reads_new(void);
/* The kind, and those whose pending changes its calls may set off. */
void reads_add_kind(struct desired_reads *reads, enum kind kind);
/* The row, its companions, and what must be known to judge it. */
void reads_add_setting(struct desired_reads *reads,
		       const struct setting *setting);
/* One resource of a by_reference kind. */
void reads_add_id(struct desired_reads *reads, const char *place,
		  enum kind kind, const char *id);
/* For live_read; valid as long as reads and until the next addition. */
const struct live_wanted *reads_wanted(struct desired_reads *reads);

#endif
