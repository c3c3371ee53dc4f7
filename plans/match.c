/* Which rules and waivers hold for a resource. */
#include <string.h>

#include "plans/desired.h"
#include "plans/value.h"

bool glob_matches(const char *glob, const char *text)
{
	/* where to go on after the last '*' took one byte more */
	const char *retry_glob = NULL, *retry_text = NULL;

	while (*text) {
		if (*glob == '*') {
			retry_glob = ++glob;
			retry_text = text;
		} else if (*glob == *text) {
			glob++;
			text++;
		} else if (*glob == '?') {
			/* a whole character, not one byte of it */
			glob++;
			do
				text++;
			while (((unsigned char)*text & 0xc0) == 0x80);
		} else if (retry_glob) {
			glob = retry_glob;
			text = ++retry_text;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

static bool any_glob(const char *const *globs, size_t len, const char *text)
{
	if (!text)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (glob_matches(globs[i], text))
			return true;
	}
	return false;
}

static bool any_name(const struct selector *s, const json_t *names)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name) {
		if (any_glob(s->ids, s->ids_len, json_string_value(name)))
			return true;
	}
	return false;
}

static bool any_equal(const char *const *texts, size_t len, const char *text)
{
	if (!text)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(texts[i], text))
			return true;
	}
	return false;
}

static bool tags_match(const struct selector *s, const json_t *tags)
{
	for (size_t i = 0; i < s->tags_len; i++) {
		const char *value = json_text(tags, s->tag_keys[i]);

		if (!value || strcmp(value, s->tag_values[i]) != 0)
			return false;
	}
	return true;
}

/* Does the selector hold for the resource? (plans/match.c) */
static bool selector_matches(const struct selector *s,
			     const struct resource *resource)
{
	if (s->kind != resource->kind)
		return false;
	if (s->ids && !any_glob(s->ids, s->ids_len, resource->id) &&
	    !any_name(s, resource->names))
		return false;
	if (s->clusters &&
	    !any_glob(s->clusters, s->clusters_len, resource->cluster))
		return false;
	if (s->engines &&
	    !any_equal(s->engines, s->engines_len, resource->engine))
		return false;
	if (s->targets &&
	    !any_equal(s->targets, s->targets_len, resource->place->name))
		return false;
	return tags_match(s, resource->tags);
}

bool rule_matches(const struct rule *rule, const struct resource *resource)
{
	if (!selector_matches(&rule->match, resource))
		return false;
	for (size_t i = 0; i < rule->except_len; i++) {
		if (selector_matches(&rule->except[i], resource))
			return false;
	}
	return true;
}

bool rule_passes_on(const struct rule *rule)
{
	for (size_t i = 0; i < rule->settings_len; i++) {
		if (rule->settings[i].setting->kind != rule->match.kind)
			return true;
	}
	return false;
}

void desired_decide(const struct desired *desired,
		    const struct resource *resource, struct wanted_setting *out)
{
	size_t len;

	(void)catalogue_rows(resource->kind, &len);
	memset(out, 0, len * sizeof(*out));
	for (size_t i = 0; i < desired->rules_len; i++) {
		const struct rule *rule = &desired->rules[i];

		if (!rule_matches(rule, resource))
			continue;
		for (size_t j = 0; j < rule->settings_len; j++) {
			const struct rule_setting *setting = &rule->settings[j];
			struct wanted_setting *wanted;

			if (setting->setting->kind != resource->kind)
				continue; /* passed on */
			wanted = &out[catalogue_index(setting->setting)];
			wanted->rule = rule;
			wanted->rule_setting = setting;
		}
	}
}

static json_t *of_rule(const struct rule_setting *wanted, const json_t *live)
{
	CLEANUP(json_release) json_t *with = NULL;

	if (wanted->form == WANT_WHOLE)
		return value_adopt(live, wanted->value);
	with = set_union(live, wanted->include);
	return set_minus(with, wanted->exclude);
}

/* What one rule makes of a map. Steals map. */
static json_t *of_rule_map(const struct rule_setting *wanted, json_t *map)
{
	CLEANUP(json_release) json_t *was = map;
	json_t *name, *now;
	size_t i;

	if (wanted->form == WANT_WHOLE)
		return json_incref(wanted->value);
	now = json_is_object(was) ? json_copy(was) : json_object();
	(void)json_object_update(now, wanted->include);
	json_array_foreach(wanted->exclude, i, name)
		(void)json_object_del(now, json_string_value(name));
	return now;
}

json_t *desired_value(const struct desired *desired,
		      const struct resource *resource,
		      const struct rule_setting *last, const json_t *live)
{
	json_t *value;

	if (kind_ops(resource->kind)->spell)
		return kind_ops(resource->kind)
			->spell(resource, last->setting, last->value,
				last->include, last->exclude);
	if (!setting_is_map(last->setting))
		return of_rule(last, live);
	value = json_incref((json_t *)(uintptr_t)live);
	for (size_t i = 0; i < desired->rules_len; i++) {
		const struct rule *rule = &desired->rules[i];

		if (!rule_matches(rule, resource))
			continue;
		for (size_t j = 0; j < rule->settings_len; j++) {
			if (rule->settings[j].setting == last->setting)
				value = of_rule_map(&rule->settings[j], value);
		}
	}
	return value;
}

/* What somebody wants to know whether it is waived. */
struct waivable {
	const struct setting *setting; /* NULL: a control */
	const struct control *control;
	const struct place *place;
	const struct resource *resource; /* NULL: the place itself */
};

static bool waiver_names(const struct waiver *waiver,
			 const struct waivable *what)
{
	for (size_t i = 0; what->setting && i < waiver->settings_len; i++) {
		if (waiver->settings[i] == what->setting)
			return true;
	}
	for (size_t i = 0; what->control && i < waiver->controls_len; i++) {
		if (waiver->controls[i] == what->control)
			return true;
	}
	return false;
}

static bool waiver_matches(const struct waiver *waiver,
			   const struct waivable *what)
{
	if (!waiver->of_place)
		return what->resource &&
		       selector_matches(&waiver->match, what->resource);
	return !what->resource &&
	       (!waiver->match.targets ||
		any_equal(waiver->match.targets, waiver->match.targets_len,
			  what->place->name));
}

static const struct waiver *waiver_of(const struct desired *desired,
				      const struct waivable *what, int64_t now,
				      const struct waiver **ret_expired)
{
	*ret_expired = NULL;
	for (size_t i = 0; i < desired->waivers_len; i++) {
		const struct waiver *waiver = &desired->waivers[i];

		if (!waiver_names(waiver, what) ||
		    !waiver_matches(waiver, what))
			continue;
		if (now < waiver->expires) {
			*ret_expired = NULL;
			return waiver;
		}
		/* of several, the one that held longest */
		if (!*ret_expired || waiver->expires > (*ret_expired)->expires)
			*ret_expired = waiver;
	}
	return NULL;
}

const struct waiver *desired_waiver(const struct desired *desired,
				    const struct resource *resource,
				    const struct setting *setting, int64_t now,
				    const struct waiver **ret_expired)
{
	const struct waivable what = { .setting = setting,
				       .place = resource->place,
				       .resource = resource };

	return waiver_of(desired, &what, now, ret_expired);
}

const struct waiver *desired_waiver_of_control(
	const struct desired *desired, const struct control *control,
	const struct place *place, const struct resource *resource, int64_t now,
	const struct waiver **ret_expired)
{
	const struct waivable what = { .control = control,
				       .place = place,
				       .resource = resource };

	return waiver_of(desired, &what, now, ret_expired);
}
