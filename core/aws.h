/*
 * The AWS client: one thread around curl_multi.
 *
 * Sequence: aws_new; aws_session_open for each account and region;
 * aws_start for each call, any number at once; aws_step until all that the
 * caller waits for is done. Completions run inside aws_step, on the caller's
 * stack, and may start further calls.
 *
 * Reads are retried by the client (full-jitter backoff, a retry budget, clock
 * skew corrected once, credentials renewed once). A mutating call is sent again
 * only when AWS certainly did not run it: the connection was never made, or the
 * answer was a throttling or a clock-skew error. Otherwise it ends as
 * AWS_UNKNOWN and the caller finds out by reading.
 */
#ifndef ABACK_CORE_AWS_H
#define ABACK_CORE_AWS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/secret.h"
#include "core/xml.h"

struct aws;
struct aws_session;

struct aws_options {
	const char *user_agent; /* "aback/0.1.0" and what the caller adds */
	int max_in_flight;      /* 0: a sensible default */
	/* set to non-zero by a signal handler: queued calls and reads end as
	 * ERR_INTERRUPTED; a mutating call under way still gets its answer,
	 * if that comes soon, and is else AWS_UNKNOWN */
	const volatile sig_atomic_t *interrupted; /* may be NULL */
	/* one line a request (service, action, status, ms, request id; never
	 * a secret), for -v; may be NULL */
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
	/* the code of an MFA device, by its serial number; NULL: nobody is
	 * there who could be asked */
	int (*ask_code)(void *ctx, const char *serial, struct secret *ret_code,
			struct error *err);
	void *ask_ctx;
	/* 0: 10 s to connect, 60 s without a byte (of reads never more than
	 * 20 s), 120 s in all; 10 s for an answer once interrupted */
	int64_t connect_timeout_ms, idle_timeout_ms, total_timeout_ms, grace_ms;
};

/*
 * Reads the shared config and credentials files. ERR_CREDENTIALS: they are
 * malformed; ERR_USAGE: AWS_CA_BUNDLE cannot be read.
 */
MUST_CHECK int aws_new(const struct aws_options *options, struct aws **ret_aws,
		       struct error *err);
void aws_free(struct aws *aws); /* all sessions too */
/*
 * From here on the User-Agent ends in " change/<id>", and the session names of
 * assumed roles end in "-<id>": they are assumed anew.
 */
void aws_set_change(struct aws *aws, const char *change_id);

struct aws_place {
	const char *region;       /* "eu-west-1"; NULL: AWS_REGION and so on */
	const char *role_arn;     /* assumed before any call; NULL: none */
	const char *session_name; /* of the assumed role; NULL: "aback" */
};

/*
 * Find credentials as the SDKs do (core/credentials.h), once for all sessions;
 * where they have to be fetched it blocks. ERR_CREDENTIALS says where it
 * looked, ERR_USAGE what is wrong with region or endpoint. place's role is
 * assumed when the first call needs it, and again five minutes before it
 * expires; where that fails, the calls fail. ret_session is owned by aws.
 */
MUST_CHECK int aws_session_open(struct aws *aws, const struct aws_place *place,
				struct aws_session **ret_session,
				struct error *err);
const char *aws_session_region(const struct aws_session *session);

/* What the sessions' own credentials are, before any role of a place. */
struct aws_identity {
	const char *source;     /* "the profile 'prod' in '…'" */
	const char *access_key; /* which is no secret */
	int64_t expires_at;     /* UTC seconds; 0: not known, or never */
	/* {"source", "found"}: what was looked at, in this order */
	const json_t *looked_at;
};
/* Borrowed; there is one as soon as a session was opened. */
struct aws_identity aws_identity(const struct aws *aws);
/*
 * The same credentials and role in another region: that session itself where it
 * is there, or one that was opened before, else a new one. Errors as above.
 */
MUST_CHECK int aws_session_elsewhere(struct aws_session *session,
				     const char *region,
				     struct aws_session **ret_session,
				     struct error *err);

/* The role that it assumes; NULL: none. Borrowed. */
const char *aws_session_role(const struct aws_session *session);
/*
 * From here on the role is assumed with this session policy (JSON; NULL: none),
 * which AWS holds it to besides the role's own. Nothing is sent yet. Of a
 * session without a role it changes nothing.
 */
void aws_session_restrict(struct aws_session *session, const char *policy);
/*
 * One more session of the same region, role and name, restricted so. Errors as
 * of aws_session_open; owned by the client.
 */
MUST_CHECK int aws_session_beside(struct aws_session *session,
				  const char *policy,
				  struct aws_session **ret_session,
				  struct error *err);

struct aws_caller {
	char account[16];
	char *arn;
	char *user_id;
};
/*
 * sts:GetCallerIdentity: done is called once, from aws_step, with the caller
 * (borrowed) or with err.
 */
