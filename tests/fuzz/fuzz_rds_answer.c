/*
 * An answer of DescribeDBClusters (first byte even) or DescribeDBInstances, as
 * it becomes resources, and what is asked of those.
 */
#include <stdint.h>

#include "core/limits.h"
#include "core/xml.h"
#include "plans/catalogue.h"
#include "plans/live.h"
#include "plans/rds.h"
#include "plans/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct place place = { .name = (char *)"prod",
			      .account_id = (char *)"123456789012" };

static void on_found(void *ctx, struct resource *resource)
{
	live_add(ctx, resource);
}

static void on_skipped(void *ctx, enum kind kind, const char *id,
		       const char *reason)
{
	live_skip(ctx, place.name, kind, id, reason);
}

static void on_reference(void *ctx, enum kind kind, const char *id)
{
	*(size_t *)ctx += (size_t)kind + (*id == '\0');
}

static void look_at(const struct resource *resource)
{
	struct strbuf out = STRBUF_INIT(LIMIT_ANSWER);
	size_t len, references = 0;
	const struct setting *rows = catalogue_rows(resource->kind, &len);
	const struct kind_ops *ops = kind_ops(resource->kind);
	const char *why;

	(void)ops->condition(resource, &why);
	ops->references(resource, on_reference, &references);
	for (size_t i = 0; i < len; i++) {
		value_show(&rows[i], resource_value(resource, &rows[i]), &out);
		value_show(&rows[i], resource_pending(resource, &rows[i]),
			   &out);
	}
	strbuf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rds_kind *rds =
		size && data[0] % 2 ? &instance_rds : &cluster_rds;
	struct live *live = live_new();
	struct rds_page *page = rds_page_new(rds, &place, NULL);
	const struct read_request request = { .found = on_found,
					      .skipped = on_skipped,
					      .ctx = live };
	struct xml_parser *parser =
		xml_parser_new(rds_page_paths(rds), &rds_page_handler, page);
	struct error err = ERROR_INIT;

	if (!size ||
	    xml_parse(parser, (const char *)data + 1, size - 1, true, &err))
		rds_page_begin(page);
	if (rds_page_take(page, &request, &err))
		error_release(&err);
	live_sort(live);
	for (size_t i = 0; i < live->len; i++)
		look_at(live->items[i]);
	xml_parser_free(parser);
	rds_page_free(page);
	live_free(live);
	error_release(&err);
	return 0;
}
