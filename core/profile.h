/*
 * The profile of the shared files that AWS_PROFILE names, or "default":
 * its lines in the config file and in the credentials file.
 */
#ifndef ABACK_CORE_PROFILE_H
#define ABACK_CORE_PROFILE_H

#include <stdbool.h>

#include "core/compiler.h"
#include "core/error.h"

struct ini;

struct profile {
	char *name;
	char *config_path, *credentials_path; /* absolute, there or not */
	char *config_section;                 /* "profile prod", "default" */
	struct ini *config, *credentials;
};

/* ERR_CREDENTIALS: a file cannot be read or is malformed. */
MUST_CHECK int profile_load(struct profile *ret_profile, struct error *err);
/* The same of another name, in the same files. */
MUST_CHECK int profile_open(const char *name, struct profile *ret_profile,
			    struct error *err);
void profile_release(struct profile *profile);

/* Is it in either file? */
bool profile_exists(const struct profile *profile);
/* Its line in the config file, in the credentials file; NULL or not empty. */
const char *profile_config(const struct profile *profile, const char *key);
const char *profile_credential(const struct profile *profile, const char *key);

/* Its line in either, the credentials file first; NULL or not empty. */
const char *profile_value(const struct profile *profile, const char *key);
/* A line of another section of the config file, such as "sso-session x". */
bool profile_has_section(const struct profile *profile, const char *section);
const char *profile_section(const struct profile *profile, const char *section,
			    const char *key);

/*
 * What a section [services <name>] of the config file has indented below the
 * service. *ret_there: is there such a section? Owned, NULL: nothing.
 */
char *profile_service(const struct profile *profile, const char *name,
		      const char *service, const char *key, bool *ret_there);

/* A path below the person's home directory. Owned. */
char *profile_home_path(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The environment variable, NULL where unset or empty. */
const char *profile_env(const char *name);

#endif
