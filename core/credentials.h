/*
 * Credentials as the SDKs find them, in their order: the environment, a role of
 * the profile, a web identity, single sign-on, the credentials file, a
 * credential process, the config file, a container's endpoint, the instance's
 * role. The first one that is there decides: where it does not work, that is an
 * error and no reason to go on. A login session is refused by name.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
#ifndef ABACK_CORE_CREDENTIALS_H
#define ABACK_CORE_CREDENTIALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
#include "core/json.h"
#include "core/profile.h"
#include "core/secret.h"

struct credentials {
	char *access_key;
	struct secret secret_key;
	struct secret session_token; /* not set: long-term keys */
	int64_t expires_at;          /* UTC seconds; 0: not known */
	char *source;                /* "the environment", for messages */
};

#define CREDENTIALS_INIT            \
	{                           \
		.access_key = NULL, \
	}

struct credentials_request {
	const struct profile *profile;
	const char *region; /* to assume roles in; NULL: it is not known */
	/* of requests to those who have them; NULL: "aback", the system's */
	const char *user_agent, *ca_bundle;
	/* the code of an MFA device, by its serial number; NULL: nobody is
	 * there who could be asked */
	int (*ask_code)(void *ctx, const char *serial, struct secret *ret_code,
			struct error *err);
	void *ask_ctx;
	const volatile sig_atomic_t *interrupted; /* NULL: never */
	/* what was looked at is added, in this order: {"source", "found"}, the
	 * last one being what decided; NULL: nobody wants to know */
	json_t *looked_at;
};

/*
 * Blocks where they have to be fetched. ERR_CREDENTIALS says where it looked
 * and what it found there; ERR_INTERRUPTED.
 */
MUST_CHECK int credentials_find(const struct credentials_request *request,
				struct credentials *ret_credentials,
				struct error *err);
/*
 * Can they stand in a header? A line break or blank from a careless copy is
 * ERR_CREDENTIALS that names source.
 */
MUST_CHECK int credentials_check(const struct credentials *credentials,
				 struct error *err);
void credentials_copy(struct credentials *dst, const struct credentials *src);
bool credentials_equal(const struct credentials *a,
		       const struct credentials *b);
/* Wipes; CREDENTIALS_INIT after. */
void credentials_release(struct credentials *credentials);

#endif
