#include "core/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/credential_source.h"
#include "core/mem.h"

#define EXPORT_COMMAND \
	"eval \"$(aws configure export-credentials --format env)\""

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

int credential_take(const struct found_keys *found, char *source,
		    struct credentials *ret, struct error *err)
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
	credentials_release(ret);
	ret->access_key = xstrdup(found->access_key);
	secret_set(&ret->secret_key, found->secret_key,
		   strlen(found->secret_key));
	if (found->token)
		secret_set(&ret->session_token, found->token,
			   strlen(found->token));
	secret_remember_text(found->secret_key);
	secret_remember_text(found->token);
	ret->source = TAKE(owned);
	return credentials_check(ret, err) ? -1 : 1;
}

int credential_time(const char *text, int64_t *ret_when, struct error *err)
{
	const size_t len = strlen(text);
	CLEANUP(free_ptr) char *plain = NULL;

	if (len < 3 || strcmp(text + len - 3, "UTC") != 0)
		return clock_parse(text, ret_when, err);
	plain = xasprintf("%.*sZ", (int)(len - 3), text);
	return clock_parse(plain, ret_when, err);
}

int credential_read(const json_t *answer, const struct credential_names *names,
		    char *source, struct credentials *ret, struct error *err)
{
	const struct found_keys keys = {
		.access_key = json_text(answer, names->access_key),
		.secret_key = json_text(answer, names->secret_key),
		.token = json_text(answer, names->token),
	};
	const char *expiration =
		names->expiration ? json_text(answer, names->expiration) : NULL;

	if (!keys.access_key && !keys.secret_key) {
		(void)error_set(err, ERR_CREDENTIALS,
				"%s gave something that holds no credentials",
				source);
		free(source);
		return -1;
	}
	if (credential_take(&keys, source, ret, err) < 0)
		return -1;
	if (expiration && credential_time(expiration, &ret->expires_at, err)) {
		err->code = ERR_CREDENTIALS;
		return error_wrap(err,
				  "the expiration of the credentials of "
				  "%s",
				  ret->source);
	}
	return 0;
}

/* ---- keys that stand somewhere ---------------------------------------- */

int credential_from_environment(struct finding *finding UNUSED,
				struct credentials *ret, struct error *err)
{
	const struct found_keys found = {
		.access_key = profile_env("AWS_ACCESS_KEY_ID"),
		.secret_key = profile_env("AWS_SECRET_ACCESS_KEY"),
		.token = profile_env("AWS_SESSION_TOKEN"),
	};

	return credential_take(&found, xstrdup("the environment"), ret, err);
}

static int
from_file(const struct profile *profile,
	  const char *(*get)(const struct profile *profile, const char *key),
	  const char *path, struct credentials *ret, struct error *err)
{
	const struct found_keys found = {
		.access_key = get(profile, "aws_access_key_id"),
		.secret_key = get(profile, "aws_secret_access_key"),
		.token = get(profile, "aws_session_token"),
	};

	return credential_take(
		&found,
		xasprintf("the profile '%s' in '%s'", profile->name, path), ret,
		err);
}

static int from_credentials_file(struct finding *finding,
				 struct credentials *ret, struct error *err)
{
	return from_file(finding->profile, profile_credential,
			 finding->profile->credentials_path, ret, err);
}

static int from_config_file(struct finding *finding, struct credentials *ret,
			    struct error *err)
{
	return from_file(finding->profile, profile_config,
			 finding->profile->config_path, ret, err);
}

/* What the AWS CLI's 'aws login' leaves, which is its own. */
static int from_login(struct finding *finding, struct credentials *ret UNUSED,
		      struct error *err)
{
	if (!profile_value(finding->profile, "login_session"))
		return 0;
	(void)error_set(err, ERR_CREDENTIALS,
			"the profile '%s' uses a login session "
			"('login_session'), which aback cannot use",
			finding->profile->name);
	error_hint(err, "let the AWS CLI resolve it: " EXPORT_COMMAND);
	return -1;
}

/* ---- in order --------------------------------------------------------- */

struct source {
	const char *name;
	credential_source find;
	bool of_profile; /* it may be what a role is assumed with */
};

static const struct source sources[] = {
	{ "the environment", credential_from_environment, false },
	{ "a role of the profile", credential_from_role, false },
	{ "a web identity", credential_from_web_identity, true },
	{ "single sign-on", credential_from_sso, true },
	{ "the credentials file", from_credentials_file, true },
	{ "a login session", from_login, true },
	{ "a credential process", credential_from_process, true },
	{ "the config file", from_config_file, true },
	{ "a container's endpoint", credential_from_container, false },
	{ "the instance's role", credential_from_instance, false },
};

int credential_from_profile(struct finding *finding, struct credentials *ret,
			    struct error *err)
{
	int found = 0;

	if (!profile_value(finding->profile, "aws_access_key_id"))
		found = credential_from_role(finding, ret, err);
	for (size_t i = 0; i < ARRAY_SIZE(sources) && !found; i++) {
		if (sources[i].of_profile)
			found = sources[i].find(finding, ret, err);
	}
	return found;
}

static void note(const struct finding *finding, const struct source *source,
		 int found)
{
	json_t *list = finding->request->looked_at;

	if (list)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:b}", "source", source->name,
					"found", found != 0));
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
			"or '%s', nor of a container or an instance",
			profile->name, profile->credentials_path,
			profile->config_path);
	error_hint(err, "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
			"AWS_SECRET_ACCESS_KEY");
	return -1;
}

int credentials_find(const struct credentials_request *request,
		     struct credentials *ret_credentials, struct error *err)
{
	CLEANUP(json_release)
	json_t *visited = json_pack("[s]", request->profile->name);
	struct finding finding = { .request = request,
				   .profile = request->profile,
				   .visited = visited };
	CLEANUP(credentials_release)
	struct credentials credentials = CREDENTIALS_INIT;
	int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sources) && !found; i++) {
		found = sources[i].find(&finding, &credentials, err);
		note(&finding, &sources[i], found);
	}
	if (finding.http)
		http_free(finding.http);
	if (found < 0) {
		if (!err->hint)
			error_hint(err, "mend it, or let the AWS CLI resolve "
					"it: " EXPORT_COMMAND);
		return -1;
	}
	if (!found)
		return nothing(request->profile, err);
	*ret_credentials = credentials;
	credentials = (struct credentials)CREDENTIALS_INIT;
	return 0;
}
