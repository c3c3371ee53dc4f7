/* Looking things up in an "aback-events/1" document. */
#include <string.h>

#include "plans/trail.h"

bool trail_is_complete(const json_t *events)
{
	size_t i;
	json_t *place;

	json_array_foreach(json_object_get(events, "places"), i, place) {
		if (!json_is_true(json_object_get(place, "complete")))
			return false;
	}
	return true;
}

static bool has_setting(const json_t *event, const char *address,
			const char *name)
{
	size_t i;
	json_t *setting;

	json_array_foreach(json_object_get(event, "settings"), i, setting) {
		const char *of = json_text(setting, "address");
		const char *is = json_text(setting, "setting");

		if (of && is && !strcmp(of, address) && !strcmp(is, name))
			return true;
	}
	return false;
}

bool trail_touches(const json_t *event, const char *target, const char *address,
		   const char *setting)
{
	const char *of = json_text(event, "target");

	return of && !strcmp(of, target) && !json_text(event, "error_code") &&
	       json_array_has(json_object_get(event, "addresses"), address) &&
	       (!setting || has_setting(event, address, setting));
}

const json_t *trail_newest(const json_t *events, const char *target,
			   const char *address, const char *setting,
			   bool (*fits)(const void *ctx, const json_t *event),
			   const void *ctx)
{
	const json_t *list = json_object_get(events, "events");
	const char *at = NULL;

	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *event = json_array_get(list, i);
		const char *when = json_text(event, "at");

		if (!trail_touches(event, target, address, setting))
			continue;
		if (at && strcmp(at, when) != 0)
			return NULL;
		if (!fits || fits(ctx, event))
			return event;
		at = when;
	}
	return NULL;
}
