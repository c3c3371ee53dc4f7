#include "plans/drift_who.h"

#include <string.h>

#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/trail.h"
#include "plans/value.h"

/* What a reader wants to know of an event; the rest is in CloudTrail. */
static json_t *brief_of(const json_t *event)
{
	static const char *const keys[] = { "id",         "at",
					    "source",     "name",
					    "caller",     "caller_type",
					    "source_ip",  "user_agent",
					    "request_id", "change" };
	json_t *brief = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *value = json_object_get(event, keys[i]);

		json_object_set_new(brief, keys[i],
				    value ? json_incref(value) : json_null());
	}
	return brief;
}

static const json_t *place_of(const json_t *events, const char *target)
{
	json_t *place;
	size_t i;

	json_array_foreach(json_object_get(events, "places"), i, place) {
		if (!strcmp(json_text(place, "target"), target))
			return place;
	}
	return NULL;
}

/* Why nobody knows who it was. Owned. */
static char *why_unknown(const json_t *events, const json_t *difference)
{
	const json_t *place = place_of(events, json_text(difference, "target"));
	const char *reason = json_text(place, "reason");
	const char *lag = json_text(place, "lag");

	if (reason)
		return xstrdup(reason);
	return xasprintf("CloudTrail's event history shows no call that made "
			 "it%s%s",
			 lag ? "; " : "", lag ? lag : "");
}

/* What the event says of the setting; NULL: nothing. */
static const json_t *entry_of(const json_t *event, const char *address,
			      const char *setting)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(event, "settings"), i, entry) {
		if (!strcmp(json_text(entry, "address"), address) &&
		    !strcmp(json_text(entry, "setting"), setting))
			return entry;
	}
	return NULL;
}

/* A difference, and where it is. */
struct asking {
	const json_t *difference;
	const struct resource *resource; /* NULL: it is not there */
};

/* Is that what is there, whatever it is spelled like? */
static bool is_now(const struct asking *asking, const struct setting *setting,
		   const json_t *left, const json_t *live)
{
	return asking->resource
		       ? kind_means(asking->resource, setting, live, left)
		       : value_equal(setting, left, live);
}

/* By somebody else, and since it was recorded. */
static bool is_candidate(const json_t *difference, const json_t *event)
{
	const char *recorded_at = json_text(difference, "recorded_at");

	return !json_text(event, "change") &&
	       !(recorded_at &&
		 strcmp(json_text(event, "at"), recorded_at) < 0);
}

static bool set_shows_in(const json_t *before, const json_t *after,
			 const json_t *live)
{
	CLEANUP(json_release) json_t *added = set_minus(after, before);
	CLEANUP(json_release) json_t *removed = set_minus(before, after);
	CLEANUP(json_release) json_t *missing = set_minus(added, live);
	CLEANUP(json_release) json_t *gone = set_minus(removed, live);

	return (json_array_size(added) || json_array_size(removed)) &&
	       !json_array_size(missing) &&
	       json_array_size(gone) == json_array_size(removed);
}

/* Each name that it changed, added or took away is as it left it. */
static bool map_shows_in(const json_t *before, const json_t *after,
			 const json_t *live)
{
	CLEANUP(json_release)
	json_t *both = json_copy((json_t *)(uintptr_t)before);
	bool any = false;
	const char *name;
	json_t *value;

	json_object_update(both, (json_t *)(uintptr_t)after);
	json_object_foreach(both, name, value) {
		const json_t *left = json_object_get(after, name);
		const json_t *is = json_object_get(live, name);

		if (left && json_equal(left, json_object_get(before, name)))
			continue;
		any = true;
		if (left ? !json_equal(left, is) : is != NULL)
			return false;
	}
	return any;
}

/*
 * Is what the call did to a set or a map to be seen in what is there? Others
 * may have done more to it.
 */
static bool shows_in(const json_t *entry, const json_t *live)
{
	const json_t *before = json_object_get(entry, "before");
	const json_t *after = json_object_get(entry, "after");

	if (json_is_array(before) && json_is_array(after) &&
	    json_is_array(live))
		return set_shows_in(before, after, live);
	if (json_is_object(before) && json_is_object(after) &&
	    json_is_object(live))
		return map_shows_in(before, after, live);
	return false;
}

/*
 * An event of ours, or one that left another value, has not made the
 * difference: whatever came after it is not there (yet).
 */
static bool explains(const void *ctx, const json_t *event)
{
	const struct asking *asking = ctx;
	const json_t *difference = asking->difference;
	const char *address = json_text(difference, "address");
	const char *name = json_text(difference, "setting");
	const json_t *pending = json_object_get(difference, "pending");
	const json_t *now =
		pending ? pending : json_object_get(difference, "live");
	const json_t *entry = name ? entry_of(event, address, name) : NULL;
	const json_t *left = json_object_get(entry, "after");

	if (!is_candidate(difference, event))
		return false;
	return !left || shows_in(entry, now) ||
	       is_now(asking, setting_at(address, name), left, now);
}

/* What others called besides, the newest first. */
static json_t *others(const json_t *events, const json_t *difference,
		      const json_t *event)
{
	const json_t *list = json_object_get(events, "events");
	json_t *found = json_array();

	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *other = json_array_get(list, i);

		if (other != event && is_candidate(difference, other) &&
		    trail_touches(other, json_text(difference, "target"),
				  json_text(difference, "address"),
				  json_text(difference, "setting")))
			json_array_append_new(found, brief_of(other));
	}
	return found;
}

static void attribute(const json_t *events, const struct live *live,
		      json_t *difference)
{
	const char *target = json_text(difference, "target");
	const char *address = json_text(difference, "address");
	const struct asking asking = { difference,
				       live_find(live, target, address) };
	const json_t *event = trail_newest(events, target, address,
					   json_text(difference, "setting"),
					   explains, &asking);
	CLEANUP(free_ptr) char *reason = NULL;

	json_object_set_new(difference, "others",
			    others(events, difference, event));
	if (json_text(difference, "reason"))
		return;
	if (event) {
		json_object_set_new(difference, "event", brief_of(event));
		return;
	}
	reason = why_unknown(events, difference);
	json_object_set_new(difference, "reason", json_from_text(reason));
}

void drift_attribute(const json_t *events, const struct live *live,
		     json_t *differences)
{
	json_t *difference;
	size_t i;

	json_array_foreach(differences, i, difference)
		attribute(events, live, difference);
}
