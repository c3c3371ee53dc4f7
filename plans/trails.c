#include "plans/trails.h"

#include <string.h>

#include "core/mem.h"

static bool is(const char *text, const char *word)
{
	return text && !strcmp(text, word);
}

enum trail_logs trail_logs(const json_t *trail, char **ret_flaw)
{
	const json_t *status = json_object_get(trail, "status");
	const json_t *logging = json_object_get(status, "IsLogging");
	const char *problem = json_text(status, "LatestDeliveryError");
	const char *events = json_text(trail, "management_events");

	*ret_flaw = NULL;
	/* one reason why it does not is enough, whatever else is not known */
	if (json_is_false(logging))
		*ret_flaw = xstrdup("is stopped");
	else if (problem && *problem)
		*ret_flaw = xasprintf("cannot deliver (%s)", problem);
	else if (is(events, "none"))
		*ret_flaw = xstrdup("has no management events");
	else if (is(events, "ReadOnly"))
		*ret_flaw = xstrdup("has only what is read");
	else if (!json_is_true(logging) || !events)
		return TRAIL_UNREAD;
	else
		return TRAIL_LOGS;
	return TRAIL_DOES_NOT;
}
