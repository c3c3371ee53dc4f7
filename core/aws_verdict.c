/*
 * What the end of an attempt means: is it over, may it be tried again, did AWS
 * certainly not run it?
 */
#include <stdlib.h>
#include <string.h>

#include "core/aws_error.h"
#include "core/aws_private.h"
#include "core/mem.h"

/* A clock that is off by less does not spoil a signature. */
#define TOLERATED_SKEW_S 240

enum answer_kind {
	ANSWER_OK,
	ANSWER_ERROR,  /* AWS said no, in its own words */
	ANSWER_ALIEN,  /* not in AWS's words */
	ANSWER_BROKEN, /* in AWS's words, but cut off or malformed */
	ANSWER_NONE,   /* the request left and nothing came */
	ANSWER_UNSENT  /* the request never left */
};

struct verdict {
	enum answer_kind kind;
	enum aws_class class;
	enum retry_reason reason; /* to try again */
	enum aws_outcome outcome; /* when it is not tried again */
};

static bool is_good(int status)
{
	return status >= 200 && status < 300;
}

static bool is_aws_root(const struct job *job)
{
	const char *root = job->parser ? xml_parser_root(job->parser) : "";
	size_t len = strlen(root), ending_len = strlen("Response");

	return len >= ending_len &&
	       !strcmp(root + len - ending_len, "Response");
}

/* Does it look like an answer of the service, whole or not? */
static bool is_aws(const struct job *job)
{
	if (aws_speaks_json(job))
		return job->json || job->malformed;
	return is_aws_root(job);
}

/* The root of the answer to this very call. */
static bool is_own_root(const struct job *job)
{
	const char *root = job->parser ? xml_parser_root(job->parser) : "";
	size_t len = strlen(job->call.action);

	return !strncmp(root, job->call.action, len) &&
	       !strcmp(root + len, "Response");
}

static enum answer_kind kind_of(const struct job *job,
				const struct http_answer *answer)
{
	bool whole = answer->end == HTTP_WHOLE && (job->parser || job->json) &&
		     !job->malformed;

	if (answer->end == HTTP_NOT_SENT)
		return ANSWER_UNSENT;
	if (!answer->status)
		return ANSWER_NONE;
	if (whole && job->code && *job->code)
		return ANSWER_ERROR;
	/* what else could be read whole would pass for an empty listing */
	if (whole && is_good(answer->status))
		return aws_speaks_json(job) || is_own_root(job) ? ANSWER_OK
								: ANSWER_ALIEN;
	if (answer->end == HTTP_CUT_OFF || is_aws(job))
		return ANSWER_BROKEN;
	return ANSWER_ALIEN;
}

static enum aws_class class_of(enum answer_kind kind, const struct job *job,
			       int status)
{
	switch (kind) {
	case ANSWER_OK:
		return AWS_CLASS_NONE;
	case ANSWER_ERROR:
		return aws_error_class(
			job->code, job->message ? job->message : "", status);
	case ANSWER_ALIEN:
		if (status == 429)
			return AWS_CLASS_THROTTLING;
		return status >= 300 && status < 500 ? AWS_CLASS_OTHER
						     : AWS_CLASS_TRANSIENT;
	case ANSWER_BROKEN:
	case ANSWER_NONE:
	case ANSWER_UNSENT:
		break;
	}
	return AWS_CLASS_TRANSIENT;
}

/* Would trying again help, as far as the answer goes? */
static enum retry_reason reason_of(enum aws_class class,
				   const struct http_answer *answer)
{
	if (class == AWS_CLASS_THROTTLING)
		return RETRY_THROTTLED;
	if (class != AWS_CLASS_TRANSIENT || answer->distrusted)
		return RETRY_NONE;
	return answer->timed_out ? RETRY_TIMEOUT : RETRY_TRANSIENT;
}

static enum aws_outcome outcome_of(const struct verdict *verdict,
				   const struct job *job, int status)
{
	bool ran_perhaps =
		status >= 500 || verdict->class == AWS_CLASS_TRANSIENT;

	if (verdict->kind == ANSWER_OK)
		return AWS_OK;
	if (verdict->kind == ANSWER_UNSENT ||
	    verdict->class == AWS_CLASS_THROTTLING)
		return AWS_NOT_SENT;
	if (verdict->kind == ANSWER_ERROR)
		return job->call.mutating && ran_perhaps ? AWS_UNKNOWN
							 : AWS_REFUSED;
	/* even a 4xx that is not AWS's may come from behind AWS's answer */
	return job->call.mutating ? AWS_UNKNOWN : AWS_NOT_SENT;
}

static struct verdict judge(const struct job *job,
			    const struct http_answer *answer)
{
	struct verdict verdict = { .kind = kind_of(job, answer) };

	verdict.class = class_of(verdict.kind, job, answer->status);
	verdict.reason = reason_of(verdict.class, answer);
	verdict.outcome = outcome_of(&verdict, job, answer->status);
	if (answer->end == HTTP_STOPPED && !job->malformed)
		verdict.reason = RETRY_NONE; /* it would be as large again */
	/* a write is sent again only when it certainly did not run */
	if (job->call.mutating && verdict.outcome != AWS_NOT_SENT)
		verdict.reason = RETRY_NONE;
	return verdict;
}

/* ---- what can be put right at once ---- */

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static bool correct_skew(struct job *job, const struct http_answer *answer)
{
	int64_t skew = answer->date - clock_now();
	bool certain =
		aws_error_skewed(job->code, job->message ? job->message : "");
	bool likely = aws_error_unsigned(job->code) &&
		      distance(skew, job->aws->skew_s) > TOLERATED_SKEW_S;

	if (job->skew_corrected || !answer->date || (!certain && !likely))
		return false;
	job->skew_corrected = true;
	job->aws->skew_s = skew;
	return true;
}

