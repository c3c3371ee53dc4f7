/* A role by the token of a web identity: GitHub's OIDC, EKS. */
#include <string.h>

#include "core/clock.h"
#include "core/credential_source.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"

#define TOKEN_MOST (64 * KIB)

/*
 * The environment first, for it is there that CI systems put it; but not for
 * the profile that another one's role is assumed with.
 */
static const char *either(const struct finding *finding, const char *variable,
			  const char *key)
{
	const char *text = finding->depth ? NULL : profile_env(variable);

	return text ? text : profile_value(finding->profile, key);
}

static int read_token(const char *path, struct secret *ret_token,
		      struct error *err)
{
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(TOKEN_MOST);
	size_t len;

	if (file_read(path, TOKEN_MOST, &text, err)) {
		err->code = ERR_CREDENTIALS;
		return error_wrap(err, "the token of the web identity");
	}
	len = strcspn(text.buf, "\r\n");
	secret_set(ret_token, text.buf, len);
	secret_remember(text.buf, len);
	wipe(text.buf, text.len);
	return len ? 0
		   : error_set(err, ERR_CREDENTIALS,
			       "'%s' holds no token of a web identity", path);
}

static json_t *parameters_of(const char *role, const char *name,
			     const struct secret *token)
{
	CLEANUP(free_ptr)
	char *own = xasprintf("aback-%lld", (long long)clock_now());

	return json_pack("{s:o, s:o, s:o}", "RoleArn", json_from_text(role),
			 "RoleSessionName", json_from_text(name ? name : own),
			 "WebIdentityToken", json_from_text(token->bytes));
}

int credential_from_web_identity(struct finding *finding,
				 struct credentials *ret, struct error *err)
{
	const char *path = either(finding, "AWS_WEB_IDENTITY_TOKEN_FILE",
				  "web_identity_token_file");
	const char *role = either(finding, "AWS_ROLE_ARN", "role_arn");
	const char *name =
		either(finding, "AWS_ROLE_SESSION_NAME", "role_session_name");
	CLEANUP(secret_release) struct secret token = SECRET_INIT;
	CLEANUP(json_release) json_t *parameters = NULL;

	if (!path)
		return 0;
	if (!role) {
		(void)error_set(err, ERR_CREDENTIALS,
				"there is the token '%s' of a web identity, "
				"and no role to assume with it",
				path);
		error_hint(err, "set AWS_ROLE_ARN");
		return -1;
	}
	if (read_token(path, &token, err))
		return -1;
	parameters = parameters_of(role, name, &token);
	return credential_from_sts(finding, "AssumeRoleWithWebIdentity",
				   parameters, NULL,
				   xasprintf("the role '%s' by the web "
					     "identity in '%s'",
					     role, path),
				   ret, err)
		       ? -1
		       : 1;
}
