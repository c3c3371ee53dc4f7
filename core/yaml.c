#include "core/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/yaml_text.h"

/* A node that an alias may name. */
struct anchor {
	char *name;
	struct yaml_node *node; /* NULL: not complete, an alias is a loop */
	size_t nodes;           /* with all its aliases written out */
	size_t height;
};

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	const char *file;
	struct error_list *list;
	size_t nodes; /* so far, with all aliases written out */
	struct anchor *anchors;
	size_t anchors_len, anchors_cap;
};

/* The children of a list or map while it is being read. */
struct children {
	struct yaml_pair *pairs; /* a list's items have only a value */
	size_t len, cap;
	size_t height;
};

static void children_release(struct children *children)
{
	free(children->pairs);
}

static void event_release(yaml_event_t *event)
{
	yaml_event_delete(event);
}

static void reader_release(struct reader *r)
{
	yaml_parser_delete(&r->parser);
	for (size_t i = 0; i < r->anchors_len; i++)
		free(r->anchors[i].name);
	free(r->anchors);
}

static void mistake(struct reader *r, yaml_mark_t mark, const char *hint,
		    const char *fmt, ...) PRINTF_LIKE(4, 5);

static void mistake(struct reader *r, yaml_mark_t mark, const char *hint,
		    const char *fmt, ...)
{
	CLEANUP(free_ptr) char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	error_list_add(r->list, r->file, (long)mark.line + 1,
		       (long)mark.column + 1, hint, "%s", message);
}

/* Say in our words what libyaml found wrong. */
static void malformed(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "unreadable";
	yaml_mark_t mark = p->problem_mark;
	const char *hint = NULL;

	if (strstr(problem, "cannot start any token"))
		hint = "indent with blanks, not tabs, and put text that begins "
		       "with @, `, % or a tab in quotes";
	else if (strstr(problem, "could not find expected ':'") ||
		 mark.column > 1024)
		hint = "a key ends in ':' and a blank, stands on one line and "
		       "has at most 1024 characters";
	else if (strstr(problem, "mapping values are not allowed"))
		hint = "text that holds ': ' needs quotes; keys of one map "
		       "have the same indentation";
	else if (strstr(problem, "did not find expected"))
		hint = "check the indentation, and that each [, { and quote "
		       "is closed";
	if (p->context)
		mistake(r, mark, hint,
			"malformed YAML: %s (%s that began at "
			"line %zu)",
			problem, p->context, p->context_mark.line + 1);
	else
		mistake(r, mark, hint, "malformed YAML: %s", problem);
}

static bool next_event(struct reader *r, yaml_event_t *event)
{
	if (yaml_parser_parse(&r->parser, event))
		return true;
	malformed(r);
	return false;
}

/* Count one node more, or what an alias stands for. */
static bool count_nodes(struct reader *r, yaml_mark_t mark, size_t nodes)
{
	r->nodes += nodes; /* both are at most the limit: cannot overflow */
	if (r->nodes <= LIMIT_YAML_NODES)
		return true;
	mistake(r, mark, NULL,
		"more than %d values, counting what aliases stand for",
		LIMIT_YAML_NODES);
	return false;
}

static struct yaml_node *new_node(struct reader *r, yaml_mark_t mark,
				  enum yaml_type type)
{
	struct yaml_node *node = arena_alloc(r->arena, sizeof(*node));

	node->type = type;
	node->line = (long)mark.line + 1;
	node->column = (long)mark.column + 1;
	return node;
}

/* The latest anchor of that name: a later one takes the name over. */
static struct anchor *find_anchor(struct reader *r, const char *name)
{
	for (size_t i = r->anchors_len; i > 0; i--) {
		if (!strcmp(r->anchors[i - 1].name, name))
			return &r->anchors[i - 1];
	}
	return NULL;
}

