/*
 * Sessions: an account and region to call, with what signs the calls. A role
 * is assumed when a call needs it; the calls that need it meanwhile are parked.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/aws_private.h"
#include "core/mem.h"

#define RENEW_BEFORE_S 300
#define RENEW_AGAIN_S 30 /* after a failure, while the credentials are good */
#define SESSION_NAME_MAX 64

const char *aws_session_region(const struct aws_session *session)
{
	return session->region;
}

const char *aws_session_role(const struct aws_session *session)
{
	return session->role_arn;
}

static void forget_keys(struct aws_session *session)
{
	for (size_t i = 0; i < SESSION_KEYS; i++) {
		free(session->keys[i].scope);
		wipe(&session->keys[i], sizeof(session->keys[i]));
	}
	session->generation++;
}

static void session_free(struct aws_session *session)
{
	if (!session)
		return;
	forget_keys(session);
	for (size_t i = 0; i < ENDPOINT_SERVICES; i++)
		endpoint_release(&session->endpoints[i]);
	credentials_release(&session->base);
	credentials_release(&session->role);
	credentials_release(&session->assumed);
	free(session->assumed_expiry);
	free(session->region);
	free(session->role_arn);
	free(session->session_name);
	free(session->policy);
	free(session);
}

DEFINE_CLEANUP(free_session, struct aws_session *, session_free)

void aws_sessions_free(struct aws *aws)
{
	while (aws->sessions) {
		struct aws_session *session = aws->sessions;

		aws->sessions = session->next;
		session_free(session);
	}
}

static const char *region_of(const struct aws *aws, const char *given)
{
	if (!given)
		given = profile_env("AWS_REGION");
	if (!given)
		given = profile_env("AWS_DEFAULT_REGION");
	return given ? given : profile_value(&aws->profile, "region");
}

int aws_session_open(struct aws *aws, const struct aws_place *place,
		     struct aws_session **ret_session, struct error *err)
{
	CLEANUP(free_session)
	struct aws_session *session = xcalloc(1, sizeof(*session));
	const char *region = region_of(aws, place->region);

	if (!region) {
		(void)error_set(err, ERR_USAGE, "no region is given");
		error_hint(err, "set AWS_REGION");
		return -1;
	}
	if (endpoint_check_region(region, err))
		return -1;
	session->aws = aws;
	session->region = xstrdup(region);
	session->role_arn = xstrdup(place->role_arn);
	session->session_name =
		xstrdup(place->session_name ? place->session_name : "aback");
	session->budget = (struct retry_budget)RETRY_BUDGET_INIT;
	TAILQ_INIT(&session->parked);
	for (size_t i = 0; i < ENDPOINT_SERVICES; i++) {
		if (endpoint_find(&aws->profile, i, region,
				  &session->endpoints[i], err))
			return -1;
	}
	if (aws_base_find(aws, region, err))
		return -1;
	credentials_copy(&session->base, &aws->base);
	session->next = aws->sessions;
	aws->sessions = session;
	*ret_session = TAKE(session);
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

void aws_session_restrict(struct aws_session *session, const char *policy)
{
	if (!session->role_arn || same_text(session->policy, policy))
		return;
	free(session->policy);
	session->policy = xstrdup(policy);
	credentials_release(&session->role);
	forget_keys(session);
}

static int open_another(struct aws_session *session, const char *region,
			const char *policy, struct aws_session **ret_session,
			struct error *err)
{
	const struct aws_place at = { .region = region,
				      .role_arn = session->role_arn,
				      .session_name = session->session_name };

