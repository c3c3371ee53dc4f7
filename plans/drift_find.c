#include "plans/drift_find.h"

#include <string.h>

#include "core/mem.h"
#include "plans/awaited.h"
#include "plans/backout_item.h"
#include "plans/catalogue.h"
#include "plans/kind.h"
#include "plans/only.h"

struct finding {
	const struct drift *drift;
	const struct live *live;
	const json_t *awaited;
	json_t *differences, *ours;
};

static const json_t *origin_of(const struct finding *finding,
			       const struct backout_item *item)
{
	CLEANUP(free_ptr)
	char *key = past_key(item->target, item->address, item->setting);

	return json_object_get(finding->drift->origins, key);
}

static json_t *or_null(const json_t *value)
{
	return value ? json_incref((json_t *)(uintptr_t)value) : json_null();
}

/* setting NULL: the resource as a whole. */
static json_t *add_difference(struct finding *finding, const char *class,
			      const struct backout_item *item,
			      const char *setting, const json_t *live)
{
	const json_t *origin = origin_of(finding, item);
	const struct setting *row =
		setting ? setting_at(item->address, setting) : NULL;
	json_t *entry =
		json_pack("{ss ss ss ss sn sn}", "class", class, "target",
			  item->target, "address", item->address, "resource_id",
			  item->resource_id, "event", "reason");

	json_object_set_new(entry, "setting", json_from_text(setting));
	json_object_set_new(entry, "recorded",
			    setting ? or_null(item->prior) : json_null());
	json_object_set_new(entry, "live", or_null(live));
	json_object_set_new(entry, "unit",
			    json_from_text(row ? row->unit : NULL));
	json_object_set_new(entry, "recorded_by", json_from_text(item->change));
	json_object_set_new(entry, "recorded_at",
			    or_null(json_object_get(origin, "at")));
	json_object_set_new(entry, "others", json_array());
	json_object_set_new(
		entry, "hold",
		setting ? or_null(holds_find(&finding->drift->holds,
					     item->target, item->address,
					     setting))
			: json_null());
	json_array_append_new(finding->differences, entry);
	return entry;
}

/* ---- resources as a whole ------------------------------------------------ */

/* Why it was passed over by the reading; NULL: it was not. */
static const char *skipped_reason(const struct live *live,
				  const struct backout_item *item)
{
	json_t *line;
	size_t i;

	json_array_foreach(live->skipped, i, line) {
		const char *target = json_text(line, "target");
		const char *address = json_text(line, "address");

		if (target && address && !strcmp(target, item->target) &&
		    !strcmp(address, item->address))
			return json_text(line, "reason");
	}
	return NULL;
}

/* Did we leave it that way: is it recorded that there is none? */
static bool recorded_absent(const struct backout_item *items, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(items[i].setting, "exists") &&
		    json_is_false(items[i].prior))
			return true;
	}
	return false;
}

/* True: there is no point in looking at its settings. */
static bool find_whole(struct finding *finding,
		       const struct backout_item *items, size_t len)
{
	const struct resource *resource =
		live_find(finding->live, items->target, items->address);
	const char *skipped = skipped_reason(finding->live, items);
	json_t *entry;

	if (!resource && skipped) {
		entry = add_difference(finding, "unread", items, NULL, NULL);
		json_object_set_new(entry, "reason", json_from_text(skipped));
		return true;
	}
	if (!resource || resource_is_missing(resource)) {
		if (!recorded_absent(items, len))
			(void)add_difference(finding, "gone", items, NULL,
					     NULL);
		return true;
	}
	if (!strcmp(resource->resource_id, items->resource_id))
		return false;
	entry = add_difference(finding, "replaced", items, NULL, NULL);
	json_object_set_new(entry, "live_resource_id",
			    json_from_text(resource->resource_id));
	return true;
}

/* ---- one setting -------------------------------------------------------- */

/*
 * Our change was not done when it ended, and what it wanted has become so
 * since; how it ended stands in its result.
 */
