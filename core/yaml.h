/*
 * YAML 1.2 core as a tree with places, over libyaml (the one door to it).
 * Refused with file:line:column: duplicate keys, undefined or recursive
 * aliases, alias bombs, tags, more than one document, too deep, too large.
 */
#ifndef ABACK_CORE_YAML_H
#define ABACK_CORE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/compiler.h"
#include "core/error.h"

enum yaml_type {
	YAML_NULL,
	YAML_BOOL,
	YAML_INT,
	YAML_FLOAT, /* a plain number with fraction or exponent */
	YAML_STRING,
	YAML_LIST,
	YAML_MAP
};

struct yaml_node;

struct yaml_pair {
	struct yaml_node *key; /* always a scalar; its text is the key */
	struct yaml_node *value;
};

struct yaml_node {
	enum yaml_type type;
	long line, column; /* 1-based */
	/* the scalar as written, before typing; NULL for list and map */
	const char *text;
	size_t text_len;
	bool quoted; /* or a block scalar */
	bool boolean;
	int64_t integer;
	struct yaml_node **items; /* list */
	struct yaml_pair *pairs;  /* map */
	size_t len;               /* of items or pairs */
};

/*
 * Parse one document. The nodes live in arena. All mistakes go into list,
 * with `file` as their file.
 * @return the root, or NULL with at least one mistake listed; an empty
 *         document is a YAML_NULL root
 */
struct yaml_node *yaml_parse(struct arena *arena, const char *file,
			     const char *text, size_t len,
			     struct error_list *list);

/* The value of a map's key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
