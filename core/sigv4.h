/*
 * AWS Signature Version 4 with the signature in the Authorization header, for
 * any service but S3. Pure functions: the time comes in, nothing is read.
 *
 * A client hashes its body, fills a sigv4_request and appends
 * sigv4_authorization(). A server parses the header with sigv4_claim_parse()
 * and asks sigv4_verify().
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
#ifndef ABACK_CORE_SIGV4_H
#define ABACK_CORE_SIGV4_H

#include <stdbool.h>
#include <stddef.h>

#include "core/compiler.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/secret.h"
#include "core/strbuf.h"

struct sigv4_header {
	const char *name; /* in any case */
	const char *value;
};

struct sigv4_request {
	const char *method; /* "POST" */
	const char *path;   /* as sent, without the query; "/" */
	const char *query;  /* as sent, without '?'; NULL or "": none */
	/* to sign: those that are signed, Host among them; to verify: all */
	const struct sigv4_header *headers;
	size_t headers_len;
	const char *payload_hash; /* sha256_hex of the body */
};

struct sigv4_scope {
	const char *amz_date; /* clock_basic: "20150830T123600Z" */
	const char *region;   /* "us-east-1" */
	const char *service;  /* "iam" */
};

#define SIGV4_KEY_BYTES SHA256_BYTES

/* Step 1: what is hashed. Headers may come in any order. */
void sigv4_canonical_request(const struct sigv4_request *request,
			     struct strbuf *out);
/* Step 2: what is signed. */
void sigv4_string_to_sign(const struct sigv4_scope *scope,
			  const char *canonical_request, struct strbuf *out);
/*
 * Step 3: the key of one day, region and service; it is as secret as what it
 * is derived from, so wipe it.
 */
void sigv4_signing_key(const struct secret *secret_key,
		       const struct sigv4_scope *scope,
		       unsigned char key[SIGV4_KEY_BYTES]);
/* Step 4: the signature in hex. */
void sigv4_signature(const unsigned char key[SIGV4_KEY_BYTES],
		     const char *string_to_sign,
		     char signature[SHA256_HEX_MAX]);

/* All steps: append the value of the Authorization header. */
void sigv4_authorization(const struct sigv4_request *request,
			 const struct sigv4_scope *scope,
			 const char *access_key,
			 const unsigned char key[SIGV4_KEY_BYTES],
			 struct strbuf *out);

/* What an Authorization header claims. */
struct sigv4_claim {
	char *access_key;
	char *date; /* "20150830" */
	char *region;
	char *service;
	char *signed_headers; /* "content-type;host;x-amz-date" */
	char *signature;
};

/* ERR_FORMAT says what of the header is missing or malformed. */
MUST_CHECK int sigv4_claim_parse(const char *authorization,
				 struct sigv4_claim *ret_claim,
				 struct error *err);
void sigv4_claim_release(struct sigv4_claim *claim);

/*
 * Was this request signed as the claim says, with this key? Host and
 * X-Amz-Date must be there and signed, and the date be the claim's.
 */
bool sigv4_verify(const struct sigv4_claim *claim,
		  const struct sigv4_request *request,
		  const struct secret *secret_key);

#endif
