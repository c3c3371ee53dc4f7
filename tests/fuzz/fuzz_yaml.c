/* Any bytes: a tree with places, or a mistake; never both missing. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every node has a place and a type that its contents agree with. */
static size_t walk(const struct yaml_node *node, int depth)
{
	size_t nodes = 1;

	assert(depth <= LIMIT_YAML_DEPTH);
	assert(node->line > 0 && node->column > 0);
	for (size_t i = 0; i < node->len; i++) {
		if (node->type == YAML_LIST) {
			nodes += walk(node->items[i], depth + 1);
			continue;
		}
		assert(node->type == YAML_MAP);
		assert(node->pairs[i].key->text);
		assert(yaml_get(node, node->pairs[i].key->text));
		nodes += walk(node->pairs[i].value, depth + 1);
	}
	if (node->type != YAML_LIST && node->type != YAML_MAP)
		assert(strlen(node->text) == node->text_len ||
		       memchr(node->text, 0, node->text_len));
	return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct error_list list = { 0 };
	const struct yaml_node *root =
		yaml_parse(&arena, "fuzz", (const char *)data, size, &list);

	assert(root || list.len);
	if (root)
		assert(walk(root, 1) <= LIMIT_YAML_NODES);
	error_list_sort(&list);
	error_list_release(&list);
	arena_release(&arena);
	return 0;
}
