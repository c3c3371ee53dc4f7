/* `waivers:` accepted findings that expire. */
#include <string.h>

#include "core/clock.h"
#include "plans/desired_read.h"

#define DAY_SECONDS 86400

static void read_settings(struct desired_reader *r,
			  const struct yaml_node *node, struct waiver *waiver)
{
	if (!desired_list(r, node, "'settings'"))
		return;
	if (!node->len)
		desired_mistake(r, node, NULL, "'settings' is empty");
	waiver->settings = arena_alloc(&r->desired->arena,
				       node->len * sizeof(*waiver->settings));
	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_node *name = node->items[i];
		const struct setting *row = NULL;

		if (desired_text(r, name, "a setting's name"))
			row = desired_setting(r, waiver->match.kind, name);
		if (row)
			waiver->settings[waiver->settings_len++] = row;
	}
}

/* A bare date: the waiver holds until the end of that day, UTC. */
static void read_expires(struct desired_reader *r, const struct yaml_node *node,
			 struct waiver *waiver)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int64_t start = 0;

	if (node->type != YAML_STRING ||
	    strlen(node->text) != strlen("2027-01-31") ||
	    clock_parse(node->text, &start, &err)) {
		desired_mistake(r, node, "such as 2027-01-31",
				"'expires' must be a day as YYYY-MM-DD, not %s",
				desired_describe(r, node));
		return;
	}
	waiver->expires = start + DAY_SECONDS;
	waiver->expires_text = node->text;
}

static void read_waiver(struct desired_reader *r, const struct yaml_node *map,
			struct waiver *waiver)
{
	static const char *const keys[] = { "match", "settings", "reason",
					    "expires", NULL };
	const struct yaml_node *match, *settings, *reason, *expires;

	if (!desired_map(r, map, "a waiver", keys))
		return;
	waiver->line = map->line;
	match = desired_need(r, map, "the waiver", "match");
	settings = desired_need(r, map, "the waiver", "settings");
	reason = desired_need(r, map, "the waiver", "reason");
	expires = desired_need(r, map, "the waiver", "expires");
	if (reason)
		waiver->reason = desired_text(r, reason, "'reason'");
	if (expires)
		read_expires(r, expires, waiver);
	if (match && desired_read_selector(r, match, NULL, &waiver->match) &&
	    settings)
		read_settings(r, settings, waiver);
}

void desired_read_waivers(struct desired_reader *r,
			  const struct yaml_node *node)
{
	struct desired *d = r->desired;

	if (!desired_list(r, node, "'waivers'"))
		return;
	d->waivers = arena_alloc(&d->arena, node->len * sizeof(*d->waivers));
	for (size_t i = 0; i < node->len; i++)
		read_waiver(r, node->items[i], &d->waivers[d->waivers_len++]);
}
