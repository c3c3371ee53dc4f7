/* One request and its answer, as the parts of the simulator see them. */
#ifndef ABACK_TESTS_SIM_REQUEST_H
#define ABACK_TESTS_SIM_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/json.h"
#include "core/strbuf.h"

struct account;
struct access_key;
struct sim;

#define REQUEST_BODY_MAX ((size_t)1024 * 1024)
#define ANSWER_MAX ((size_t)512 * 1024 * 1024)

struct request {
	char *method;
	char *uri;           /* as sent, with its query */
	json_t *headers;     /* lower-case name → value, joined by commas */
	struct strbuf body;  /* over REQUEST_BODY_MAX: overflowed */
	char request_id[37]; /* a new UUID */
	/* from the form; or the body and X-Amz-Target where those are JSON */
	bool json;
	json_t *parameters; /* without Action and Version */
	char *action;       /* or "" */
	char *version;      /* or ""; of JSON the target: "TrentService" */
	/* from the signature's scope; set even where it does not verify */
	char *service;
	char *region;
	char *access_key_id;
	/* set by auth_verify */
	struct account *account;
	const struct access_key *key;
};

struct answer {
	int status;
	const char *content_type;
	struct strbuf body;
	char *code;        /* AWS's error code, or NULL */
	char *message;     /* what goes with the code */
	bool query_error;  /* tell the code in a header as well */
	char *date;        /* Date header other than now, or NULL */
	const char *fault; /* the fault that played, or NULL */
	bool effective;    /* the service did it, whatever the caller is told */
	int64_t hold_ms;   /* wait before sending */
	bool reset;        /* drop the connection instead of answering */
	bool truncate;     /* send half of the body, then drop */
};

/*
 * Read the URL-encoded form, or the JSON object, into parameters; false: it is
 * malformed.
 */
MUST_CHECK bool request_parse(struct request *request);
/* A parameter that is text, or NULL. Borrowed. */
const char *request_get(const struct request *request, const char *name);

/* Make it an error answer in the dialect of the request's service. */
void answer_error(struct answer *answer, const struct request *request,
		  int status, const char *code, const char *fmt, ...)
	PRINTF_LIKE(5, 6);
/* The answer of a JSON service. Steals value; NULL: it has no body. */
void answer_object(struct answer *answer, json_t *value);
/* Open and close the envelope of a successful answer of the query protocol. */
void answer_begin(struct answer *answer, const struct request *request);
void answer_end(struct answer *answer, const struct request *request);
/* The successful answer of a call that has no result element. */
void answer_empty(struct answer *answer, const struct request *request);

/* The whole of one request, from its signature to its log line. */
void serve(struct sim *sim, struct request *request, struct answer *answer);

#endif
