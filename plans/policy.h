/*
 * `policy:` of aback.yaml: what no plan may do, whoever consents to it. Unlike
 * consent, which a person gives at apply, it is decided by review of the file.
 */
#ifndef ABACK_PLANS_POLICY_H
#define ABACK_PLANS_POLICY_H

#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "plans/desired.h"
#include "plans/plan.h"

/*
 * May the plan be applied at `now`, as the file's policy has it? ERR_GATE names
 * each change that may not, and the rule with its line. A file without a
 * policy allows everything.
 */
MUST_CHECK int policy_check(const struct desired *desired,
			    const struct plan *plan, int64_t now,
			    struct error *err);

/*
 * UTC seconds when the last of the restart windows that are open at `now`
 * closes; 0: the file has none.
 */
int64_t policy_restart_until(const struct desired *desired, int64_t now);

/*
 * What it would say of the plan whenever it is applied: an array of texts,
 * empty for nothing. Of restarts, when they may be. New reference.
 */
json_t *policy_foresee(const struct desired *desired, const struct plan *plan);
/* The same of a backout of the plan, as far as its costs decide it. */
json_t *policy_foresee_back(const struct desired *desired,
			    const struct plan *plan);

#endif
