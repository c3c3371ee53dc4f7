/*
 * YAML 1.2 core as a tree with places, over libyaml (the one door to it).
 * Refused with file:line:column: duplicate keys, undefined or recursive
 * aliases, alias bombs, tags, merge keys, more than one document, text that is
 * no UTF-8, too deep, too large.
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
	YAML_FLOAT, /* a plain number with fraction or exponent, or too large */
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
 * with `file` as their file. An alias is a node of its own with the place of
 * the alias; its children are those of the anchored node, so nothing may be
 * written through it.
 * @return the root; an empty document is a YAML_NULL root. NULL when the text
 *         cannot be understood. Mistakes that leave the structure clear, such
 *         as a duplicate key, are listed and the root is returned all the
 *         same, so that the caller can list its own: the document is good
 *         only when the list is empty.
 */
struct yaml_node *yaml_parse(struct arena *arena, const char *file,
			     const char *text, size_t len,
			     struct error_list *list);

/* The value of a map's key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
