#include "core/aws.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/aws_private.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/query.h"

#define MAX_IN_FLIGHT 16
#define CONNECT_TIMEOUT_MS 10000
#define IDLE_TIMEOUT_MS 60000
/* A read that is silent for as long is better tried again. */
#define READ_IDLE_TIMEOUT_MS 20000
#define TOTAL_TIMEOUT_MS 120000

/* After a signal, for the answers to what may write and is under way. */
#define GRACE_MS 10000
/* A signal may come right before the wait: look at its flag this often. */
#define LOOK_MS 200
#define LONG_WAIT_MS 60000

bool aws_is_interrupted(const struct aws *aws)
{
	return aws->interrupted && *aws->interrupted;
}

int64_t aws_now(const struct aws *aws)
{
	return clock_now() + aws->skew_s;
}

static int64_t or_default(int64_t value, int64_t usual)
{
	return value > 0 ? value : usual;
}

static int start_http(struct aws *aws, const struct aws_options *options,
		      struct error *err)
{
	const char *ca_bundle = profile_env("AWS_CA_BUNDLE");
	const int64_t idle_ms =
		or_default(options->idle_timeout_ms, IDLE_TIMEOUT_MS);
	struct http_options http = {
		.user_agent = options->user_agent,
		.ca_bundle =
			ca_bundle ? ca_bundle
				  : profile_value(&aws->profile, "ca_bundle"),
		.connect_timeout_ms = or_default(options->connect_timeout_ms,
						 CONNECT_TIMEOUT_MS),
		.idle_timeout_ms = idle_ms,
		.total_timeout_ms =
			or_default(options->total_timeout_ms, TOTAL_TIMEOUT_MS),
	};

	aws->ca_bundle = xstrdup(http.ca_bundle);
	aws->read_idle_timeout_ms =
		idle_ms < READ_IDLE_TIMEOUT_MS ? idle_ms : READ_IDLE_TIMEOUT_MS;
	return http_new(&http, &aws->http, err);
}

static struct retry_limits limits_of(const struct profile *profile)
{
	const char *max_attempts = profile_env("AWS_MAX_ATTEMPTS");

	return retry_limits_from(
		max_attempts ? max_attempts
			     : profile_value(profile, "max_attempts"));
}

DEFINE_CLEANUP(free_aws, struct aws *, aws_free)

int aws_new(const struct aws_options *options, struct aws **ret_aws,
	    struct error *err)
{
	CLEANUP(free_aws) struct aws *aws = xcalloc(1, sizeof(*aws));

	TAILQ_INIT(&aws->ready);
	TAILQ_INIT(&aws->waiting);
	TAILQ_INIT(&aws->flying);
	if (profile_load(&aws->profile, err) || start_http(aws, options, err))
		return -1;
	aws->retry_limits = limits_of(&aws->profile);
	aws->meta = aws_meta_paths();
	aws->assumed = aws_assumed_paths();
	aws->identity = aws_identity_paths();
	aws->user_agent = xstrdup(options->user_agent);
	aws->max_in_flight =
		(int)or_default(options->max_in_flight, MAX_IN_FLIGHT);
	aws->interrupted = options->interrupted;
	aws->grace_ms = or_default(options->grace_ms, GRACE_MS);
	aws->ask_code = options->ask_code;
	aws->ask_ctx = options->ask_ctx;
	aws->trace = options->trace;
	aws->trace_ctx = options->trace_ctx;
	*ret_aws = TAKE(aws);
	return 0;
}

void aws_forget_held(struct job *job)
{
	wipe(job->held.buf, job->held.cap);
	strbuf_clear(&job->held);
}

static void forget_attempt(struct job *job)
{
	xml_parser_free(job->parser);
	job->parser = NULL;
	aws_forget_held(job);
	strbuf_release(&job->text);
	json_decref(job->json);
	job->json = NULL;
	error_release(&job->parse_error);
	free(job->code);
	free(job->message);
	free(job->request_id);
	job->code = job->message = job->request_id = NULL;
}

