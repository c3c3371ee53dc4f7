#include "cmd/progress.h"

#include <string.h>

#include "cmd/message.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/strbuf.h"

/* Steps on the way that a terminal shows below, not as lines that stay. */
static bool is_passing(const char *state)
{
	return !strcmp(state, "waiting") || !strcmp(state, "sent") ||
	       !strcmp(state, "settling") || !strcmp(state, "pausing");
}

/* "[####------] 4/10  cluster/orders settling: …" */
static void show_below(const struct execute_progress *progress)
{
	enum { BAR = 20 };
	CLEANUP(strbuf_release) struct strbuf line = STRBUF_INIT(LIMIT_MESSAGE);
	size_t filled =
		progress->total ? progress->done * BAR / progress->total : 0;

	strbuf_addc(&line, '[');
	strbuf_pad(&line, '#', filled < BAR ? filled : BAR);
	strbuf_pad(&line, '-', filled < BAR ? BAR - filled : 0);
	strbuf_addf(&line, "] %zu/%zu", progress->done, progress->total);
	if (progress->address)
		strbuf_addf(&line, "  %s", progress->address);
	strbuf_addf(&line, " %s", progress->state);
	if (progress->text && *progress->text)
		strbuf_addf(&line, ": %s", progress->text);
	status_line(line.buf);
}

/* The same for programs that read stderr. */
static bool show_event(const struct execute_progress *progress,
		       const char *text)
{
	CLEANUP(json_release) json_t *fields = json_object();

	(void)json_object_set_new(fields, "target",
				  json_from_text(progress->target));
	(void)json_object_set_new(fields, "address",
				  json_from_text(progress->address));
	(void)json_object_set_new(fields, "state",
				  json_from_text(progress->state));
	(void)json_object_set_new(fields, "done",
				  json_integer((json_int_t)progress->done));
	(void)json_object_set_new(fields, "total",
				  json_integer((json_int_t)progress->total));
	return note_event(text, fields);
}

void progress_show(void *ctx, const struct execute_progress *progress)
{
	const char *text = progress->text ? progress->text : "";

	(void)ctx;
	if (!strcmp(progress->state, "warning")) {
		warn("%s", text);
		return;
	}
	/* what counts down is for who watches, not for who keeps the lines */
	if (!strcmp(progress->state, "pausing") && !has_status_line())
		return;
	if (show_event(progress, text))
		return;
	if (!has_status_line() || !is_passing(progress->state)) {
		if (progress->address)
			note("%s %s: %s%s%s", progress->target,
			     progress->address, progress->state,
			     *text ? ": " : "", text);
		else if (!strcmp(progress->state, "recorded"))
			note("the prior state is recorded, change %s", text);
		else
			note("%s", *text ? text : progress->state);
	}
	show_below(progress);
}
