/* `waivers:` accepted findings that expire. */
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/nearest.h"
#include "plans/controls.h"
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

/* The control of that name; NULL: there is none, which is listed. */
static const struct control *control_named(struct desired_reader *r,
					   const struct yaml_node *node,
					   const char *name)
{
	const struct control *const *each = controls_all(NULL);
	const struct control *control = control_find(name);
	struct nearest nearest = nearest_to(name);
	CLEANUP(free_ptr) char *hint = NULL;

	if (control)
		return control;
	for (; *each; each++)
		nearest_offer(&nearest, (*each)->id);
	hint = nearest_best(&nearest)
		       ? xasprintf("did you mean '%s'?", nearest_best(&nearest))
		       : xstrdup("docs/controls.md lists them");
	desired_mistake(r, node, hint, "there is no control '%s'", name);
	return NULL;
}

/* What it judges has to be what the waiver matches. */
static bool is_about(struct desired_reader *r, const struct yaml_node *node,
		     const struct waiver *waiver, const struct control *control)
{
	const bool of_place = control->subject != SUBJECT_RESOURCE;
	const char *subject = control_subject_name(control);
	CLEANUP(free_ptr)
	char *hint = of_place ? xstrdup("leave 'kind' out of 'match'")
			      : xasprintf("such as match: {kind: %s}", subject);

	if (of_place ? waiver->of_place
		     : !waiver->of_place && control->kind == waiver->match.kind)
		return true;
	desired_mistake(r, node, hint, "the control '%s' judges each %s",
			control->id, subject);
	return false;
}

static void read_controls(struct desired_reader *r,
			  const struct yaml_node *node, struct waiver *waiver)
{
	if (!desired_list(r, node, "'controls'"))
		return;
	if (!node->len)
		desired_mistake(r, node, NULL, "'controls' is empty");
	waiver->controls = arena_alloc(&r->desired->arena,
				       node->len * sizeof(*waiver->controls));
	for (size_t i = 0; i < node->len; i++) {
		const char *name =
			desired_text(r, node->items[i], "a control's name");
		const struct control *control =
			name ? control_named(r, node->items[i], name) : NULL;

		if (control && is_about(r, node->items[i], waiver, control))
			waiver->controls[waiver->controls_len++] = control;
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

static bool read_match(struct desired_reader *r, const struct yaml_node *node,
		       bool of_settings, struct waiver *waiver)
{
	waiver->of_place = node->type == YAML_MAP && !of_settings &&
			   !yaml_get(node, "kind");
	if (waiver->of_place)
		return desired_read_places(r, node, &waiver->match);
	return desired_read_selector(r, node, NULL, &waiver->match);
}

static void read_waiver(struct desired_reader *r, const struct yaml_node *map,
			struct waiver *waiver)
{
	static const char *const keys[] = { "match",  "settings", "controls",
					    "reason", "expires",  NULL };
	const struct yaml_node *match, *settings, *controls, *reason, *expires;

	if (!desired_map(r, map, "a waiver", keys))
		return;
	waiver->line = map->line;
	match = desired_need(r, map, "the waiver", "match");
	controls = yaml_get(map, "controls");
	settings = yaml_get(map, "settings");
	if (!settings && !controls)
		desired_mistake(r, map,
				"or 'controls', where no setting mends it",
				"the waiver has no 'settings'");
	reason = desired_need(r, map, "the waiver", "reason");
	expires = desired_need(r, map, "the waiver", "expires");
	if (reason)
		waiver->reason = desired_text(r, reason, "'reason'");
	if (expires)
		read_expires(r, expires, waiver);
	if (!match || !read_match(r, match, settings != NULL, waiver))
		return;
	if (settings)
		read_settings(r, settings, waiver);
	if (controls)
		read_controls(r, controls, waiver);
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
