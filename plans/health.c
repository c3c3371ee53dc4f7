#include "plans/health.h"

#include <string.h>

#include "core/limits.h"
#include "core/mem.h"
#include "core/process.h"

void health_release(struct health *health)
{
	strbuf_release(&health->why);
	strbuf_release(&health->out);
}

/* The last lines of a text, and a line that says what was left out. */
static void add_tail(const struct strbuf *text, struct strbuf *out)
{
	size_t start = text->len;
	size_t lines = 0;

	while (start > 0 && text->len - start < HEALTH_BYTES) {
		if (text->buf[start - 1] == '\n' && start < text->len &&
		    ++lines == HEALTH_LINES)
			break;
		start--;
	}
	if (start > 0)
		strbuf_addf(out, "(%zu bytes before it are left out)\n", start);
	strbuf_add(out, text->buf + start, text->len - start);
	if (text->len > start && text->buf[text->len - 1] != '\n')
		strbuf_addc(out, '\n');
}

static void judge(const struct health_check *check,
		  const struct process_result *result, struct health *health)
{
	health->interrupted =
		check->interrupted && *check->interrupted && result->too_late;
	health->passed = !result->too_late && result->status == 0;
	if (health->interrupted)
		strbuf_adds(&health->why, "interrupted");
	else if (result->too_late)
		strbuf_addf(&health->why, "killed after %llds",
			    (long long)(check->timeout_ms / 1000));
	else if (result->status > 128)
		strbuf_addf(&health->why, "ended by signal %d",
			    result->status - 128);
	else
		strbuf_addf(&health->why, "exit code %d", result->status);
}

static void result_release(struct process_result *result)
{
	process_result_release(result);
}

int health_run(const struct health_check *check, struct health *ret_health,
	       struct error *err)
{
	char CLEANUP(free_ptr) *change =
		xasprintf("ABACK_CHANGE=%s", check->change_id);
	char CLEANUP(free_ptr) *wave = xasprintf("ABACK_WAVE=%zu", check->wave);
	const char *const argv[] = { "sh", "-c", check->command, NULL };
	const char *const set[] = { change, wave, NULL };
	const struct process command = { .argv = argv,
					 .set = set,
					 .deadline_ms = check->timeout_ms,
					 .interrupted = check->interrupted };
	struct process_result CLEANUP(result_release)
		result = { .out = STRBUF_INIT(KIB), .err = STRBUF_INIT(KIB) };

	if (process_run(&command, &result, err) < 0)
		return error_wrap(err, "cannot run the health check");
	*ret_health = (struct health){ .why = STRBUF_INIT(LIMIT_MESSAGE),
				       .out = STRBUF_INIT(LIMIT_MESSAGE) };
	process_hide(&result.out);
	add_tail(&result.out, &ret_health->out);
	add_tail(&result.err, &ret_health->out);
	judge(check, &result, ret_health);
	return 0;
}
