/* `aback init --from-live`: the rules that describe a fleet as it is. */
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/controls.h"
#include "plans/init.h"
#include "plans/sg_rule.h"
#include "plans/value.h"

/* A list of so many bytes stands on one line. */
#define LIST_ON_A_LINE 60

/* Resources of one kind and engine; common: the values of its first rule. */
struct group {
	enum kind kind;
	const char *engine; /* NULL: the kind has none */
	const struct resource **items;
	size_t len, cap;
	json_t *common;
};

struct writer {
	const struct target *targets;
	size_t targets_len;
	struct strbuf *out;
};

static void group_release(struct group *group)
{
	free(group->items);
	json_decref(group->common);
}

/* Can the value be that of many? Members without choices, and documents, are of
 * one resource. */
static bool is_named(const struct setting *row)
{
	return row->choices[0] ||
	       (!setting_is_set(row) && row->type != TYPE_DOCUMENT &&
		row->type != TYPE_DOCUMENT_MAP && row->type != TYPE_STRING_MAP);
}

/* A list or a map without members. */
static bool is_empty(const json_t *value)
{
	return json_is_array(value)    ? !json_array_size(value)
	       : json_is_object(value) ? !json_object_size(value)
				       : !value;
}

static bool has_references(const struct setting *row)
{
	CLEANUP(json_release) json_t *references = setting_references(row);

	return json_array_size(references) > 0;
}

/*
 * Is the row one that init writes down? Plain strings are identifiers of what
 * somebody chose for this one resource.
 */
static bool is_written(const struct setting *row)
{
	/* of these every one that somebody set, whatever it takes */
	if (row->type == TYPE_PARAMETER)
		return true;

	bool identifier =
		row->type == TYPE_STRING || row->type == TYPE_LOWER_STRING;

	return row->standing == STANDING_WRITABLE && has_references(row) &&
	       !row->members_only && !row->restart &&
	       row->effect != EFFECT_RESTART && row->effect != EFFECT_REBOOT &&
	       !identifier;
}

/* Some settings are of one engine; on the other they mean nothing. */
static bool has_setting(const struct resource *resource,
			const struct setting *row)
{
	return !row->engine ||
	       (resource->engine && !strcmp(row->engine, resource->engine));
}

/* A rule that lies in another one of the set, which *ret_outer is; or NULL. */
static const json_t *overlapping(const json_t *rules, const json_t **ret_outer)
{
	size_t i, k;
	json_t *rule, *other;

	json_array_foreach(rules, i, rule) {
		json_array_foreach(rules, k, other) {
			if (i == k || !json_is_object(rule) ||
			    !sg_rule_lies_in(rule, other))
				continue;
			*ret_outer = other;
			return rule;
		}
	}
	return NULL;
}

/* Would people be let write it so? */
static bool may_be_said(const struct setting *row, const json_t *value)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *checked = NULL;
	const json_t *outer;

	return !overlapping(value, &outer) &&
	       !value_check(row, value, &checked, &err) &&
	       value_equal(row, value, checked);
}

/* The value to write of a resource; NULL: nothing to write. New reference. */
static json_t *written_value(const struct resource *resource,
			     const struct setting *row)
{
	CLEANUP(json_release) json_t *pending = NULL;
	CLEANUP(json_release) json_t *value = NULL;

	if (!is_written(row) || !has_setting(resource, row) ||
	    json_object_get(resource->owned_elsewhere, row->name) ||
	    resource_is_missing(resource))
		return NULL;
	pending = value_written(resource_pending(resource, row));
	if (pending && may_be_said(row, pending))
		return TAKE(pending);
	value = value_written(resource_value(resource, row));
	/* that it uses none would forbid it to use any */
	if (!is_named(row) && is_empty(value))
		return NULL;
	return value && !json_is_null(value) && may_be_said(row, value)
		       ? TAKE(value)
		       : NULL;
}