static void job_free(struct job *job)
{
	if (job->transfer)
		http_cancel(job->transfer);
	forget_attempt(job);
	strbuf_release(&job->held);
	if (job->body)
		wipe(job->body, strlen(job->body));
	free(job->body);
	json_decref(job->answer);
	free(job);
}

static void free_jobs(struct job_list *list)
{
	while (!TAILQ_EMPTY(list)) {
		struct job *job = TAILQ_FIRST(list);

		TAILQ_REMOVE(list, job, entry);
		if (job->drop)
			job->drop(job->call.ctx);
		job_free(job);
	}
}

void aws_free(struct aws *aws)
{
	if (!aws)
		return;
	free_jobs(&aws->ready);
	free_jobs(&aws->waiting);
	free_jobs(&aws->flying);
	for (struct aws_session *s = aws->sessions; s; s = s->next)
		free_jobs(&s->parked);
	aws_sessions_free(aws);
	http_free(aws->http);
	profile_release(&aws->profile);
	xml_paths_free(aws->meta);
	xml_paths_free(aws->assumed);
	xml_paths_free(aws->identity);
	credentials_release(&aws->base);
	json_decref(aws->looked_at);
	free(aws->user_agent);
	free(aws->ca_bundle);
	free(aws->change_id);
	free(aws);
}

void aws_set_change(struct aws *aws, const char *change_id)
{
	CLEANUP(free_ptr)
	char *user_agent =
		xasprintf("%s change/%s", aws->user_agent, change_id);

	http_set_user_agent(aws->http, user_agent);
	free(aws->change_id);
	aws->change_id = xstrdup(change_id);
	aws_sessions_change(aws);
}

size_t aws_in_flight(const struct aws *aws)
{
	return aws->open;
}

/* ---- jobs ---- */

struct job *aws_job_new(struct aws *aws, const struct aws_call *call)
{
	CLEANUP(strbuf_release)
	struct strbuf body = STRBUF_INIT(LIMIT_REQUEST_BODY);
	struct job *job = xcalloc(1, sizeof(*job));

	job->aws = aws;
	job->call = *call;
	job->call.parameters = NULL;
	job->handler_ctx = call->ctx;
	job->service = endpoint_service(call->service);
	job->held = (struct strbuf)STRBUF_INIT(LIMIT_ANSWER_HELD);
	job->text = (struct strbuf)STRBUF_INIT(LIMIT_ANSWER);
	if (aws_speaks_json(job))
		aws_json_body(call, &body);
	else
		query_form(call->action,
			   endpoint_services[job->service].version,
			   call->parameters, &body);
	if (!body.overflowed)
		job->body = strbuf_detach(&body);
	return job;
}

void aws_count_start(struct aws *aws)
{
	aws->open++;
}

void aws_count_end(struct aws *aws)
{
	aws->open--;
	aws->completed++;
}

void aws_job_ready(struct job *job)
{
	TAILQ_INSERT_TAIL(&job->aws->ready, job, entry);
}

void aws_job_wait(struct job *job, int64_t delay_ms)
{
	job->due_ms = clock_monotonic_ms() + delay_ms;
	TAILQ_INSERT_TAIL(&job->aws->waiting, job, entry);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

void aws_job_finish(struct job *job, enum aws_outcome outcome,
		    enum aws_class class, int http_status,
		    const struct error *err)
{
	struct aws_result result = {
		.outcome = outcome,
		.class = class,
		.http_status = http_status,
		.code = or_empty(job->code),
		.message = or_empty(job->message),
		.request_id = or_empty(job->request_id),
		.sent_at = job->sent_at,
		.error = err,
	};

	struct job *before = job->aws->told;

	/* before done, which may ask how many are left */
	if (job->counted)
		aws_count_end(job->aws);
	job->aws->told = job;
	if (outcome == AWS_OK && job->call.json && job->json)
		job->call.json(job->handler_ctx, job->json);
	job->call.done(job->call.ctx, &result);
	job->aws->told = before;
	job_free(job);
}

void aws_job_fail(struct job *job, const struct error *err)
{
	aws_job_finish(job, AWS_NOT_SENT, AWS_CLASS_OTHER, 0, err);
}

void aws_start(struct aws *aws, const struct aws_call *call)
{
	struct job *job = aws_job_new(aws, call);

	job->counted = true;
	aws_count_start(aws);
	aws_job_ready(job);
}

/* ---- the loop ---- */

static void move_all(struct job_list *from, struct job_list *to)
{
	TAILQ_CONCAT(to, from, entry);
}

/* The reads among those that were sent; what may write goes on. */
static void move_reads(struct aws *aws, struct job_list *to)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&aws->flying); job; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (job->call.mutating)
			continue;
		TAILQ_REMOVE(&aws->flying, job, entry);
		http_cancel(TAKE(job->transfer));
		TAILQ_INSERT_TAIL(to, job, entry);
	}
}