/* Index + 1 of a new anchor; 0: the node has none. */
static bool open_anchor(struct reader *r, yaml_mark_t mark, const char *name,
			size_t *ret_anchor)
{
	*ret_anchor = 0;
	if (!name)
		return true;
	if (r->anchors_len == LIMIT_YAML_ANCHORS) {
		mistake(r, mark, NULL, "more than %d anchors",
			LIMIT_YAML_ANCHORS);
		return false;
	}
	GROW(r->anchors, r->anchors_len, r->anchors_cap);
	r->anchors[r->anchors_len++] = (struct anchor){ .name = xstrdup(name) };
	*ret_anchor = r->anchors_len;
	return true;
}

static void close_anchor(struct reader *r, size_t anchor,
			 struct yaml_node *node, size_t nodes, size_t height)
{
	if (!anchor)
		return;
	r->anchors[anchor - 1].node = node;
	r->anchors[anchor - 1].nodes = nodes;
	r->anchors[anchor - 1].height = height;
}

static void refuse_tag(struct reader *r, yaml_mark_t mark,
		       const yaml_char_t *tag)
{
	if (tag)
		mistake(r, mark, "leave it out; quotes make a string",
			"the tag '%s': tags are not supported",
			(const char *)tag);
}

static bool too_deep(struct reader *r, yaml_mark_t mark, size_t depth)
{
	if (depth <= LIMIT_YAML_DEPTH)
		return false;
	mistake(r, mark, NULL, "nested deeper than %d levels",
		LIMIT_YAML_DEPTH);
	return true;
}

static struct yaml_node *read_scalar(struct reader *r,
				     const yaml_event_t *event)
{
	struct yaml_node *node = new_node(r, event->start_mark, YAML_STRING);
	const char *value = (const char *)event->data.scalar.value;
	size_t anchor, len = event->data.scalar.length;

	refuse_tag(r, event->start_mark, event->data.scalar.tag);
	node->text = arena_strndup(r->arena, value, len);
	node->text_len = len;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	/* nothing of ours holds one, and C strings would end there */
	if (memchr(value, 0, len))
		mistake(r, event->start_mark, NULL, "a text with a NUL in it");
	if (!node->quoted)
		yaml_type_plain(node);
	if (!open_anchor(r, event->start_mark,
			 (const char *)event->data.scalar.anchor, &anchor))
		return NULL;
	close_anchor(r, anchor, node, 1, 1);
	return node;
}

/*
 * What the alias names, as a node of its own with the alias's place: mistakes
 * are then shown where the value is used. Its children are shared.
 */
static struct yaml_node *read_alias(struct reader *r, const yaml_event_t *event,
				    size_t depth, size_t *ret_height)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = find_anchor(r, name);
	struct yaml_node *node;

	if (!anchor) {
		mistake(r, event->start_mark, NULL,
			"the alias '*%s' names no anchor before it", name);
		return NULL;
	}
	if (!anchor->node) {
		mistake(r, event->start_mark, NULL,
			"the alias '*%s' stands inside what it names", name);
		return NULL;
	}
	/* the alias itself has been counted as one */
	if (!count_nodes(r, event->start_mark, anchor->nodes - 1) ||
	    too_deep(r, event->start_mark, depth + anchor->height - 1))
		return NULL;
	node = new_node(r, event->start_mark, anchor->node->type);
	*node = *anchor->node;
	node->line = (long)event->start_mark.line + 1;
	node->column = (long)event->start_mark.column + 1;
	*ret_height = anchor->height;
	return node;
}

