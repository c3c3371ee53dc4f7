/*
 * The sources of credentials, a file each, and what they share. Only
 * core/credential*.c include it.
 */
#ifndef ABACK_CORE_CREDENTIAL_SOURCE_H
#define ABACK_CORE_CREDENTIAL_SOURCE_H

#include "core/credentials.h"
#include "core/http.h"
#include "core/strbuf.h"

/* A search under way. */
struct finding {
	const struct credentials_request *request;
	const struct profile *profile; /* whose settings count just now */
	struct http *http;             /* NULL until somebody is asked */
	size_t depth;                  /* of profiles that name another one */
	json_t *visited;               /* their names */
};

/* 1: *ret is set. 0: there is nothing of this kind. -1: it does not work. */
typedef int (*credential_source)(struct finding *finding,
				 struct credentials *ret, struct error *err);
int credential_from_role(struct finding *finding, struct credentials *ret,
			 struct error *err);
int credential_from_web_identity(struct finding *finding,
				 struct credentials *ret, struct error *err);
int credential_from_sso(struct finding *finding, struct credentials *ret,
			struct error *err);
int credential_from_process(struct finding *finding, struct credentials *ret,
			    struct error *err);
int credential_from_container(struct finding *finding, struct credentials *ret,
			      struct error *err);
int credential_from_instance(struct finding *finding, struct credentials *ret,
			     struct error *err);
int credential_from_environment(struct finding *finding,
				struct credentials *ret, struct error *err);
/* Of the profile alone, as the role of another one is assumed with it. */
int credential_from_profile(struct finding *finding, struct credentials *ret,
			    struct error *err);

/* Keys that stand together in one place; NULL for what is not there. */
struct found_keys {
	const char *access_key, *secret_key, *token;
};
/* 1: they are there, 0: nothing is, -1: only a half is. Steals source. */
int credential_take(const struct found_keys *found, char *source,
		    struct credentials *ret, struct error *err);
/*
 * The same out of an answer in JSON, which names them so; expiration NULL: it
 * has none. Steals source. -1 where one is missing.
 */
struct credential_names {
	const char *access_key, *secret_key, *token, *expiration;
};
MUST_CHECK int credential_read(const json_t *answer,
			       const struct credential_names *names,
			       char *source, struct credentials *ret,
			       struct error *err);
/* "2026-11-24T02:15:30Z", also as older tools end it, in "UTC". */
MUST_CHECK int credential_time(const char *text, int64_t *ret_when,
			       struct error *err);

/* A request to whoever has credentials; blocks. */
struct fetch {
	const char *method; /* "GET", "PUT", "POST" */
	const char *url;
	const char *headers[8]; /* "Name: value", wiped; NULL: no more */
	const char *body;       /* NULL: none */
	int64_t timeout_ms;
	int attempts;
	bool direct; /* by no proxy: it is on this machine or its link */
};
/*
 * *ret_status is 0 where no answer came, and then *ret_why (owned) says why;
 * another attempt is made then, and at 5xx. ERR_INTERRUPTED.
 */
MUST_CHECK int credential_fetch(struct finding *finding,
				const struct fetch *fetch, int *ret_status,
				struct strbuf *ret_body, char **ret_why,
				struct error *err);
/* The same where only 200 with an object of JSON will do. ERR_CREDENTIALS. */
MUST_CHECK int credential_fetch_json(struct finding *finding,
				     const struct fetch *fetch,
				     const char *whom, json_t **ret_answer,
				     struct error *err);

/*
 * Call sts with parameters (an object of strings), signed by `signer` (NULL:
 * not signed), and take the credentials of its answer. Steals source.
 */
MUST_CHECK int credential_from_sts(struct finding *finding, const char *action,
				   const json_t *parameters,
				   const struct credentials *signer,
				   char *source, struct credentials *ret,
				   struct error *err);

#endif
