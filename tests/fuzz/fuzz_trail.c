/*
 * Records of CloudTrail, whose parameters anybody may fill who may call AWS:
 * the event that is made of one, whom it is about, and what its call makes of
 * every setting. What comes out can be written.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/mem.h"
#include "plans/trail_call.h"
#include "plans/trail_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trying {
	const struct trail_call *call;
	const json_t *wire;
};

static void try_setting(void *ctx, const struct setting *setting)
{
	const struct trying *trying = ctx;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	json_t *after = NULL;

	if (!trail_event_touches(trying->call, trying->wire, setting, NULL,
				 &after))
		assert(!after);
	if (after)
		json_canonical(after, &text);
	json_decref(after);
	(void)trail_event_defers(trying->call, trying->wire, setting);
}

static void try_event(const json_t *event)
{
	const struct place place = {
		.name = (char *)(uintptr_t) "prod",
		.account_id = (char *)(uintptr_t) "123456789012",
		.region = (char *)(uintptr_t) "eu-west-1",
	};
	const char *source = json_text(event, "source");
	const json_t *parameters = json_object_get(event, "parameters");
	const struct trail_call *call =
		trail_call_of(source, json_text(event, "name"));
	CLEANUP(free_ptr)
	char *address = call ? trail_address(call, parameters, &place)
			     : trail_guess_address(source, parameters, &place);
	CLEANUP(address_release) struct address parsed = { .ops = NULL };
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *wire = NULL;
	struct trying trying = { .call = call };

	if (!call || !address || address_parse(address, &parsed, &err))
		return;
	wire = trail_to_wire(call->call, parameters,
			     json_text(event, "account_id"));
	trying.wire = wire;
	trail_event_rows(parsed.ops->kind, wire, try_setting, &trying);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool initialised;
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(strbuf_release)
	struct strbuf text = STRBUF_INIT(LIMIT_RENDERED);
	CLEANUP(json_release) json_t *record = NULL, *event = NULL;

	if (!initialised)
		json_init();
	initialised = true;
	if (json_parse_answer((const char *)data, size, &record, &err))
		return 0;
	event = trail_event_new(record, true);
	if (!event)
		return 0;
	json_canonical(event, &text);
	try_event(event);
	return 0;
}