static int by_key(const void *a, const void *b)
{
	const struct yaml_node *x = (*(const struct yaml_pair *const *)a)->key;
	const struct yaml_node *y = (*(const struct yaml_pair *const *)b)->key;
	int order = strcmp(x->text, y->text);

	if (order)
		return order;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

static void refuse_duplicates(struct reader *r, const struct yaml_node *map)
{
	CLEANUP(free_ptr)
	struct yaml_pair **sorted =
		xcalloc(map->len, sizeof(struct yaml_pair *));
	const struct yaml_node *first = NULL;

	for (size_t i = 0; i < map->len; i++)
		sorted[i] = &map->pairs[i];
	if (map->len)
		qsort(sorted, map->len, sizeof(*sorted), by_key);
	for (size_t i = 0; i < map->len; i++) {
		const struct yaml_node *key = sorted[i]->key;

		if (!first || strcmp(first->text, key->text) != 0) {
			first = key;
			continue;
		}
		error_list_add(r->list, r->file, key->line, key->column, NULL,
			       "the key '%s' is there twice; first at line %ld",
			       key->text, first->line);
	}
}

static struct yaml_node *read_node(struct reader *r, const yaml_event_t *event,
				   size_t depth, size_t *ret_height);

/* The node of the next event; *ret_end: the list or map ended instead. */
static struct yaml_node *read_child(struct reader *r, size_t depth,
				    struct children *children, bool *ret_end)
{
	CLEANUP(event_release) yaml_event_t event = { 0 };
	struct yaml_node *node;
	size_t height = 0;

	if (!next_event(r, &event))
		return NULL;
	if (event.type == YAML_SEQUENCE_END_EVENT ||
	    event.type == YAML_MAPPING_END_EVENT) {
		*ret_end = true;
		return NULL;
	}
	node = read_node(r, &event, depth, &height);
	if (height > children->height)
		children->height = height;
	return node;
}

static bool usable_key(struct reader *r, const struct yaml_node *key)
{
	yaml_mark_t mark = { .line = (size_t)key->line - 1,
			     .column = (size_t)key->column - 1 };

	if (key->type == YAML_LIST || key->type == YAML_MAP) {
		mistake(r, mark, NULL, "a key must be a text");
		return false;
	}
	if (!key->quoted && !strcmp(key->text, "<<")) {
		mistake(r, mark,
			"write the keys out, or use an alias as the "
			"whole value",
			"merge keys ('<<') are not supported");
		return false;
	}
	return true;
}

static bool read_children(struct reader *r, enum yaml_type type, size_t depth,
			  struct children *children)
{
	bool end = false;

	for (;;) {
		struct yaml_pair pair = { NULL, NULL };

		if (type == YAML_MAP) {
			pair.key = read_child(r, depth, children, &end);
			if (!pair.key)
				return end;
		}
		pair.value = read_child(r, depth, children, &end);
		if (!pair.value)
			return end;
		if (pair.key && !usable_key(r, pair.key))
			continue;
		GROW(children->pairs, children->len, children->cap);
		children->pairs[children->len++] = pair;
	}
}

static struct yaml_node *read_collection(struct reader *r,
					 const yaml_event_t *event,
					 size_t depth, size_t *ret_height)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	CLEANUP(children_release) struct children children = { 0 };
	struct yaml_node *node =
		new_node(r, event->start_mark, map ? YAML_MAP : YAML_LIST);
	size_t anchor, before = r->nodes;

	refuse_tag(r, event->start_mark,
		   map ? event->data.mapping_start.tag
		       : event->data.sequence_start.tag);
	if (too_deep(r, event->start_mark, depth) ||
	    !open_anchor(
		    r, event->start_mark,
		    (const char *)(map ? event->data.mapping_start.anchor
				       : event->data.sequence_start.anchor),
		    &anchor) ||
	    !read_children(r, node->type, depth + 1, &children))
		return NULL;
	node->len = children.len;
	if (map) {
		node->pairs = arena_alloc(r->arena,
					  children.len * sizeof(*node->pairs));
		if (children.len)
			memcpy(node->pairs, children.pairs,
			       children.len * sizeof(*node->pairs));
		refuse_duplicates(r, node);
	} else {
		node->items = arena_alloc(r->arena,
					  children.len * sizeof(*node->items));
		for (size_t i = 0; i < children.len; i++)
			node->items[i] = children.pairs[i].value;
	}
	*ret_height = children.height + 1;
	close_anchor(r, anchor, node, r->nodes - before + 1, *ret_height);
	return node;
}

