#include "plans/trail_scan.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"

/* AWS: two requests a second for each account and region; a little less. */
#define PACE_MS 510
#define PAGE_EVENTS 50
/* before that many pages nobody knows: the newest may be one burst */
#define PAGES_TO_JUDGE_BY 4
#define PAGES_MAX 100000 /* half a day of asking */
#define SAVE_EVERY 20    /* requests: ten seconds of work may be lost */

/* ---- what is done, and what is left ------------------------------------- */

void trail_scan_add_span(struct trail_scan *scan, const char *filter,
			 int64_t from, int64_t to)
{
	if (from > to)
		return;
	GROW(scan->spans, scan->spans_len, scan->spans_cap);
	scan->spans[scan->spans_len++] = (struct trail_span){
		.filter = xstrdup(filter), .from = from, .to = to
	};
}

static void add_task(struct trail_scan *scan, const char *filter, int64_t from,
		     int64_t to)
{
	GROW(scan->tasks, scan->tasks_len, scan->tasks_cap);
	scan->tasks[scan->tasks_len++] = (struct trail_span){
		.filter = xstrdup(filter), .from = from, .to = to
	};
}

/* Every write has what each event name gives. */
static bool covers(const struct trail_span *span, const char *filter)
{
	return !*span->filter || !strcmp(span->filter, filter);
}

/* The last span that the filter has done and that reaches into from … to. */
static const struct trail_span *last_within(const struct trail_scan *scan,
					    const char *filter, int64_t from,
					    int64_t to)
{
	const struct trail_span *last = NULL;

	for (size_t i = 0; i < scan->spans_len; i++) {
		const struct trail_span *span = &scan->spans[i];

		if (covers(span, filter) && span->from <= to &&
		    span->to >= from && (!last || span->to > last->to))
			last = span;
	}
	return last;
}

/* What of from … to is not done becomes tasks, the newest first. */
static void add_gaps(struct trail_scan *scan, const char *filter, int64_t from,
		     int64_t to)
{
	while (from <= to) {
		const struct trail_span *done =
			last_within(scan, filter, from, to);

		if (!done) {
			add_task(scan, filter, from, to);
			return;
		}
		if (done->to < to)
			add_task(scan, filter, done->to + 1, to);
		to = done->from - 1;
	}
}

static void begin_task(struct trail_scan *scan)
{
	free(scan->token);
	scan->token = NULL;
	scan->pages = 0;
	if (scan->task < scan->tasks_len)
		scan->reached = scan->tasks[scan->task].to + 1;
	else
		scan->finished = scan->complete = true;
}

void trail_scan_begin(struct trail_scan *scan)
{
	scan->spans_kept = scan->spans_len;
	if (!scan->events)
		scan->events = json_object();
	scan->fresh = json_array();
	scan->page = json_array();
	if (!scan->pace_ms)
		scan->pace_ms = PACE_MS;
	add_gaps(scan, TRAIL_EVERY_WRITE, scan->from, scan->to);
	begin_task(scan);
}

/* The rest of this task and those after it, by event names. */
static void go_by_name(struct trail_scan *scan)
{
	const size_t task = scan->task, len = scan->tasks_len;
	size_t i;
	json_t *name;

	scan->by_name = true;
	json_array_foreach(scan->names, i, name) {
		for (size_t t = task; t < len; t++) {
			const int64_t to =
				t == task ? scan->reached : scan->tasks[t].to;

			add_gaps(scan, json_string_value(name),
				 scan->tasks[t].from, to);
		}
	}
	scan->task = len;
	begin_task(scan);
}

/*
 * Would it take fewer requests to ask for each name? As many pages as so far
 * for each stretch of time as long as that which they reach back.
 */
static bool names_are_cheaper(const struct trail_scan *scan)
{
	const struct trail_span *task = &scan->tasks[scan->task];
	const int64_t done = task->to - scan->reached + 1;
	const int64_t left = scan->reached - task->from;
	const int64_t names = (int64_t)json_array_size(scan->names);

	if (scan->by_name || scan->all_writes ||
	    scan->pages < PAGES_TO_JUDGE_BY)
		return false;
	return done <= 0 || (int64_t)scan->pages * (left / done) > names;
}

/* ---- requests ----------------------------------------------------------- */

/* The whole of the last second is asked for, whatever fractions it has. */
static json_t *parameters_of(const struct trail_scan *scan)
{
	const struct trail_span *task = &scan->tasks[scan->task];
	const bool every = !*task->filter;

	return json_pack("{s[{ss ss}] sI sI si ss*}", "LookupAttributes",
			 "AttributeKey", every ? "ReadOnly" : "EventName",
			 "AttributeValue", every ? "false" : task->filter,
			 "StartTime", (json_int_t)task->from, "EndTime",
			 (json_int_t)task->to + 1, "MaxResults", PAGE_EVENTS,
			 "NextToken", scan->token);
}

static void on_json(void *ctx, const json_t *answer)
{
	struct trail_scan *scan = ctx;
	const char *token = json_text(answer, "NextToken");
	json_t *events = json_object_get(answer, "Events");

	json_decref(scan->page);
	scan->page = json_is_array(events) ? json_incref(events) : NULL;
	scan->repeats = token && scan->token && !strcmp(token, scan->token);
	free(scan->token);
	scan->token = token && *token ? xstrdup(token) : NULL;
}