static void drop_all(struct aws *aws)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct job_list dropped = TAILQ_HEAD_INITIALIZER(dropped);

	(void)error_set(&err, ERR_INTERRUPTED, "interrupted");
	move_all(&aws->ready, &dropped);
	move_all(&aws->waiting, &dropped);
	for (struct aws_session *s = aws->sessions; s; s = s->next)
		move_all(&s->parked, &dropped);
	move_reads(aws, &dropped);
	while (!TAILQ_EMPTY(&dropped)) {
		struct job *job = TAILQ_FIRST(&dropped);

		TAILQ_REMOVE(&dropped, job, entry);
		aws_job_fail(job, &err);
	}
}

/*
 * What may write and has had its time to be answered: nobody knows whether it
 * ran, which is for the next command to find out.
 */
static void give_up_writes(struct aws *aws)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;

	(void)error_set(&err, ERR_INTERRUPTED,
			"interrupted, and no answer came within %" PRId64 " ms",
			aws->grace_ms);
	while (!TAILQ_EMPTY(&aws->flying)) {
		struct job *job = TAILQ_FIRST(&aws->flying);

		TAILQ_REMOVE(&aws->flying, job, entry);
		http_cancel(TAKE(job->transfer));
		aws_job_finish(job, AWS_UNKNOWN, AWS_CLASS_TRANSIENT, 0, &err);
	}
}

/* Is it the first time that this is noticed? */
static bool interrupt(struct aws *aws)
{
	const int64_t now = clock_monotonic_ms();
	const bool first = !aws->grace_ends_ms;

	drop_all(aws);
	if (first)
		aws->grace_ends_ms = now + aws->grace_ms;
	if (now >= aws->grace_ends_ms)
		give_up_writes(aws);
	return first;
}

/* Returns when the next waiting job is due. */
static int64_t wake_waiting(struct aws *aws)
{
	int64_t now = clock_monotonic_ms(), next_due = INT64_MAX;
	struct job *job, *next;

	for (job = TAILQ_FIRST(&aws->waiting); job; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (job->due_ms <= now) {
			TAILQ_REMOVE(&aws->waiting, job, entry);
			aws_job_ready(job);
		} else if (job->due_ms < next_due) {
			next_due = job->due_ms;
		}
	}
	return next_due;
}

static void send_ready(struct aws *aws)
{
	while (!TAILQ_EMPTY(&aws->ready) &&
	       http_in_flight(aws->http) < (size_t)aws->max_in_flight) {
		struct job *job = TAILQ_FIRST(&aws->ready);

		TAILQ_REMOVE(&aws->ready, job, entry);
		forget_attempt(job);
		aws_attempt(job);
	}
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

size_t aws_step(struct aws *aws, int64_t until_ms)
{
	uint64_t before = aws->completed;
	bool over = false;

	for (;;) {
		int64_t due, now, wait;

		/* the caller may have something to say at once */
		if (aws_is_interrupted(aws) && interrupt(aws))
			over = true;
		due = wake_waiting(aws);
		send_ready(aws);
		if (aws->completed != before || !aws->open || over)
			return (size_t)(aws->completed - before);
		now = clock_monotonic_ms();
		wait = smaller(smaller(due, until_ms) - now,
			       aws->interrupted ? LOOK_MS : LONG_WAIT_MS);
		http_step(aws->http, wait > 0 ? wait : 0);
		over = clock_monotonic_ms() >= until_ms;
	}
}
