/*
 * The paths are a trie. The parser walks it with the document: for each open
 * element the set of trie nodes that it matches is on a stack, usually one.
 * An element that matches none begins a subtree of which only the depth is
 * counted. No path is ever built as text.
 */
#include "core/xml.h"

#include <assert.h>
#include <expat.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"

/* ---- the trie ---- */

struct node {
	char *name;
	size_t name_len;
	uint32_t hash;
	bool has_id;
	int id;
	struct node *any;    /* the child `*` */
	struct node **named; /* the others: a hash table with free slots */
	size_t named_len, named_cap; /* cap is 0 or a power of two */
};

struct xml_paths {
	struct node root; /* stands above the document's root */
};

/*
 * Of a few bytes only, since every element of every answer goes through it. The
 * names in the tables are ours, so no answer can make them collide.
 */
static uint32_t hash_name(const char *name, size_t len)
{
	uint32_t hash = (uint32_t)len;

	if (len)
		hash += (unsigned char)name[0] * 5U +
			(unsigned char)name[len / 2] * 11U +
			(unsigned char)name[len - 1] * 23U;
	return hash;
}

static struct node **slot_of(struct node **table, size_t cap, const char *name,
			     size_t len, uint32_t hash)
{
	for (size_t i = hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
		const struct node *node = table[i];

		if (!node || (node->hash == hash && node->name_len == len &&
			      !memcmp(node->name, name, len)))
			return &table[i];
	}
}

static const struct node *child_of(const struct node *node, const char *name,
				   size_t len, uint32_t hash)
{
	return node->named_cap
		       ? *slot_of(node->named, node->named_cap, name, len, hash)
		       : NULL;
}

/* At least half of the slots stay free, so that a search ends soon. */
static void grow_table(struct node *node)
{
	size_t cap = node->named_cap ? node->named_cap * 2 : 8;
	struct node **table = xcalloc(cap, sizeof(*table));

	for (size_t i = 0; i < node->named_cap; i++) {
		struct node *child = node->named[i];

		if (child)
			*slot_of(table, cap, child->name, child->name_len,
				 child->hash) = child;
	}
	free(node->named);
	node->named = table;
	node->named_cap = cap;
}

static struct node *new_node(const char *name, size_t len, uint32_t hash)
{
	struct node *node = xcalloc(1, sizeof(*node));

	node->name = xstrndup(name, len);
	node->name_len = len;
	node->hash = hash;
	return node;
}

static struct node *add_child(struct node *node, const char *name, size_t len)
{
	uint32_t hash = hash_name(name, len);
	struct node **slot = &node->any;

	if (len != 1 || *name != '*') {
		if (node->named_len * 2 >= node->named_cap)
			grow_table(node);
		slot = slot_of(node->named, node->named_cap, name, len, hash);
		node->named_len += !*slot;
	}
	if (!*slot)
		*slot = new_node(name, len, hash);
	return *slot;
}

/* Below `*` only text tells a value from a structure: it is kept. */
static bool is_leaf(const struct node *node)
{
	return !node->named_len;
}

static void node_release(struct node *node)
{
	for (size_t i = 0; i < node->named_cap; i++) {
		if (node->named[i]) {
			node_release(node->named[i]);
			free(node->named[i]);
		}
	}
	if (node->any)
		node_release(node->any);
	free(node->any);
	free(node->named);
	free(node->name);
}

struct xml_paths *xml_paths_new(void)
{
	return xcalloc(1, sizeof(struct xml_paths));
}

void xml_paths_free(struct xml_paths *paths)
{
	if (!paths)
		return;
	node_release(&paths->root);
	free(paths);
}

void xml_paths_add(struct xml_paths *paths, const char *path, int id)
{
	struct node *node = &paths->root;

	for (;;) {
		size_t len = strcspn(path, "/");

		assert(len > 0);
		node = add_child(node, path, len);
		if (!path[len])
			break;
		path += len + 1;
	}
	assert(!node->has_id);
	node->has_id = true;
	node->id = id;
}

/* ---- the walk ---- */

struct frame {
	size_t first;      /* of its nodes in parser->nodes */
	size_t text_start; /* in parser->text */
	bool keep_text;
};

