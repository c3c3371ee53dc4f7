/*
 * What the files of the AWS client share; nobody else includes it.
 *
 * A job is one call on its way. It is in one list at a time: ready (may be
 * sent), waiting (for its time to be tried again), parked (its session is
 * getting credentials) or flying (sent).
 */
#ifndef ABACK_CORE_AWS_PRIVATE_H
#define ABACK_CORE_AWS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/aws.h"
#include "core/clock.h"
#include "core/credentials.h"
#include "core/crypto.h"
#include "core/endpoint.h"
#include "core/http.h"
#include "core/profile.h"
#include "core/retry.h"
#include "core/sigv4.h"

TAILQ_HEAD(job_list, job);

/* How a page of a listing ends. */
struct page_end {
	char *marker;   /* NULL: none */
	bool truncated; /* it says that there is more */
};

struct job {
	TAILQ_ENTRY(job) entry;
	struct aws *aws;
	struct aws_call call; /* parameters are not used: body has them */
	void *handler_ctx;    /* call.ctx, but for a listing's pages */
	size_t service;       /* index into endpoint_services */
	char *body;
	bool counted; /* the caller started it: aws_step tells of its end */
	bool as_base; /* signed with the session's own credentials */
	/* what else to read of a listing's page, and where it goes */
	const struct xml_paths *also;
	const char *marker_key; /* of an answer in JSON */
	struct page_end *page_end;
	/* instead of done, where the client is freed before it */
	void (*drop)(void *ctx);

	/* over all attempts */
	struct retry retry;
	int attempts;
	bool skew_corrected, renewed;
	int64_t due_ms; /* of a waiting job */

	/* of the attempt under way */
	struct http_transfer *transfer;
	struct xml_parser *parser;
	struct strbuf held; /* of the answer, not given to the parser yet */
	struct strbuf text; /* of an answer in JSON */
	json_t *json;       /* the same, read: an object, or NULL */
	size_t received;
	bool malformed;
	struct error parse_error;
	char *code, *message, *request_id; /* NULL: none came */
	uint64_t generation;               /* of the credentials used */
	char sent_at[CLOCK_TEXT_MAX];
	json_t *answer; /* what aws_answer gives of it; NULL: nobody asked */
};

#define SESSION_KEYS 8

struct signing_key {
	char *scope; /* "<day>/<region>/<service>", NULL: a free slot */
	bool of_base;
	unsigned char key[SHA256_BYTES];
};

struct aws_session {
	struct aws_session *next;
	struct aws *aws;
	char *region;
	char *role_arn; /* NULL: none */
	char *session_name;
	char *policy; /* of the session; NULL: what the role may */
	struct endpoint endpoints[ENDPOINT_SERVICES];
	struct retry_budget budget;
	struct credentials base; /* those of aws, as last taken over */
	struct credentials role; /* not set: not assumed (again) yet */
	uint64_t generation;     /* counts changes of either */
	struct signing_key keys[SESSION_KEYS];
	size_t next_key;
	struct job_list parked;
	bool assuming;
	int64_t renew_at;           /* of role; UTC seconds */
	struct credentials assumed; /* being read from an answer */
	char *assumed_expiry;
};

struct aws {
	struct http *http;
	struct profile profile;
	struct retry_limits retry_limits;
	struct xml_paths *meta;               /* what is read of every answer */
	struct xml_paths *assumed, *identity; /* and of those of STS */
	char *user_agent;
	char *ca_bundle; /* NULL: the system's */
	char *change_id;
	int max_in_flight;
	const volatile sig_atomic_t *interrupted;
	int64_t grace_ms, grace_ends_ms; /* 0: not interrupted yet */
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;

	/* found as the SDKs do; not set: nobody has asked yet */
	struct credentials base;
	int64_t renew_base_at; /* UTC seconds; 0: never */
	json_t *looked_at;
	int (*ask_code)(void *ctx, const char *serial, struct secret *ret_code,
			struct error *err);
	void *ask_ctx;

	struct aws_session *sessions;
	struct job_list ready, waiting, flying;
	struct job *told;   /* whose end is being told of; NULL: of none */
	size_t open;        /* calls of the caller that have not ended */
	uint64_t completed; /* and those that have */
	int64_t skew_s;     /* AWS's clock minus ours */
	int64_t read_idle_timeout_ms;
};

/* ---- aws.c ---- */
bool aws_is_interrupted(const struct aws *aws);
int64_t aws_now(const struct aws *aws); /* by AWS's clock, where known */
/* Wipe what is kept of the answer: it may hold a secret. */
void aws_forget_held(struct job *job);
struct job *aws_job_new(struct aws *aws, const struct aws_call *call);
/* A call or listing of the caller began, or ended. */
void aws_count_start(struct aws *aws);
void aws_count_end(struct aws *aws);
void aws_job_ready(struct job *job);
/* Be ready again in delay_ms. */
void aws_job_wait(struct job *job, int64_t delay_ms);
/* Call done and free the job, which is in no list. err is NULL with AWS_OK. */
void aws_job_finish(struct job *job, enum aws_outcome outcome,
		    enum aws_class class, int http_status,
		    const struct error *err);
/* As AWS_NOT_SENT, with class AWS_CLASS_OTHER. */
void aws_job_fail(struct job *job, const struct error *err);

/* ---- aws_attempt.c ---- */
/* Replace text by what may be shown of value. */
void aws_keep(char **text, const char *value);
struct xml_paths *aws_meta_paths(void);
#define AWS_META_MARKER (-4)
#define AWS_META_TRUNCATED (-5)
/* Send the job, or park it. It is in no list before. */
void aws_attempt(struct job *job);

/* ---- aws_json.c ---- */
bool aws_speaks_json(const struct job *job);
void aws_json_body(const struct aws_call *call, struct strbuf *body);
/* X-Amz-Target; the caller frees it. */
char *aws_json_target(const struct job *job);
/* text came whole: read it, and what it says of an error or a page. */
void aws_json_read(struct job *job, const struct http_answer *answer);

/* ---- aws_verdict.c ---- */
/* The attempt ended: finish the job or let it try again. In no list. */
void aws_judge(struct job *job, const struct http_answer *answer);

/* ---- aws_base.c ---- */
/* Find the credentials that everything begins with, unless they are there. */
MUST_CHECK int aws_base_find(struct aws *aws, const char *region,
			     struct error *err);
/* Look again. True: there are newer ones. */
bool aws_base_renew(struct aws *aws, const char *region);

/* ---- aws_session.c ---- */
struct xml_paths *aws_assumed_paths(void);
void aws_sessions_free(struct aws *aws);
/* What signs the job; NULL: it was parked until there is something. */
const struct credentials *aws_session_credentials(struct aws_session *session,
						  struct job *job);
/* AWS called what signed the job expired. True: there is something newer. */
bool aws_session_renew(struct aws_session *session, const struct job *job);
/* The cached signing key; borrowed until the next call. */
const unsigned char *aws_session_key(struct aws_session *session, bool of_base,
				     const struct credentials *credentials,
				     const struct sigv4_scope *scope);
/* Assume roles anew, under the change's name. */
void aws_sessions_change(struct aws *aws);

/* ---- aws_caller.c ---- */
struct xml_paths *aws_identity_paths(void);

#endif
