/* What a review asks of the surroundings: what some control looks at. */
#include <string.h>

#include "plans/log_group.h"
#include "plans/review.h"

static unsigned part_of(const char *name)
{
	for (enum surrounding part = 0; part < SURROUNDING_COUNT; part++) {
		if (!strcmp(surrounding_name(part), name))
			return 1U << part;
	}
	return 0;
}

unsigned review_parts(void)
{
	const struct control *const *control = controls_all(NULL);
	unsigned parts = 0;

	for (; *control; control++) {
		for (size_t i = 0;
		     i < CONTROL_PARTS_MAX && (*control)->parts[i]; i++)
			parts |= part_of((*control)->parts[i]);
	}
	return parts;
}

static void add_name(void *ctx, const char *name)
{
	json_array_append_new(ctx, json_from_text(name));
}

void review_ask_log_groups(struct surroundings *surroundings,
			   const struct live *live)
{
	CLEANUP(json_release) json_t *by_place = json_object();
	const char *place;
	json_t *names;

	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];

		/* of what nobody writes to nobody expects events */
		if (resource->kind == KIND_LOG_GROUP)
			continue;
		names = json_object_get(by_place, resource->place->name);
		if (!names) {
			names = json_array();
			json_object_set_new(by_place, resource->place->name,
					    names);
		}
		log_groups_of(resource, add_name, names);
	}
	json_object_foreach(by_place, place, names)
		surroundings_ask_log_groups(surroundings, place, names);
}