struct xml_parser {
	XML_Parser expat;
	const struct xml_handler *handler;
	void *ctx;
	const struct node **nodes; /* those of all frames, frame by frame */
	size_t nodes_len, nodes_cap;
	struct frame frames[LIMIT_XML_DEPTH + 1]; /* [0] is the document */
	size_t depth;
	size_t skipped; /* elements open below a skipped one, itself too */
	char *text;
	size_t text_len, text_cap;
	char *root;
	uint64_t fed;        /* bytes given to expat so far */
	const char *problem; /* why the document was refused, or NULL */
};

static void refuse(struct xml_parser *parser, const char *problem)
{
	if (parser->problem)
		return;
	parser->problem = problem;
	XML_StopParser(parser->expat, XML_FALSE);
}

static void push_node(struct xml_parser *parser, const struct node *node)
{
	if (!node)
		return;
	GROW(parser->nodes, parser->nodes_len, parser->nodes_cap);
	parser->nodes[parser->nodes_len++] = node;
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len)
{
	struct xml_parser *parser = ctx;
	struct frame *frame = &parser->frames[parser->depth];
	size_t more = (size_t)len;

	if (parser->skipped || parser->problem)
		return;
	if (parser->text_len - frame->text_start + more > LIMIT_ELEMENT_TEXT) {
		refuse(parser, "an element's text is too long");
		return;
	}
	if (parser->text_cap - parser->text_len <= more) {
		size_t cap = (parser->text_len + more + 1) * 2;
		char *grown = xmalloc(cap);

		if (parser->text_len)
			memcpy(grown, parser->text, parser->text_len);
		wipe(parser->text, parser->text_cap);
		free(parser->text);
		parser->text = grown;
		parser->text_cap = cap;
	}
	memcpy(parser->text + parser->text_len, text, more);
	parser->text_len += more;
}

/* expat does less work while nobody listens. */
static void listen_for_text(struct xml_parser *parser)
{
	XML_SetCharacterDataHandler(
		parser->expat,
		parser->frames[parser->depth].keep_text ? on_text : NULL);
}

/* Push the children of the innermost frame's nodes that match. */
static void match(struct xml_parser *parser, const char *name)
{
	size_t end = parser->nodes_len;
	size_t len = strlen(name);
	uint32_t hash = hash_name(name, len);

	for (size_t i = parser->frames[parser->depth].first; i < end; i++) {
		push_node(parser, child_of(parser->nodes[i], name, len, hash));
		push_node(parser, parser->nodes[i]->any);
	}
}

static bool is_any(const struct node *node)
{
	return node->name_len == 1 && *node->name == '*';
}

static void announce(const struct xml_parser *parser, const struct node *node,
		     const char *name)
{
	if (parser->handler->open)
		parser->handler->open(parser->ctx, node->id);
	if (parser->handler->name && is_any(node))
		parser->handler->name(parser->ctx, node->id, name);
}

static void enter(struct xml_parser *parser, size_t first, const char *name)
{
	struct frame *frame = &parser->frames[++parser->depth];
	bool kept = frame[-1].keep_text;

	*frame = (struct frame){ .first = first,
				 .text_start = parser->text_len };
	for (size_t i = first; i < parser->nodes_len; i++)
		frame->keep_text |=
			parser->nodes[i]->has_id && is_leaf(parser->nodes[i]);
	if (frame->keep_text != kept)
		listen_for_text(parser);
	for (size_t i = first; i < parser->nodes_len; i++) {
		if (parser->nodes[i]->has_id)
			announce(parser, parser->nodes[i], name);
	}
}

static void XMLCALL on_start(void *ctx, const XML_Char *qname,
			     const XML_Char **attributes)
{
	struct xml_parser *parser = ctx;
	size_t first = parser->nodes_len;
	const char *name, *colon;

	(void)attributes;
	if (parser->problem)
		return;
	if (parser->depth + parser->skipped >= LIMIT_XML_DEPTH) {
		refuse(parser, "elements are nested too deep");
		return;
	}
	if (parser->skipped) {
		parser->skipped++;
		return;
	}
	colon = strchr(qname, ':');
	name = colon ? colon + 1 : qname;
	if (!parser->depth)
		parser->root = xstrdup(name);
	match(parser, name);
	if (parser->nodes_len == first)
		parser->skipped = 1;
	else
		enter(parser, first, name);
}

