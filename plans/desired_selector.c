/* `match:` and `except:` which resources a rule is about. */
#include <string.h>

#include "core/mem.h"
#include "plans/desired_read.h"

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *s = copy; *s; s++) {
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	}
	return copy;
}

static bool read_globs(struct desired_reader *r, const struct yaml_node *node,
		       const char *what, bool lower_case, const char ***ret,
		       size_t *ret_len)
{
	*ret = desired_texts(r, node, what, ret_len);
	for (size_t i = 0; *ret && lower_case && i < *ret_len; i++)
		(*ret)[i] = lower(&r->desired->arena, (*ret)[i]);
	return *ret != NULL;
}

static bool read_engines(struct desired_reader *r, const struct yaml_node *node,
			 struct selector *selector)
{
	static const char *const engines[] = { "aurora-mysql",
					       "aurora-postgresql" };
	bool good;

	selector->engines =
		desired_texts(r, node, "'engine'", &selector->engines_len);
	good = selector->engines != NULL;
	for (size_t i = 0; good && i < selector->engines_len; i++) {
		const char *engine = selector->engines[i];

		if (!strcmp(engine, engines[0]) || !strcmp(engine, engines[1]))
			continue;
		desired_mistake(r,
				node->type == YAML_LIST ? node->items[i] : node,
				"valid are aurora-mysql and aurora-postgresql",
				"unknown engine '%s'", engine);
		good = false;
	}
	return good;
}

/*
 * Names of targets, for what is global replaced by the place that it is in: the
 * account of the target.
 */
static bool read_places(struct desired_reader *r, const struct yaml_node *node,
			bool global, struct selector *selector)
{
	struct desired *d = r->desired;
	bool good;

	selector->targets =
		desired_texts(r, node, "'target'", &selector->targets_len);
	good = selector->targets != NULL;
	for (size_t i = 0; selector->targets && i < selector->targets_len;
	     i++) {
		const char *name = selector->targets[i];
		const struct target *target = desired_target(
			r, node->type == YAML_LIST ? node->items[i] : node,
			name);
		CLEANUP(free_ptr) char *text = NULL;

		if (target && global && target->account_id) {
			text = xasprintf("%s/global", target->account_id);
			selector->targets[i] = arena_strdup(&d->arena, text);
		}
		good = good && target;
	}
	return good;
}

static bool read_tags(struct desired_reader *r, const struct yaml_node *node,
		      struct selector *selector)
{
	struct arena *arena = &r->desired->arena;
	bool good = true;

	if (node->type != YAML_MAP || !node->len) {
		desired_mistake(r, node, "such as tags: {environment: prod}",
				"'tags' must be a map of tags, not %s",
				node->type == YAML_MAP
					? "an empty one"
					: desired_describe(r, node));
		return false;
	}
	selector->tags_len = node->len;
	selector->tag_keys = arena_alloc(arena, node->len * sizeof(char *));
	selector->tag_values = arena_alloc(arena, node->len * sizeof(char *));
	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_node *value = node->pairs[i].value;
		bool empty = value->type == YAML_STRING && !value->text_len;

		selector->tag_keys[i] = node->pairs[i].key->text;
		/* a tag may well be empty; other texts may not */
		selector->tag_values[i] =
			empty ? "" : desired_text(r, value, "a tag's value");
		good = good && selector->tag_values[i];
	}
	return good;
}

/* Does the key select nothing of this kind? Then it is listed. */
static bool makes_no_sense(struct desired_reader *r,
			   const struct yaml_node *key, enum kind kind)
{
	const struct kind_ops *ops = kind_ops(kind);

	if (!strcmp(key->text, "cluster") && ops->lane_kind == kind &&
	    !ops->of_cluster) {
		desired_mistake(r, key, ops->by_reference ? NULL : "use 'id'",
				"'cluster' selects members of a cluster, and "
				"the kind '%s' has none",
				ops->name);
		return true;
	}
	if (!strcmp(key->text, "engine") && ops->by_reference &&
	    !ops->of_engine) {
		desired_mistake(r, key, NULL, "the kind '%s' has no engine",
				ops->name);
		return true;
	}
	if (!strcmp(key->text, "tags") && ops->by_reference) {
		desired_mistake(r, key, "select it by its id",
				"tags of the kind '%s' are not read",
				ops->name);
		return true;
	}
	return false;
}

static bool read_key(struct desired_reader *r, const struct yaml_pair *pair,
		     struct selector *s)
{
	const char *key = pair->key->text;
	const struct yaml_node *value = pair->value;

	if (!strcmp(key, "kind"))
		return true; /* has been read */
	if (makes_no_sense(r, pair->key, s->kind))
		return false;
	if (!strcmp(key, "id"))
		return read_globs(r, value, "'id'",
				  kind_ops(s->kind)->lower_case, &s->ids,
				  &s->ids_len);
	if (!strcmp(key, "cluster"))
		return read_globs(r, value, "'cluster'", true, &s->clusters,
				  &s->clusters_len);
	if (!strcmp(key, "engine"))
		return read_engines(r, value, s);
	if (!strcmp(key, "target"))
		return read_places(r, value, kind_ops(s->kind)->global, s);
	return !strcmp(key, "tags") && read_tags(r, value, s);
}

/* The kind that the selector names, or inherits. */
static bool read_kind(struct desired_reader *r, const struct yaml_node *node,
		      const enum kind *inherited, enum kind *ret_kind)
{
	const struct yaml_node *kind = yaml_get(node, "kind");

	if (!inherited && !kind) {
		desired_mistake(r, node, "such as kind: cluster",
				"'match' has no 'kind'");
		return false;
	}
	if (kind && !desired_kind(r, kind, ret_kind))
		return false;
	if (!inherited)
		return true;
	if (kind && *ret_kind != *inherited) {
		desired_mistake(r, kind, NULL,
				"an 'except' entry has the rule's kind, '%s'",
				kind_ops(*inherited)->name);
		return false;
	}
	*ret_kind = *inherited;
	return true;
}

bool desired_read_selector(struct desired_reader *r,
			   const struct yaml_node *node,
			   const enum kind *inherited,
			   struct selector *ret_selector)
{
	static const char *const keys[] = { "kind",   "id",   "cluster",
					    "engine", "tags", "target",
					    NULL };
	struct selector selector = { .kind = KIND_CLUSTER };
	bool good;

	if (!desired_map(r, node, inherited ? "an 'except' entry" : "'match'",
			 keys))
		return false;
	if (!read_kind(r, node, inherited, &selector.kind))
		return false;
	if (inherited && node->len == (yaml_get(node, "kind") ? 1 : 0)) {
		desired_mistake(r, node, NULL,
				"an 'except' entry that selects everything");
		return false;
	}
	good = true;
	for (size_t i = 0; i < node->len; i++)
		good = read_key(r, &node->pairs[i], &selector) && good;
	if (good)
		*ret_selector = selector;
	return good;
}

bool desired_read_places(struct desired_reader *r, const struct yaml_node *node,
			 struct selector *ret_selector)
{
	static const char *const keys[] = { "target", NULL };
	const struct yaml_node *target;

	if (!desired_map(r, node, "a 'match' without a kind", keys))
		return false;
	target = yaml_get(node, "target");
	return !target || read_places(r, target, false, ret_selector);
}
