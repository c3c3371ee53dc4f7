/*
 * Proofs from a file: whatever is in one, it is judged, and judging it again
 * gives the same; and it can be shown.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "plans/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const json_t *proof)
{
	const struct render_style style = { .width = 60 };
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);

	render_proof_text(proof, &style, &text);
	render_proof_markdown(proof, &text);
	render_proof_html(proof, &text);
	assert(text.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *proof = NULL;
	CLEANUP(json_release) json_t *once = NULL;

	json_init();
	if (json_parse("fuzz", (const char *)data, size, &proof, &err) ||
	    !json_is_object(proof))
		return 0;
	show(proof);
	proof_judge(proof);
	once = json_deep_copy(proof);
	proof_judge(proof);
	assert(json_equal(once, proof));
	show(proof);
	return 0;
}
