/* `aback init --from-live`: the rules that describe a fleet as it is. */
#include "plans/init.h"

#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/catalogue.h"
#include "plans/init_group.h"
#include "plans/init_values.h"
#include "plans/init_weak.h"
#include "plans/init_yaml.h"
#include "plans/sg_rule.h"

static void add_settings(struct strbuf *out, json_t *values)
{
	const char *name;
	json_t *value;

	strbuf_adds(out, "    set:\n");
	json_object_foreach(values, name, value) {
		strbuf_addf(out, "      %s:", name);
		init_add_after_key(out, value);
	}
}

static void add_excepted(struct strbuf *out, const json_t *excepted)
{
	json_t *one;
	size_t i;

	if (!json_array_size(excepted))
		return;
	strbuf_adds(out, "    except:\n");
	json_array_foreach(excepted, i, one) {
		const char *target = json_text(one, "target");

		strbuf_adds(out, "      - {id: ");
		init_add_text(out, json_text(one, "id"));
		if (target) {
			strbuf_adds(out, ", target: ");
			init_add_text(out, target);
		}
		strbuf_adds(out, "}\n");
	}
}

/* A rule for all of the group but a few. */
static void add_rule_of_most(const struct init_writer *w,
			     const struct init_group *group,
			     const json_t *excepted, json_t *values)
{
	const char *kind = kind_ops(group->kind)->name;
	const size_t but = json_array_size(excepted);

	strbuf_addf(w->out, "  - name: every %s%s%s", kind,
		    group->engine ? " of " : "",
		    group->engine ? group->engine : "");
	if (but)
		strbuf_addf(w->out, " but %zu", but);
	strbuf_addf(w->out, "\n    match: {kind: %s", kind);
	if (group->engine) {
		strbuf_adds(w->out, ", engine: ");
		init_add_text(w->out, group->engine);
	}
	strbuf_adds(w->out, "}\n");
	add_excepted(w->out, excepted);
	add_settings(w->out, values);
}

/* Settings from which the same ones are excepted share a rule. */
static void add_common(const struct init_writer *w,
		       const struct init_group *group)
{
	CLEANUP(json_release) json_t *rules = json_object();
	const char *name, *key_text;
	json_t *value, *rule;

	json_object_foreach(group->common, name, value) {
		json_t *excepted = json_object_get(group->excepted, name);
		CLEANUP(strbuf_release)
		struct strbuf key = STRBUF_INIT(LIMIT_ANSWER);

		json_compact(excepted, &key);
		rule = json_object_get(rules, key.buf);
		if (!rule) {
			rule = json_pack("{sO s{}}", "excepted", excepted,
					 "values");
			(void)json_object_set_new(rules, key.buf, rule);
		}
		(void)json_object_set(json_object_get(rule, "values"), name,
				      value);
	}
	json_object_foreach(rules, key_text, rule)
		add_rule_of_most(w, group, json_object_get(rule, "excepted"),
				 json_object_get(rule, "values"));
}

/* One rule for the resources that deviate in the same way in one place. */
static void add_deviation(const struct init_writer *w,
			  const struct init_group *group,
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
	init_add_text(w->out, name.buf);
	strbuf_addf(w->out, "\n    match:\n      kind: %s\n", kind);
	if (w->targets_len > 1) {
		strbuf_adds(w->out, "      target: ");
		init_add_text(w->out, json_text(deviation, "target"));
		strbuf_addc(w->out, '\n');
	}
	strbuf_adds(w->out, "      id:");
	init_add_after_key(w->out, json_array_size(ids) == 1
					   ? json_array_get(ids, 0)
					   : ids);
	add_settings(w->out, json_object_get(deviation, "values"));
}

/* Those who deviate in the same way share a rule; in the order of live. */
static void add_deviations(const struct init_writer *w,
			   const struct init_group *group)
{
	CLEANUP(json_release) json_t *rules = json_object();
	const char *key_text;
	json_t *rule;

	for (size_t i = 0; i < group->len; i++) {
		const struct resource *resource = group->items[i];
		const char *target = init_target_of(w, resource->place);
		CLEANUP(json_release)
		json_t *values = init_group_deviations(group, resource);
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

/* Rules that overlap are left as they are, and may not be written as a list. */
static void say_overlapping(const struct init_writer *w,
			    const struct live *live)
{
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];
		size_t len;
		const struct setting *rows =
			catalogue_rows(resource->kind, &len);

		for (size_t row = 0; row < len; row++) {
			const json_t *outer = NULL;
			const json_t *inner =
				init_is_written(&rows[row])
					? init_overlapping(
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

/* What would have been written down if it were not weak. */
static void say_weak(const struct init_writer *w, const struct live *live)
{
	for (size_t i = 0; i < live->len; i++) {
		const struct resource *resource = live->items[i];
		size_t len;
		const struct setting *rows =
			catalogue_rows(resource->kind, &len);

		for (size_t row = 0; row < len; row++) {
			CLEANUP(json_release)
			json_t *value =
				weak_is(w->weak, resource, &rows[row])
					? init_value(resource, &rows[row])
					: NULL;

			if (value)
				weak_left_out(
					w->weak, resource, &rows[row], value,
					w->targets_len > 1
						? init_target_of(
							  w, resource->place)
						: NULL);
		}
	}
	weak_write(w->weak, w->out);
}

static void add_rules(const struct init_writer *w, const struct live *live)
{
	CLEANUP(free_ptr) bool *taken = xcalloc(live->len, sizeof(*taken));
	size_t before;

	strbuf_adds(w->out, "rules:");
	before = w->out->len;
	strbuf_addc(w->out, '\n');
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		for (;;) {
			CLEANUP(init_group_release)
			struct init_group group = { .kind = kind,
						    .weak = w->weak };

			if (!init_group_next(live, kind, taken, &group))
				break;
			init_group_find_common(w, &group);
			add_common(w, &group);
			add_deviations(w, &group);
		}
	}
	/* nothing to write: the list has to be one all the same */
	if (w->out->len == before + 1)
		strbuf_adds(w->out, "  []\n");
	say_overlapping(w, live);
	say_weak(w, live);
}

static void add_targets(const struct init_writer *w)
{
	strbuf_adds(w->out, "targets:\n");
	for (size_t i = 0; i < w->targets_len; i++) {
		const struct target *target = &w->targets[i];

		strbuf_adds(w->out, "  - name: ");
		init_add_text(w->out, target->name);
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
	CLEANUP(weak_release) struct weak weak = weak_find(live);
	const struct init_writer w = { .targets = targets,
				       .targets_len = targets_len,
				       .weak = &weak,
				       .out = out };

	strbuf_adds(
		out,
		"# The security settings that our Aurora databases have now: "
		"`aback plan` finds\n"
		"# nothing to change. What is weak is not written down as "
		"wanted, but below, with\n"
		"# the rule that would put it right; take out what you do not "
		"want to manage.\n"
		"# Not written down either, because it would pin what "
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
