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
	rule->settings = arena_alloc(&r->desired->arena,
				     node->len * sizeof(*rule->settings));
	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_node *key = node->pairs[i].key;
		struct rule_setting *setting =
			&rule->settings[rule->settings_len];

		setting->setting = desired_setting(r, rule->match.kind, key);
		setting->line = key->line;
		setting->column = key->column;
		if (setting->setting &&
		    desired_read_value(r, node->pairs[i].value, setting))
			rule->settings_len++;
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