static bool renew(struct job *job)
{
	if (job->renewed || !aws_error_expired(job->code))
		return false;
	job->renewed = true;
	return aws_session_renew(job->call.session, job);
}

/* ---- telling people ---- */

static void explain_network(const struct job *job,
			    const struct verdict *verdict,
			    const struct http_answer *answer, struct error *err)
{
	const char *url = job->call.session->endpoints[job->service].url;

	if (verdict->kind == ANSWER_UNSENT)
		(void)error_set(err, ERR_NETWORK,
				"cannot reach '%s' for '%s:%s': %s", url,
				job->call.service, job->call.action,
				answer->problem);
	else
		(void)error_set(err, ERR_NETWORK,
				"no answer of '%s' to '%s:%s': %s", url,
				job->call.service, job->call.action,
				answer->problem);
	if (answer->distrusted)
		error_hint(err, "TLS is always verified: AWS_CA_BUNDLE can "
				"name a file of certificates to trust");
	else
		error_hint(err, "check the network and the proxy, "
				"AWS_ENDPOINT_URL and the region");
}

/* What was wrong with an answer that said it was XML. */
static void add_why(const struct job *job, const char *type, struct strbuf *out)
{
	if (!strstr(type, "xml"))
		return;
	strbuf_adds(out, ": ");
	if (job->malformed)
		error_message(&job->parse_error, out);
	else
		strbuf_addf(out, "it is no '%sResponse'", job->call.action);
}

static void explain_alien(const struct job *job,
			  const struct http_answer *answer, struct error *err)
{
	CLEANUP(free_ptr) char *type = aws_error_clean(answer->content_type);
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(4096);

	if (job->received)
		add_why(job, type, &why);
	(void)error_set(err, ERR_NETWORK,
			"the endpoint '%s' does not answer like AWS: '%s:%s' "
			"gave HTTP %d with %s%s",
			job->call.session->endpoints[job->service].url,
			job->call.service, job->call.action, answer->status,
			!job->received ? "an empty body"
			: *type        ? type
				       : "an unknown body",
			why.buf);
	error_hint(err, "check AWS_ENDPOINT_URL, and whether a proxy answers "
			"in AWS's place");
}

static void explain_broken(const struct job *job,
			   const struct http_answer *answer, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf why = STRBUF_INIT(4096);

	if (job->malformed)
		error_message(&job->parse_error, &why);
	else
		strbuf_adds(&why, *answer->problem ? answer->problem
						   : "it is malformed");
	(void)error_set(err, ERR_INCOMPLETE,
			"the answer to '%s:%s' could not be read whole: %s",
			job->call.service, job->call.action, why.buf);
	error_hint(err, "try again");
}

static void explain(const struct job *job, const struct verdict *verdict,
		    const struct http_answer *answer, struct error *err)
{
	const struct aws_session *session = job->call.session;
	struct aws_refusal refusal = {
		.service = job->call.service,
		.action = job->call.action,
		.region = session->region,
		.http_status = answer->status,
		.class = verdict->class,
		.code = job->code ? job->code : "",
		.message = job->message ? job->message : "",
		.request_id = job->request_id ? job->request_id : "",
		.credentials_source = session->role_arn && !job->as_base
					      ? "the assumed role"
					      : session->base.source,
	};

	switch (verdict->kind) {
	case ANSWER_OK:
		return;
	case ANSWER_ERROR:
		(void)aws_error_set(err, &refusal);
		break;
	case ANSWER_ALIEN:
		explain_alien(job, answer, err);
		break;
	case ANSWER_BROKEN:
		explain_broken(job, answer, err);
		break;
	case ANSWER_NONE:
	case ANSWER_UNSENT:
		explain_network(job, verdict, answer, err);
		break;
	}
	aws_error_request(err, &refusal);
	if (job->attempts > 1)
		(void)error_wrap(err, "gave up after %d attempts",
				 job->attempts);
	if (verdict->outcome == AWS_UNKNOWN)
		error_hint(err, "whether AWS ran it is not known: only reading "
				"the resource tells");
}

static void finish(struct job *job, const struct verdict *verdict,
		   const struct http_answer *answer)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	int status = answer->status;

	if (verdict->kind == ANSWER_OK) {
		aws_job_finish(job, AWS_OK, AWS_CLASS_NONE, status, NULL);
		return;
	}
	explain(job, verdict, answer, &err);
	aws_job_finish(job, verdict->outcome, verdict->class, status, &err);
}

static struct retry_limits limits_of(const struct job *job)
{
	struct retry_limits limits = job->aws->retry_limits;
	const int most = job->call.attempts;

	if (most && limits.attempts > most)
		limits.attempts = most;
	if (most && limits.throttled_attempts > most)
		limits.throttled_attempts = most;
	return limits;
}

void aws_judge(struct job *job, const struct http_answer *answer)
{
	struct verdict verdict = judge(job, answer);
	struct retry_budget *budget = &job->call.session->budget;
	const struct retry_limits limits = limits_of(job);
	bool interrupted = aws_is_interrupted(job->aws);
	int64_t delay_ms;

	if (verdict.kind == ANSWER_ERROR && !interrupted &&
	    (correct_skew(job, answer) || renew(job)))
		aws_job_ready(job);
	else if (!interrupted && retry_again(&job->retry, &limits, budget,
					     verdict.reason, &delay_ms))
		aws_job_wait(job, delay_ms);
	else {
		if (verdict.kind == ANSWER_OK)
			retry_succeeded(&job->retry, budget);
		finish(job, &verdict, answer);
	}
}
