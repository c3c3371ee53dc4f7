#include "core/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void credentials_release(struct credentials *credentials)
{
	free(credentials->access_key);
	secret_release(&credentials->secret_key);
	secret_release(&credentials->session_token);
	free(credentials->source);
	*credentials = (struct credentials)CREDENTIALS_INIT;
}

void credentials_copy(struct credentials *dst, const struct credentials *src)
{
	credentials_release(dst);
	dst->access_key = xstrdup(src->access_key);
	secret_copy(&dst->secret_key, &src->secret_key);
	secret_copy(&dst->session_token, &src->session_token);
	dst->expires_at = src->expires_at;
	dst->source = xstrdup(src->source);
}

static bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len &&
	       (!a->len || !memcmp(a->bytes, b->bytes, a->len));
}

bool credentials_equal(const struct credentials *a, const struct credentials *b)
{
	return !strcmp(a->access_key, b->access_key) &&
	       secret_equal(&a->secret_key, &b->secret_key) &&
	       secret_equal(&a->session_token, &b->session_token);
}

static bool is_graphic(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

int credentials_check(const struct credentials *credentials, struct error *err)
{
	const char *bad = NULL;

	if (!is_graphic(credentials->access_key) ||
	    strchr(credentials->access_key, '/'))
		bad = "access key id";
	else if (!is_graphic(credentials->secret_key.bytes))
		bad = "secret access key";
	else if (secret_is_set(&credentials->session_token) &&
		 !is_graphic(credentials->session_token.bytes))
		bad = "session token";
	if (!bad)
		return 0;
	(void)error_set(err, ERR_CREDENTIALS,
			"the %s of %s holds a blank, a line break or another "
			"character that cannot be in it",
			bad, credentials->source);
	error_hint(err, "copy the %s again", bad);
	return -1;
}

/* Keys that stand together in one place; NULL for what is not there. */
struct found {
	const char *access_key, *secret_key, *token;
};

/* 1: they are there, 0: nothing is, -1: only a half is. */
static int take(const struct found *found, char *source,
		struct credentials *credentials, struct error *err)
{
	CLEANUP(free_ptr) char *owned = source;

	if (!found->access_key && !found->secret_key)
		return 0;
	if (!found->access_key || !found->secret_key) {
		(void)error_set(err, ERR_CREDENTIALS, "%s has %s but not %s",
				source,
				found->access_key ? "an access key id"
						  : "a secret access key",
				found->access_key ? "its secret access key"
						  : "its access key id");
		error_hint(err, "set both aws_access_key_id and "
				"aws_secret_access_key there, or neither");
		return -1;
	}
	credentials->access_key = xstrdup(found->access_key);
	secret_set(&credentials->secret_key, found->secret_key,
		   strlen(found->secret_key));
	if (found->token)
		secret_set(&credentials->session_token, found->token,
			   strlen(found->token));
	credentials->source = TAKE(owned);
	return credentials_check(credentials, err) ? -1 : 1;
}

static int from_environment(struct credentials *credentials, struct error *err)
{
	struct found found = {
		.access_key = profile_env("AWS_ACCESS_KEY_ID"),
		.secret_key = profile_env("AWS_SECRET_ACCESS_KEY"),
		.token = profile_env("AWS_SESSION_TOKEN"),
	};

	return take(&found, xstrdup("the environment"), credentials, err);
}

static int
from_file(const struct profile *profile,
	  const char *(*get)(const struct profile *profile, const char *key),
	  const char *path, struct credentials *credentials, struct error *err)
{
	struct found found = {
		.access_key = get(profile, "aws_access_key_id"),
		.secret_key = get(profile, "aws_secret_access_key"),
		.token = get(profile, "aws_session_token"),
	};

	return take(&found,
		    xasprintf("the profile '%s' in '%s'", profile->name, path),
		    credentials, err);
}

/* A way to credentials that the SDKs know and aback does not, by its key. */
struct unsupported {
	const char *key;
	const char *what;
};

#define EXPORT_HINT                    \
	"let the AWS CLI resolve it: " \
	"eval \"$(aws configure export-credentials --format env)\""

static int refuse_profile(const struct profile *profile,
			  const struct unsupported *rows, size_t len,
			  struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		if (!profile_config(profile, rows[i].key) &&
		    !profile_credential(profile, rows[i].key))
			continue;
		(void)error_set(err, ERR_CREDENTIALS,
				"the profile '%s' uses %s ('%s'), which aback "
				"cannot do yet",
				profile->name, rows[i].what, rows[i].key);
		error_hint(err, EXPORT_HINT);
		return -1;
	}
	return 0;
}

/* What the SDKs look at before the credentials file, and before config. */
static const struct unsupported before_credentials_file[] = {
	{ "web_identity_token_file", "a web identity" },
	{ "role_arn", "a role of its own" },
	{ "sso_session", "single sign-on" },
	{ "sso_start_url", "single sign-on" },
};
static const struct unsupported before_config_file[] = {
	{ "login_session", "a login session" },
	{ "credential_process", "a credential process" },
};

static int refuse_env(const char *const *variables, size_t len,
		      const char *what, struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		if (!profile_env(variables[i]))
			continue;
		(void)error_set(err, ERR_CREDENTIALS,
				"%s is set: %s, which aback cannot use yet",
				variables[i], what);
		error_hint(err, EXPORT_HINT);
		return -1;
	}
	return 0;
}

static int nothing(const struct profile *profile, struct error *err)
{
	if (!profile_exists(profile) && profile_env("AWS_PROFILE")) {
		(void)error_set(err, ERR_CREDENTIALS,
				"there is no profile '%s' in '%s' or '%s'",
				profile->name, profile->credentials_path,
				profile->config_path);
		error_hint(err, "AWS_PROFILE names it: list the profiles with "
				"'aws configure list-profiles'");
		return -1;
	}
	(void)error_set(err, ERR_CREDENTIALS,
			"found no AWS credentials: not in the environment "
			"(AWS_ACCESS_KEY_ID), nor for the profile '%s' in '%s' "
			"or '%s'",
			profile->name, profile->credentials_path,
			profile->config_path);
	error_hint(err, "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
			"AWS_SECRET_ACCESS_KEY; an instance role is not "
			"supported yet");
	return -1;
}

int credentials_find(const struct profile *profile,
		     struct credentials *ret_credentials, struct error *err)
{
	static const char *const web[] = { "AWS_WEB_IDENTITY_TOKEN_FILE" };
	static const char *const container[] = {
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	};
	CLEANUP(credentials_release)
	struct credentials credentials = CREDENTIALS_INIT;
	int found = from_environment(&credentials, err);

	if (!found &&
	    (refuse_env(web, ARRAY_SIZE(web), "a web identity", err) ||
	     refuse_profile(profile, before_credentials_file,
			    ARRAY_SIZE(before_credentials_file), err)))
		return -1;
	if (!found)
		found = from_file(profile, profile_credential,
				  profile->credentials_path, &credentials, err);
	if (!found && refuse_profile(profile, before_config_file,
				     ARRAY_SIZE(before_config_file), err))
		return -1;
	if (!found)
		found = from_file(profile, profile_config, profile->config_path,
				  &credentials, err);
	if (!found && refuse_env(container, ARRAY_SIZE(container),
				 "the credentials of a container", err))
		return -1;
	if (found < 0)
		return -1;
	if (!found)
		return nothing(profile, err);
	*ret_credentials = credentials;
	credentials = (struct credentials)CREDENTIALS_INIT;
	return 0;
}
