/* `rules:` what is wanted of which resources. */
#include <string.h>

#include "core/mem.h"
#include "plans/desired_read.h"

static void read_except(struct desired_reader *r, const struct yaml_node *node,
			struct rule *rule)
{
	if (!desired_list(r, node, "'except'"))
		return;
	rule->except = arena_alloc(&r->desired->arena,
				   node->len * sizeof(*rule->except));
	for (size_t i = 0; i < node->len; i++) {
		if (desired_read_selector(r, node->items[i], &rule->match.kind,
					  &rule->except[rule->except_len]))
			rule->except_len++;
	}
}

static void read_when(struct desired_reader *r, const struct yaml_node *node,
		      struct rule *rule)
{
	bool text = node->type == YAML_STRING;

	rule->window = text && !strcmp(node->text, "window");
	if (!rule->window && !(text && !strcmp(node->text, "now")))
		desired_mistake(r, node, NULL,
				"'when' must be now or window, not %s",
				desired_describe(r, node));
}

/* One setting and its value, of the rule's kind or passed on. */
static void read_setting(struct desired_reader *r, const struct yaml_node *key,
			 const struct yaml_node *value,
			 const struct setting *row, struct rule *rule)
{
	struct rule_setting *setting = &rule->settings[rule->settings_len];

	setting->setting = row;
	setting->line = key->line;
	setting->column = key->column;
	if (row && desired_read_value(r, value, setting))
		rule->settings_len++;
}

/* A map whose keys are settings of another kind, of the type of this row. */
static void read_passed(struct desired_reader *r, const struct yaml_node *map,
			const struct setting *row, struct rule *rule)
{
	if (map->type != YAML_MAP || !map->len) {
		desired_mistake(
			r, map, NULL,
			"'%s' must be a map of them by name, not %s", row->name,
			map->type == YAML_MAP ? "an empty one"
					      : desired_describe(r, map));
		return;
	}
	for (size_t i = 0; i < map->len; i++) {
		const struct yaml_node *key = map->pairs[i].key;
		const struct setting *of =
			desired_setting(r, row->passes_to, key);

		if (of && of->type != row->type) {
			CLEANUP(free_ptr)
			char *hint = xasprintf(
				"set it in a rule with match: {kind: %s}",
				kind_ops(row->passes_to)->name);

			desired_mistake(r, key, hint, "'%s' is none of '%s'",
					of->name, row->name);
			continue;
		}
		read_setting(r, key, map->pairs[i].value, of, rule);
	}
}

/* How many settings there may be, those in maps included. */
static size_t count_settings(const struct yaml_node *set)
{
	size_t count = set->len;

	for (size_t i = 0; i < set->len; i++) {
		if (set->pairs[i].value->type == YAML_MAP)
			count += set->pairs[i].value->len;
	}
	return count;
}

static void read_set(struct desired_reader *r, const struct yaml_node *node,
		     struct rule *rule)
{
	if (node->type != YAML_MAP || !node->len) {
		desired_mistake(r, node, NULL,
				"'set' must be a map of settings, not %s",
				node->type == YAML_MAP
					? "an empty one"
					: desired_describe(r, node));
		return;
	}
	rule->settings =
		arena_alloc(&r->desired->arena,
			    count_settings(node) * sizeof(*rule->settings));
	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_node *key = node->pairs[i].key;
		const struct yaml_node *value = node->pairs[i].value;
		const struct setting *row =
			desired_setting(r, rule->match.kind, key);

		if (row && row->passes_through)
			read_passed(r, value, row, rule);
		else
			read_setting(r, key, value, row, rule);
	}
}

static const char *rule_name(struct desired_reader *r,
			     const struct yaml_node *map)
{
	const struct yaml_node *name = yaml_get(map, "name");
	CLEANUP(free_ptr) char *made = NULL;

	if (name)
		return desired_text(r, name, "'name'");
	made = xasprintf("rule at line %ld", map->line);
	return arena_strdup(&r->desired->arena, made);
}

static void read_rule(struct desired_reader *r, const struct yaml_node *map,
		      struct rule *rule)
{
	static const char *const keys[] = { "name", "match", "except",
					    "when", "set",   NULL };
	const struct yaml_node *match, *except, *when, *set;

	if (!desired_map(r, map, "a rule", keys))
		return;
	rule->name = rule_name(r, map);
	rule->line = map->line;
	match = desired_need(r, map, "the rule", "match");
	set = desired_need(r, map, "the rule", "set");
	when = yaml_get(map, "when");
	if (when)
		read_when(r, when, rule);
	/* of an unknown kind, nothing can be said about the rest */
	if (!match || !desired_read_selector(r, match, NULL, &rule->match))
		return;
	except = yaml_get(map, "except");
	if (except)
		read_except(r, except, rule);
	if (set)
		read_set(r, set, rule);
}

void desired_read_rules(struct desired_reader *r, const struct yaml_node *node)
{
	struct desired *d = r->desired;

	if (!desired_list(r, node, "'rules'"))
		return;
	d->rules = arena_alloc(&d->arena, node->len * sizeof(*d->rules));
	for (size_t i = 0; i < node->len; i++)
		read_rule(r, node->items[i], &d->rules[d->rules_len++]);
}
