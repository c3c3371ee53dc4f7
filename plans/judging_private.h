/* What the files of judging share; predicates have plans/judging.h. */
#ifndef ABACK_PLANS_JUDGING_PRIVATE_H
#define ABACK_PLANS_JUDGING_PRIVATE_H

#include "plans/judging.h"

/* The setting that the control compares and fixes; NULL: it has none. */
const struct setting *control_first_setting(const struct control *control);
/* What it wants; NULL: the predicate knows. New reference. */
json_t *control_wanted(const struct control *control);

#endif