static void leave(struct xml_parser *parser)
{
	struct frame *frame = &parser->frames[parser->depth];
	const char *text = "";
	size_t len = 0;

	if (frame->keep_text && parser->text_len > frame->text_start) {
		text = parser->text + frame->text_start;
		len = parser->text_len - frame->text_start;
		parser->text[parser->text_len] = '\0';
	}
	for (size_t i = frame->first; i < parser->nodes_len; i++) {
		const struct node *node = parser->nodes[i];

		if (!node->has_id || !parser->handler->close)
			continue;
		if (is_leaf(node))
			parser->handler->close(parser->ctx, node->id, text,
					       len);
		else
			parser->handler->close(parser->ctx, node->id, "", 0);
	}
	parser->text_len = frame->text_start;
	parser->nodes_len = frame->first;
	parser->depth--;
	if (frame->keep_text != frame[-1].keep_text)
		listen_for_text(parser);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
	struct xml_parser *parser = ctx;

	(void)name;
	if (parser->problem)
		return;
	if (parser->skipped)
		parser->skipped--;
	else
		leave(parser);
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name,
			       const XML_Char *system_id,
			       const XML_Char *public_id, int has_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_subset;
	refuse(ctx, "it has a document type");
}

static void *reallocate(void *ptr, size_t size)
{
	return xreallocarray(ptr, size, 1);
}

struct xml_parser *xml_parser_new(const struct xml_paths *paths,
				  const struct xml_handler *handler, void *ctx)
{
	struct xml_parser *parser = xcalloc(1, sizeof(*parser));
	XML_Memory_Handling_Suite memory = {
		.malloc_fcn = xmalloc,
		.realloc_fcn = reallocate,
		.free_fcn = free,
	};

	parser->expat = XML_ParserCreate_MM(NULL, &memory, NULL);
	assert(parser->expat);
	parser->handler = handler;
	parser->ctx = ctx;
	push_node(parser, &paths->root);
	XML_SetUserData(parser->expat, parser);
	XML_SetElementHandler(parser->expat, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(parser->expat, on_doctype);
	return parser;
}

void xml_parser_also(struct xml_parser *parser, const struct xml_paths *paths)
{
	assert(!parser->fed);
	push_node(parser, &paths->root);
}

void xml_parser_free(struct xml_parser *parser)
{
	if (!parser)
		return;
	XML_ParserFree(parser->expat);
	wipe(parser->text, parser->text_cap);
	free(parser->text);
	free(parser->nodes);
	free(parser->root);
	free(parser);
}

const char *xml_parser_root(const struct xml_parser *parser)
{
	return parser->root ? parser->root : "";
}

static int fail(const struct xml_parser *parser, struct error *err)
{
	enum XML_Error code = XML_GetErrorCode(parser->expat);
	const char *problem = parser->problem;

	if (!problem && (code == XML_ERROR_NO_ELEMENTS ||
			 code == XML_ERROR_UNCLOSED_TOKEN ||
			 code == XML_ERROR_PARTIAL_CHAR))
		problem = parser->fed ? "it is cut off" : "it is empty";
	if (!problem)
		problem = XML_ErrorString(code);
	return error_set(
		err, ERR_FORMAT,
		"the XML is refused at line %lu, column %lu: %s",
		(unsigned long)XML_GetCurrentLineNumber(parser->expat),
		(unsigned long)XML_GetCurrentColumnNumber(parser->expat) + 1,
		problem);
}

/*
 * A token that spans many pieces is scanned again with each: refuse one that
 * is longer than any honest answer's.
 */
static bool token_too_long(struct xml_parser *parser)
{
	XML_Index at = XML_GetCurrentByteIndex(parser->expat);

	return parser->fed - (at < 0 ? 0 : (uint64_t)at) > LIMIT_XML_TOKEN;
}

int xml_parse(struct xml_parser *parser, const char *data, size_t len,
	      bool final, struct error *err)
{
	do {
		size_t piece = len < LIMIT_XML_TOKEN ? len : LIMIT_XML_TOKEN;
		bool last = final && piece == len;

		parser->fed += piece;
		if (XML_Parse(parser->expat, data, (int)piece, last) !=
		    XML_STATUS_OK)
			return fail(parser, err);
		if (!last && token_too_long(parser)) {
			parser->problem = "a tag or comment is too long";
			return fail(parser, err);
		}
		data += piece;
		len -= piece;
	} while (len);
	return 0;
}
