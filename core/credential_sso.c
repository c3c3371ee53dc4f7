/*
 * Single sign-on (IAM Identity Center): the token that `aws sso login` left in
 * the cache, renewed where it is a session's, buys the credentials of a role.
 */
#include <string.h>

#include "core/clock.h"
#include "core/credential_source.h"
#include "core/endpoint.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"
#include "core/query.h"

#define TIMEOUT_MS 10000
#define ATTEMPTS 3
#define CACHE_MOST (256 * KIB)
/* A session's token is renewed from so long before its end, as the CLI does. */
#define RENEW_BEFORE_S INT64_C(900)

struct sso {
	struct finding *finding;
	const char *session; /* NULL: as it was before there were sessions */
	const char *start_url, *region, *account, *role;
	char *cache_path;
	json_t *cache; /* the file */
};

static void sso_release(struct sso *sso)
{
	free(sso->cache_path);
	json_decref(sso->cache);
}

/* ---- settings --------------------------------------------------------- */

static int missing(const struct sso *sso, const char *key, struct error *err)
{
	return error_set(err, ERR_CREDENTIALS,
			 "the profile '%s' uses single sign-on and has no '%s'",
			 sso->finding->profile->name, key);
}

static int read_settings(struct sso *sso, struct error *err)
{
	const struct profile *profile = sso->finding->profile;

	sso->session = profile_value(profile, "sso_session");
	sso->start_url = profile_value(profile, "sso_start_url");
	sso->region = profile_value(profile, "sso_region");
	sso->account = profile_value(profile, "sso_account_id");
	sso->role = profile_value(profile, "sso_role_name");
	if (sso->session) {
		CLEANUP(free_ptr)
		char *section = xasprintf("sso-session %s", sso->session);

		if (!profile_has_section(profile, section))
			return error_set(err, ERR_CREDENTIALS,
					 "the profile '%s' has the "
					 "'sso_session' '%s', which '%s' does "
					 "not have",
					 profile->name, sso->session,
					 profile->config_path);
		sso->start_url =
			profile_section(profile, section, "sso_start_url");
		sso->region = profile_section(profile, section, "sso_region");
	}
	if (!sso->start_url)
		return missing(sso, "sso_start_url", err);
	if (!sso->region)
		return missing(sso, "sso_region", err);
	if (!sso->account)
		return missing(sso, "sso_account_id", err);
	return sso->role ? 0 : missing(sso, "sso_role_name", err);
}

/* ---- the token -------------------------------------------------------- */

/* What of the cache, or of the answer that renews it, others must not know. */
static void remember(const json_t *tokens)
{
	static const char *const names[] = { "accessToken", "refreshToken",
					     "clientSecret" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		secret_remember_text(json_text(tokens, names[i]));
}

static int log_in(const struct sso *sso, const char *why, struct error *err)
{
	(void)error_set(err, ERR_CREDENTIALS,
			"the single sign-on of the profile '%s' %s",
			sso->finding->profile->name, why);
	if (sso->session)
		error_hint(err, "aws sso login --sso-session %s", sso->session);
	else
		error_hint(err, "aws sso login --profile %s",
			   sso->finding->profile->name);
	return -1;
}

static int load_cache(struct sso *sso, struct error *err)
{
	const char *key = sso->session ? sso->session : sso->start_url;
	CLEANUP(error_release) struct error bad = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(CACHE_MOST);
	char name[SHA1_HEX_MAX];
	int rc;

	sso->cache_path = profile_home_path(".aws/sso/cache/%s.json",
					    sha1_hex(key, strlen(key), name));
	if (file_read(sso->cache_path, CACHE_MOST, &text, &bad))
		return log_in(sso, "was not logged in to here", err);
	rc = json_parse_answer(text.buf, text.len, &sso->cache, &bad);
	wipe(text.buf, text.len);
	remember(sso->cache);
	if (rc || !json_text(sso->cache, "accessToken") ||
	    !json_text(sso->cache, "expiresAt"))
		return log_in(sso, "left a token that cannot be read", err);
	return 0;
}

static int64_t expiry_of(const json_t *object, const char *key)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	const char *text = json_text(object, key);
	int64_t when = 0;

	return text && !credential_time(text, &when, &ignored) ? when : 0;
}

/* The new token goes where the other tools find it; a failure is no matter. */
static void save_cache(const struct sso *sso)
{
	CLEANUP(error_release) struct error ignored = ERROR_INIT;
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(CACHE_MOST);

	json_canonical(sso->cache, &text);
	if (file_write(sso->cache_path, text.buf, text.len, 0600, &ignored))
		error_release(&ignored);
	wipe(text.buf, text.len);
}

/* Owned; NULL with err set. The settings are those of whoever asks. */
static char *service_url(const struct sso *sso, const char *variable,
			 const char *host, const char *path, struct error *err)
{
	CLEANUP(endpoint_configured_release)
	struct endpoint_configured configured = { .url = NULL };
	size_t len;

	if (endpoint_configured(sso->finding->request->profile, variable,
				&configured, err))
		return NULL;
	if (!configured.url)
		return xasprintf("https://%s.%s.%s%s", host, sso->region,
				 endpoint_suffix(sso->region), path);
	len = strlen(configured.url);
	return xasprintf("%.*s%s",
			 (int)(len - (configured.url[len - 1] == '/')),
			 configured.url, path);
}