/* Of an entry of the answer: the record of CloudTrail in it, to be kept. */
static int take_record(struct trail_scan *scan, const json_t *entry)
{
	const char *id = json_text(entry, "EventId");
	const char *text = json_text(entry, "CloudTrailEvent");
	const json_t *when = json_object_get(entry, "EventTime");
	CLEANUP(error_release) struct error err = ERROR_INIT;
	CLEANUP(json_release) json_t *record = NULL, *kept = NULL;

	if (!id || !text || !json_is_number(when) ||
	    json_parse_answer(text, strlen(text), &record, &err))
		return error_set(&scan->err, ERR_INCOMPLETE,
				 "the event '%s' cannot be read",
				 id ? id : "without an id");
	if ((int64_t)json_number_value(when) < scan->reached)
		scan->reached = (int64_t)json_number_value(when);
	if (json_object_get(scan->events, id))
		return 0;
	kept = scan->keep(record);
	if (!kept)
		return 0;
	json_object_set(scan->events, id, kept);
	json_array_append(scan->fresh, kept);
	return 0;
}

static int take_page(struct trail_scan *scan)
{
	size_t i;
	json_t *entry;

	if (!scan->page)
		return error_set(&scan->err, ERR_INCOMPLETE,
				 "an answer of CloudTrail has no events");
	json_array_foreach(scan->page, i, entry) {
		if (take_record(scan, entry))
			return -1;
	}
	return 0;
}

/* What of the task is done so far; of the last second there may be more. */
static void add_reached(struct trail_scan *scan)
{
	const struct trail_span *task = &scan->tasks[scan->task];

	trail_scan_add_span(scan, task->filter, scan->reached + 1, task->to);
}

static void save(struct trail_scan *scan)
{
	if (scan->save)
		scan->save(scan->save_ctx, scan);
	scan->spans_kept = scan->spans_len;
	json_array_clear(scan->fresh);
}

static void give_up(struct trail_scan *scan, bool resumable)
{
	scan->finished = true;
	scan->resumable = resumable;
	add_reached(scan);
	if (resumable)
		save(scan);
}

static void on_done(void *ctx, const struct aws_result *result)
{
	struct trail_scan *scan = ctx;

	scan->flying = false;
	scan->requests++;
	if (result->outcome != AWS_OK) {
		error_copy(&scan->err, result->error);
		if (*result->code)
			scan->code = xstrdup(result->code);
		if (*result->request_id)
			scan->request_id = xstrdup(result->request_id);
		give_up(scan, result->class != AWS_CLASS_AUTHORISATION);
		return;
	}
	scan->pages++;
	if (take_page(scan)) {
		give_up(scan, false);
	} else if (!scan->token) {
		trail_scan_add_span(scan, scan->tasks[scan->task].filter,
				    scan->tasks[scan->task].from,
				    scan->tasks[scan->task].to);
		scan->task++;
		begin_task(scan);
	} else if (scan->repeats) {
		(void)error_set(&scan->err, ERR_INCOMPLETE,
				"CloudTrail gives the same page again");
		give_up(scan, true);
	} else if (scan->requests >= PAGES_MAX) {
		(void)error_set(&scan->err, ERR_INCOMPLETE,
				"after %zu requests there are still more",
				scan->requests);
		give_up(scan, true);
	} else if (names_are_cheaper(scan)) {
		add_reached(scan);
		go_by_name(scan);
	}
	if (!scan->finished && scan->requests % SAVE_EVERY == 0) {
		add_reached(scan);
		save(scan);
	}
}

static void send(struct trail_scan *scan)
{
	CLEANUP(json_release) json_t *parameters = parameters_of(scan);

	scan->flying = true;
	scan->due_ms = clock_monotonic_ms() + scan->pace_ms;
	aws_start(scan->aws, &(struct aws_call){ .session = scan->session,
						 .service = "cloudtrail",
						 .action = "LookupEvents",
						 .parameters = parameters,
						 .json = on_json,
						 .done = on_done,
						 .ctx = scan });
}

/* ---- all of them -------------------------------------------------------- */

/* Send what may be sent; until when there is nothing to do, or -1: all done. */
static int64_t send_due(struct trail_scan *scans, size_t len)
{
	const int64_t now = clock_monotonic_ms();
	int64_t next = -1;

	for (size_t i = 0; i < len; i++) {
		struct trail_scan *scan = &scans[i];
		int64_t at;

		if (scan->finished)
			continue;
		if (!scan->flying && scan->due_ms <= now)
			send(scan);
		at = scan->flying ? INT64_MAX : scan->due_ms;
		if (next < 0 || at < next)
			next = at;
	}
	return next;
}

void trail_scans_run(struct aws *aws, struct trail_scan *scans, size_t len,
		     void (*progress)(void *ctx), void *ctx)
{
	int64_t until;

	while ((until = send_due(scans, len)) >= 0) {
		if (progress)
			progress(ctx);
		if (aws_in_flight(aws))
			(void)aws_step(aws, until);
		else
			clock_sleep_ms(until - clock_monotonic_ms());
	}
}

static void spans_free(struct trail_span *spans, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(spans[i].filter);
	free(spans);
}

void trail_scan_release(struct trail_scan *scan)
{
	spans_free(scan->spans, scan->spans_len);
	spans_free(scan->tasks, scan->tasks_len);
	json_decref(scan->names);
	json_decref(scan->events);
	json_decref(scan->fresh);
	json_decref(scan->page);
	error_release(&scan->err);
	free(scan->code);
	free(scan->request_id);
	free(scan->account_id);
	free(scan->region);
	free(scan->token);
}