/* The value that most of the group have, if all have one; else NULL. New. */
static json_t *most_common(const struct group *group, const struct setting *row)
{
	CLEANUP(json_release) json_t *counts = json_object();
	CLEANUP(json_release) json_t *best = NULL;
	json_int_t best_count = 0;

	for (size_t i = 0; i < group->len; i++) {
		CLEANUP(strbuf_release)
		struct strbuf key = STRBUF_INIT(LIMIT_ANSWER);
		CLEANUP(json_release)
		json_t *value = written_value(group->items[i], row);
		json_int_t count;

		if (!value)
			return NULL;
		json_compact(value, &key);
		count = 1 +
			json_integer_value(json_object_get(counts, key.buf));
		(void)json_object_set_new(counts, key.buf, json_integer(count));
		if (count > best_count) {
			json_decref(best);
			best = TAKE(value);
			best_count = count;
		}
	}
	return TAKE(best);
}

/*
 * Would a rule that gives all of them the value open what is closed, of one of
 * them or of one that comes later?
 */
static bool opens_others(const struct group *group, const struct setting *row,
			 const json_t *value)
{
	if (row->exposure == EXPOSURE_WHEN_TRUE && json_is_true(value))
		return true;
	for (size_t i = 0; i < group->len; i++) {
		CLEANUP(json_release)
		json_t *other = written_value(group->items[i], row);

		if (value_exposes(row, other, value))
			return true;
	}
	return false;
}

static void find_common(struct group *group)
{
	size_t len;
	const struct setting *rows = catalogue_rows(group->kind, &len);

	group->common = json_object();
	/* a rule for all of them would create what is not there */
	for (size_t i = 0; i < group->len; i++) {
		if (resource_is_missing(group->items[i]))
			return;
	}
	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release)
		json_t *value = is_named(&rows[i])
					? most_common(group, &rows[i])
					: NULL;

		if (value && !opens_others(group, &rows[i], value))
			(void)json_object_set(group->common, rows[i].name,
					      value);
	}
}

/* What the resource has differently. New reference. */
static json_t *deviations(const struct group *group,
			  const struct resource *resource)
{
	size_t len;
	const struct setting *rows = catalogue_rows(group->kind, &len);
	json_t *values = json_object();

	for (size_t i = 0; i < len; i++) {
		CLEANUP(json_release)
		json_t *value = written_value(resource, &rows[i]);
		const json_t *common =
			json_object_get(group->common, rows[i].name);

		if (value && (!common || !json_equal(common, value)))
			(void)json_object_set(values, rows[i].name, value);
	}
	return values;
}

/* ---- writing ------------------------------------------------------------- */

/* A word that no YAML version takes for anything but itself. */
static bool is_plain(const char *text)
{
	static const char *const words[] = { "true", "false", "null",
					     "yes",  "no",    "on",
					     "off",  "y",     "n" };
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(text, words[i]))
			return false;
	}
	return *text >= 'a' && *text <= 'z' &&
	       strspn(text, valid) == strlen(text);
}

/* JSON is YAML, so that only texts and lists need a kinder form. */
static void add_value(struct strbuf *out, const json_t *value)
{
	json_t *member;
	size_t i;

	if (json_is_string(value) && is_plain(json_string_value(value))) {
		strbuf_adds(out, json_string_value(value));
		return;
	}
	if (!json_is_array(value)) {
		json_compact(value, out);
		return;
	}
	strbuf_addc(out, '[');
	json_array_foreach(value, i, member) {
		strbuf_adds(out, i ? ", " : "");
		add_value(out, member);
	}
	strbuf_addc(out, ']');
}

static void add_text(struct strbuf *out, const char *text)
{
	CLEANUP(json_release) json_t *value = json_from_text(text);

	add_value(out, value);
}

/*
 * The value of a key that has just been written, and the end of its line. A
 * list that is long goes on lines of its own, deeper than the key.
 */
