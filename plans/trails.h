/* What a trail of the surroundings (plans/surroundings.h) is good for. */
#ifndef ABACK_PLANS_TRAILS_H
#define ABACK_PLANS_TRAILS_H

#include "core/json.h"

#define TRAIL_LOG_GROUP "CloudWatchLogsLogGroupArn"

enum trail_logs {
	TRAIL_LOGS,     /* what is changed, and it is delivered */
	TRAIL_DOES_NOT, /* *ret_flaw says why: "is stopped" */
	TRAIL_UNREAD    /* nobody could ask */
};
/* ret_flaw: owned by the caller; NULL unless it is TRAIL_DOES_NOT. */
enum trail_logs trail_logs(const json_t *trail, char **ret_flaw);

#endif