static bool has_arrived(const struct finding *finding,
			const struct backout_item *item,
			const struct resource *resource,
			const struct setting *setting, json_t *live)
{
	const json_t *origin = origin_of(finding, item);
	const json_t *after = json_object_get(origin, "after");
	const char *state = json_text(origin, "state");

	if (!after || !state || !strcmp(state, "done") ||
	    !strcmp(state, "backed_out") ||
	    !kind_means(resource, setting, live, after))
		return false;
	json_array_append_new(
		finding->ours,
		json_pack("{ss ss ss sO sO}", "target", item->target, "address",
			  item->address, "setting", item->setting, "value",
			  live, "change", json_object_get(origin, "change")));
	return true;
}

static void say_unfinished(const struct finding *finding,
			   const struct backout_item *item, json_t *entry)
{
	CLEANUP(free_ptr)
	char *key = past_key(item->target, item->address, item->setting);
	const char *change = json_string_value(
		json_object_get(finding->drift->unfinished, key));
	CLEANUP(free_ptr) char *reason = NULL;

	if (!change)
		return;
	reason = xasprintf("our change %s was to set it and was cut off: "
			   "aback resume %s",
			   change, change);
	json_object_set_new(entry, "reason", json_from_text(reason));
}

static void find_pending(struct finding *finding,
			 const struct backout_item *item,
			 const struct resource *resource,
			 const struct setting *setting, json_t *live)
{
	json_t *pending = resource_pending(resource, setting);
	json_t *entry;

	if (!pending || kind_means(resource, setting, pending, live) ||
	    awaited_change(finding->awaited, resource, setting))
		return;
	entry = add_difference(finding, "pending", item, item->setting, live);
	json_object_set(entry, "pending", pending);
	say_unfinished(finding, item, entry);
}

static void find_one(struct finding *finding, const struct backout_item *item)
{
	const struct resource *resource =
		live_find(finding->live, item->target, item->address);
	const struct setting *setting =
		setting_at(item->address, item->setting);
	json_t *live = setting ? resource_value(resource, setting) : NULL;
	json_t *entry;

	if (!live) {
		entry = add_difference(finding, "unread", item, item->setting,
				       NULL);
		json_object_set_new(
			entry, "reason",
			json_string(setting ? "its live value was not read"
					    : "this aback does not know the "
					      "setting"));
	} else if (kind_means(resource, setting, live, item->prior)) {
		find_pending(finding, item, resource, setting, live);
	} else if (!has_arrived(finding, item, resource, setting, live)) {
		entry = add_difference(finding, "changed", item, item->setting,
				       live);
		say_unfinished(finding, item, entry);
	}
}

/* All that is recorded of one resource; how much of it was asked for. */
static json_int_t find_resource(struct finding *finding, struct only *only,
				const struct backout_item *items, size_t len)
{
	json_int_t compared = 0;
	bool whole = false;

	for (size_t i = 0; i < len; i++) {
		if (!only_has(only, items[i].address, items[i].setting))
			continue;
		if (!compared++)
			whole = find_whole(finding, items, len);
		if (!whole)
			find_one(finding, &items[i]);
	}
	return compared;
}

static bool of_same_resource(const struct backout_item *a,
			     const struct backout_item *b)
{
	return !strcmp(a->target, b->target) && !strcmp(a->address, b->address);
}

void drift_find(const struct drift *drift, const struct live *live,
		const json_t *awaited, struct only *only,
		json_t **ret_differences, json_t **ret_ours,
		json_t **ret_summary)
{
	const struct backout *all = drift->backout;
	struct finding finding = { .drift = drift,
				   .live = live,
				   .awaited = awaited,
				   .differences = json_array(),
				   .ours = json_array() };
	json_int_t resources = 0, settings = 0;

	for (size_t i = 0, next; i < all->len; i = next) {
		const struct backout_item *items = &all->items[i];
		json_int_t compared;

		for (next = i + 1; next < all->len; next++) {
			if (!of_same_resource(items, &all->items[next]))
				break;
		}
		compared = find_resource(&finding, only, items, next - i);
		resources += compared > 0;
		settings += compared;
	}
	*ret_differences = finding.differences;
	*ret_ours = finding.ours;
	*ret_summary = json_pack("{sI sI}", "resources", resources, "settings",
				 settings);
}
