/* A program of the person's own, which reads the document. */
#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "plans/notify_channels.h"
#include "core/process.h"

/* Of what it complains about, so many bytes are said. */
#define COMPLAINT_BYTES 300

static void release_result(struct process_result *result)
{
	process_result_release(result);
}

/* The last line that is not empty. */
static const char *last_line(struct strbuf *text)
{
	char *end;

	while (text->len && strchr(" \t\r\n", text->buf[text->len - 1]))
		text->buf[--text->len] = '\0';
	end = strrchr(text->buf, '\n');
	return end ? end + 1 : text->buf;
}

static int judge(const struct notify *notify, struct process_result *result,
		 struct error *err)
{
	const char *why = last_line(&result->err);

	if (result->too_late)
		return error_set(err, ERR_IO,
				 "it was not done after %llds, and was killed",
				 (long long)notify->timeout_s);
	if (!result->status)
		return 0;
	return error_set(err, ERR_IO, "it ended with exit code %d%s%.*s",
			 result->status, *why ? ": " : "", COMPLAINT_BYTES,
			 why);
}

int notify_command(const struct notify_request *request,
		   const struct notify *notify, struct error *err)
{
	CLEANUP(strbuf_release)
	struct strbuf document = STRBUF_INIT(LIMIT_RENDERED);
	CLEANUP(free_ptr)
	char *occasion = xasprintf("ABACK_OCCASION=%s",
				   occasion_name(request->occasion));
	const char *const set[] = { occasion, NULL };
	struct process command = { .argv = notify->argv,
				   .set = set,
				   .deadline_ms = notify->timeout_s * 1000,
				   .interrupted = request->interrupted };
	CLEANUP(release_result)
	struct process_result result = { .out = STRBUF_INIT(KIB),
					 .err = STRBUF_INIT(64 * KIB) };

	json_canonical(request->notification, &document);
	command.input = document.buf;
	command.input_len = document.len;
	if (process_run(&command, &result, err))
		return -1;
	return judge(notify, &result, err);
}
