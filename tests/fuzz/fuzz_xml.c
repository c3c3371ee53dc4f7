/* Any bytes, in pieces whose size the first byte gives. */
#include <stdint.h>

#include "core/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_close(void *ctx, int id, const char *text, size_t len)
{
	size_t *total = ctx;

	*total += (size_t)id + len + (text[len] == '\0');
}

static const struct xml_handler handler = { .close = on_close };

static int feed(struct xml_parser *parser, const uint8_t *data, size_t size,
		struct error *err)
{
	size_t step = size ? (size_t)data[0] + 1 : 1;

	for (size_t at = 0; at < size; at += step) {
		size_t piece = size - at < step ? size - at : step;

		if (xml_parse(parser, (const char *)data + at, piece, false,
			      err))
			return -1;
	}
	return xml_parse(parser, "", 0, true, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct xml_paths *paths = xml_paths_new();
	struct xml_parser *parser;
	size_t total = 0;

	xml_paths_add(paths, "*/*/Items/Item/Name", 1);
	xml_paths_add(paths, "*/*/Items/Item", 2);
	xml_paths_add(paths, "*/Error/Code", 3);
	xml_paths_add(paths, "a/*/b", 4);
	xml_paths_add(paths, "a", 5);
	parser = xml_parser_new(paths, &handler, &total);
	(void)feed(parser, data, size, &err); /* only that it ends well */
	xml_parser_free(parser);
	xml_paths_free(paths);
	error_release(&err);
	return 0;
}