	if (aws_session_open(session->aws, &at, ret_session, err))
		return -1;
	aws_session_restrict(*ret_session, policy);
	return 0;
}

int aws_session_elsewhere(struct aws_session *session, const char *region,
			  struct aws_session **ret_session, struct error *err)
{
	for (struct aws_session *s = session->aws->sessions; s; s = s->next) {
		if (!strcmp(s->region, region) &&
		    same_text(s->role_arn, session->role_arn) &&
		    same_text(s->policy, session->policy)) {
			*ret_session = s;
			return 0;
		}
	}
	return open_another(session, region, session->policy, ret_session, err);
}

int aws_session_beside(struct aws_session *session, const char *policy,
		       struct aws_session **ret_session, struct error *err)
{
	return open_another(session, session->region, policy, ret_session, err);
}

/* ---- signing keys ---- */

const unsigned char *aws_session_key(struct aws_session *session, bool of_base,
				     const struct credentials *credentials,
				     const struct sigv4_scope *scope)
{
	CLEANUP(free_ptr)
	char *text = xasprintf("%.8s/%s/%s", scope->amz_date, scope->region,
			       scope->service);
	struct signing_key *key;

	for (size_t i = 0; i < SESSION_KEYS; i++) {
		key = &session->keys[i];
		if (key->scope && key->of_base == of_base &&
		    !strcmp(key->scope, text))
			return key->key;
	}
	key = &session->keys[session->next_key++ % SESSION_KEYS];
	free(key->scope);
	key->scope = TAKE(text);
	key->of_base = of_base;
	sigv4_signing_key(&credentials->secret_key, scope, key->key);
	return key->key;
}

/* ---- the role ---- */

enum { ASSUMED_KEY, ASSUMED_SECRET, ASSUMED_TOKEN, ASSUMED_EXPIRY };

static void on_credentials(void *ctx, int id, const char *text, size_t len)
{
	struct aws_session *session = ctx;

	switch (id) {
	case ASSUMED_KEY:
		free(session->assumed.access_key);
		session->assumed.access_key = xstrndup(text, len);
		break;
	case ASSUMED_SECRET:
		secret_set(&session->assumed.secret_key, text, len);
		break;
	case ASSUMED_TOKEN:
		secret_set(&session->assumed.session_token, text, len);
		break;
	default:
		free(session->assumed_expiry);
		session->assumed_expiry = xstrndup(text, len);
		break;
	}
}

static void begin_credentials(void *ctx)
{
	struct aws_session *session = ctx;

	credentials_release(&session->assumed);
	free(session->assumed_expiry);
	session->assumed_expiry = NULL;
}

static int take_credentials(struct aws_session *session, struct error *err)
{
	struct credentials *assumed = &session->assumed;
	int64_t now = aws_now(session->aws), half_life;

	if (!assumed->access_key || !secret_is_set(&assumed->secret_key) ||
	    !secret_is_set(&assumed->session_token) || !session->assumed_expiry)
		return error_set(err, ERR_CREDENTIALS,
				 "the answer to 'sts:AssumeRole' holds no "
				 "credentials");
	if (clock_parse(session->assumed_expiry, &assumed->expires_at, err))
		return error_wrap(err, "the credentials' expiration");
	secret_remember(assumed->secret_key.bytes, assumed->secret_key.len);
	secret_remember(assumed->session_token.bytes,
			assumed->session_token.len);
	assumed->source = xasprintf("the role '%s'", session->role_arn);
	if (assumed->expires_at <= now)
		return error_set(err, ERR_CREDENTIALS,
				 "the credentials have expired already");
	if (credentials_check(assumed, err))
		return -1;
	/* short-lived ones: at half their time, or it would never end */
	half_life = (assumed->expires_at - now + 1) / 2;
	session->renew_at = assumed->expires_at - RENEW_BEFORE_S;
	if (session->renew_at < now + half_life)
		session->renew_at = now + half_life;
	credentials_release(&session->role);
	session->role = *assumed;
	*assumed = (struct credentials)CREDENTIALS_INIT;
	forget_keys(session);
	return 0;
}

static bool role_is_good(const struct aws_session *session)
{
	return session->role.access_key &&
	       session->role.expires_at > aws_now(session->aws);
}

/* Let the parked calls go on, or fail where there is nothing to sign with. */
static void unpark(struct aws_session *session, const struct error *err)
{
	struct job_list parked = TAILQ_HEAD_INITIALIZER(parked);

	TAILQ_CONCAT(&parked, &session->parked, entry);
	while (!TAILQ_EMPTY(&parked)) {
		struct job *job = TAILQ_FIRST(&parked);

		TAILQ_REMOVE(&parked, job, entry);
		if (err)
			aws_job_fail(job, err);
		else
			aws_job_ready(job);
	}
}

static void on_assumed(void *ctx, const struct aws_result *result)
{
	CLEANUP(error_release) struct error err = ERROR_INIT;
	struct aws_session *session = ctx;

	session->assuming = false;
	if (result->outcome != AWS_OK)
		error_copy(&err, result->error);
	else if (!take_credentials(session, &err)) {
		unpark(session, NULL);
		return;
	}
	if (role_is_good(session)) {
		session->renew_at = aws_now(session->aws) + RENEW_AGAIN_S;
		unpark(session, NULL);
		return;
	}
	if (err.code == ERR_AWS)
		err.code = ERR_CREDENTIALS;
	(void)error_wrap(&err, "cannot assume the role '%s'",
			 session->role_arn);
	unpark(session, &err);
}

/* "aback", and the change that it is part of, as far as there is room. */
static char *role_session_name(const struct aws_session *session)
{
	const char *change = session->aws->change_id;
	int room = SESSION_NAME_MAX;

	if (!change || strlen(change) > SESSION_NAME_MAX / 2)
		return xasprintf("%.*s", room, session->session_name);
	room -= (int)strlen(change) + 1;
	return xasprintf("%.*s-%s", room, session->session_name, change);
}

static void assume(struct aws_session *session)
{
	static const struct xml_handler handler = { .close = on_credentials };
	CLEANUP(free_ptr) char *name = role_session_name(session);
	CLEANUP(json_release) json_t *parameters = json_object();
	struct job *job;

	json_object_set_new(parameters, "RoleArn",
			    json_from_text(session->role_arn));
	json_object_set_new(parameters, "RoleSessionName",
			    json_from_text(name));
	if (session->policy)
		json_object_set_new(parameters, "Policy",
				    json_from_text(session->policy));
	job = aws_job_new(session->aws, &(struct aws_call){
						.session = session,
						.service = "sts",
						.action = "AssumeRole",
						.parameters = parameters,
						.answer = session->aws->assumed,
						.handler = &handler,
						.begin = begin_credentials,
						.done = on_assumed,
						.ctx = session,
					});
	job->as_base = true;
	session->assuming = true;
	aws_job_ready(job);
}

/* Take over what another session has renewed, or renew it before its end. */
static void follow_base(struct aws_session *session)
{
	struct aws *aws = session->aws;

	if (aws->renew_base_at && aws_now(aws) >= aws->renew_base_at)
		(void)aws_base_renew(aws, session->region);
	if (credentials_equal(&aws->base, &session->base))
		return;
	credentials_copy(&session->base, &aws->base);
	forget_keys(session);
}

const struct credentials *aws_session_credentials(struct aws_session *session,
						  struct job *job)
{
	follow_base(session);
	if (!session->role_arn || job->as_base)
		return &session->base;
	if (role_is_good(session) && session->renew_at > aws_now(session->aws))
		return &session->role;
	TAILQ_INSERT_TAIL(&session->parked, job, entry);
	if (!session->assuming)
		assume(session);
	return NULL;
}

void aws_sessions_change(struct aws *aws)
{
	for (struct aws_session *s = aws->sessions; s; s = s->next) {
		credentials_release(&s->role);
		forget_keys(s);
	}
}

/* ---- expired ---- */

/* They may have been renewed meanwhile, by a log-in elsewhere. */
static bool reload(struct aws_session *session)
{
	if (credentials_equal(&session->aws->base, &session->base) &&
	    !aws_base_renew(session->aws, session->region))
		return false;
	credentials_copy(&session->base, &session->aws->base);
	forget_keys(session);
	return true;
}

bool aws_session_renew(struct aws_session *session, const struct job *job)
{
	if (session->generation != job->generation)
		return true; /* another call did it */
	if (!session->role_arn || job->as_base)
		return reload(session);
	credentials_release(&session->role);
	forget_keys(session);
	return true;
}

struct xml_paths *aws_assumed_paths(void)
{
	struct xml_paths *paths = xml_paths_new();

	xml_paths_add(paths, "*/*/Credentials/AccessKeyId", ASSUMED_KEY);
	xml_paths_add(paths, "*/*/Credentials/SecretAccessKey", ASSUMED_SECRET);
	xml_paths_add(paths, "*/*/Credentials/SessionToken", ASSUMED_TOKEN);
	xml_paths_add(paths, "*/*/Credentials/Expiration", ASSUMED_EXPIRY);
	return paths;
}
