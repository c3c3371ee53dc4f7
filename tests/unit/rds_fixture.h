/* Answers of RDS from tests/data/answers/, parsed as the client does. */
#ifndef ABACK_TESTS_UNIT_RDS_FIXTURE_H
#define ABACK_TESTS_UNIT_RDS_FIXTURE_H

#include <stddef.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/xml.h"
#include "plans/kind.h"
#include "plans/live.h"
#include "plans/rds.h"

static struct place test_place = { .name = (char *)"prod",
				   .account_id = (char *)"123456789012",
				   .region = (char *)"eu-west-1",
				   .path = (char *)"123456789012/eu-west-1" };

static inline void test_found(void *ctx, struct resource *resource)
{
	live_add(ctx, resource);
}

static inline void test_skipped(void *ctx, enum kind kind, const char *id,
				const char *reason)
{
	live_skip(ctx, "prod", kind, id, reason);
}

/* Feed a text in pieces of `step` bytes. */
static inline int test_feed(const struct xml_paths *paths,
			    const struct xml_handler *handler, void *ctx,
			    const char *text, size_t len, size_t step)
{
	struct error err = ERROR_INIT;
	struct xml_parser *parser = xml_parser_new(paths, handler, ctx);
	int rc = 0;

	for (size_t at = 0; !rc && at < len; at += step) {
		const size_t piece = len - at < step ? len - at : step;

		rc = xml_parse(parser, text + at, piece, at + piece == len,
			       &err);
	}
	xml_parser_free(parser);
	error_release(&err);
	return rc;
}

static inline int test_feed_file(const struct xml_paths *paths,
				 const struct xml_handler *handler, void *ctx,
				 const char *path, size_t step)
{
	struct strbuf text = STRBUF_INIT(MIB);
	struct error err = ERROR_INIT;
	int rc = file_read(path, MIB, &text, &err);

	if (!rc)
		rc = test_feed(paths, handler, ctx, text.buf, text.len, step);
	error_release(&err);
	strbuf_release(&text);
	return rc;
}

/* One page of one file as a live state. */
static inline struct live *test_read(const struct rds_kind *rds,
				     const char *path, const bool *wanted)
{
	struct live *live = live_new();
	struct rds_page *page = rds_page_new(rds, &test_place, wanted);
	const struct read_request request = { .found = test_found,
					      .skipped = test_skipped,
					      .ctx = live };
	struct error err = ERROR_INIT;

	if (test_feed_file(rds_page_paths(rds), &rds_page_handler, page, path,
			   4096) ||
	    rds_page_take(page, &request, &err)) {
		live_free(live);
		live = NULL;
	} else {
		live_sort(live);
	}
	error_release(&err);
	rds_page_free(page);
	return live;
}

#endif