void aws_session_ask_caller(struct aws_session *session,
			    void (*done)(void *ctx,
					 const struct aws_caller *caller,
					 const struct error *err),
			    void *ctx);
/* The same; blocks. */
MUST_CHECK int aws_session_caller(struct aws_session *session,
				  struct aws_caller *ret_caller,
				  struct error *err);
void aws_caller_release(struct aws_caller *caller);

enum aws_outcome {
	AWS_OK,      /* 2xx and the whole answer was read */
	AWS_REFUSED, /* AWS said no: certainly without effect */
	/* never reached AWS, or throttled to the end; of a read also: no answer
	 * that could be used came */
	AWS_NOT_SENT,
	AWS_UNKNOWN /* may or may not have run (mutating calls only) */
};

/* The error classes of AWS, by code; see core/aws_error.c. */
enum aws_class {
	AWS_CLASS_NONE,
	AWS_CLASS_THROTTLING,
	AWS_CLASS_TRANSIENT,
	AWS_CLASS_CREDENTIALS,
	AWS_CLASS_AUTHORISATION,
	AWS_CLASS_STATE,    /* InvalidDBClusterStateFault and its like */
	AWS_CLASS_EVENTUAL, /* IAM is eventually consistent: try later */
	AWS_CLASS_NOT_FOUND,
	AWS_CLASS_EXISTS, /* already there */
	AWS_CLASS_QUOTA,
	AWS_CLASS_VALIDATION,
	AWS_CLASS_OTHER
};

struct aws_result {
	enum aws_outcome outcome;
	enum aws_class class;
	int http_status;        /* 0: no answer */
	const char *code;       /* AWS's error code, or "" */
	const char *message;    /* AWS's message, or "" */
	const char *request_id; /* or "" */
	const char *sent_at;    /* RFC 3339 of the last attempt, or "" */
	/* set unless outcome is AWS_OK; borrowed, error_copy to keep it */
	const struct error *error;
};

/*
 * Of one that is not AWS_OK: does the endpoint not have the call, or not let us
 * make it? What broke off or was throttled could have been answered.
 */
bool aws_is_lacking(const struct aws_result *result);

struct aws_call {
	struct aws_session *session;
	const char *service; /* "rds", "iam", … of endpoint_services */
	const char *action;  /* "DescribeDBClusters" */
	/* the wire form: an object of strings, or of anything where the
	 * service speaks JSON */
	const json_t *parameters;
	bool mutating;
	/* at most so many attempts, where nobody should wait long for it; 0: as
	 * many as of any other call */
	int attempts;
	/* what to read of an answer in XML; NULL: nothing */
	const struct xml_paths *answer;
	const struct xml_handler *handler;
	/* an answer in JSON, an object, once it is whole and good, before done;
	 * NULL: nothing. Numbers may be reals: AWS writes times so. */
	void (*json)(void *ctx, const json_t *answer);
	/* a new attempt begins: forget what an earlier one delivered */
	void (*begin)(void *ctx);
	/* called once, from aws_step; result is valid during the call */
	void (*done)(void *ctx, const struct aws_result *result);
	void *ctx;
};

/* Queue a call. parameters are copied; the pointers must live until done. */
void aws_start(struct aws *aws, const struct aws_call *call);

/*
 * Work until at least one call completed, nothing is in flight, or
 * clock_monotonic_ms() reached until_ms (INT64_MAX: no limit). Returns the
 * number of calls that completed.
 */
size_t aws_step(struct aws *aws, int64_t until_ms);
size_t aws_in_flight(const struct aws *aws);

/*
 * The answer that is being told of, inside the callbacks of a call that came to
 * an end: {"call": "rds:DescribeDBClusters", "read_at": RFC 3339, "request_id":
 * text or null}. NULL outside of them. Borrowed; whoever keeps it takes a
 * reference, and all who do share one.
 */
json_t *aws_answer(const struct aws *aws);

/*
 * A paged listing: `start` with the same call again and again, with Marker set
 * to what the answer gave, until it gives none. The call's answer paths must
 * not use ids below 0. A page cap, a repeated marker, a marker that is missing
 * (IsTruncated, as IAM has it, Truncated as KMS) and an answer cut off end it
 * with ERR_INCOMPLETE. page_done (may be NULL) is called after each page
 * that was read whole; done once at the end.
 */
struct aws_listing {
	struct aws_call call; /* begin is called for every attempt */
	/* of the answer's token, from the root; of JSON: the member's name */
	const char *marker_path;
	const char *marker_parameter; /* "Marker" */
	void (*page_done)(void *ctx);
};
void aws_list(struct aws *aws, const struct aws_listing *listing);

#endif
