/* What AWS's error codes mean, and how they are told to people. */
#ifndef ABACK_CORE_AWS_ERROR_H
#define ABACK_CORE_AWS_ERROR_H

#include <stdbool.h>

#include "core/aws.h"
#include "core/error.h"

/*
 * code: as in the answer, "" where it had none; message decides for the codes
 * that say too little. An unknown code is classed by its ending, then by the
 * HTTP status.
 */
enum aws_class aws_error_class(const char *code, const char *message,
			       int http_status);

/* Are the credentials refused because they are too old? */
bool aws_error_expired(const char *code);
/* Does the signature not fit, in the query protocol's or JSON's words? */
bool aws_error_unsigned(const char *code);
/* Is the clock to blame, for certain (the code says so) or by its message? */
bool aws_error_skewed(const char *code, const char *message);

struct aws_refusal {
	const char *service, *action, *region;
	int http_status;
	enum aws_class class;
	const char *code, *message, *request_id; /* "" where there is none */
	const char *credentials_source;          /* "the environment" */
};

/* ERR_CREDENTIALS or ERR_AWS with request and hint; always returns -1. */
int aws_error_set(struct error *err, const struct aws_refusal *refusal);

/*
 * Say which request it was: "rds:DescribeDBClusters, HTTP 403, AccessDenied,
 * request id …", without what is 0 or "".
 */
void aws_error_request(struct error *err, const struct aws_refusal *refusal);

/* Text from outside for a message: blanks joined, control bytes gone. Owned. */
char *aws_error_clean(const char *text);

#endif
