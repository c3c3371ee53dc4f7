/*
 * Plan files: any bytes, and, so that what comes after the digest is reached,
 * any JSON with its digest made right. What is accepted must come out again as
 * the same bytes.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_bytes(const char *bytes, size_t len)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf again = STRBUF_INIT(LIMIT_PLAN_FILE);
	struct plan *plan = NULL;

	if (plan_parse("fuzz", bytes, len, &plan, &err)) {
		assert(!plan && err.code != ERR_NONE);
		return;
	}
	plan_write(plan, &again);
	assert(again.len == len && !memcmp(again.buf, bytes, len));
	plan_free(plan);
}

/* The same as canonical text with the id that belongs to it. */
static void try_sealed(const char *bytes, size_t len)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_PLAN_FILE);
	CLEANUP(json_release) json_t *root = NULL;
	CLEANUP(free_ptr) char *id = NULL;
	char hex[SHA256_HEX_MAX];

	if (json_parse("fuzz", bytes, len, &root, &err) ||
	    !json_is_object(root))
		return;
	(void)json_object_set_new(root, "id", json_string(""));
	json_canonical(root, &text);
	id = xasprintf("sha256:%s", sha256_hex(text.buf, text.len, hex));
	(void)json_object_set_new(root, "id", json_string(id));
	strbuf_clear(&text);
	json_canonical(root, &text);
	try_bytes(text.buf, text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_init();
	try_bytes((const char *)data, size);
	try_sealed((const char *)data, size);
	return 0;
}
