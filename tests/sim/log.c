#include "tests/sim/log.h"

#include <string.h>

#include "core/clock.h"
#include "tests/sim/fleet.h"
#include "tests/sim/request.h"

#define LOG_LINE_MAX ((size_t)4 * 1024 * 1024)

/* The parameters without what must not be on disk. */
static json_t *harmless(const json_t *parameters)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)parameters);
	const char *key;
	void *next;
	json_t *value;

	json_object_foreach_safe(copy, next, key, value)
		if (strstr(key, "Password") && json_is_string(value) &&
		    strcmp(json_string_value(value), "true") != 0 &&
		    strcmp(json_string_value(value), "false") != 0)
			json_object_set_new(copy, key, json_string("****"));
	return copy;
}

void log_request(FILE *log, const struct request *request,
		 const struct answer *answer)
{
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LOG_LINE_MAX);
	const char *agent = json_text(request->headers, "user-agent");
	const struct access_key *key = request->key; /* NULL: not verified */
	CLEANUP(json_release)
	json_t *entry = json_pack(
		"{sI ss ss ss so si ss? sb ss ss? ss ss? sO? ss?}", "time_ms",
		clock_now_ms(), "service", request->service, "action",
		request->action, "region", request->region, "parameters",
		harmless(request->parameters), "status",
		answer->reset ? 0 : answer->status, "code", answer->code,
		"effective", answer->effective, "request_id",
		request->request_id, "user_agent", agent, "access_key",
		request->access_key_id, "caller", key ? key->arn : NULL,
		"session_policy", key ? key->session_policies : NULL, "fault",
		answer->fault);

	if (!log || !entry)
		return;
	json_compact(entry, &line);
	strbuf_addc(&line, '\n');
	(void)fwrite(line.buf, 1, line.len, log);
	(void)fflush(log); /* a full disk is the tester's to notice */
}