static bool can_renew(const struct sso *sso)
{
	return sso->session && json_text(sso->cache, "refreshToken") &&
	       json_text(sso->cache, "clientId") &&
	       json_text(sso->cache, "clientSecret") &&
	       expiry_of(sso->cache, "registrationExpiresAt") > clock_now();
}

static int renew(struct sso *sso, struct error *err)
{
	CLEANUP(json_release) json_t *answer = NULL;
	CLEANUP(json_release)
	json_t *request = json_pack(
		"{s:s, s:O, s:O, s:O}", "grantType", "refresh_token",
		"clientId", json_object_get(sso->cache, "clientId"),
		"clientSecret", json_object_get(sso->cache, "clientSecret"),
		"refreshToken", json_object_get(sso->cache, "refreshToken"));
	CLEANUP(strbuf_release) struct strbuf body = STRBUF_INIT(CACHE_MOST);
	CLEANUP(free_ptr)
	char *url = service_url(sso, "AWS_ENDPOINT_URL_SSO_OIDC", "oidc",
				"/token", err);
	struct fetch fetch = { .method = "POST",
			       .url = url,
			       .headers = { "Content-Type: application/json" },
			       .timeout_ms = TIMEOUT_MS,
			       .attempts = 1 };
	char until[CLOCK_TEXT_MAX];
	int rc;

	if (!url)
		return -1;
	json_compact(request, &body);
	fetch.body = body.buf;
	rc = credential_fetch_json(sso->finding, &fetch, "single sign-on",
				   &answer, err);
	wipe(body.buf, body.len);
	if (rc)
		return -1;
	remember(answer);
	if (!json_text(answer, "accessToken"))
		return error_set(err, ERR_CREDENTIALS,
				 "single sign-on answered without a token");
	json_object_set(sso->cache, "accessToken",
			json_object_get(answer, "accessToken"));
	if (json_text(answer, "refreshToken"))
		json_object_set(sso->cache, "refreshToken",
				json_object_get(answer, "refreshToken"));
	json_object_set_new(
		sso->cache, "expiresAt",
		json_string(clock_rfc3339(
			clock_now() + json_integer_value(json_object_get(
					      answer, "expiresIn")),
			until)));
	save_cache(sso);
	return 0;
}

static int check_token(struct sso *sso, struct error *err)
{
	CLEANUP(error_release) struct error why = ERROR_INIT;
	const int64_t left = expiry_of(sso->cache, "expiresAt") - clock_now();

	if (left > RENEW_BEFORE_S || (left > 0 && !can_renew(sso)))
		return 0;
	if (can_renew(sso) && !renew(sso, &why))
		return 0;
	if (why.code == ERR_INTERRUPTED) {
		error_copy(err, &why);
		return -1;
	}
	return left > 0 ? 0 : log_in(sso, "has expired", err);
}

/* ---- the role --------------------------------------------------------- */

static char *role_url(const struct sso *sso, struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf path = STRBUF_INIT(LIMIT_MESSAGE);

	strbuf_adds(&path, "/federation/credentials?role_name=");
	query_encode(sso->role, strlen(sso->role), "", &path);
	strbuf_adds(&path, "&account_id=");
	query_encode(sso->account, strlen(sso->account), "", &path);
	return service_url(sso, "AWS_ENDPOINT_URL_SSO", "portal.sso", path.buf,
			   err);
}

static int get_role(struct sso *sso, struct credentials *ret, struct error *err)
{
	static const struct credential_names names = { "accessKeyId",
						       "secretAccessKey",
						       "sessionToken", NULL };
	CLEANUP(free_ptr) char *url = role_url(sso, err);
	CLEANUP(free_ptr)
	char *header = xasprintf("x-amz-sso_bearer_token: %s",
				 json_text(sso->cache, "accessToken"));
	CLEANUP(json_release) json_t *answer = NULL;
	const struct fetch fetch = { .method = "GET",
				     .url = url,
				     .headers = { header },
				     .timeout_ms = TIMEOUT_MS,
				     .attempts = ATTEMPTS };
	const json_t *role;
	int rc = url ? credential_fetch_json(sso->finding, &fetch,
					     "single sign-on", &answer, err)
		     : -1;

	wipe(header, strlen(header));
	if (rc)
		return -1;
	role = json_object_get(answer, "roleCredentials");
	if (credential_read(role, &names,
			    xasprintf("single sign-on: the role '%s' in the "
				      "account %s",
				      sso->role, sso->account),
			    ret, err))
		return -1;
	/* milliseconds */
	ret->expires_at =
		json_integer_value(json_object_get(role, "expiration")) / 1000;
	return 0;
}

int credential_from_sso(struct finding *finding, struct credentials *ret,
			struct error *err)
{
	CLEANUP(sso_release) struct sso sso = { .finding = finding };

	if (!profile_value(finding->profile, "sso_session") &&
	    !profile_value(finding->profile, "sso_start_url"))
		return 0;
	if (read_settings(&sso, err) || load_cache(&sso, err) ||
	    check_token(&sso, err) || get_role(&sso, ret, err))
		return -1;
	return 1;
}