static void add_after_key(struct strbuf *out, const json_t *value)
{
	CLEANUP(strbuf_release)
	struct strbuf line = STRBUF_INIT(LIMIT_RENDERED);
	json_t *member;
	size_t i;

	add_value(&line, value);
	if (json_array_size(value) < 2 || line.len <= LIST_ON_A_LINE) {
		strbuf_addf(out, " %s\n", line.buf);
		return;
	}
	strbuf_addc(out, '\n');
	json_array_foreach(value, i, member) {
		strbuf_adds(out, "        - ");
		add_value(out, member);
		strbuf_addc(out, '\n');
	}
}

static void add_settings(struct strbuf *out, json_t *values)
{
	const char *name;
	json_t *value;

	strbuf_adds(out, "    set:\n");
	json_object_foreach(values, name, value) {
		strbuf_addf(out, "      %s:", name);
		add_after_key(out, value);
	}
}

/* A target that has the place: of a global place, any of its account. */
static const char *target_of(const struct writer *w, const struct place *place)
{
	for (size_t i = 0; i < w->targets_len; i++) {
		const struct target *target = &w->targets[i];

		if (place->global
			    ? !strcmp(target->account_id, place->account_id)
			    : !strcmp(target->name, place->name))
			return target->name;
	}
	return place->name;
}

static void add_common(const struct writer *w, const struct group *group)
{
	const char *kind = kind_ops(group->kind)->name;

	if (!json_object_size(group->common))
		return;
	strbuf_addf(w->out, "  - name: every %s%s%s\n", kind,
		    group->engine ? " of " : "",
		    group->engine ? group->engine : "");
	strbuf_addf(w->out, "    match: {kind: %s", kind);
	if (group->engine) {
		strbuf_adds(w->out, ", engine: ");
		add_text(w->out, group->engine);
	}
	strbuf_adds(w->out, "}\n");
	add_settings(w->out, group->common);
}

/* One rule for the resources that deviate in the same way in one place. */
static void add_deviation(const struct writer *w, const struct group *group,
			  const json_t *deviation)
{
	const json_t *ids = json_object_get(deviation, "ids");
	const char *kind = kind_ops(group->kind)->name;
	const char *first = json_string_value(json_array_get(ids, 0));
	CLEANUP(strbuf_release) struct strbuf name = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_addf(&name, "%s %s", kind, first);
	if (json_array_size(ids) > 1)
		strbuf_addf(&name, " and %zu more", json_array_size(ids) - 1);
	strbuf_adds(w->out, "  - name: ");
	add_text(w->out, name.buf);
	strbuf_addf(w->out, "\n    match:\n      kind: %s\n", kind);
	if (w->targets_len > 1) {
		strbuf_adds(w->out, "      target: ");
		add_text(w->out, json_text(deviation, "target"));
		strbuf_addc(w->out, '\n');
	}
	strbuf_adds(w->out, "      id:");
	add_after_key(w->out,
		      json_array_size(ids) == 1 ? json_array_get(ids, 0) : ids);
	add_settings(w->out, json_object_get(deviation, "values"));
}

/* Those who deviate in the same way share a rule; in the order of live. */
static void add_deviations(const struct writer *w, const struct group *group)
{
	CLEANUP(json_release) json_t *rules = json_object();
	const char *key_text;
	json_t *rule;

	for (size_t i = 0; i < group->len; i++) {
		const struct resource *resource = group->items[i];
		const char *target = target_of(w, resource->place);
		CLEANUP(json_release)
		json_t *values = deviations(group, resource);
		CLEANUP(strbuf_release)
		struct strbuf key = STRBUF_INIT(LIMIT_ANSWER);

		if (!json_object_size(values))
			continue;
		strbuf_addf(&key, "%s ", target);
		json_compact(values, &key);
		rule = json_object_get(rules, key.buf);
		if (!rule) {
			rule = json_pack("{s:s, s:O, s:[]}", "target", target,
					 "values", values, "ids");
			(void)json_object_set_new(rules, key.buf, rule);
		}
		(void)json_array_append_new(json_object_get(rule, "ids"),
					    json_from_text(resource->id));
	}
	json_object_foreach(rules, key_text, rule)
		add_deviation(w, group, rule);
}

