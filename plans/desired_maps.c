/* Maps of texts and of documents, of which some names are said. */
#include "plans/desired_values.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "plans/value.h"

/* Is it one that a map of strings may have? Judged alone, at its own place. */
static bool is_pair(struct desired_reader *r, const struct setting *row,
		    const struct yaml_node *at, const char *key,
		    const json_t *text)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *alone = json_object();
	CLEANUP(json_release) json_t *value = NULL;

	(void)json_object_set(alone, key, (json_t *)(uintptr_t)text);
	if (!value_check(row, alone, &value, &err))
		return true;
	desired_refuse_value(r, row, at, &err);
	return false;
}

/* A text of a map of strings, which may be empty. New reference, or NULL. */
static json_t *map_text(struct desired_reader *r, const struct setting *row,
			const struct yaml_pair *pair)
{
	CLEANUP(free_ptr)
	char *what = xasprintf("the value of '%s' in '%s'", pair->key->text,
			       row->name);
	const char *text;

	if (pair->value->type == YAML_STRING && !pair->value->text_len)
		return json_string("");
	text = desired_text(r, pair->value, what);
	return text ? json_from_text(text) : NULL;
}

/* A map of strings; each key and value has a place of its own in mistakes. */
static json_t *read_texts(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *node)
{
	CLEANUP(json_release) json_t *map = json_object();
	CLEANUP(json_release) json_t *none = json_string("");
	bool good = true;

	for (size_t i = 0; i < node->len; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		const char *key = pair->key->text;
		CLEANUP(json_release) json_t *text = NULL;

		/* what is wrong without its value, the key is to blame for */
		if (!is_pair(r, row, pair->key, key, none)) {
			good = false;
			continue;
		}
		text = map_text(r, row, pair);
		if (!text || !is_pair(r, row, pair->value, key, text)) {
			good = false;
			continue;
		}
		(void)json_object_set(map, key, text);
	}
	return good ? TAKE(map) : NULL;
}

/* What `include` of a map of strings has; NULL: not valid. */
static json_t *read_some_texts(struct desired_reader *r,
			       const struct setting *row,
			       const struct yaml_node *node)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *given = NULL;
	json_t *value = NULL;

	if (node->type != YAML_MAP || !node->len) {
		desired_mistake(r, node, NULL,
				"'include' of '%s' must be a map of strings, "
				"not %s",
				row->name,
				node->type == YAML_MAP
					? "an empty one"
					: desired_describe(r, node));
		return NULL;
	}
	given = read_texts(r, row, node);
	if (given && value_check(row, given, &value, &err))
		desired_refuse_value(r, row, node, &err);
	return value;
}

/*
 * A name of a map to exclude; whether there is such a name is not judged, but
 * whether a map of strings may have it is.
 */
static bool read_name(struct desired_reader *r, const struct setting *row,
		      const struct yaml_node *node, const char *name,
		      json_t *names)
{
	CLEANUP(json_release) json_t *none = json_string("");

	if (row->type == TYPE_STRING_MAP && !is_pair(r, row, node, name, none))
		return false;
	json_array_add_unique(names, name);
	return true;
}

static json_t *read_names(struct desired_reader *r, const struct setting *row,
			  const struct yaml_node *map)
{
	const struct yaml_node *list = yaml_get(map, "exclude");
	CLEANUP(free_ptr)
	char *what = xasprintf("'exclude' of '%s'", row->name);
	CLEANUP(json_release) json_t *names = json_array();
	const char **texts;
	size_t len = 0;
	bool good = true;

	if (!list)
		return TAKE(names);
	texts = desired_texts(r, list, what, &len);
	if (!texts)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		const struct yaml_node *node =
			list->type == YAML_LIST ? list->items[i] : list;

		good = read_name(r, row, node, texts[i], names) && good;
	}
	return good ? json_sorted_set(names) : NULL;
}

/* Documents, or texts, by name to include; NULL: not valid. */
static json_t *read_documents(struct desired_reader *r,
			      const struct setting *row,
			      const struct yaml_node *map)
{
	const struct yaml_node *node = yaml_get(map, "include");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *given = NULL;
	json_t *value = NULL;

	if (!node)
		return json_object();
	if (row->type == TYPE_STRING_MAP)
		return read_some_texts(r, row, node);
	given = desired_json(node);
	if (json_is_object(given) && !json_object_size(given)) {
		desired_mistake(r, node, NULL, "'include' of '%s' is empty",
				row->name);
		return NULL;
	}
	if (value_check(row, given, &value, &err)) {
		desired_refuse_value(r, row, node, &err);
		return NULL;
	}
	return value;
}

bool desired_names_members(const struct yaml_node *map)
{
	for (size_t i = 0; i < map->len; i++) {
		const char *key = map->pairs[i].key->text;

		if (strcmp(key, "include") != 0 && strcmp(key, "exclude") != 0)
			return false;
	}
	return map->len > 0;
}

bool desired_read_some_documents(struct desired_reader *r,
				 const struct yaml_node *map,
				 struct rule_setting *setting)
{
	const struct setting *row = setting->setting;
	CLEANUP(json_release) json_t *include = read_documents(r, row, map);
	CLEANUP(json_release) json_t *exclude = read_names(r, row, map);

	if (!include || !exclude)
		return false;
	return desired_take_members(r, map, setting, include, exclude);
}
