/* One request: its fault, its signature, its service, its log line. */
#include <string.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/mem.h"
#include "tests/sim/access.h"
#include "tests/sim/auth.h"
#include "tests/sim/log.h"
#include "tests/sim/request.h"
#include "tests/sim/settle.h"
#include "tests/sim/sim.h"

#define HANG_MS 60000

static const struct {
	const char *name;
	void (*serve)(struct sim *sim, struct request *request,
		      const struct effect *effect, struct answer *answer);
} services[] = {
	{ "cloudtrail", cloudtrail_serve },
	{ "config", config_serve },
	{ "ec2", ec2_serve },
	{ "events", events_serve },
	{ "iam", iam_serve },
	{ "kms", kms_serve },
	{ "logs", logs_serve },
	{ "monitoring", monitoring_serve },
	{ "rds", rds_serve },
	{ "secretsmanager", secretsmanager_serve },
	{ "sns", sns_serve },
	{ "sts", sts_serve },
};

static void new_request_id(struct request *request)
{
	unsigned char bytes[16];
	char hex[33];

	random_bytes(bytes, sizeof(bytes));
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	hex_encode(bytes, sizeof(bytes), hex);
	(void)snprintf(request->request_id, sizeof(request->request_id),
		       "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		       hex + 16, hex + 20);
}

static char *http_date(int64_t when)
{
	char text[64];
	struct tm tm;
	time_t seconds = (time_t)when;

	gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return xstrdup(text);
}

/* What is wrong with a request before anybody reads it as a call. */
static bool well_formed(struct request *request, bool good_form,
			struct answer *answer)
{
	if (request->body.overflowed)
		answer_error(answer, request, 413, "RequestEntityTooLarge",
			     "The request is longer than %zu bytes",
			     REQUEST_BODY_MAX);
	else if (strcmp(request->method, "POST") != 0)
		answer_error(answer, request, 405, "MethodNotAllowed",
			     "The simulator takes POST requests only");
	else if (strcmp(request->uri, "/") != 0)
		answer_error(answer, request, 404, "InvalidURI",
			     "The URI %s is not valid", request->uri);
	else if (!good_form)
		answer_error(answer, request, 400, "MalformedQueryString",
			     "The query string contains a syntax error");
	else
		return true;
	return false;
}

static void dispatch(struct sim *sim, struct request *request,
		     const struct effect *effect, struct answer *answer)
{
	answer->status = 200;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		if (!strcmp(services[i].name, request->service)) {
			services[i].serve(sim, request, effect, answer);
			return;
		}
	answer_error(answer, request, 400, "UnknownService",
		     "The simulator has no service '%s'", request->service);
}

static void html_page(struct answer *answer, const struct fault *fault)
{
	strbuf_clear(&answer->body);
	answer->status = fault->status ? fault->status : 500;
	answer->content_type = "text/html";
	strbuf_addf(&answer->body,
		    "<!DOCTYPE html>\n<html><head><title>%d</title></head>"
		    "<body><h1>Proxy error</h1><p>The upstream server did "
		    "not answer &mdash; <br>try again later</body></html>\n",
		    answer->status);
}

static void scripted_error(struct answer *answer, const struct request *request,
			   const struct fault *fault)
{
	bool throttle = fault->kind == FAULT_THROTTLE;
	const char *code = throttle ? "Throttling" : "InternalFailure";
	int status = throttle || fault->code ? 400 : 500;

	answer_error(answer, request, fault->status ? fault->status : status,
		     fault->code ? fault->code : code, "%s",
		     fault->message ? fault->message
		     : throttle     ? "Rate exceeded"
				    : "An internal error has occurred");
}

/* What the fault makes of the answer, whatever that was. */
static void spoil(struct answer *answer, const struct request *request,
		  const struct fault *fault)
{
	answer->fault = fault->name;
	switch (fault->kind) {
	case FAULT_THROTTLE:
	case FAULT_ERROR:
		scripted_error(answer, request, fault);
		break;
	case FAULT_RESET_BEFORE:
	case FAULT_RESET_AFTER:
		answer->reset = true;
		break;
	case FAULT_HANG:
		answer->hold_ms += fault->ms ? fault->ms : HANG_MS;
		answer->reset = !fault->effect;
		break;
	case FAULT_TRUNCATE:
		answer->truncate = true;
		break;
	case FAULT_MALFORMED:
		if (fault->status)
			answer->status = fault->status;
		strbuf_adds(&answer->body, "<unclosed attribute=>&nothing;");
		break;
	case FAULT_HTML:
		html_page(answer, fault);
		break;
	case FAULT_SKEW:
	case FAULT_IGNORE:
	case FAULT_DELAY_EFFECT:
	case FAULT_REORDER:
		break; /* done by then */
	}
}

/* The service refuses instead of doing what was asked. */
static bool refuses(const struct fault *fault)
{
	return fault && !fault->effect &&
	       (fault->kind == FAULT_THROTTLE || fault->kind == FAULT_ERROR);
}

/* The call never reaches the service. */
static bool loses(const struct fault *fault)
{
	return fault && !fault->effect &&
	       (fault->kind == FAULT_RESET_BEFORE ||
		fault->kind == FAULT_HANG || fault->kind == FAULT_HTML);
}

static void run(struct sim *sim, struct request *request, bool good_form,
		const struct fault *fault, struct answer *answer)
{
	bool skew = fault && fault->kind == FAULT_SKEW;
	int64_t now = clock_now() + (skew ? fault->ms / 1000 : 0);
	struct effect effect = {
		.none = fault && !fault->effect,
		.delay_ms = fault ? fault->effect_ms : 0,
		.reorder = fault && fault->kind == FAULT_REORDER,
	};

	if (skew)
		answer->date = http_date(now);
	bool known = well_formed(request, good_form, answer) &&
		     auth_verify(&sim->fleet, request, now,
				 skew ? (fault->code ? fault->code
						     : "RequestTimeTooSkewed")
				      : NULL,
				 answer);
	if (known && access_check(request, answer))
		dispatch(sim, request, &effect, answer);
	answer->effective = known && !effect.none && answer->status < 300;
	/* what is spoilt on the way back is as the service saw it */
	if (known && !refuses(fault) && !loses(fault))
		trail_record(sim, request, answer);
	if (fault)
		spoil(answer, request, fault);
	if (known && refuses(fault))
		trail_record(sim, request, answer);
}

/* What is only tried has faults of its own: a script counts what is done. */
static const char *fault_action(const struct request *request)
{
	const char *dry = request_get(request, "DryRun");

	return dry && !strcmp(dry, "true") ? "DryRun" : request->action;
}

void serve(struct sim *sim, struct request *request, struct answer *answer)
{
	new_request_id(request);
	auth_read_scope(request);
	pthread_mutex_lock(&sim->lock);
	settle_advance(&sim->fleet, clock_monotonic_ms());
	if (!strncmp(request->uri, "/_sim/", 6)) {
		control_serve(sim, request, answer);
	} else {
		bool good_form = request_parse(request);
		answer->content_type = request->json
					       ? "application/x-amz-json-1.1"
					       : "text/xml;charset=utf-8";
		answer->hold_ms = sim->latency_ms;
		run(sim, request, good_form,
		    faults_meet(&sim->faults, request->service,
				fault_action(request), request->region),
		    answer);
		log_request(sim->log, request, answer);
	}
	pthread_mutex_unlock(&sim->lock);
}