/* The engine that rules can select it by. */
static const char *engine_of(const struct resource *resource)
{
	return kind_ops(resource->kind)->by_reference ? NULL : resource->engine;
}

static bool same_engine(const struct group *group,
			const struct resource *resource)
{
	const char *engine = engine_of(resource);

	if (!group->engine || !engine)
		return group->engine == engine;
	return !strcmp(group->engine, engine);
}

/* The next group of the kind: the engine of the first that is in none. */
static bool next_group(const struct live *live, enum kind kind, bool *taken,
		       struct group *group)
{
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];

		if (taken[i] || resource->kind != kind)
			continue;
		if (!group->len)
			group->engine = engine_of(resource);
		if (!same_engine(group, resource))
			continue;
		GROW(group->items, group->len, group->cap);
		group->items[group->len++] = resource;
		taken[i] = true;
	}
	return group->len != 0;
}

/* Rules that overlap are left as they are, and may not be written as a list. */
static void say_overlapping(const struct writer *w, const struct live *live)
{
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];
		size_t len;
		const struct setting *rows =
			catalogue_rows(resource->kind, &len);

		for (size_t row = 0; row < len; row++) {
			const json_t *outer = NULL;
			const json_t *inner =
				is_written(&rows[row])
					? overlapping(
						  resource_value(resource,
								 &rows[row]),
						  &outer)
					: NULL;
			CLEANUP(free_ptr)
			char *a = inner ? sg_rule_text(inner) : NULL;
			CLEANUP(free_ptr)
			char *b = inner ? sg_rule_text(outer) : NULL;

			if (inner)
				strbuf_addf(w->out,
					    "  # not written: %s of %s, where "
					    "'%s' lies in '%s'\n",
					    rows[row].name, resource->address,
					    a, b);
		}
	}
}

static void add_rules(const struct writer *w, const struct live *live)
{
	CLEANUP(free_ptr) bool *taken = xcalloc(live->len, sizeof(*taken));
	size_t before;

	strbuf_adds(w->out, "rules:");
	before = w->out->len;
	strbuf_addc(w->out, '\n');
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		for (;;) {
			CLEANUP(group_release)
			struct group group = { .kind = kind };

			if (!next_group(live, kind, taken, &group))
				break;
			find_common(&group);
			add_common(w, &group);
			add_deviations(w, &group);
		}
	}
	/* nothing to write: the list has to be one all the same */
	if (w->out->len == before + 1)
		strbuf_adds(w->out, "  []\n");
	say_overlapping(w, live);
}

static void add_targets(const struct writer *w)
{
	strbuf_adds(w->out, "targets:\n");
	for (size_t i = 0; i < w->targets_len; i++) {
		const struct target *target = &w->targets[i];

		strbuf_adds(w->out, "  - name: ");
		add_text(w->out, target->name);
		strbuf_addf(w->out, "\n    account_id: \"%s\"\n",
			    target->account_id);
		strbuf_addf(w->out, "    region: %s\n", target->region);
		if (target->role_arn)
			strbuf_addf(w->out, "    role_arn: \"%s\"\n",
				    target->role_arn);
	}
	strbuf_addc(w->out, '\n');
}

void init_from_live(const struct live *live, const struct target *targets,
		    size_t targets_len, struct strbuf *out)
{
	const struct writer w = { .targets = targets,
				  .targets_len = targets_len,
				  .out = out };

	strbuf_adds(
		out,
		"# The security settings that our Aurora databases have now: "
		"`aback plan` finds\n"
		"# nothing to change. Raise what should be better, take out "
		"what you do not want\n"
		"# to manage. Not written down, because it would pin what "
		"others choose: certificates,\n"
		"# parameter groups, keys, names, tags, versions; nor what "
		"only a "
		"restart changes.\n"
		"# docs/aback-yaml.md explains every key.\n"
		"version: 1\n\n"
		"state:\n"
		"  repository: ./aurora-state.git\n\n");
	add_targets(&w);
	add_rules(&w, live);
	strbuf_adds(out, "\nlimits:\n  max_clusters: 25%\n");
}
