/* The endpoint of a container: ECS, and EKS pod identity. */
#include <string.h>

#include "core/credential_source.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/limits.h"
#include "core/mem.h"

#define ECS_HOST "http://169.254.170.2"
#define TIMEOUT_MS 2000
#define ATTEMPTS 3
#define TOKEN_MOST (64 * KIB)

/*
 * Where a plain http: may be asked: this machine, and the addresses of ECS and
 * EKS. Anything else could be somebody who only wants our token.
 */
static bool may_ask(const char *url)
{
	static const char *const hosts[] = { "169.254.170.2",  "169.254.170.23",
					     "[fd00:ec2::23]", "localhost",
					     "127.0.0.1",      "[::1]" };
	const char *host;
	size_t len;

	if (!strncmp(url, "https://", 8))
		return true;
	if (strncmp(url, "http://", 7) != 0)
		return false;
	host = url + 7;
	if (*host == '[')
		len = strcspn(host, "]") + 1;
	else
		len = strcspn(host, ":/?#");
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		if (len == strlen(hosts[i]) && !strncmp(host, hosts[i], len))
			return true;
	}
	return false;
}

/* "Authorization: …" of a file or the environment; not set: none is wanted. */
static int add_token(struct secret *ret_header, struct error *err)
{
	const char *path =
		profile_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = profile_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	CLEANUP(strbuf_release) struct strbuf text = STRBUF_INIT(TOKEN_MOST);
	CLEANUP(free_ptr) char *header = NULL;

	if (path && file_read(path, TOKEN_MOST, &text, err)) {
		err->code = ERR_CREDENTIALS;
		return error_wrap(err, "the token for the container's "
				       "credentials");
	}
	if (path)
		token = text.buf;
	if (!token)
		return 0;
	secret_remember(token, strcspn(token, "\r\n"));
	header = xasprintf("Authorization: %.*s", (int)strcspn(token, "\r\n"),
			   token);
	secret_set(ret_header, header, strlen(header));
	wipe(header, strlen(header));
	wipe(text.buf, text.len);
	return 0;
}

int credential_from_container(struct finding *finding, struct credentials *ret,
			      struct error *err)
{
	static const struct credential_names names = { "AccessKeyId",
						       "SecretAccessKey",
						       "Token", "Expiration" };
	const char *relative =
		profile_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = profile_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	CLEANUP(free_ptr) char *url = NULL;
	CLEANUP(secret_release) struct secret header = SECRET_INIT;
	CLEANUP(json_release) json_t *answer = NULL;
	struct fetch fetch = { .method = "GET",
			       .timeout_ms = TIMEOUT_MS,
			       .attempts = ATTEMPTS,
			       .direct = true };

	if (!relative && !full)
		return 0;
	url = relative ? xasprintf(ECS_HOST "%s", relative) : xstrdup(full);
	if (!may_ask(url))
		return error_set(err, ERR_CREDENTIALS,
				 "AWS_CONTAINER_CREDENTIALS_FULL_URI is "
				 "neither https nor an address of this "
				 "machine, of ECS or of EKS");
	if (add_token(&header, err))
		return -1;
	fetch.url = url;
	fetch.headers[0] = "Accept: application/json";
	fetch.headers[1] = header.bytes;
	if (credential_fetch_json(finding, &fetch, "the container's endpoint",
				  &answer, err) ||
	    credential_read(answer, &names, xstrdup("the container's endpoint"),
			    ret, err))
		return -1;
	return 1;
}
