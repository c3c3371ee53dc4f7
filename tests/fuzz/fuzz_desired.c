/* Any bytes: a desired state that can be decided, or mistakes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/desired.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decide(const struct desired *desired, enum kind kind)
{
	struct place place = { .name = (char *)(uintptr_t) "prod" };
	struct resource *resource = resource_new(kind, &place);
	const struct waiver *expired;
	size_t len;
	const struct setting *rows = catalogue_rows(kind, &len);
	struct wanted_setting *out = xcalloc(len, sizeof(*out));

	resource->id = xstrdup("orders");
	resource->cluster = xstrdup("orders");
	resource->engine = xstrdup("aurora-mysql");
	desired_decide(desired, resource, out);
	for (size_t i = 0; i < len; i++) {
		assert(!out[i].rule == !out[i].rule_setting);
		assert(!out[i].rule ||
		       out[i].rule_setting->setting == &rows[i]);
		(void)desired_waiver(desired, resource, &rows[i], 0, &expired);
	}
	free(out);
	resource_free(resource);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct desired *desired = NULL;
	struct error_list list = { 0 };
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	int rc = desired_parse("fuzz", (const char *)data, size, &desired,
			       &list, &err);

	assert((rc == 0) == (list.len == 0));
	assert((rc == 0) == (desired != NULL));
	for (enum kind kind = 0; desired && kind < KIND_COUNT; kind++)
		decide(desired, kind);
	error_list_render(&list, &text);
	strbuf_release(&text);
	desired_free(desired);
	error_list_release(&list);
	error_release(&err);
	return 0;
}