/* The node that begins with event; NULL: hopeless, with a mistake listed. */
static struct yaml_node *read_node(struct reader *r, const yaml_event_t *event,
				   size_t depth, size_t *ret_height)
{
	if (!count_nodes(r, event->start_mark, 1))
		return NULL;
	*ret_height = 1;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(r, event);
	case YAML_ALIAS_EVENT:
		return read_alias(r, event, depth, ret_height);
	default:
		return read_collection(r, event, depth, ret_height);
	}
}

/*
 * Only blanks, comments and "..." may follow the document. Looked at here and
 * not by libyaml, which compares each %TAG with all others before it tells.
 */
static bool nothing_follows(struct reader *r, const char *text, size_t len,
			    yaml_mark_t mark)
{
	size_t at = yaml_text_offset(text, len, mark.index);

	while (at < len) {
		size_t left = len - at;

		if (text[at] == '#') {
			while (at < len && text[at] != '\n')
				at++;
		} else if (text[at] == '\n') {
			at++;
			mark.line++;
			mark.column = 0;
		} else if (strchr(" \t\r", text[at])) {
			at++;
			mark.column++;
		} else if (left >= 3 && !memcmp(text + at, "...", 3)) {
			at += 3;
			mark.column += 3;
		} else {
			bool another =
				left >= 3 && !memcmp(text + at, "---", 3);

			mistake(r, mark, "a file holds one document",
				another ? "more than one document"
					: "something after the end of the "
					  "document");
			return false;
		}
	}
	return true;
}

/* Directives: only "%YAML 1.2", or 1.1, once, and before everything else. */
static bool directives_are_few(struct reader *r, const char *text, size_t len)
{
	yaml_mark_t mark = { 0, 0, 0 };
	bool seen = false;

	for (size_t at = 0; at < len; mark.line++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - (text + at)) : len - at;
		size_t blank = 0;

		while (blank < line_len && strchr(" \t\r", text[at + blank]))
			blank++;
		if (text[at] == '%') {
			if (seen || line_len < 9 ||
			    memcmp(text + at, "%YAML 1.", 8) != 0) {
				mistake(r, mark, NULL,
					"YAML directives other than one "
					"'%%YAML 1.2' are not supported");
				return false;
			}
			seen = true;
		} else if (blank < line_len && text[at + blank] != '#') {
			break;
		}
		at += line_len + 1;
	}
	return true;
}

static struct yaml_node *read_document(struct reader *r, const char *text,
				       size_t len)
{
	CLEANUP(event_release) yaml_event_t stream = { 0 };
	CLEANUP(event_release) yaml_event_t start = { 0 };
	CLEANUP(event_release) yaml_event_t first = { 0 };
	CLEANUP(event_release) yaml_event_t end = { 0 };
	struct yaml_node *root;
	size_t height = 0;

	if (!next_event(r, &stream) || !next_event(r, &start))
		return NULL;
	if (start.type == YAML_STREAM_END_EVENT) {
		root = new_node(r, (yaml_mark_t){ 0, 0, 0 }, YAML_NULL);
		root->text = "";
		return root;
	}
	if (!next_event(r, &first))
		return NULL;
	root = read_node(r, &first, 1, &height);
	if (!root || !next_event(r, &end) ||
	    !nothing_follows(r, text, len, end.end_mark))
		return NULL;
	return root;
}

struct yaml_node *yaml_parse(struct arena *arena, const char *file,
			     const char *text, size_t len,
			     struct error_list *list)
{
	CLEANUP(reader_release)
	struct reader r = { .arena = arena, .file = file, .list = list };
	struct yaml_node *root;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	if (!yaml_text_check(file, text, len, list))
		return NULL;
	if (!yaml_parser_initialize(&r.parser)) {
		error_list_add(list, file, 0, 0, NULL, "out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text,
				     len);
	if (!directives_are_few(&r, text, len))
		return NULL;
	root = read_document(&r, text, len);
	return root;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; i < map->len && map->type == YAML_MAP; i++) {
		if (!strcmp(map->pairs[i].key->text, key))
			return map->pairs[i].value;
	}
	return NULL;
}
