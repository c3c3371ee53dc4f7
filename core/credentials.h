/*
 * Credentials as the SDKs find them: the environment, then the profile in the
 * credentials file, then in the config file. What the SDKs would use instead
 * and aback cannot yet (SSO, a credential process, a web identity, a container
 * or instance role, a login session, a role of the config file) is refused by
 * name, never passed over.
 */
#ifndef ABACK_CORE_CREDENTIALS_H
#define ABACK_CORE_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/compiler.h"
#include "core/error.h"
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

/* ERR_CREDENTIALS says where it looked and what it found there. */
MUST_CHECK int credentials_find(const struct profile *profile,
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
