/*
 * Streaming XML over expat (the one door to it). The caller says once which
 * element paths it wants; everything else is skipped. Local names only:
 * namespaces are ignored. DTDs and entities beyond the five predefined ones
 * are refused, depth and text are capped (core/limits.h).
 *
 * Sequence: xml_paths_new, xml_paths_add…, then for each document
 * xml_parser_new, xml_parse…, xml_parse with final, xml_parser_free. The paths
 * are read only from then on and may serve any number of parsers.
 */
#ifndef ABACK_CORE_XML_H
#define ABACK_CORE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/error.h"

struct xml_paths;
struct xml_parser;

struct xml_paths *xml_paths_new(void);
void xml_paths_free(struct xml_paths *paths);
/*
 * Look for an element by its path from the root, segments joined by '/'; a
 * segment `*` matches any one element, such as the two outer elements of a
 * Query answer: "* / * /DBClusters/DBCluster/Status" (without the blanks). id
 * is handed to the handler. The same path twice is a bug (asserted).
 */
void xml_paths_add(struct xml_paths *paths, const char *path, int id);

struct xml_handler {
	/* The element begins. May be NULL. */
	void (*open)(void *ctx, int id);
	/*
	 * After open, for a path that ends in `*`: the element's local name,
	 * valid during the call. May be NULL.
	 */
	void (*name)(void *ctx, int id, const char *name);
	/*
	 * The element ended; text is what stood directly in it, NUL-terminated
	 * and valid during the call; len 0 for <X/> and <X></X>. Where a path
	 * goes on below this element by a name, its own text is not kept.
	 */
	void (*close)(void *ctx, int id, const char *text, size_t len);
};

/* paths and handler are borrowed until xml_parser_free. */
struct xml_parser *xml_parser_new(const struct xml_paths *paths,
				  const struct xml_handler *handler, void *ctx);
/* The text that was kept is wiped: an answer may hold a secret. */
void xml_parser_free(struct xml_parser *parser);
/*
 * Look for these paths as well, for the same handler; before the first
 * xml_parse. paths are borrowed until xml_parser_free.
 */
void xml_parser_also(struct xml_parser *parser, const struct xml_paths *paths);
/*
 * Feed the next bytes; `final` with the last (len may be 0). ERR_FORMAT with
 * line and column: malformed, cut off, too deep, or a DTD. After an error the
 * parser can only be freed.
 */
MUST_CHECK int xml_parse(struct xml_parser *parser, const char *data,
			 size_t len, bool final, struct error *err);
/* The local name of the root element, "" before it began. */
const char *xml_parser_root(const struct xml_parser *parser);

#endif
